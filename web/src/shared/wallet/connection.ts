import { parseWhole } from "@/lib/money";
import { instantOrLast } from "@/lib/time";

/** Nostr Wallet Connect strings (NIP-47), validated only enough to catch typing mistakes. */
export function isConnectionString(text: string): boolean {
  const match = /^nostr\+?walletconnect:(?:\/\/)?([0-9a-f]{64})\?(.+)$/i.exec(text.trim());
  if (!match) return false;
  const params = new URLSearchParams(match[2]);
  return (
    params.getAll("relay").some((relay) => /^wss?:\/\//.test(relay)) &&
    /^[0-9a-f]{64}$/i.test(params.get("secret") ?? "")
  );
}

/** `stale`: the wallet stopped responding. `broken`: it rejects the connection permanently. */
export type WalletState = "none" | "active" | "expired" | "stale" | "broken";

export function walletState(
  wallet:
    | { connected: boolean; state?: string | null; expires_at?: string | null; renews?: boolean }
    | undefined,
  now: number,
): WalletState {
  switch (wallet?.state) {
    case "stale":
    case "expired":
      return wallet.state;
    case "needs_reconnect":
      return "broken";
  }
  if (!wallet?.connected) return "none";
  // The server refreshes the connection on use.
  if (wallet.renews) return "active";
  if (instantOrLast(wallet.expires_at) <= now) return "expired";
  return "active";
}

/** Suggested limit for the purchases of one day, in sats; the buyer may change it. */
export const DEFAULT_DAY_LIMIT_SATS = 100_000;

/** Parses a limit: whole sats above 0, or `null`. */
export function parseLimit(text: string): number | null {
  const sats = parseWhole(text);
  return sats !== null && sats > 0 ? sats : null;
}

const RETURN = "tickets.oauth.return";
const LIMIT = "tickets.oauth.day-limit";

/** State kept across the redirect to the wallet: the return path and the chosen limit. */
export const oauthReturn = {
  set: (path: string, dayLimit: number) => {
    try {
      sessionStorage.setItem(RETURN, path);
      sessionStorage.setItem(LIMIT, String(dayLimit));
    } catch {
      // Without storage, the account page and the server's limits apply.
    }
  },
  get: (): string => {
    try {
      return sessionStorage.getItem(RETURN) ?? "/account";
    } catch {
      return "/account";
    }
  },
  dayLimit: (): number | null => {
    try {
      const limit = Number(sessionStorage.getItem(LIMIT) ?? Number.NaN);
      return Number.isSafeInteger(limit) && limit > 0 ? limit : null;
    } catch {
      return null;
    }
  },
};
