//! A batch goes to its superior: posted file by file with its manifest last, or laid into a folder and renamed; and its acknowledgement is
//! read. Each step may be cut at any moment: what goes again is the same bytes under the same key.

use super::Known;
use super::answers::{self, Answer, LARGEST, Refused};
use super::batch::{Batch, Outcome, State, idempotency, judge, manifest_name, number, stem};
use super::settings::{Superior, Way};
use super::store::{self, File, SHELF};
use super::writing::mime;
use crate::api::webhooks::endpoint::signature;
use crate::app::App;
use crate::exchange::sending::retry_after;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::outside;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// For how long a batch that is being sent is nobody else's, in milliseconds: longer than any of its requests may take.
pub const CLAIM: i64 = 10 * 60_000;
/// How long a request may take: a file of some megabytes over a slow line.
const LONGEST: Duration = Duration::from_secs(300);
/// An answer that is laid down is read once nobody has written to it for so long, in milliseconds by the machine's clock: half an answer
/// may say the opposite of the whole.
const SETTLED: i64 = 10_000;
/// How much of what was said is kept, in characters.
const MOST_SAID: usize = 300;

/// What came of a try: the batch as far as it came, and the rows that were not taken.
pub struct Tried {
    /// With its version, and how many of its files are there.
    pub batch: Batch,
    /// What came of it.
    pub outcome: Outcome,
    /// The rows.
    pub refused: Vec<Refused>,
}

impl Tried {
    fn of(batch: &Batch, outcome: Outcome) -> Tried {
        Tried { batch: batch.clone(), outcome, refused: Vec::new() }
    }

    fn answered(batch: &Batch, answer: Answer) -> Tried {
        let outcome = match answer.is_taken {
            true => Outcome::Taken(answer.count),
            false => Outcome::Refused(answer.reason),
        };
        Tried { batch: batch.clone(), outcome, refused: answer.refused }
    }
}

/// Does what is due for a batch: sends it, or looks for its acknowledgement. None when somebody has changed it meanwhile.
///
/// # Errors
/// When the database or the store of files fails.
pub async fn attempt(app: &App, known: &Known, mut batch: Batch) -> Result<Option<Tried>, Error> {
    let state = if batch.state == State::Delivered { State::Delivered } else { State::Unsure };
    // What leaves is written down as unsure before it leaves.
    if !claim(app, &mut batch, state).await? {
        return Ok(None);
    }
    match &known.superior.way {
        Way::Http { url, token_header } => {
            let line = Wire { app, known, url, token_header };
            match (state, batch.ask.is_empty()) {
                (State::Delivered, false) => Ok(Some(line.ask(&batch).await)),
                // Where no address was named, the same again is how one asks.
                _ => line.post_all(batch).await,
            }
        }
        Way::Files { folder, answers } => by_files(app, known, folder, answers, batch).await.map(Some),
    }
}

async fn claim(app: &App, batch: &mut Batch, state: State) -> Result<bool, Error> {
    let (claimed, now) = (batch.clone(), app.clock.now());
    let until = now.plus(CLAIM);
    let taken = app.db.write(move |tx| async move { store::claim(&tx, &claimed, state, until, now).await }).await;
    let is_ours = taken.map_err(|error: DbError| Error::Db(error))?;
    if is_ours {
        batch.version += 1;
        batch.state = state;
    }
    Ok(is_ours)
}

async fn files_of(app: &App, batch: &Batch) -> Result<Vec<File>, Error> {
    let id = batch.id;
    app.db.read(move |tx| async move { store::files(&tx, id).await }).await.map_err(|error: DbError| Error::Db(error))
}

fn short(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(MOST_SAID).collect()
}

// ---- over HTTP ----

/// The way to a superior that is asked over HTTP.
struct Wire<'a> {
    app: &'a App,
    known: &'a Known,
    url: &'a str,
    token_header: &'a str,
}

/// An answer as it came.
struct Said {
    status: u16,
    wait: Option<i64>,
    location: Option<String>,
    body: Vec<u8>,
}

impl Said {
    fn words(&self) -> String {
        short(&String::from_utf8_lossy(&self.body))
    }
}

impl Wire<'_> {
    fn superior(&self) -> &Superior {
        &self.known.superior
    }

    /// The address of the superior with what is sent there.
    fn address(&self, batch: &Batch, file: &str) -> Result<String, Outcome> {
        let mut url = reqwest::Url::parse(self.url).map_err(|error| Outcome::NotArrived(error.to_string()))?;
        url.query_pairs_mut()
            .append_pair("batch", &number(&self.superior().division, batch.day))
            .append_pair("revision", &batch.revision.to_string())
            .append_pair("file", file);
        Ok(url.into())
    }

    /// Asks the superior something; an [`Outcome`] when there is no whole answer.
    async fn exchange(&self, url: &str, id: &str, posted: Option<(&'static str, Bytes)>) -> Result<Said, Outcome> {
        let allowed = outside::permitted(url, self.known.allow_local).await;
        let url = allowed
            .map_err(|refusal| Outcome::NotArrived(self.app.pages.say("zh-Hans", refusal.key, &refusal.args)))?;
        let second = self.app.clock.now().0.div_euclid(1000);
        let (method, kind, body) = match posted {
            Some((kind, body)) => (reqwest::Method::POST, kind, body),
            None => (reqwest::Method::GET, "", Bytes::new()),
        };
        let mut request = self
            .known
            .client
            .request(method, url)
            .timeout(LONGEST)
            .header("user-agent", concat!("city-steward/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", second.to_string());
        if let Some(signed) = signature(&self.known.secret.0, id, second, &body) {
            request = request.header("webhook-signature", signed);
        }
        if !self.known.token.0.is_empty() {
            let is_bare = self.token_header == "authorization" && !self.known.token.0.contains(' ');
            let token = if is_bare { format!("Bearer {}", self.known.token.0) } else { self.known.token.0.clone() };
            request = request.header(self.token_header, token);
        }
        if !kind.is_empty() {
            request = request.header("content-type", kind).header("idempotency-key", id).body(body);
        }
        let told = |error: reqwest::Error| {
            let is_far = error.is_connect() || error.is_builder();
            let text = outside::told(error);
            if is_far { Outcome::NotArrived(short(&text)) } else { Outcome::Lost(short(&text)) }
        };
        let mut answer = request.send().await.map_err(told)?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let wait = header("retry-after").and_then(|value| retry_after(&value, self.app.clock.now()));
        let mut said = Said { status: answer.status().as_u16(), wait, location: header("location"), body: Vec::new() };
        while let Some(chunk) = answer.chunk().await.map_err(told)? {
            if said.body.len() + chunk.len() > LARGEST {
                return Err(Outcome::Lost(format!("the answer is larger than {} MB", LARGEST >> 20)));
            }
            said.body.extend_from_slice(&chunk);
        }
        Ok(said)
    }

    /// Posts the files that are not there yet, and the manifest last.
    async fn post_all(&self, mut batch: Batch) -> Result<Option<Tried>, Error> {
        let superior = self.superior();
        let key = idempotency(&superior.division, batch.day, batch.revision);
        let kind = mime(superior.format, superior.encoding);
        for file in files_of(self.app, &batch).await? {
            if file.position <= batch.sent {
                continue;
            }
            let bytes = self.app.blobs.get(SHELF, &file.digest).await?;
            let id = format!("{key}:{}", file.name);
            let said = match self.address(&batch, &file.name) {
                Ok(url) => self.exchange(&url, &id, Some((kind, bytes))).await,
                Err(outcome) => Err(outcome),
            };
            match said {
                Ok(said) if (200..300).contains(&said.status) => batch.sent = file.position,
                Ok(said) => {
                    let outcome = judge(said.status, &said.words(), said.wait);
                    return Ok(Some(Tried::of(&batch, outcome)));
                }
                Err(outcome) => return Ok(Some(Tried::of(&batch, outcome))),
            }
            // How far it is counts also for a program that ends here; somebody may have decided otherwise meanwhile.
            let state = batch.state;
            if !claim(self.app, &mut batch, state).await? {
                return Ok(None);
            }
        }
        let stem = stem(&superior.division, batch.day, batch.revision);
        let manifest = Bytes::from(batch.manifest.clone());
        let said = match self.address(&batch, &manifest_name(&stem)) {
            Ok(url) => self.exchange(&url, &key, Some(("application/json", manifest))).await,
            Err(outcome) => Err(outcome),
        };
        Ok(Some(match said {
            Ok(said) => self.judged(&batch, said),
            Err(outcome) => Tried::of(&batch, outcome),
        }))
    }

    /// Asks where a superior said that it will tell.
    async fn ask(&self, batch: &Batch) -> Tried {
        let key = idempotency(&self.superior().division, batch.day, batch.revision);
        match self.exchange(&batch.ask, &format!("{key}:ask"), None).await {
            Ok(said) if said.status == 202 => Tried::of(batch, Outcome::NotYet(said.wait)),
            Ok(said) if said.status == 200 || said.status == 204 => self.judged(batch, said),
            // That the question is refused says nothing of the batch.
            Ok(said) => Tried::of(
                batch,
                match judge(said.status, &said.words(), said.wait) {
                    Outcome::Refused(why) => Outcome::Lost(why),
                    other => other,
                },
            ),
            Err(outcome) => Tried::of(batch, outcome),
        }
    }

    fn judged(&self, batch: &Batch, said: Said) -> Tried {
        let number = number(&self.superior().division, batch.day);
        match said.status {
            204 => Tried::of(batch, Outcome::Taken(0)),
            202 => Tried::of(batch, Outcome::Later(self.asked_at(&said), said.wait)),
            200..=299 => match answers::read(&said.body, None, &number, batch.revision) {
                Ok(answer) => Tried::answered(batch, answer),
                Err(why) => {
                    Tried::of(batch, Outcome::Lost(short(&format!("HTTP {}, {why}: {}", said.status, said.words()))))
                }
            },
            422 => match answers::read(&said.body, None, &number, batch.revision) {
                // Refused with its rows.
                Ok(answer) => Tried::answered(batch, Answer { is_taken: false, ..answer }),
                Err(_) => Tried::of(batch, judge(said.status, &said.words(), said.wait)),
            },
            status => Tried::of(batch, judge(status, &said.words(), said.wait)),
        }
    }

    /// Where the acknowledgement is asked for: an address of the same server, for our token goes there.
    fn asked_at(&self, said: &Said) -> String {
        let body: serde_json::Value = serde_json::from_slice(&said.body).unwrap_or_default();
        let named = said.location.clone().or_else(|| body["ask"].as_str().map(str::to_owned)).unwrap_or_default();
        let Ok(base) = reqwest::Url::parse(self.url) else { return String::new() };
        match base.join(&named) {
            Ok(url) if !named.is_empty() && url.origin() == base.origin() => url.into(),
            _ => String::new(),
        }
    }
}

// ---- as files ----

async fn by_files(app: &App, known: &Known, folder: &Path, answers: &Path, mut batch: Batch) -> Result<Tried, Error> {
    let superior = &known.superior;
    let stem = stem(&superior.division, batch.day, batch.revision);
    if batch.is_anew {
        // What was answered before counts no more.
        for ending in ["ack", "nak"] {
            let path = answers.join(format!("{stem}.{ending}"));
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Ok(Tried::of(&batch, Outcome::NotArrived(format!("{}: {error}", path.display()))));
                }
                _ => {}
            }
        }
        batch.is_anew = false;
    } else if let Some(tried) = answered(known, answers, &stem, &batch).await {
        return Ok(tried);
    } else if batch.state == State::Delivered {
        return Ok(Tried::of(&batch, Outcome::NotYet(None)));
    }
    match place(app, known, folder, &stem, &batch).await? {
        Ok(count) => {
            batch.sent = count;
            Ok(Tried::of(&batch, Outcome::Placed))
        }
        Err(why) => Ok(Tried::of(&batch, Outcome::NotArrived(short(&why)))),
    }
}

/// The answer that was laid down, when there is a whole one.
async fn answered(known: &Known, answers: &Path, stem: &str, batch: &Batch) -> Option<Tried> {
    let mut newest: Option<(i64, bool, PathBuf, u64)> = None;
    for (ending, is_taken) in [("ack", true), ("nak", false)] {
        let path = answers.join(format!("{stem}.{ending}"));
        let Ok(found) = tokio::fs::metadata(&path).await else { continue };
        let Ok(at) = found.modified() else { continue };
        let at = at.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        if newest.as_ref().is_none_or(|(known, ..)| at > *known) {
            newest = Some((at, is_taken, path, found.len()));
        }
    }
    let (at, is_taken, path, length) = newest?;
    if Clock::system().now() < Moment(at).plus(SETTLED) {
        return None;
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if length > LARGEST as u64 {
        return Some(Tried::of(batch, Outcome::Lost(format!("{name}: larger than {} MB", LARGEST >> 20))));
    }
    let number = number(&known.superior.division, batch.day);
    let read = tokio::fs::read(&path).await.map_err(|error| error.to_string());
    Some(match read.and_then(|bytes| answers::read(&bytes, Some(is_taken), &number, batch.revision)) {
        Ok(answer) => Tried::answered(batch, answer),
        Err(why) => Tried::of(batch, Outcome::Lost(short(&format!("{name}: {why}")))),
    })
}

/// Lays the files down, the manifest last; the answer is how many, or what is in the way.
async fn place(
    app: &App,
    known: &Known,
    folder: &Path,
    stem: &str,
    batch: &Batch,
) -> Result<Result<i64, String>, Error> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    // A folder elsewhere that is not there is a share that is not mounted: what would be written there would reach nobody.
    if known.is_own_folder
        && let Err(error) = tokio::fs::create_dir_all(folder).await
    {
        return Ok(Err(told(error)));
    }
    let files = files_of(app, batch).await?;
    for file in &files {
        let bytes = app.blobs.get(SHELF, &file.digest).await?;
        if let Err(error) = put(folder, &file.name, &bytes).await {
            return Ok(Err(told(error)));
        }
    }
    match put(folder, &manifest_name(stem), batch.manifest.as_bytes()).await {
        Ok(()) => Ok(Ok(i64::try_from(files.len()).unwrap_or(i64::MAX))),
        Err(error) => Ok(Err(told(error))),
    }
}

/// Writes a file beside its name and renames it once it is on the disk, so that nobody takes half of it for all.
async fn put(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let half = folder.join(format!("{name}.part"));
    let mut file = tokio::fs::File::create(&half).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    drop(file);
    tokio::fs::rename(&half, folder.join(name)).await?;
    // Some systems of files cannot be asked to write a folder down.
    if let Ok(folder) = tokio::fs::File::open(folder).await {
        folder.sync_all().await.unwrap_or_default();
    }
    Ok(())
}
