//! Mailbox of a shop with test money: emails are shown to callers on this machine instead of being sent.

use chrono::{DateTime, Utc};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Maximum number of emails; older ones are dropped.
const MAX_EMAILS: usize = 100;

/// A captured email.
#[derive(Clone)]
pub struct CapturedEmail {
    /// Time of sending.
    pub at: DateTime<Utc>,
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// QR code of the ticket, as PNG.
    pub pictures: Vec<Vec<u8>>,
    /// Calendar file.
    pub calendar: Option<String>,
}

impl fmt::Debug for CapturedEmail {
    // The text may contain a ticket's code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The latest emails.
#[derive(Debug, Default)]
pub struct TestMailbox(Mutex<VecDeque<CapturedEmail>>);

impl TestMailbox {
    /// Adds an email.
    pub fn put(&self, email: CapturedEmail) {
        // The list is consistent after a panic.
        let mut test_mailbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        test_mailbox.push_front(email);
        test_mailbox.truncate(MAX_EMAILS);
    }

    /// All emails, newest first.
    pub fn all(&self) -> Vec<CapturedEmail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
