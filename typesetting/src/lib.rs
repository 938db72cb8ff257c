//! Turns a template, data and fonts into a PDF. Pure: it reads no file, asks no network and no clock, and the same input
//! gives the same bytes on every machine. The templates lie in `letters/`, and what each paper must carry in
//! `letters/kinds.toml`; a city can replace either by a file of its own.

mod kinds;
mod money;
mod outline;
mod qr;
mod text;
mod typesetter;

pub use kinds::{Field, Kind, Kinds, Name, UnreadableKinds, missing};
pub use money::{words, yuan};
pub use outline::{Block, Cell, Outline, Paragraph, Run, Side, Table};
pub use qr::{TooLong, qr_svg};
pub use text::Replaced;
pub use typesetter::{Day, Order, Paper, Picture, Refused, Typesetter, Unusable};
