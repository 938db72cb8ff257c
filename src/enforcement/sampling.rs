//! Taking samples (抽样取证, 行政处罚法 art. 56): what is taken is listed piece by piece, the record is signed by the party or by a
//! witness, what a test finds is told to the party, and what is left goes back. Whether the head approves it before is the city's
//! setting; the Act does not ask for it. Pure.

use super::case::{Case, Evidence, EvidenceKind, Law};
use super::measures::{Measure, take_up};
use super::refusal::Why;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The largest number of one item.
const MOST: u32 = 1_000_000;

/// One line of the list of samples (样品清单).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// Its specification (规格、型号); may be empty.
    pub spec: String,
    /// How many, from 1.
    pub quantity: u32,
    /// Of what: 袋, 瓶; may be empty.
    pub unit: String,
    /// In which state it was.
    pub state: String,
    /// Of which lot (批号); may be empty.
    pub lot: String,
}

/// Reads a list as it is written: a line for each item, its parts parted by a stroke: name, specification, quantity, state, lot.
///
/// # Errors
/// `enforcement-refusal-sample-unclear` on a line without name, quantity or state, and for a list without lines.
pub fn items(text: &str) -> Result<Vec<Item>, Refusal> {
    let unclear = |line: &str| Why::SampleUnclear.refuse().with("what", line).on("items");
    let one = |line: &str| -> Result<Item, Refusal> {
        let mut parts = line.split(['|', '｜', '\t']).map(|part| part.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        let (name, spec, many, state, lot) = (next(), next(), next(), next(), next());
        let figures: String = many.chars().take_while(char::is_ascii_digit).collect();
        let unit = many.get(figures.len()..).unwrap_or_default().trim().to_owned();
        let quantity = figures.parse().ok().filter(|quantity| (1..=MOST).contains(quantity));
        let quantity = quantity.filter(|_| !name.is_empty() && !state.is_empty()).ok_or_else(|| unclear(line))?;
        Ok(Item { name, spec, quantity, unit, state, lot })
    };
    let found: Vec<Item> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(one).collect::<Result<_, _>>()?;
    if found.is_empty() { Err(unclear("")) } else { Ok(found) }
}

enum_of_words! {
    /// What became of a sample.
    SampleEnd {
        /// 退还.
        Returned = "returned",
        /// 检验耗损.
        UsedUp = "used-up",
    }
}

/// What a test found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TestResult {
    /// The day of the report.
    pub on: Date,
    /// What it says.
    pub words: String,
    /// When the party has it.
    pub told_at: Moment,
}

/// Samples that were taken at one time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// Its number within the case, from 1.
    pub number: u32,
    /// When.
    pub at: Moment,
    /// What.
    pub items: Vec<Item>,
    /// By which method.
    pub manner: String,
    /// Who of the heads approved it; none where nobody is asked.
    pub approved_by: Option<Id>,
    /// What the test found, once the party was told; none until then.
    pub result: Option<TestResult>,
    /// What became of it; none while it is held.
    pub end: Option<SampleEnd>,
}

/// How samples were taken on the spot (行政处罚法 arts. 42, 55).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Taking {
    /// Whether the credentials were shown.
    pub card_shown: bool,
    /// Whether the party signed the record.
    pub is_signed: bool,
    /// Who witnessed it where the party did not sign; empty where it did.
    pub witness: String,
}

/// Samples are taken, as the head approved where the city asks for it, and are evidence from then on.
pub(super) fn take(
    case: &mut Case,
    request: u32,
    (text, manner): (&str, &str),
    taking: &Taking,
    at: Moment,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    Why::CardNotShown.unless(taking.card_shown).map_err(|refusal| refusal.on("card_shown"))?;
    let is_signed = taking.is_signed || !taking.witness.trim().is_empty();
    Why::SampleUnsigned.unless(is_signed).map_err(|refusal| refusal.on("is_signed"))?;
    Why::WordsMissing.unless(!manner.trim().is_empty()).map_err(|refusal| refusal.on("manner"))?;
    let items = items(text)?;
    let approved_by = match request {
        0 => Why::SamplingUnapproved.unless(!law.organ.sampling_approval).map(|()| None)?,
        number => take_up(case, number, Measure::Sample, Why::SamplingUnapproved)?.answer.and_then(|answer| answer.by),
    };
    let number = u32::try_from(case.samples.len()).unwrap_or(u32::MAX).saturating_add(1);
    let manner = manner.to_owned();
    case.samples.push(Sample { number, at, items, manner, approved_by, result: None, end: None });
    case.evidence.push(evidence(EvidenceKind::Thing, text));
    Ok(())
}

/// A sample that is still held.
fn held(case: &mut Case, number: u32) -> Result<&mut Sample, Refusal> {
    let found = case.samples.iter_mut().find(|one| one.number == number && one.end.is_none());
    found.ok_or_else(|| Why::NoSuchThing.refuse())
}

/// The party was told what the test found, once for each sample; it is evidence from then on.
pub(super) fn tell(case: &mut Case, number: u32, on: Date, words: &str, told_at: Moment) -> Result<(), Refusal> {
    let sample = held(case, number)?;
    Why::NoSuchThing.unless(sample.result.is_none())?;
    sample.result = Some(TestResult { on, words: words.to_owned(), told_at });
    case.evidence.push(evidence(EvidenceKind::Expert, words));
    Ok(())
}

/// What is left of a sample goes back, or nothing is left. What was used up was tested, and its result told.
pub(super) fn settle(case: &mut Case, number: u32, end: SampleEnd) -> Result<(), Refusal> {
    let sample = held(case, number)?;
    Why::SampleUntold.unless(end == SampleEnd::Returned || sample.result.is_some())?;
    sample.end = Some(end);
    Ok(())
}

/// No sample waits for what its test finds: facts rest on evidence that the party knows.
pub(super) fn none_waits(case: &Case) -> Result<(), Refusal> {
    Why::SampleUntold.unless(case.samples.iter().all(|one| one.result.is_some() || one.end.is_some()))
}

/// Nothing is held any more.
pub(super) fn none_is_held(case: &Case) -> Result<(), Refusal> {
    Why::SampleHeld.unless(case.samples.iter().all(|one| one.end.is_some()))
}

fn evidence(kind: EvidenceKind, words: &str) -> Evidence {
    Evidence { kind, words: words.to_owned(), is_lawful: true, is_monitoring: false, is_reviewed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_line_by_line() {
        let read = items("散装木炭｜机制炭｜2袋｜每袋1千克，已封存｜0301\n\n 木炭|  |1| 散装 ").expect("a list");
        let item = |name: &str, spec: &str, quantity, unit: &str, state: &str, lot: &str| Item {
            name: name.to_owned(),
            spec: spec.to_owned(),
            quantity,
            unit: unit.to_owned(),
            state: state.to_owned(),
            lot: lot.to_owned(),
        };
        assert_eq!(
            read,
            [item("散装木炭", "机制炭", 2, "袋", "每袋1千克，已封存", "0301"), item("木炭", "", 1, "", "散装", "")]
        );
        for wrong in [
            "",
            " \n",
            "木炭",
            "木炭｜｜二袋｜散装",
            "｜｜2袋｜散装",
            "木炭｜｜0袋｜散装",
            "木炭｜｜2袋｜",
            "木炭｜｜9999999袋｜散装",
        ] {
            assert_eq!(items(wrong).expect_err("unclear").key, Why::SampleUnclear.key(), "{wrong}");
        }
    }
}
