//! Tables for spreadsheets (RFC 4180).

/// A table with a header; every cell is quoted, and none is taken for a formula.
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

/// People choose their names: `=cmd()` must stay a name when an organiser opens the file.
fn quoted(cell: &str) -> String {
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@']) || cell.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out_of_its_quotes() {
        for formula in ["=1+1", "+1", "-1", "@sum", "\t=1", " =1"] {
            assert!(quoted(formula).starts_with("\"'"), "{formula}");
        }
        assert_eq!(quoted("say \"hi\", ok"), "\"say \"\"hi\"\", ok\"");
        assert_eq!(csv(&["a"], [vec!["$alice@x".to_owned()]]), "\u{feff}\"a\"\r\n\"$alice@x\"\r\n");
    }
}
