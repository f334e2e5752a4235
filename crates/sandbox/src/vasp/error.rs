use crate::{ledger::PayFailure, node::NodeError, world::WorldError};
use uma_protocol::{
    UmaError,
    error::{ErrorBody, ErrorCode},
    nonce::AdmissionError,
};

/// Code of the refusal to pay an invoice again.
pub const ALREADY_PAID: &str = "ALREADY_PAID";

/// Why a payment or request was refused.
#[derive(Debug, thiserror::Error)]
pub enum VaspError {
    /// The other side refused.
    #[error("the other side refused with status {status}: {}", .body.reason)]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its response.
        body: Box<ErrorBody>,
    },
    /// The other side was unreachable, or the connection was lost.
    #[error("the other side cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A message or request violates the protocol.
    #[error(transparent)]
    Protocol(#[from] UmaError),
    /// The Lightning payment failed.
    #[error("the payment failed: {0}")]
    Payment(PayFailure),
    /// The payment was not attempted.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The request does not exist.
    #[error("there is no such request")]
    NoSuchRequest,
    /// The request is already decided.
    #[error("this request is already decided")]
    Decided,
    /// The user does not exist.
    #[error("there is no such user")]
    NoSuchUser,
    /// Internal error of the sandbox.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl From<AdmissionError> for VaspError {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::Refused(error) => Self::Protocol(error),
            AdmissionError::Log(error) => Self::Unreachable(Box::new(error)),
        }
    }
}

impl VaspError {
    /// Whether the same attempt may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::World(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// Error code of the protocol, if any.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Refused { body, .. } => body.code.clone(),
            Self::Protocol(error) => Some(error.code().as_str().to_owned()),
            Self::Payment(reason) => Some(reason.to_string()),
            Self::Node(NodeError::AlreadyPaid) => Some(ALREADY_PAID.to_owned()),
            _ => None,
        }
    }

    /// The error as sent to another VASP.
    pub(super) fn to_uma(&self) -> UmaError {
        match self {
            Self::Protocol(error) => error.clone(),
            Self::NoSuchUser => UmaError::new(ErrorCode::UserNotFound, "there is no such user"),
            Self::Refused { .. } | Self::Unreachable(_) => {
                UmaError::new(ErrorCode::CounterpartyPubkeyFetchError, self.to_string())
            }
            _ => UmaError::new(ErrorCode::InternalError, self.to_string()),
        }
    }

    /// The body of an HTTP response, or its error. LNURL sends errors with status 200 too.
    pub(super) fn from_answer(status: u16, body: String) -> Result<String, Self> {
        let error = serde_json::from_str::<ErrorBody>(&body).ok();
        let says_no = error.as_ref().is_some_and(|error| error.status.eq_ignore_ascii_case("ERROR"));
        if (200..300).contains(&status) && !says_no {
            return Ok(body);
        }
        Err(Self::refused(status, error))
    }

    /// A refusal, with or without a readable body.
    pub(super) fn refused(status: u16, body: Option<ErrorBody>) -> Self {
        let mut body = body.unwrap_or_else(|| ErrorBody::lnurl(String::new()));
        if body.reason.is_empty() {
            body.reason = format!("status {status}");
        }
        Self::Refused { status, body: Box::new(body) }
    }
}
