use crate::{ledger::PayFailure, node::NodeError, world::WorldError};
use uma_protocol::{
    UmaError,
    error::{ErrorBody, ErrorCode},
    nonce::AdmissionError,
};

/// Why the wallet did not pay, or did not take a request.
#[derive(Debug, thiserror::Error)]
pub enum VaspError {
    /// The other side answered no.
    #[error("the other side refused with status {status}: {}", .body.reason)]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: Box<ErrorBody>,
    },
    /// The other side was not reached, or broke off.
    #[error("the other side cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What the other side says, or what the user wants, breaks the protocol.
    #[error(transparent)]
    Protocol(#[from] UmaError),
    /// The Lightning payment failed.
    #[error("the payment failed: {0}")]
    Payment(PayFailure),
    /// The node did not even try.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// There is no such request.
    #[error("there is no such request")]
    NoSuchRequest,
    /// The request is past deciding.
    #[error("this request does not wait for a decision any more")]
    Decided,
    /// There is no such user.
    #[error("there is no such user")]
    NoSuchUser,
    /// The sandbox itself failed.
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
    /// Whether the same attempt may go right later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::World(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// The protocol's code for it, if there is one.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Refused { body, .. } => body.code.clone(),
            Self::Protocol(error) => Some(error.code().as_str().to_owned()),
            Self::Payment(reason) => Some(reason.to_string()),
            _ => None,
        }
    }

    /// As the answer to another VASP.
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

    /// Reads the answer of an HTTP request: the body, or why there is none. LNURL writes errors with status 200 too.
    pub(super) fn from_answer(status: u16, body: String) -> Result<String, Self> {
        let error = serde_json::from_str::<ErrorBody>(&body).ok();
        let says_no = error.as_ref().is_some_and(|error| error.status.eq_ignore_ascii_case("ERROR"));
        if (200..300).contains(&status) && !says_no {
            return Ok(body);
        }
        Err(Self::refused(status, error))
    }

    /// A refusal, whether or not its body could be read.
    pub(super) fn refused(status: u16, body: Option<ErrorBody>) -> Self {
        let mut body = body.unwrap_or_else(|| ErrorBody::lnurl(String::new()));
        if body.reason.is_empty() {
            body.reason = format!("status {status}");
        }
        Self::Refused { status, body: Box::new(body) }
    }
}
