//! Whoever holds a paper as a file asks whether that very file was issued: its digest is compared with the sealed one. Nothing of what
//! was sent is kept. A code can be copied onto another paper; a digest cannot.

use super::issuing;
use super::paper::Paper;
use super::store;
use super::verifying::{Held, LENGTH, draw, is_code, unknown};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{hexadecimal, normal_code};
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Read;
use std::sync::Mutex;
use tokio::sync::Semaphore;

/// The heaviest file, in bytes: far more than any paper that is not a bound volume.
const HEAVIEST: usize = 20 << 20;
/// How much of a request is read before it is given up.
const MOST_READ: usize = HEAVIEST + (1 << 20);
/// So many files are compared at the same time; they are held in memory while they are.
const AT_ONCE: usize = 3;
/// So many files from one sender within a minute.
const OF_ONE: u32 = 12;
/// So many senders are remembered for a minute.
const SENDERS: usize = 5_000;
/// A minute, in milliseconds.
const MINUTE: i64 = 60_000;
/// The most that is unpacked of a file to look for the code in it, in bytes.
const UNPACKED: u64 = 16 << 20;
/// What stands before a code in the address that a paper carries.
const BEFORE: &[u8] = b"/verify/";

/// How fast files may come.
pub struct Pace {
    seats: Semaphore,
    senders: Mutex<HashMap<String, (i64, u32)>>,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { seats: Semaphore::new(AT_ONCE), senders: Mutex::default() }
    }
}

impl Pace {
    /// Whether this sender may send one more in this minute.
    fn admits(&self, sender: &str, now: Moment) -> bool {
        let minute = now.0.div_euclid(MINUTE);
        let Ok(mut senders) = self.senders.lock() else { return false };
        if senders.len() >= SENDERS {
            senders.retain(|_, (of, _)| *of == minute);
        }
        if senders.len() >= SENDERS && !senders.contains_key(sender) {
            return false;
        }
        let (of, count) = senders.entry(sender.to_owned()).or_insert((minute, 0));
        if *of != minute {
            (*of, *count) = (minute, 0);
        }
        *count += 1;
        *count <= OF_ONE
    }
}

/// What somebody sent.
struct Sent {
    code: String,
    file: Vec<u8>,
}

/// `POST /verify`: whether a file is the one that was issued.
///
/// # Errors
/// When the database fails or a page cannot be drawn; what is wrong with the file is said.
pub async fn compare(State(app): State<App>, knock: Knock, visit: Visit, request: Request) -> Result<Response, Error> {
    if !app.papers.pace.admits(&knock.origin.address, app.clock.now()) {
        return refuse(&app, &visit, "", StatusCode::TOO_MANY_REQUESTS, &Refusal::new("papers-file-too-often"));
    }
    let Ok(seat) = app.papers.pace.seats.try_acquire() else {
        return refuse(&app, &visit, "", StatusCode::SERVICE_UNAVAILABLE, &Refusal::new("papers-file-busy"));
    };
    let sent = match read(request).await {
        Ok(sent) => sent,
        Err((status, refusal)) => return refuse(&app, &visit, "", status, &refusal),
    };
    let Sent { code: typed, file } = sent;
    let work = tokio::task::spawn_blocking(move || (hexadecimal(&Sha256::digest(&file)), code_in(&file)));
    let (digest, carried) = work.await.map_err(|error| Error::Internal(error.to_string()))?;
    drop(seat);
    let code = normal_code(&typed);
    if !typed.trim().is_empty() && !is_code(&code) {
        return unknown(&app, &visit, &typed);
    }
    let code = if is_code(&code) { Some(code) } else { carried.clone() };
    let (asked, wanted) = (code.clone(), digest.clone());
    let read = app.db.read(move |tx| {
        let (code, digest) = (asked.clone(), wanted.clone());
        async move {
            let named = match &code {
                Some(code) => store::find_by_code(&tx, code).await?,
                None => None,
            };
            Ok::<_, Error>((named, store::find_by_digest(&tx, &digest).await?))
        }
    });
    let (mut named, mut same) = read.await?;
    // What nobody has read yet is sealed now, so that there is something to compare with.
    if let Some(paper) = named.as_ref().filter(|paper| paper.digest.is_none()) {
        issuing::seal(&app, paper).await?;
        let id = paper.id;
        let sealed = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
        same = same.or_else(|| (sealed.digest.as_deref() == Some(digest.as_str())).then(|| sealed.clone()));
        named = Some(sealed);
    }
    match (named, same) {
        (Some(named), Some(same)) if named.id != same.id => draw(&app, &visit, &named, Some(Held::another(same))).await,
        (_, Some(same)) => draw(&app, &visit, &same, Some(Held::same())).await,
        (Some(named), None) => {
            let is_copied = carried.is_some_and(|carried| carried != named.code);
            draw(&app, &visit, &named, Some(Held::other(&named, is_copied))).await
        }
        (None, None) => match code {
            Some(code) => unknown(&app, &visit, &code),
            None => {
                refuse(&app, &visit, "", StatusCode::UNPROCESSABLE_ENTITY, &Refusal::new("papers-file-without-code"))
            }
        },
    }
}

fn refuse(app: &App, visit: &Visit, typed: &str, status: StatusCode, refusal: &Refusal) -> Result<Response, Error> {
    super::verifying::refuse_file(app, visit, typed, status, refusal)
}

/// Reads the form: a code, if any, and the file.
async fn read(mut request: Request) -> Result<Sent, (StatusCode, Refusal)> {
    let broken = || (StatusCode::UNPROCESSABLE_ENTITY, Refusal::new("papers-file-missing"));
    let heavy = || {
        let refusal = Refusal::new("papers-file-too-heavy").with("most", HEAVIEST >> 20);
        (StatusCode::PAYLOAD_TOO_LARGE, refusal)
    };
    let failed = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { heavy() } else { broken() }
    };
    DefaultBodyLimit::max(MOST_READ).apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut sent = Sent { code: String::new(), file: Vec::new() };
    while let Some(mut part) = parts.next_field().await.map_err(failed)? {
        let is_file = part.file_name().is_some();
        let most = if is_file { HEAVIEST } else { 1_000 };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > most {
                return Err(if is_file { heavy() } else { broken() });
            }
            bytes.extend_from_slice(&chunk);
        }
        match part.name() {
            Some("file") if is_file && sent.file.is_empty() => sent.file = bytes,
            Some("code") => sent.code = String::from_utf8_lossy(&bytes).into_owned(),
            _ => {}
        }
    }
    if sent.file.is_empty() {
        return Err(broken());
    }
    // A reader's program takes a PDF that begins within the first kilobyte.
    let beginning = sent.file.get(..1024).unwrap_or(&sent.file);
    if !beginning.windows(5).any(|five| five == b"%PDF-") {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, Refusal::new("papers-file-no-pdf")));
    }
    Ok(sent)
}

/// The code within the address that a paper carries beside its square code, packed or not; none when it cannot be found.
fn code_in(file: &[u8]) -> Option<String> {
    if let Some(code) = plain_code(file) {
        return Some(code);
    }
    let mut left = UNPACKED;
    let mut rest = file;
    while let Some(at) = rest.windows(6).position(|six| six == b"stream") {
        rest = rest.get(at + 6..)?;
        let packed = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        // 0x78 begins what zlib packs.
        if packed.first() != Some(&0x78) {
            continue;
        }
        let mut unpacked = Vec::new();
        // What breaks off is searched as far as it goes.
        let _ = flate2::read::ZlibDecoder::new(packed).take(left).read_to_end(&mut unpacked);
        left = left.saturating_sub(unpacked.len() as u64);
        if let Some(code) = plain_code(&unpacked) {
            return Some(code);
        }
        if left == 0 {
            return None;
        }
    }
    None
}

fn plain_code(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    while let Some(at) = rest.windows(BEFORE.len()).position(|window| window == BEFORE) {
        rest = rest.get(at + BEFORE.len()..)?;
        let code = rest.get(..LENGTH).and_then(|code| std::str::from_utf8(code).ok()).filter(|code| is_code(code));
        if let Some(code) = code {
            return Some(code.to_owned());
        }
    }
    None
}

/// A party's name as it may be read by whoever holds the paper: enough to compare, too little to learn from.
pub(super) fn masked(paper: &Paper) -> String {
    let name = paper.data.pointer("/party/name").and_then(serde_json::Value::as_str).unwrap_or_default().trim();
    let letters: Vec<char> = name.chars().collect();
    let shown = |from: usize| letters.get(from..).unwrap_or_default().iter().collect::<String>();
    match letters.len() {
        0 => String::new(),
        1 => "＊".to_owned(),
        2..=4 => format!("{}{}", letters[0], "＊".repeat(letters.len() - 1)),
        many => format!("{}＊＊＊{}", letters[0], shown(many - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const CODE: &str = "0123456789ABCDEF";

    #[test]
    fn a_code_is_found_in_packed_and_plain_files_and_nothing_in_garbage() {
        let address = format!("x /URI (https://a.example/verify/{CODE}) y");
        assert_eq!(code_in(address.as_bytes()).as_deref(), Some(CODE));
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(address.as_bytes()).expect("packed");
        let packed = packed.finish().expect("packed");
        let mut file = b"%PDF-1.7\n1 0 obj <</Filter/FlateDecode>> stream\r\n".to_vec();
        file.extend_from_slice(&packed);
        file.extend_from_slice(b"\nendstream endobj");
        assert_eq!(code_in(&file).as_deref(), Some(CODE));
        for garbage in [&b""[..], b"stream", b"stream\n\x78\x9c\xff\xff", b"/verify/short", b"/verify/0123-4567-89AB"] {
            assert_eq!(code_in(garbage), None);
        }
        // What unpacks without end is left.
        let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..64 {
            bomb.write_all(&vec![0_u8; 1 << 20]).expect("packed");
        }
        let bomb = [b"stream\n".to_vec(), bomb.finish().expect("packed")].concat();
        assert_eq!(code_in(&bomb.repeat(3)), None);
    }

    #[test]
    fn a_sender_waits_for_the_next_minute() {
        let pace = Pace::default();
        let sent = |at: i64| pace.admits("192.0.2.1", Moment(at));
        assert!((0..OF_ONE).all(|_| sent(1_000)));
        assert!(!sent(2_000), "one too many");
        assert!(pace.admits("192.0.2.2", Moment(2_000)), "somebody else");
        assert!(sent(MINUTE), "the next minute");
    }

    #[test]
    fn a_name_is_masked() {
        let paper = |name: &str| Paper {
            data: serde_json::json!({ "party": { "name": name } }),
            ..super::super::paper::tests::paper()
        };
        for (name, shown) in
            [("", ""), ("许", "＊"), ("许文茂", "许＊＊"), ("望澜市滨湖区好邻居便民超市（个人独资）", "望＊＊＊）")]
        {
            assert_eq!(masked(&paper(name)), shown);
        }
    }
}
