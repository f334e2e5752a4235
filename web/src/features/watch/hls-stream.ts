import type Hls from "hls.js";
import { withToken } from "./stream-url";

/** Delay before a player that lost its stream asks again. */
const RETRY = 2_000;

export interface Choice {
  value: number;
  label: string;
}

export interface StreamState {
  isWaiting: boolean;
  isBroken: boolean;
  qualities: Choice[];
  captions: Choice[];
  /** Seconds behind the live edge; `null` for a recording. */
  latency: number | null;
}

export const INITIAL: StreamState = {
  isWaiting: true,
  isBroken: false,
  qualities: [],
  captions: [],
  latency: null,
};

/** An HLS stream in a video element. It continues after errors, with the newest token in each request. */
export class HlsStream {
  /** Token of the next request. */
  token: string | null = null;
  private hls: Hls | null = null;
  private isClosed = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly onChange: (change: Partial<StreamState>) => void,
  ) {
    video.addEventListener("playing", this.onPlaying);
    video.addEventListener("canplay", this.onPlaying);
    video.addEventListener("waiting", this.onWaiting);
    this.load().catch(() => onChange({ isBroken: true }));
  }

  /** -1 adapts the quality to the connection. */
  setQuality(level: number): void {
    if (this.hls) this.hls.nextLevel = level;
  }

  /** -1 turns captions off. */
  setCaptions(track: number): void {
    if (!this.hls) return;
    this.hls.subtitleDisplay = track >= 0;
    this.hls.subtitleTrack = track;
  }

  jumpToLive(): void {
    const edge = this.hls?.liveSyncPosition;
    if (typeof edge === "number") this.video.currentTime = edge;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    clearInterval(this.clock);
    this.video.removeEventListener("playing", this.onPlaying);
    this.video.removeEventListener("canplay", this.onPlaying);
    this.video.removeEventListener("waiting", this.onWaiting);
    this.hls?.destroy();
    this.hls = null;
  }

  private readonly onPlaying = () => this.onChange({ isWaiting: false });
  private readonly onWaiting = () => this.onChange({ isWaiting: true });

  private async load(): Promise<void> {
    const { default: Library } = await import("hls.js");
    if (this.isClosed) return;
    if (!Library.isSupported()) {
      const isNative = this.video.canPlayType("application/vnd.apple.mpegurl") !== "";
      if (isNative) this.video.src = withToken(this.url, this.url, this.token);
      else this.onChange({ isBroken: true });
      return;
    }
    const hls = new Library({
      xhrSetup: (request, address) => {
        request.open("GET", withToken(address, this.url, this.token), true);
      },
    });
    this.hls = hls;
    const { Events, ErrorTypes } = Library;
    hls.on(Events.MANIFEST_PARSED, () => {
      this.onChange({ qualities: qualitiesOf(hls) });
      // Refused without a gesture: the controls start it.
      void this.video.play().catch(() => undefined);
    });
    hls.on(Events.SUBTITLE_TRACKS_UPDATED, (_, { subtitleTracks }) => {
      this.onChange({
        captions: subtitleTracks.map(({ name }, value) => ({ value, label: name })),
      });
    });
    hls.on(Events.ERROR, (_, error) => {
      if (!error.fatal) return;
      this.onChange({ isWaiting: true });
      clearTimeout(this.retry);
      this.retry = setTimeout(() => {
        if (error.type === ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
        else if (hls.levels.length === 0) hls.loadSource(this.url);
        else hls.startLoad();
      }, RETRY);
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
    this.clock = setInterval(() => {
      const isLive = hls.latestLevelDetails?.live ?? false;
      this.onChange({ latency: isLive ? hls.latency : null });
    }, 1000);
  }
}

const qualitiesOf = (hls: Hls): Choice[] =>
  hls.levels
    .map(({ height, bitrate }, value) => ({
      value,
      label: height ? `${height}p` : `${Math.round(bitrate / 1000)} kbit/s`,
    }))
    .reverse();
