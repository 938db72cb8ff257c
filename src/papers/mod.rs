//! Official papers (执法文书): what each kind must carry, its number 〔year〕 without gaps, its frozen data, its PDF and its Word
//! file, and how anybody can check that it is genuine. It knows no penalty case: a paper belongs to a subject of another room.
//! Lends out [`issuing`], [`store`] and [`binding`].

pub mod binding;
mod comparing;
pub mod issuing;
mod list;
pub mod paper;
mod show;
pub mod store;
mod verifying;
mod voiding;
mod word;
pub mod writing;

use crate::app::App;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::sources::Sources;
use crate::people::act::Act;
use crate::people::actor::Actor;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;
use std::pin::Pin;
use std::sync::OnceLock;
use typesetting::{Kinds, Typesetter};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeePapers);
    vec![
        Door::get("/papers", see, list::list),
        // Who sees the subject sees the paper: what lies outside does not exist.
        Door::get("/papers/{id}", see, show::show),
        Door::get("/papers/{id}/pdf", see, show::pdf),
        Door::get("/papers/{id}/docx", see, word::word),
        Door::post("/papers/{id}/void", Access::Act(Act::VoidPapers), voiding::void),
        Door::get("/verify", Access::Public, verifying::ask),
        Door::get("/verify/{code}", Access::Public, verifying::answer).paced(Pace::Code),
        // Whoever holds the PDF has it compared with the sealed one.
        Door::post("/verify", Access::Public, comparing::compare).paced(Pace::Upload),
    ]
}

/// Whether somebody sees a subject, as its own room says.
pub type Sees = for<'a> fn(&'a Tx, &'a Actor, Id) -> Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>>;

/// A subject, the address of its room, and who sees it.
pub type Seer = (&'static str, &'static str, Sees);

/// What the room keeps in memory.
pub struct Held {
    /// The kinds of papers, as the city has them.
    pub kinds: Kinds,
    /// How fast files of others may come to be compared.
    pace: comparing::Pace,
    sources: Sources,
    typesetter: OnceLock<Result<Typesetter, String>>,
    /// By subject, under which address it lies and who sees it; a subject that is not listed is seen by whoever may see papers.
    seers: Vec<Seer>,
}

impl Held {
    /// Reads `letters/kinds.toml`; `seers` says for each subject who sees it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn load(sources: &Sources, seers: Vec<Seer>) -> Result<Held, String> {
        let text = sources.text("letters/kinds.toml").ok_or("letters/kinds.toml is missing")?;
        let kinds = Kinds::read(&text).map_err(|error| format!("letters/kinds.toml: {error}"))?;
        Ok(Held {
            kinds,
            pace: comparing::Pace::default(),
            sources: sources.clone(),
            typesetter: OnceLock::new(),
            seers,
        })
    }

    /// Fonts and templates, read when the first paper is set.
    fn typesetter(&self) -> Result<&Typesetter, Error> {
        let made = self.typesetter.get_or_init(|| {
            let templates = self.sources.folder("letters/").into_iter().filter(|(path, _)| path.ends_with(".typ"));
            Typesetter::new(self.sources.fonts(), templates).map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|error| Error::Internal(format!("letters: {error}")))
    }
}

/// The page of what a paper belongs to; none for a subject without one.
pub fn page_of(app: &App, subject: &str, subject_id: Id) -> Option<String> {
    let found = app.papers.seers.iter().find(|(known, ..)| *known == subject);
    found.map(|(_, room, _)| format!("{room}/{subject_id}"))
}

/// Whether somebody sees what a paper belongs to.
///
/// # Errors
/// When the database fails.
pub async fn sees(app: &App, tx: &Tx, actor: &Actor, subject: &str, subject_id: Id) -> Result<bool, Error> {
    match app.papers.seers.iter().find(|(known, ..)| *known == subject) {
        Some((.., sees)) => sees(tx, actor, subject_id).await,
        None => Ok(true),
    }
}
