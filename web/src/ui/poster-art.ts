/** Poster art of an event, derived from its id and title only, so it is the same everywhere. */

export interface Blob {
  cx: number;
  cy: number;
  r: number;
  color: string;
}
export type Motif = "sun" | "rings" | "bars" | "waves" | "dots" | "arches";
export interface PosterArt {
  from: string;
  to: string;
  angle: number;
  blobs: Blob[];
  motif: Motif;
  ink: string;
  /** Position and size of the motif, 0 to 1 each. */
  a: number;
  b: number;
}

const PALETTES: readonly (readonly [string, string, string, string, string])[] = [
  ["#1b0b4b", "#5b2bff", "#ff5fa2", "#ffb36b", "#ffe9d6"],
  ["#02263a", "#0a6c8f", "#27c2b4", "#ffd166", "#f4fff6"],
  ["#2d0a1f", "#a3174f", "#ff6b4a", "#ffc145", "#fff1df"],
  ["#08221b", "#0e7a55", "#7ad66b", "#f2f07a", "#fbfff0"],
  ["#12123a", "#2f49d1", "#6ea8ff", "#ff9ad5", "#f3f2ff"],
  ["#240b36", "#7a2bd1", "#e052c9", "#5fd7ff", "#f7edff"],
  ["#331405", "#b3430b", "#ff9340", "#ffdf8a", "#fff7e6"],
  ["#0a1b2e", "#28527a", "#8ac4d0", "#f4a698", "#fbf3ea"],
  ["#1c1026", "#513b7d", "#f0657a", "#8ce0c4", "#fdf5ee"],
];
const MOTIFS: readonly Motif[] = ["sun", "rings", "bars", "waves", "dots", "arches"];

/** mulberry32 seeded with an FNV-1a hash; deterministic across platforms. */
export function randomFrom(text: string): () => number {
  let state = 0x811c9dc5;
  for (const char of text) {
    state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function posterArt(id: number, title: string): PosterArt {
  const random = randomFrom(`${id}:${title}`);
  // Adjacent ids get different palettes and motifs.
  const palette = PALETTES[(id * 4 + title.length) % PALETTES.length] ?? [
    "#1b0b4b",
    "#5b2bff",
    "#ff5fa2",
    "#ffb36b",
    "#ffe9d6",
  ];
  const [deep, base, warm, bright, ink] = palette;
  const blob = (color: string, size: number): Blob => ({
    cx: Math.round(random() * 160),
    cy: Math.round(random() * 90),
    r: Math.round(size + random() * 30),
    color,
  });
  return {
    from: deep,
    to: base,
    angle: Math.round(random() * 70 + 10),
    blobs: [blob(base, 60), blob(warm, 45), blob(bright, 28)],
    motif: MOTIFS[(id * 5 + title.length) % MOTIFS.length] ?? "sun",
    ink,
    a: random(),
    b: random(),
  };
}
