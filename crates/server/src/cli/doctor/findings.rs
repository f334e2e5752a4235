use super::super::print_line;
use std::{error::Error, fmt::Display};

/// Result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Pass,
    Note,
    Error,
}

/// Results of the checks.
pub(in crate::cli) struct Findings {
    prints: bool,
    lines: Vec<(Level, String)>,
}

impl Findings {
    /// Prints each result at once.
    pub(super) const fn printed() -> Self {
        Self { prints: true, lines: Vec::new() }
    }

    /// Prints nothing; see [`Findings::warnings`].
    pub(in crate::cli) const fn silent() -> Self {
        Self { prints: false, lines: Vec::new() }
    }

    fn push(&mut self, level: Level, what: &str, detail: impl Display) {
        let word = match level {
            Level::Pass => "ok   ",
            Level::Note => "note ",
            Level::Error => "ERROR",
        };
        let line = format!("  {word}  {what}: {detail}");
        if self.prints {
            print_line(&line);
        }
        self.lines.push((level, line));
    }

    pub(super) fn pass(&mut self, what: &str, detail: impl Display) {
        self.push(Level::Pass, what, detail);
    }

    pub(super) fn note(&mut self, what: &str, detail: impl Display) {
        self.push(Level::Note, what, detail);
    }

    pub(super) fn fail(&mut self, what: &str, detail: impl Display) {
        self.push(Level::Error, what, detail);
    }

    /// Lines of notes and errors.
    pub(in crate::cli) fn warnings(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|(level, _)| *level != Level::Pass).map(|(_, line)| line.as_str())
    }

    fn count(&self, level: Level) -> usize {
        self.lines.iter().filter(|(one, _)| *one == level).count()
    }

    /// The closing line, or the error of the command.
    pub(super) fn summary(&self) -> Result<String, String> {
        match (self.count(Level::Error), self.count(Level::Note)) {
            (0, 0) => Ok("All checks passed.".to_owned()),
            (0, 1) => Ok("All checks passed, with 1 note.".to_owned()),
            (0, notes) => Ok(format!("All checks passed, with {notes} notes.")),
            (1, _) => Err("1 check failed".to_owned()),
            (failed, _) => Err(format!("{failed} checks failed")),
        }
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_leave_out_what_passed_and_errors_fail_the_command() {
        let mut findings = Findings::silent();
        findings.pass("clock", "right");
        assert_eq!(findings.summary().unwrap(), "All checks passed.");
        findings.note("mail", "off");
        assert_eq!(findings.summary().unwrap(), "All checks passed, with 1 note.");
        findings.fail("invoice", "refused");
        assert_eq!(
            findings.warnings().collect::<Vec<_>>(),
            ["  note   mail: off", "  ERROR  invoice: refused"]
        );
        assert_eq!(findings.summary().unwrap_err(), "1 check failed");
    }
}
