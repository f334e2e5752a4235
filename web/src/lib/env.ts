/** Optional build-time settings; the default is the server's `/api/config`. */
const env = import.meta.env as Record<string, string | undefined>;

/** Base URL of the API; the same origin unless set. */
export const baseUrl = env.VITE_API_BASE_URL || window.location.origin;

export interface UmaAuth {
  app_pubkey: string;
  relay: string;
  redirect_uri: string;
}

const pubkey = env.VITE_UMA_AUTH_APP_IDENTITY_PUBKEY;
const relay = env.VITE_UMA_AUTH_NOSTR_RELAY;

export const builtInUmaAuth: UmaAuth | null =
  pubkey && relay
    ? {
        app_pubkey: pubkey,
        relay,
        redirect_uri: env.VITE_UMA_AUTH_REDIRECT_URI ?? `${window.location.origin}/oauth/callback`,
      }
    : null;
