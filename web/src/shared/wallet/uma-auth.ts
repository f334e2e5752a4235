import type { ConnectWallet } from "@/api/types";
import type { UmaAuth } from "@/lib/env";
import { isoInstant } from "@/lib/time";

/** What we ask a wallet for: paying, and looking up whether a payment arrived. */
export const requiredCommands = ["pay_invoice"];
export const optionalCommands = ["lookup_invoice", "get_info"];

/** Configuration of the wallet package; with a limit, the wallet is asked to grant no more than that a day. */
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

/** How the wallet's page sent the person back. */
export type Callback =
  | { kind: "code" }
  | { kind: "refused"; reason: OAuthRefusal }
  /** Some wallets' cancel button comes back with nothing at all. */
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
 * Turns the code in the address into a connection, once: a second exchange fails at strict wallets and
 * voids the first at others, so every caller shares one promise.
 */
export function exchangeCode(auth: UmaAuth, state: string | null): Promise<ConnectWallet> {
  running ??= exchange(auth, state);
  return running;
}

async function exchange(auth: UmaAuth, state: string | null): Promise<ConnectWallet> {
  const { useOAuth } = await import("@uma-sdk/uma-auth-client");
  const before = useOAuth.getState();
  if (!before.codeVerifier || !before.csrfState || before.csrfState !== state) {
    throw new StaleCallback("nobody here asked for this connection");
  }
  before.setAuthConfig(authConfig(auth));
  const address = before.address;
  const result = await useOAuth.getState().oAuthTokenExchange();
  // The string dies with its access token; the whole connection may end before.
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

/** Takes the spending secrets out of this browser's storage; the server has them now, or nobody. */
export async function forgetSecrets(): Promise<void> {
  const { useOAuth } = await import("@uma-sdk/uma-auth-client");
  useOAuth.getState().clearUserAuth();
  clearUmaStorage();
}

/** The wallet package keeps everything in clear under this key. */
export function clearUmaStorage(): void {
  try {
    localStorage.removeItem("uma-connect");
  } catch {
    // Storage that can't be used holds nothing.
  }
}
