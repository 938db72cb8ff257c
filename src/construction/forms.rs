//! What each act asks for, and how it is read back. A form says what somebody typed; who is an officer, which photographs
//! there are and what stands in the file is handed in from the program's own knowledge.

use super::chain::{
    Act, Assessment, Building, Clearing, Delivery, Good, Ground, Kind, MOST_FLOORS, Particulars, Permit, Source, Step,
    Works,
};
use super::ledger::square_metres;
use crate::enforcement::case::{Law, Manner, Officer, Service};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::law::Exclusion;
use jiff::civil::Date;

/// The most that may be written beside an act, in characters.
pub const MOST_WORDS: usize = 2000;
/// The most characters of a line.
const LINE: usize = 120;
/// The most characters of an address.
pub const ADDRESS: usize = 200;
/// The most things of a clearing.
const MOST_THINGS: usize = 500;
/// The most witnesses of a clearing.
const MOST_WITNESSES: usize = 20;

/// What a form is drawn from.
pub struct Drawn<'a> {
    /// The building.
    pub building: &'a Building,
    /// The officers who may be named.
    pub officers: &'a [Choice],
    /// Those who may have to keep out of it: officers, and whoever presides or reviews.
    pub people: &'a [Choice],
    /// Who draws it.
    pub me: Id,
    /// Whether that is one of the officers.
    pub is_officer: bool,
    /// How many photographs of the building were kept before the work.
    pub before: usize,
    /// How many photographs may be sent.
    pub photos: usize,
    /// Today.
    pub today: Date,
    /// The law.
    pub law: &'a Law<'a>,
    /// Says a sentence in the reader's language.
    pub say: &'a dyn Fn(&str) -> String,
}

impl Drawn<'_> {
    fn choices(&self, prefix: &str, words: impl Iterator<Item = &'static str>) -> Vec<Choice> {
        words.map(|word| Choice::new(word, (self.say)(&format!("construction-{prefix}-{word}")))).collect()
    }

    fn officers(&self) -> Field {
        let field = Field::new("officers", "construction-field-officers", Ask::Several(self.officers.to_vec()))
            .hint("construction-hint-officers");
        if self.is_officer { field.given(self.me) } else { field }
    }

    /// How and when a paper came to the party.
    fn service(&self) -> Vec<Field> {
        let manners = self.choices("manner", Manner::ALL.iter().map(|one| one.word()));
        vec![
            Field::new("manner", "construction-field-manner", Ask::Radio(manners)).given(Manner::Direct.word()),
            Field::new("served", "construction-field-served", Ask::Time).optional().hint("construction-hint-served"),
            Field::new("consent", "construction-field-consent", Ask::Yes).optional(),
            Field::new("witness", "construction-field-witness", Ask::Yes).optional(),
            Field::new("announced", "construction-field-announced", Ask::Day)
                .optional()
                .hint("construction-hint-announced"),
            Field::new("tried", "construction-field-tried", Ask::Line(LINE)).optional(),
        ]
    }

    fn until(&self, days: u32) -> Field {
        let least = self.today.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(self.today);
        Field::new("until", "construction-field-until", Ask::Day).given(least)
    }

    fn photos(&self, hint: &'static str) -> Field {
        let field = Field::new("photos", "construction-field-photos", Ask::Photos(self.photos)).hint(hint);
        if hint.is_empty() { field.optional() } else { field }
    }
}

/// What may come of a review or a suit that leaves the decision's words as they are.
const OUTCOMES: [&str; 3] = ["upheld", "revoked", "withdrawn"];

fn words(label: &'static str) -> Field {
    Field::new("words", label, Ask::Text(MOST_WORDS))
}

fn yes_no(say: &dyn Fn(&str) -> String) -> Vec<Choice> {
    ["yes", "no"].map(|word| Choice::new(word, say(&format!("construction-{word}")))).into()
}

/// The choices of an enumeration by the keys of its words.
pub fn choices_of(say: &dyn Fn(&str) -> String, prefix: &str, words: &[&'static str]) -> Vec<Choice> {
    words.iter().map(|word| Choice::new(word, say(&format!("construction-{prefix}-{word}")))).collect()
}

/// The fields that say what is built, filled in with what is known.
pub fn particulars(given: Option<&Particulars>, say: &dyn Fn(&str) -> String) -> Vec<Field> {
    let all = |prefix: &str, words: Vec<&'static str>| choices_of(say, prefix, &words);
    let put = |field: Field, value: Option<String>| match value {
        Some(value) => field.given(value),
        None => field,
    };
    let kinds = all("kind", Kind::ALL.iter().map(|one| one.word()).collect());
    let works = all("works", Works::ALL.iter().map(|one| one.word()).collect());
    let permits = all("permit", Permit::ALL.iter().map(|one| one.word()).collect());
    let stock = all("stock", vec!["new", "old"]);
    vec![
        put(Field::new("kind", "construction-field-kind", Ask::One(kinds)), given.map(|one| one.kind.word().into())),
        put(
            Field::new("works", "construction-field-works", Ask::Radio(works)),
            given.map(|one| one.works.word().into()),
        ),
        put(
            Field::new("area", "construction-field-area", Ask::Hundredths).hint("construction-hint-area"),
            given.map(|one| square_metres(one.area)),
        ),
        put(
            Field::new("floors", "construction-field-floors", Ask::Count(1, i64::from(MOST_FLOORS))),
            Some(given.map_or(1, |one| one.floors).to_string()),
        ),
        put(
            Field::new("owner", "construction-field-owner", Ask::Line(LINE)).optional(),
            given.map(|one| one.owner.clone()),
        ),
        put(
            Field::new("builder", "construction-field-builder", Ask::Line(LINE)).optional(),
            given.map(|one| one.builder.clone()),
        ),
        put(
            Field::new("permit", "construction-field-permit", Ask::One(permits)),
            Some(given.map_or(Permit::None, |one| one.permit).word().into()),
        ),
        put(
            Field::new("stock", "construction-field-stock", Ask::Radio(stock)).hint("construction-hint-stock"),
            given.map(|one| if one.is_old_stock { "old".into() } else { "new".into() }),
        ),
    ]
}

/// What is built, as it was typed; the address and the street are handed in.
///
/// # Errors
/// `form-…`, each on its field.
pub fn read_particulars(typed: &Typed, address: String, street: String) -> Result<Particulars, Refusal> {
    Ok(Particulars {
        kind: typed.choice("kind", Kind::parse)?,
        works: typed.choice("works", Works::parse)?,
        area: typed.hundredths_if("area")?.ok_or_else(|| Refusal::new("form-missing").on("area"))?,
        floors: u16::try_from(typed.count("floors", 1, i64::from(MOST_FLOORS))?).unwrap_or(MOST_FLOORS),
        address,
        street,
        owner: typed.words("owner", LINE)?,
        builder: typed.words("builder", LINE)?,
        permit: typed.choice("permit", Permit::parse)?,
        is_old_stock: typed.choice("stock", |text| match text {
            "old" => Some(true),
            "new" => Some(false),
            _ => None,
        })?,
    })
}

/// How it was found, as it was typed.
///
/// # Errors
/// `form-choose`, on the field.
pub fn read_source(typed: &Typed) -> Result<Source, Refusal> {
    typed.choice("source", Source::parse)
}

/// Whether an act is only believed with a photograph: of the paper that shows it, or of the place.
pub const fn needs_photos(step: Step) -> bool {
    matches!(
        step,
        Step::Assess
            | Step::Charge
            | Step::ChargeShort
            | Step::ChangeDecision
            | Step::Waive
            | Step::Demolish
            | Step::RecordSelfDemolition
            | Step::Accept
    )
}

/// What the photographs of an act show: the place `before` or `after` it was cleared, or `other` things such as papers.
pub const fn purpose(step: Step, is_cleared: bool) -> &'static str {
    match step {
        Step::Demolish | Step::RecordSelfDemolition | Step::Accept => "after",
        Step::RecordVisit if is_cleared => "after",
        Step::RecordVisit | Step::Survey | Step::OrderStop | Step::CheckStop => "before",
        _ => "other",
    }
}

/// The fields of an act.
pub fn fields(step: Step, drawn: &Drawn<'_>) -> Vec<Field> {
    let say = drawn.say;
    let day = |name, label| Field::new(name, label, Ask::Day).given(drawn.today);
    match step {
        Step::RecordVisit => {
            let kinds = drawn.choices("visit", super::visits::VisitKind::ALL.iter().map(|kind| kind.word()));
            let kinds = Field::new("visit", "construction-field-visit", Ask::Radio(kinds));
            let told = Field::new("told", "construction-field-told", Ask::Count(0, 9999)).optional();
            vec![kinds.given("persuade"), words("construction-field-visit-words"), told, drawn.photos("")]
        }
        Step::Survey => {
            let mut all = vec![drawn.officers()];
            all.extend(particulars(Some(&drawn.building.particulars), say));
            all.push(
                Field::new("address", "construction-field-address", Ask::Line(ADDRESS))
                    .given(&drawn.building.particulars.address),
            );
            all.push(drawn.photos(""));
            all
        }
        Step::OrderStop => vec![drawn.officers(), drawn.photos("")],
        Step::CheckStop => {
            let is_obeyed = Field::new("obeyed", "construction-field-obeyed", Ask::Radio(yes_no(say)));
            vec![is_obeyed, drawn.officers(), drawn.photos("")]
        }
        Step::File | Step::Penalise | Step::OrderEnforcement | Step::Resume | Step::Close => vec![],
        Step::AskHearing => vec![drawn.photos("")],
        Step::Assess => {
            let all = drawn.choices("assessment", Assessment::ALL.iter().map(|one| one.word()));
            vec![
                Field::new("assessment", "construction-field-assessment", Ask::Radio(all)),
                Field::new("letter", "construction-field-letter", Ask::Line(LINE)),
                day("on", "construction-field-letter-on"),
                drawn.photos("construction-hint-photos-paper"),
            ]
        }
        Step::Dismiss | Step::End => {
            vec![Field::new("reason", "construction-field-reason", Ask::Text(MOST_WORDS)), drawn.photos("")]
        }
        Step::Suspend => {
            let grounds = drawn.choices("ground", Ground::ALL.iter().map(|one| one.word()));
            vec![
                Field::new("ground", "construction-field-ground", Ask::Radio(grounds)),
                Field::new("harmless", "construction-field-harmless", Ask::Yes)
                    .optional()
                    .hint("construction-hint-harmless"),
                Field::new("reason", "construction-field-reason", Ask::Text(MOST_WORDS)),
                drawn.photos(""),
            ]
        }
        Step::Recuse => vec![
            Field::new("who", "construction-field-recused", Ask::One(drawn.people.to_vec())),
            Field::new("reason", "construction-field-reason", Ask::Text(MOST_WORDS)),
        ],
        Step::Review => vec![
            Field::new("passed", "construction-field-passed", Ask::Radio(yes_no(say))),
            words("construction-field-review"),
        ],
        Step::Notify | Step::Serve | Step::ServeOrder => {
            let mut all = drawn.service();
            all.extend([drawn.officers(), drawn.photos("")]);
            all
        }
        Step::CallHearing => vec![
            Field::new("on", "construction-field-hearing-on", Ask::Day).hint("construction-hint-hearing-on"),
            drawn.photos(""),
        ],
        Step::HoldHearing => vec![words("construction-field-hearing-words"), drawn.photos("")],
        Step::Waive => vec![
            Field::new("signed", "construction-field-signed", Ask::Yes),
            drawn.photos("construction-hint-photos-paper"),
        ],
        Step::Defend => vec![words("construction-field-defence"), drawn.photos("")],
        Step::AnswerDefence => {
            let open = drawn.building.defences.iter().filter(|one| one.is_adopted.is_none());
            let open: Vec<Choice> =
                open.map(|one| Choice::new(one.number, format!("{} · {}", one.number, short(&one.words)))).collect();
            let first = open.first().map(|one| one.value.clone()).unwrap_or_default();
            vec![
                Field::new("number", "construction-field-defence-number", Ask::One(open)).given(first),
                Field::new("adopted", "construction-field-adopted", Ask::Radio(yes_no(say))),
                words("construction-field-answer"),
            ]
        }
        Step::Decide => vec![drawn.until(15).hint("construction-hint-until-decision"), drawn.photos("")],
        Step::Remind => {
            let mut all = vec![drawn.until(10).hint("construction-hint-until-reminder")];
            all.extend(drawn.service());
            all.extend([drawn.officers(), drawn.photos("")]);
            all
        }
        Step::Announce => vec![
            drawn.until(announced_days(drawn)).hint("construction-hint-until-announcement"),
            drawn.officers(),
            drawn.photos(""),
        ],
        Step::BeginRemedy => {
            let kinds = drawn.choices("remedy", ["review", "suit"].into_iter());
            vec![
                Field::new("remedy", "construction-field-remedy", Ask::Radio(kinds)),
                day("on", "construction-field-on"),
                drawn.photos(""),
            ]
        }
        Step::EndRemedy => {
            let outcomes = drawn.choices("outcome", OUTCOMES.into_iter());
            vec![
                day("on", "construction-field-received"),
                Field::new("outcome", "construction-field-outcome", Ask::Radio(outcomes)),
                drawn.photos(""),
            ]
        }
        Step::ChangeDecision => vec![
            day("on", "construction-field-received"),
            words("construction-field-changed"),
            drawn.until(15).hint("construction-hint-until-decision"),
            drawn.photos("construction-hint-photos-paper"),
        ],
        Step::Charge | Step::ChargeShort => vec![
            Field::new("number", "construction-field-charge", Ask::Line(LINE)),
            day("on", "construction-field-charge-on"),
            drawn.photos("construction-hint-photos-paper"),
        ],
        Step::Demolish => vec![
            drawn.officers(),
            Field::new("from", "construction-field-from", Ask::Time).hint("construction-hint-hours"),
            Field::new("until", "construction-field-ended", Ask::Time),
            Field::new("area", "construction-field-area-cleared", Ask::Hundredths)
                .given(square_metres(drawn.building.particulars.area)),
            Field::new("present", "construction-field-present", Ask::Yes).optional(),
            Field::new("witnesses", "construction-field-witnesses", Ask::Text(500))
                .optional()
                .hint("construction-hint-witnesses"),
            Field::new("goods", "construction-field-goods", Ask::Text(MOST_WORDS)).hint("construction-hint-goods"),
            Field::new("recorded", "construction-field-recorded", Ask::Yes),
            Field::new("cut", "construction-field-cut", Ask::Radio(yes_no(say))).given("no"),
            drawn.photos("construction-hint-photos-after"),
        ],
        Step::RecordSelfDemolition | Step::Accept => {
            vec![drawn.officers(), drawn.photos("construction-hint-photos-after")]
        }
    }
}

/// What an announcement gives at least.
fn announced_days(drawn: &Drawn<'_>) -> u32 {
    let city = &drawn.law.organ.building;
    if drawn.building.stage.is_short() { city.shorter_way_days } else { city.self_demolition_days }
}

/// The things of a list, one a line; "无" where there are none.
fn goods(text: &str) -> Result<Vec<Good>, Refusal> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "无" && *line != "none");
    let goods: Option<Vec<Good>> = lines.take(MOST_THINGS).map(Good::parse).collect();
    goods.ok_or_else(|| super::Why::GoodsUnclear.refuse().on("goods"))
}

/// The first line of something, short enough for a list.
pub fn short(words: &str) -> String {
    words.lines().next().unwrap_or_default().chars().take(30).collect()
}

/// What a form is read with.
pub struct Read<'a> {
    /// The building as it is.
    pub building: &'a Building,
    /// The officers who were named, as the program knows them.
    pub officers: Vec<Officer>,
    /// How many photographs from before the work are kept.
    pub before: usize,
    /// How many photographs came with the form.
    pub photos: usize,
    /// The law.
    pub law: &'a Law<'a>,
}

/// The act that a form asks for.
///
/// # Errors
/// `form-…`, `construction-refusal-photos-missing`, each on its field.
pub fn read(step: Step, typed: &Typed, read: Read<'_>) -> Result<Act, Refusal> {
    if needs_photos(step) && read.photos == 0 {
        return Err(super::Why::PhotosMissing.refuse().on("photos"));
    }
    let said = |text: &str| match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let reason = || typed.needed("reason", MOST_WORDS);
    let words = || typed.needed("words", MOST_WORDS);
    let moment = |name| typed.time(name).map(|time| read.law.calendar.moment(time.date(), time.time()));
    let service = || -> Result<Delivery, Refusal> {
        let at = if typed.text("served").is_empty() { None } else { Some(moment("served")?) };
        Ok(Delivery {
            service: Service {
                has_consent: typed.yes("consent"),
                has_witness: typed.yes("witness"),
                announced_on: typed.day_if("announced")?,
                // What somebody else brought counts on the day of its receipt.
                received_on: if at.is_none() { None } else { Some(typed.time("served")?.date()) },
                tried: typed.words("tried", LINE)?,
                ..Service::by(typed.choice("manner", Manner::parse)?)
            },
            at,
        })
    };
    let officers = read.officers;
    Ok(match step {
        Step::RecordVisit => Act::RecordVisit { words: words()? },
        Step::Survey => {
            let known = &read.building.particulars;
            let address = typed.needed("address", ADDRESS)?;
            Act::Survey { officers, particulars: read_particulars(typed, address, known.street.clone())? }
        }
        Step::OrderStop => Act::OrderStop { officers },
        Step::CheckStop => Act::CheckStop { officers, is_obeyed: typed.choice("obeyed", said)? },
        Step::File => Act::File,
        Step::Assess => Act::Assess {
            assessment: typed.choice("assessment", Assessment::parse)?,
            letter: typed.needed("letter", LINE)?,
            on: Some(typed.day("on")?),
        },
        Step::Penalise => Act::Penalise,
        Step::Dismiss => Act::Dismiss { reason: reason()? },
        Step::Notify => Act::Notify { officers, service: service()? },
        Step::Recuse => {
            Act::Recuse { account: typed.choice("who", |text| text.parse::<Id>().ok())?, reason: reason()? }
        }
        Step::Review => Act::Review { is_passed: typed.choice("passed", said)?, words: words()? },
        Step::AskHearing => Act::AskHearing,
        Step::CallHearing => Act::CallHearing { on: typed.day("on")? },
        Step::HoldHearing => Act::HoldHearing { words: words()? },
        Step::Waive => Act::Waive { is_signed: typed.yes("signed") },
        Step::Defend => Act::Defend { words: words()? },
        Step::AnswerDefence => Act::AnswerDefence {
            number: typed.choice("number", |text| text.parse().ok())?,
            is_adopted: typed.choice("adopted", said)?,
            words: words()?,
        },
        Step::Decide => Act::Decide { until: typed.day("until")? },
        Step::Serve => Act::Serve { officers, service: service()? },
        Step::Remind => Act::Remind { officers, service: service()?, until: typed.day("until")? },
        Step::Announce => Act::Announce { officers, until: typed.day("until")? },
        Step::BeginRemedy => Act::BeginRemedy {
            kind: typed.choice("remedy", |text| match text {
                "review" => Some(Exclusion::Review),
                "suit" => Some(Exclusion::Suit),
                _ => None,
            })?,
            on: typed.day("on")?,
        },
        Step::EndRemedy => {
            let outcome = typed.choice("outcome", |text| OUTCOMES.into_iter().find(|one| *one == text))?;
            let (is_revoked, is_withdrawn) = (outcome == "revoked", outcome == "withdrawn");
            Act::EndRemedy { on: typed.day("on")?, is_revoked, is_withdrawn }
        }
        Step::ChangeDecision => {
            Act::ChangeDecision { on: typed.day("on")?, words: words()?, until: typed.day("until")? }
        }
        Step::Charge | Step::ChargeShort => {
            Act::Charge { number: typed.needed("number", LINE)?, on: Some(typed.day("on")?) }
        }
        Step::OrderEnforcement => Act::OrderEnforcement,
        Step::ServeOrder => Act::ServeOrder { officers, service: service()? },
        Step::Demolish => {
            let (from, until): (Moment, Moment) = (moment("from")?, moment("until")?);
            let witnesses = typed.words("witnesses", 500)?;
            let witnesses = witnesses.lines().map(str::trim).filter(|name| !name.is_empty());
            Act::Demolish {
                officers,
                clearing: Clearing {
                    from,
                    until,
                    is_party_present: typed.yes("present"),
                    witnesses: witnesses.take(MOST_WITNESSES).map(str::to_owned).collect(),
                    goods: goods(&typed.needed("goods", MOST_WORDS)?)?,
                    has_list: true,
                    before: u32::try_from(read.before).unwrap_or(u32::MAX),
                    after: u32::try_from(read.photos).unwrap_or(u32::MAX),
                    is_recorded: typed.yes("recorded"),
                    cuts_supplies: typed.choice("cut", said)?,
                    area: typed.hundredths_if("area")?.ok_or_else(|| Refusal::new("form-missing").on("area"))?,
                },
            }
        }
        Step::RecordSelfDemolition => Act::RecordSelfDemolition { officers },
        Step::Suspend => Act::Suspend {
            ground: typed.choice("ground", Ground::parse)?,
            is_harmless: typed.yes("harmless"),
            reason: reason()?,
        },
        Step::Resume => Act::Resume,
        Step::Accept => Act::Accept { officers },
        Step::Close => Act::Close,
        Step::End => Act::End { reason: reason()? },
    })
}

/// A refusal of the rules beside the field of the form that it is about.
pub fn beside(step: Step, refusal: Refusal) -> Refusal {
    match refusal.field {
        Some("received_on") => return refusal.on("served"),
        Some(_) => return refusal,
        None => {}
    }
    let field = match refusal.key {
        "enforcement-refusal-too-few-officers"
        | "enforcement-refusal-same-officer-twice"
        | "enforcement-refusal-credential-missing"
        | "enforcement-refusal-credential-invalid"
        | "enforcement-refusal-recused"
        | "enforcement-refusal-actor-not-among" => "officers",
        "construction-refusal-reminder-term-missing" => "until",
        "construction-refusal-hearing-called-late" if step == Step::CallHearing => "on",
        "construction-refusal-at-night" | "construction-refusal-on-holiday" => "from",
        "construction-refusal-order-not-served" if step == Step::Demolish => "from",
        "construction-refusal-other-manners" => "tried",
        "construction-refusal-goods-unclear" => "goods",
        "construction-refusal-supplies-cut" => "cut",
        "construction-refusal-nobody-present" => "witnesses",
        "construction-refusal-size-absurd" => "area",
        "construction-refusal-date-in-future" | "construction-refusal-date-backwards" => match step {
            Step::BeginRemedy
            | Step::EndRemedy
            | Step::ChangeDecision
            | Step::Assess
            | Step::Charge
            | Step::ChargeShort => "on",
            Step::Demolish => "from",
            Step::Notify | Step::Serve | Step::Remind | Step::ServeOrder => "announced",
            _ => return refusal,
        },
        "enforcement-refusal-consent-missing" => "consent",
        "enforcement-refusal-witness-missing" => "witness",
        "enforcement-refusal-announcement-open" => "announced",
        _ => return refusal,
    };
    refusal.on(field)
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::{announced, at};
    use super::*;
    use crate::enforcement::case::tests::LAW;

    #[test]
    fn every_form_names_only_what_is_read_and_every_label_has_words() {
        let law = LAW.law();
        let building = announced();
        let say = |key: &str| key.to_owned();
        let drawn = Drawn {
            building: &building,
            officers: &[],
            people: &[],
            me: 1,
            is_officer: true,
            before: 0,
            photos: 9,
            today: law.calendar.date_of(at("2026-02-20T09:00")),
            law: &law,
            say: &say,
        };
        let (words, problems) = crate::kit::words::Words::load(&crate::kit::sources::Sources::of_demo());
        assert!(problems.is_empty(), "{problems:?}");
        for &step in Step::ALL {
            for field in fields(step, &drawn) {
                for lang in crate::kit::words::LANGUAGES {
                    for key in [field.label, field.hint].into_iter().filter(|key| !key.is_empty()) {
                        assert!(
                            words.say(lang, key, &[]).is_some_and(|said| said != key),
                            "{lang}: {key} of {}",
                            step.word()
                        );
                    }
                }
            }
            let has_photos = fields(step, &drawn).iter().any(|field| field.name == "photos");
            assert!(has_photos || !needs_photos(step), "{}", step.word());
        }
    }
}
