//! Where: areas, unit grids and responsibility grids, coordinate systems, and the way from a place to its unit grid.
//!
//! The room lends to others the [`Grid`](cells::Grid), which holds the whole ground in memory and answers in well under
//! a microsecond, the [`Point`](coordinates::Point) with its systems, and the layers of the map. Everything is pure but
//! `store.rs`, which keeps the ground in the database, and the reading of files in `import.rs`.

pub mod area;
pub mod base_map;
pub mod bench;
pub mod cells;
pub mod code;
pub mod commands;
pub mod component;
pub mod coordinates;
pub mod geometry;
pub mod geopackage;
pub mod import;
pub mod keepers;
pub mod layers;
mod raster;
pub mod store;
pub mod taking;
pub mod topology;
