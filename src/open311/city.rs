//! What a city says about Open311: `catalog/open311.toml`. Which services there are comes from the everyday kinds; what is asked beside
//! the words stands there.

use super::filter::{Args, Code, OTHER, Wrong, moment};
use crate::catalog::{Catalog, Text};
use crate::kit::error::Refusal;
use crate::reports::store::Detail;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The file.
pub const FILE: &str = "catalog/open311.toml";

/// The longest line and the longest text of an answer, in characters.
const LONGEST_LINE: usize = 200;
const LONGEST_TEXT: usize = 2000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    jurisdictions: Vec<String>,
    jurisdiction_required: bool,
    contact: Two,
    key_service: Two,
    changeset: String,
    decimals: u32,
    reads_per_minute: i64,
    other: Two,
    #[serde(default, rename = "service")]
    services: Vec<ServiceRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Two {
    zh: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceRow {
    code: String,
    #[serde(default)]
    r#type: Kind,
    #[serde(default)]
    description: Option<Two>,
    #[serde(default, rename = "attribute")]
    attributes: Vec<AttributeRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeRow {
    code: String,
    datatype: Datatype,
    #[serde(default = "yes")]
    variable: bool,
    #[serde(default)]
    required: bool,
    zh: String,
    en: String,
    #[serde(default)]
    hint: Option<Two>,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    values: Vec<ValueRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueRow {
    key: String,
    zh: String,
    en: String,
}

const fn yes() -> bool {
    true
}

/// When the number of a new request is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// At once.
    #[default]
    Realtime,
    /// Once the desk has looked at it; until then there is a token.
    Batch,
}

impl Kind {
    /// The word of the specification.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Realtime => "realtime",
            Kind::Batch => "batch",
        }
    }
}

/// What an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    /// One line.
    String,
    /// A number.
    Number,
    /// A moment.
    Datetime,
    /// Several lines.
    Text,
    /// One of a list.
    Singlevaluelist,
    /// Any of a list.
    Multivaluelist,
}

impl Datatype {
    /// The word of the specification.
    pub const fn word(self) -> &'static str {
        match self {
            Datatype::String => "string",
            Datatype::Number => "number",
            Datatype::Datetime => "datetime",
            Datatype::Text => "text",
            Datatype::Singlevaluelist => "singlevaluelist",
            Datatype::Multivaluelist => "multivaluelist",
        }
    }

    const fn is_list(self) -> bool {
        matches!(self, Datatype::Singlevaluelist | Datatype::Multivaluelist)
    }
}

/// What is asked, or said, beside the words.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its code, unique within the service.
    pub code: String,
    /// What an answer may be.
    pub datatype: Datatype,
    /// False for a text that is shown and not answered.
    pub is_variable: bool,
    /// Whether an answer is needed.
    pub is_required: bool,
    /// The question.
    pub text: Text,
    /// How to answer.
    pub hint: Option<Text>,
    /// Whether everybody may read the answer.
    pub is_public: bool,
    /// Keys and what they mean.
    pub values: Vec<(String, Text)>,
}

/// One service.
#[derive(Debug, Clone)]
pub struct Service {
    /// The sub-class as forms name it, or [`OTHER`].
    pub code: String,
    /// What people call it.
    pub name: Text,
    /// What the standard calls it, or the city.
    pub description: Text,
    /// Words by which people speak of it.
    pub keywords: Vec<String>,
    /// The class that it belongs to.
    pub group: Option<Text>,
    /// When its number is known.
    pub kind: Kind,
    /// What is asked beside the words, in order.
    pub attributes: Vec<Attribute>,
}

/// What a city says about Open311.
#[derive(Debug, Clone)]
pub struct City {
    /// The names under which the city may be asked; any when empty.
    pub jurisdictions: Vec<String>,
    /// Whether one of them must be said.
    pub is_jurisdiction_required: bool,
    /// Whom to write to.
    pub contact: Text,
    /// How a key is had.
    pub key_service: Text,
    /// When services or questions last changed.
    pub changeset: String,
    /// To how many decimals of a degree places are told.
    pub decimals: u32,
    /// How many questions one address may ask in a minute without a key; 0 for any number.
    pub reads_per_minute: i64,
    /// The services, in the order of the everyday kinds.
    pub services: Vec<Service>,
}

fn text(two: Two) -> Text {
    Text { zh: two.zh, en: two.en }
}

impl City {
    /// Reads the file beside the catalog.
    ///
    /// # Errors
    /// Everything that is wrong with it, in English.
    pub fn read(file: &str, catalog: &Catalog) -> Result<City, Vec<String>> {
        let file: File = toml::from_str(file).map_err(|error| vec![error.to_string()])?;
        let mut problems = Vec::new();
        if !(2..=6).contains(&file.decimals) {
            problems.push("decimals: is not in 2..=6".to_owned());
        }
        if !(0..=1_000_000).contains(&file.reads_per_minute) {
            problems.push("reads_per_minute: is not in 0..=1000000".to_owned());
        }
        if file.changeset.parse::<jiff::Timestamp>().is_err() {
            problems.push("changeset: is no moment such as 2026-01-31T08:00:00Z".to_owned());
        }
        if file.jurisdiction_required && file.jurisdictions.is_empty() {
            problems.push("jurisdiction_required: needs a name in jurisdictions".to_owned());
        }
        let of_sub_class = |word: &str, name: Option<&Text>| -> Option<Service> {
            let key = catalog.key_of(word)?;
            let sub_class = catalog.sub_class(&key)?;
            Some(Service {
                code: word.to_owned(),
                name: name.unwrap_or(&sub_class.name).clone(),
                description: sub_class.name.clone(),
                keywords: sub_class.words.clone(),
                group: catalog.class(&key).map(|class| class.name.clone()),
                kind: Kind::Realtime,
                attributes: Vec::new(),
            })
        };
        let everyday = catalog.everyday().iter();
        let mut services: Vec<Service> =
            everyday.filter_map(|everyday| of_sub_class(&everyday.word, Some(&everyday.name))).collect();
        services.push(Service {
            code: OTHER.to_owned(),
            name: text(file.other.clone()),
            description: text(file.other),
            keywords: Vec::new(),
            group: None,
            kind: Kind::Realtime,
            attributes: Vec::new(),
        });
        for row in file.services {
            let place = services.iter().position(|service| service.code == row.code);
            let place = match place {
                Some(place) => place,
                None => match of_sub_class(&row.code, None) {
                    Some(service) => {
                        services.insert(services.len() - 1, service);
                        services.len() - 2
                    }
                    None => {
                        problems.push(format!("service {}: is no sub-class in force", row.code));
                        continue;
                    }
                },
            };
            let mut codes = BTreeSet::new();
            for attribute in &row.attributes {
                let named = format!("service {}: attribute {}", row.code, attribute.code);
                if !codes.insert(attribute.code.as_str()) {
                    problems.push(format!("{named}: is there twice"));
                }
                let is_code = |text: &str| {
                    !text.is_empty() && text.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-'))
                };
                if !is_code(&attribute.code) || attribute.values.iter().any(|value| !is_code(&value.key)) {
                    problems.push(format!("{named}: codes and keys are letters, digits, _ and -"));
                }
                if attribute.datatype.is_list() == attribute.values.is_empty() {
                    problems.push(format!("{named}: values belong to lists, and lists need them"));
                }
                let keys: BTreeSet<&str> = attribute.values.iter().map(|value| value.key.as_str()).collect();
                if keys.len() < attribute.values.len() {
                    problems.push(format!("{named}: a key is there twice"));
                }
                if attribute.required && !attribute.variable {
                    problems.push(format!("{named}: what is only shown cannot be required"));
                }
            }
            let attributes = row.attributes.into_iter().map(|row| Attribute {
                code: row.code,
                datatype: row.datatype,
                is_variable: row.variable,
                is_required: row.required,
                text: Text { zh: row.zh, en: row.en },
                hint: row.hint.map(text),
                is_public: row.public,
                values: row.values.into_iter().map(|row| (row.key, Text { zh: row.zh, en: row.en })).collect(),
            });
            let attributes = attributes.collect();
            if let Some(service) = services.get_mut(place) {
                service.kind = row.r#type;
                service.attributes = attributes;
                if let Some(description) = row.description {
                    service.description = text(description);
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(City {
            jurisdictions: file.jurisdictions,
            is_jurisdiction_required: file.jurisdiction_required,
            contact: text(file.contact),
            key_service: text(file.key_service),
            changeset: file.changeset,
            decimals: file.decimals,
            reads_per_minute: file.reads_per_minute,
            services,
        })
    }

    /// The service of a code.
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.code == code)
    }

    /// What a filter means by a code: a service, or any sub-class in force.
    pub fn code(&self, catalog: &Catalog, word: &str) -> Option<Code> {
        if word == OTHER {
            return Some(Code::Other);
        }
        let key = catalog.key_of(word)?;
        catalog.sub_class(&key)?;
        Some(Code::SubClass(key.kind.word().to_owned(), key.code))
    }

    /// Whether the city is meant.
    ///
    /// # Errors
    /// `open311-jurisdiction-missing` (400), `open311-jurisdiction-unknown` (404).
    pub fn is_meant(&self, args: &Args) -> Result<(), Wrong> {
        match args.text("jurisdiction_id") {
            None if self.is_jurisdiction_required => {
                Err(Wrong::bad(Refusal::new("open311-missing").with("name", "jurisdiction_id")))
            }
            Some(name) if !self.jurisdictions.is_empty() && !self.jurisdictions.iter().any(|known| known == name) => {
                Err(Wrong::unknown(Refusal::new("open311-jurisdiction-unknown").with("name", name)))
            }
            _ => Ok(()),
        }
    }
}

impl Service {
    /// Reads the answers to what the service asks. Answers to what it does not ask are left alone.
    ///
    /// # Errors
    /// Everything that is missing or wrong, each naming its attribute.
    pub fn answers(&self, args: &Args, zone: &TimeZone) -> Result<Vec<Detail>, Vec<Wrong>> {
        let (mut details, mut wrongs) = (Vec::new(), Vec::new());
        for attribute in self.attributes.iter().filter(|attribute| attribute.is_variable) {
            let (one, many) = (format!("attribute[{}]", attribute.code), format!("attribute[{}][]", attribute.code));
            let sent: Vec<&str> = args.all(&one).chain(args.all(&many)).collect();
            if sent.is_empty() {
                if attribute.is_required {
                    wrongs.push(Wrong::bad(Refusal::new("open311-missing").with("name", one)));
                }
                continue;
            }
            match attribute.answer(&sent, zone) {
                Some((sent, zh, en)) => details.push(Detail {
                    code: attribute.code.clone(),
                    label: (attribute.text.zh.clone(), attribute.text.en.clone()),
                    sent: sent.into(),
                    value: (zh.into(), en.into()),
                    is_public: attribute.is_public,
                }),
                None => {
                    let refusal = Refusal::new("open311-attribute").with("name", one);
                    wrongs.push(Wrong::bad(refusal.with("datatype", attribute.datatype.word())));
                }
            }
        }
        if wrongs.is_empty() { Ok(details) } else { Err(wrongs) }
    }
}

impl Attribute {
    /// An answer as it is kept, and as it reads in Chinese and in English; none when it is not what was asked for.
    fn answer(&self, sent: &[&str], zone: &TimeZone) -> Option<(String, String, String)> {
        let first = *sent.first()?;
        let same = |text: String| Some((text.clone(), text.clone(), text));
        match self.datatype {
            Datatype::String => {
                let fits = first.chars().count() <= LONGEST_LINE && !first.contains(['\n', '\r']);
                same(first.to_owned()).filter(|_| fits && sent.len() == 1)
            }
            Datatype::Text => {
                same(first.replace("\r\n", "\n")).filter(|_| first.chars().count() <= LONGEST_TEXT && sent.len() == 1)
            }
            Datatype::Number => {
                let number = first.parse::<f64>().ok().filter(|number| number.is_finite() && sent.len() == 1)?;
                same(number.to_string())
            }
            Datatype::Datetime => {
                let at = moment(first, zone, false).filter(|_| sent.len() == 1)?;
                same(at.zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
            }
            Datatype::Singlevaluelist => {
                let (key, name) = self.values.iter().find(|(key, _)| key == first).filter(|_| sent.len() == 1)?;
                Some((key.clone(), name.zh.clone(), name.en.clone()))
            }
            Datatype::Multivaluelist => {
                let is_all = sent.iter().all(|sent| self.values.iter().any(|(key, _)| key == sent));
                // In the order of the file, each once.
                let chosen: Vec<&(String, Text)> =
                    self.values.iter().filter(|(key, _)| sent.contains(&key.as_str())).collect();
                let join = |texts: Vec<&str>, by: &str| texts.join(by);
                is_all.then(|| {
                    (
                        join(chosen.iter().map(|(key, _)| key.as_str()).collect(), " "),
                        join(chosen.iter().map(|(_, name)| name.zh.as_str()).collect(), "、"),
                        join(chosen.iter().map(|(_, name)| name.en.as_str()).collect(), ", "),
                    )
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::sources::Sources;

    fn catalog() -> Catalog {
        Catalog::load(&Sources::embedded().folder(crate::catalog::catalog::FOLDER)).expect("the catalog")
    }

    fn shipped() -> String {
        Sources::embedded().text(FILE).expect("the file")
    }

    fn city() -> City {
        City::read(&shipped(), &catalog()).expect("the file is read")
    }

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::Offset::constant(8))
    }

    #[test]
    fn the_files_that_are_shipped_can_be_read() {
        let city = city();
        assert!(city.services.len() > 10 && city.services.last().is_some_and(|service| service.code == OTHER));
        let demo = Sources::of_demo().text(FILE).expect("the demonstration's");
        let demo = City::read(&demo, &catalog()).expect("it is read");
        let words: BTreeSet<&str> = demo
            .services
            .iter()
            .flat_map(|service| &service.attributes)
            .map(|attribute| attribute.datatype.word())
            .collect();
        assert_eq!(words.len(), 6, "the example shows every datatype: {words:?}");
        assert!(demo.services.iter().any(|service| service.kind == Kind::Batch));
    }

    #[test]
    fn everything_that_is_wrong_with_the_file_is_told() {
        let more = |rows: &str| format!("{}\n{rows}", shipped());
        for (text, told) in [
            (shipped().replacen("decimals = 4", "decimals = 9", 1), "decimals"),
            (shipped().replacen("jurisdiction_required = false", "jurisdiction_required = true", 1), "jurisdiction"),
            (more("[[service]]\ncode = \"event-9999\""), "event-9999"),
            (more("[[service]]\ncode = \"other\"\nweather = 1"), "weather"),
            (
                more(
                    "[[service]]\ncode = \"other\"\n[[service.attribute]]\ncode = \"A\"\ndatatype = \"string\"\n\
                      zh = \"a\"\nen = \"a\"\nvalues = [{ key = \"k\", zh = \"k\", en = \"k\" }]",
                ),
                "values belong to lists",
            ),
            (
                more(
                    "[[service]]\ncode = \"other\"\n[[service.attribute]]\ncode = \"A\"\ndatatype = \"string\"\n\
                      variable = false\nrequired = true\nzh = \"a\"\nen = \"a\"",
                ),
                "cannot be required",
            ),
        ] {
            let problems = City::read(&text, &catalog()).expect_err(told);
            assert!(problems.iter().any(|problem| problem.contains(told)), "{told}: {problems:?}");
        }
    }

    #[test]
    fn the_city_is_asked_by_its_names() {
        let mut city = city();
        let asked = |city: &City, query: &str| city.is_meant(&Args::of_query(query)).map_err(|wrong| wrong.code);
        assert_eq!(asked(&city, "jurisdiction_id=anywhere"), Ok(()), "a city without names answers to every one");
        city.jurisdictions = vec!["a.example".into(), "b.example".into()];
        assert_eq!(asked(&city, ""), Ok(()));
        assert_eq!(asked(&city, "jurisdiction_id=b.example"), Ok(()));
        assert_eq!(asked(&city, "jurisdiction_id=c.example"), Err(404));
        city.is_jurisdiction_required = true;
        assert_eq!(asked(&city, "jurisdiction_id="), Err(400));
    }

    #[test]
    fn answers_are_read_by_their_datatype() {
        let value = |key: &str| (key.to_owned(), Text { zh: format!("{key}中"), en: format!("{key} en") });
        let attribute = |code: &str, datatype: Datatype, is_required: bool| Attribute {
            code: code.into(),
            datatype,
            is_variable: true,
            is_required,
            text: Text { zh: "问".into(), en: "Question".into() },
            hint: None,
            is_public: false,
            values: if datatype.is_list() { vec![value("a"), value("b")] } else { Vec::new() },
        };
        let service = Service {
            attributes: vec![
                attribute("S", Datatype::String, false),
                attribute("N", Datatype::Number, false),
                attribute("D", Datatype::Datetime, false),
                attribute("T", Datatype::Text, false),
                attribute("ONE", Datatype::Singlevaluelist, true),
                attribute("MANY", Datatype::Multivaluelist, false),
            ],
            ..city().services[0].clone()
        };
        let read = |query: &str| service.answers(&Args::of_query(query), &zone());
        for (query, code, sent, en) in [
            ("attribute[S]=red+lamp", "S", "red lamp", "red lamp"),
            ("attribute%5BN%5D=12.50", "N", "12.5", "12.5"),
            ("attribute[D]=2026-03-10T02:00:00Z", "D", "2026-03-10T10:00:00+08:00", "2026-03-10T10:00:00+08:00"),
            ("attribute[T]=a%0D%0Ab", "T", "a\nb", "a\nb"),
            ("attribute[MANY][]=b&attribute[MANY][]=a", "MANY", "a b", "a en, b en"),
            ("attribute[MANY]=b&attribute[MANY]=a", "MANY", "a b", "a en, b en"),
        ] {
            let details = read(&format!("attribute[ONE]=b&{query}")).expect(query);
            let detail = details.iter().find(|detail| detail.code == code).expect(code);
            assert_eq!((detail.sent.known(), detail.value.1.known()), (Some(sent), Some(en)), "{query}");
        }
        for (query, keys) in [
            ("", vec!["open311-missing"]),
            ("attribute[ONE]=", vec!["open311-missing"]),
            ("attribute[ONE]=c", vec!["open311-attribute"]),
            ("attribute[ONE]=a&attribute[ONE]=b", vec!["open311-attribute"]),
            ("attribute[ONE]=a&attribute[N]=many&attribute[D]=soon", vec!["open311-attribute", "open311-attribute"]),
            ("attribute[ONE]=a&attribute[S]=a%0Ab", vec!["open311-attribute"]),
            ("attribute[ONE]=a&attribute[MANY][]=a&attribute[MANY][]=z", vec!["open311-attribute"]),
        ] {
            let wrongs = read(query).expect_err(query);
            assert_eq!(wrongs.iter().map(|wrong| wrong.refusal.key).collect::<Vec<_>>(), keys, "{query}");
        }
    }
}
