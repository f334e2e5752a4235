import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { PromoCode, TicketType } from "@/api/types";
import { aType, anAdminEvent, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";
import { blankCode, codeForm, toCode } from "./promo-code-input";
import { moved } from "./move";
import { blankType, fromType, toType, typeChanges, typeForm } from "./ticket-type-input";

const types = [
  aType({ id: 11, name: "Early bird", quota: 10, taken: 10, sale: "sold_out", available: 0 }),
  aType({ id: 12, name: "Supporter", taken: 3, price: { kind: "minimum", min_sats: 500 } }),
  aType({ id: 13, name: "Crew", taken: 0, hidden: true }),
];

const code: PromoCode = {
  id: 5,
  event_id: 1,
  code: "EARLY20",
  discount: { kind: "percent", value: 20 },
  ticket_type_ids: [11],
  max_uses: 50,
  max_per_buyer: null,
  used: 12,
  valid_from: null,
  valid_until: null,
  archived: false,
};

let shown: TicketType[] = [];

beforeEach(() => {
  shown = types;
  signIn();
  server.use(
    http.get(at("/users/me"), () => ok({ id: 5, is_admin: true })),
    http.get(at("/admin/events"), () => ok([anAdminEvent({ ticket_types: shown })])),
    http.get(at("/admin/events/:id/attendees"), () => ok([])),
    http.get(at("/admin/events/:id/invoices"), () => ok([])),
    http.get(at("/admin/events/:id/ticket-types"), () => ok(shown)),
    http.get(at("/admin/events/:id/sales"), () => refused(404, "not_found", "no route")),
    http.get(at("/admin/events/:id/promo-codes"), () => ok([code])),
  );
});

const names = () =>
  within(screen.getByRole("list", { name: "Ticket types" }))
    .getAllByRole("listitem")
    .map((item) => /Early bird|Supporter|Crew/.exec(item.textContent)?.[0]);

it("shows price, state and sales of each ticket type", async () => {
  visit("/admin/events/1");
  const [early, supporter, crew] = await within(
    await screen.findByRole("list", { name: "Ticket types" }),
  ).findAllByRole("listitem");
  expect(early).toHaveTextContent(/Early bird.*Sold out.*2,100 sats.*10 of 10 sold or reserved/);
  expect(supporter).toHaveTextContent(/From 500 sats.*3 sold or reserved/);
  expect(crew).toHaveTextContent("Hidden");
  expect(within(early!).getByRole("progressbar")).toHaveValue(10);
});

it("sorts ticket types with the keyboard and shows the new order at once", async () => {
  let ids: unknown;
  server.use(
    http.put(at("/admin/events/1/ticket-types/order"), async ({ request }) => {
      ids = ((await request.json()) as { ids: number[] }).ids;
      return refused(503, "unavailable", "busy");
    }),
  );
  const page = visit("/admin/events/1");
  await page.user.click(await screen.findByRole("button", { name: "Move Crew up" }));
  await waitFor(() => expect(ids).toEqual([11, 13, 12]));
  // The list returns to its former order when the change is refused.
  expect(await screen.findByText(/busy right now/)).toBeVisible();
  await waitFor(() => expect(names()).toEqual(["Early bird", "Supporter", "Crew"]));
});

it("adds a ticket type in a currency with a quota and a sales period", async () => {
  let body: unknown;
  server.use(
    http.post(at("/admin/events/1/ticket-types"), async ({ request }) => {
      body = await request.json();
      return ok(types[0], 201);
    }),
  );
  const page = visit("/admin/events/1");
  await page.user.click(await screen.findByRole("button", { name: "Add ticket type" }));
  const form = within(await screen.findByRole("dialog", { name: "Add ticket type" }));
  await page.user.click(form.getByRole("button", { name: "Add ticket type" }));
  expect(form.getByLabelText("Name")).toBeInvalid();
  await page.user.type(form.getByLabelText("Name"), "Late");
  await page.user.click(form.getByRole("radio", { name: "Fixed price in a currency" }));
  await page.user.type(form.getByLabelText("Price"), "25.5");
  await page.user.type(form.getByLabelText("Quantity"), "1,000");
  await page.user.type(form.getByLabelText("Sales end"), "2030-01-02T10:00");
  await page.user.click(form.getByRole("button", { name: "Add ticket type" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(body).toEqual({
    name: "Late",
    description: "",
    price: { kind: "currency", currency: "USD", amount_minor: 2550 },
    quota: 1000,
    sale_start: null,
    sale_end: "2030-01-02T10:00:00.000Z",
    min_per_order: 1,
    max_per_order: null,
    hidden: false,
  });
});

it("shows a refused quota at its field", async () => {
  server.use(
    http.put(at("/admin/ticket-types/12"), () =>
      refused(409, "quota_below_taken", "below", { quota: "capacity_below_sold" }),
    ),
  );
  const page = visit("/admin/events/1");
  await page.user.click(await screen.findByRole("button", { name: "Edit: Supporter" }));
  const form = within(await screen.findByRole("dialog"));
  const quota = form.getByLabelText("Quantity");
  await page.user.type(quota, "2");
  await page.user.tab();
  expect(quota).toHaveAccessibleDescription(/3 tickets of this type are already sold/);
  await page.user.clear(quota);
  await page.user.type(quota, "3");
  await page.user.click(form.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect(quota).toBeInvalid());
});

it("sends edited fields of a ticket type only", () => {
  const type = { ...types[1]!, sale_end: "2030-01-02T10:00:45Z" };
  const original = fromType(type, "Asia/Seoul");
  expect(typeChanges(original, original, "Asia/Seoul")).toEqual({});
  expect(typeChanges({ ...original, quota: "5" }, original, "Asia/Seoul")).toEqual({ quota: 5 });
  expect(original.ends).toBe("2030-01-02T19:00");
  expect(toType(original, "Asia/Seoul").price).toEqual({ kind: "minimum", min_sats: 500 });
});

it("checks prices by their kind", () => {
  const issues = (change: object) =>
    typeForm({ taken: 0, zone: "UTC" })
      .safeParse({ ...blankType(), name: "A", ...change })
      .error?.issues.map((issue) => issue.path[0]) ?? [];
  expect(issues({ sats: "0" })).toEqual([]);
  expect(issues({ sats: "1.5" })).toEqual(["sats"]);
  expect(issues({ kind: "currency", amount: "1000", currency: "KRW" })).toEqual([]);
  expect(issues({ kind: "currency", amount: "1.50", currency: "KRW" })).toEqual(["amount"]);
  expect(issues({ kind: "currency", amount: "0", currency: "USD" })).toEqual(["amount"]);
  expect(issues({ kind: "minimum", min_sats: "" })).toEqual(["min_sats"]);
  expect(issues({ sats: "1", min: "3", max: "2" })).toEqual(["max"]);
});

it("adds a promo code for some ticket types", async () => {
  let body: unknown;
  server.use(
    http.post(at("/admin/events/1/promo-codes"), async ({ request }) => {
      body = await request.json();
      return ok(code, 201);
    }),
  );
  const page = visit("/admin/events/1");
  const row = (await screen.findByText("EARLY20")).closest("tr")!;
  expect(row).toHaveTextContent(/20% off.*Early bird.*12 of 50/);
  await page.user.click(screen.getByRole("button", { name: "Add promo code" }));
  const form = within(await screen.findByRole("dialog", { name: "Add promo code" }));
  await page.user.type(form.getByLabelText("Code"), "crew-2030");
  await page.user.click(form.getByRole("radio", { name: "Free ticket" }));
  await page.user.click(form.getByRole("checkbox", { name: "Crew" }));
  await page.user.type(form.getByLabelText("Maximum uses"), "5");
  await page.user.click(form.getByRole("button", { name: "Add promo code" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(body).toEqual({
    code: "crew-2030",
    discount: { kind: "free" },
    ticket_type_ids: [13],
    max_uses: 5,
    max_per_buyer: null,
    valid_from: null,
    valid_until: null,
  });
});

it("checks a promo code's discount and uses", () => {
  const issues = (change: object) =>
    codeForm({ used: 3, zone: "UTC" })
      .safeParse({ ...blankCode(), code: "CREW", kind: "free", ...change })
      .error?.issues.map((issue) => issue.path[0]) ?? [];
  expect(issues({})).toEqual([]);
  expect(issues({ kind: "percent", percent: "101" })).toEqual(["percent"]);
  expect(issues({ kind: "sats", sats: "0" })).toEqual(["sats"]);
  expect(issues({ max_uses: "2" })).toEqual(["max_uses"]);
  expect(issues({ code: "a!" })).toEqual(["code"]);
  expect(
    toCode({ ...blankCode(), code: "A", kind: "sats", sats: "1,000" }, "UTC").discount,
  ).toEqual({ kind: "sats", value: 1000 });
});

it("moves an item of a list", () => {
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
});

it("links the price of an event with several ticket types to them", async () => {
  visit("/admin/events/1/edit");
  expect(await screen.findByRole("link", { name: "Manage ticket types" })).toHaveAttribute(
    "href",
    "/admin/events/1#tickets",
  );
  expect(screen.queryByLabelText("Price")).not.toBeInTheDocument();
});
