import { UmaConnectButton, useOAuth } from "@uma-sdk/uma-auth-client";
import { useEffect } from "react";
import type { ConnectWallet } from "@/api/types";
import type { UmaAuth } from "@/lib/env";
import { optionalCommands, requiredCommands } from "./uma-auth";

/**
 * The UMA Connect Button. Fetched only when someone wants to connect: it weighs more than the rest of
 * the app. It must not stand inside a modal dialog, since it opens its own beside the page.
 */
export default function UmaConnect(props: {
  auth: UmaAuth;
  /** A connection pasted in the button's own dialog, which has no other way to tell us. */
  onPasted: (connection: ConnectWallet) => void;
}) {
  const { onPasted } = props;
  useEffect(() => {
    // What an earlier visitor left behind must not show up as this person's wallet.
    useOAuth.getState().clearUserAuth();
    return useOAuth.subscribe((state) => {
      if (!state.nwcConnectionUri || state.token) return;
      const uri = state.nwcConnectionUri;
      const address = state.address;
      state.clearUserAuth();
      onPasted({ nwc_connection_uri: uri, ...(address ? { uma_address: address } : {}) });
    });
  }, [onPasted]);
  return (
    <UmaConnectButton
      app-identity-pubkey={props.auth.app_pubkey}
      nostr-relay={props.auth.relay}
      redirect-uri={props.auth.redirect_uri}
      required-commands={requiredCommands}
      optional-commands={optionalCommands}
      style={{
        "--uma-connect-background": "var(--accent)",
        "--uma-connect-text-color": "var(--on-accent)",
        "--uma-connect-radius": "8px",
        "--uma-connect-font-family": "var(--font-sans)",
      }}
    />
  );
}
