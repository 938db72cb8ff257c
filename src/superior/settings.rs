//! What a city says about its superiors: the tables `[[superior]]` of `city.toml`.

use crate::kit::words::enum_of_words;
use jiff::civil::{Date, Time};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use toml::Table;

/// The most rows of one file, unless the city says otherwise: some six megabytes of cases.
const ROWS: i64 = 10_000;
/// The most superiors of one city.
const MOST: usize = 20;
/// The longest key: it stands in the names of files and in addresses.
const LONGEST_KEY: usize = 30;

enum_of_words! {
    /// A data set.
    Data {
        /// 统计数据: the counts of the day.
        Counts = "counts",
        /// 案件数据: the cases about which something happened that day.
        Cases = "cases",
        /// 机构数据: the departments.
        Departments = "departments",
        /// 网格汇总: how many unit grids, keepers and components an area has.
        Grids = "grids",
    }
}

enum_of_words! {
    /// How rows are written.
    Format {
        /// RFC 4180, with a head.
        Csv = "csv",
        /// An array of objects.
        Json = "json",
        /// An object a line.
        Jsonl = "jsonl",
    }
}

enum_of_words! {
    /// In which letters.
    Encoding {
        /// UTF-8 without a mark.
        Utf8 = "utf-8",
        /// GB 18030.
        Gb18030 = "gb18030",
    }
}

/// How batches go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// As files.
    Files {
        /// The folder in which they are put.
        folder: PathBuf,
        /// The folder in which the superior answers.
        answers: PathBuf,
    },
    /// Over HTTP.
    Http {
        /// The address to which everything is posted.
        url: String,
        /// The header that carries the token.
        token_header: String,
    },
}

impl Way {
    /// Its word in `city.toml`.
    pub const fn word(&self) -> &'static str {
        match self {
            Way::Files { .. } => "files",
            Way::Http { .. } => "http",
        }
    }
}

/// A superior.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superior {
    /// Its word, which never changes: in addresses, in names, in the names of its secrets.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// How batches go there.
    pub way: Way,
    /// The division that we are there (行政区划代码).
    pub division: String,
    /// At which time of the city's day the batch of the day before is made.
    pub at: Time,
    /// The first day that is delivered; none: the day on which the program first saw this superior.
    pub from: Option<Date>,
    /// Which data sets, in this order.
    pub data: Vec<Data>,
    /// The file that says how it calls things; empty: our own names.
    pub mapping: String,
    /// How rows are written.
    pub format: Format,
    /// In which letters.
    pub encoding: Encoding,
    /// Whether names and telephone numbers of citizens go there.
    pub is_personal: bool,
    /// After how many days without an acknowledgement the administrators are told.
    pub remind_days: i64,
    /// The most rows of one file.
    pub rows_per_file: usize,
    /// For how many days the files of a batch are kept.
    pub kept_days: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    key: String,
    name: String,
    kind: String,
    #[serde(default)]
    folder: String,
    #[serde(default)]
    answers: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    token_header: String,
    division: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    data: Vec<String>,
    #[serde(default)]
    mapping: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    encoding: String,
    #[serde(default)]
    personal: bool,
    #[serde(default)]
    remind_days: Option<i64>,
    #[serde(default)]
    rows_per_file: Option<i64>,
    #[serde(default)]
    kept_days: Option<i64>,
}

/// Reads the tables `[[superior]]`.
///
/// # Errors
/// A sentence for the operator that names the table and the key.
pub fn of_city(city: &Table) -> Result<Vec<Superior>, String> {
    let Some(written) = city.get("superior") else { return Ok(Vec::new()) };
    let tables = written.as_array().ok_or("superior: must be tables [[superior]]")?;
    if tables.len() > MOST {
        return Err(format!("superior: there are {}; {MOST} are the most", tables.len()));
    }
    let mut all: Vec<Superior> = Vec::new();
    for (place, table) in tables.iter().enumerate() {
        let number = place + 1;
        let written: Written = table
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| format!("superior {number}: {}", error.message()))?;
        let one = read(written).map_err(|why| format!("superior {number}: {why}"))?;
        if all.iter().any(|other| other.key == one.key) {
            return Err(format!("superior {number}: key {} is another's already", one.key));
        }
        all.push(one);
    }
    Ok(all)
}

fn read(written: Written) -> Result<Superior, String> {
    let is_key = |text: &str| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=LONGEST_KEY).contains(&text.len())
            && text.bytes().all(is_letter)
            && text.as_bytes()[0].is_ascii_lowercase()
    };
    if !is_key(&written.key) {
        return Err(format!("key: must be 1 to {LONGEST_KEY} small letters, digits and -, the first a letter"));
    }
    if written.name.trim().is_empty() || written.name.chars().count() > 60 {
        return Err("name: must be a text of 1 to 60 characters".to_owned());
    }
    let is_division =
        (2..=12).contains(&written.division.len()) && written.division.bytes().all(|b| b.is_ascii_digit());
    if !is_division {
        return Err("division: must be 2 to 12 digits (行政区划代码)".to_owned());
    }
    let way = way(&written)?;
    let at = match written.at.as_str() {
        "" => Time::constant(0, 30, 0, 0),
        text => text.parse::<Time>().map_err(|_| "at: must be a time of day such as \"00:30\"".to_owned())?,
    };
    let from = match written.from.as_str() {
        "" => None,
        text => Some(text.parse::<Date>().map_err(|_| "from: must be a day such as \"2026-01-01\"".to_owned())?),
    };
    let mut data = Vec::new();
    for word in &written.data {
        let one = Data::parse(word).ok_or("data: must be of counts, cases, departments, grids")?;
        if data.contains(&one) {
            return Err(format!("data: {word} is named twice"));
        }
        data.push(one);
    }
    if data.is_empty() {
        data = vec![Data::Counts, Data::Cases];
    }
    if !written.mapping.is_empty() && (written.mapping.starts_with('/') || written.mapping.contains("..")) {
        return Err("mapping: must be a file within the city's folder, such as \"superior.toml\"".to_owned());
    }
    let word = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_ascii_lowercase() };
    let format = Format::parse(&word(&written.format, "csv")).ok_or("format: must be csv, json or jsonl")?;
    let encoding = Encoding::parse(&word(&written.encoding, "utf-8")).ok_or("encoding: must be UTF-8 or GB18030")?;
    let number = |key: &str, value: Option<i64>, usual: i64, least: i64, most: i64| {
        let value = value.unwrap_or(usual);
        let wrong = || format!("{key}: must be a whole number from {least} to {most}");
        (least..=most).contains(&value).then_some(value).ok_or_else(wrong)
    };
    let rows = number("rows_per_file", written.rows_per_file, ROWS, 100, 50_000)?;
    Ok(Superior {
        key: written.key,
        name: written.name.trim().to_owned(),
        way,
        division: written.division,
        at,
        from,
        data,
        mapping: written.mapping,
        format,
        encoding,
        is_personal: written.personal,
        remind_days: number("remind_days", written.remind_days, 2, 1, 60)?,
        rows_per_file: usize::try_from(rows).unwrap_or(10_000),
        kept_days: number("kept_days", written.kept_days, 400, 30, 3650)?,
    })
}

fn way(written: &Written) -> Result<Way, String> {
    match written.kind.as_str() {
        "files" => {
            if written.folder.trim().is_empty() {
                return Err("folder: is missing; name the folder in which the files are put".to_owned());
            }
            if !written.url.is_empty() || !written.token_header.is_empty() {
                return Err("url and token_header are for kind \"http\"".to_owned());
            }
            let folder = PathBuf::from(written.folder.trim());
            let answers = match written.answers.trim() {
                "" => folder.clone(),
                text => PathBuf::from(text),
            };
            Ok(Way::Files { folder, answers })
        }
        "http" => {
            if !written.folder.is_empty() || !written.answers.is_empty() {
                return Err("folder and answers are for kind \"files\"".to_owned());
            }
            let is_address = written.url.starts_with("https://") || written.url.starts_with("http://");
            if !is_address || written.url.len() > 1000 {
                return Err("url: must begin with https:// or http://".to_owned());
            }
            let header = if written.token_header.is_empty() { "authorization" } else { &written.token_header };
            let header = header.to_ascii_lowercase();
            let is_header = header.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_header || OURS.contains(&header.as_str()) {
                return Err("token_header: must be the name of a header, and none of ours".to_owned());
            }
            Ok(Way::Http { url: written.url.clone(), token_header: header })
        }
        _ => Err("kind: must be \"files\" or \"http\"".to_owned()),
    }
}

/// Headers that the exchange needs for itself.
const OURS: [&str; 7] = [
    "host",
    "content-type",
    "content-length",
    "idempotency-key",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

impl Superior {
    /// The names of the variables that hold the signing secret and the token.
    pub fn secrets(&self) -> [String; 2] {
        let key = self.key.to_ascii_uppercase().replace('-', "_");
        [format!("STEWARD_SUPERIOR_{key}_SECRET"), format!("STEWARD_SUPERIOR_{key}_TOKEN")]
    }
}

/// Every mapping file is named once, whoever names it.
pub fn mappings(all: &[Superior]) -> BTreeSet<&str> {
    all.iter().map(|one| one.mapping.as_str()).filter(|file| !file.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Superior>, String> {
        of_city(&toml::from_str(text).expect("TOML"))
    }

    const LEAST: &str = "[[superior]]\nkey = \"province\"\nname = \"省平台\"\nkind = \"files\"\nfolder = \"out\"\ndivision = \"990100\"\n";

    #[test]
    fn what_is_not_said_has_its_usual_value() {
        assert_eq!(read("name = \"x\""), Ok(Vec::new()));
        let one = read(LEAST).expect("settings").remove(0);
        assert_eq!(one.way, Way::Files { folder: "out".into(), answers: "out".into() });
        assert_eq!((one.at.to_string().as_str(), one.from, one.is_personal), ("00:30:00", None, false));
        assert_eq!(one.data, [Data::Counts, Data::Cases]);
        assert_eq!((one.format, one.encoding, one.remind_days), (Format::Csv, Encoding::Utf8, 2));
        assert_eq!(one.secrets(), ["STEWARD_SUPERIOR_PROVINCE_SECRET", "STEWARD_SUPERIOR_PROVINCE_TOKEN"]);
    }

    #[test]
    fn all_that_can_be_said_is_read() {
        let one = read(
            "[[superior]]\nkey = \"nation-1\"\nname = \"国家平台\"\nkind = \"http\"\nurl = \"https://up.example/in\"\ntoken_header = \"X-Api-Key\"\n\
             division = \"99\"\nat = \"02:15\"\nfrom = \"2026-01-01\"\ndata = [\"grids\", \"cases\"]\nmapping = \"superior/n.toml\"\nformat = \"jsonl\"\n\
             encoding = \"GB18030\"\npersonal = true\nremind_days = 5\nrows_per_file = 500\nkept_days = 60",
        );
        let one = one.expect("settings").remove(0);
        assert_eq!(one.way, Way::Http { url: "https://up.example/in".into(), token_header: "x-api-key".into() });
        assert_eq!(
            (one.data, one.encoding, one.is_personal),
            (vec![Data::Grids, Data::Cases], Encoding::Gb18030, true)
        );
        assert_eq!((one.remind_days, one.rows_per_file, one.kept_days), (5, 500, 60));
        assert_eq!(one.from.map(|day| day.to_string()).as_deref(), Some("2026-01-01"));
    }

    #[test]
    fn what_cannot_be_is_said_in_a_sentence() {
        for (from, to, sentence) in [
            ("key = \"province\"", "key = \"Province 1\"", "key: must be"),
            ("key = \"province\"\n", "", "missing field"),
            ("name = \"省平台\"", "name = \" \"", "name: must be"),
            ("kind = \"files\"", "kind = \"ftp\"", "kind: must be"),
            ("folder = \"out\"", "folder = \"\"", "folder: is missing"),
            ("folder = \"out\"", "folder = \"out\"\nurl = \"https://x\"", "are for kind \"http\""),
            ("division = \"990100\"", "division = \"99x\"", "division: must be"),
            ("division = \"990100\"", "division = \"990100\"\nat = \"25:00\"", "at: must be"),
            ("division = \"990100\"", "division = \"990100\"\nfrom = \"1.1.\"", "from: must be"),
            ("division = \"990100\"", "division = \"990100\"\ndata = [\"all\"]", "data: must be"),
            ("division = \"990100\"", "division = \"990100\"\ndata = [\"cases\", \"cases\"]", "named twice"),
            ("division = \"990100\"", "division = \"990100\"\nformat = \"xml\"", "format: must be"),
            ("division = \"990100\"", "division = \"990100\"\nencoding = \"big5\"", "encoding: must be"),
            ("division = \"990100\"", "division = \"990100\"\nmapping = \"../x.toml\"", "mapping: must be"),
            ("division = \"990100\"", "division = \"990100\"\nrows_per_file = 1", "rows_per_file: must be"),
            ("division = \"990100\"", "division = \"990100\"\nother = 1", "unknown field"),
        ] {
            let wrong = read(&LEAST.replace(from, to)).expect_err(to);
            assert!(wrong.starts_with("superior 1: ") && wrong.contains(sentence), "{to}: {wrong}");
        }
        assert!(read(&format!("{LEAST}{LEAST}")).is_err_and(|wrong| wrong.contains("another's already")));
        let http = LEAST.replace("\"files\"\nfolder = \"out\"", "\"http\"\nurl = \"ftp://x\"");
        assert!(read(&http).is_err_and(|wrong| wrong.contains("url: must begin")));
        let http = LEAST
            .replace("\"files\"\nfolder = \"out\"", "\"http\"\nurl = \"https://x\"\ntoken_header = \"webhook-id\"");
        assert!(read(&http).is_err_and(|wrong| wrong.contains("token_header")));
        assert!(read("superior = 1").is_err());
    }
}
