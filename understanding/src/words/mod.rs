//! What is it about? A linear reader of texts: it learns from texts that people have sorted, and says its confidence.

pub mod chance;
pub mod grams;
pub mod corpus;
pub mod svm;
pub mod measuring;
pub mod calibration;
pub mod sheet;
pub mod lexicon;
pub mod model;
pub mod training;
