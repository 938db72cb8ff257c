//! Imports at work: a long file is taken over while nobody waits for the answer, and whoever looks sees how far it has come.

use crate::kit::id::Id;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How an import's work stands.
#[derive(Debug, Clone)]
enum Work {
    /// How many bytes were read.
    Reading(Arc<AtomicU64>),
    /// It ended early.
    Failed,
}

/// What a page says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nobody works on it.
    Still,
    /// So many bytes were read.
    Reading(u64),
    /// It ended early; it may be kept again.
    Failed,
}

/// The imports that this program works on. What is lost with the program is no harm: an import that was cut short still waits, and
/// keeping it again changes nothing that was changed before.
#[derive(Debug, Default)]
pub struct Working(Mutex<BTreeMap<Id, Work>>);

impl Working {
    /// Begins; none when somebody works on it.
    pub fn begin(&self, import: Id) -> Option<Arc<AtomicU64>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(all.get(&import), Some(Work::Reading(_))) {
            return None;
        }
        let read = Arc::new(AtomicU64::new(0));
        all.insert(import, Work::Reading(read.clone()));
        Some(read)
    }

    /// Ends, well or not.
    pub fn end(&self, import: Id, is_well: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_well {
            all.remove(&import);
        } else {
            all.insert(import, Work::Failed);
        }
    }

    /// How it stands.
    pub fn seen(&self, import: Id) -> Seen {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&import) {
            None => Seen::Still,
            Some(Work::Reading(read)) => Seen::Reading(read.load(Ordering::Relaxed)),
            Some(Work::Failed) => Seen::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_works_at_a_time_and_a_failure_is_seen() {
        let working = Working::default();
        let read = working.begin(1).expect("begun");
        assert!(working.begin(1).is_none() && working.begin(2).is_some());
        read.store(7, Ordering::Relaxed);
        assert_eq!((working.seen(1), working.seen(3)), (Seen::Reading(7), Seen::Still));
        working.end(1, false);
        assert_eq!(working.seen(1), Seen::Failed);
        assert!(working.begin(1).is_some());
        working.end(1, true);
        assert_eq!(working.seen(1), Seen::Still);
    }
}
