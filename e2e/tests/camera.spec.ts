import { chromium } from "@playwright/test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../fixtures/test";
import type { Page } from "@playwright/test";

const WIDTH = 640;
const HEIGHT = 480;

/** A grey YUV4MPEG2 video of one image for Chromium's fake camera. */
async function fakeCameraVideo(page: Page, png: Buffer): Promise<Buffer> {
  const grey = await page.evaluate(
    async ({ source, width, height }) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d")!;
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      const side = height - 40;
      context.drawImage(image, (width - side) / 2, 20, side, side);
      const { data } = context.getImageData(0, 0, width, height);
      return Array.from({ length: width * height }, (_, n) => data[n * 4]!);
    },
    { source: `data:image/png;base64,${png.toString("base64")}`, width: WIDTH, height: HEIGHT },
  );
  const frame = Buffer.concat([
    Buffer.from("FRAME\n"),
    Buffer.from(grey),
    Buffer.alloc((WIDTH * HEIGHT) / 2, 128),
  ]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, ...Array.from({ length: 10 }, () => frame)]);
}

test("a ticket scanned by camera is checked in once", async ({ page, shop, signIn, launchOptions }) => {
  const event = await shop.event({ starts_in: 10, price_sats: 0, title: "Camera check-in" });
  const guest = await shop.createUser("Kim");
  const ticket = await shop.buy(guest, event.id, "");
  // On phones, the bottom bar would cover the code in the screenshot.
  await page.setViewportSize({ width: 1280, height: 1400 });
  await signIn(guest);
  await page.goto(`/tickets/${ticket.id}`);
  const code = page.locator("svg[role=img]").first();
  await expect(code).toBeVisible();
  const directory = await mkdtemp(join(tmpdir(), "camera-"));
  const path = join(directory, "ticket.y4m");
  await writeFile(path, await fakeCameraVideo(page, await code.screenshot()));
  const browser = await chromium.launch({
    ...launchOptions,
    args: [
      ...(launchOptions.args ?? []),
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${path}`,
    ],
  });
  try {
    const context = await browser.newContext({ baseURL: shop.url, permissions: ["camera"] });
    const scanner = await context.newPage();
    await signIn(shop.admin, scanner);
    await scanner.goto(`/admin/check-in?event=${event.id}`);
    await scanner.getByRole("button", { name: "Scan with the camera" }).click();
    const verdict = scanner.getByRole("alertdialog");
    await expect(verdict).toContainText("Welcome");
    await expect(verdict).toContainText("Kim");
    await scanner.getByRole("button", { name: "Next" }).click();
    // The same ticket is still in view and is not checked again.
    await expect(scanner.getByText("This ticket was just checked.", { exact: false })).toBeVisible();
    await expect(verdict).toBeHidden();
  } finally {
    await browser.close();
    await rm(directory, { recursive: true });
  }
});
