import { memo, useId } from "react";
import type { ReactNode } from "react";
import { posterArt, type PosterArt } from "./poster-art";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

function MotifShapes({ art, deep }: { art: PosterArt; deep: string }): ReactNode {
  const { a, b, ink } = art;
  const x = 30 + a * 100;
  const y = 20 + b * 40;
  switch (art.motif) {
    case "sun":
      return (
        <>
          <circle cx={x} cy={46 + b * 12} r={24} fill={ink} fillOpacity={0.92} />
          {range(6).map((i) => (
            <rect
              key={i}
              x={0}
              y={50 + b * 12 + i * 5.2}
              width={160}
              height={1 + i * 0.55}
              fill={deep}
              fillOpacity={0.85}
            />
          ))}
        </>
      );
    case "rings":
      return range(7).map((i) => (
        <circle
          key={i}
          cx={x}
          cy={y + 8}
          r={6 + i * 8}
          fill="none"
          stroke={ink}
          strokeOpacity={0.9 - i * 0.11}
          strokeWidth={2.4 - i * 0.2}
        />
      ));
    case "bars":
      return range(17).map((i) => {
        const height = 12 + 52 * Math.abs(Math.sin(i * (0.4 + a * 0.5) + b * 6));
        return (
          <rect
            key={i}
            x={12 + i * 8.1}
            y={45 - height / 2}
            width={3.6}
            height={height}
            rx={1.8}
            fill={ink}
            fillOpacity={0.9}
          />
        );
      });
    case "waves":
      return range(6).map((i) => {
        const top = 26 + i * 9 + b * 8;
        const lift = 10 + a * 10;
        return (
          <path
            key={i}
            d={`M-10 ${top} C 25 ${top - lift}, 50 ${top + lift}, 85 ${top} S 145 ${top - lift}, 175 ${top}`}
            fill="none"
            stroke={ink}
            strokeOpacity={0.92 - i * 0.12}
            strokeWidth={2.2}
          />
        );
      });
    case "dots":
      return range(60).map((i) => {
        const column = i % 12;
        const row = Math.floor(i / 12);
        const far = Math.hypot(column - a * 11, row - b * 4);
        return (
          <circle
            key={i}
            cx={14 + column * 12}
            cy={15 + row * 15}
            r={Math.max(0.7, 4.6 - far * 0.62)}
            fill={ink}
            fillOpacity={0.9}
          />
        );
      });
    case "arches":
      return range(5).map((i) => (
        <path
          key={i}
          d={`M${x - 44 + i * 9} 92 V${52 + i * 6} a${44 - i * 9} ${44 - i * 9} 0 0 1 ${88 - i * 18} 0 V92`}
          fill={i === 4 ? ink : "none"}
          fillOpacity={0.92}
          stroke={ink}
          strokeOpacity={0.9 - i * 0.08}
          strokeWidth={2.2}
        />
      ));
  }
}

/** Decorative: the title is always shown beside it. */
export const Poster = memo(function Poster(props: {
  id: number;
  title: string;
  className?: string;
}) {
  const uid = useId();
  const art = posterArt(props.id, props.title);
  const name = (part: string) => `${uid}${part}`;
  return (
    <svg
      viewBox="0 0 160 90"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      className={props.className}
    >
      <defs>
        <linearGradient id={name("bg")} gradientTransform={`rotate(${art.angle})`}>
          <stop offset="0" stopColor={art.from} />
          <stop offset="1" stopColor={art.to} />
        </linearGradient>
        {art.blobs.map((blob, i) => (
          <radialGradient key={i} id={name(`b${i}`)}>
            <stop offset="0" stopColor={blob.color} stopOpacity="0.95" />
            <stop offset="1" stopColor={blob.color} stopOpacity="0" />
          </radialGradient>
        ))}
      </defs>
      <rect width="160" height="90" fill={`url(#${name("bg")})`} />
      {art.blobs.map((blob, i) => (
        <circle key={i} cx={blob.cx} cy={blob.cy} r={blob.r} fill={`url(#${name(`b${i}`)})`} />
      ))}
      <MotifShapes art={art} deep={art.from} />
    </svg>
  );
});
