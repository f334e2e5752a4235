import { expect, it } from "vitest";
import { tokenUntil } from "@/test/fixtures";
import { session, tokenExpiry, tokenStart } from "./session";

const user = { id: 1, email: "a@example.com", name: "A" };

it("reads the expiry of a token and ignores unreadable ones", () => {
  expect(tokenExpiry(tokenUntil(1_800_000_000_000))).toBe(1_800_000_000_000);
  expect(tokenStart(tokenUntil(1_800_000_000_000))).toBeNull();
  expect(tokenStart(`x.${btoa('{"nbf":1800000000}')}.x`)).toBe(1_800_000_000_000);
  expect(tokenExpiry("nonsense")).toBeNull();
  expect(tokenExpiry("a.%%%.c")).toBeNull();
});

it("follows logout in another tab", () => {
  session.set({ token: tokenUntil(Date.now() + 60_000), user });
  localStorage.removeItem("tickets.session");
  window.dispatchEvent(new StorageEvent("storage", { key: "tickets.session" }));
  expect(session.get()).toBeNull();
});

it("accepts a session from another tab only until it expires", () => {
  const put = (exp: number) => {
    localStorage.setItem("tickets.session", JSON.stringify({ token: tokenUntil(exp), user }));
    window.dispatchEvent(new StorageEvent("storage", { key: "tickets.session" }));
  };
  put(Date.now() - 1000);
  expect(session.get()).toBeNull();
  put(Date.now() + 60_000);
  expect(session.get()?.user.id).toBe(1);
});
