import { z } from "zod/mini";
import type { EventPatch, EventView, NewEvent } from "@/api/types";
import type { Key } from "@/i18n/i18n";
import { parseWhole } from "@/lib/money";
import { DAY, fromLocalInput, HOUR, instant, isoInstant, isZone, toLocalInput } from "@/lib/time";
import { webUrl } from "@/lib/download";

export const MAX_TITLE = 200;
export const MAX_DESCRIPTION = 10_000;
export const MAX_HOST = 100;
export const MAX_TAGS = 8;
export const MAX_TAG = 30;
export const MAX_CAPACITY = 10_000_000;

/** Form input. Times are local to `zone`. */
export interface EventInput {
  title: string;
  description: string;
  zone: string;
  start: string;
  end: string;
  capacity: string;
  /** Limit per network; empty for the server's default, 0 for no limit. */
  network: string;
  price: string;
  stream_url: string;
  is_active: boolean;
  host: string;
  contact: string;
  /** Separated by commas. */
  tags: string;
  /** Local time; empty without a replay. */
  replay: string;
  gated: boolean;
}

/** Parses the limit of unpaid and free tickets per network. */
interface NetworkLimit {
  network_limit: number | null;
}

const message = (key: Key) => key;

/** The event when its form was opened. */
export interface Original {
  input: EventInput;
  /** Milliseconds, including seconds and DST offset that the form does not show. */
  start: number | null;
  end: number | null;
  replay: number | null;
}

type Time = "start" | "end" | "replay";

/** Tags of a list separated by commas, without repetitions. */
export function parseTags(text: string): string[] {
  const tags = text
    .split(",")
    .map((tag) => tag.trim().replace(/\s+/g, " "))
    .filter((tag) => tag !== "");
  return tags.filter(
    (tag, index) => tags.findIndex((other) => other.toLowerCase() === tag.toLowerCase()) === index,
  );
}

/** Instants of the form; unedited times keep their original value. */
export function eventTimes(input: EventInput, original?: Original): Record<Time, number | null> {
  const read = (field: Time) =>
    original && input[field] === original.input[field] && input.zone === original.input.zone
      ? original[field]
      : instant(fromLocalInput(input[field], input.zone));
  return { start: read("start"), end: read("end"), replay: read("replay") };
}

/** `taken`: tickets sold or held. `now`: set for new events, which must start in the future. */
export function eventForm(options: {
  taken: number;
  now: number | null;
  original?: Original | undefined;
}) {
  return z
    .object({
      title: z
        .string()
        .check(
          z.trim(),
          z.minLength(1, message("form.required")),
          z.maxLength(MAX_TITLE, message("form.too.long")),
        ),
      description: z.string().check(z.maxLength(MAX_DESCRIPTION, message("form.too.long"))),
      zone: z.string(),
      start: z.string(),
      end: z.string(),
      capacity: z.string().check(
        z.refine((text) => {
          const seats = parseWhole(text);
          return seats !== null && seats > 0 && seats <= MAX_CAPACITY;
        }, message("form.event.capacity.invalid")),
        z.refine(
          (text) => (parseWhole(text) ?? Infinity) >= options.taken,
          message("form.event.capacity.below"),
        ),
      ),
      network: z.string().check(
        z.refine((text) => {
          const seats = parseWhole(text);
          return text.trim() === "" || (seats !== null && seats <= MAX_CAPACITY);
        }, message("form.event.network.invalid")),
      ),
      price: z
        .string()
        .check(z.refine((text) => parseWhole(text) !== null, message("form.event.price.invalid"))),
      stream_url: z.string().check(
        z.trim(),
        z.refine(
          (text) => text === "" || webUrl(text) !== null,
          message("form.event.stream.invalid"),
        ),
      ),
      is_active: z.boolean(),
      host: z.string().check(z.trim(), z.maxLength(MAX_HOST, message("form.too.long"))),
      contact: z.string().check(
        z.trim(),
        z.refine(
          (text) => text === "" || /^(?:https:\/\/[^\s@]+|[^\s@]+@[^\s@]+\.[^\s@]+)$/.test(text),
          message("form.event.contact.invalid"),
        ),
      ),
      tags: z
        .string()
        .check(
          z.refine(
            (text) =>
              parseTags(text).length <= MAX_TAGS &&
              parseTags(text).every((tag) => tag.length <= MAX_TAG),
            message("form.event.tags.invalid"),
          ),
        ),
      replay: z.string(),
      gated: z.boolean(),
    })
    .check((ctx) => {
      const { start, end, replay, zone } = ctx.value;
      const { start: starts, end: ends, replay: until } = eventTimes(ctx.value, options.original);
      const issue = (path: string, key: Key) =>
        ctx.issues.push({ code: "custom", input: ctx.value, path: [path], message: key });
      // The local time is skipped by DST and has no instant.
      const shown = (at: number, typed: string) => toLocalInput(at, zone) === typed.slice(0, 16);
      if (starts === null) issue("start", "form.event.time.invalid");
      else if (!shown(starts, start)) issue("start", "form.event.time.skipped");
      else if (options.now !== null && starts <= options.now) {
        issue("start", "form.event.start.past");
      }
      if (ends === null) issue("end", "form.event.time.invalid");
      else if (!shown(ends, end)) issue("end", "form.event.time.skipped");
      else if (starts !== null && ends <= starts) issue("end", "form.event.end.before");
      if (replay === "") return;
      if (until === null) issue("replay", "form.event.time.invalid");
      else if (!shown(until, replay)) issue("replay", "form.event.time.skipped");
      else if (ends !== null && until <= ends) issue("replay", "form.event.replay.before");
    });
}

/** Converts validated input to an API event. */
export function toEvent(input: EventInput): NewEvent & NetworkLimit {
  return {
    title: input.title.trim(),
    description: input.description.trim(),
    start_time: isoInstant(fromLocalInput(input.start, input.zone)) ?? "",
    end_time: isoInstant(fromLocalInput(input.end, input.zone)) ?? "",
    capacity: parseWhole(input.capacity) ?? 0,
    network_limit: input.network.trim() === "" ? null : parseWhole(input.network),
    price_sats: parseWhole(input.price) ?? 0,
    stream_url: input.stream_url.trim(),
    time_zone: input.zone,
    host_name: input.host.trim(),
    contact: input.contact.trim(),
    tags: parseTags(input.tags),
    replay_until: isoInstant(fromLocalInput(input.replay, input.zone)),
    gated: input.gated,
  };
}

/**
 * Edited fields only: the form does not show every detail (seconds, DST offset), and another organiser
 * may have changed other fields.
 */
export function toChanges(input: EventInput, original: Original): EventPatch {
  const now = toEvent(input);
  const before = toEvent(original.input);
  const hasMoved = (field: Time) =>
    input[field] !== original.input[field] || input.zone !== original.input.zone;
  return {
    ...(now.title !== before.title && { title: now.title }),
    ...(now.description !== before.description && { description: now.description }),
    ...(hasMoved("start") && { start_time: now.start_time }),
    ...(hasMoved("end") && { end_time: now.end_time }),
    ...(now.capacity !== before.capacity && { capacity: now.capacity }),
    ...(now.network_limit !== before.network_limit && { network_limit: now.network_limit }),
    ...(now.price_sats !== before.price_sats && { price_sats: now.price_sats }),
    ...(now.stream_url !== before.stream_url && { stream_url: now.stream_url }),
    ...(now.time_zone !== before.time_zone && { time_zone: now.time_zone }),
    ...(now.host_name !== before.host_name && { host_name: now.host_name }),
    ...(now.contact !== before.contact && { contact: now.contact }),
    ...(String(now.tags) !== String(before.tags) && { tags: now.tags }),
    ...(hasMoved("replay") &&
      (input.replay || original.input.replay) && {
        replay_until: now.replay_until,
      }),
    ...(now.gated !== before.gated && { gated: now.gated }),
    ...(input.is_active !== original.input.is_active && { is_active: input.is_active }),
  };
}

/** Original event and form input; call once, when the form is opened. */
export function originalOf(event: EventView & Partial<NetworkLimit>, viewer: string): Original {
  return {
    input: fromEvent(event, viewer),
    start: instant(event.start_time),
    end: instant(event.end_time),
    replay: instant(event.replay_until),
  };
}

/** Keeps the event's zone; falls back to the organiser's if the browser does not support it. */
export function fromEvent(event: EventView & Partial<NetworkLimit>, viewer: string): EventInput {
  const zone = isZone(event.time_zone) ? event.time_zone : viewer;
  return {
    title: event.title,
    description: event.description,
    zone,
    start: toLocalInput(event.start_time, zone),
    end: toLocalInput(event.end_time, zone),
    capacity: String(event.capacity),
    network: typeof event.network_limit === "number" ? String(event.network_limit) : "",
    price: String(event.price_sats),
    stream_url: event.stream_url ?? "",
    is_active: event.is_active,
    host: event.host_name,
    contact: event.contact,
    tags: event.tags.join(", "),
    replay: event.replay_until ? toLocalInput(event.replay_until, zone) : "",
    gated: event.gated,
  };
}

/** Default form: in one week, on the full hour, for two hours. */
export function blank(now: number, zone: string): EventInput {
  const start = new Date(Math.ceil((now + 7 * DAY) / HOUR) * HOUR);
  return {
    title: "",
    description: "",
    zone,
    start: toLocalInput(start, zone),
    end: toLocalInput(new Date(start.getTime() + 2 * HOUR), zone),
    capacity: "100",
    network: "",
    price: "",
    stream_url: "",
    is_active: true,
    host: "",
    contact: "",
    tags: "",
    replay: "",
    gated: false,
  };
}

/** The end after its event's start was moved; `null` if one of the times can't be read. */
export function endAfterMove(
  before: string,
  start: string,
  end: string,
  zone: string,
): string | null {
  const [from, to, ends] = [before, start, end].map((local) => fromLocalInput(local, zone));
  if (!from || !to || !ends) return null;
  return toLocalInput(ends.getTime() + to.getTime() - from.getTime(), zone) || null;
}

const SERVER_FIELDS: Record<string, keyof EventInput> = {
  title: "title",
  description: "description",
  start_time: "start",
  end_time: "end",
  capacity: "capacity",
  network_limit: "network",
  price_sats: "price",
  stream_url: "stream_url",
  host_name: "host",
  contact: "contact",
  tags: "tags",
  replay_until: "replay",
  gated: "gated",
};

export const serverFields = Object.keys(SERVER_FIELDS);
export const fieldOf = (name: string): keyof EventInput => SERVER_FIELDS[name] ?? "title";
