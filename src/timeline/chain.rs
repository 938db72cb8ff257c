//! The chain over the log: facts, in the order in which they were placed, are sealed in blocks. A block holds a sum over its facts, and a
//! hash over itself with the hash of the block before it, so that whoever knows one hash can tell whether anything before it was
//! altered.
//!
//! What is hashed is a row of parts, each written as its length in bytes, a colon, its bytes and a comma (a netstring); numbers are
//! written in decimal digits, what is absent as no bytes. A fact is eleven parts: `fact`, its place, its identifier, its subject, the subject's
//! identifier, its kind, whether it is public (`0`, `1`), its author, its moment in milliseconds, its body, a `.`; a place whose fact is gone is
//! three: `gone`, the place, the identifier that was placed. The facts of a block in their order give its sum. The block itself is ten parts:
//! [`FORM`], the algorithm, its number, its first place, its last, how many facts it holds, when it was sealed, the sum, the hash of the
//! block before, a `.`. Sums and hashes are lower-case hexadecimal.

use crate::kit::clock::Moment;
use crate::kit::id::{Id, hexadecimal};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use std::fmt;
use toml::{Table, Value};

/// The form of what is hashed.
pub const FORM: &str = "city-steward/facts/1";
/// The most facts of a block.
pub const MOST: i64 = 1000;
/// A block that is not full is sealed when the one before it is so many milliseconds old.
pub const WAIT: i64 = 60_000;
/// What stands for the block before the first.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// By what sums and hashes are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    #[default]
    Sha256,
    /// SM3 (GB/T 32905-2016), for cities whose cryptography is assessed.
    Sm3,
}

impl Algorithm {
    /// Its word in the row and in `city.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sm3 => "sm3",
        }
    }

    /// The algorithm of a word.
    pub fn parse(word: &str) -> Option<Algorithm> {
        [Algorithm::Sha256, Algorithm::Sm3].into_iter().find(|algorithm| algorithm.word() == word)
    }

    /// Reads `[chain] algorithm` of a `city.toml`; absent, SHA-256. A chain goes on when it is changed: each block names its own.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Algorithm, String> {
        let section = match city.get("chain") {
            None => return Ok(Algorithm::default()),
            Some(Value::Table(section)) => section,
            Some(_) => return Err("chain: must be a section, [chain]".into()),
        };
        if let Some(key) = section.keys().find(|key| *key != "algorithm") {
            return Err(format!("chain.{key} is not known"));
        }
        let Some(word) = section.get("algorithm") else { return Ok(Algorithm::default()) };
        let found = word.as_str().and_then(Algorithm::parse);
        found.ok_or_else(|| "chain.algorithm must be \"sha256\" or \"sm3\"".into())
    }
}

/// A sum in the making.
enum Hashing {
    Sha256(Sha256),
    Sm3(Sm3),
}

impl Hashing {
    fn by(algorithm: Algorithm) -> Hashing {
        match algorithm {
            Algorithm::Sha256 => Hashing::Sha256(Sha256::new()),
            Algorithm::Sm3 => Hashing::Sm3(Sm3::new()),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self {
            Hashing::Sha256(sum) => sum.update(bytes),
            Hashing::Sm3(sum) => sum.update(bytes),
        }
    }

    fn parts(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.bytes(format!("{}:", part.len()).as_bytes());
            self.bytes(part);
            self.bytes(b",");
        }
    }

    fn shown(self) -> String {
        match self {
            Hashing::Sha256(sum) => hexadecimal(&sum.finalize()),
            Hashing::Sm3(sum) => hexadecimal(&sum.finalize()),
        }
    }
}

/// A fact as it stands in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub subject: String,
    /// Which one.
    pub subject_id: Id,
    /// A past participle.
    pub kind: String,
    /// 1 when citizens may read it.
    pub is_public: i64,
    /// The account that did it.
    pub author: Option<Id>,
    /// When.
    pub at: Moment,
    /// What else is known, as the text that is kept.
    pub body: String,
}

/// A place in the order of facts, and the fact that stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The place, from 1.
    pub seq: i64,
    /// The fact that was placed there.
    pub fact: Id,
    /// Its row; none when it is gone.
    pub row: Option<Row>,
}

/// The sum over facts in the making.
pub struct Sum(Hashing);

impl Sum {
    /// Over nothing yet.
    pub fn by(algorithm: Algorithm) -> Sum {
        Sum(Hashing::by(algorithm))
    }

    /// Adds what stands at the next place.
    pub fn add(&mut self, entry: &Entry) {
        let (seq, fact) = (entry.seq.to_string(), entry.fact.to_string());
        let Some(row) = &entry.row else { return self.0.parts(&[b"gone", seq.as_bytes(), fact.as_bytes()]) };
        self.0.parts(&[
            b"fact",
            seq.as_bytes(),
            fact.as_bytes(),
            row.subject.as_bytes(),
            row.subject_id.to_string().as_bytes(),
            row.kind.as_bytes(),
            row.is_public.to_string().as_bytes(),
            row.author.map(|author| author.to_string()).unwrap_or_default().as_bytes(),
            row.at.0.to_string().as_bytes(),
            row.body.as_bytes(),
            b".",
        ]);
    }

    /// In hexadecimal.
    pub fn shown(self) -> String {
        self.0.shown()
    }
}

/// A sealed stretch of the order of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// The first place that it holds: behind the last of the block before.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// How many facts stood there.
    pub count: i64,
    /// By what it was made.
    pub algorithm: Algorithm,
    /// The sum over its facts.
    pub sum: String,
    /// The hash of the block before.
    pub previous: String,
    /// Over all of that, and the moment.
    pub hash: String,
    /// When it was sealed.
    pub sealed_at: Moment,
}

impl Block {
    /// The hash that a block with this in it has.
    pub fn hashed(&self) -> String {
        let mut hashing = Hashing::by(self.algorithm);
        hashing.parts(&[
            FORM.as_bytes(),
            self.algorithm.word().as_bytes(),
            self.number.to_string().as_bytes(),
            self.first.to_string().as_bytes(),
            self.last.to_string().as_bytes(),
            self.count.to_string().as_bytes(),
            self.sealed_at.0.to_string().as_bytes(),
            self.sum.as_bytes(),
            self.previous.as_bytes(),
            b".",
        ]);
        hashing.shown()
    }
}

/// The places that the next block may hold, when facts were placed up to `end`; none when all are sealed.
pub fn next(head: Option<&Block>, end: i64) -> Option<(i64, i64)> {
    let first = head.map_or(1, |head| head.last.saturating_add(1));
    (first <= end).then(|| (first, end.min(first.saturating_add(MOST - 1))))
}

/// The same when that block is due: full, or a minute after the one before it. A clock that was set back counts as late.
pub fn due(head: Option<&Block>, end: i64, now: Moment) -> Option<(i64, i64)> {
    let (first, last) = next(head, end)?;
    let is_late = head.is_none_or(|head| now.0.abs_diff(head.sealed_at.0) >= WAIT.unsigned_abs());
    (is_late || last - first + 1 == MOST).then_some((first, last))
}

/// The block over these entries, which are all that stand at the places from the first to the last.
pub fn seal(
    head: Option<&Block>,
    (first, last): (i64, i64),
    entries: &[Entry],
    algorithm: Algorithm,
    now: Moment,
) -> Block {
    let mut sum = Sum::by(algorithm);
    entries.iter().for_each(|entry| sum.add(entry));
    let count = entries.iter().filter(|entry| entry.row.is_some()).count();
    let mut block = Block {
        number: head.map_or(1, |head| head.number.saturating_add(1)),
        first,
        last,
        count: i64::try_from(count).unwrap_or(i64::MAX),
        algorithm,
        sum: sum.shown(),
        previous: head.map_or_else(|| BEGINNING.to_owned(), |head| head.hash.clone()),
        hash: String::new(),
        sealed_at: now,
    };
    block.hash = block.hashed();
    block
}

/// Something that is not as it was sealed, in an operator's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A block is not there.
    BlockGone {
        /// The first number that is missing.
        number: i64,
    },
    /// A block's own row was altered.
    BlockAltered {
        /// Its number.
        number: i64,
    },
    /// A block does not stand on the one before it.
    Unjoined {
        /// Its number.
        number: i64,
    },
    /// Facts of a block were altered.
    FactAltered {
        /// The block.
        number: i64,
        /// Its places.
        places: (i64, i64),
    },
    /// A fact that was sealed is gone.
    FactGone {
        /// The block.
        number: i64,
        /// Its place.
        seq: i64,
        /// The fact, when its place still names it.
        fact: Option<Id>,
    },
    /// A fact was gone already when its place was sealed.
    GoneBefore {
        /// The block.
        number: i64,
        /// Its place.
        seq: i64,
    },
    /// A fact stands in the log that was never placed.
    Stray {
        /// The fact.
        fact: Id,
    },
    /// Fewer places are there than were given.
    OrderCut {
        /// The last place that is there.
        there: i64,
        /// The last that was given.
        given: i64,
    },
    /// No block has the hash that was noted.
    HeadGone {
        /// It.
        noted: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::BlockGone { number } => write!(out, "block {number} of the chain is gone"),
            Fault::BlockAltered { number } => {
                write!(out, "block {number} was altered: its row is not what its own hash was made over")
            }
            Fault::Unjoined { number } => {
                write!(out, "block {number} does not stand on the block before it: one of the two was made anew")
            }
            Fault::FactAltered { number, places: (first, last) } => {
                write!(out, "a fact at one of the places {first} to {last} (block {number}) was altered")
            }
            Fault::FactGone { number, seq, fact: Some(fact) } => {
                write!(out, "the fact {fact} at place {seq} (block {number}) is gone")
            }
            Fault::FactGone { number, seq, fact: None } => {
                write!(out, "place {seq} (block {number}) is gone, and the fact that stood there")
            }
            Fault::GoneBefore { number, seq } => {
                write!(out, "the fact at place {seq} was gone already when block {number} was sealed")
            }
            Fault::Stray { fact } => {
                write!(out, "the fact {fact} stands in no order: it was put into the log behind the program's back")
            }
            Fault::OrderCut { there, given } => {
                write!(
                    out,
                    "the order of facts ends at place {there}, and {given} places were given: its end was cut off"
                )
            }
            Fault::HeadGone { noted } => {
                write!(out, "no block has the noted hash {noted}: the chain was cut off before it, or made anew")
            }
        }
    }
}

/// Walks a chain from its first block to its last, and holds no more than one block of it.
pub struct Walk {
    last: Option<Block>,
    open: Option<Open>,
    /// True when the last block was found altered: what follows from that is not said again.
    is_last_altered: bool,
    noted: Option<String>,
    /// The block that has the noted hash.
    noted_at: Option<i64>,
}

/// The block at hand.
struct Open {
    block: Block,
    /// Over what was seen of it.
    sum: Sum,
    /// The next place.
    next: i64,
    /// How many facts were seen.
    count: i64,
    /// The places without a fact, with the fact that was placed there when that is known.
    gone: Vec<(i64, Option<Id>)>,
}

/// So many places without a fact are named of one block.
const NAMED: usize = 20;

impl Open {
    /// Notes the places up to this one that nothing was seen at.
    fn lacks_before(&mut self, seq: i64) {
        while self.next < seq && self.gone.len() < NAMED {
            self.gone.push((self.next, None));
            self.next += 1;
        }
    }
}

impl Walk {
    /// Before the first block; `noted` is the hash of a block as somebody noted it earlier.
    pub fn new(noted: Option<String>) -> Walk {
        Walk { last: None, open: None, is_last_altered: false, noted, noted_at: None }
    }

    /// The next block, before its entries.
    pub fn begin(&mut self, block: Block) -> Vec<Fault> {
        let mut faults = Vec::new();
        let number = block.number;
        let expected = self.last.as_ref().map_or(1, |last| last.number.saturating_add(1));
        let is_altered = block.hashed() != block.hash;
        if is_altered {
            faults.push(Fault::BlockAltered { number });
        }
        if number != expected {
            faults.push(Fault::BlockGone { number: expected });
        } else if !is_altered && !self.is_last_altered {
            let (previous, first) =
                self.last.as_ref().map_or((BEGINNING, 1), |last| (last.hash.as_str(), last.last.saturating_add(1)));
            if block.previous != previous || block.first != first || block.last < first {
                faults.push(Fault::Unjoined { number });
            }
        }
        if self.noted.as_ref() == Some(&block.hash) {
            self.noted_at = Some(number);
        }
        self.is_last_altered = is_altered;
        let (sum, next) = (Sum::by(block.algorithm), block.first);
        self.open = Some(Open { block, sum, next, count: 0, gone: Vec::new() });
        faults
    }

    /// What stands at the next place of the block at hand.
    pub fn entry(&mut self, entry: &Entry) {
        let Some(open) = &mut self.open else { return };
        open.lacks_before(entry.seq);
        open.next = entry.seq.saturating_add(1);
        match entry.row {
            Some(_) => open.count += 1,
            None if open.gone.len() < NAMED => open.gone.push((entry.seq, Some(entry.fact))),
            None => {}
        }
        open.sum.add(entry);
    }

    /// The block at hand has no more entries.
    pub fn end(&mut self) -> Vec<Fault> {
        let Some(mut open) = self.open.take() else { return Vec::new() };
        open.lacks_before(open.block.last.saturating_add(1));
        let Open { block, sum, count, gone, .. } = open;
        let number = block.number;
        let is_sound = sum.shown() == block.sum && count == block.count;
        let mut faults: Vec<Fault> = gone
            .into_iter()
            .map(|(seq, fact)| match is_sound {
                true => Fault::GoneBefore { number, seq },
                false => Fault::FactGone { number, seq, fact },
            })
            .collect();
        // Of a block whose row was altered nobody knows what its facts were, and that is said already.
        if faults.is_empty() && !is_sound && !self.is_last_altered {
            faults.push(Fault::FactAltered { number, places: (block.first, block.last) });
        }
        self.last = Some(block);
        faults
    }

    /// Behind the last block: `there` is the last place that is there, `given` the last that was given.
    pub fn finish(&self, there: i64, given: i64) -> Vec<Fault> {
        let mut faults = Vec::new();
        if there < given {
            faults.push(Fault::OrderCut { there, given });
        }
        if let (Some(noted), None) = (&self.noted, self.noted_at) {
            faults.push(Fault::HeadGone { noted: noted.clone() });
        }
        faults
    }

    /// The last block that was walked over.
    pub fn head(&self) -> Option<&Block> {
        self.last.as_ref()
    }

    /// The block that has the noted hash.
    pub fn noted_at(&self) -> Option<i64> {
        self.noted_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(body: &str) -> Row {
        Row {
            subject: "case".to_owned(),
            subject_id: 7,
            kind: "dispatched".to_owned(),
            is_public: 1,
            author: Some(9),
            at: Moment(1_773_108_000_000),
            body: body.to_owned(),
        }
    }

    fn entries(count: i64) -> Vec<Entry> {
        (1..=count).map(|seq| Entry { seq, fact: seq * 10, row: Some(row(&format!("{{\"n\":{seq}}}"))) }).collect()
    }

    /// A chain over entries, three to a block.
    fn chain(entries: &[Entry], algorithm: Algorithm) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        for part in entries.chunks(3) {
            let stretch = (part[0].seq, part[part.len() - 1].seq);
            let block = seal(blocks.last(), stretch, part, algorithm, Moment(1000 + stretch.1));
            blocks.push(block);
        }
        blocks
    }

    fn walked(blocks: &[Block], entries: &[Entry], given: i64, noted: Option<&str>) -> Vec<Fault> {
        let mut walk = Walk::new(noted.map(str::to_owned));
        let mut faults = Vec::new();
        for block in blocks {
            faults.extend(walk.begin(block.clone()));
            let inside = entries.iter().filter(|entry| (block.first..=block.last).contains(&entry.seq));
            inside.for_each(|entry| walk.entry(entry));
            faults.extend(walk.end());
        }
        faults.extend(walk.finish(entries.last().map_or(0, |entry| entry.seq), given));
        faults
    }

    #[test]
    fn the_form_is_what_the_documents_say() {
        let entry = Entry { seq: 1, fact: 10, row: Some(Row { author: None, ..row("{\"n\":\"井盖\"}") }) };
        let text = "4:fact,1:1,2:10,4:case,1:7,10:dispatched,1:1,0:,13:1773108000000,14:{\"n\":\"井盖\"},1:.,";
        let mut sum = Sum::by(Algorithm::Sha256);
        sum.add(&entry);
        assert_eq!(sum.shown(), hexadecimal(&Sha256::digest(text)));
        let mut sum = Sum::by(Algorithm::Sm3);
        sum.add(&entry);
        assert_eq!(sum.shown(), hexadecimal(&Sm3::digest(text)));
        let gone = Entry { row: None, ..entry.clone() };
        let mut sum = Sum::by(Algorithm::Sha256);
        sum.add(&gone);
        assert_eq!(sum.shown(), hexadecimal(&Sha256::digest("4:gone,1:1,2:10,")));
        let block = seal(None, (1, 1), &[entry], Algorithm::Sha256, Moment(1_773_108_060_000));
        let text = format!(
            "20:city-steward/facts/1,6:sha256,1:1,1:1,1:1,1:1,13:1773108060000,64:{},64:{BEGINNING},1:.,",
            block.sum
        );
        assert_eq!(block.hash, hexadecimal(&Sha256::digest(text)));
    }

    #[test]
    fn the_algorithms_are_the_published_ones() {
        // FIPS 180-4 and GB/T 32905-2016, each over "abc".
        for (algorithm, expected) in [
            (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Algorithm::Sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ] {
            let mut hashing = Hashing::by(algorithm);
            hashing.bytes(b"abc");
            assert_eq!(hashing.shown(), expected);
            assert_eq!(Algorithm::parse(algorithm.word()), Some(algorithm));
        }
        let read = |text: &str| Algorithm::of_city(&text.parse().unwrap());
        assert_eq!(read(""), Ok(Algorithm::Sha256));
        assert_eq!(read("[chain]\nalgorithm = \"sm3\""), Ok(Algorithm::Sm3));
        for (text, named) in [
            ("chain = 1", "[chain]"),
            ("[chain]\nalgorithm = \"md5\"", "\"sha256\" or \"sm3\""),
            ("[chain]\nhash = \"sm3\"", "chain.hash is not known"),
        ] {
            assert!(read(text).unwrap_err().contains(named), "{text}");
        }
    }

    #[test]
    fn a_block_is_due_when_it_is_full_or_a_minute_late() {
        let head = Block { last: 40, ..seal(None, (1, 3), &entries(3), Algorithm::Sha256, Moment(100_000)) };
        for (head, end, now, expected) in [
            (None, 0, 0, None),
            (None, 1, 0, Some((1, 1))),
            (None, 5000, 0, Some((1, 1000))),
            (Some(&head), 40, 900_000, None),
            (Some(&head), 41, 100_000, None),
            (Some(&head), 41, 159_999, None),
            (Some(&head), 41, 160_000, Some((41, 41))),
            (Some(&head), 1039, 100_000, None),
            (Some(&head), 1040, 100_000, Some((41, 1040))),
            (Some(&head), 1041, 100_000, Some((41, 1040))),
            // A clock that was set back by more than a minute.
            (Some(&head), 41, 30_000, Some((41, 41))),
        ] {
            assert_eq!(due(head, end, Moment(now)), expected, "{end} at {now}");
        }
        assert_eq!(next(Some(&head), 41), Some((41, 41)));
    }

    #[test]
    fn every_fault_is_told_where_it_is() {
        let all = entries(10);
        let blocks = chain(&all, Algorithm::Sha256);
        assert_eq!(walked(&blocks, &all, 10, None), []);
        assert_eq!(walked(&[], &[], 0, None), []);
        let head = blocks[3].hash.clone();
        assert_eq!(walked(&blocks, &all, 10, Some(&head)), []);
        // A fact.
        let mut altered = all.clone();
        altered[4].row = Some(row("{}"));
        assert_eq!(walked(&blocks, &altered, 10, None), [Fault::FactAltered { number: 2, places: (4, 6) }]);
        let mut gone = all.clone();
        gone[4].row = None;
        assert_eq!(walked(&blocks, &gone, 10, None), [Fault::FactGone { number: 2, seq: 5, fact: Some(50) }]);
        let mut gone = all.clone();
        gone.remove(4);
        assert_eq!(walked(&blocks, &gone, 10, None), [Fault::FactGone { number: 2, seq: 5, fact: None }]);
        // The end, with its blocks and without.
        let cut = walked(&blocks, &all[..8], 10, None);
        assert_eq!(
            cut,
            [
                Fault::FactGone { number: 3, seq: 9, fact: None },
                Fault::FactGone { number: 4, seq: 10, fact: None },
                Fault::OrderCut { there: 8, given: 10 }
            ]
        );
        assert_eq!(walked(&blocks[..2], &all[..6], 6, None), [], "nobody can tell without a hash that was noted");
        assert_eq!(walked(&blocks[..2], &all[..6], 6, Some(&head)), [Fault::HeadGone { noted: head.clone() }]);
        // A block.
        let mut without = blocks.clone();
        without.remove(1);
        assert_eq!(walked(&without, &all, 10, None), [Fault::BlockGone { number: 2 }]);
        let mut altered = blocks.clone();
        altered[1].sealed_at = Moment(9);
        assert_eq!(walked(&altered, &all, 10, None), [Fault::BlockAltered { number: 2 }]);
        let mut altered = blocks.clone();
        altered[1].hash = altered[0].hash.clone();
        assert_eq!(walked(&altered, &all, 10, None), [Fault::BlockAltered { number: 2 }]);
        // A block that was made anew over another fact, with the hash that belongs to it.
        let mut other = all.clone();
        other[4].row = Some(row("{}"));
        let mut anew = blocks.clone();
        anew[1] = seal(Some(&blocks[0]), (4, 6), &other[3..6], Algorithm::Sha256, Moment(1006));
        assert_eq!(walked(&anew, &other, 10, None), [Fault::Unjoined { number: 3 }]);
        // All of the chain made anew: only a noted hash tells.
        let anew = chain(&other, Algorithm::Sha256);
        assert_eq!(walked(&anew, &other, 10, None), []);
        assert_eq!(walked(&anew, &other, 10, Some(&head)), [Fault::HeadGone { noted: head }]);
        // What was gone when it was sealed.
        let mut gone = all.clone();
        gone[4].row = None;
        let blocks = chain(&gone, Algorithm::Sha256);
        assert_eq!(walked(&blocks, &gone, 10, None), [Fault::GoneBefore { number: 2, seq: 5 }]);
        for fault in [
            Fault::Stray { fact: 7 },
            Fault::BlockGone { number: 7 },
            Fault::FactGone { number: 1, seq: 7, fact: Some(7) },
            Fault::OrderCut { there: 7, given: 8 },
        ] {
            assert!(fault.to_string().contains('7'), "{fault}");
        }
    }

    #[test]
    fn a_chain_goes_on_when_the_city_takes_another_algorithm() {
        let all = entries(9);
        let mut blocks = chain(&all[..6], Algorithm::Sha256);
        blocks.push(seal(blocks.last(), (7, 9), &all[6..], Algorithm::Sm3, Moment(5)));
        assert_eq!(walked(&blocks, &all, 9, None), []);
        let mut altered = blocks.clone();
        altered[2].algorithm = Algorithm::Sha256;
        assert_eq!(walked(&altered, &all, 9, None), [Fault::BlockAltered { number: 3 }]);
    }

    fn any_row() -> impl Strategy<Value = Row> {
        let text = "[a-z0-9:,.{}\"井 ]{0,12}";
        (text, any::<i64>(), text, 0i64..2, any::<Option<i64>>(), any::<i64>(), text).prop_map(
            |(subject, subject_id, kind, is_public, author, at, body)| Row {
                subject,
                subject_id,
                kind,
                is_public,
                author,
                at: Moment(at),
                body,
            },
        )
    }

    /// One field of one fact is another.
    fn altered(row: &Row, field: usize, by: &Row) -> Row {
        let mut other = row.clone();
        match field {
            0 => other.subject.clone_from(&by.subject),
            1 => other.subject_id = by.subject_id,
            2 => other.kind.clone_from(&by.kind),
            3 => other.is_public = 1 - row.is_public,
            4 => other.author = by.author,
            5 => other.at = by.at,
            _ => other.body.clone_from(&by.body),
        }
        other
    }

    proptest! {
        #[test]
        fn whatever_is_altered_is_noticed(
            rows in prop::collection::vec(any_row(), 1..12),
            by in any_row(),
            at in any::<prop::sample::Index>(),
            field in 0usize..7,
            is_sm3 in any::<bool>(),
        ) {
            let algorithm = if is_sm3 { Algorithm::Sm3 } else { Algorithm::Sha256 };
            let all: Vec<Entry> = (1..).zip(&rows).map(|(seq, row)| Entry { seq, fact: seq * 3, row: Some(row.clone()) }).collect();
            let end = all.last().map_or(0, |entry| entry.seq);
            let blocks = chain(&all, algorithm);
            prop_assert_eq!(walked(&blocks, &all, end, None), vec![]);
            let place = at.index(rows.len());
            let mut other = all.clone();
            other[place].row = Some(altered(&rows[place], field, &by));
            let is_same = other == all;
            prop_assert_eq!(walked(&blocks, &other, end, None).is_empty(), is_same);
            // Another fact at the place, and no fact there.
            let mut other = all.clone();
            other[place].fact += 1;
            prop_assert!(!walked(&blocks, &other, end, None).is_empty());
            other[place].row = None;
            prop_assert!(!walked(&blocks, &other, end, None).is_empty());
        }

        #[test]
        fn two_facts_are_never_written_alike(one in any_row(), other in any_row()) {
            let sum = |row: &Row| {
                let mut sum = Sum::by(Algorithm::Sha256);
                sum.add(&Entry { seq: 1, fact: 1, row: Some(row.clone()) });
                sum.shown()
            };
            prop_assert_eq!(sum(&one) == sum(&other), one == other);
        }
    }
}
