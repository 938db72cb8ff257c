//! The data exchange with superiors' platforms (上级平台数据交换): every day a batch of counts and cases goes up, numbered, the same bytes
//! whenever it is sent, in order, until it is acknowledged. Each superior says in a file of the city how it calls things. Lends out
//! [`running`] to whoever serves and to the command line.

pub mod acting;
pub mod answers;
pub mod batch;
pub mod fields;
pub mod making;
pub mod mapping;
pub mod running;
pub mod sending;
pub mod settings;
pub mod show;
pub mod store;
pub mod writing;

use crate::evaluation::definitions::Definitions;
use crate::exchange::partner::Secret;
use crate::kit::sources::Sources;
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use mapping::Mapping;
use settings::{Superior, Way};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use tokio::sync::Notify;

/// A superior with what belongs to it.
#[derive(Debug)]
pub struct Known {
    /// What the city says.
    pub superior: Superior,
    /// How it calls things.
    pub mapping: Mapping,
    /// What signs; empty: nothing is signed.
    pub secret: Secret<String>,
    /// What opens its door; empty: nothing is shown there.
    pub token: Secret<String>,
    /// Whether its folder is one beside our store of files, which we may make.
    pub is_own_folder: bool,
    /// What asks it.
    pub client: reqwest::Client,
    /// Whether it may be asked in a network that is not public.
    pub allow_local: bool,
    /// The last batch of which this program has told that it is late.
    pub reminded: AtomicI64,
}

/// What the room keeps in memory.
#[derive(Debug)]
pub struct Held {
    /// The superiors in their order.
    pub all: Vec<Known>,
    /// Somebody wants something made or sent.
    pub wake: Notify,
}

/// What there is to count under an id.
fn is_counted(definitions: &Definitions, id: &str) -> bool {
    definitions.name(id).is_some() || definitions.rate(id).is_some()
}

/// The mapping of a superior: that of its file, or our own names.
///
/// # Errors
/// A sentence for the operator that names the file.
pub fn mapping_of(superior: &Superior, sources: &Sources, definitions: &Definitions) -> Result<Mapping, String> {
    if superior.mapping.is_empty() {
        let ids: Vec<String> = definitions.counts.iter().map(|count| count.id.clone()).collect();
        return Ok(Mapping::plain(&ids));
    }
    let file = &superior.mapping;
    let text = sources.text(file).ok_or_else(|| format!("superior {}: the file {file} is missing", superior.key))?;
    let mapping = Mapping::read(&text, |id| is_counted(definitions, id)).map_err(|why| format!("{file}: {why}"))?;
    match superior.data.iter().find(|data| !mapping.sets.contains_key(data)) {
        Some(data) => Err(format!("{file}: there is no [{}], which superior {} wants", data.word(), superior.key)),
        None => Ok(mapping),
    }
}

/// A folder that is written without its whole address lies beside the store of files.
fn beside(folder: &Path, files: &str) -> PathBuf {
    let store = Path::new(files.strip_prefix("file://").unwrap_or(files));
    match store.parent().filter(|_| !files.starts_with("s3://")) {
        Some(parent) if folder.is_relative() => parent.join(folder),
        _ => folder.to_owned(),
    }
}

impl Held {
    /// Reads the superiors of a city; `files` is where its store of files lies, `secret` reads the environment.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn load(
        city: &toml::Table,
        sources: &Sources,
        definitions: &Definitions,
        files: &str,
        secret: impl Fn(&str) -> Option<String>,
    ) -> Result<Held, String> {
        let allow_local = crate::exchange::settings::Settings::of_city(city)?.allow_local;
        let client = crate::kit::outside::guarded(allow_local).map_err(|error| format!("superior: {error}"))?;
        let mut all = Vec::new();
        for mut superior in settings::of_city(city)? {
            let mapping = mapping_of(&superior, sources, definitions)?;
            let mut is_own_folder = false;
            if let Way::Files { folder, answers } = &mut superior.way {
                is_own_folder = folder.is_relative();
                (*folder, *answers) = (beside(folder, files), beside(answers, files));
            }
            let [signing, token] =
                superior.secrets().map(|name| Secret(secret(&name).unwrap_or_default().trim().to_owned()));
            all.push(Known {
                superior,
                mapping,
                secret: signing,
                token,
                is_own_folder,
                client: client.clone(),
                allow_local,
                reminded: AtomicI64::new(0),
            });
        }
        Ok(Held { all, wake: Notify::new() })
    }

    /// The superior of that key.
    pub fn of(&self, key: &str) -> Option<&Known> {
        self.all.iter().find(|known| known.superior.key == key)
    }
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeSuperiors);
    let manage = Access::Act(Act::ManageSuperiors);
    vec![
        Door::get("/superiors", see, show::list),
        Door::get("/superiors/{key}", see, show::superior),
        Door::post("/superiors/{key}/preview", manage, acting::preview),
        Door::get("/superiors/{key}/batches/{id}", see, show::batch),
        Door::get("/superiors/{key}/batches/{id}/files/{name}", see, show::file),
        Door::post("/superiors/{key}/batches/{id}/send", manage, acting::send),
        Door::post("/superiors/{key}/batches/{id}/correct", manage, acting::correct),
        Door::post("/superiors/{key}/batches/{id}/give-up", manage, acting::give_up),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lies_beside_the_store_of_files() {
        for (folder, files, found) in [
            ("up", "var/files", "var/up"),
            ("up", "file:///srv/steward/files", "/srv/steward/up"),
            ("/mnt/up", "var/files", "/mnt/up"),
            ("up", "s3://bucket/files", "up"),
        ] {
            assert_eq!(beside(Path::new(folder), files), Path::new(found));
        }
    }
}
