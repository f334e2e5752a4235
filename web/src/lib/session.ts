import { useSyncExternalStore } from "react";
import { z } from "zod/mini";
import { read, remove, write } from "./storage";

const KEY = "tickets.session";

const Session = z.object({
  token: z.string(),
  user: z.object({ id: z.number(), email: z.string(), name: z.string() }),
});
export type Session = z.infer<typeof Session>;

/** The `exp` of a JWT in milliseconds; informational, since the server validates the token. */
export const tokenExpiry = (token: string): number | null => tokenTime(token, "exp");

/** The `nbf` of a JWT in milliseconds; up to a second ahead after a password change. */
export const tokenStart = (token: string): number | null => tokenTime(token, "nbf");

function tokenTime(token: string, claim: "exp" | "nbf"): number | null {
  try {
    const payload = token.split(".")[1] ?? "";
    const json = atob(payload.replace(/-/g, "+").replace(/_/g, "/"));
    const time = (JSON.parse(json) as Record<string, unknown>)[claim];
    return typeof time === "number" ? time * 1000 : null;
  } catch {
    return null;
  }
}

/** How the last session ended; an expired one redirects to the login page. */
export type Ending = "logout" | "expired";

let current: Session | null = load();
let ending: Ending | null = null;
const listeners = new Set<() => void>();

function load(): Session | null {
  const parsed = Session.safeParse(read(KEY));
  if (!parsed.success) return null;
  const expiry = tokenExpiry(parsed.data.token);
  return expiry !== null && expiry <= Date.now() ? null : parsed.data;
}

function notify(): void {
  for (const listener of listeners) listener();
}

// Follows login and logout in other tabs.
window.addEventListener("storage", (event) => {
  if (event.key !== KEY && event.key !== null) return;
  const before = current;
  current = load();
  if (before && !current) ending = "logout";
  notify();
});

export const session = {
  get: () => current,
  token: () => current?.token ?? null,
  ending: () => ending,
  set(next: Session) {
    current = next;
    ending = null;
    write(KEY, next);
    notify();
  },
  clear(how: Ending = "expired") {
    if (!current) return;
    current = null;
    ending = how;
    remove(KEY);
    notify();
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function useSession(): Session | null {
  return useSyncExternalStore(session.subscribe, session.get);
}
