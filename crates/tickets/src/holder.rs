use kernel::{FieldCode, FieldErrors, text::line};
use std::fmt;

const MAX_NAME_CHARS: usize = 100;

/// Person that a ticket is for, as named by its buyer. `Debug` prints neither name nor address.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Holder {
    /// Name: one line.
    pub name: Option<String>,
    /// Email address in its one spelling (`identity::Email`).
    pub email: Option<String>,
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, email) = (self.name.is_some(), self.email.is_some());
        write!(f, "Holder(name: {name}, email: {email})")
    }
}

impl Holder {
    /// Checks a name as entered; an empty one is none.
    pub fn check_name(entered: &str) -> Result<Option<String>, FieldErrors> {
        if entered.trim().is_empty() {
            return Ok(None);
        }
        line(entered, MAX_NAME_CHARS).map(Some).map_err(|error| {
            let mut errors = FieldErrors::default();
            errors.add_text("holder_name", error);
            errors
        })
    }

    /// Whether neither is given.
    pub const fn is_empty(&self) -> bool {
        self.name.is_none() && self.email.is_none()
    }

    /// The error of an address that is none.
    pub fn invalid_email(message: impl Into<String>) -> FieldErrors {
        FieldErrors::one("holder_email", FieldCode::NotAnEmailAddress, message.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holder_name_is_one_line_or_none_and_is_not_printed() {
        assert_eq!(Holder::check_name("  "), Ok(None));
        assert_eq!(Holder::check_name(" Ann  Lee "), Ok(Some("Ann Lee".to_owned())));
        assert!(Holder::check_name(&"x".repeat(101)).is_err());
        let holder = Holder { name: Some("Ann".into()), email: None };
        assert_eq!(format!("{holder:?}"), "Holder(name: true, email: false)");
    }
}
