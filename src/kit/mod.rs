//! The kit knows no city: identifiers, the clock, the two databases, refusals, pages, words, embedded files. Everything
//! that differs between machines and engines is met here once, so that the rooms need not.

pub mod assets;
pub mod behind;
pub mod body;
pub mod clock;
pub mod db;
pub mod docx;
pub mod error;
pub mod fields;
pub mod form;
pub mod gates;
pub mod headers;
pub mod icalendar;
pub mod id;
pub mod kept;
pub mod letters;
pub mod outside;
pub mod machine;
pub mod measures;
pub mod page;
pub mod paces;
pub mod paging;
pub mod peers;
pub mod requests;
pub mod rounds;
pub mod sealing;
pub mod sent;
pub mod sheets;
pub mod sources;
pub mod tables;
pub mod tls;
pub mod words;
pub mod wire;
