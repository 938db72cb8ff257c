//! The one integration-test binary: every room over HTTP, on both engines.

mod files;
mod front;
mod cases;
mod rooms;
mod world;
