//! What the program understands of what comes in. Everything here is pure: texts, pixels and numbers are handed in, answers come out.
//! It is a crate of its own because it counts for a living: it is optimised in every build, also in those for development.

pub mod photos;
pub mod places;
pub mod text;
pub mod words;
pub mod repeats;
