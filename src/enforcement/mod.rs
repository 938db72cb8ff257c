//! Penalty cases under legal procedure (执法办案). A case cannot skip a step that the law demands: every hard precondition is
//! a question in [`guards`], and every no names its article. The money stands in [`money`], what cities fill in in [`organ`]
//! and [`matters`], checks of enterprises in [`inspection`].

pub mod case;
pub mod diagram;
pub mod guards;
pub mod inspection;
pub mod matters;
pub mod money;
pub mod organ;
pub mod refusal;
pub mod statutes;

pub use case::{Act, Actor, Case, Fact, Law, Role, Stage, carry_out};
pub use refusal::Why;
