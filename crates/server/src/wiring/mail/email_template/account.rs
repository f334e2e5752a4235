use super::RenderedEmail;
use crate::time_format::format_event_time;
use box_office::{AccountEmail, AccountNotice, ProofReason};
use events::Zone;

impl RenderedEmail {
    /// The email about an account. It omits the account's name, which an attacker may have entered.
    pub(super) fn for_account(email: &AccountEmail, base_url: &str) -> Self {
        let login = format!("{base_url}/login");
        match email {
            AccountEmail::Verify { link, reason, requested_at, expires_at } => {
                let when = format_event_time(*requested_at, Zone::UTC);
                let why = match reason {
                    ProofReason::Registered => {
                        format!("An account was registered with this email address on {when}.")
                    }
                    ProofReason::Changed => {
                        format!("An account was changed to this email address on {when}.")
                    }
                    ProofReason::Requested => format!(
                        "A new confirmation link was requested on {when} by an account with this email address."
                    ),
                };
                Self::plain(
                    "Confirm your email address",
                    &[
                        &why,
                        "If this was you, log in to that account and open this link to confirm the address:",
                        link,
                        &format!("The link works once, until {}.", format_event_time(*expires_at, Zone::UTC)),
                        "If this was not you, do not open the link. To take over the account that uses your address, reset its \
                         password (\u{201c}Forgot password?\u{201d}) here:",
                        &login,
                    ],
                )
            }
            AccountEmail::ResetPassword { link, requested_at, expires_at } => Self::plain(
                "Reset your password",
                &[
                    &format!(
                        "A new password was requested on {} for the account with this email address.",
                        format_event_time(*requested_at, Zone::UTC)
                    ),
                    "Open this link to choose it:",
                    link,
                    &format!(
                        "The link works once, until {}. It logs the account out everywhere.",
                        format_event_time(*expires_at, Zone::UTC)
                    ),
                    "If this was not you, ignore this email. Your password stays as it is.",
                ],
            ),
            AccountEmail::Notice { notice: AccountNotice::AddressChanged, at } => Self::plain(
                "Your email address was changed",
                &[
                    &format!(
                        "On {} the account with this email address was changed to another address.",
                        format_event_time(*at, Zone::UTC)
                    ),
                    "Emails about the account and its tickets no longer come here.",
                    &format!("If this was not you, contact the organiser of your event at {base_url}."),
                ],
            ),
            AccountEmail::Notice { notice: AccountNotice::Deleted, at } => Self::plain(
                "Your account was deleted",
                &[
                    &format!(
                        "The account with this email address was deleted on {}.",
                        format_event_time(*at, Zone::UTC)
                    ),
                    "Its personal data was erased. Records of payments are kept without it.",
                    &format!("If this was not you, contact the organiser of your event at {base_url}."),
                ],
            ),
        }
    }
}
