//! What comes again and again (重复投诉)? Reports of one kind at one place, and messages about one subject, found in a list; the
//! rules by which a month is counted; and whether two reports are about the same thing.

pub mod moment;
pub mod rule;
pub mod place_clusters;
pub mod pieces;
pub mod settings;
mod weights;
mod texts;
mod neighbours;
mod linkage;
mod parting;
mod repairs;
pub mod topics;
pub mod find;
pub mod reading;
pub mod likeness;
