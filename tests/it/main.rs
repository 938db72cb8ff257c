//! The one integration-test binary: every room over HTTP, on both engines.

mod branches;
mod browser;
mod cases;
mod due;
mod durability;
mod duty;
mod catalog;
mod check;
mod evaluation;
mod files;
mod front;
mod grid;
mod imports;
mod journey;
mod notices;
mod people;
mod reports;
mod plans;
mod restless;
mod rooms;
mod stories;
mod whistles;
mod world;
