import { UmaConnectButton, useOAuth } from "@uma-sdk/uma-auth-client";
import { useEffect } from "react";
import type { ConnectWallet } from "@/api/types";
import type { UmaAuth } from "@/lib/env";
import { authConfig, BUDGET_UNIT, optionalCommands, requiredCommands } from "./uma-auth";

/**
 * The UMA Connect Button, loaded on demand because it is larger than the rest of the app. It must not be
 * inside a modal dialog, since it opens its own outside the React tree.
 */
export default function UmaConnect(props: {
  auth: UmaAuth;
  /** Requested daily budget. */
  dayLimitSats: number;
  /** Called with a connection pasted into the button's own dialog. */
  onPasted: (connection: ConnectWallet) => void;
}) {
  const { auth, dayLimitSats, onPasted } = props;
  useEffect(() => {
    // A connection of an earlier user of this browser must not be used.
    useOAuth.getState().clearUserAuth();
    // The button caches its first configuration, including an old limit.
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
