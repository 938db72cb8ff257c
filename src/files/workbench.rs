//! The memory in which photographs are decoded and made smaller. Fresh memory for twelve megapixels costs the machine as much time
//! as making them smaller, so what one photograph needed is kept for the next, until none has come for a while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use understanding::photos::pixels::Resizer;

/// No more memory than this is kept for one photograph, in bytes: enough for sixteen megapixels.
const MOST_KEPT: usize = 64 << 20;
/// For so many photographs at once it is kept; what more are cleaned at the same moment take fresh memory.
const MOST_BENCHES: usize = 2;

static KEPT: Mutex<Vec<Workbench>> = Mutex::new(Vec::new());
static IS_USED: AtomicBool = AtomicBool::new(false);

/// What one photograph needs.
#[derive(Default)]
pub struct Workbench {
    /// The largest pixels that lay here last.
    pub pixels: Vec<u8>,
    /// Makes pictures smaller, with memory of its own.
    pub resizer: Resizer,
}

impl Workbench {
    /// One that is free, or a new one.
    pub fn take() -> Workbench {
        IS_USED.store(true, Ordering::Relaxed);
        kept().pop().unwrap_or_default()
    }

    /// Keeps pixels that nobody looks at any more, when they are more than what lies here.
    pub fn keep(&mut self, pixels: Vec<u8>) {
        if pixels.capacity() > self.pixels.capacity() {
            self.pixels = pixels;
        }
    }

    /// Leaves it for the next photograph.
    pub fn lay_down(self) {
        let mut kept = kept();
        let size = self.pixels.capacity() + self.resizer.size_of_internal_buffers();
        if size <= MOST_KEPT && kept.len() < MOST_BENCHES {
            kept.push(self);
        }
    }
}

fn kept() -> MutexGuard<'static, Vec<Workbench>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the memory back when no photograph has come since this was said last.
pub fn rest() {
    if !IS_USED.swap(false, Ordering::Relaxed) {
        kept().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_for_the_next_photograph_and_given_back_when_none_comes() {
        let mut bench = Workbench::take();
        bench.keep(vec![0; 5_000]);
        bench.keep(vec![0; 10]);
        assert!(bench.pixels.capacity() >= 5_000, "the larger one is kept");
        bench.lay_down();
        rest();
        let mut large = Workbench::take();
        large.keep(vec![0; MOST_KEPT + 1]);
        let before = kept().len();
        large.lay_down();
        assert_eq!(kept().len(), before, "what is too large is not kept");
        rest();
        rest();
        assert!(kept().iter().all(|bench| bench.pixels.is_empty()), "nothing is kept for nobody");
    }
}
