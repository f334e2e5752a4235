import { UmaConnectButton, useOAuth } from "@uma-sdk/uma-auth-client";
import { useEffect } from "react";
import type { ConnectWallet } from "@/api/types";
import type { UmaAuth } from "@/lib/env";
import { authConfig, BUDGET_UNIT, optionalCommands, requiredCommands } from "./uma-auth";

/**
 * The UMA Connect Button. Fetched only when someone wants to connect: it weighs more than the rest of
 * the app. It must not stand inside a modal dialog, since it opens its own beside the page.
 */
export default function UmaConnect(props: {
  auth: UmaAuth;
  /** Most that the wallet is asked to grant for a day. */
  dayLimitSats: number;
  /** A connection pasted in the button's own dialog, which has no other way to tell us. */
  onPasted: (connection: ConnectWallet) => void;
}) {
  const { auth, dayLimitSats, onPasted } = props;
  useEffect(() => {
    // What an earlier visitor left behind must not show up as this person's wallet.
    useOAuth.getState().clearUserAuth();
    // The button keeps the first configuration it ever got, a limit of another visit included.
    useOAuth.getState().setAuthConfig(authConfig(auth, dayLimitSats));
    return useOAuth.subscribe((state) => {
      if (!state.nwcConnectionUri || state.token) return;
      const uri = state.nwcConnectionUri;
      const address = state.address;
      state.clearUserAuth();
      onPasted({ nwc_connection_uri: uri, ...(address ? { uma_address: address } : {}) });
    });
  }, [auth, dayLimitSats, onPasted]);
  return (
    <UmaConnectButton
      app-identity-pubkey={auth.app_pubkey}
      nostr-relay={auth.relay}
      redirect-uri={auth.redirect_uri}
      required-commands={requiredCommands}
      optional-commands={optionalCommands}
      budget-amount={String(dayLimitSats)}
      budget-currency={BUDGET_UNIT.currency}
      budget-period={BUDGET_UNIT.period}
      style={{
        "--uma-connect-background": "var(--accent)",
        "--uma-connect-text-color": "var(--on-accent)",
        "--uma-connect-radius": "8px",
        "--uma-connect-font-family": "var(--font-sans)",
      }}
    />
  );
}
