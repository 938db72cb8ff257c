//! How often somebody may do something, counted in memory that does not grow: however many ask, no more than [`MOST`] are
//! remembered of each kind of thing. Whoever has not come for the longest is forgotten first. What several programs count of the
//! same [`Bucket`] they tell each other by their [`Ledger`]s.

use super::clock::Moment;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// How many are remembered at most, in two halves: the newer half becomes the older one when it is full.
pub const MOST: usize = 100_000;
/// A minute, in milliseconds.
const MINUTE: i64 = 60_000;
/// The first wait of whoever guessed too often, in milliseconds; it doubles with every guess after that.
const FIRST_WAIT: i64 = 5_000;

/// What is remembered of many, the most lately seen of them.
#[derive(Debug)]
pub struct Lately<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    half: usize,
}

impl<K: Hash + Eq, V: Copy> Lately<K, V> {
    /// Remembers at most `most`.
    pub fn new(most: usize) -> Lately<K, V> {
        Lately { newer: HashMap::new(), older: HashMap::new(), half: (most / 2).max(1) }
    }

    /// What is remembered of somebody.
    pub fn get(&self, key: &K) -> Option<V> {
        self.newer.get(key).or_else(|| self.older.get(key)).copied()
    }

    /// Remembers it.
    pub fn put(&mut self, key: K, value: V) {
        if self.newer.len() >= self.half && !self.newer.contains_key(&key) {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, value);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.newer.len() + self.older.len()
    }

    /// True when nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Who is counted, and at what, in few bytes: the same in every program. No address stands in it, but whoever tries all short ones can
/// find out whose it is; it is kept for two minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(u64);

impl Bucket {
    /// That of somebody at a kind of thing.
    pub fn of(kind: &str, who: &str) -> Bucket {
        let mut sum = Sha256::new();
        sum.update(kind.as_bytes());
        sum.update([0]);
        sum.update(who.as_bytes());
        let bytes: [u8; 32] = sum.finalize().into();
        Bucket(bytes.iter().take(8).fold(0, |all, byte| (all << 8) | u64::from(*byte)))
    }
}

/// How much was counted of each in a minute, which is numbered from 1970.
pub type Counts = HashMap<(i64, Bucket), i64>;

/// The most that is told of one minute: of an attack from more addresses than that, those that come most often.
const TOLD: usize = 1_000;

/// What this program has counted in the minute that runs and the one before, for the others; and what they have told of theirs.
#[derive(Debug, Default)]
pub struct Ledger {
    own: Mutex<Own>,
    others: Mutex<Arc<Counts>>,
}

#[derive(Debug, Default)]
struct Own {
    minute: i64,
    present: HashMap<Bucket, i64>,
    past: HashMap<Bucket, i64>,
}

impl Own {
    /// Turns to the minute of `now`.
    fn turn(&mut self, minute: i64) {
        if minute != self.minute {
            let ended = std::mem::take(&mut self.present);
            self.past = if minute == self.minute + 1 { ended } else { HashMap::new() };
            self.minute = minute;
        }
    }
}

impl Ledger {
    /// Notes that one was counted here at `now`.
    pub fn note(&self, bucket: Bucket, now: Moment) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.turn(minute(now));
        if own.present.len() < MOST / 2 || own.present.contains_key(&bucket) {
            *own.present.entry(bucket).or_insert(0) += 1;
        }
    }

    /// What the others counted of somebody in a minute, as last heard.
    pub fn others(&self, bucket: Bucket, minute: i64) -> i64 {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.get(&(minute, bucket)).copied().unwrap_or(0)
    }

    /// What this program has counted, as a line for each minute: its number, then `BUCKET:COUNT` for each. The same for the same.
    pub fn told(&self, now: Moment) -> String {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.turn(minute(now));
        let line = |minute: i64, counts: &HashMap<Bucket, i64>| {
            let mut all: Vec<(Bucket, i64)> = counts.iter().map(|(bucket, count)| (*bucket, *count)).collect();
            all.sort_unstable_by_key(|(bucket, count)| (-count, *bucket));
            let words = all.iter().take(TOLD).map(|(bucket, count)| format!(" {:x}:{count}", bucket.0));
            format!("{minute}{}\n", words.collect::<String>())
        };
        let present = (!own.present.is_empty()).then(|| line(own.minute, &own.present));
        let past = (!own.past.is_empty()).then(|| line(own.minute - 1, &own.past));
        [present, past].into_iter().flatten().collect()
    }

    /// Takes to heart what the others told, in place of what they told before. What cannot be read is left out.
    pub fn hear<'a>(&self, told: impl IntoIterator<Item = &'a str>) {
        let mut counts = Counts::new();
        for line in told.into_iter().flat_map(str::lines) {
            let mut words = line.split(' ');
            let Some(minute) = words.next().and_then(|word| word.parse::<i64>().ok()) else { continue };
            for (bucket, count) in words.take(TOLD).filter_map(|word| word.split_once(':')) {
                if let (Ok(bucket), Ok(count)) = (u64::from_str_radix(bucket, 16), count.parse::<i64>()) {
                    let sum = counts.entry((minute, Bucket(bucket))).or_insert(0);
                    *sum = sum.saturating_add(count.max(0));
                }
            }
        }
        *self.others.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(counts);
    }
}

/// The number of the minute of a moment.
pub const fn minute(now: Moment) -> i64 {
    now.0.div_euclid(MINUTE)
}

/// How far a counter has taken in what the others told: in which minute, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heard {
    minute: i64,
    count: i64,
}

impl Heard {
    /// What they have told since, and how far it is taken in now.
    fn more(before: Option<Heard>, ledger: &Ledger, bucket: Bucket, now: Moment) -> (i64, Heard) {
        let minute = minute(now);
        let count = ledger.others(bucket, minute);
        let more = match before {
            Some(heard) if heard.minute == minute => (count - heard.count).max(0),
            // The end of the minute before was told in this one.
            Some(heard) if heard.minute == minute - 1 => {
                (ledger.others(bucket, heard.minute) - heard.count).max(0) + count
            }
            _ => count,
        };
        (more, Heard { minute, count })
    }
}

/// How many whole seconds somebody has to wait, at least one.
fn seconds(wait: i64) -> i64 {
    (wait.max(1) + 999) / 1000
}

/// What somebody has used.
#[derive(Debug, Clone, Copy)]
struct Used {
    /// When all of it is made up for.
    made_up: Moment,
    heard: Heard,
}

/// Uses of something that costs: so many within a minute, evenly or all at once.
#[derive(Debug)]
pub struct Uses {
    lately: Mutex<Lately<Bucket, Used>>,
    ledger: Arc<Ledger>,
}

impl Uses {
    /// Nobody has used anything yet. What other programs counted is read in the ledger.
    pub fn new(ledger: Arc<Ledger>) -> Uses {
        Uses { lately: Mutex::new(Lately::new(MOST)), ledger }
    }

    /// Counts one use at `now`.
    ///
    /// # Errors
    /// After how many seconds the next may come, when there were `per_minute` already; 0 is any number.
    pub fn count(&self, bucket: Bucket, per_minute: i64, now: Moment) -> Result<(), i64> {
        if per_minute <= 0 {
            return Ok(());
        }
        let each = (MINUTE / per_minute).max(1);
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back does not punish anybody.
        let known = lately.get(&bucket).filter(|used| used.made_up.0 <= now.0 + MINUTE);
        let (more, heard) = Heard::more(known.map(|used| used.heard), &self.ledger, bucket, now);
        let made_up = known.map_or(now, |used| used.made_up).max(now);
        // However much the others counted, a minute makes up for it.
        let made_up = Moment(made_up.0.saturating_add(more.saturating_mul(each)).min(now.0 + MINUTE));
        let after = made_up.plus(each);
        let over = after.0 - now.0 - MINUTE;
        if over > 0 {
            if more > 0 {
                lately.put(bucket, Used { made_up, heard });
            }
            return Err(seconds(over));
        }
        lately.put(bucket, Used { made_up: after, heard });
        self.ledger.note(bucket, now);
        Ok(())
    }
}

/// What an address or a browser has guessed wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Guessed {
    /// How many wrong guesses are not forgiven yet, in thousandths.
    level: i64,
    /// When that was so.
    at: Moment,
    /// Until when nothing more is listened to.
    until: Moment,
    heard: Heard,
}

/// What may be guessed how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guessing {
    /// So many wrong ones before anybody has to wait.
    pub free: i64,
    /// After so many milliseconds one of them is forgiven.
    pub forgiven: i64,
    /// The longest wait, in milliseconds.
    pub longest: i64,
}

/// Guesses at something that somebody may know: passwords, codes. The waits grow, and none lasts for good.
#[derive(Debug)]
pub struct Guesses {
    lately: Mutex<Lately<Bucket, Guessed>>,
    ledger: Arc<Ledger>,
}

impl Guesses {
    /// Nobody has guessed yet. What was guessed at other programs is read in the ledger.
    pub fn new(ledger: Arc<Ledger>) -> Guesses {
        Guesses { lately: Mutex::new(Lately::new(MOST)), ledger }
    }

    /// Whether somebody is listened to at `now`.
    ///
    /// # Errors
    /// After how many seconds they are.
    pub fn may(&self, bucket: Bucket, rule: &Guessing, now: Moment) -> Result<(), i64> {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        let (more, heard) = Heard::more(lately.get(&bucket).map(|one| one.heard), &self.ledger, bucket, now);
        // Past the longest wait more of them change nothing.
        for _ in 0..more.min(rule.free + 16) {
            wrong(&mut lately, bucket, rule, now, heard);
        }
        match lately.get(&bucket) {
            Some(guessed) if guessed.until > now && guessed.until.0 - now.0 <= rule.longest => {
                Err(seconds(guessed.until.0 - now.0))
            }
            _ => Ok(()),
        }
    }

    /// They guessed wrong.
    pub fn wrong(&self, bucket: Bucket, rule: &Guessing, now: Moment) {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        // What the others told is taken in when they ask again.
        let heard = lately.get(&bucket).map_or(Heard { minute: minute(now), count: 0 }, |one| one.heard);
        wrong(&mut lately, bucket, rule, now, heard);
        self.ledger.note(bucket, now);
    }
}

fn wrong(lately: &mut Lately<Bucket, Guessed>, bucket: Bucket, rule: &Guessing, now: Moment, heard: Heard) {
    let before = lately.get(&bucket).unwrap_or(Guessed { level: 0, at: now, until: now, heard });
    let forgiven = (now.0 - before.at.0).max(0).saturating_mul(1000) / rule.forgiven.max(1);
    // However long somebody goes on, after a quiet while they are where they began.
    let level = ((before.level - forgiven).max(0) + 1000).min((rule.free + 16) * 1000);
    let over = level / 1000 - rule.free;
    let wait = if over > 0 { FIRST_WAIT.saturating_mul(1 << (over - 1).min(20)).min(rule.longest) } else { 0 };
    lately.put(bucket, Guessed { level, at: now, until: now.plus(wait), heard });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Guessing = Guessing { free: 3, forgiven: 20_000, longest: 15 * MINUTE };

    fn at(milliseconds: i64) -> Moment {
        Moment(1_000_000_000 + milliseconds)
    }

    fn of(who: &str) -> Bucket {
        Bucket::of("test", who)
    }

    fn uses() -> Uses {
        Uses::new(Arc::default())
    }

    fn guesses() -> Guesses {
        Guesses::new(Arc::default())
    }

    /// What each of two programs has counted goes to the other, as once a second.
    fn exchange(one: &Ledger, other: &Ledger, now: Moment) {
        let (first, second) = (one.told(now), other.told(now));
        one.hear([second.as_str()]);
        other.hear([first.as_str()]);
    }

    #[test]
    fn a_minute_has_its_number_of_uses_and_nobody_pays_for_another() {
        let uses = uses();
        for _ in 0..6 {
            assert_eq!(uses.count(of("a"), 6, at(0)), Ok(()));
        }
        assert_eq!(uses.count(of("a"), 6, at(0)), Err(10));
        assert_eq!(uses.count(of("a"), 6, at(9_000)), Err(1));
        assert_eq!(uses.count(of("b"), 6, at(0)), Ok(()));
        assert_eq!(uses.count(of("a"), 6, at(10_000)), Ok(()), "one is made up for");
        assert_eq!(uses.count(of("a"), 6, at(10_000)), Err(10));
        for _ in 0..1000 {
            assert_eq!(uses.count(of("c"), 0, at(0)), Ok(()), "without a limit");
        }
        assert_eq!(uses.count(of("a"), 6, at(-900_000)), Ok(()), "the clock was set back");
    }

    #[test]
    fn what_was_used_at_one_program_is_used_at_the_other() {
        let (here, there) = (Arc::new(Ledger::default()), Arc::new(Ledger::default()));
        let (one, other) = (Uses::new(Arc::clone(&here)), Uses::new(Arc::clone(&there)));
        for _ in 0..4 {
            assert_eq!(one.count(of("a"), 6, at(0)), Ok(()));
        }
        exchange(&here, &there, at(1_000));
        assert_eq!(other.count(of("a"), 6, at(1_000)), Ok(()));
        assert_eq!(other.count(of("a"), 6, at(1_000)), Ok(()));
        assert_eq!(other.count(of("a"), 6, at(1_000)), Err(10), "four there and two here");
        assert_eq!(other.count(of("b"), 6, at(1_000)), Ok(()), "nobody else's");
        // Heard again it is not counted again, and what is made up for is made up for at both.
        exchange(&here, &there, at(2_000));
        assert_eq!(other.count(of("a"), 6, at(11_000)), Ok(()));
        assert_eq!(one.count(of("a"), 6, at(11_000)), Ok(()));
        assert!(one.count(of("a"), 6, at(11_000)).is_err());
        // A whole minute later nothing is left of it.
        exchange(&here, &there, at(130_000));
        for _ in 0..6 {
            assert_eq!(other.count(of("a"), 6, at(130_000)), Ok(()));
        }
    }

    #[test]
    fn the_end_of_a_minute_is_told_in_the_next() {
        let (here, there) = (Arc::new(Ledger::default()), Arc::new(Ledger::default()));
        let (one, other) = (Uses::new(Arc::clone(&here)), Uses::new(Arc::clone(&there)));
        // The last second of a minute, and the first of the next.
        let (before, after) = (Moment(100 * MINUTE - 500), Moment(100 * MINUTE + 500));
        assert_eq!(other.count(of("a"), 6, before), Ok(()));
        for _ in 0..5 {
            assert_eq!(one.count(of("a"), 6, before), Ok(()));
        }
        exchange(&here, &there, after);
        assert!(other.count(of("a"), 6, after).is_err(), "five there and one here");
    }

    #[test]
    fn what_is_told_is_read_and_what_is_not_is_left_out() {
        let (here, there) = (Ledger::default(), Ledger::default());
        for _ in 0..3 {
            here.note(of("a"), at(0));
        }
        here.note(of("b"), at(0));
        let told = here.told(at(0));
        assert_eq!(told, here.told(at(0)), "the same for the same");
        there.hear([told.as_str(), told.as_str(), "x 1:1", "", "7 :2 zz:1 1:x", "井"]);
        assert_eq!(there.others(of("a"), minute(at(0))), 6, "the sum of two others");
        assert_eq!(there.others(of("b"), minute(at(0))), 2);
        assert_eq!(there.others(of("a"), minute(at(0)) + 1), 0);
        assert_eq!(here.told(at(10 * MINUTE)), "", "what is long over is not told");
        for number in 0..5_000 {
            here.note(of(&number.to_string()), at(0));
        }
        assert!(here.told(at(0)).len() < 24_000, "however many there are");
    }

    #[test]
    fn waits_grow_and_end() {
        let guesses = guesses();
        let (a, b) = (of("a"), of("b"));
        for _ in 0..3 {
            guesses.wrong(a, &RULE, at(0));
            assert_eq!(guesses.may(a, &RULE, at(0)), Ok(()));
        }
        let mut now = 0;
        for wait in [5, 10, 20] {
            guesses.wrong(a, &RULE, at(now));
            assert_eq!(guesses.may(a, &RULE, at(now)), Err(wait));
            assert_eq!(guesses.may(b, &RULE, at(now)), Ok(()), "others are listened to");
        }
        now += 20_000;
        assert_eq!(guesses.may(a, &RULE, at(now)), Ok(()), "the wait is over");
        for _ in 0..100 {
            guesses.wrong(a, &RULE, at(now));
        }
        assert_eq!(guesses.may(a, &RULE, at(now)), Err(15 * 60), "never longer than the longest");
        assert_eq!(guesses.may(a, &RULE, at(now + 15 * MINUTE)), Ok(()));
        // After a quiet hour a slip costs nothing.
        guesses.wrong(a, &RULE, at(now + 60 * MINUTE));
        assert_eq!(guesses.may(a, &RULE, at(now + 60 * MINUTE)), Ok(()));
    }

    #[test]
    fn guesses_at_one_program_are_known_at_the_other() {
        let (here, there) = (Arc::new(Ledger::default()), Arc::new(Ledger::default()));
        let (one, other) = (Guesses::new(Arc::clone(&here)), Guesses::new(Arc::clone(&there)));
        for _ in 0..2 {
            one.wrong(of("a"), &RULE, at(0));
            other.wrong(of("a"), &RULE, at(0));
        }
        assert_eq!(other.may(of("a"), &RULE, at(0)), Ok(()), "two are free");
        exchange(&here, &there, at(500));
        assert_eq!(other.may(of("a"), &RULE, at(500)), Ok(()), "and of four enough is forgiven already");
        one.wrong(of("a"), &RULE, at(600));
        exchange(&here, &there, at(700));
        assert!(other.may(of("a"), &RULE, at(700)).is_err(), "five are too many");
        assert_eq!(other.may(of("b"), &RULE, at(700)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_stay() {
        let mut lately = Lately::new(100);
        for one in 0..10_000 {
            lately.put(one, one);
            assert!(lately.len() <= 100);
        }
        assert_eq!(lately.get(&9_999), Some(9_999));
        assert_eq!(lately.get(&0), None);
    }

    proptest! {
        #[test]
        fn nobody_uses_more_than_twice_the_number_in_any_minute(
            gaps in proptest::collection::vec(0_i64..5_000, 1..400), per_minute in 1_i64..100,
        ) {
            let uses = uses();
            let (mut now, mut taken) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                if uses.count(of("a"), per_minute, at(now)).is_ok() {
                    taken.push(now);
                }
            }
            for from in &taken {
                let within = taken.iter().filter(|one| (*from..*from + MINUTE).contains(one)).count();
                prop_assert!(i64::try_from(within).unwrap_or(i64::MAX) <= 2 * per_minute + 1);
            }
        }

        #[test]
        fn nobody_waits_for_good(gaps in proptest::collection::vec(0_i64..100_000, 1..200)) {
            let guesses = guesses();
            let mut now = 0;
            for gap in gaps {
                now += gap;
                guesses.wrong(of("a"), &RULE, at(now));
                prop_assert_eq!(guesses.may(of("a"), &RULE, at(now + RULE.longest)), Ok(()));
            }
        }
    }
}
