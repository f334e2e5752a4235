import { act, screen } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import type { WatchSession } from "@/api/types";
import { DAY, HOUR, MINUTE } from "@/lib/time";
import { rememberOrder } from "@/shared/order/memory";
import { anEvent, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";
import { withToken } from "./stream-url";
import { reduce } from "./use-watch";

vi.mock("@/lib/own-document", () => ({ isOwnDocument: () => true, loadDocument: vi.fn() }));

class Stream extends EventTarget {
  static last: Stream | null = null;
  constructor(readonly url: string) {
    super();
    Stream.last = this;
  }
  close() {
    // Nothing to release.
  }
}
const send = (name: string, data: unknown) => {
  act(() => {
    Stream.last?.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  });
};

const iso = (ms: number) => new Date(Date.now() + ms).toISOString();
const aSession = (change: Partial<WatchSession> = {}): WatchSession => ({
  session: "s1",
  ticket_id: 7,
  phase: "before",
  opens_at: iso(2 * HOUR),
  ends_at: iso(4 * HOUR),
  replay_until: null,
  media: null,
  announcement: null,
  ...change,
});
const youtube = {
  kind: "youtube" as const,
  url: "https://www.youtube-nocookie.com/embed/abc",
  token: null,
  token_expires_at: null,
};

const requests: unknown[] = [];
const open = (session: WatchSession) =>
  server.use(
    http.post(at("/events/1/watch"), async ({ request }) => {
      requests.push(await request.json());
      return ok(session, 201);
    }),
  );

beforeEach(() => {
  requests.length = 0;
  vi.stubGlobal("EventSource", Stream);
  signIn();
  server.use(http.get(at("/events/1"), () => ok(anEvent())));
});

it("turns the countdown into the player when early entry begins", async () => {
  open(aSession());
  visit("/events/1/watch?ticket=7");
  expect(await screen.findByText("Doors open in")).toBeVisible();
  expect(requests).toEqual([{ ticket_id: 7 }]);
  expect(Stream.last?.url).toContain("/api/events/1/watch/live?session=s1");
  send("event", { ...aSession({ phase: "live", media: youtube }), session: undefined });
  const frame = screen.getByTitle("Neon Choir");
  expect(frame).toHaveAttribute("src", youtube.url);
  expect(screen.getByText("Live")).toBeVisible();
});

it("stops when another device takes over, and takes the ticket back", async () => {
  open(aSession({ phase: "live", media: youtube }));
  const page = visit("/events/1/watch");
  await screen.findByTitle("Neon Choir");
  send("session", { state: "taken_over" });
  expect(screen.queryByTitle("Neon Choir")).not.toBeInTheDocument();
  await page.user.click(screen.getByRole("button", { name: "Watch here instead" }));
  expect(await screen.findByTitle("Neon Choir")).toBeInTheDocument();
  expect(requests).toHaveLength(2);
});

it("shows announcements as they come, and viewers to organisers", async () => {
  open(aSession({ phase: "live", media: youtube, ticket_id: null }));
  visit("/events/1/watch");
  await screen.findByTitle("Neon Choir");
  expect(screen.queryByText(/watching/)).not.toBeInTheDocument();
  send("announcement", { announcement: { text: "Five minutes break", at: iso(0) } });
  send("viewers", { now: 12, peak: 40 });
  expect(screen.getByText("Five minutes break")).toBeVisible();
  expect(screen.getByText("12 watching")).toBeVisible();
  expect(screen.getByText("Peak 40")).toBeVisible();
  send("announcement", { announcement: null });
  expect(screen.queryByText("Five minutes break")).not.toBeInTheDocument();
});

it("opens other streams as a link", async () => {
  const media = { ...youtube, kind: "link" as const, url: "https://meet.example/room" };
  open(aSession({ phase: "live", media }));
  visit("/events/1/watch");
  expect(await screen.findByRole("link", { name: "Join the stream" })).toHaveAttribute(
    "href",
    media.url,
  );
});

it("tells visitors without a ticket how to get in", async () => {
  server.use(
    http.post(at("/events/1/watch"), () => refused(403, "no_ticket", "a ticket is required")),
  );
  visit("/events/1/watch");
  expect(await screen.findByText("You need a ticket to watch")).toBeVisible();
  expect(screen.getByRole("link", { name: "Go to the event" })).toBeVisible();
});

it("opens a guest's ticket with the token of the order", async () => {
  const { session } = await import("@/lib/session");
  session.clear("logout");
  const order = { event: 1, user: 0, uma: "", token: "secret", open: false };
  rememberOrder(9, order, Date.now());
  open(aSession());
  visit("/events/1/watch?ticket=7");
  await screen.findByText("Doors open in");
  expect(requests).toEqual([{ ticket_id: 7, token: "secret" }]);
});

it("says that an event is over", async () => {
  open(aSession({ phase: "over", opens_at: iso(-DAY), ends_at: iso(-HOUR) }));
  visit("/events/1/watch");
  expect(await screen.findByText("This event has ended.")).toBeVisible();
});

it("keeps the stream's address when its token is renewed", () => {
  const media = { ...youtube, kind: "hls" as const, token: "a", token_expires_at: iso(MINUTE) };
  const state = { kind: "open", session: aSession({ media }), link: true, viewers: null } as const;
  const next = reduce(state, { type: "token", token: "b", expires: iso(2 * MINUTE) });
  expect(next.kind === "open" && next.session.media).toMatchObject({ url: media.url, token: "b" });
  expect(reduce({ kind: "ended" }, { type: "token", token: "b", expires: "" })).toEqual({
    kind: "ended",
  });
});

it("sends the token to the host of the playlist only", () => {
  const playlist = "https://media.example/live/index.m3u8";
  expect(withToken("seg1.ts", playlist, "a b")).toBe(
    "https://media.example/live/seg1.ts?token=a+b",
  );
  expect(withToken("https://ads.example/seg.ts", playlist, "t")).toBe("https://ads.example/seg.ts");
  expect(withToken(playlist, playlist, null)).toBe(playlist);
});
