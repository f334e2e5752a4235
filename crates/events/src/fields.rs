use kernel::{FieldCode, FieldErrors, Sats, Timestamp, time::is_plausible};

/// What becomes of an optional field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OptionPatch<T> {
    /// It stays.
    #[default]
    Keep,
    /// It becomes this; `None` clears it.
    Set(Option<T>),
}

impl<T> OptionPatch<T> {
    /// The field with this change.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Set(value) => value,
        }
    }
}

/// Checks that both times are plausible and in order.
pub(crate) fn check_window(
    start: (&'static str, Option<Timestamp>),
    end: (&'static str, Option<Timestamp>),
    errors: &mut FieldErrors,
) {
    for (field, time) in [start, end] {
        if time.is_some_and(|time| !is_plausible(time)) {
            errors.add(field, FieldCode::NotATime, "must be a time from the year 2000 to 2199");
        }
    }
    if start.1.zip(end.1).is_some_and(|(start, end)| end <= start) {
        errors.add(end.0, FieldCode::NotAfterStart, format!("must be after {}", start.0));
    }
}

/// A whole number within bounds, or the lower bound beside an error.
pub(crate) fn number(field: &'static str, value: i64, min: i64, max: i64, errors: &mut FieldErrors) -> u32 {
    if value < min {
        errors.add(field, FieldCode::TooSmall, format!("must be at least {min}"));
    } else if value > max {
        errors.add(field, FieldCode::TooLarge, format!("must be at most {max}"));
    }
    u32::try_from(value.clamp(min, max.max(min))).unwrap_or_default()
}

/// An amount in satoshis, or zero beside an error.
pub(crate) fn sats(field: &'static str, value: i64, errors: &mut FieldErrors) -> Sats {
    Sats::try_from(value).unwrap_or_else(|error| {
        let code = if value < 0 { FieldCode::TooSmall } else { FieldCode::TooLarge };
        errors.add(field, code, error.to_string());
        Sats::ZERO
    })
}
