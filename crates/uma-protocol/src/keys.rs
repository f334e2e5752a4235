//! A VASP's keys: what it publishes (UMAD-02) and what it keeps.

mod certificate;
mod published;
mod ring;

pub use certificate::{CertificateChain, CertificateDraft};
pub use published::PublicKeyResponse;
pub use ring::{KeyRing, VaspKeys};
