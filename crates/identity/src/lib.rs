#![doc = include_str!("../README.md")]

mod admins;
mod email;
mod email_token;
mod password;
mod ports;
mod token;
mod user;
mod wallet;
mod wallet_encryption;

pub use admins::AdminEmails;
pub use email::{Email, EmailError};
pub use email_token::{EmailToken, EmailTokenPurpose};
pub use password::{DUMMY_HASH, Password, PasswordError, PasswordHash};
pub use ports::{
    EmailTokenReader, EmailTokenWriter, KNOWN_NETWORK_LIFE, KNOWN_NETWORKS, KnownNetworkReader,
    KnownNetworkWriter, NetworkTag, UserReader, UserWriter,
};
pub use token::{AccessTokens, Claims, TokenError, WeakSecret};
pub use user::{CLAIMED_NAME, NewUser, User};
pub use wallet::{
    MAX_UNANSWERED_CALLS, OverBudget, RefreshClaim, Renewal, WalletBudget, WalletConnection, WalletHealth,
    WalletState,
};
pub use wallet_encryption::{Sealed, WalletCipher, WalletCipherError};
