//! PMTiles version 3: all tiles of a map in one file, found by directories in it,
//! <https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>.

use super::tile::Tile;
use flate2::read::GzDecoder;
use std::io::Read;

/// How long the header is.
pub const HEADER: usize = 127;
/// A directory that unpacks to more is not read.
const MOST_UNPACKED: u64 = 32 << 20;

/// How something in the file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// By gzip.
    Gzip,
    /// By Brotli, which browsers read.
    Brotli,
    /// By Zstandard, which some browsers read.
    Zstandard,
}

/// What the tiles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Vector tiles.
    Vector,
    /// PNG pictures.
    Png,
    /// JPEG pictures.
    Jpeg,
    /// WebP pictures.
    Webp,
    /// AVIF pictures.
    Avif,
}

impl Form {
    /// The media type.
    pub const fn media(self) -> &'static str {
        match self {
            Form::Vector => super::kept::VECTOR,
            Form::Png => "image/png",
            Form::Jpeg => "image/jpeg",
            Form::Webp => "image/webp",
            Form::Avif => "image/avif",
        }
    }
}

/// A stretch of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first byte.
    pub at: u64,
    /// How many.
    pub length: u64,
}

/// What stands at the beginning of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The first directory.
    pub root: Stretch,
    /// Where the other directories lie.
    pub leaves: Stretch,
    /// Where the tiles lie.
    pub tiles: Stretch,
    /// How the directories are packed.
    pub directories: Packing,
    /// How the tiles are packed.
    pub packing: Packing,
    /// What the tiles are.
    pub form: Form,
    /// The first zoom that has tiles, and the last.
    pub zooms: (u8, u8),
}

/// Why a file cannot be used, for whoever has put it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is something else.
    #[error("it is no PMTiles file of version 3")]
    NotPmtiles,
    /// Its directories are packed in a way that is not read here.
    #[error("its directories are packed by something else than gzip: make it anew with gzip")]
    Packed,
    /// Its tiles are of an unknown kind.
    #[error("its tiles are neither vector tiles nor pictures")]
    Unknown,
    /// A directory breaks off or contradicts itself.
    #[error("a directory in it is broken")]
    Broken,
}

impl Header {
    /// Reads it from the first bytes of the file.
    ///
    /// # Errors
    /// Why the file cannot be used.
    pub fn read(bytes: &[u8]) -> Result<Header, Unfit> {
        let bytes = bytes.get(..HEADER).ok_or(Unfit::NotPmtiles)?;
        if !bytes.starts_with(b"PMTiles\x03") {
            return Err(Unfit::NotPmtiles);
        }
        let number = |at: usize| {
            let eight = bytes.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok());
            eight.map(u64::from_le_bytes).ok_or(Unfit::NotPmtiles)
        };
        let stretch = |at: usize| Ok(Stretch { at: number(at)?, length: number(at + 8)? });
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let packing = |at: usize| match byte(at) {
            // Not told: whoever writes so has mostly packed nothing.
            0 | 1 => Packing::Plain,
            2 => Packing::Gzip,
            3 => Packing::Brotli,
            _ => Packing::Zstandard,
        };
        let form = match byte(99) {
            1 => Form::Vector,
            2 => Form::Png,
            3 => Form::Jpeg,
            4 => Form::Webp,
            5 => Form::Avif,
            _ => return Err(Unfit::Unknown),
        };
        let directories = packing(97);
        if !matches!(directories, Packing::Plain | Packing::Gzip) {
            return Err(Unfit::Packed);
        }
        let (root, leaves, tiles) = (stretch(8)?, stretch(40)?, stretch(56)?);
        Ok(Header { root, leaves, tiles, directories, packing: packing(98), form, zooms: (byte(100), byte(101)) })
    }
}

/// A line of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The number of its first tile.
    pub tile: u64,
    /// How many tiles one after the other are the same; 0: it leads to another directory.
    pub run: u32,
    /// Where it lies, from the beginning of the tiles or of the other directories.
    pub stretch: Stretch,
}

/// A directory: its entries in the order of their tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory(Vec<Entry>);

/// Where a tile is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Here, from the beginning of the tiles.
    Tile(Stretch),
    /// In this directory, from the beginning of the other directories.
    Directory(Stretch),
}

impl Directory {
    /// Reads a directory as it lies in the file.
    ///
    /// # Errors
    /// [`Unfit::Broken`].
    pub fn read(packed: &[u8], packing: Packing) -> Result<Directory, Unfit> {
        let mut plain = Vec::new();
        let bytes = match packing {
            Packing::Plain => packed,
            _ => {
                let read = GzDecoder::new(packed).take(MOST_UNPACKED + 1).read_to_end(&mut plain);
                if read.is_err() || plain.len() as u64 > MOST_UNPACKED {
                    return Err(Unfit::Broken);
                }
                &plain
            }
        };
        let mut rest = bytes;
        let count = usize::try_from(varint(&mut rest)?).map_err(|_| Unfit::Broken)?;
        // Each entry takes at least four bytes.
        if count > bytes.len() / 4 {
            return Err(Unfit::Broken);
        }
        let mut entries = Vec::with_capacity(count);
        let mut tile = 0_u64;
        for _ in 0..count {
            tile = tile.checked_add(varint(&mut rest)?).ok_or(Unfit::Broken)?;
            entries.push(Entry { tile, run: 0, stretch: Stretch { at: 0, length: 0 } });
        }
        for entry in &mut entries {
            entry.run = u32::try_from(varint(&mut rest)?).map_err(|_| Unfit::Broken)?;
        }
        for entry in &mut entries {
            entry.stretch.length = varint(&mut rest)?;
        }
        let mut next = None;
        for entry in &mut entries {
            let said = varint(&mut rest)?;
            entry.stretch.at = match (said, next) {
                // It lies right behind the one before.
                (0, Some(next)) => next,
                (0, None) => return Err(Unfit::Broken),
                (said, _) => said - 1,
            };
            next = Some(entry.stretch.at.checked_add(entry.stretch.length).ok_or(Unfit::Broken)?);
        }
        Ok(Directory(entries))
    }

    /// Where the tile of this number is; none when the file has none.
    pub fn find(&self, tile: u64) -> Option<Found> {
        let behind = self.0.partition_point(|entry| entry.tile <= tile);
        let entry = self.0.get(behind.checked_sub(1)?)?;
        match entry.run {
            0 => Some(Found::Directory(entry.stretch)),
            run => (tile - entry.tile < u64::from(run)).then_some(Found::Tile(entry.stretch)),
        }
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        self.0.len() * size_of::<Entry>()
    }
}

fn varint(rest: &mut &[u8]) -> Result<u64, Unfit> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first().ok_or(Unfit::Broken)?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Unfit::Broken)
}

/// The number of a tile: all tiles of the zooms before it, then its place on Hilbert's curve.
pub fn number(tile: Tile) -> u64 {
    let before = ((1_u64 << (2 * u32::from(tile.z))) - 1) / 3;
    let across = 1_u64 << tile.z;
    let (mut x, mut y) = (u64::from(tile.x), u64::from(tile.y));
    let mut place = 0;
    let mut half = across / 2;
    while half > 0 {
        let (right, down) = (u64::from(x & half > 0), u64::from(y & half > 0));
        place += half * half * ((3 * right) ^ down);
        if down == 0 {
            if right == 1 {
                (x, y) = (across - 1 - x, across - 1 - y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        half /= 2;
    }
    before + place
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write;

    fn write_varint(out: &mut Vec<u8>, mut number: u64) {
        while number >= 0x80 {
            out.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }

    /// A directory as the specification writes it.
    fn written(entries: &[Entry]) -> Vec<u8> {
        let mut out = Vec::new();
        write_varint(&mut out, entries.len() as u64);
        let mut last = 0;
        for entry in entries {
            write_varint(&mut out, entry.tile - last);
            last = entry.tile;
        }
        entries.iter().for_each(|entry| write_varint(&mut out, u64::from(entry.run)));
        entries.iter().for_each(|entry| write_varint(&mut out, entry.stretch.length));
        let mut next = None;
        for entry in entries {
            let is_next = next == Some(entry.stretch.at);
            write_varint(&mut out, if is_next { 0 } else { entry.stretch.at + 1 });
            next = Some(entry.stretch.at + entry.stretch.length);
        }
        out
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn tiles_have_the_numbers_of_the_specification() {
        for (z, x, y, wanted) in [
            (0, 0, 0, 0),
            (1, 0, 0, 1),
            (1, 0, 1, 2),
            (1, 1, 1, 3),
            (1, 1, 0, 4),
            (2, 0, 0, 5),
            (12, 3423, 1763, 19_078_479),
        ] {
            assert_eq!(number(Tile::new(z, x, y).unwrap()), wanted, "{z}/{x}/{y}");
        }
    }

    #[test]
    fn a_header_is_read_or_refused_with_its_reason() {
        let mut bytes = vec![0_u8; HEADER];
        bytes[..8].copy_from_slice(b"PMTiles\x03");
        for (at, number) in [(8, 127_u64), (16, 25), (40, 152), (48, 0), (56, 200), (64, 9)] {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        (bytes[97], bytes[98], bytes[99], bytes[100], bytes[101]) = (2, 1, 2, 3, 14);
        let header = Header::read(&bytes).unwrap();
        assert_eq!((header.root, header.tiles), (Stretch { at: 127, length: 25 }, Stretch { at: 200, length: 9 }));
        assert_eq!((header.directories, header.packing, header.form), (Packing::Gzip, Packing::Plain, Form::Png));
        assert_eq!((header.zooms, header.form.media()), ((3, 14), "image/png"));
        let but = |at: usize, byte: u8| {
            let mut other = bytes.clone();
            other[at] = byte;
            Header::read(&other)
        };
        assert_eq!(but(0, b'p'), Err(Unfit::NotPmtiles));
        assert_eq!(but(7, 2), Err(Unfit::NotPmtiles));
        assert_eq!(but(97, 3), Err(Unfit::Packed));
        assert_eq!(but(99, 0), Err(Unfit::Unknown));
        assert_eq!(Header::read(&bytes[..126]), Err(Unfit::NotPmtiles));
    }

    #[test]
    fn broken_directories_are_refused() {
        for bytes in [&[][..], &[1], &[1, 0, 1, 1, 0], &[0xff; 12], &[2, 1, 1, 1, 1], &[200, 1, 0, 0]] {
            assert_eq!(Directory::read(bytes, Packing::Plain), Err(Unfit::Broken), "{bytes:?}");
        }
        assert_eq!(Directory::read(b"no gzip", Packing::Gzip), Err(Unfit::Broken));
    }

    proptest! {
        #[test]
        fn every_tile_of_a_zoom_has_a_number_of_its_own(z in 0_u8..6) {
            let across = 1_u32 << z;
            let mut numbers: Vec<u64> =
                (0..across).flat_map(|x| (0..across).map(move |y| number(Tile::new(z, x, y).unwrap()))).collect();
            numbers.sort_unstable();
            let first = ((1_u64 << (2 * z)) - 1) / 3;
            prop_assert_eq!(numbers, (first..first + (1 << (2 * z))).collect::<Vec<_>>());
        }

        #[test]
        fn a_directory_finds_what_was_written_into_it(
            runs in prop::collection::vec((1_u64..50, 0_u32..9, 1_u64..1000, any::<bool>()), 1..200),
            is_packed in any::<bool>(),
        ) {
            let (mut entries, mut tile, mut at) = (Vec::new(), 0, 0);
            for (gap, run, length, is_behind) in runs {
                tile += gap;
                at += if is_behind { 0 } else { 17 };
                entries.push(Entry { tile, run, stretch: Stretch { at, length } });
                tile += u64::from(run);
                at += length;
            }
            let bytes = written(&entries);
            let read = match is_packed {
                true => Directory::read(&packed(&bytes), Packing::Gzip),
                false => Directory::read(&bytes, Packing::Plain),
            };
            let read = read.unwrap();
            prop_assert_eq!(&read.0, &entries);
            for (place, entry) in entries.iter().enumerate() {
                let next = entries.get(place + 1).map_or(u64::MAX, |next| next.tile);
                if entry.run == 0 {
                    prop_assert_eq!(read.find(entry.tile), Some(Found::Directory(entry.stretch)));
                    prop_assert_eq!(read.find(next - 1), Some(Found::Directory(entry.stretch)));
                } else {
                    let last = entry.tile + u64::from(entry.run) - 1;
                    prop_assert_eq!(read.find(last), Some(Found::Tile(entry.stretch)));
                    if last + 1 < next {
                        prop_assert_eq!(read.find(last + 1), None);
                    }
                }
            }
            prop_assert_eq!(read.find(entries[0].tile - 1), None);
        }

        #[test]
        fn whatever_comes_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(directory) = Directory::read(&bytes, Packing::Plain) {
                for tile in 0..50 {
                    directory.find(tile);
                }
            }
            let _ = (Header::read(&bytes), Directory::read(&bytes, Packing::Gzip));
        }
    }
}
