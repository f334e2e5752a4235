use crate::{FieldCode, text::TextError};
use std::{collections::BTreeMap, error::Error};

/// The store failed. Absence and business conflicts are not failures and never returned as this error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or is too busy: try again later.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// A transaction lost a race and may simply be run again.
    #[error("the transaction conflicted with another one")]
    Conflict(#[source] Box<dyn Error + Send + Sync>),
    /// A row does not say what the domain allows.
    #[error("inconsistent data: {0}")]
    Corrupt(String),
    /// Anything else the database refused.
    #[error("the database refused a statement")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

/// What is wrong with each field of a request, by the field's API name.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct FieldErrors {
    complaints: BTreeMap<&'static str, (FieldCode, String)>,
}

impl FieldErrors {
    /// One field, one complaint.
    pub fn one(field: &'static str, code: FieldCode, complaint: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, code, complaint);
        errors
    }

    /// Notes a complaint; the first one of a field stays.
    pub fn add(&mut self, field: &'static str, code: FieldCode, complaint: impl Into<String>) {
        self.complaints.entry(field).or_insert_with(|| (code, complaint.into()));
    }

    /// Notes what is wrong with a text.
    pub fn add_text(&mut self, field: &'static str, error: TextError) {
        self.add(field, error.code(), error.to_string());
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.complaints.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Code and complaint by field.
    pub const fn fields(&self) -> &BTreeMap<&'static str, (FieldCode, String)> {
        &self.complaints
    }

    fn sentence(&self) -> String {
        self.complaints
            .iter()
            .map(|(field, (_, complaint))| format!("{field} {complaint}"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}
