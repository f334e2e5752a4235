import type { ConnectWallet } from "@/api/types";
import type { UmaAuth } from "@/lib/env";
import { isoInstant } from "@/lib/time";

/** NWC commands requested from the wallet. */
export const requiredCommands = ["pay_invoice"];
export const optionalCommands = ["lookup_invoice", "get_info"];

/** Configuration of the UMA auth client; `dayLimitSats` is the requested daily budget. */
export function authConfig(auth: UmaAuth, dayLimitSats?: number) {
  return {
    identityNpub: auth.app_pubkey,
    identityRelayUrl: auth.relay,
    redirectUri: auth.redirect_uri,
    requiredCommands,
    optionalCommands,
    ...(dayLimitSats === undefined
      ? {}
      : { budget: { amountInLowestDenom: String(dayLimitSats), ...BUDGET_UNIT } }),
  };
}

/** Sats, renewed each day. */
export const BUDGET_UNIT = { currency: "SAT", period: "daily" };

export type OAuthRefusal = "request" | "unavailable" | "unknown";

/** Result of the redirect from the wallet. */
export type Callback =
  | { kind: "code" }
  | { kind: "refused"; reason: OAuthRefusal }
  /** Some wallets cancel without any parameter. */
  | { kind: "cancelled" };

/** Error codes of RFC 6749, section 4.1.2.1. The wallet's own description is never shown. */
const REFUSALS: Record<string, OAuthRefusal> = {
  invalid_request: "request",
  unauthorized_client: "request",
  unsupported_response_type: "request",
  invalid_scope: "request",
  server_error: "unavailable",
  temporarily_unavailable: "unavailable",
};

export function readCallback(params: URLSearchParams): Callback {
  const error = params.get("error");
  if (error === "access_denied") return { kind: "cancelled" };
  if (error !== null) {
    const reason = Object.hasOwn(REFUSALS, error) ? REFUSALS[error] : undefined;
    return { kind: "refused", reason: reason ?? "unknown" };
  }
  return params.get("code") ? { kind: "code" } : { kind: "cancelled" };
}

export class StaleCallback extends Error {}

let running: Promise<ConnectWallet> | null = null;

/**
 * Exchanges the authorization code for a connection. A code works once, and some wallets revoke the
 * first token on a second exchange, so callers share one promise.
 */
export function exchangeCode(auth: UmaAuth, state: string | null): Promise<ConnectWallet> {
  running ??= exchange(auth, state);
  return running;
}

async function exchange(auth: UmaAuth, state: string | null): Promise<ConnectWallet> {
  const { useOAuth } = await import("@uma-sdk/uma-auth-client");
  const before = useOAuth.getState();
  if (!before.codeVerifier || !before.csrfState || before.csrfState !== state) {
    throw new StaleCallback("no connection was started in this browser");
  }
  before.setAuthConfig(authConfig(auth));
  const address = before.address;
  const result = await useOAuth.getState().oAuthTokenExchange();
  // The connection string expires with its access token; the connection may end earlier.
  const ends = [result.token.expiresAt, result.nwcExpiresAt].filter(
    (end) => typeof end === "number",
  );
  const expiry = isoInstant(Math.min(...ends));
  return {
    nwc_connection_uri: result.nwcConnectionUri,
    refresh_token: result.token.refreshToken,
    client_id: `${auth.app_pubkey} ${auth.relay}`,
    ...(address ? { uma_address: address } : {}),
    ...(expiry === null ? {} : { expires_at: expiry }),
  };
}

/** Removes the connection's secrets from browser storage. */
export async function clearSecrets(): Promise<void> {
  const { useOAuth } = await import("@uma-sdk/uma-auth-client");
  useOAuth.getState().clearUserAuth();
  clearUmaStorage();
}

/** The UMA auth client stores its state in plain text under this key. */
export function clearUmaStorage(): void {
  try {
    localStorage.removeItem("uma-connect");
  } catch {
    // Unavailable storage holds nothing.
  }
}
