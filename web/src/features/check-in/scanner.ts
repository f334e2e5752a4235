/** Reads QR codes from a video with BarcodeDetector, or jsQR where it is missing. */

interface Detector {
  detect: (source: CanvasImageSource) => Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats: () => Promise<string[]>;
}

type Read = (video: HTMLVideoElement) => Promise<string | null>;

async function makeReader(): Promise<Read> {
  const own = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes("qr_code")) {
    const detector = new own({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    // Half the camera's resolution is enough for a code that fills the frame.
    const scale = Math.min(1, 640 / Math.max(1, video.videoWidth));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!context || canvas.width === 0) return Promise.resolve(null);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const image = context.getImageData(0, 0, canvas.width, canvas.height);
    return Promise.resolve(jsQR(image.data, image.width, image.height)?.data ?? null);
  };
}

export type CameraProblem = "denied" | "none";

/** Starts the camera in `video` and calls back with each code. The returned function stops it. */
export function scan(
  video: HTMLVideoElement,
  onCode: (code: string) => void,
  onProblem: (problem: CameraProblem) => void,
): () => void {
  const ended = new AbortController();
  // A function, since the value changes during an await.
  const stopped = () => ended.signal.aborted;
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const start = async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } },
      });
    } catch (error) {
      const denied = error instanceof DOMException && error.name === "NotAllowedError";
      onProblem(denied ? "denied" : "none");
      return;
    }
    if (stopped()) {
      stop();
      return;
    }
    video.srcObject = stream;
    await video.play().catch(() => undefined);
    const read = await makeReader();
    const readFrame = async () => {
      if (stopped()) return;
      const code = await read(video).catch(() => null);
      if (code && !stopped()) onCode(code);
      timer = setTimeout(() => void readFrame(), 150);
    };
    await readFrame();
  };
  const stop = () => {
    ended.abort();
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  void start();
  return stop;
}
