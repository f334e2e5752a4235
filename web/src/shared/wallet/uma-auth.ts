import type { ConnectWallet } from "@/api/types";
import type { UmaAuth } from "@/lib/env";

/** What we ask a wallet for: paying, and looking up whether a payment arrived. */
export const requiredCommands = ["pay_invoice"];
export const optionalCommands = ["lookup_invoice", "get_info"];

/** How the wallet's page sent the person back. */
export type Callback =
  | { kind: "code" }
  | { kind: "refused"; reason: string }
  /** Some wallets' cancel button comes back with nothing at all. */
  | { kind: "cancelled" };

export function readCallback(params: URLSearchParams): Callback {
  const error = params.get("error");
  if (error === "access_denied") return { kind: "cancelled" };
  if (error) return { kind: "refused", reason: params.get("error_description") ?? error };
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
  before.setAuthConfig({
    identityNpub: auth.app_pubkey,
    identityRelayUrl: auth.relay,
    redirectUri: auth.redirect_uri,
    requiredCommands,
    optionalCommands,
  });
  const address = before.address;
  const result = await useOAuth.getState().oAuthTokenExchange();
  // The string dies with its access token; the whole connection may end before.
  const ends = [result.token.expiresAt, result.nwcExpiresAt].filter(
    (end) => typeof end === "number",
  );
  const expiry = Math.min(...ends);
  return {
    nwc_connection_uri: result.nwcConnectionUri,
    refresh_token: result.token.refreshToken,
    client_id: `${auth.app_pubkey} ${auth.relay}`,
    ...(address ? { uma_address: address } : {}),
    ...(Number.isFinite(expiry) ? { expires_at: new Date(expiry).toISOString() } : {}),
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
