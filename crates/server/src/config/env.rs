use kernel::Secret;
use std::{collections::BTreeMap, fmt, path::PathBuf, str::FromStr};

/// Placeholder of stores that keep no empty values; counts as not set.
const UNSET: &str = "unset";

/// Settings as text, with defaults of commands.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env({} settings)", self.0.len())
    }
}

impl Env {
    /// The process's environment. Empty variables and `UNSET` count as not set.
    pub fn process() -> Self {
        Self::from_pairs(std::env::vars())
    }

    /// Settings from name and value pairs.
    pub fn from_pairs(settings: impl IntoIterator<Item = (String, String)>) -> Self {
        let is_set = |(_, value): &(String, String)| !matches!(value.trim(), "" | UNSET);
        Self(settings.into_iter().filter(is_set).collect())
    }

    /// Settings from an array, for tests and commands.
    pub fn of<const N: usize>(settings: [(&str, &str); N]) -> Self {
        Self(settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Whether a setting is given, directly or as a file.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name) || self.0.contains_key(&format!("{name}_FILE"))
    }

    /// A setting as given.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Overwrites a setting and its file variant.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.remove(&format!("{name}_FILE"));
        self.0.insert(name.to_owned(), value.into());
    }

    #[cfg(test)]
    pub(super) fn unset(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Sets a default.
    pub fn set_default(&mut self, name: &str, value: impl Into<String>) {
        if !self.has(name) {
            self.set(name, value);
        }
    }
}

/// Reads settings and collects errors.
pub(super) struct Reader<'a> {
    env: &'a Env,
    errors: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(env: &'a Env) -> Self {
        Self { env, errors: Vec::new() }
    }

    pub(super) fn push_error(&mut self, sentence: impl Into<String>) {
        self.errors.push(sentence.into());
    }

    pub(super) fn into_errors(self) -> Vec<String> {
        self.errors
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.env.has(name)
    }

    /// A setting as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.env.0.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A secret: `NAME`, or the trimmed contents of the file `NAME_FILE`.
    pub(super) fn secret(&mut self, name: &str) -> Option<Secret<String>> {
        let file = self.text(&format!("{name}_FILE")).map(PathBuf::from);
        match (self.text(name), file) {
            (Some(_), Some(_)) => {
                self.push_error(format!("{name} and {name}_FILE are both set: keep one of them"));
                None
            }
            (Some(value), None) => Some(Secret::new(value)),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(value) if value.trim().is_empty() => {
                    self.push_error(format!("{name}_FILE names an empty file, {}", path.display()));
                    None
                }
                Ok(value) => Some(Secret::new(value.trim().to_owned())),
                Err(error) => {
                    self.push_error(format!(
                        "{name}_FILE names {}, which cannot be read: {error}",
                        path.display()
                    ));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// A required secret.
    pub(super) fn required_secret(&mut self, name: &str, why: &str) -> Option<Secret<String>> {
        let given = self.has(name);
        let secret = self.secret(name);
        if !given {
            self.push_error(format!("{name} (or {name}_FILE) is not set: {why}"));
        }
        secret
    }

    /// A parsed setting, or its default.
    pub(super) fn parse<T: FromStr>(&mut self, name: &str, expected: &str, default: T) -> T {
        match self.text(name).map(|text| text.parse::<T>()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.push_error(format!("{name} must be {expected}"));
                default
            }
        }
    }

    /// A number within bounds, or its default.
    pub(super) fn number(&mut self, name: &str, (min, max): (u32, u32), default: u32) -> u32 {
        let expected = format!("a number from {min} to {max}");
        let value = self.parse(name, &expected, default);
        if (min..=max).contains(&value) {
            value
        } else {
            self.push_error(format!("{name} must be {expected}"));
            default
        }
    }

    /// A boolean setting, or its default.
    pub(super) fn boolean(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).map(|text| text.to_ascii_lowercase()).as_deref() {
            None => default,
            Some("1" | "true" | "on" | "yes") => true,
            Some("0" | "false" | "off" | "no") => false,
            Some(_) => {
                self.push_error(format!("{name} must be on or off"));
                default
            }
        }
    }

    /// Items of a comma-separated setting.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.text(name)
            .map(|text| {
                text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            })
            .unwrap_or_default()
    }
}
