import { Captions, Gauge, LoaderCircle, Radio } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { Notice } from "@/ui/notice";
import { HlsStream, INITIAL, type Choice, type StreamState } from "./hls-stream";

/** Seconds behind the live edge from which the player offers to catch up. */
const MAX_LIVE_DELAY = 10;

/** An HLS stream. Each request carries the newest token. */
export function HlsPlayer(props: { url: string; token: string | null; title: string }) {
  const { t } = useI18n();
  const video = useRef<HTMLVideoElement>(null);
  const stream = useRef<HlsStream | null>(null);
  const [state, setState] = useState<StreamState>(INITIAL);
  const { url, token } = props;
  useEffect(() => {
    if (!video.current) return;
    const opened = new HlsStream(video.current, url, (change) =>
      setState((now) => ({ ...now, ...change })),
    );
    stream.current = opened;
    return () => opened.close();
  }, [url]);
  useEffect(() => {
    if (stream.current) stream.current.token = token;
  }, [url, token]);
  const [quality, setQuality] = useState(-1);
  const [caption, setCaption] = useState(-1);
  if (state.isBroken) return <Notice tone="warning">{t("watch.unsupported")}</Notice>;
  return (
    <div className="flex flex-col gap-3">
      <div className="relative bg-black sm:overflow-hidden sm:rounded-card">
        {/* Captions are tracks of the stream. */}
        {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
        <video
          ref={video}
          controls
          autoPlay
          playsInline
          aria-label={props.title}
          className="aspect-video max-h-[75dvh] w-full"
        />
        {state.isWaiting && (
          <p
            role="status"
            className="pointer-events-none absolute inset-x-0 top-0 flex items-center justify-center gap-2 bg-black/70 p-2 text-sm text-white"
          >
            <LoaderCircle aria-hidden="true" className="size-4 animate-spin" />
            <span>{t("watch.connecting")}</span>
          </p>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 text-sm text-ink-2 sm:px-0">
        {state.latency !== null && (
          <p className="flex items-center gap-1.5 tabular-nums">
            <Radio aria-hidden="true" className="size-4 text-danger" />
            <span>{t("watch.latency", { seconds: Math.round(state.latency) })}</span>
          </p>
        )}
        {state.latency !== null && state.latency > MAX_LIVE_DELAY && (
          <button
            type="button"
            className="min-h-9 font-semibold text-accent-text underline"
            onClick={() => stream.current?.jumpToLive()}
          >
            {t("watch.catchup")}
          </button>
        )}
        <span className="flex-1" />
        <Select
          icon={Captions}
          label={t("watch.captions")}
          none={t("watch.captions.off")}
          choices={state.captions}
          value={caption}
          onChange={(value) => {
            setCaption(value);
            stream.current?.setCaptions(value);
          }}
        />
        <Select
          icon={Gauge}
          label={t("watch.quality")}
          none={t("watch.quality.auto")}
          choices={state.qualities.length > 1 ? state.qualities : []}
          value={quality}
          onChange={(value) => {
            setQuality(value);
            stream.current?.setQuality(value);
          }}
        />
      </div>
    </div>
  );
}

function Select(props: {
  icon: typeof Captions;
  label: string;
  /** Label of the choice -1. */
  none: string;
  choices: Choice[];
  value: number;
  onChange: (value: number) => void;
}) {
  const Icon = props.icon;
  if (props.choices.length === 0) return null;
  return (
    <span className="flex items-center gap-1.5">
      <Icon aria-hidden="true" className="size-4" />
      <select
        aria-label={props.label}
        value={props.value}
        onChange={(change) => props.onChange(Number(change.target.value))}
        className="min-h-9 cursor-pointer rounded-control border border-line-strong bg-surface px-2 text-ink"
      >
        <option value={-1}>{props.none}</option>
        {props.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </span>
  );
}
