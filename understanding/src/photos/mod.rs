//! Is it the same picture? Prints that survive compressing, mirroring and turning, and the comparison of two photos; and pixels
//! in and out of their files.

pub mod pixels;
pub mod grey;
pub mod symmetry;
pub mod print;
pub mod comparing;
