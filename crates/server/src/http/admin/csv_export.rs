//! CSV export (RFC 4180).

/// A table with a header. All cells are quoted and escaped against formula injection.
pub(super) fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = String::from("\u{feff}");
    text.push_str(&line(header.iter().map(|cell| (*cell).to_owned())));
    for row in rows {
        text.push_str(&line(row));
    }
    text
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| quoted(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// Names are user input, so `=cmd()` must not run as a formula. Spreadsheets skip invisible characters and fold
/// full-width signs, so only a visible letter, digit or `$` at the start needs no guard.
fn quoted(cell: &str) -> String {
    // Some programs end a cell at a control character.
    let cell: String = cell.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let text = cell.chars().next().is_none_or(|first| first == '$' || is_visible_word(first));
    let guard = if text { "" } else { "'" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

/// Whether a character is a visible letter or digit: Hangul fillers and Khmer inherent vowels are not (Unicode,
/// `Default_Ignorable_Code_Point`).
fn is_visible_word(char: char) -> bool {
    char.is_alphanumeric()
        && !matches!(char, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Characters that spreadsheets skip at the start of a cell.
    const INVISIBLE: [char; 16] = [
        ' ', '\t', '\r', '\n', '\0', '\u{a0}', '\u{ad}', '\u{200b}', '\u{200d}', '\u{200e}', '\u{202e}',
        '\u{2060}', '\u{3000}', '\u{3164}', '\u{fe0f}', '\u{feff}',
    ];
    /// Characters that start a formula, and those folded into them.
    const SIGNS: [char; 14] = ['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠', '﹦', '﹢', '−', '⁼'];

    #[test]
    fn cells_are_escaped_against_formulas_and_quotes() {
        for formula in ["=1+1", "+1", "-1", "@sum", "\t=1", " =1"] {
            assert!(quoted(formula).starts_with("\"'"), "{formula}");
        }
        assert_eq!(quoted("say \"hi\", ok"), "\"say \"\"hi\"\", ok\"");
        assert_eq!(quoted("김서연"), "\"김서연\"");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(csv(&["a"], [vec!["$alice@x".to_owned()]]), "\u{feff}\"a\"\r\n\"$alice@x\"\r\n");
    }

    proptest! {
        #[test]
        fn invisible_characters_do_not_hide_a_formula(
            hidden in prop::collection::vec(prop::sample::select(INVISIBLE.to_vec()), 0..4),
            sign in prop::sample::select(SIGNS.to_vec()),
            rest in ".{0,8}",
        ) {
            let name: String = hidden.into_iter().chain([sign]).chain(rest.chars()).collect();
            prop_assert!(quoted(&name).starts_with("\"'"), "{name:?}");
        }

        #[test]
        fn a_cell_stays_one_cell_of_one_line(name in "\\PC{0,12}|[\\x00-\\x1f\"=,]{0,12}") {
            let cell = quoted(&name);
            let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap();
            prop_assert!(!inner.replace("\"\"", "").contains('"'));
            prop_assert!(!cell.contains(char::is_control));
            let first = inner.chars().next();
            prop_assert!(first.is_none_or(|first| matches!(first, '\'' | '$') || first.is_alphanumeric()), "{cell:?}");
        }
    }
}
