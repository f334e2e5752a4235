import { screen, waitFor, within } from "@testing-library/react";
import { delay, http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { anEvent, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";
import { DAY, HOUR, instant } from "@/lib/time";
import { groupByDay } from "./days";
import { readFilters, toQuery, writeFilters } from "./filters";

it("searches while typing and keeps the search in the URL", async () => {
  server.use(
    http.get(at("/events"), ({ request }) => {
      const q = new URL(request.url).searchParams.get("q");
      return ok(
        q === "jazz"
          ? [anEvent({ id: 2, title: "Jazz" })]
          : [anEvent(), anEvent({ id: 2, title: "Jazz" })],
      );
    }),
  );
  const page = visit("/");
  expect(await screen.findByRole("link", { name: "Neon Choir" })).toBeVisible();
  await page.user.type(screen.getByRole("searchbox"), "jazz");
  await waitFor(() =>
    expect(screen.queryByRole("link", { name: "Neon Choir" })).not.toBeInTheDocument(),
  );
  expect(screen.getByRole("link", { name: "Jazz" })).toBeVisible();
  expect(page.path()).toBe("/?q=jazz");
});

it("shows few tickets left, sold out and free", async () => {
  server.use(
    http.get(at("/events"), () =>
      ok([
        anEvent({ id: 1, title: "Few", tickets_available: 19 }),
        anEvent({ id: 2, title: "None", tickets_available: 0 }),
        anEvent({ id: 3, title: "Enough", tickets_available: 20, price_sats: 0 }),
      ]),
    ),
  );
  visit("/");
  const card = async (name: string) =>
    (await screen.findByRole("link", { name })).closest("article")!.textContent;
  expect(await card("Few")).toContain("19 tickets left");
  expect(await card("None")).toContain("Sold out");
  expect(await card("Enough")).not.toContain("tickets left");
  expect(await card("Enough")).toContain("Free");
});

it("explains an empty search and offers to clear it", async () => {
  server.use(http.get(at("/events"), () => ok([])));
  const page = visit("/?q=polka&free=1");
  expect(await screen.findByText(/No events match “polka”/)).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Clear search and filters" }));
  await waitFor(() => expect(page.path()).toBe("/"));
});

it("shows a connection error and retries on request", async () => {
  let up = false;
  server.use(http.get(at("/events"), () => (up ? ok([anEvent()]) : HttpResponse.error())));
  const page = visit("/");
  expect(await screen.findByText(/We couldn't connect/)).toBeVisible();
  up = true;
  await page.user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: "Neon Choir" })).toBeVisible();
});

it("loads more events until all are shown", async () => {
  const all = Array.from({ length: 30 }, (_, i) => anEvent({ id: i + 1, title: `Event ${i + 1}` }));
  server.use(
    http.get(at("/events"), ({ request }) => {
      const offset = Number(new URL(request.url).searchParams.get("offset"));
      return HttpResponse.json(
        { message: "ok", data: all.slice(offset, offset + 24) },
        { headers: { "X-Total-Count": "30" } },
      );
    }),
  );
  const page = visit("/");
  await page.user.click(await screen.findByRole("button", { name: "Show more events" }));
  expect(await screen.findByRole("link", { name: "Event 30" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show more events" })).not.toBeInTheDocument();
});

it("reads filters from the URL and writes them back unchanged", () => {
  for (const address of [
    "",
    "q=jazz",
    "past=1&free=1",
    "q=jazz&past=1",
    "q=a+b&week=1",
    "most=5000",
  ]) {
    expect(writeFilters(readFilters(new URLSearchParams(address))).toString()).toBe(address);
  }
});

it("queries the chosen price limit and ignores others", () => {
  const most = (address: string) =>
    toQuery(readFilters(new URLSearchParams(address)), 0).max_price_sats;
  expect(most("most=5000")).toBe(5000);
  expect(most("most=5001")).toBeUndefined();
  expect(most("")).toBeUndefined();
});

it("queries the next seven days for this week", () => {
  const filters = readFilters(new URLSearchParams("week=1&free=1&q=%20"));
  expect(toQuery(filters, Date.parse("2026-11-23T00:00:00Z"))).toEqual({
    upcoming: "true",
    free: "true",
    from: "2026-11-23T00:00:00.000Z",
    to: "2026-11-30T00:00:00.000Z",
  });
});

it("does not undo a navigation with a debounced search", async () => {
  server.use(
    http.get(at("/events"), () => ok([anEvent()])),
    http.get(at("/events/1"), () => ok(anEvent())),
  );
  const page = visit("/");
  const link = await screen.findByRole("link", { name: "Neon Choir" });
  await page.user.type(screen.getByRole("searchbox"), "neon");
  await page.user.click(link);
  expect(await screen.findByRole("heading", { level: 1, name: "Neon Choir" })).toBeInTheDocument();
  expect(page.path()).toBe("/events/1");
});

it("shows that an event is not available", async () => {
  server.use(http.get(at("/events/9"), () => refused(404, "not_found", "Event not found")));
  visit("/events/9");
  expect(
    await screen.findByRole("heading", { level: 2, name: "This event isn't available" }),
  ).toBeVisible();
  expect(within(screen.getByRole("main")).getByRole("link", { name: "Log in" })).toHaveAttribute(
    "href",
    "/login?next=%2Fevents%2F9",
  );
});

it("links a ticket holder from an unavailable checkout to My tickets", async () => {
  signIn();
  server.use(http.get(at("/events/9"), () => refused(404, "not_found", "Event not found")));
  visit("/events/9/purchase");
  expect(await screen.findByText(/Tickets you already have are in My tickets/)).toBeVisible();
});

it("groups events by day in the viewer's zone", () => {
  const at = (start: string, end: string) => ({ start_time: start, end_time: end });
  const now = instant("2026-12-04T14:00:00Z") ?? 0;
  const events = [
    at("2026-12-04T13:00:00Z", "2026-12-04T15:00:00Z"),
    at("2026-12-04T14:59:00Z", "2026-12-04T16:00:00Z"),
    at("2026-12-04T15:00:00Z", "2026-12-04T16:00:00Z"),
    at("2026-12-05T15:00:00Z", "2026-12-05T16:00:00Z"),
    at("2026-12-05T16:00:00Z", "2026-12-05T17:00:00Z"),
  ];
  const groups = groupByDay(events, now, "Asia/Seoul", false);
  expect(groups.map(({ name, events: of }) => [name, of.length])).toEqual([
    ["live", 1],
    ["today", 1],
    ["tomorrow", 1],
    ["date", 2],
  ]);
  const past = groupByDay([...events].reverse(), now + 30 * DAY, "Asia/Seoul", true);
  expect(past.map(({ name, events: of }) => [name, of.length])).toEqual([
    ["date", 2],
    ["date", 1],
    ["date", 2],
  ]);
});

it("lists past events in a tab of their own, which the URL keeps", async () => {
  const queries: (string | null)[] = [];
  server.use(
    http.get(at("/events"), ({ request }) => {
      const { searchParams } = new URL(request.url);
      queries.push(`${searchParams.get("upcoming")} ${searchParams.get("past")}`);
      const start = Date.now() - 9 * DAY;
      const ended = {
        start_time: new Date(start).toISOString(),
        end_time: new Date(start + HOUR).toISOString(),
      };
      return ok(searchParams.has("past") ? [anEvent({ title: "Over", ...ended })] : [anEvent()]);
    }),
  );
  const page = visit("/?free=1&week=1");
  const tabs = within(await screen.findByRole("navigation", { name: "Upcoming or past events" }));
  expect(tabs.getByRole("link", { name: "Upcoming" })).toHaveAttribute("aria-current", "page");
  await page.user.click(tabs.getByRole("link", { name: "Past" }));
  const card = (await screen.findByRole("link", { name: "Over" })).closest("article")!;
  expect(card).toHaveTextContent("Ended");
  expect(card).not.toHaveTextContent("sats");
  expect(page.path()).toBe("/?past=1&free=1");
  expect(queries).toEqual(["true null", "null true"]);
});

it("shows that it is searching until the results arrive", async () => {
  server.use(
    http.get(at("/events"), async ({ request }) => {
      if (new URL(request.url).searchParams.has("q")) await delay("infinite");
      return ok([anEvent()]);
    }),
  );
  const page = visit("/");
  await screen.findByRole("link", { name: "Neon Choir" });
  await page.user.type(screen.getByRole("searchbox"), "jazz");
  expect(await screen.findByText("Searching events")).toBeInTheDocument();
});

it("offers the host's contact, tags and calendars, and renders the description as Markdown", async () => {
  server.use(
    http.get(at("/events/1"), () =>
      ok(
        anEvent({
          description: "**Loud**, see [us](https://band.example/)",
          host_name: "Club Neon",
          contact: "hello@club.example",
          tags: ["jazz", "재즈"],
        }),
      ),
    ),
  );
  const page = visit("/events/1");
  expect(await screen.findByText("Hosted by Club Neon")).toBeVisible();
  expect(screen.getByRole("link", { name: "hello@club.example" })).toHaveAttribute(
    "href",
    "mailto:hello@club.example",
  );
  expect(screen.getByText("재즈")).toHaveAttribute("lang", "ko");
  expect(await screen.findByRole("link", { name: "us" })).toHaveAttribute(
    "rel",
    "noopener nofollow ugc",
  );
  expect(screen.getByRole("link", { name: "Google Calendar", hidden: true })).not.toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Add to calendar" }));
  expect(screen.getByRole("link", { name: "Google Calendar" })).toBeVisible();
  await page.user.keyboard("{Escape}");
  expect(screen.getByRole("button", { name: "Add to calendar" })).toHaveFocus();
});

it("describes the offers of an event once, for search engines", async () => {
  server.use(http.get(at("/events/1"), () => ok(anEvent({ price_sats: 2100 }))));
  visit("/events/1");
  await screen.findByRole("heading", { level: 1, name: "Neon Choir" });
  const find = () => document.head.querySelectorAll('script[type="application/ld+json"]');
  await waitFor(() => expect(find()).toHaveLength(1));
  expect(JSON.parse(find()[0]!.textContent)).toMatchObject({
    eventStatus: "https://schema.org/EventScheduled",
    offers: [
      {
        price: "0.000021",
        priceCurrency: "BTC",
        availability: "https://schema.org/InStock",
      },
    ],
  });
  document.head.innerHTML = "";
});

it("updates page metadata after navigation", async () => {
  server.use(
    http.get(at("/events"), () => ok([anEvent()])),
    http.get(at("/events/1"), () => ok(anEvent({ id: 1, title: "First" }))),
    http.get(at("/events/2"), () => ok(anEvent({ id: 2, title: "Second", description: "Two." }))),
  );
  const origin = window.location.origin;
  // As the server writes it.
  document.head.innerHTML = `<link rel="canonical" href="${origin}/events/1">
    <meta name="description" content="First"><meta name="robots" content="noindex">
    <meta property="og:url" content="${origin}/events/1">
    <meta property="og:image" content="${origin}/events/1/poster.png?v=1">
    <meta name="twitter:title" content="First"><script type="application/ld+json">{}</script>`;
  const tags = (): Record<string, string> =>
    Object.fromEntries<string>(
      [...document.head.querySelectorAll("link[rel=canonical], meta")].map((tag) => [
        tag.getAttribute("rel") ?? tag.getAttribute("property") ?? tag.getAttribute("name") ?? "",
        tag.getAttribute("href") ?? tag.getAttribute("content") ?? "",
      ]),
    );
  const page = visit("/events/1");
  await screen.findByRole("heading", { name: "First" });
  expect(tags()["og:image"]).toBe(`${origin}/events/1/poster.png?v=1`);

  await page.go("/events/2");
  await screen.findByRole("heading", { name: "Second" });
  await waitFor(() => expect(tags().canonical).toBe(`${origin}/events/2`));
  expect(tags()).toMatchObject({
    description: "Two.",
    "og:url": `${origin}/events/2`,
    "og:title": "Second",
    "og:image": `${origin}/events/2/poster.png`,
    "twitter:title": "Second",
  });
  expect(tags()).not.toHaveProperty("robots");
  expect(document.head.querySelectorAll('script[type="application/ld+json"]')).toHaveLength(1);

  await page.go("/");
  await screen.findByRole("heading", { name: "Events" });
  await waitFor(() => expect(tags()["og:url"]).toBe(`${origin}/`));
  expect(tags()).not.toHaveProperty("og:image");
  expect(document.head.querySelectorAll('script[type="application/ld+json"]')).toHaveLength(0);
  document.head.innerHTML = "";
});

it("shows an event as cancelled, whether or not it is on sale", async () => {
  const cancelled = { ...anEvent(), status: "cancelled", cancelled_at: new Date().toISOString() };
  server.use(
    http.get(at("/events"), () => ok([{ ...cancelled, is_active: true }])),
    http.get(at("/events/1"), () => ok({ ...cancelled, is_active: false })),
  );
  const page = visit("/");
  const card = (await screen.findByRole("link", { name: "Neon Choir" })).closest("article")!;
  expect(within(card).getByText("Cancelled")).toBeVisible();
  await page.go("/events/1");
  await screen.findByRole("heading", { name: "About" });
  expect(screen.getByText(/Everyone who paid gets a full refund/)).toBeVisible();
  for (const button of screen.getAllByRole("button", { name: "Cancelled" })) {
    expect(button).toBeDisabled();
  }
  expect(screen.getByRole("main")).not.toHaveTextContent(
    /Not on sale|Starts in|tickets left|sats|Add to calendar/,
  );
  signIn();
  await page.go("/events/1/purchase");
  // The event's page has the same sentence.
  await waitFor(() => expect(screen.queryByText(/Everyone who paid/)).not.toBeInTheDocument());
  expect(await screen.findByText("This event has been cancelled.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Pay/ })).not.toBeInTheDocument();
});
