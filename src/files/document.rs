//! Papers: a stamped letter as a PDF, sealed as it came, never shown within a page and never public. Who may read one is
//! for the room of its subject to say.

use super::store;
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The shelf of the blob store on which papers lie.
const SHELF: &str = "document";
/// The largest paper, in bytes: some fifty scanned pages.
pub const LARGEST: usize = 20 << 20;
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 80;

/// A paper that was looked at and put away, ready to be recorded within a transaction.
#[derive(Debug, Clone)]
pub struct Document {
    /// What the file was called, without anything that is not a name.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub digest: String,
    /// Its size in bytes.
    pub bytes: usize,
}

/// A paper as the history of its subject names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The identifier, as text because scripts cannot hold it as a number.
    pub id: String,
    /// What the file was called.
    pub name: String,
}

/// Whether these bytes say of themselves that they are a PDF; readers accept a little before the mark (ISO 32000-1 annex H).
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(1024)].windows(5).any(|five| five == b"%PDF-")
}

/// The name of a file as it may be shown and offered for saving: no folder, no control characters, ending in `.pdf`.
fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_plain =
        |c: &char| !c.is_control() && !matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*') && !is_turning(*c);
    let name: String = last.chars().filter(is_plain).collect();
    let stem = name.trim().trim_end_matches(".pdf").trim_end_matches(".PDF").trim_matches(['.', ' ']);
    let stem: String = stem.chars().take(LONGEST_NAME).collect();
    if stem.is_empty() { "document.pdf".to_owned() } else { format!("{stem}.pdf") }
}

/// Marks that turn the direction of writing, by which a name can pretend another ending.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Looks at a paper and seals it.
///
/// # Errors
/// A refusal when it is not a PDF or too large; [`Error::Internal`] when the store fails.
pub async fn take_in(app: &App, name: &str, bytes: Bytes) -> Result<Document, Error> {
    if !is_pdf(&bytes) {
        return Err(Refusal::new("files-refusal-not-a-pdf").into());
    }
    if bytes.len() > LARGEST {
        return Err(Refusal::new("files-refusal-document-too-large").with("megabytes", LARGEST >> 20).into());
    }
    let size = bytes.len();
    Ok(Document { name: clean_name(name), digest: app.blobs.put(SHELF, bytes).await?, bytes: size })
}

/// The paper of this subject as a download: never opened within a page of ours.
///
/// # Errors
/// [`Error::NotFound`] when the subject has no such paper; [`Error::Internal`] when the store fails.
pub async fn download(app: &App, subject: &'static str, subject_id: Id, id: Id) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move { store::find_document(&tx, subject, subject_id, id).await });
    let (digest, name) = read.await?;
    let bytes = app.blobs.get(SHELF, &digest).await?;
    let named: String = name.bytes().map(encoded).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"document.pdf\"; filename*=UTF-8''{named}")),
    ];
    Ok((headers, bytes).into_response())
}

/// A byte of a name as RFC 8187 writes it.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name() {
        for (given, kept) in [
            ("延期申请.pdf", "延期申请.pdf"),
            ("C:\\fakepath\\盖章 函.PDF", "盖章 函.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("a\"b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe.pdf"),
            ("", "document.pdf"),
            (".pdf", "document.pdf"),
        ] {
            assert_eq!(clean_name(given), kept, "{given:?}");
        }
        assert_eq!(clean_name(&"长".repeat(300)).chars().count(), LONGEST_NAME + 4);
    }

    #[test]
    fn a_pdf_says_so_itself() {
        assert!(is_pdf(b"%PDF-1.7\n"));
        assert!(is_pdf(b"\xef\xbb\xbf junk %PDF-1.4"));
        assert!(!is_pdf(b"<html>%PDF"));
        assert!(!is_pdf(&[&[b' '; 2000][..], b"%PDF-1.7"].concat()));
        assert!(!is_pdf(b""));
    }
}
