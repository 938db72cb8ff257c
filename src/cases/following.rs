//! News travels down by the timeline: this reader opens a case for every report that came in, and opens a case again when
//! its citizen asks. It reads each fact at least once, and reading one twice changes nothing.

use super::carrying::{self, Said};
use super::case::{Case, CaseAct, Doer, Place, Side, Source};
use super::reading;
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::reports;
use crate::reports::report::Report;
use crate::timeline;
use crate::timeline::reading::{FAR_BACK, LookBack, Reader};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The name under which the reader keeps how far it has read.
const READER: &str = "reports";
/// How many facts are worked on in one transaction, so that nobody waits long for the writer.
const BATCH: usize = 50;
/// How long the reader sleeps when nobody wakes it.
const SLEEP: Duration = Duration::from_secs(2);

/// Reads for as long as the program runs, woken by news of reports.
pub async fn follow(app: App) {
    let mut news = app.news.subscribe();
    let (mut reader, mut look) = (Reader::default(), LookBack::of_facts(&app).from_an_hour_back());
    loop {
        let began = Instant::now();
        let reach = look.reach(began, reader.read);
        match read_on(&app, &mut reader, reach).await {
            Ok(_) => look.done(began, reach),
            Err(error) => tracing::error!(%error, "the news of reports could not be followed"),
        }
        // News, a missed piece of news or the time: in each case the log is read again.
        drop(tokio::time::timeout(SLEEP, news.recv()).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads what is new, and answers how many cases changed.
///
/// # Errors
/// When the database fails.
pub async fn follow_once(app: &App) -> Result<usize, Error> {
    read_on(app, &mut Reader::default(), FAR_BACK).await
}

/// Reads on from where the reader stopped, less `back`.
async fn read_on(app: &App, reader: &mut Reader, back: i64) -> Result<usize, Error> {
    let read = match reader.read {
        Some(read) => read,
        None => app.db.read(|tx| async move { Ok::<_, Error>(store::reading(&tx, READER).await?) }).await?,
    };
    reader.forget(read);
    let (mut after, mut changed) = (read - back, 0);
    loop {
        // What stands between the last of these and the log's end needs no second look either.
        let news = app.db.read(move |tx| async move {
            let end = timeline::store::end(&tx).await?;
            Ok::<_, Error>((store::news_of_reports(&tx, after).await?, end))
        });
        let (facts, end) = news.await?;
        let Some((last, ..)) = facts.last() else {
            reader.read = Some(read.max(after).max(end));
            reading::keep(app, READER, reader).await?;
            return Ok(changed);
        };
        after = *last;
        let new: Vec<_> = facts.into_iter().filter(|(fact, ..)| !reader.worked.contains(fact)).collect();
        for batch in new.chunks(BATCH) {
            let opening = Opening::of(app, batch).await?;
            let mut tries = 0;
            let (cases, unused) = loop {
                let (held, facts, opening) = (app.clone(), batch.to_vec(), opening.clone());
                match app.db.write(move |tx| async move { work_on(&held, &tx, &facts, opening).await }).await {
                    // Another reader was at the same cases at the same moment: looked at again, they are done.
                    Err(Error::Db(DbError::NotUnique(_))) if tries < 5 => tries += 1,
                    // After trouble nobody knows which numbers stand somewhere: they are given to no other case.
                    worked => break worked?,
                }
            };
            app.serials.give_back(&opening.count, unused);
            reader.worked.extend(batch.iter().map(|(fact, ..)| *fact));
            changed += cases.len();
            for case in cases {
                app.tell("case", case);
            }
        }
    }
}

/// What cases of one batch are opened with.
#[derive(Clone)]
struct Opening {
    /// When.
    at: Moment,
    /// The count that their numbers come from.
    count: String,
    /// Numbers that were taken before; the count is asked for what is missing.
    numbers: VecDeque<i64>,
}

impl Opening {
    /// Takes numbers for the reports among these that have no case: in a transaction of its own, so that whoever else takes one waits
    /// for nobody's cases. A program that is alone with its file asks the count itself, which costs it nothing.
    async fn of(app: &App, facts: &[store::NewsOfReport]) -> Result<Opening, Error> {
        let at = app.clock.now();
        let count = app.numbers.count(&at.zoned(&app.city.zone()));
        let is_new = |(_, _, kind, ..): &&store::NewsOfReport| kind == "submitted";
        let new: Vec<Id> = facts.iter().filter(is_new).map(|(_, report, ..)| *report).collect();
        if !app.db.is_postgres() || new.is_empty() {
            return Ok(Opening { at, count, numbers: VecDeque::new() });
        }
        let caseless = app.db.read(move |tx| async move { store::caseless(&tx, &new).await }).await?;
        let numbers = match caseless {
            0 => VecDeque::new(),
            caseless => app.serials.take(&app.db, &count, caseless, at).await?.into(),
        };
        Ok(Opening { at, count, numbers })
    }
}

/// Does what the facts ask for, unless it was done before, and answers the cases that changed and the numbers that are left.
async fn work_on(
    app: &App,
    tx: &Tx,
    facts: &[store::NewsOfReport],
    mut opening: Opening,
) -> Result<(Vec<Id>, VecDeque<i64>), Error> {
    let mut changed = Vec::new();
    for (_, report, kind, at, author) in facts {
        let known = store::case_of(tx, *report).await?;
        match (kind.as_str(), known) {
            ("submitted", None) => changed.extend(open(app, tx, *report, *author, &mut opening).await?),
            ("reopen_asked", Some(case)) => changed.extend(reopen(app, tx, case, *at).await?),
            _ => {}
        }
    }
    if let Some((last, ..)) = facts.last()
        && *last > store::reading(tx, READER).await?
    {
        store::read_until(tx, READER, *last).await?;
    }
    Ok((changed, opening.numbers))
}

/// Opens a case for a report.
async fn open(app: &App, tx: &Tx, report: Id, author: Option<Id>, opening: &mut Opening) -> Result<Option<Id>, Error> {
    let Some(report) = reports::store::load(tx, report).await? else { return Ok(None) };
    let (id, now) = (id::fresh(), opening.at);
    // The report's own row holds back whoever else follows the same news: one of them opens its case.
    if !store::attach_first(tx, id, report.id, now).await? {
        return Ok(None);
    }
    let serial = match opening.numbers.pop_front() {
        Some(serial) => serial,
        None => timeline::store::next_serial(tx, &opening.count).await?,
    };
    let number = app.numbers.write(&now.zoned(&app.city.zone()), serial);
    let place = Place {
        lon: report.place.lon,
        lat: report.place.lat,
        coordinates: report.place.system.clone(),
        cell: report.place.cell.clone(),
        street: report.place.street.clone(),
        community: report.place.community.clone(),
        address: report.place.address.clone(),
    };
    let source = Source::read(report.source.word()).unwrap_or(Source::Citizen);
    let title = title(&report.category.name, &report.words, &number);
    let is_urgent = is_urgent(app, &report, now) || is_called_urgent(tx, &report).await?;
    let mut case = Case::open(id, number, title, place, source, is_urgent, now);
    case.code_set = report.category.code_set;
    case.kind = report.category.kind;
    case.code = report.category.code;
    case.opened_by = author;
    let citizen = Doer { account: None, side: Side::Citizen, department: None };
    let case = carrying::open(app, tx, case, citizen, Some(report.id)).await?;
    Ok(Some(case.id))
}

/// Whether a report may not wait until the desk has read it: the city or the catalog calls its category urgent, or its words
/// say so, whatever category was chosen in a hurry.
fn is_urgent(app: &App, report: &Report, now: Moment) -> bool {
    let (settings, on) = (&app.case_settings, app.calendar.date_of(now));
    let key = app.catalog.key_of(&format!("{}-{}", report.category.kind, report.category.code));
    key.is_some_and(|key| settings.urgent.contains(&key.word()) || app.catalog.is_urgent(&key, on))
        || settings.urgent_words.iter().any(|word| report.words.contains(word.as_str()))
}

/// Whether the hotline that handed it over calls it urgent.
async fn is_called_urgent(tx: &Tx, report: &Report) -> Result<bool, DbError> {
    if report.source != reports::report::Source::Hotline {
        return Ok(false);
    }
    let told = reports::store::details(tx, &[report.id]).await?;
    Ok(told.iter().any(|(_, detail)| detail.code == reports::store::URGENT))
}

/// What the desk calls it until somebody knows better: the category, or the first words, or the number.
fn title(category: &str, words: &str, number: &str) -> String {
    let first: String = words.lines().next().unwrap_or_default().chars().take(24).collect();
    [category, first.trim(), number].into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}

/// Opens a case again when its citizen asked after it ended.
async fn reopen(app: &App, tx: &Tx, case: Id, asked: Moment) -> Result<Option<Id>, Error> {
    let found = store::load(tx, case, &Scope::All).await?;
    if found.case.closed_at.is_none_or(|closed| closed > asked) {
        return Ok(None);
    }
    let citizen = Doer { account: None, side: Side::Citizen, department: None };
    match carrying::carry_out(app, tx, found.case, citizen, CaseAct::ReopenCase, app.clock.now(), Said::default()).await
    {
        Ok(case) => Ok(Some(case.id)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
