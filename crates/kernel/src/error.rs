use crate::text::TextError;
use std::{collections::BTreeMap, error::Error};

/// The store failed. Absence and business conflicts are not failures and never come as this.
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
    complaints: BTreeMap<&'static str, String>,
    codes: BTreeMap<&'static str, &'static str>,
}

impl FieldErrors {
    /// One field, one complaint.
    pub fn one(field: &'static str, complaint: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, complaint);
        errors
    }

    /// Notes a complaint; the first one of a field stays.
    pub fn add(&mut self, field: &'static str, complaint: impl Into<String>) {
        self.add_coded(field, "invalid", complaint);
    }

    /// Notes a complaint with a stable code for programs; the first one of a field stays.
    pub fn add_coded(&mut self, field: &'static str, code: &'static str, complaint: impl Into<String>) {
        self.complaints.entry(field).or_insert_with(|| complaint.into());
        self.codes.entry(field).or_insert(code);
    }

    /// Notes what is wrong with a text.
    pub fn add_text(&mut self, field: &'static str, error: TextError) {
        self.add_coded(field, error.code(), error.to_string());
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.complaints.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The complaints by field.
    pub const fn fields(&self) -> &BTreeMap<&'static str, String> {
        &self.complaints
    }

    /// Stable codes of the complaints by field.
    pub const fn codes(&self) -> &BTreeMap<&'static str, &'static str> {
        &self.codes
    }

    fn sentence(&self) -> String {
        self.complaints
            .iter()
            .map(|(field, complaint)| format!("{field} {complaint}"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}
