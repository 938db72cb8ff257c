//! The one integration-test binary: every room over HTTP, on both engines.

mod browser;
mod cases;
mod durability;
mod catalog;
mod check;
mod files;
mod front;
mod grid;
mod imports;
mod journey;
mod people;
mod reports;
mod restless;
mod rooms;
mod stories;
mod whistles;
mod world;
