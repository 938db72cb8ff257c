//! The one integration-test binary: every room over HTTP, on both engines.

mod rooms;
mod world;
