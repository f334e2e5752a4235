import jsQR from "jsqr";
import { expect, it } from "vitest";
import { qrPath } from "./qr-code";

/** Renders the path in black on white with the quiet zone. */
function scan(text: string, level: "L" | "M" | "Q"): string | undefined {
  const { path, size } = qrPath(text, level);
  const scale = 4;
  const side = (size + 8) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let dx = 0; dx < Number(run) * scale; dx += 1) {
      for (let dy = 0; dy < scale; dy += 1) {
        const index = (((Number(y) + 4) * scale + dy) * side + (Number(x) + 4) * scale + dx) * 4;
        pixels.fill(0, index, index + 3);
      }
    }
  }
  return jsQR(pixels, side, side)?.data;
}

it("draws a ticket code that can be scanned", () => {
  const code = "TKT-7K2M9QXW4RT8VB3NHF6JY1CZ5D";
  expect(scan(code, "Q")).toBe(code);
});

it("draws a long invoice that can be scanned", () => {
  const invoice = `LIGHTNING:LNBC21U1P${"ABCDEFGH23".repeat(38)}`;
  expect(scan(invoice, "L")).toBe(invoice);
});
