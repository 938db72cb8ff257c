//! What every act does around its rule: load within the actor's scope, decide, save, record, tell, commit. A refusal draws
//! the page again with what was typed and photographed.

use super::leg::Position;
use super::store::{self, Scope};
use super::whistle::{Doer, Side, Stage, Whistle, WhistleAct, carry_out};
use super::{arriving, clocks, enforcing, show, telling};
use crate::app::App;
use crate::cases;
use crate::files::store::{Belongs, Waiting};
use crate::files::{self, TakenIn};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::place;
use crate::reports::submit::{Sent, read_form};
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The most that may be written beside an act, in characters.
pub const MOST_WORDS: usize = 2000;
/// How often an act is tried again when somebody else changed the whistle at the same moment.
const TRIES: usize = 8;

/// What somebody typed into a form.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Typed(pub BTreeMap<String, String>);

impl Typed {
    /// The text fields of a form that was sent.
    pub fn of(sent: &Sent) -> Typed {
        let fields = sent.fields.iter().filter(|(name, _)| !matches!(name.as_str(), "kept" | "drop"));
        Typed(fields.cloned().collect())
    }

    /// The trimmed text of a field; empty when it is absent.
    pub fn text(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |text| text.trim())
    }

    /// The identifier or number in a field; none when it is empty or something else.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.text(field).parse().ok()
    }

    /// Up to [`MOST_WORDS`] characters of the field `words`.
    ///
    /// # Errors
    /// `form-too-long`, on the field.
    pub fn words(&self) -> Result<String, Refusal> {
        at_most("words", self.text("words"), MOST_WORDS)
    }

    /// The value that `read` makes of a field.
    ///
    /// # Errors
    /// `whistles-refusal-choose`, on the field.
    pub fn choice<T>(&self, field: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Refusal> {
        read(self.text(field)).ok_or_else(|| Refusal::new("whistles-refusal-choose").on(field))
    }

    /// The mark of this form, sent to an address: the same when it is sent again. Empty for a form that does not say for
    /// which turn of things it was filled in.
    pub fn mark(&self, address: &str) -> String {
        if self.text("revision").is_empty() {
            return String::new();
        }
        let typed = serde_json::to_string(&self.0).unwrap_or_default();
        let digest = Sha256::digest(format!("{address} {typed}"));
        digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The position that a phone or a map told, brought into the program's own system; none when none was told.
    ///
    /// # Errors
    /// `whistles-refusal-position-strange` when it lies nowhere on Earth.
    pub fn position(&self) -> Result<Option<Position>, Refusal> {
        let strange = || Refusal::new("whistles-refusal-position-strange").on("place");
        let told = place::position(self.text("lon"), self.text("lat"), self.text("coordinates"));
        let Some((lon, lat)) = told.map_err(|place::Nowhere| strange())? else { return Ok(None) };
        let accuracy = self.number("accuracy").filter(|metres| (0..100_000).contains(metres));
        Ok(Some(Position { lon, lat, accuracy }))
    }
}

/// What a planner sees.
pub struct Asked<'a> {
    /// The program.
    pub app: &'a App,
    /// The whistle as it is.
    pub whistle: &'a Whistle,
    /// The leg in the address; 0 without one.
    pub leg: Id,
    /// What was typed.
    pub typed: &'a Typed,
    /// How many photographs came with it.
    pub photos: usize,
}

/// How an act is read from a form.
pub type Planner = fn(&Asked<'_>) -> Result<WhistleAct, Refusal>;

/// Where a form was sent to.
#[derive(Debug, Clone)]
pub struct At {
    /// The whistle.
    pub whistle: Id,
    /// The leg.
    pub leg: Option<Id>,
    /// The act's word in the address.
    pub act: &'static str,
}

impl At {
    /// The mark by which the page finds the form again: `LEG-act`, or the act alone. What is sent back is written into the
    /// form for accepting.
    pub fn form(&self) -> String {
        let act = if self.act == "send-back" { "accept" } else { self.act };
        self.leg.map_or_else(|| act.to_owned(), |leg| format!("{leg}-{act}"))
    }
}

/// Reads the form, does what it says, and answers with where to go next.
///
/// # Errors
/// [`Error::NotFound`] outside of the actor's scope; when the database fails. A refusal is not an error here: it is drawn.
pub async fn perform(app: &App, visit: &Visit, at: At, request: Request, plan: Planner) -> Result<Response, Error> {
    let sent = read_form(app, request).await?;
    let typed = Typed::of(&sent);
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(app, sent, &key).await?;
    let outcome = attempt(app, visit, &at, &typed, &album, &key, plan).await;
    match outcome {
        Ok(waited) => {
            photos::clear(app, waited).await;
            app.tell("whistle", at.whistle);
            Ok(Redirect::to(&onward(&typed, at.whistle)).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(app, &key).await?;
            refused(app, visit, &at, typed, &refusal, &kept, key).await
        }
        Err(error) => Err(error),
    }
}

async fn refused(
    app: &App,
    visit: &Visit,
    at: &At,
    typed: Typed,
    refusal: &Refusal,
    kept: &[Waiting],
    key: String,
) -> Result<Response, Error> {
    let again = show::Again { at: at.form(), typed, problem: Some(refusal.clone()), kept: kept.to_vec(), key };
    match (at.act, at.leg) {
        ("arrive", Some(leg)) => arriving::draw(app, visit, at.whistle, leg, again).await,
        _ => show::draw(app, visit, at.whistle, again).await,
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    at: &At,
    typed: &Typed,
    album: &Album,
    key: &str,
    plan: Planner,
) -> Result<Vec<TakenIn>, Error> {
    let actor = visit.actor()?.clone();
    let (now, form, taken) = (app.clock.now(), typed.mark(&visit.path), album.whole(app).await?);
    for _ in 0..TRIES {
        let (held, actor, at, typed) = (app.clone(), actor.clone(), at.clone(), typed.clone());
        let (form, taken, key, has_waited) = (form.clone(), taken.clone(), key.to_owned(), album.has_waited);
        let done = app.db.write(move |tx| async move {
            let doer = store::doer(&tx, &actor).await?;
            // Sent twice (an impatient finger, a page loaded again): it is done, and whoever sent it goes on.
            if !form.is_empty()
                && crate::timeline::store::is_done(&tx, "whistle", at.whistle, doer.account, &form).await?
            {
                return Ok(Vec::new());
            }
            let whistle = store::load(&tx, at.whistle, &Scope::of(&doer)).await?;
            is_up_to_date(&whistle, &doer, &at, &typed)?;
            let leg = at.leg.unwrap_or_default();
            let asked = Asked { app: &held, whistle: &whistle, leg, typed: &typed, photos: taken.len() };
            let act = plan(&asked)?;
            held.whistles.permits(whistle.kind, &act, actor.post)?;
            do_it(&held, &tx, whistle, &doer, act, now, &taken, &form).await?;
            Ok(if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() })
        });
        match done.await {
            // Somebody else acted at the same moment: their leg is not this one, so this act is looked at again.
            Err(Error::Db(DbError::Stale)) => {}
            other => return other,
        }
    }
    Err(Error::Db(DbError::Stale))
}

/// A leg of another department does not exist for a department; a leg or whistle that has moved on is looked at again first.
fn is_up_to_date(whistle: &Whistle, doer: &Doer, at: &At, typed: &Typed) -> Result<(), Error> {
    let revision = match at.leg {
        None => whistle.turn,
        Some(leg) => {
            let leg = whistle.leg(leg).ok_or(Error::NotFound)?;
            if matches!(doer.side, Side::Department | Side::Crew) && !doer.departments.contains(&leg.department) {
                return Err(Error::NotFound);
            }
            leg.revision
        }
    };
    match typed.number("revision") {
        Some(seen) if seen != revision => Err(Refusal::new("whistles-refusal-moved-on").into()),
        _ => Ok(()),
    }
}

/// Does an act and what follows from it, keeps it, and tells whoever must know, within a transaction.
///
/// # Errors
/// A refusal of the rules; [`DbError::Stale`] when somebody was faster; when the database fails.
#[expect(
    clippy::too_many_arguments,
    reason = "one act: who does what to which whistle, when, and with which photographs"
)]
pub async fn do_it(
    app: &App,
    tx: &Tx,
    whistle: Whistle,
    doer: &Doer,
    act: WhistleAct,
    now: Moment,
    taken: &[TakenIn],
    form: &str,
) -> Result<Whistle, Error> {
    let (before, purpose) = (whistle.clone(), purpose(&act));
    let started = |whistle: &Whistle, act: &WhistleAct| {
        clocks::started(whistle, act, now, &app.whistles, &app.calendar, &app.conventions)
    };
    let rating_closes = now.plus(app.whistles.rating_days * 86_400_000);
    let (after, facts) = carry_out(whistle, doer, act, now, rating_closes, &started)?;
    let mut begun = facts.iter().filter_map(|fact| fact.clocks.as_ref()).flat_map(|clocks| &clocks.0);
    if let Some((clock, _)) = begun.find(|(_, clock)| clock.due.is_none()) {
        let (number, clock) = (after.number.as_str(), clock.word());
        tracing::warn!(
            number,
            clock,
            "a clock of a whistle begins without an end: the calendar of that year is missing"
        );
    }
    store::save(tx, &after, before.revision).await?;
    if let Some(case) = after.case {
        hold(app, tx, case, before.stage, &after, now).await?;
    }
    let belongs =
        Belongs { subject: store::SUBJECT, subject_id: after.id, purpose, is_public: false, author: doer.account };
    if after.enforcement != before.enforcement {
        enforcing::keep(app, tx, &after, doer, now).await?;
    }
    let kept = files::store::record_all(tx, taken, belongs, now).await?;
    for (position, fact) in facts.iter().enumerate() {
        let (photos, form) = if position == 0 { (kept.as_slice(), form) } else { (&[][..], "") };
        store::record(tx, fact, photos, form).await?;
    }
    telling::tell(tx, app, &after, &facts, now).await?;
    Ok(after)
}

/// A case stays open while a whistle about it is blown, and none is blown about a case that is over.
async fn hold(app: &App, tx: &Tx, case: Id, before: Stage, after: &Whistle, now: Moment) -> Result<(), Error> {
    match (before, after.stage) {
        (Stage::Blown, Stage::Blown) => Ok(()),
        (_, Stage::Blown | Stage::AwaitingApproval) => {
            if cases::store::load(tx, case, &cases::store::Scope::All).await?.case.stage.is_over() {
                return Err(Refusal::new("whistles-refusal-case-over").into());
            }
            match after.stage {
                Stage::Blown => cases::carrying::hold(app, tx, case, after.id, &after.number, now).await,
                _ => Ok(()),
            }
        }
        (_, Stage::Ended | Stage::Withdrawn) => cases::carrying::unhold(app, tx, case, after.id, now).await,
        (_, Stage::Drafted) => Ok(()),
    }
}

const fn purpose(act: &WhistleAct) -> &'static str {
    match act {
        WhistleAct::Arrive { .. } => "check",
        WhistleAct::ReportWork { .. } | WhistleAct::FeedBack { .. } => "after",
        _ => "other",
    }
}

/// Where the form wants to go, if that is a place of ours.
fn onward(typed: &Typed, whistle: Id) -> String {
    let next = typed.text("next");
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) {
        next.to_owned()
    } else {
        format!("/whistles/{whistle}")
    }
}
