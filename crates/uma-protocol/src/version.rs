//! Versions and their negotiation (UMAD-08).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ErrorCode, UmaError};

/// The supported major versions, preferred first.
pub const SUPPORTED_MAJORS: [u64; 2] = [1, 0];

/// A protocol version, `major.minor`. Only the major decides the shape of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UmaVersion {
    /// Decides the JSON shapes.
    pub major: u64,
    /// Informative.
    pub minor: u64,
}

impl UmaVersion {
    /// The highest supported version.
    pub const V1: Self = Self { major: 1, minor: 0 };
    /// The highest version of major 0.
    pub const V0: Self = Self { major: 0, minor: 3 };

    /// Our own highest version of `major`.
    pub const fn own(major: u64) -> Option<Self> {
        match major {
            1 => Some(Self::V1),
            0 => Some(Self::V0),
            _ => None,
        }
    }

    /// The version to answer with: the lower of the asked one and ours.
    /// An unsupported major version, or no version at all, is a 412.
    pub fn negotiate(asked: &str) -> Result<Self, UmaError> {
        let refused = || UmaError::unsupported_version(asked);
        let asked: Self = asked.parse().map_err(|_: UmaError| refused())?;
        if !SUPPORTED_MAJORS.contains(&asked.major) {
            return Err(refused());
        }
        Ok(asked.min(Self::V1))
    }

    /// Our highest version of the highest major that a peer (its 412 body, its configuration) also supports.
    pub fn highest_common(majors: &[u64]) -> Result<Self, UmaError> {
        SUPPORTED_MAJORS
            .iter()
            .find(|major| majors.contains(major))
            .and_then(|major| Self::own(*major))
            .ok_or_else(|| UmaError::new(ErrorCode::NoCompatibleUmaVersion, "no version in common"))
    }
}

impl fmt::Display for UmaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for UmaVersion {
    type Err = UmaError;

    fn from_str(text: &str) -> Result<Self, UmaError> {
        let number = |digits: &str| {
            let plain = digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self { major: number(major)?, minor: number(minor)? }))
            .ok_or_else(|| UmaError::new(ErrorCode::UnsupportedUmaVersion, "a version is major.minor"))
    }
}

impl Serialize for UmaVersion {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UmaVersion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
