//! The letters of a shop with test money: instead of being sent they are shown, to people at this machine.

use chrono::{DateTime, Utc};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Older letters are forgotten.
const MAX_EMAILS: usize = 100;

/// A letter that was not sent.
#[derive(Clone)]
pub struct CapturedEmail {
    /// When it would have been sent.
    pub at: DateTime<Utc>,
    /// To whom.
    pub to: String,
    /// What about.
    pub subject: String,
    /// Its text, paragraph by paragraph.
    pub text: String,
    /// The QR code of its ticket, as PNG.
    pub picture: Option<Vec<u8>>,
    /// Its calendar file.
    pub calendar: Option<String>,
}

impl fmt::Debug for CapturedEmail {
    // The text may hold a ticket's code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The newest letters.
#[derive(Debug, Default)]
pub struct TestMailbox(Mutex<VecDeque<CapturedEmail>>);

impl TestMailbox {
    /// Puts a letter on top.
    pub fn put(&self, letter: CapturedEmail) {
        // A plain list: whatever a panicking thread left is still a list.
        let mut test_mailbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        test_mailbox.push_front(letter);
        test_mailbox.truncate(MAX_EMAILS);
    }

    /// All of them, newest first.
    pub fn all(&self) -> Vec<CapturedEmail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
