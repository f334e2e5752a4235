//! The text policy: what people may enter, and the one spelling in which it is stored and compared (PRECIS, RFC 8264–8266).

use crate::FieldCode;
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeEmoji, UnicodeGeneralCategory};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing in it can be seen.
    #[error("must not be empty")]
    Empty,
    /// More than so many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// Control characters, or such as cannot be seen or change the direction of text.
    #[error("must not contain invisible or control characters")]
    Invisible,
}

impl TextError {
    /// Stable code for programs.
    pub const fn code(self) -> FieldCode {
        match self {
            Self::Empty => FieldCode::Empty,
            Self::TooLong(_) => FieldCode::TooLong,
            Self::Invisible => FieldCode::InvisibleCharacters,
        }
    }
}

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const BLACK_FLAG: char = '\u{1f3f4}';
const VIRAMA: u8 = 9;

/// A name, a title: one line with at least one visible character and at most `max`, trimmed, runs of spaces as one space (Nickname
/// profile, RFC 8266, but with NFC, so that the text is displayed as entered).
pub fn line(text: &str, max: usize) -> Result<String, TextError> {
    let text = normalize(text);
    let line = text.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    check(&line, max)?;
    if line.chars().any(is_visible) { Ok(line) } else { Err(TextError::Empty) }
}

/// A description: lines that end with a line feed; it may be empty.
pub fn paragraphs(text: &str, max: usize) -> Result<String, TextError> {
    let text = normalize(&text.replace("\r\n", "\n"));
    let text = text.replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    for line in text.split('\n') {
        check(&line.replace('\t', " "), usize::MAX)?;
    }
    Ok(text)
}

/// A search query. Hidden characters are removed, since stored texts contain none.
pub fn search(text: &str) -> String {
    let visible = normalize(text).chars().filter(|c| is_space(*c) || !is_hidden(*c)).collect::<String>();
    visible.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text of another party, as it is stored and shown: one line without hidden characters, of at most `max` characters.
pub fn foreign(text: &str, max: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let line = search(&spaced);
    if line.chars().count() <= max {
        return line;
    }
    let kept: String = line.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A text that ends as a sentence does.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    let end = if text.is_empty() || text.ends_with(['.', '!', '?', '…', '。']) { "" } else { "." };
    format!("{text}{end}")
}

/// A code as it is typed or copied: letters of other widths as plain ones (NFKC), without spaces, dashes and invisible characters.
pub fn code(text: &str) -> String {
    let dash = |c: char| c.general_category() == GeneralCategory::DashPunctuation;
    text.nfkc().filter(|c| !is_space(*c) && !is_hidden(*c) && !dash(*c)).collect()
}

/// A password: any space as a plain one, then NFC (`OpaqueString` profile, RFC 8265 section 4.2). Keyboards differ in how they
/// compose letters.
pub fn password(text: &str) -> String {
    let spaces = |c: char| if c.general_category() == GeneralCategory::SpaceSeparator { ' ' } else { c };
    text.chars().map(spaces).nfc().collect()
}

/// NFC.
pub fn normalize(text: &str) -> String {
    text.nfc().collect()
}

/// Whether a text contains characters that cannot be seen.
pub fn has_hidden(text: &str) -> bool {
    check(text, usize::MAX).is_err()
}

fn check(line: &str, max: usize) -> Result<(), TextError> {
    let characters: Vec<char> = line.chars().collect();
    if characters.len() > max {
        return Err(TextError::TooLong(max));
    }
    let hidden = |(index, c): (usize, &char)| is_hidden(*c) && !joins(&characters, index, *c);
    if characters.iter().enumerate().any(hidden) { Err(TextError::Invisible) } else { Ok(()) }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && (c == ' ' || c == '\t' || c.general_category() == GeneralCategory::SpaceSeparator)
}

/// Control, format and private use characters, and others that show nothing.
fn is_hidden(c: char) -> bool {
    match c.general_category() {
        // Signs that span the digits after them are visible, although they are format characters.
        GeneralCategory::Format => {
            !matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{890}' | '\u{891}' | '\u{8e2}')
        }
        GeneralCategory::Control
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => true,
        // Noncharacters; other unassigned ones may be letters of a newer Unicode.
        GeneralCategory::Unassigned => {
            matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
        }
        // Joiners, fillers, selectors and the empty Braille pattern.
        _ => matches!(
            c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
        ),
    }
}

fn is_visible(c: char) -> bool {
    use GeneralCategoryGroup::{Mark, Other, Separator};
    !matches!(c.general_category_group(), Mark | Separator | Other) && !is_hidden(c)
}

/// Whether a hidden character has a meaning where it stands: in an emoji sequence (UTS 51), as the selector of a glyph, or between
/// letters that it joins or separates (RFC 5892 appendix A).
fn joins(characters: &[char], index: usize, c: char) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| characters.get(index)).copied();
    let before = at(index.checked_sub(1));
    let after = at(index.checked_add(1));
    match c {
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => before.is_some_and(is_visible),
        ZERO_WIDTH_JOINER if before.is_some_and(is_emoji_part) => {
            after.is_some_and(UnicodeEmoji::is_emoji_char)
        }
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => {
            let joined = |c: Option<char>| c.is_some_and(joins_in_script);
            before.is_some_and(|c| canonical_combining_class(c) == VIRAMA)
                || (c == ZERO_WIDTH_NON_JOINER && joined(before) && joined(after))
        }
        '\u{e0020}'..='\u{e007f}' => {
            let start = characters.iter().take(index).rev().find(|c| !matches!(c, '\u{e0020}'..='\u{e007e}'));
            start == Some(&BLACK_FLAG)
        }
        _ => false,
    }
}

/// An emoji, or what may end one.
fn is_emoji_part(c: char) -> bool {
    c.is_emoji_char() || c == '\u{fe0f}'
}

/// Letters of scripts that join their letters: Arabic, Syriac, N'Ko, Mongolian.
const fn joins_in_script(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6ff}' | '\u{710}'..='\u{77f}' | '\u{7ca}'..='\u{7ea}' | '\u{8a0}'..='\u{8c9}' | '\u{1820}'..='\u{18aa}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, TextError> {
        line(text, 20)
    }

    #[test]
    fn one_text_has_one_spelling() {
        assert_eq!(name("Zoe\u{308} "), Ok("Zoë".into()));
        assert_eq!(name("한"), Ok("한".into()));
        assert_eq!(name("\u{1112}\u{1161}\u{11ab}"), Ok("한".into()));
        assert_eq!(name("\u{3000}Late\u{a0}\u{2003} Show\t"), Ok("Late Show".into()));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        let hidden = [
            "A\u{200b}B",
            "A\u{202e}B",
            "A\u{2066}B",
            "A\u{200f}B",
            "A\u{feff}B",
            "A\u{ad}B",
            "A\0B",
            "A\nB",
            "A\rB",
            "A\u{1b}B",
            "A\u{7f}B",
            "A\u{85}B",
            "A\u{2028}B",
            "A\u{e000}B",
            "A\u{3164}B",
            "A\u{2800}B",
            "A\u{200d}B",
            "A\u{200c}B",
            "A\u{e0041}B",
            "\u{fe0f}A",
            "A\u{fe0f}\u{fe0f}",
            "A\u{ffff}",
        ];
        for text in hidden {
            assert_eq!(name(text), Err(TextError::Invisible), "{text:?}");
        }
        for text in ["", "   ", "\u{a0}", "\u{301}", "\t"] {
            assert_eq!(name(text), Err(TextError::Empty), "{text:?}");
        }
        for text in ["\u{3164}", "\u{2800}", "\u{200b}"] {
            assert!(name(text).is_err(), "{text:?}");
        }
        assert_eq!(line(&"x".repeat(21), 20), Err(TextError::TooLong(20)));
    }

    #[test]
    fn emoji_sequences_and_joined_letters_stay() {
        let whole = [
            "👨‍👩‍👧‍👦 Family",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Night",
            "❤️‍🔥",
            "👍🏽",
            "🏳️‍🌈",
            "🇰🇷",
            "1️⃣ First",
            "می‌خواهم",
            "क्‍ष",
            "O'Brien–Łukasz & Söhne (2)",
            "서울의 밤",
            "葛󠄀城",
        ];
        for text in whole {
            assert_eq!(line(text, 200).as_deref(), Ok(text), "{text:?}");
        }
    }

    #[test]
    fn descriptions_keep_their_lines() {
        assert_eq!(paragraphs("a\r\nb\rc\u{2028}d\te\n", 99).as_deref(), Ok("a\nb\nc\nd\te\n"));
        assert_eq!(paragraphs("", 9).as_deref(), Ok(""));
        assert_eq!(paragraphs("a\u{202e}b", 9), Err(TextError::Invisible));
        assert_eq!(paragraphs("a\0", 9), Err(TextError::Invisible));
        assert_eq!(paragraphs("abc", 2), Err(TextError::TooLong(2)));
    }

    #[test]
    fn searches_and_codes_ignore_what_cannot_be_seen() {
        assert_eq!(search(" Zoe\u{308}\u{200b}  Show\0\u{202e} "), "Zoë Show");
        assert_eq!(code(" TKT\u{2011}ＡＢ１\u{200b} c-D\u{ad}\n"), "TKTAB1cD");
    }

    #[test]
    fn foreign_texts_are_one_visible_line_of_limited_length() {
        assert_eq!(
            foreign(" Daily\r\nlimit\u{202e}\u{1b}[31m \u{2028}reached ", 99),
            "Daily limit[31m reached"
        );
        assert_eq!(foreign("abc def", 7), "abc def");
        assert_eq!(foreign("abc defg", 5), "abc…");
        assert_eq!(foreign("\u{202e}\n", 5), "");
    }

    #[test]
    fn sentences_end_with_one_full_stop() {
        for (text, whole) in [("Daily limit ", "Daily limit."), ("No!", "No!"), ("No.", "No."), ("", "")] {
            assert_eq!(sentence(text), whole);
        }
    }

    #[test]
    fn a_password_is_the_same_from_every_keyboard() {
        assert_eq!(password("Zoe\u{308}\u{3000}\u{1f511}"), "Zoë 🔑");
        assert_eq!(password("plain words"), "plain words");
    }
}
