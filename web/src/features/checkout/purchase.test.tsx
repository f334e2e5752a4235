import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";
import { ko } from "@/i18n/ko";
import { anEvent, aStatus, aTicket, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const bought = (status = "pending") =>
  ok(
    {
      ticket: { id: 7, ticket_code: null, payment_status: status },
      event: { title: "Neon Choir", price_sats: 2100 },
      payment_required: status === "pending",
      status_token: "token",
    },
    201,
  );

beforeEach(() => {
  signIn();
  server.use(
    http.get(at("/events/1"), () => ok(anEvent())),
    http.get(at("/tickets/7/status"), () => ok(aStatus("pending", "request_sent"))),
  );
});

async function order(page: ReturnType<typeof visit>, address = "$alice@wallet.example") {
  await page.user.type(await screen.findByLabelText("Your UMA address"), address);
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
}

it("buys with an address and tells the truth while it waits", async () => {
  server.use(http.post(at("/tickets/purchase"), () => bought()));
  const page = visit("/events/1/purchase");
  await order(page);
  expect(
    await screen.findByText(/We asked wallet.example to show you a payment of 2,100 sats/),
  ).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase?ticket=7");
  expect(screen.getByRole("timer", { name: /left to pay/ })).toBeInTheDocument();
  expect(
    screen.getByRole("img", { name: /Lightning invoice over 2,100 sats/, hidden: true }),
  ).toBeInTheDocument();
});

it("checks the address while it is typed and does not order with a bad one", async () => {
  const page = visit("/events/1/purchase");
  const field = await screen.findByLabelText("Your UMA address");
  await page.user.type(field, "$ali");
  expect(field).toBeValid();
  await page.user.clear(field);
  await page.user.type(field, "alice@wallet.example");
  expect(field).toBeInvalid();
  expect(field).toHaveAccessibleDescription(/starts with \$/);
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(field).toHaveFocus();
});

it("repeats a purchase whose answer was lost under the same key, and a refused one under a new key", async () => {
  const seen: (string | null)[] = [];
  let answers = [
    () => HttpResponse.error(),
    () => refused(400, "sold_out", "sold out"),
    () => bought(),
  ];
  server.use(
    http.post(at("/tickets/purchase"), ({ request }) => {
      seen.push(request.headers.get("idempotency-key"));
      const [next, ...rest] = answers;
      answers = rest;
      return next!();
    }),
  );
  const page = visit("/events/1/purchase");
  await order(page);
  expect(await screen.findByText(/Trying again is safe/)).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(await screen.findByText(/The last seat has just gone/)).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  await screen.findByText(/We asked wallet.example/);
  expect(seen[0]).toBeTruthy();
  expect(seen[1]).toBe(seen[0]);
  expect(seen[2]).not.toBe(seen[1]);
});

it("takes up an order under way instead of starting a second one", async () => {
  server.use(http.get(at("/users/5/tickets"), () => ok([aTicket({ payment_status: "pending" })])));
  const page = visit("/events/1/purchase");
  expect(await screen.findByText(/We asked wallet.example/)).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase?ticket=7");
});

it("gives a free ticket at once, without asking for an address", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/tickets/purchase"), () => bought("paid")),
    http.get(at("/tickets/7/status"), () =>
      ok(
        aStatus("paid", "done", {
          payment: { status: "paid", amount_sats: 0, invoice_id: null, bolt11: null },
        }),
      ),
    ),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get the ticket" }));
  expect(await screen.findByText("Your ticket for Neon Choir is ready.")).toBeVisible();
  expect(screen.getByRole("link", { name: "View ticket" })).toHaveAttribute("href", "/tickets/7");
});

it("says why a wallet could not be asked and opens the other way to pay", async () => {
  server.use(http.get(at("/tickets/7/status"), () => ok(aStatus("pending", "unreachable"))));
  visit("/events/1/purchase?ticket=7");
  expect(await screen.findByText(/wallet.example did not answer us/)).toBeVisible();
  expect(screen.getByRole("img", { name: /Lightning invoice/ })).toBeVisible();
  expect(screen.getByRole("link", { name: "Open in a wallet app" })).toHaveAttribute(
    "href",
    "lightning:lnbc21u1pxyz",
  );
});

it("tries an expired order again with one tap and the same address", async () => {
  let body: unknown;
  server.use(
    http.get(at("/tickets/6/status"), () => ok(aStatus("expired", "request_sent"))),
    http.get(at("/users/5/tickets"), () => ok([aTicket({ id: 6, payment_status: "expired" })])),
    http.post(at("/tickets/purchase"), async ({ request }) => {
      body = await request.json();
      return bought();
    }),
  );
  const page = visit("/events/1/purchase?ticket=6");
  await page.user.click(await screen.findByRole("button", { name: "Try again for 2,100 sats" }));
  await waitFor(() => expect(page.path()).toBe("/events/1/purchase?ticket=7"));
  expect(body).toEqual({ event_id: 1, user_id: 5, uma_address: "$alice@wallet.example" });
});

it("frees the seat only after asking", async () => {
  let cancelled = 0;
  server.use(
    http.post(at("/tickets/7/cancel"), () => {
      cancelled += 1;
      return ok(undefined);
    }),
    http.get(at("/tickets/7/status"), () =>
      ok(aStatus(cancelled ? "cancelled" : "pending", "request_sent")),
    ),
  );
  const page = visit("/events/1/purchase?ticket=7");
  await page.user.click(await screen.findByRole("button", { name: "Cancel and free the seat" }));
  expect(cancelled).toBe(0);
  await page.user.click(screen.getByRole("button", { name: "Free the seat" }));
  expect(
    await screen.findByRole("heading", { level: 2, name: "You gave up this seat" }),
  ).toBeVisible();
  expect(cancelled).toBe(1);
});

it("does not offer a sold-out event", async () => {
  server.use(http.get(at("/events/1"), () => ok(anEvent({ tickets_available: 0 }))));
  visit("/events/1/purchase");
  expect(await screen.findByText("This event can't be bought")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Pay/ })).not.toBeInTheDocument();
});

it("speaks Korean", async () => {
  visit("/events/1/purchase?ticket=7", "ko", ko);
  expect(await screen.findByText(/wallet.example에 2,100 sats 결제를 요청했어요/)).toBeVisible();
  expect(document.documentElement.lang).toBe("ko");
});
