//! How often somebody may knock at a door: guesses at what somebody may know, and uses of what costs. Whoever is signed in is
//! counted by their account, since a whole office may share an address; everybody else by their address.

use super::doors::Visit;
use crate::kit::clock::Moment;
use crate::kit::gates::Settings;
use crate::kit::id::Id;
use crate::kit::paces::{Bucket, Guesses, Ledger, Uses};
use crate::kit::peers::Peer;
use axum::http::StatusCode;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What of a door is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Nothing.
    Free,
    /// Wrong passwords and second factors.
    Password,
    /// Wrong codes in addresses: of reports, papers, parties, feeds.
    Code,
    /// Reports that come in, and what citizens add to them.
    Report,
    /// Files that are sent.
    Upload,
    /// Searches and suggestions.
    Search,
}

impl Pace {
    /// Those that are counted.
    pub const COUNTED: [Pace; 5] = [Pace::Password, Pace::Code, Pace::Report, Pace::Upload, Pace::Search];

    /// How measures name it.
    pub const fn word(self) -> &'static str {
        match self {
            Pace::Free => "free",
            Pace::Password => "password",
            Pace::Code => "code",
            Pace::Report => "report",
            Pace::Upload => "upload",
            Pace::Search => "search",
        }
    }

    const fn is_guessed(self) -> bool {
        matches!(self, Pace::Password | Pace::Code)
    }
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Somebody signed in.
    Account(Id),
    /// Somebody at an address.
    Address(IpAddr),
}

impl Who {
    /// Who knocks; nobody when they are not counted.
    pub fn of(visit: &Visit, peer: Option<&Peer>) -> Option<Who> {
        let account = visit.actor.as_ref().map(|actor| Who::Account(actor.account));
        account.or_else(|| peer?.counted().map(Who::Address))
    }

    /// Under which they are counted at a door of this pace.
    fn bucket(self, pace: Pace) -> Bucket {
        match self {
            Who::Account(account) => Bucket::of(pace.word(), &account.to_string()),
            Who::Address(address) => Bucket::of(pace.word(), &address.to_string()),
        }
    }
}

/// What the city says, and what was counted.
#[derive(Debug)]
pub struct Held {
    /// What the city says.
    pub settings: Settings,
    guesses: Guesses,
    uses: Uses,
    turned: [AtomicU64; Pace::COUNTED.len()],
}

impl Held {
    /// Nobody has knocked yet. What is counted here and at other programs stands in the ledger.
    pub fn new(settings: Settings, ledger: &Arc<Ledger>) -> Held {
        let (guesses, uses) = (Guesses::new(Arc::clone(ledger)), Uses::new(Arc::clone(ledger)));
        Held { settings, guesses, uses, turned: Default::default() }
    }

    /// Lets somebody knock at a door of this pace.
    ///
    /// # Errors
    /// After how many seconds they may.
    pub fn admit(&self, pace: Pace, who: Option<Who>, now: Moment) -> Result<(), i64> {
        let Some(who) = who else { return Ok(()) };
        let (settings, bucket) = (&self.settings, || who.bucket(pace));
        let admitted = match pace {
            Pace::Free => Ok(()),
            Pace::Password | Pace::Code => self.guesses.may(bucket(), &settings.guessing, now),
            Pace::Report => self.uses.count(bucket(), settings.reports_per_minute, now),
            Pace::Upload => self.uses.count(bucket(), settings.uploads_per_minute, now),
            Pace::Search => self.uses.count(bucket(), settings.searches_per_minute, now),
        };
        if admitted.is_err()
            && let Some(at) = Pace::COUNTED.iter().position(|one| *one == pace)
            && let Some(count) = self.turned.get(at)
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// Notes what came of it: at a door where something may be guessed, an answer that it was wrong counts.
    pub fn note(&self, pace: Pace, who: Option<Who>, status: StatusCode, now: Moment) {
        let is_wrong = matches!(
            status,
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        );
        if let Some(who) = who.filter(|_| pace.is_guessed() && is_wrong) {
            self.guesses.wrong(who.bucket(pace), &self.settings.guessing, now);
        }
    }

    /// How often somebody was turned away, by pace.
    pub fn turned(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Pace::COUNTED.iter().zip(&self.turned).map(|(pace, count)| (pace.word(), count.load(Ordering::Relaxed)))
    }
}
