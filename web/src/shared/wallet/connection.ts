/** Nostr Wallet Connect strings (NIP-47), looked at only far enough to help a person who mistyped. */
export function isConnectionString(text: string): boolean {
  const match = /^nostr\+?walletconnect:(?:\/\/)?([0-9a-f]{64})\?(.+)$/i.exec(text.trim());
  if (!match) return false;
  const params = new URLSearchParams(match[2]);
  return (
    params.getAll("relay").some((relay) => /^wss?:\/\//.test(relay)) &&
    /^[0-9a-f]{64}$/i.test(params.get("secret") ?? "")
  );
}

export type WalletState = "none" | "active" | "expired";

export function walletState(
  wallet: { connected: boolean; expires_at?: string | null; renews?: boolean } | undefined,
  now: number,
): WalletState {
  if (!wallet?.connected) return "none";
  // The shop knows: it renews a connection when it needs it.
  if (wallet.renews) return "active";
  if (wallet.expires_at && Date.parse(wallet.expires_at) <= now) return "expired";
  return "active";
}

const RETURN = "tickets.oauth.return";

/** Where to go on after the wallet's page has sent the person back. */
export const oauthReturn = {
  set: (path: string) => {
    try {
      sessionStorage.setItem(RETURN, path);
    } catch {
      // Then the account page it is.
    }
  },
  get: (): string => {
    try {
      return sessionStorage.getItem(RETURN) ?? "/account";
    } catch {
      return "/account";
    }
  },
};
