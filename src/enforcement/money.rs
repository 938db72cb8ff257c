//! The money of a decision: when a fine is due, what comes on top for being late, in what parts it is paid, who may take cash
//! and when it must be handed on, and when the court may be asked. Everything in fen, nothing is lost or gained.
//!
//! * The fine is due on the last day of the term of 行政处罚法 art. 67; it is paid at a bank, not to whoever decided.
//! * For each day after that, three percent of what is then owed comes on top, in all no more than the fine (art. 72). On the
//!   34th day the whole fine has been added. Whoever pays on a day still owes for that day, and no longer for the next.
//! * Days of review and suit are not counted, from the day it is asked for to the day it ends (art. 73).
//! * Fractions of a fen are dropped once, at the end.
//!
//! The Act speaks of percent of the fine; that what has been paid bears no more late fee is the reading of this program
//! (docs/decisions/enforcement.md).

use super::matters::MOST_FEN;
use super::refusal::Why;
use crate::kit::error::Refusal;
use crate::kit::words::enum_of_words;
use crate::law::{Calendar, End, Excluded, Exclusion, Terms};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

enum_of_words! {
    /// What a payment is for.
    Towards {
        /// 罚款.
        Fine = "fine",
        /// 加处罚款.
        LateFee = "late-fee",
    }
}

/// A part of a fine and its last day; a fine without instalments is one part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Instalment {
    /// The last day on which it is in time.
    pub due_on: Date,
    /// Fen.
    pub amount: i64,
}

/// A payment that has arrived.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// The day it arrived, or was taken in cash.
    pub on: Date,
    /// Fen.
    pub amount: i64,
    /// What for.
    pub towards: Towards,
    /// The number of the receipt (art. 70).
    pub receipt: String,
}

/// What comes on top of a fine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LateFee {
    /// Late days that count.
    pub days: u32,
    /// Fen, before anything was paid of it.
    pub amount: i64,
    /// Whether it has reached its most.
    pub is_capped: bool,
}

/// The account of one fine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The fine, fen; 0 for a decision without one, of which the account keeps the reviews and suits.
    pub fine: i64,
    /// The day on which the decision was served.
    pub served_on: Date,
    /// Its parts, in order.
    pub parts: Vec<Instalment>,
    /// Whether the parts were granted (art. 66).
    pub is_in_instalments: bool,
    /// What was paid.
    pub payments: Vec<Payment>,
    /// The days of reviews and suits.
    pub remedies: Vec<Excluded>,
    /// The percentage of a late day.
    pub rate: i64,
    /// The most that late fees come to, percent of the fine.
    pub cap: i64,
    /// What had come on top when instalments were last granted.
    pub accrued: Accrued,
    /// What went back (执行回转; 行政强制法 art. 41).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Payment>,
    /// The days on which carrying out was suspended (art. 39).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Excluded>,
    /// What of the late fee was remitted by agreement (art. 42), fen.
    #[serde(default)]
    pub forgiven: i64,
    /// The last days of reviews that ended without a decision, because the party took them back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn_reviews: Vec<Date>,
    /// The day from which nothing of it is owed any more, because the decision was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_on: Option<Date>,
}

/// What had come on top by the end of a day: granting instalments forgives nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Accrued {
    /// The day; none while no instalments were granted.
    pub on: Option<Date>,
    /// Late days until then.
    pub days: u32,
    /// Hundredths of a fen.
    pub hundredths: i64,
}

impl Account {
    /// The account of a fine whose decision was served on that day, under the numbers of that day.
    ///
    /// # Errors
    /// `enforcement-refusal-amount-not-positive`, `enforcement-refusal-amount-absurd`; as [`crate::law::Term::end_from_day`].
    pub fn open(fine: i64, served_on: Date, terms: &Terms, calendar: &Calendar) -> Result<Account, Refusal> {
        if fine != 0 {
            positive(fine)?;
        }
        let due_on = terms.on("payment", served_on)?.end_from_day(served_on, calendar, &[])?.last;
        Ok(Account {
            fine,
            served_on,
            parts: vec![Instalment { due_on, amount: fine }],
            is_in_instalments: false,
            payments: Vec::new(),
            remedies: Vec::new(),
            rate: terms.number("late-fee-rate", served_on)?.value,
            cap: terms.number("late-fee-cap", served_on)?.value,
            accrued: Accrued::default(),
            refunds: Vec::new(),
            suspensions: Vec::new(),
            forgiven: 0,
            withdrawn_reviews: Vec::new(),
            void_on: None,
        })
    }

    /// The decision is revoked: from that day on nothing is owed, and what was paid is to go back (行政强制法 art. 40, 41).
    pub fn void(&mut self, on: Date) {
        self.void_on = self.void_on.or(Some(on));
    }

    fn is_void(&self, day: Date) -> bool {
        self.void_on.is_some_and(|on| day >= on)
    }

    /// What has been paid by the end of `day`, without what went back.
    fn paid(&self, towards: Towards, day: Date) -> i64 {
        let sum = |all: &[Payment]| -> i64 {
            all.iter().filter(|one| one.towards == towards && one.on <= day).map(|one| one.amount).sum()
        };
        sum(&self.payments) - sum(&self.refunds)
    }

    /// What of the fine is still owed at the end of `day`, fen.
    pub fn owed(&self, day: Date) -> i64 {
        if self.is_void(day) { 0 } else { self.fine - self.paid(Towards::Fine, day) }
    }

    /// What of the fine is late at the end of `day`, fen.
    pub fn overdue(&self, day: Date) -> i64 {
        let due: i64 = self.parts.iter().filter(|part| part.due_on < day).map(|part| part.amount).sum();
        if self.is_void(day) { 0 } else { (due - self.paid(Towards::Fine, day)).max(0) }
    }

    /// What of the late fee is still owed at the end of `day`, fen.
    pub fn late_fee_owed(&self, day: Date) -> i64 {
        let owed = (self.late_fee(day).amount - self.forgiven - self.paid(Towards::LateFee, day)).max(0);
        if self.is_void(day) { 0 } else { owed }
    }

    /// The last day of the last part.
    pub fn due_on(&self) -> Date {
        self.parts.iter().map(|part| part.due_on).max().unwrap_or(self.served_on)
    }

    /// The day after which the fine is late; none where there is no fine, and where days are left out of the count so that only the
    /// late fee itself tells how many there were.
    pub fn late_since(&self) -> Option<Date> {
        let is_plain =
            self.fine > 0 && self.remedies.is_empty() && self.suspensions.is_empty() && !self.is_in_instalments;
        self.parts.iter().map(|part| part.due_on).min().filter(|_| is_plain)
    }

    fn is_paused(&self, day: Date) -> bool {
        let mut all = self.remedies.iter().chain(&self.suspensions);
        self.is_void(day) || all.any(|one| day >= one.from && one.until.is_none_or(|until| day <= until))
    }

    /// What comes on top by the end of `day`.
    pub fn late_fee(&self, day: Date) -> LateFee {
        let (days, hundredths) = self.accrue(day);
        let most = i128::from(self.fine) * i128::from(self.cap);
        let amount = i64::try_from(hundredths.min(most) / 100).unwrap_or(i64::MAX);
        LateFee { days, amount, is_capped: most > 0 && hundredths >= most }
    }

    /// Late days, and hundredths of a fen, by the end of `day`; the count stops when the most is reached.
    fn accrue(&self, day: Date) -> (u32, i128) {
        let most = i128::from(self.fine) * i128::from(self.cap);
        let (mut days, mut sum) = (self.accrued.days, i128::from(self.accrued.hundredths));
        let first_due = self.parts.iter().map(|part| part.due_on).min().unwrap_or(day);
        let mut at = self.accrued.on.map_or(first_due, |on| on.max(first_due));
        while at < day && sum < most {
            let before = at;
            let Ok(next) = at.tomorrow() else { break };
            at = next;
            // What was paid the day before bears no more; what is paid today still does for today.
            let due: i64 = self.parts.iter().filter(|part| part.due_on < at).map(|part| part.amount).sum();
            let overdue = due - self.paid(Towards::Fine, before);
            if overdue > 0 && !self.is_paused(at) {
                days += 1;
                sum += i128::from(overdue) * i128::from(self.rate);
            }
        }
        (days, sum)
    }

    /// Takes a payment in.
    ///
    /// # Errors
    /// `enforcement-refusal-amount-not-positive`, `…-pays-too-much`, `…-receipt-missing`, `…-date-backwards` (before the
    /// decision was served).
    pub fn pay(&mut self, payment: Payment) -> Result<(), Refusal> {
        positive(payment.amount)?;
        Why::ReceiptMissing.unless(!payment.receipt.trim().is_empty())?;
        Why::DateBackwards.unless(payment.on >= self.served_on)?;
        // A bank's list may come in another order than the payments.
        let latest = self.payments.iter().map(|one| one.on).max().map_or(payment.on, |last| last.max(payment.on));
        let owed = match payment.towards {
            Towards::Fine => self.owed(latest),
            Towards::LateFee => self.late_fee_owed(latest),
        };
        Why::PaysTooMuch.unless(payment.amount <= owed)?;
        self.payments.push(payment);
        Ok(())
    }

    /// Grants instalments or more time (art. 66): the parts of what is still owed, each with its last day.
    ///
    /// # Errors
    /// `enforcement-refusal-instalments-wrong` when the parts do not add up to what is owed, are not positive, are out of order
    /// or begin in the past.
    pub fn grant(&mut self, parts: &[Instalment], today: Date) -> Result<(), Refusal> {
        let in_order = parts.windows(2).all(|pair| pair[0].due_on < pair[1].due_on);
        let are_positive = parts.iter().all(|part| part.amount > 0);
        let sum = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.amount));
        let begins = parts.first().is_some_and(|part| part.due_on >= today);
        Why::InstalmentsWrong.unless(in_order && are_positive && begins && sum == Some(self.owed(today)))?;
        let (days, hundredths) = self.accrue(today);
        let hundredths = i64::try_from(hundredths).unwrap_or(i64::MAX);
        self.accrued = Accrued { on: Some(today), days, hundredths };
        // What was paid stays paid: it is a part of its own that was due when it was.
        let paid = self.fine - self.owed(today);
        let first_due = self.parts.first().map_or(self.served_on, |part| part.due_on);
        let mut all = Vec::from_iter((paid > 0).then_some(Instalment { due_on: first_due, amount: paid }));
        all.extend_from_slice(parts);
        (self.parts, self.is_in_instalments) = (all, true);
        Ok(())
    }

    /// Carrying out is suspended: the late fee stands still from that day.
    ///
    /// # Errors
    /// `enforcement-refusal-enforcement-suspended`.
    pub fn suspend(&mut self, on: Date) -> Result<(), Refusal> {
        Why::EnforcementSuspended.unless(self.suspensions.iter().all(|one| one.until.is_some()))?;
        self.suspensions.push(Excluded { kind: Exclusion::Suspension, from: on, until: None });
        Ok(())
    }

    /// It goes on: that day is the last that is not counted.
    ///
    /// # Errors
    /// `enforcement-refusal-no-such-thing`.
    pub fn resume(&mut self, on: Date) -> Result<(), Refusal> {
        let open = self.suspensions.iter_mut().find(|one| one.until.is_none());
        open.ok_or_else(|| Why::NoSuchThing.refuse())?.until = Some(on);
        Ok(())
    }

    /// An agreement about carrying out (执行协议; 行政强制法 art. 42): the parts of what is still owed of the fine, and whether the
    /// late fee so far is remitted. The fine itself is never remitted.
    ///
    /// # Errors
    /// `enforcement-refusal-agreement-early` while nothing is late; as [`Account::grant`].
    pub fn agree(&mut self, parts: &[Instalment], forgives: bool, today: Date) -> Result<(), Refusal> {
        Why::AgreementEarly.unless(self.late_fee(today).days > 0)?;
        let late = self.late_fee_owed(today);
        if self.owed(today) > 0 || !parts.is_empty() {
            self.grant(parts, today)?;
        }
        if forgives {
            self.forgiven += late;
        }
        Ok(())
    }

    /// What is to go back on `day`, fen: everything of a decision that was revoked; of another, what was paid above what it asks.
    pub fn refundable(&self, day: Date, is_revoked: bool) -> i64 {
        Towards::ALL.iter().map(|towards| self.refundable_of(*towards, day, is_revoked)).sum()
    }

    fn refundable_of(&self, towards: Towards, day: Date, is_revoked: bool) -> i64 {
        let due = match towards {
            _ if is_revoked => 0,
            Towards::Fine => self.fine,
            Towards::LateFee => (self.late_fee(day).amount - self.forgiven).max(0),
        };
        (self.paid(towards, day) - due).max(0)
    }

    /// Money goes back to the party.
    ///
    /// # Errors
    /// `enforcement-refusal-amount-not-positive`, `…-refund-too-much`, `…-receipt-missing`.
    pub fn refund(&mut self, refund: Payment, is_revoked: bool) -> Result<(), Refusal> {
        positive(refund.amount)?;
        Why::ReceiptMissing.unless(!refund.receipt.trim().is_empty())?;
        let most = self.refundable_of(refund.towards, refund.on, is_revoked);
        if refund.amount > most {
            return Err(Why::RefundTooMuch.refuse().with("amount", crate::kit::fields::yuan(most)).on("amount"));
        }
        self.refunds.push(refund);
        Ok(())
    }

    /// A review or a suit is asked for: the late fee stands still from that day.
    ///
    /// # Errors
    /// `enforcement-refusal-remedy-running`, `…-date-backwards`.
    pub fn begin_remedy(&mut self, kind: Exclusion, on: Date) -> Result<(), Refusal> {
        Why::RemedyRunning.unless(!self.has_open_remedy())?;
        let latest = self.remedies.iter().filter_map(|one| one.until).max();
        Why::DateBackwards.unless(on >= self.served_on && latest.is_none_or(|latest| on >= latest))?;
        self.remedies.push(Excluded { kind, from: on, until: None });
        Ok(())
    }

    /// It has ended: that day, on which its decision was received, is the last that is not counted. A review that was taken back
    /// leaves the terms as they were.
    ///
    /// # Errors
    /// `enforcement-refusal-no-such-thing`, `…-date-backwards`.
    pub fn end_remedy(&mut self, on: Date, is_withdrawn: bool) -> Result<(), Refusal> {
        let open = self.remedies.iter_mut().find(|one| one.until.is_none());
        let open = open.ok_or_else(|| Why::NoSuchThing.refuse())?;
        Why::DateBackwards.unless(on >= open.from)?;
        open.until = Some(on);
        if is_withdrawn && open.kind == Exclusion::Review {
            self.withdrawn_reviews.push(on);
        }
        Ok(())
    }

    /// The day on which the decision of the last review was received; none without one.
    pub fn reviewed_on(&self) -> Option<Date> {
        let reviews = self.remedies.iter().filter(|one| one.kind == Exclusion::Review).filter_map(|one| one.until);
        reviews.filter(|on| !self.withdrawn_reviews.contains(on)).max()
    }

    /// Whether a review or a suit goes on.
    pub fn has_open_remedy(&self) -> bool {
        self.remedies.iter().any(|one| one.until.is_none())
    }

    /// The first and the last day on which the court may be asked to enforce (行政强制法 art. 53; with instalments from their
    /// end, 行政处罚法 art. 72 ¶2). After a review decision the term of the suit counts from its receipt, and the six months
    /// from the service of the decision no longer matter.
    ///
    /// # Errors
    /// `enforcement-refusal-remedy-open` while a review or suit goes on; as [`crate::law::Term::end_from_day`].
    pub fn court_window(&self, terms: &Terms, calendar: &Calendar) -> Result<(Date, Date), Refusal> {
        let end = self.court_end(terms, calendar)?;
        let over = end.why.first().map_or(end.last, |step| step.from);
        Ok((over.tomorrow().unwrap_or(over), end.last))
    }

    /// The same window with its reason: it runs from the end of the remedies.
    ///
    /// # Errors
    /// As [`Account::court_window`].
    pub fn court_end(&self, terms: &Terms, calendar: &Calendar) -> Result<End, Refusal> {
        Why::RemedyOpen.unless(!self.has_open_remedy())?;
        let over = match self.reviewed_on() {
            Some(on) => suit_over_after_review(on, terms, calendar)?,
            None => remedies_over(self.served_on, terms, calendar)?,
        };
        let ended = self.remedies.iter().filter_map(|one| one.until).max();
        let instalments = self.is_in_instalments.then(|| self.due_on());
        let from = [ended, instalments].into_iter().flatten().fold(over, Date::max);
        terms.on("court-application", from)?.end_from_day(from, calendar, &[])
    }
}

/// The last day on which a decision that was served on `day` can be brought to review or to court, whichever is later.
///
/// # Errors
/// As [`crate::law::Term::end_from_day`].
pub fn remedies_over(day: Date, terms: &Terms, calendar: &Calendar) -> Result<Date, Refusal> {
    let review = terms.on("review", day)?.end_from_day(day, calendar, &[])?.last;
    let suit = terms.on("suit", day)?.end_from_day(day, calendar, &[])?.last;
    Ok(review.max(suit))
}

/// The last day on which a decision whose review decision was received on `day` can be brought to court.
///
/// # Errors
/// As [`crate::law::Term::end_from_day`].
pub fn suit_over_after_review(day: Date, terms: &Terms, calendar: &Calendar) -> Result<Date, Refusal> {
    Ok(terms.on("suit-after-review", day)?.end_from_day(day, calendar, &[])?.last)
}

/// An amount that somebody means: more than nothing, less than absurd.
///
/// # Errors
/// `enforcement-refusal-amount-not-positive`, `enforcement-refusal-amount-absurd`.
pub fn positive(amount: i64) -> Result<(), Refusal> {
    if amount <= 0 {
        return Err(Why::AmountNotPositive.refuse().on("amount"));
    }
    if amount > MOST_FEN {
        return Err(Why::AmountAbsurd.refuse().on("amount"));
    }
    Ok(())
}

/// Why cash is taken on the spot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpotReason {
    /// A summary fine of a hundred yuan or less (art. 68 no. 1).
    Small,
    /// A summary fine that would be hard to collect later (art. 68 no. 2), with the reason in words.
    HardLater(String),
    /// In a remote place, on the party's request (art. 69).
    Remote {
        /// Which place, as the organ's file names it.
        place: String,
        /// Whether the party asked for it.
        is_asked: bool,
    },
}

/// Whether a fine may be collected on the spot.
///
/// # Errors
/// `enforcement-refusal-collected-unlawfully`, `…-not-remote`, `…-words-missing`; `law-term-not-in-force`.
pub fn may_collect(
    fine: i64,
    is_summary: bool,
    reason: &SpotReason,
    remote_places: &std::collections::BTreeSet<String>,
    terms: &Terms,
    day: Date,
) -> Result<(), Refusal> {
    match reason {
        SpotReason::Small => {
            let most = terms.number("spot-collection", day)?.fen();
            Why::CollectedUnlawfully.unless(is_summary && fine <= most)
        }
        SpotReason::HardLater(words) => {
            Why::WordsMissing.unless(!words.trim().is_empty())?;
            Why::CollectedUnlawfully.unless(is_summary)
        }
        SpotReason::Remote { place, is_asked } => Why::NotRemote.unless(*is_asked && remote_places.contains(place)),
    }
}

/// The last days on which cash that was collected on `collected` (on water: landed) is with the organ, and with the bank when
/// the organ got it on `received` (art. 71).
///
/// # Errors
/// As [`crate::law::Term::end_from_day`].
pub fn hand_over_days(
    collected: Date,
    received: Option<Date>,
    terms: &Terms,
    calendar: &Calendar,
) -> Result<(Date, Option<Date>), Refusal> {
    let organ = terms.on("cash-to-organ", collected)?.end_from_day(collected, calendar, &[])?.last;
    let bank = received
        .map(|received| terms.on("cash-to-bank", received)?.end_from_day(received, calendar, &[]).map(|end| end.last));
    Ok((organ, bank.transpose()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::sources::Sources;
    use crate::law::calendar::tests::calendar;
    use jiff::ToSpan;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendar);
    static TERMS: LazyLock<Terms> = LazyLock::new(|| {
        Terms::load(&Sources::embedded().folder(crate::law::terms::FOLDER)).expect("the package's terms")
    });

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    /// Served on 2 March 2025, so due on Monday 17 March 2025.
    fn account(fine: i64) -> Account {
        Account::open(fine, day("2025-03-02"), &TERMS, &CALENDAR).expect("an account")
    }

    fn late(days: i64) -> Date {
        day("2025-03-17").checked_add(days.days()).expect("a day")
    }

    fn pay(account: &mut Account, on: Date, amount: i64, towards: Towards) -> Result<(), Refusal> {
        account.pay(Payment { on, amount, towards, receipt: "No 1".to_owned() })
    }

    #[test]
    fn late_fees_to_the_fen() {
        assert_eq!(account(100).due_on(), day("2025-03-17"));
        // Fine, days after the due day, late days, late fee: 行政处罚法 art. 72.
        #[rustfmt::skip]
        let rows: &[(i64, i64, u32, i64, bool)] = &[
            (100_000, 0, 0, 0, false),
            (100_000, 1, 1, 3_000, false),
            (100_000, 33, 33, 99_000, false),
            (100_000, 34, 34, 100_000, true),
            (100_000, 400, 34, 100_000, true),
            // 333.33 yuan: 999.99 fen a day, dropped at the end and not every day.
            (33_333, 1, 1, 999, false),
            (33_333, 33, 33, 32_999, false),
            (33_333, 34, 34, 33_333, true),
            (1, 1, 1, 0, false),
            (1, 34, 34, 1, true),
            (MOST_FEN, 34, 34, MOST_FEN, true),
        ];
        for (fine, after, days, amount, is_capped) in rows {
            let fee = account(*fine).late_fee(late(*after));
            assert_eq!(fee, LateFee { days: *days, amount: *amount, is_capped: *is_capped }, "{fine} on day {after}");
        }
    }

    #[test]
    fn a_suit_stops_the_late_fee() {
        // Art. 73 ¶3: asked for on the 11th late day, ended on the 100th; both are not counted.
        let mut account = account(100_000);
        account.begin_remedy(Exclusion::Suit, late(11)).expect("begun");
        assert_eq!(account.begin_remedy(Exclusion::Review, late(12)).expect_err("one").key, Why::RemedyRunning.key());
        assert_eq!(account.late_fee(late(10)).amount, 30_000);
        assert_eq!(account.late_fee(late(400)).amount, 30_000);
        account.end_remedy(late(100), false).expect("ended");
        #[rustfmt::skip]
        let rows = [(1, 3_000), (33, 30_000), (34, 30_000), (100, 30_000), (101, 33_000), (123, 99_000), (124, 100_000), (400, 100_000)];
        for (after, amount) in rows {
            assert_eq!(account.late_fee(late(after)).amount, amount, "day {after}");
        }
        assert_eq!(account.end_remedy(late(101), false).expect_err("ended").key, Why::NoSuchThing.key());
    }

    #[test]
    fn the_court_is_asked_when_the_suit_after_a_review_is_over() {
        // Served on 5 January 2026; the kind, the first and the last day, whether it was taken back: 强制法53、行诉法45、46.
        type Remedy<'a> = (Exclusion, &'a str, &'a str, bool);
        use Exclusion::{Review, Suit};
        let review: Remedy<'_> = (Review, "2026-02-02", "2026-03-10", false);
        #[rustfmt::skip]
        let rows: &[(&[Remedy<'_>], &str, &str)] = &[
            (&[], "2026-07-07", "2026-10-06"),
            (&[review], "2026-03-26", "2026-06-25"),
            // The fifteenth day is a Saturday.
            (&[(Review, "2026-02-02", "2026-03-13", false)], "2026-03-31", "2026-06-30"),
            (&[(Review, "2026-02-02", "2026-03-10", true)], "2026-07-07", "2026-10-06"),
            (&[review, (Suit, "2026-03-20", "2026-09-30", false)], "2026-10-01", "2026-12-30"),
            (&[(Suit, "2026-02-02", "2026-04-10", false)], "2026-07-07", "2026-10-06"),
            (&[(Review, "2026-03-02", "2026-08-03", false)], "2026-08-19", "2026-11-18"),
        ];
        for (remedies, first, last) in rows {
            let mut account = Account::open(100_000, day("2026-01-05"), &TERMS, &CALENDAR).expect("an account");
            for (kind, from, until, is_withdrawn) in *remedies {
                account.begin_remedy(*kind, day(from)).expect("begun");
                assert_eq!(account.court_window(&TERMS, &CALENDAR).expect_err("open").key, Why::RemedyOpen.key());
                account.end_remedy(day(until), *is_withdrawn).expect("ended");
            }
            let window = account.court_window(&TERMS, &CALENDAR).expect("a window");
            assert_eq!(window, (day(first), day(last)), "{remedies:?}");
        }
    }

    #[test]
    fn nothing_is_owed_of_a_decision_that_was_revoked() {
        let mut account = account(100_000);
        pay(&mut account, late(10), 60_000, Towards::Fine).expect("paid");
        account.void(late(20));
        assert_eq!((account.owed(late(19)), account.overdue(late(19))), (40_000, 40_000));
        for after in [20, 400] {
            let (owed, late_fee) = (account.owed(late(after)), account.late_fee_owed(late(after)));
            assert_eq!((owed, account.overdue(late(after)), late_fee), (0, 0, 0), "强制法40(4)");
        }
        assert_eq!(account.late_fee(late(400)), account.late_fee(late(19)));
        assert_eq!(account.refundable(late(20), true), 60_000, "强制法41");
    }

    #[test]
    fn what_is_paid_bears_no_more() {
        let mut account = account(100_000);
        pay(&mut account, late(10), 60_000, Towards::Fine).expect("paid");
        // Ten days of 1,000 yuan, then 400 yuan.
        assert_eq!(account.late_fee(late(10)).amount, 30_000);
        assert_eq!(account.late_fee(late(11)).amount, 31_200);
        assert_eq!(pay(&mut account, late(12), 40_001, Towards::Fine).expect_err("more").key, Why::PaysTooMuch.key());
        pay(&mut account, late(12), 40_000, Towards::Fine).expect("paid");
        assert_eq!((account.owed(late(12)), account.late_fee_owed(late(400))), (0, 32_400));
        pay(&mut account, late(20), 32_400, Towards::LateFee).expect("paid");
        assert_eq!(account.late_fee_owed(late(400)), 0);
        let none = self::account(0);
        assert_eq!((none.owed(late(99)), none.late_fee(late(99))), (0, LateFee::default()));
        for (amount, key) in [(0, Why::AmountNotPositive), (-1, Why::AmountNotPositive), (i64::MAX, Why::AmountAbsurd)]
        {
            assert_eq!(pay(&mut account, late(21), amount, Towards::Fine).expect_err("no").key, key.key());
        }
    }

    #[test]
    fn instalments() {
        let mut account = account(90_000);
        let part = |days, amount| Instalment { due_on: late(days), amount };
        let today = day("2025-03-10");
        for wrong in [
            vec![],
            vec![part(0, 89_999)],
            vec![part(0, 100_000), part(30, -10_000)],
            vec![part(30, 45_000), part(0, 45_000)],
            vec![part(-30, 45_000), part(0, 45_000)],
            vec![part(0, i64::MAX), part(30, i64::MAX)],
        ] {
            assert_eq!(account.grant(&wrong, today).expect_err("wrong").key, Why::InstalmentsWrong.key(), "{wrong:?}");
        }
        account.grant(&[part(0, 30_000), part(30, 30_000), part(60, 30_000)], today).expect("granted");
        pay(&mut account, late(0), 30_000, Towards::Fine).expect("paid in time");
        assert_eq!(account.late_fee(late(30)).amount, 0);
        // The second part is late by ten days, the third is not due.
        assert_eq!(account.late_fee(late(40)).amount, 9_000);
        assert_eq!(account.due_on(), late(60));
        // More time that is granted late forgives nothing: ten days of what was owed stay, and none is added before the new day.
        let mut tardy = self::account(100_000);
        tardy.grant(&[part(50, 100_000)], late(10)).expect("granted");
        let fees = [10, 50, 51].map(|days| tardy.late_fee(late(days)));
        assert_eq!(fees.map(|fee| (fee.days, fee.amount)), [(10, 30_000), (10, 30_000), (11, 33_000)]);
        let (first, last) = account.court_window(&TERMS, &CALENDAR).expect("a window");
        assert_eq!((first, last), (day("2025-09-03"), day("2025-12-02")));
    }

    #[test]
    fn cash() {
        let remote = std::collections::BTreeSet::from(["岛上".to_owned()]);
        let day = day("2026-03-02");
        let far = |place: &str, is_asked| SpotReason::Remote { place: place.to_owned(), is_asked };
        #[rustfmt::skip]
        let rows = [
            (10_000, true, SpotReason::Small, None, "处罚法68(1)"),
            (10_001, true, SpotReason::Small, Some(Why::CollectedUnlawfully), "处罚法68(1)"),
            (10_000, false, SpotReason::Small, Some(Why::CollectedUnlawfully), "处罚法68：普通程序"),
            (20_000, true, SpotReason::HardLater("流动摊贩，无固定住所".to_owned()), None, "处罚法68(2)"),
            (20_000, true, SpotReason::HardLater(" ".to_owned()), Some(Why::WordsMissing), "处罚法68(2)"),
            (20_000, false, SpotReason::HardLater("流动".to_owned()), Some(Why::CollectedUnlawfully), "处罚法68(2)"),
            (500_000, false, far("岛上", true), None, "处罚法69"),
            (500_000, false, far("岛上", false), Some(Why::NotRemote), "处罚法69：未提出"),
            (500_000, false, far("城里", true), Some(Why::NotRemote), "处罚法69"),
        ];
        for (fine, is_summary, reason, expected, article) in rows {
            let said = may_collect(fine, is_summary, &reason, &remote, &TERMS, day).err().map(|refusal| refusal.key);
            assert_eq!(said, expected.map(Why::key), "{article}");
        }
    }

    #[test]
    fn cash_is_handed_on() {
        // Art. 71, two working days each: over a weekend that is worked, and over National Day.
        for (collected, received, organ, bank) in [
            ("2026-09-18", "2026-09-21", "2026-09-21", "2026-09-23"),
            ("2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10"),
            ("2026-03-06", "2026-03-06", "2026-03-10", "2026-03-10"),
        ] {
            let days = hand_over_days(day(collected), Some(day(received)), &TERMS, &CALENDAR).expect("days");
            assert_eq!(days, (day(organ), Some(day(bank))), "collected on {collected}");
        }
    }

    proptest! {
        #[test]
        fn a_late_fee_never_falls_and_never_passes_the_fine(
            fine in 1..MOST_FEN,
            days in 0_i64..500,
            paid in 0_i64..100,
            on in 0_i64..60,
        ) {
            let mut account = account(fine);
            let part = fine * paid / 100;
            if part > 0 {
                pay(&mut account, late(on), part, Towards::Fine).expect("paid");
            }
            let (today, tomorrow) = (account.late_fee(late(days)), account.late_fee(late(days + 1)));
            prop_assert!(today.amount <= tomorrow.amount && tomorrow.amount <= fine);
            prop_assert!(account.owed(late(days)) >= 0);
        }
    }
}
