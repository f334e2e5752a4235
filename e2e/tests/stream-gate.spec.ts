import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MediaServer, SEGMENT_SECONDS } from "../fixtures/media-server";
import type { TestUser } from "../fixtures/shop";
import { expect, test } from "../fixtures/test";

interface WatchSession {
  session: string;
  media: { kind: string; url: string; token: string } | null;
}

test.describe("a gated HLS stream behind nginx @slow", () => {
  let media: MediaServer;

  test.beforeAll(async ({ shop }) => {
    media = await MediaServer.open(shop.url);
  });

  test.afterAll(async () => media.close());

  const status = async (path: string, token?: string) =>
    (await fetch(`${media.url}${path}${token ? `?token=${token}` : ""}`)).status;

  test("opens for the newest session of a ticket only", async ({ shop }) => {
    const playlist = `${media.url}/hls/show/index.m3u8`;
    const event = await shop.event({
      price_sats: 0,
      starts_in: 1,
      stream_url: playlist,
      gated: true,
    });
    const fan = await shop.createUser();
    const stranger = await shop.createUser();
    await shop.buy(fan, event.id, shop.address("alice"));
    const watch = async (user: TestUser): Promise<WatchSession | number> => {
      const answer = await fetch(`${shop.url}/api/events/${event.id}/watch`, {
        method: "POST",
        headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json" },
        body: "{}",
      });
      return answer.ok ? ((await answer.json()) as { data: WatchSession }).data : answer.status;
    };
    const open = async (user: TestUser) => {
      const session = await watch(user);
      if (typeof session === "number" || !session.media) throw new Error("no stream");
      return session.media;
    };

    expect(await watch(stranger)).toBe(403);
    const first = await open(fan);
    expect(first).toMatchObject({ kind: "hls", url: playlist });
    // A copied address without the session's token.
    expect(await status("/hls/show/index.m3u8")).toBe(403);
    expect(await status("/hls/show/0.ts")).toBe(403);
    const text = await (await fetch(`${playlist}?token=${first.token}`)).text();
    expect(text).toContain("#EXTM3U");
    const segment = /^\d+\.ts$/m.exec(text)?.[0] ?? "";
    const bytes = await fetch(`${media.url}/hls/show/${segment}?token=${first.token}`);
    // Packets of MPEG-TS begin with a sync byte.
    expect(new Uint8Array(await bytes.arrayBuffer()).at(0)).toBe(0x47);
    // The stream of another event.
    expect(await status("/hls/other/index.m3u8", first.token)).toBe(403);
    expect(await status("/hls/show/../other/index.m3u8", first.token)).toBe(403);
    expect(await status("/hls/show/%2e%2e/other/index.m3u8", first.token)).toBe(403);

    const second = await open(fan);
    expect(await status("/hls/show/1.ts", first.token)).toBe(403);
    expect(await status("/hls/show/1.ts", second.token)).toBe(200);

    const log = await readFile(join(media.directory, "stream.log"), "utf8");
    expect(log).toContain("/hls/show/1.ts");
    expect(log).not.toContain("token");
    expect(log).not.toContain(first.token);
  });

  test("plays in the browser until another page takes over", async ({
    page,
    context,
    shop,
    signIn,
  }) => {
    const event = await shop.event({
      price_sats: 0,
      starts_in: 1,
      stream_url: `${media.url}/hls/show/index.m3u8`,
      gated: true,
    });
    const fan = await shop.createUser();
    await shop.buy(fan, event.id, shop.address("alice"));
    await signIn(fan);
    const second = (at: typeof page) =>
      at.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
    const play = async (at: typeof page) => {
      await at.goto(`/events/${event.id}/watch`);
      // Autoplay without a gesture is the browser's choice.
      await at.locator("video").evaluate((video: HTMLVideoElement) => {
        video.muted = true;
        return video.play();
      });
      await expect.poll(() => second(at)).toBeGreaterThan(SEGMENT_SECONDS);
    };
    await play(page);

    const other = await context.newPage();
    const granted: string[] = [];
    await other.goto(`/events/${event.id}/watch`);
    await expect(page.getByText("Watching on another device")).toBeVisible();
    page.on("response", (response) => {
      if (response.url().startsWith(media.url) && response.ok()) granted.push(response.url());
    });
    await expect(page.locator("video")).toHaveCount(0);
    await play(other);
    expect(granted).toEqual([]);
  });
});
