import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const key = "a".repeat(64);
const uri = `nostr+walletconnect://${key}?relay=wss://relay.example&secret=${key}`;
const connected = {
  connected: true,
  state: "connected",
  uma_address: "$alice@wallet.example",
  created_at: new Date().toISOString(),
  budget_per_purchase_sats: 20_000,
  budget_per_day_sats: 50_000,
};
const have = (wallet: object) =>
  server.use(http.get(at("/users/me/nwc-connection"), () => ok(wallet)));

beforeEach(() => signIn());

it("shows the spending limits of a connected wallet", async () => {
  have(connected);
  visit("/account");
  expect(await screen.findByText("Connected")).toBeVisible();
  for (const [term, value] of [
    ["Limit per order", "20,000 sats"],
    ["Limit per day", "50,000 sats"],
  ] as const) {
    expect(screen.getByText(term).nextElementSibling).toHaveTextContent(value);
  }
});

it("changes the limits, treats an empty field as the default and rejects invalid input", async () => {
  have(connected);
  let sent: unknown;
  server.use(
    http.put(at("/users/me/nwc-connection"), async ({ request }) => {
      sent = await request.json();
      return ok(undefined);
    }),
  );
  const page = visit("/account");
  await page.user.click(await screen.findByRole("button", { name: "Edit limits" }));
  const purchase = screen.getByLabelText("Limit per order");
  const form = within(purchase.closest("form")!);
  await page.user.clear(purchase);
  await page.user.type(purchase, "none");
  await page.user.click(form.getByRole("button", { name: "Save" }));
  expect(purchase).toHaveAccessibleDescription("Enter a whole number of sats above 0.");
  expect(sent).toBeUndefined();
  await page.user.clear(purchase);
  await page.user.clear(screen.getByLabelText("Limit per day"));
  await page.user.type(screen.getByLabelText("Limit per day"), "75,000");
  await page.user.click(form.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(sent).toEqual({ budget_per_purchase_sats: null, budget_per_day_sats: 75_000 }),
  );
});

it.each([
  ["stale", /stopped responding/],
  ["needs_reconnect", /no longer accepts this connection/],
])(
  "asks to reconnect a wallet that is %s without showing the provider's text",
  async (state, sentence) => {
    have({ ...connected, connected: false, state, problem: '{"error":"invalid_grant"}' });
    const page = visit("/account");
    expect(await screen.findByText("Reconnect your wallet")).toBeVisible();
    expect(screen.getByText(sentence)).toBeVisible();
    expect(screen.queryByText(/invalid_grant/)).not.toBeInTheDocument();
    await page.user.click(screen.getByRole("button", { name: "Reconnect" }));
    expect(screen.getByLabelText("Nostr Wallet Connect string")).toBeVisible();
  },
);

it("requires a daily limit to connect", async () => {
  let sent: unknown;
  server.use(
    http.post(at("/users/me/nwc-connection"), async ({ request }) => {
      sent = await request.json();
      return ok(undefined);
    }),
  );
  const page = visit("/account");
  await page.user.click(await screen.findByRole("button", { name: "Connect a wallet" }));
  const limit = screen.getByLabelText("Limit per day");
  expect(limit).toHaveValue("100,000");
  await page.user.type(screen.getByLabelText("Nostr Wallet Connect string"), uri);
  await page.user.clear(limit);
  await page.user.click(screen.getByRole("button", { name: "Connect" }));
  expect(limit).toBeInvalid();
  expect(sent).toBeUndefined();
  await page.user.type(limit, "30000");
  await page.user.click(screen.getByRole("button", { name: "Connect" }));
  await waitFor(() =>
    expect(sent).toEqual({ nwc_connection_uri: uri, budget_per_day_sats: 30_000 }),
  );
});

it("shows a catalogue text for a failed connection, not the provider's", async () => {
  visit("/oauth/callback?error=server_error&error_description=Send%20sats%20to%20evil.example");
  expect(
    await screen.findByText("Your wallet is unavailable right now. Try again later."),
  ).toBeVisible();
  expect(screen.queryByText(/evil.example/)).not.toBeInTheDocument();
});

it("shows the rate limit of new connections", async () => {
  server.use(
    http.post(at("/users/me/nwc-connection"), () => refused(429, "rate_limited", "too many")),
  );
  const page = visit("/account");
  await page.user.click(await screen.findByRole("button", { name: "Connect a wallet" }));
  await page.user.type(screen.getByLabelText("Nostr Wallet Connect string"), uri);
  await page.user.click(screen.getByRole("button", { name: "Connect" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(/Too many/);
});
