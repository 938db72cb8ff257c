//! Every parser of what comes from outside, by a name each, as functions of bytes: for whoever feeds them rubbish. None may panic,
//! run on without end or take memory without bound, whatever the bytes are. `fuzz/` has a target for each; `tests/it/rubbish.rs`
//! drives them for a short time with every build.

use crate::duty::person::Staff;
use crate::duty::sheet;
use crate::evaluation::members;
use crate::exchange::reading;
use crate::files::{clean, document, photo};
use crate::grid::{geopackage, import};
use crate::inspection::reading as enterprises;
use crate::kit::fields::Typed;
use crate::kit::letters;
use crate::kit::sent::Sent;
use crate::kit::tables::{self, Formulas};
use crate::people::identity::sealing::Sealer;
use crate::superior::{answers, mapping};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

/// A parser: its name, what begins what it reads (for whoever makes rubbish that goes deep), and itself.
#[derive(Clone, Copy)]
pub struct Parser {
    /// Its name, also of its target and of the folder with its corpus.
    pub name: &'static str,
    /// Reads bytes and throws away what comes of it.
    pub read: fn(&[u8]),
}

/// All of them.
pub const ALL: [Parser; 13] = [
    Parser { name: "form", read: form },
    Parser { name: "multipart", read: multipart },
    Parser { name: "table", read: table },
    Parser { name: "roster", read: roster },
    Parser { name: "enterprises", read: of_enterprises },
    Parser { name: "geojson", read: geojson },
    Parser { name: "shapefile", read: shapefile },
    Parser { name: "geopackage", read: of_geopackage },
    Parser { name: "geopackage_shape", read: geopackage_shape },
    Parser { name: "image", read: image },
    Parser { name: "open311", read: open311 },
    Parser { name: "mapping", read: of_mapping },
    Parser { name: "kept", read: kept },
];

/// The one of a name.
pub fn of(name: &str) -> Option<Parser> {
    ALL.into_iter().find(|one| one.name == name)
}

/// A form as browsers send it, and a declared form's fields.
fn form(bytes: &[u8]) {
    if let Ok(pairs) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(bytes) {
        drop(Typed::of(pairs));
    }
}

/// A form with files.
fn multipart(bytes: &[u8]) {
    let kind = "multipart/form-data; boundary=x";
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let Ok(request) = Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(bytes.to_vec())) else {
        return;
    };
    drop(runtime.block_on(Sent::read(request)));
}

/// A table: text in any letters, Excel, JSON.
fn table(bytes: &[u8]) {
    drop(letters::read(bytes));
    for formulas in [Formulas::Reckoned, Formulas::Written] {
        let mut rows = 0;
        let mut sink = |_: tables::Told| {
            rows += 1;
            rows < 1_000
        };
        drop(tables::read_with(Cursor::new(bytes.to_vec()), formulas, &mut sink));
    }
}

/// A roster as a spreadsheet.
fn roster(bytes: &[u8]) {
    let columns = sheet::COLUMNS.iter().map(|name| ((*name).to_owned(), *name)).collect::<BTreeMap<String, &str>>();
    drop(sheet::read(bytes, &Staff::default(), &columns));
}

/// A list of enterprises.
fn of_enterprises(bytes: &[u8]) {
    let columns = enterprises::COLUMNS.iter().map(|name| ((*name).to_owned(), *name)).collect();
    drop(enterprises::read(bytes, &enterprises::Names { columns, kinds: BTreeMap::new() }));
}

/// Areas, grids or components as GeoJSON.
fn geojson(bytes: &[u8]) {
    drop(import::read_geojson(bytes));
}

/// Does something with a file of these bytes, which is gone afterwards.
fn in_a_file(ending: &str, bytes: &[u8], work: impl FnOnce(&Path)) {
    let folder = std::env::temp_dir().join(format!("steward-parsers-{}", crate::kit::id::secret()));
    let file = folder.join("file").with_extension(ending);
    if std::fs::create_dir(&folder).and_then(|()| std::fs::write(&file, bytes)).is_ok() {
        work(&file);
    }
    drop(std::fs::remove_dir_all(&folder));
}

/// A Shapefile and its table of attributes, the first four bytes saying how long the former is.
fn shapefile(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX).min(rest.len());
    let (shapes, attributes) = rest.split_at(length);
    in_a_file("shp", shapes, |file| {
        if std::fs::write(file.with_extension("dbf"), attributes).is_ok() {
            drop(import::read_shapefile(file));
        }
    });
}

/// A GeoPackage.
fn of_geopackage(bytes: &[u8]) {
    in_a_file("gpkg", bytes, |file| drop(geopackage::read(file, "")));
}

/// A shape within a GeoPackage.
fn geopackage_shape(bytes: &[u8]) {
    drop(geopackage::shape::read(bytes));
}

/// A photo, and what claims to be a document.
fn image(bytes: &[u8]) {
    drop(photo::inspect(bytes));
    let _ = document::is_pdf(bytes);
    drop(clean::chunks(bytes));
    drop(clean::segments(bytes));
    drop(clean::clean(bytes));
}

/// What another system answers by Open311, as XML or JSON.
fn open311(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    drop(reading::trouble(&text));
    let Ok(tree) = reading::tree(&text) else { return };
    drop(reading::requests(&tree, &TimeZone::UTC));
    drop(reading::updates(&tree, &TimeZone::UTC));
    drop(reading::services(&tree));
    drop(reading::given(&tree));
    drop(reading::endpoint(&tree));
}

/// A mapping file, and what a superior answers.
fn of_mapping(bytes: &[u8]) {
    drop(mapping::Mapping::read(&String::from_utf8_lossy(bytes), |_| true));
    for by_ending in [None, Some(true), Some(false)] {
        drop(answers::read(bytes, by_ending, "20260310-1", 1));
    }
}

/// What was kept by the program itself and comes back from a database that somebody else may have written.
fn kept(bytes: &[u8]) {
    drop(members::unpack(bytes, None));
    let text = String::from_utf8_lossy(bytes);
    if let Ok(sealer) = Sealer::of(None) {
        drop(sealer.open(1, &text));
    }
    let _ = tables::moment(&text, &TimeZone::UTC);
    drop(crate::kit::id::normal_code(&text));
    drop(crate::archive::store::values(bytes, 3));
}
