import qrcode from "qrcode-generator";
import { useMemo } from "react";
import { cx } from "@/lib/class-names";

/** The modules of a QR code as one SVG path, each one unit square. */
export function qrPath(text: string, level: "L" | "M" | "Q"): { path: string; size: number } {
  const code = qrcode(0, level);
  // Upper-case text fits alphanumeric mode, which shrinks invoices by a third.
  const mode = /^[0-9A-Z $%*+\-./:]+$/.test(text) ? "Alphanumeric" : "Byte";
  code.addData(text, mode);
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (!code.isDark(row, column)) continue;
      let run = 1;
      while (column + run < size && code.isDark(row, column + run)) run += 1;
      path += `M${column} ${row}h${run}v1h-${run}z`;
      column += run - 1;
    }
  }
  return { path, size };
}

/** Always dark on white with a four-module quiet zone, so that it scans in the dark theme too. */
export function QrCode(props: {
  value: string;
  label: string;
  level?: "L" | "M" | "Q";
  className?: string;
}) {
  const { value, level = "M" } = props;
  const { path, size } = useMemo(() => qrPath(value, level), [value, level]);
  return (
    <svg
      role="img"
      aria-label={props.label}
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      shapeRendering="crispEdges"
      className={cx("aspect-square rounded-control", props.className)}
    >
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
