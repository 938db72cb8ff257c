//! The one integration-test binary: every room over HTTP, on both engines.

mod branches;
mod browser;
mod cases;
mod catalog;
mod check;
mod due;
mod durability;
mod duty;
mod evaluation;
mod files;
mod front;
mod grid;
mod imports;
mod journey;
mod learning;
mod moulds;
mod notices;
mod people;
mod places;
mod plans;
mod reports;
mod restless;
mod rooms;
mod stories;
mod whistles;
mod world;
