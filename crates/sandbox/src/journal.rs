use serde::Serialize;
use serde_json::Value;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Persistent state of a part of the sandbox: one change per line, each written at once, so that a killed process leaves whole
/// changes. (No `fsync`: a power failure may lose the last seconds of test money.)
#[derive(Debug)]
pub(crate) struct Journal {
    file: Option<File>,
    /// Length of the valid content; a torn line is truncated before the next write.
    length: u64,
}

impl Journal {
    /// Without persistence.
    pub(crate) const fn in_memory() -> Self {
        Self { file: None, length: 0 }
    }

    /// Reads all whole lines of a journal and opens it for appending.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Value>)> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut lines = Vec::new();
        let mut length = 0_u64;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = line.strip_suffix(b"\n") else { break };
            let value = serde_json::from_slice(text)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            lines.push(value);
            length = length.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        }
        let file = append_to(path)?;
        file.set_len(length)?;
        Ok((Self { file: Some(file), length }, lines))
    }

    /// Replaces the journal by one line, atomically.
    pub(crate) fn rewrite(&mut self, path: &Path, whole: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(whole)?;
        line.push(b'\n');
        let fresh: PathBuf = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(&line)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        self.file = Some(append_to(path)?);
        self.length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Appends a change. On an error nothing of it is kept.
    pub(crate) fn append(&mut self, change: &impl Serialize) -> io::Result<()> {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        if let Err(error) = file.write_all(&line) {
            file.set_len(self.length)?;
            return Err(error);
        }
        self.length = self.length.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn torn_line_is_dropped_and_the_rest_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/world.jsonl");
        let (mut journal, lines) = Journal::open(&path).unwrap();
        assert!(lines.is_empty());
        journal.append(&json!({"paid": 1})).unwrap();
        journal.append(&json!({"paid": 2})).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, lines) = Journal::open(&path).unwrap();
            assert_eq!(lines.len(), String::from_utf8_lossy(&whole[..cut]).matches('\n').count());
            journal.append(&json!({"paid": 3})).unwrap();
            assert_eq!(Journal::open(&path).unwrap().1.last(), Some(&json!({"paid": 3})));
        }
    }

    #[test]
    fn rewritten_journal_has_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("world.jsonl");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&json!(1)).unwrap();
        journal.rewrite(&path, &json!([1])).unwrap();
        journal.append(&json!(2)).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1, vec![json!([1]), json!(2)]);
    }
}
