//! City Steward (城市管家), room by room in story order. A room may use the rooms above it, never one below.

pub mod app;
pub mod cases;
pub mod catalog;
pub mod commands;
pub mod demo;
pub mod files;
pub mod grid;
pub mod kit;
pub mod law;
pub mod people;
pub mod reports;
pub mod timeline;
