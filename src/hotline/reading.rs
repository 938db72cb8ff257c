//! A file of work orders, read and compared with what is known of its source.

use super::order::{Field, Order, has_what_is_needed, understand, unknown};
use super::source::Source;
use super::store::{self, Known};
use crate::app::App;
use crate::imports::import::{MOST_LINES, Note};
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::tables::{Rows, Told};
use crate::kit::words::begun;
use crate::law::due::due;
use crate::reports::place;
use crate::reports::report::{Place, Said};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Cursor;

/// The shelf of the blob store on which the files lie; it is not swept.
pub const SHELF: &str = crate::files::blobs::IMPORTS;
/// How many rows are shown as they will be understood.
const SAMPLE: usize = 10;
/// The most words that are offered for assignment at once.
pub const MOST_WORDS: usize = 40;

/// What came, or would come, of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// The headings of its columns.
    pub head: Vec<String>,
    /// Which of them holds what.
    pub places: BTreeMap<Field, usize>,
    /// Orders that can be used.
    pub good: u64,
    /// Orders that were not known before.
    pub begun: u64,
    /// Orders that are known and say something else now.
    pub changed: u64,
    /// Orders that are as before.
    pub unchanged: u64,
    /// Rows that cannot be used.
    pub refused: u64,
    /// Good orders that lie outside of the city.
    pub outside: u64,
    /// What cannot be used, and why.
    pub refusals: Vec<Note>,
    /// What is odd and does no harm.
    pub odd: Vec<Note>,
    /// The first orders as they will be understood.
    pub sample: Vec<Shown>,
    /// The hotline's words for kinds of problems that are assigned to nothing yet, with how many rows have each.
    pub categories: Vec<(String, u64)>,
    /// Its words for departments.
    pub departments: Vec<(String, u64)>,
}

/// An order as the preview shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// Its row.
    pub row: u64,
    /// The hotline's number.
    pub number: String,
    /// Title and beginning of the content.
    pub words: String,
    /// Its word for the kind of problem.
    pub category: String,
    /// Our sub-class for it; empty without.
    pub sub_class: String,
    /// Where.
    pub address: String,
    /// In which area of the city; empty when nobody knows.
    pub area: String,
    /// Whether the caller wishes to stay unnamed.
    pub is_secret: bool,
    /// Whether it is urgent.
    pub is_urgent: bool,
    /// When the hotline received it.
    pub received_at: Option<i64>,
    /// By when it wants an answer.
    pub answer_by: Option<i64>,
    /// `new`, `changed` or `same`.
    pub state: String,
}

/// What is to be done with an order.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It becomes a report.
    New,
    /// The report is told what changed.
    Changed(Known),
    /// Nothing.
    Same,
}

/// An order with its row, its place and what is to be done.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its row.
    pub row: u64,
    /// The order.
    pub order: Order,
    /// Where it lies.
    pub place: Place,
    /// All its columns, by their headings, for the answer.
    pub cells: Vec<(String, String)>,
    /// What is to be done.
    pub what: What,
}

/// A row that can be used: its order, its place and all its columns.
type Read = (u64, Order, Place, Vec<(String, String)>);

fn note(row: u64, refusal: &Refusal) -> Note {
    Note::of(&row.to_string(), refusal)
}

/// Reads a file and says of each row what is to be done.
///
/// # Errors
/// A refusal of the file as a whole, on `file`; when the database fails.
pub async fn read(app: &App, source: &Source, bytes: Bytes) -> Result<(Found, Vec<Judged>), Error> {
    let on_file = |error: Error| match error {
        Error::Refused(refusal) => Error::Refused(refusal.on("file")),
        other => other,
    };
    let (settings, zone) = (&app.hotline, app.city.zone());
    let mut rows = Rows::of(Cursor::new(bytes));
    let head = match rows.next().await.map_err(on_file)? {
        Some(Told::Head(head)) => head,
        _ => return Err(Refusal::new("table-empty").on("file").into()),
    };
    let places = source.mapping.places(&head, settings);
    let mut found = Found { head: head.clone(), places: places.clone(), ..Found::default() };
    if has_what_is_needed(&places).is_err() {
        // The columns can be assigned by hand: that is no fault of the file.
        return Ok((found, Vec::new()));
    }
    let reckon = |from: Moment, limit| due(from, limit, &app.calendar, &app.conventions, &[]).map(|due| due.at);
    let system = match source.mapping.coordinates.as_str() {
        "" => crate::grid::taking::Rules::of_city(&app.city.rest, None).map(|rules| rules.system).unwrap_or_default(),
        named => named.parse().unwrap_or_default(),
    };
    let mut orders: Vec<Read> = Vec::new();
    let (mut numbers, mut count) = (HashSet::new(), 0_usize);
    while let Some(told) = rows.next().await.map_err(on_file)? {
        let Told::Row(row) = told else { continue };
        count += 1;
        if count > settings.most_rows {
            return Err(Refusal::new("hotline-file-long").with("most", settings.most_rows).on("file").into());
        }
        let read = row.cells.and_then(|cells| {
            let (order, odd) = understand(&cells, &places, settings, &zone, &reckon)?;
            if !numbers.insert(order.number.clone()) {
                return Err(Refusal::new("hotline-row-number-twice").with("number", &order.number));
            }
            let own = head.iter().cloned().zip(cells).filter(|(name, _)| !name.is_empty()).collect();
            Ok((order, odd, own))
        });
        match read {
            Err(refusal) => {
                found.refused += 1;
                if found.refusals.len() < MOST_LINES {
                    found.refusals.push(note(row.row, &refusal));
                }
            }
            Ok((order, mut odd, own)) => {
                let said = Said {
                    point: order.point,
                    system: system.as_str().to_owned(),
                    address: order.address.clone(),
                    cell: String::new(),
                };
                let place = place::locate(app, &said).unwrap_or_else(|refusal| {
                    found.outside += 1;
                    odd.push(refusal);
                    place::unlocated(&said)
                });
                let room = MOST_LINES.saturating_sub(found.odd.len());
                found.odd.extend(odd.iter().take(room).map(|one| note(row.row, one)));
                orders.push((row.row, order, place, own));
            }
        }
    }
    let (id, all): (_, Vec<String>) = (source.id, orders.iter().map(|(_, order, ..)| order.number.clone()).collect());
    let known = app.db.read(move |tx| async move { Ok::<_, Error>(store::known(&tx, id, &all).await?) }).await?;
    let judged = judge(orders, known);
    sum_up(app, source, &judged, &mut found);
    Ok((found, judged))
}

fn judge(orders: Vec<Read>, mut known: HashMap<String, Known>) -> Vec<Judged> {
    let one = |(row, order, place, cells): Read| {
        let what = match known.remove(&order.number) {
            None => What::New,
            Some(before) if before.is_gone || order.differs(&before.said).is_empty() => What::Same,
            Some(before) => What::Changed(before),
        };
        Judged { row, order, place, cells, what }
    };
    orders.into_iter().map(one).collect()
}

fn sum_up(app: &App, source: &Source, judged: &[Judged], found: &mut Found) {
    found.good = judged.len() as u64;
    for one in judged {
        match one.what {
            What::New => found.begun += 1,
            What::Changed(_) => found.changed += 1,
            What::Same => found.unchanged += 1,
        }
    }
    let choices = crate::reports::everyday::names(app, "zh-Hans");
    // What is new or changed is what somebody has to look at.
    let mut first: Vec<&Judged> = judged.iter().filter(|one| one.what != What::Same).take(SAMPLE).collect();
    first.extend(judged.iter().filter(|one| one.what == What::Same).take(SAMPLE - first.len()));
    found.sample = first
        .into_iter()
        .map(|Judged { row, order, place, what, .. }| {
            let value = known_category(app, source, &order.category);
            let name = choices.iter().find(|choice| Some(choice.value.as_str()) == value.as_deref());
            Shown {
                row: *row,
                number: order.number.clone(),
                words: begun(&order.words(), 80),
                category: order.category.clone(),
                sub_class: name.map(|choice| choice.label.clone()).unwrap_or_default(),
                address: order.address.clone(),
                area: place.area.clone(),
                is_secret: order.is_secret,
                is_urgent: order.is_urgent,
                received_at: order.received_at.map(|at| at.0),
                answer_by: order.answer_by.map(|at| at.0),
                state: match what {
                    What::New => "new",
                    What::Changed(_) => "changed",
                    What::Same => "same",
                }
                .to_owned(),
            }
        })
        .collect();
    let most = |words: BTreeMap<String, u64>| {
        let mut words: Vec<(String, u64)> = words.into_iter().collect();
        words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        words.truncate(MOST_WORDS);
        words
    };
    let [categories, departments] = unknown(judged.iter().map(|one| &one.order), &source.mapping);
    // A word that is our own name for a sub-class needs nobody to say so.
    let is_named = |word: &String| known_category(app, source, word).is_some();
    found.categories = most(categories.into_iter().filter(|(word, _)| !is_named(word)).collect());
    found.departments = most(departments);
}

/// Our sub-class for a word: as somebody has assigned it, or when it is our own name for one.
pub fn known_category(app: &App, source: &Source, word: &str) -> Option<String> {
    if word.is_empty() {
        return None;
    }
    if source.mapping.categories.contains_key(word) {
        return source.mapping.category(word).map(str::to_owned);
    }
    let choices = crate::reports::everyday::names(app, "zh-Hans");
    choices.into_iter().find(|choice| choice.label == word).map(|choice| choice.value)
}
