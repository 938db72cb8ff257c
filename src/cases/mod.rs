//! A case goes its way: taken on, checked, filed, dispatched, handled, answered for, verified by somebody else, closed.

pub mod case;
pub mod store;
