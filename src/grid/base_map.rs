//! How the city's maps begin, and the base map under them when the city has one of its own.

use std::collections::BTreeMap;
use toml::{Table, Value};

/// The section `[map]` of a `city.toml`, as pages need it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct BaseMap {
    /// Longitude and latitude of the middle of the city, degrees; none: maps show the whole ground.
    pub centre: Option<(f64, f64)>,
    /// How near the map of the whole city begins, 0 (the world) to 22 (a doorstep).
    pub zoom: f64,
    /// Addresses of a raster base map with `{z}`, `{x}` and `{y}`, one for each of its servers, parted by spaces; empty: none.
    pub raster: String,
    /// The PMTiles file that is the base map instead, by its name without the ending; empty: none.
    pub tiles: String,
    /// Its owner and review number (审图号), which the Map Review Regulations (地图审核管理规定) want on every map.
    pub attribution: String,
    /// PMTiles files that lie elsewhere than in the city's folder, by name: a path, or `s3://BUCKET/KEY`.
    #[serde(skip)]
    pub files: BTreeMap<String, String>,
}

impl Default for BaseMap {
    fn default() -> BaseMap {
        BaseMap {
            centre: None,
            zoom: 13.0,
            raster: String::new(),
            tiles: String::new(),
            attribution: String::new(),
            files: BTreeMap::new(),
        }
    }
}

impl BaseMap {
    /// Reads the section; what it leaves out stays as the program has it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<BaseMap, String> {
        let Some(section) = city.get("map") else { return Ok(BaseMap::default()) };
        let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
        let text = |key: &str| section.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let (raster, tiles, attribution) = (text("raster"), text("tiles"), text("attribution"));
        let mut map = BaseMap { raster, tiles, attribution, ..BaseMap::default() };
        if map.tiles.starts_with("s3://") {
            let address = std::mem::take(&mut map.tiles);
            let name = address.rsplit('/').next().and_then(|file| file.strip_suffix(".pmtiles")).unwrap_or_default();
            if !is_name(name) || !is_address(&address) {
                return Err(format!(
                    "map.tiles: {address:?} must be s3://BUCKET/KEY of a .pmtiles file whose name has letters, digits, - and _"
                ));
            }
            map.tiles = name.to_owned();
            map.files.insert(name.to_owned(), address);
        }
        if !map.tiles.is_empty() && !is_name(&map.tiles) {
            return Err(format!("map.tiles: {:?} must be a name of letters, digits, - and _", map.tiles));
        }
        if !map.tiles.is_empty() && !map.raster.is_empty() {
            return Err("map.tiles and map.raster: only one of both can be the base map".into());
        }
        if let Some(files) = section.get("files") {
            for (name, path) in files.as_table().ok_or("map.files must be a table of names and paths")? {
                let path = path.as_str().filter(|path| path.ends_with(".pmtiles") && is_address(path));
                let (true, Some(path)) = (is_name(name), path) else {
                    return Err(format!(
                        "map.files.{name}: must be a name of letters, digits, - and _ with the path of a .pmtiles file, or with \
                         s3://BUCKET/KEY of one"
                    ));
                };
                if map.files.insert(name.clone(), path.to_owned()).is_some_and(|before| before != path) {
                    return Err(format!(
                        "map.files.{name}: map.tiles names another file so; give one of them another name"
                    ));
                }
            }
        }
        if let Some(centre) = section.get("centre") {
            let pair: Vec<f64> = centre.as_array().into_iter().flatten().filter_map(number).collect();
            let &[lon, lat] = pair.as_slice() else {
                return Err("map.centre must be [longitude, latitude]".into());
            };
            map.centre = Some((lon, lat));
        }
        if let Some(zoom) = section.get("zoom") {
            map.zoom = number(zoom)
                .filter(|zoom| (0.0..=22.0).contains(zoom))
                .ok_or("map.zoom must be a number from 0 to 22")?;
        }
        for address in map.raster.split_whitespace() {
            let has_tiles = ["{z}", "{x}", "{y}"].iter().all(|part| address.contains(part));
            if !has_tiles || origin(address).is_none() {
                return Err(format!("map.raster: {address:?} must be an http(s) address with {{z}}, {{x}} and {{y}}"));
            }
        }
        Ok(map)
    }

    /// The servers that a page may ask for pieces of the base map, for its security policy.
    pub fn origins(&self) -> Vec<&str> {
        let mut origins: Vec<&str> = self.raster.split_whitespace().filter_map(origin).collect();
        origins.dedup();
        origins
    }
}

/// Whether a PMTiles file may have this name in addresses: no part of a path, no ending.
pub fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(is_letter)
}

/// Whether a file may lie there: anywhere on the disk, or under a key of a bucket.
fn is_address(path: &str) -> bool {
    match path.strip_prefix("s3://") {
        Some(place) => place.split_once('/').is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty()),
        None => !path.contains("://"),
    }
}

/// Scheme, host and port of an address; none when they could say something else in a security policy.
fn origin(address: &str) -> Option<&str> {
    let start = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let scheme = address.len() - start.len();
    let host = start.find(['/', '?']).map_or(start, |end| &start[..end]);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    (!host.is_empty() && host.bytes().all(is_host)).then(|| &address[..scheme + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &str) -> Result<BaseMap, String> {
        BaseMap::of_city(&toml::from_str(section).expect("a table"))
    }

    #[test]
    fn a_city_without_the_section_has_a_map_of_its_own_layers() {
        assert_eq!(read(""), Ok(BaseMap::default()));
        assert!(BaseMap::default().origins().is_empty());
    }

    #[test]
    fn servers_are_told_to_the_policy_once() {
        let map = read(
            "[map]\nzoom = 12\nraster = \"https://t0.example.cn/vec?x={x}&y={y}&l={z} https://t1.example.cn:8443/{z}/{x}/{y}.png\"",
        );
        let map = map.expect("readable");
        assert_eq!(map.origins(), ["https://t0.example.cn", "https://t1.example.cn:8443"]);
        assert!((map.zoom - 12.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_file_of_tiles_is_named_without_its_path() {
        let map = read("[map]\ntiles = \"city-2026\"\n[map.files]\ncity-2026 = \"/srv/maps/city.pmtiles\"")
            .expect("readable");
        assert_eq!((map.tiles.as_str(), map.files.len(), map.origins().len()), ("city-2026", 1, 0));
        let map = read("[map]\ntiles = \"s3://maps/2026/city.pmtiles\"\n[map.files]\nold = \"s3://maps/old.pmtiles\"");
        let map = map.expect("readable");
        let files: Vec<_> = map.files.iter().map(|(name, place)| (name.as_str(), place.as_str())).collect();
        assert_eq!(
            (map.tiles.as_str(), files),
            ("city", vec![("city", "s3://maps/2026/city.pmtiles"), ("old", "s3://maps/old.pmtiles")])
        );
        for name in ["", "a/b", "..", "a.pmtiles", "名"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_a_map_is_named() {
        for (section, said) in [
            ("[map]\nraster = \"https://example.cn/tiles\"", "{z}"),
            ("[map]\nraster = \"ftp://example.cn/{z}/{x}/{y}\"", "http"),
            ("[map]\nraster = \"https://a;script-src */{z}/{x}/{y}\"", "http"),
            ("[map]\ncentre = [1.0]", "map.centre"),
            ("[map]\nzoom = 40", "0 to 22"),
            ("[map]\ntiles = \"../city\"", "map.tiles"),
            ("[map]\ntiles = \"city\"\nraster = \"https://example.cn/{z}/{x}/{y}\"", "only one"),
            ("[map.files]\n\"a b\" = \"/srv/a.pmtiles\"", "map.files.a b"),
            ("[map.files]\na = \"/srv/a.mbtiles\"", "map.files.a"),
            ("[map.files]\na = \"s3://maps.pmtiles\"", "s3://BUCKET/KEY"),
            ("[map.files]\na = \"https://maps/a.pmtiles\"", "s3://BUCKET/KEY"),
            ("[map]\ntiles = \"s3://maps/city\"", "s3://BUCKET/KEY"),
            ("[map]\ntiles = \"s3://maps/a.pmtiles\"\n[map.files]\na = \"/srv/a.pmtiles\"", "another name"),
        ] {
            let refused = read(section).expect_err(section);
            assert!(refused.contains(said), "{section}: {refused}");
        }
    }
}
