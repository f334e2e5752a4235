import { describe, expect, it } from "vitest";
import { anEvent } from "@/test/fixtures";
import {
  blank,
  endAfterMove,
  eventForm,
  fromEvent,
  originalOf,
  toChanges,
  toEvent,
  type EventInput,
} from "./form";

const now = Date.parse("2026-11-23T12:00:00Z");
const good: EventInput = {
  title: "Jazz",
  description: "",
  zone: "Asia/Seoul",
  start: "2026-12-01T19:30",
  end: "2026-12-01T21:30",
  capacity: "100",
  network: "",
  price: "2,100",
  stream_url: "https://stream.example/x",
  is_active: true,
  host: "",
  contact: "",
  tags: "",
  replay: "",
  gated: false,
};
const check = (
  change: Partial<EventInput>,
  options: { taken?: number; now?: number | null } = {},
) => {
  const result = eventForm({ taken: 0, now, ...options }).safeParse({ ...good, ...change });
  return result.success
    ? null
    : Object.fromEntries(result.error.issues.map((issue) => [issue.path.join("."), issue.message]));
};

describe("the event form", () => {
  it("interprets times in the event's zone", () => {
    expect(check({})).toBeNull();
    expect(toEvent(good)).toMatchObject({
      start_time: "2026-12-01T10:30:00.000Z",
      end_time: "2026-12-01T12:30:00.000Z",
      capacity: 100,
      price_sats: 2100,
    });
  });

  it.each([
    [{ title: "  " }, "title"],
    [{ title: "x".repeat(201) }, "title"],
    [{ end: "2026-12-01T19:30" }, "end"],
    [{ end: "" }, "end"],
    [{ start: "2026-11-23T20:59" }, "start"],
    [{ capacity: "0" }, "capacity"],
    [{ capacity: "1,5a" }, "capacity"],
    [{ capacity: "ten" }, "capacity"],
    [{ capacity: "10000001" }, "capacity"],
    [{ price: "-1" }, "price"],
    [{ price: "" }, "price"],
    [{ price: "0.5" }, "price"],
    [{ price: "1.5" }, "price"],
    [{ price: "10,50" }, "price"],
    [{ price: "2,100.00" }, "price"],
    [{ capacity: "1.5" }, "capacity"],
    [{ capacity: "1,000" }, null],
    [{ network: "2.5" }, "network"],
    [{ price: "0" }, null],
    [{ stream_url: "javascript:alert(1)" }, "stream_url"],
    [{ stream_url: "stream.example" }, "stream_url"],
    [{ stream_url: "" }, null],
    [{ contact: "hello@club.example" }, null],
    [{ contact: "https://club.example/contact" }, null],
    [{ contact: "http://club.example" }, "contact"],
    [{ contact: "javascript:alert(1)" }, "contact"],
    [{ tags: "a, b, c, d, e, f, g, h, A" }, null],
    [{ tags: "a, b, c, d, e, f, g, h, i" }, "tags"],
    [{ tags: "x".repeat(31) }, "tags"],
    [{ replay: "2026-12-01T21:30" }, "replay"],
    [{ replay: "2026-12-08T21:30" }, null],
  ])("validates %j at the field %s", (change, field) => {
    const problems = check(change);
    expect(problems && Object.keys(problems)).toEqual(field === null ? null : [field]);
  });

  it.each([
    ["2027-03-28T02:30", "form.event.time.skipped"],
    ["2027-03-28T01:59", null],
    ["2027-03-28T03:00", null],
    // Repeated hour: the first one is used.
    ["2027-10-31T02:30", null],
  ])("validates %s in Berlin at a DST change: %s", (start, problem) => {
    const problems = check({ zone: "Europe/Berlin", start, end: "2027-11-01T12:00" });
    expect(problems?.start ?? null).toBe(problem);
  });

  it("uses the first of two repeated hours", () => {
    const event = toEvent({ ...good, zone: "Europe/Berlin", start: "2027-10-31T02:30" });
    expect(event.start_time).toBe("2027-10-31T00:30:00.000Z");
  });

  it("rejects a capacity below the tickets sold and held", () => {
    expect(check({ capacity: "41" }, { taken: 42 })).toEqual({
      capacity: "form.event.capacity.below",
    });
    expect(check({ capacity: "42" }, { taken: 42 })).toBeNull();
  });

  it("accepts edits of an event that has started", () => {
    expect(check({ start: "2026-11-01T10:00" }, { now: null })).toBeNull();
  });

  it("reads an event into the form and writes the same event back", () => {
    const event = anEvent({
      start_time: "2026-12-01T10:30:00.000Z",
      end_time: "2026-12-01T12:30:00.000Z",
    });
    const back = toEvent(fromEvent(event, "America/New_York"));
    expect(back.start_time).toBe(event.start_time);
    expect(back.end_time).toBe(event.end_time);
  });

  it("starts with times that are valid", () => {
    expect(check({ ...blank(now, "Asia/Seoul"), title: "x", price: "0" })).toBeNull();
  });
});

it("sets, removes and resets an event's limit per network", () => {
  const limit = (network: string) => toEvent({ ...good, network }).network_limit;
  expect([limit("90"), limit("0"), limit(" ")]).toEqual([90, 0, null]);
  expect(check({ network: "-3" })).toEqual({ network: "form.event.network.invalid" });
  const shown = (network_limit: number | null) =>
    fromEvent({ ...anEvent(), network_limit }, "Asia/Seoul").network;
  expect([shown(90), shown(0), shown(null)]).toEqual(["90", "0", ""]);
});

describe("editing an event", () => {
  // Berlin shows 02:30 twice on 31 October 2027; this event starts in the second one.
  const event = anEvent({
    title: "Night shift",
    description: "Before",
    start_time: "2027-10-31T01:30:45.000Z",
    end_time: "2027-10-31T01:59:10.000Z",
    time_zone: "Europe/Berlin",
    price_sats: 2100,
  });
  const original = originalOf(event, "Asia/Seoul");
  const edit = (change: Partial<EventInput>) =>
    toChanges({ ...original.input, ...change }, original);

  it("sends only the edited description, also in a repeated DST hour", () => {
    expect(original.input.start).toBe("2027-10-31T02:30");
    expect(edit({ description: "After" })).toEqual({ description: "After" });
    expect(edit({})).toEqual({});
    expect(edit({ price: "2,100", title: " Night shift " })).toEqual({});
  });

  it("accepts unedited times that the form can't represent", () => {
    // 02:45 of the first hour until 02:15 of the second: on the clock the end is before the start.
    const late = originalOf(
      anEvent({
        start_time: "2027-10-31T00:45:30.000Z",
        end_time: "2027-10-31T01:15:00.000Z",
        time_zone: "Europe/Berlin",
      }),
      "UTC",
    );
    const form = eventForm({ taken: 0, now: null, original: late });
    expect(form.safeParse({ ...late.input, description: "After" }).success).toBe(true);
    expect(form.safeParse({ ...late.input, end: "2027-10-31T02:44" }).success).toBe(false);
  });

  it("sends both times and the zone when the zone changes", () => {
    expect(edit({ zone: "UTC" })).toEqual({
      time_zone: "UTC",
      start_time: "2027-10-31T02:30:00.000Z",
      end_time: "2027-10-31T02:59:00.000Z",
    });
    expect(edit({ end: "2027-10-31T05:00" })).toEqual({ end_time: "2027-10-31T04:00:00.000Z" });
  });

  it("sends each other field that was edited", () => {
    expect(
      edit({
        price: "0",
        capacity: "7",
        network: "5",
        stream_url: "https://a.example",
        is_active: false,
      }),
    ).toEqual({
      price_sats: 0,
      capacity: 7,
      network_limit: 5,
      stream_url: "https://a.example",
      is_active: false,
    });
  });

  it("requires new times for unreadable ones", () => {
    const odd = originalOf(anEvent({ start_time: "20270-01-01T00:00:00Z" }), "UTC");
    expect(odd.input.start).toBe("");
    const result = eventForm({ taken: 0, now: null, original: odd }).safeParse(odd.input);
    expect(result.error?.issues.map((issue) => issue.message)).toContain("form.event.time.invalid");
  });
});

it("moves the end with the start and keeps it while a time is incomplete", () => {
  const zone = "Asia/Seoul";
  const end = "2026-12-01T21:30";
  expect(endAfterMove("2026-12-01T19:30", "2026-12-03T20:00", end, zone)).toBe("2026-12-03T22:00");
  expect(endAfterMove("2026-12-01T19:30", "", end, zone)).toBeNull();
});

it("sends the event's details and only those that changed", () => {
  const filled = { ...good, host: " Club ", tags: "jazz,  Live  music, Jazz", gated: true };
  expect(toEvent(filled)).toMatchObject({
    host_name: "Club",
    tags: ["jazz", "Live music"],
    replay_until: null,
    gated: true,
  });
  const original = { input: good, start: null, end: null, replay: null };
  expect(toChanges({ ...good, gated: true }, original)).toEqual({ gated: true });
  expect(toChanges({ ...good, replay: "2026-12-08T21:30" }, original)).toEqual({
    replay_until: "2026-12-08T12:30:00.000Z",
  });
  const replayed = { ...original, input: { ...good, replay: "2026-12-08T21:30" } };
  expect(toChanges(good, replayed)).toEqual({ replay_until: null });
});
