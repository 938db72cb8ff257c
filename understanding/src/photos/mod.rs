//! Is it the same picture? Prints that survive compressing, mirroring and turning, and the comparison of two photos.

pub mod grey;
pub mod symmetry;
pub mod print;
pub mod comparing;
