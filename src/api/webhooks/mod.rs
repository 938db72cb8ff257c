//! Webhooks: facts leave for an address as they happen, signed (Standard Webhooks), those of one case in their order, again and again
//! until they arrive.

pub mod calls;
pub mod endpoint;
pub mod sending;
pub mod show;
pub mod store;

/// The words of a delivery's states.
pub fn states() -> Vec<&'static str> {
    endpoint::State::ALL.iter().map(|state| state.word()).collect()
}
