//! Nostr Wallet Connect: paying from buyers' wallets, receiving with any NWC wallet.
