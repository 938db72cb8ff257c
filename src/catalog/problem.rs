//! What is wrong with a file of a city, said so that the person who wrote it can put it right.

use crate::kit::words::Words;

/// One thing wrong with one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The file's path, such as `law/holidays/2026.toml`.
    pub file: String,
    /// Where in the file: a line, or the key of an entry.
    pub place: String,
    /// The key of the sentence.
    pub key: &'static str,
    /// What the sentence needs.
    pub args: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem in `file` at `place`.
    pub fn new(file: &str, place: impl ToString, key: &'static str) -> Problem {
        Problem { file: file.to_owned(), place: place.to_string(), key, args: Vec::new() }
    }

    /// Adds an argument to the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Problem {
        self.args.push((name, value.to_string()));
        self
    }

    /// A file that is not TOML of the expected shape, by line.
    pub fn unreadable(file: &str, text: &str, error: &toml::de::Error) -> Problem {
        Problem::new(file, line_of(text, error), "catalog-file-unreadable").with("why", error.message())
    }

    /// The problem in English, for the log and the command line.
    pub fn told(&self, words: &Words) -> String {
        let sentence = words.say("en", self.key, &self.args).unwrap_or_else(|| self.key.to_owned());
        let place = if self.place.is_empty() { String::new() } else { format!(" {}:", self.place) };
        format!("{}:{place} {sentence}", self.file)
    }
}

/// The line of a TOML text in which reading it came to its end, from 1.
pub fn line_of(text: &str, error: &toml::de::Error) -> usize {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
}

/// Problems in English, a line each.
pub fn told(problems: &[Problem], words: &Words) -> String {
    problems.iter().map(|problem| problem.told(words)).collect::<Vec<_>>().join("\n")
}

/// A short digest of files, to be kept on what was decided by them: twelve hexadecimal digits.
pub fn version_of(files: &[(String, String)]) -> String {
    use sha2::{Digest, Sha256};
    let mut sorted: Vec<&(String, String)> = files.iter().collect();
    sorted.sort();
    let mut digest = Sha256::new();
    for (path, text) in sorted {
        for part in [path, text] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
    }
    digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
