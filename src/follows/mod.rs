//! 关注: citizens follow a place, an area or a kind of problem, by e-mail, by web push or by a feed, and are told what the public pages show and
//! nothing else. An address is proved before anything is sent to it and forgotten when it is no longer wanted.

pub mod asking;
pub mod feed;
pub mod follow;
pub mod own;
pub mod sending;
pub mod settings;
pub mod store;

use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;
use follow::Index;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

/// What the room keeps in memory.
#[derive(Debug, Default)]
pub struct Held {
    /// What the city sets.
    pub settings: settings::Settings,
    /// All that is followed, as it was last read.
    index: RwLock<Read>,
}

/// What was read of the table.
#[derive(Debug, Clone, Default)]
struct Read {
    /// By what the table was known then.
    mark: Option<(i64, i64)>,
    /// When it was last compared; none when it must be.
    at: Option<Instant>,
    index: Arc<Index>,
}

impl Held {
    /// With what the city sets.
    pub fn new(settings: settings::Settings) -> Held {
        Held { settings, ..Held::default() }
    }

    fn read(&self) -> Read {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, mark: (i64, i64), index: Arc<Index>) {
        let read = Read { mark: Some(mark), at: Some(Instant::now()), index };
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = read;
    }

    /// Somebody has begun or ceased to follow: the table is compared before the next look.
    fn changed(&self) {
        self.index.write().unwrap_or_else(PoisonError::into_inner).at = None;
    }
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    vec![
        Door::get("/follow", Public, asking::form),
        Door::post("/follow", Public, asking::ask).paced(Pace::Report),
        Door::get("/follow/feed.atom", Public, feed::atom),
        Door::post("/follow/renew", Public, asking::renew).paced(Pace::Report),
        Door::get("/follow/{secret}", Public, own::show).paced(Pace::Code),
        Door::post("/follow/{secret}", Public, own::change).paced(Pace::Code),
        Door::post("/follow/{secret}/confirm", Public, own::confirm).paced(Pace::Code),
        Door::post("/follow/{secret}/unsubscribe", Public, own::unsubscribe).paced(Pace::Code),
    ]
}
