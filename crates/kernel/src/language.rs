use serde::{Deserialize, Serialize};

/// Language of emails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// ISO 639-1 code; the value in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// Reads a language tag (RFC 5646): its first part counts, in any case.
    pub fn parse(tag: &str) -> Option<Self> {
        let first = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.as_str().eq_ignore_ascii_case(first))
    }

    /// The preferred language of an `Accept-Language` header (RFC 9110, section 12.5.4); English if it names none of ours.
    pub fn accepted(header: &str) -> Self {
        let mut best: Option<(u32, Self)> = None;
        for part in header.split(',') {
            let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let Some(language) = Self::parse(tag) else { continue };
            let weight = thousandths(weight.trim().strip_prefix("q=").unwrap_or("1"));
            if weight > 0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, language));
            }
        }
        best.map_or(Self::default(), |(_, language)| language)
    }

    /// The text in this language.
    pub fn pick<T>(self, english: T, korean: T) -> T {
        match self {
            Self::En => english,
            Self::Ko => korean,
        }
    }
}

/// A quality value of 0 to 1 with up to three decimals, in thousandths; 0 if it is none.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let whole = whole.parse::<u32>().unwrap_or(0).min(1);
    let part = format!("{part:0<3}");
    let part = part.get(..3).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
    whole.saturating_mul(1_000).saturating_add(part).min(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_the_preferred_one_of_the_header() {
        for (header, expected) in [
            ("", Language::En),
            ("ko", Language::Ko),
            ("ko-KR,ko;q=0.9,en-US;q=0.8", Language::Ko),
            ("en-US,en;q=0.9,ko;q=0.8", Language::En),
            ("en;q=0.5, ko;q=0.75", Language::Ko),
            ("de-DE,de;q=0.9,ko;q=0.1", Language::Ko),
            ("ko;q=0", Language::En),
            ("fr, *;q=0.5", Language::En),
            ("KO_kr", Language::Ko),
            ("korean;q=x, ;;,", Language::En),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header:?}");
        }
        for language in Language::ALL {
            assert_eq!(Language::parse(language.as_str()), Some(language));
        }
    }
}
