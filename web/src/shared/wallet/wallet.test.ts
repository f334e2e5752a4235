import { expect, it } from "vitest";
import { isConnectionString, walletState } from "./connection";
import { readCallback } from "./uma-auth";

const key = "a".repeat(64);

it("takes a wallet's connection string and nothing that can't be one", () => {
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

it("does not call an expired connection connected", () => {
  const now = Date.now();
  expect(walletState(undefined, now)).toBe("none");
  expect(walletState({ connected: false }, now)).toBe("none");
  expect(walletState({ connected: true, expires_at: null }, now)).toBe("active");
  expect(walletState({ connected: true, expires_at: new Date(now - 1).toISOString() }, now)).toBe(
    "expired",
  );
  const old = new Date(now - 1).toISOString();
  expect(walletState({ connected: true, expires_at: old, renews: true }, now)).toBe("active");
});

it.each([
  ["code=x&state=y", { kind: "code" }],
  ["", { kind: "cancelled" }],
  ["error=access_denied", { kind: "cancelled" }],
  ["error=server_error&error_description=Down", { kind: "refused", reason: "Down" }],
  ["error=server_error", { kind: "refused", reason: "server_error" }],
])("reads what the wallet's page sent back: %s", (query, callback) => {
  expect(readCallback(new URLSearchParams(query))).toEqual(callback);
});
