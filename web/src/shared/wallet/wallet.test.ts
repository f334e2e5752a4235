import { expect, it } from "vitest";
import { isConnectionString, oauthReturn, parseLimit, walletState } from "./connection";
import { authConfig, readCallback } from "./uma-auth";

const key = "a".repeat(64);

it("accepts only valid wallet connection strings", () => {
  const good = `nostr+walletconnect://${key}?relay=wss%3A%2F%2Frelay.example&secret=${key}`;
  expect(isConnectionString(good)).toBe(true);
  expect(isConnectionString(` ${good}&lud16=a@b.example `)).toBe(true);
  expect(
    isConnectionString(`nostr+walletconnect:${key}?relay=ws://localhost:1&secret=${key}`),
  ).toBe(true);
  expect(isConnectionString(good.replace("secret", "sekret"))).toBe(false);
  expect(isConnectionString(good.replace("wss", "https"))).toBe(false);
  expect(isConnectionString(good.replace(key, "abc"))).toBe(false);
  expect(isConnectionString("$alice@wallet.example")).toBe(false);
});

it("reports an expired connection as expired", () => {
  const now = Date.now();
  expect(walletState(undefined, now)).toBe("none");
  expect(walletState({ connected: false }, now)).toBe("none");
  expect(walletState({ connected: true, expires_at: null }, now)).toBe("active");
  expect(walletState({ connected: true, expires_at: new Date(now - 1).toISOString() }, now)).toBe(
    "expired",
  );
  for (const [state, shown] of [
    ["stale", "stale"],
    ["expired", "expired"],
    ["needs_reconnect", "broken"],
  ] as const) {
    expect(walletState({ connected: false, state }, now)).toBe(shown);
  }
  const old = new Date(now - 1).toISOString();
  expect(walletState({ connected: true, expires_at: old, renews: true }, now)).toBe("active");
});

it.each([
  ["code=x&state=y", { kind: "code" }],
  ["", { kind: "cancelled" }],
  ["error=access_denied", { kind: "cancelled" }],
  ["error=server_error&error_description=Down", { kind: "refused", reason: "unavailable" }],
  ["error=temporarily_unavailable", { kind: "refused", reason: "unavailable" }],
  ["error=invalid_scope", { kind: "refused", reason: "request" }],
  ["error=Pay%20me", { kind: "refused", reason: "unknown" }],
  ["error=constructor", { kind: "refused", reason: "unknown" }],
  ["error=", { kind: "refused", reason: "unknown" }],
])("reads what the wallet's page sent back: %s", (query, callback) => {
  expect(readCallback(new URLSearchParams(query))).toEqual(callback);
});

it("reads a limit as whole sats above 0", () => {
  expect(parseLimit("100,000")).toBe(100_000);
  for (const text of ["", "0", "-5", "1e3", "many", "0.5", "10,50", "2,100.00"])
    expect(parseLimit(text)).toBeNull();
});

it("requests a daily budget in sats from the wallet", () => {
  const auth = {
    app_pubkey: "npub",
    relay: "wss://relay.example",
    redirect_uri: "https://a.example",
  };
  expect(authConfig(auth, 25_000)).toMatchObject({
    budget: { amountInLowestDenom: "25000", currency: "SAT", period: "daily" },
  });
  expect(authConfig(auth)).not.toHaveProperty("budget");
});

it("keeps the chosen limit across the redirect to the wallet", () => {
  expect(oauthReturn.dayLimit()).toBeNull();
  oauthReturn.set("/events/1/purchase", 25_000);
  expect(oauthReturn.dayLimit()).toBe(25_000);
  expect(oauthReturn.get()).toBe("/events/1/purchase");
});
