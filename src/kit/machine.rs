//! What the machine says about itself: room on its disks, the memory and the open files of this process. Where it says nothing,
//! nothing is known.

use std::path::Path;

/// Less than this is little, in bytes.
const LITTLE: u64 = 2 << 30;
/// Less than this is nearly nothing, in bytes.
const NEARLY: u64 = 256 << 20;

/// The room at a place, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// What this account may still write.
    pub free: u64,
    /// What there is altogether.
    pub all: u64,
}

/// How much that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Nobody need think of it.
    Enough,
    /// Somebody should make room.
    Little,
    /// Writing will fail soon.
    Nearly,
}

impl Space {
    /// How much that is.
    pub fn weight(&self) -> Room {
        match self.free {
            free if free < NEARLY => Room::Nearly,
            free if free < LITTLE => Room::Little,
            _ => Room::Enough,
        }
    }
}

/// What the machine is called among its neighbours; empty where it does not say.
pub fn name() -> String {
    let told =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    told.unwrap_or_default().trim().chars().take(80).collect()
}

/// The room at the address of a database or a store of files; none where that is on another machine.
pub fn space_at(address: &str) -> Option<Space> {
    let path = address.strip_prefix("file://").unwrap_or(address);
    let path = path.strip_prefix("sqlite:").unwrap_or(path);
    if path.contains("://") {
        return None;
    }
    // What is not there yet will be made in the nearest folder that is.
    let path = std::path::absolute(Path::new(path)).ok()?;
    let there = path.ancestors().find(|folder| folder.exists())?;
    space(there)
}

#[cfg(unix)]
fn space(folder: &Path) -> Option<Space> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(Space { free: found.f_bavail * found.f_frsize, all: found.f_blocks * found.f_frsize })
}

#[cfg(not(unix))]
fn space(_: &Path) -> Option<Space> {
    None
}

/// How many bytes of memory this process holds.
pub fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// How many files and connections this process has open.
pub fn open_files() -> Option<u64> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_enough_little_or_nearly_nothing() {
        let of = |free| Space { free, all: 1 << 40 }.weight();
        assert_eq!([of(3 << 30), of(1 << 30), of(100 << 20)], [Room::Enough, Room::Little, Room::Nearly]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_machine_knows_its_room_and_what_this_process_holds() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("not/there/steward.db");
        assert!(space_at(&format!("sqlite:{}", place.display())).is_some_and(|space| space.all > space.free));
        assert_eq!(space_at("s3://bucket/prefix"), None);
        assert_eq!(space_at("postgres://host/name"), None);
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20) && open_files().is_some_and(|count| count > 2));
    }
}
