//! City Steward (城市管家), room by room in story order. A room may use the rooms above it, never one below.

pub mod kit;
pub mod people;
pub mod grid;
pub mod catalog;
pub mod law;
pub mod timeline;
pub mod notices;
pub mod views;
pub mod files;
pub mod places;
pub mod suggestions;
pub mod reports;
pub mod cases;
pub mod whistles;
pub mod duty;
pub mod repeats;
pub mod papers;
pub mod enforcement;
pub mod construction;
pub mod inspection;
pub mod evaluation;
pub mod imports;
pub mod search;
pub mod app;
pub mod demo;
pub mod commands;
