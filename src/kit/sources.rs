//! The files that make a city: pages, letters, locales, catalog, evaluation, law, teaching, migrations. They are embedded in the binary; a city's folder
//! shadows them path by path.

use rust_embed::Embed;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

macro_rules! folder {
    ($name:ident, $folder:literal, $prefix:literal) => {
        #[derive(Embed)]
        #[folder = $folder]
        #[prefix = $prefix]
        // The drawings and the scripts from which the demonstration's files are made.
        #[exclude = "photos/src/*"]
        #[exclude = "*.mjs"]
        // The invented examples of papers.
        #[exclude = "samples/*"]
        #[allow_missing = true]
        struct $name;
    };
}
folder!(PagesFolder, "$CARGO_MANIFEST_DIR/pages", "pages/");
folder!(LettersFolder, "$CARGO_MANIFEST_DIR/letters", "letters/");
folder!(FontsFolder, "$CARGO_MANIFEST_DIR/typesetting/fonts", "fonts/");
folder!(LocalesFolder, "$CARGO_MANIFEST_DIR/locales", "locales/");
folder!(CatalogFolder, "$CARGO_MANIFEST_DIR/catalog", "catalog/");
folder!(EvaluationFolder, "$CARGO_MANIFEST_DIR/evaluation", "evaluation/");
folder!(LawFolder, "$CARGO_MANIFEST_DIR/law", "law/");
folder!(TeachingFolder, "$CARGO_MANIFEST_DIR/teaching", "teaching/");
folder!(MigrationsFolder, "$CARGO_MANIFEST_DIR/migrations", "migrations/");
folder!(DistFolder, "$CARGO_MANIFEST_DIR/assets/dist", "assets/");
folder!(DemoFolder, "$CARGO_MANIFEST_DIR/demo", "demo/");

/// Embedded files, shadowed by a city's folder.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    city: Option<PathBuf>,
    /// Embedded files below this prefix shadow the plain ones too: the demonstration's city is embedded.
    shadow: Option<&'static str>,
}

impl Sources {
    /// Embedded files alone.
    pub fn embedded() -> Sources {
        Sources::default()
    }

    /// Embedded files, shadowed by those below `folder`.
    pub fn of_city(folder: &Path) -> Sources {
        Sources { city: Some(folder.to_owned()), shadow: None }
    }

    /// The invented city that the binary carries.
    pub fn of_demo() -> Sources {
        Sources { city: None, shadow: Some("demo/") }
    }

    /// The city's own folder, when it has one.
    pub fn city(&self) -> Option<&Path> {
        self.city.as_deref()
    }

    /// The bytes of a file such as `pages/base.html`, the city's before the embedded one.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        if path.split(['/', '\\']).any(|part| part == ".." || part.is_empty()) {
            return None;
        }
        let own = self.city.as_ref().and_then(|city| std::fs::read(city.join(path)).ok());
        let shadowing = || self.shadow.and_then(|shadow| embedded(&format!("{shadow}{path}")));
        own.or_else(shadowing).or_else(|| embedded(path))
    }

    /// Where a file that lies in the city's folder itself is on the disk, for what is too large to be read whole; none for what is
    /// only embedded.
    pub fn on_disk(&self, name: &str) -> Option<PathBuf> {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return None;
        }
        self.city.as_ref().map(|city| city.join(name)).filter(|path| path.is_file())
    }

    /// The names of the files that lie in the city's folder itself and end so, sorted.
    pub fn on_disk_ending(&self, ending: &str) -> Vec<String> {
        let entries = self.city.iter().filter_map(|city| std::fs::read_dir(city).ok()).flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> =
            names.filter(|name| name.ends_with(ending) && self.on_disk(name).is_some()).collect();
        names.sort();
        names
    }

    /// The text of a file; bytes that are not UTF-8 read as if it were absent.
    pub fn text(&self, path: &str) -> Option<String> {
        self.bytes(path).and_then(|bytes| String::from_utf8(bytes).ok())
    }

    /// What lies in the city's folder and cannot be used: files that may not be read, and texts that are not UTF-8, each with
    /// its reason. Such a file would otherwise be taken for absent, and the built-in one would count in its place.
    pub fn unusable(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(city) = &self.city {
            unusable(city, city, 0, &mut found);
        }
        found.sort();
        found
    }

    /// All paths that begin with `prefix`, sorted, each once.
    pub fn list(&self, prefix: &str) -> Vec<String> {
        let mut paths: BTreeSet<String> = names(prefix).collect();
        if let Some(shadow) = self.shadow {
            let inner = format!("{shadow}{prefix}");
            paths.extend(names(&inner).filter_map(|path| path.strip_prefix(shadow).map(str::to_owned)));
        }
        if let Some(city) = &self.city {
            let mut found = Vec::new();
            walk(&city.join(prefix.trim_end_matches('/')), &mut found);
            let relative = |path: PathBuf| path.strip_prefix(city).ok()?.to_str().map(|text| text.replace('\\', "/"));
            paths.extend(found.into_iter().filter_map(relative));
        }
        paths.into_iter().collect()
    }

    /// Path and text of every file below `prefix`.
    pub fn folder(&self, prefix: &str) -> Vec<(String, String)> {
        self.list(prefix).into_iter().filter_map(|path| self.text(&path).map(|text| (path, text))).collect()
    }

    /// The letters' shapes of papers: a city's own first, then the embedded ones, which are lent and never copied.
    pub fn fonts(&self) -> Vec<Cow<'static, [u8]>> {
        let mut own = Vec::new();
        if let Some(city) = &self.city {
            walk(&city.join("fonts"), &mut own);
        }
        own.sort();
        let own = own.into_iter().filter_map(|path| std::fs::read(path).ok()).map(Cow::Owned);
        let mut names: Vec<_> = FontsFolder::iter().collect();
        names.sort();
        own.chain(names.into_iter().filter_map(|name| Some(FontsFolder::get(&name)?.data))).collect()
    }

    /// The history of the tables, oldest first.
    pub fn migrations(&self) -> Vec<(String, String)> {
        self.folder("migrations/").into_iter().filter(|(path, _)| path.ends_with(".sql")).collect()
    }
}

fn embedded(path: &str) -> Option<Vec<u8>> {
    let file = match path.split('/').next()? {
        "pages" => PagesFolder::get(path),
        "letters" => LettersFolder::get(path),
        "locales" => LocalesFolder::get(path),
        "catalog" => CatalogFolder::get(path),
        "evaluation" => EvaluationFolder::get(path),
        "law" => LawFolder::get(path),
        "teaching" => TeachingFolder::get(path),
        "migrations" => MigrationsFolder::get(path),
        "assets" => DistFolder::get(path),
        "demo" => DemoFolder::get(path),
        _ => None,
    };
    file.map(|file| file.data.into_owned())
}

fn names(prefix: &str) -> impl Iterator<Item = String> {
    let all: Vec<String> = match prefix.split('/').next().unwrap_or_default() {
        "pages" => PagesFolder::iter().map(Into::into).collect(),
        "letters" => LettersFolder::iter().map(Into::into).collect(),
        "locales" => LocalesFolder::iter().map(Into::into).collect(),
        "catalog" => CatalogFolder::iter().map(Into::into).collect(),
        "evaluation" => EvaluationFolder::iter().map(Into::into).collect(),
        "law" => LawFolder::iter().map(Into::into).collect(),
        "teaching" => TeachingFolder::iter().map(Into::into).collect(),
        "migrations" => MigrationsFolder::iter().map(Into::into).collect(),
        "assets" => DistFolder::iter().map(Into::into).collect(),
        "demo" => DemoFolder::iter().map(Into::into).collect(),
        _ => Vec::new(),
    };
    let prefix = prefix.to_owned();
    all.into_iter().filter(move |path| path.starts_with(&prefix))
}

/// The folders of a city that the program reads.
const FOLDERS: [&str; 8] = ["pages", "letters", "locales", "catalog", "evaluation", "law", "teaching", "fonts"];
/// The files that it reads as texts.
const TEXTS: [&str; 8] = ["toml", "csv", "geojson", "ftl", "html", "typ", "txt", "json"];

fn unusable(city: &Path, folder: &Path, depth: usize, found: &mut Vec<(String, String)>) {
    let named = |path: &Path| path.strip_prefix(city).unwrap_or(path).display().to_string();
    let why = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => "this account may not read it; give it the right to".to_owned(),
        _ => format!("it cannot be read ({error}); put it right or take it away"),
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return found.push((named(folder), why(&error))),
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_text = path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| TEXTS.contains(&ending));
        if path.is_dir() && !is_text {
            if depth > 0 || FOLDERS.contains(&name) {
                unusable(city, &path, depth + 1, found);
            }
        } else if is_text {
            match std::fs::read(&path) {
                Ok(bytes) if std::str::from_utf8(&bytes).is_err() => {
                    found.push((named(&path), "it is not UTF-8; save it as UTF-8".to_owned()));
                }
                Ok(_) => {}
                // Somebody took it away meanwhile.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => found.push((named(&path), why(&error))),
            }
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}
