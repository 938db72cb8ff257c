//! Several programs serve one city from one database: each has a number, one of them at a time does what is done once, and each
//! hears of the others what it tells open screens and how often somebody asked. Lends out [`Held`] and [`keeping::keep`]. With SQLite there is one program, and nothing of
//! this costs anything.

pub mod hearing;
pub mod instance;
pub mod keeping;
pub mod pacing;
pub mod store;

use crate::kit::id::{self, Id};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{mpsc, watch};

/// The turn for everything that is done once.
pub const JOBS: &str = "jobs";
/// How many pieces of news may wait to be told to the others; of more they hear only that they have missed some.
const WAITING: usize = 8_192;

/// What the room keeps in memory.
pub struct Held {
    /// Which program this is among those of the database.
    pub instance: Id,
    /// Whether it is this program's turn to do what is done once.
    turn: watch::Sender<bool>,
    /// How many others live, as last seen.
    others: AtomicUsize,
    /// What the others are to hear; read by one job.
    telling: mpsc::Sender<instance::Piece>,
    told: std::sync::Mutex<Option<mpsc::Receiver<instance::Piece>>>,
    /// Set when more happened than can be told one by one.
    missed: std::sync::atomic::AtomicBool,
}

impl Held {
    /// `is_alone`: nobody else can serve this database, so that every turn is this program's.
    pub fn new(is_alone: bool) -> Held {
        let (telling, told) = mpsc::channel(WAITING);
        Held {
            instance: id::fresh(),
            turn: watch::Sender::new(is_alone),
            others: AtomicUsize::new(0),
            telling,
            told: std::sync::Mutex::new(Some(told)),
            missed: std::sync::atomic::AtomicBool::new(false),
        }
    }

    /// Whether it is this program's turn to do what is done once.
    pub fn is_turn(&self) -> bool {
        *self.turn.borrow()
    }

    /// Ends when the turn has come (`true`) or is over (`false`).
    pub async fn until_turn(&self, is_turn: bool) {
        let mut turn = self.turn.subscribe();
        // The sender lives as long as this does.
        drop(turn.wait_for(|now| *now == is_turn).await);
    }

    /// How many other programs live, as last seen.
    pub fn others(&self) -> usize {
        self.others.load(Ordering::Acquire)
    }

    /// Lets the others hear of a change, if there are any; never waits.
    pub fn tell(&self, subject: &'static str, subject_id: Id) {
        if self.others() > 0 && self.telling.try_send((subject, subject_id)).is_err() {
            self.missed.store(true, Ordering::Release);
        }
    }
}
