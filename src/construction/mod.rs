//! Unlawful building (违建): from the day it is found to the day the site is clear, as the planning law and the coercion law
//! have it. The chain is one pure function in [`chain`]; what is counted of it stands in [`ledger`].

pub mod chain;
pub mod diagram;
pub mod ledger;
pub mod refusal;

pub use chain::{Act, Building, Fact, Stage, carry_out};
pub use refusal::Why;
