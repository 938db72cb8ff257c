//! What each step of a check asks for, and what is made of the answers. Pure.

use super::check::{Answer, Check, CheckAct, CheckStep, Finding, NoticeWay, Outcome, Signature};
use super::items::Items;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::form::at_most;
use crate::law::Calendar;
use jiff::civil::Date;

/// The most that may be written beside an act, in characters.
pub const MOST_WORDS: usize = 2000;
/// The longest name of somebody, in characters.
pub const LONGEST_NAME: usize = 60;
/// How many photographs go with one act.
pub const MOST_PHOTOS: usize = 9;

/// The names of what each item came to, by its position: at most [`super::check::MOST_ITEMS`].
const ANSWERS: [&str; 12] = [
    "answer-1",
    "answer-2",
    "answer-3",
    "answer-4",
    "answer-5",
    "answer-6",
    "answer-7",
    "answer-8",
    "answer-9",
    "answer-10",
    "answer-11",
    "answer-12",
];
/// The names of the words about each item.
const SEEN: [&str; 12] = [
    "seen-1", "seen-2", "seen-3", "seen-4", "seen-5", "seen-6", "seen-7", "seen-8", "seen-9", "seen-10", "seen-11",
    "seen-12",
];

/// What forms are made for.
pub struct Desk<'a> {
    /// The check.
    pub check: &'a Check,
    /// What may be checked.
    pub items: &'a Items,
    /// The working calendar.
    pub calendar: &'a Calendar,
    /// The present moment.
    pub now: Moment,
    /// Whether an emergency is approved too late now.
    pub is_late: bool,
    /// Sentences in the reader's language.
    pub say: &'a dyn Fn(&str) -> String,
    /// Whether that is Chinese.
    pub is_chinese: bool,
}

impl Desk<'_> {
    fn choices(&self, prefix: &str, words: &[&'static str]) -> Vec<Choice> {
        words.iter().map(|word| Choice::new(word, (self.say)(&format!("inspection-{prefix}-{word}")))).collect()
    }

    /// The item's name in the reader's language.
    pub fn item(&self, id: &str) -> String {
        let found = self.items.named(id);
        found.map_or_else(
            || id.to_owned(),
            |item| if self.is_chinese { item.name.zh.clone() } else { item.name.en.clone() },
        )
    }

    /// The fields of a step.
    pub fn fields(&self, step: CheckStep) -> Vec<Field> {
        let words = |label: &'static str| Field::new("words", label, Ask::Text(MOST_WORDS));
        match step {
            CheckStep::Approve => vec![words("inspection-field-opinion").optional()],
            CheckStep::ApproveAfterwards if self.is_late => {
                vec![words("inspection-field-late").hint("inspection-hint-late")]
            }
            CheckStep::ApproveAfterwards => vec![words("inspection-field-opinion").optional()],
            CheckStep::Refuse => vec![words("inspection-field-refuse")],
            CheckStep::Cancel => vec![words("inspection-field-cancel")],
            CheckStep::Announce => {
                let ways = self.choices("way", &NoticeWay::ALL.iter().map(|way| way.word()).collect::<Vec<_>>());
                vec![
                    Field::new("way", "inspection-field-way", Ask::Radio(ways)).given(NoticeWay::Paper.word()),
                    Field::new("receiver", "inspection-field-receiver", Ask::Line(LONGEST_NAME)).optional(),
                ]
            }
            CheckStep::Note => vec![words("inspection-field-note"), photos()],
            CheckStep::Record => self.record(),
            CheckStep::Finish => self.finish(),
            CheckStep::Confirm | CheckStep::Enter | CheckStep::EnterUrgently | CheckStep::Rate => Vec::new(),
        }
    }

    fn record(&self) -> Vec<Field> {
        let mut all = Vec::new();
        for (item, (answer, seen)) in self.check.plan.items.iter().zip(ANSWERS.into_iter().zip(SEEN)) {
            let before = self.check.findings.iter().find(|one| one.item == *item);
            let answers = self.choices("answer", &Answer::ALL.iter().map(|one| one.word()).collect::<Vec<_>>());
            let field = Field::new(answer, "", Ask::Radio(answers)).named(self.item(item), "");
            let words = Field::new(seen, "", Ask::Text(MOST_WORDS))
                .named((self.say)("inspection-field-seen"), (self.say)("inspection-hint-seen"))
                .optional();
            let (field, words) = match before {
                Some(one) => (field.given(one.answer.word()), words.given(&one.words)),
                None => (field, words),
            };
            all.extend([field, words]);
        }
        let whole = Field::new("words", "inspection-field-record", Ask::Text(MOST_WORDS));
        all.push(if self.check.words.is_empty() { whole } else { whole.given(&self.check.words) });
        all.push(photos());
        all
    }

    fn finish(&self) -> Vec<Field> {
        let now = self.now.zoned(self.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string();
        let is_found = self.check.findings.iter().any(|one| one.answer == Answer::Found);
        let outcomes =
            self.choices("outcome", if is_found { &["advice", "order", "clue"] } else { &["nothing", "advice"] });
        let mut all = vec![
            Field::new("left", "inspection-field-left", Ask::Time).given(now),
            Field::new("outcome", "inspection-field-outcome", Ask::Radio(outcomes)),
            Field::new("advice", "inspection-field-advice", Ask::Text(MOST_WORDS))
                .optional()
                .hint("inspection-hint-advice"),
        ];
        if is_found {
            all.extend([
                Field::new("demands", "inspection-field-demands", Ask::Text(MOST_WORDS))
                    .optional()
                    .hint("inspection-hint-demands"),
                Field::new("term", "inspection-field-term", Ask::Day).optional(),
                Field::new("violated", "inspection-field-violated", Ask::Line(400)).optional(),
                Field::new("basis", "inspection-field-basis", Ask::Line(400)).optional().hint("inspection-hint-basis"),
            ]);
        }
        let signing = self.choices("signing", &["signed", "declined"]);
        all.extend([
            Field::new("signing", "inspection-field-signing", Ask::Radio(signing)).given("signed"),
            Field::new("signer", "inspection-field-signer", Ask::Line(LONGEST_NAME)).optional(),
            Field::new("declined", "inspection-field-declined", Ask::Text(MOST_WORDS))
                .optional()
                .hint("inspection-hint-declined"),
            Field::new("witness", "inspection-field-witness", Ask::Line(LONGEST_NAME)).optional(),
        ]);
        all
    }

    /// What was answered. Of a finish with a penalty case, the case is not there yet: [`Wish::Clue`].
    ///
    /// # Errors
    /// `form-…`, each on its field.
    pub fn read(&self, step: CheckStep, typed: &Typed) -> Result<Wish, Refusal> {
        let words = || typed.words("words", MOST_WORDS);
        Ok(Wish::Act(match step {
            CheckStep::Approve | CheckStep::ApproveAfterwards => CheckAct::Approve { words: words()? },
            CheckStep::Refuse => CheckAct::Refuse { words: typed.needed("words", MOST_WORDS)? },
            CheckStep::Cancel => CheckAct::Cancel { words: typed.needed("words", MOST_WORDS)? },
            CheckStep::Note => CheckAct::Note { words: typed.needed("words", MOST_WORDS)? },
            CheckStep::Announce => CheckAct::Announce {
                way: typed.choice("way", NoticeWay::parse)?,
                receiver: typed.words("receiver", LONGEST_NAME)?,
            },
            CheckStep::Record => {
                let mut findings = Vec::new();
                for (item, (answer, seen)) in self.check.plan.items.iter().zip(ANSWERS.into_iter().zip(SEEN)) {
                    let finding = Finding {
                        item: item.clone(),
                        answer: typed.choice(answer, Answer::parse)?,
                        words: typed.words(seen, MOST_WORDS)?,
                    };
                    if finding.answer == Answer::Found && finding.words.is_empty() {
                        return Err(super::Why::FindingWordless.refuse().on(seen));
                    }
                    findings.push(finding);
                }
                CheckAct::Record { findings, words: typed.needed("words", MOST_WORDS)? }
            }
            CheckStep::Finish => return self.read_finish(typed),
            CheckStep::Confirm | CheckStep::Enter | CheckStep::EnterUrgently | CheckStep::Rate => {
                return Err(Refusal::new("form-choose"));
            }
        }))
    }

    fn read_finish(&self, typed: &Typed) -> Result<Wish, Refusal> {
        let left = typed.time("left")?;
        let mut left_at = self.calendar.moment(left.date(), left.time());
        // A form tells minutes: whoever leaves in the minute in which they came was there.
        if let Some(entered) = self.check.entered_at.filter(|entered| entered.0 - left_at.0 < 60_000) {
            left_at = left_at.max(entered);
        }
        // In the order of the form.
        let outcome = match typed.text("outcome") {
            "nothing" => Some(Outcome::Nothing),
            "advice" => Some(Outcome::Advice { words: typed.needed("advice", MOST_WORDS)? }),
            "order" => {
                at_most("violated", typed.text("violated"), 400)?;
                at_most("basis", typed.text("basis"), 400)?;
                Some(Outcome::Order { demands: typed.needed("demands", MOST_WORDS)?, until: typed.day("term")? })
            }
            "clue" => None,
            _ => return Err(Refusal::new("form-choose").on("outcome")),
        };
        let signature = match typed.text("signing") {
            "declined" => Signature::Declined {
                words: typed.needed("declined", MOST_WORDS)?,
                witness: typed.words("witness", LONGEST_NAME)?,
            },
            _ => Signature::Signed { name: typed.needed("signer", LONGEST_NAME)? },
        };
        Ok(match outcome {
            Some(outcome) => Wish::Act(CheckAct::Finish { left_at, signature, outcome }),
            None => Wish::Clue { left_at, signature },
        })
    }
}

fn photos() -> Field {
    Field::new("photos", "inspection-field-photos", Ask::Photos(MOST_PHOTOS)).optional()
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// This act.
    Act(CheckAct),
    /// To finish, and to open a penalty case.
    Clue {
        /// When they left.
        left_at: Moment,
        /// How the enterprise signed.
        signature: Signature,
    },
}

/// A refusal of the rules beside the field of the form that it is about.
pub fn beside(step: CheckStep, refusal: Refusal) -> Refusal {
    if refusal.field.is_some() {
        return refusal;
    }
    let field = match refusal.key {
        "inspection-refusal-findings-missing" if step == CheckStep::Record => ANSWERS[0],
        "papers-refusal-missing" if step == CheckStep::Finish => "basis",
        _ => return refusal,
    };
    refusal.on(field)
}

/// The last day on which a routine check that is planned today can be announced in time.
pub fn soonest(today: Date, items: &Items, calendar: &Calendar) -> Date {
    let (mut day, mut left) = (today, items.notice_days);
    for _ in 0..60 {
        if left == 0 {
            break;
        }
        day = day.tomorrow().unwrap_or(day);
        left -= u32::from(calendar.is_working_day(day).unwrap_or(true));
    }
    day
}
