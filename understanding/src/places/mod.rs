//! Where is it? Places in words: an address, a crossing, the name of an estate, or a sentence that holds one of them, found
//! in a city's own list of places, with a score that says how often such an answer is right.

pub mod place;
pub mod form;
pub mod position;
pub mod address;
mod chinese;
mod western;
pub mod reading;
pub mod spot;
pub mod stretch;
pub mod names;
pub mod lines;
pub mod worth;
mod gathering;
pub mod gazetteer;
mod building;
mod candidates;
mod learning;
pub mod typing;
