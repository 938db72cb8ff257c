//! What each act asks for, and how it is read from what was typed. Pure: who there is to choose from is handed in.

use super::case::{
    self, Act, Asked, Case, Correction, Credential, Disposal, Effect, EndGround, Ending, Evidence, EvidenceKind, Law,
    Manner, Named, Officer, OtherDecision, Party, PartyForm, Penalty, Rule, Service, Standing, Step, SuspensionGround,
};
use super::earlier::{self, Earlier};
use super::guards::{LONGEST_NAME, LONGEST_WORDS};
use super::matters::{ExemptionKind, Measure, PenaltyKind, TierKind};
use super::measures::{self, OnSite};
use super::money::{Instalment, Payment, SpotReason, Towards};
use super::performing::{Ground, OnSpot, Performance, Performer, Plan};
use super::publication::{self, Background};
use super::sampling::{SampleEnd, Taking};
use super::serving;
use crate::kit::error::Refusal;
use crate::kit::fields::{Ask, Choice, Field, Typed, yuan};
use crate::kit::id::Id;
use crate::law::{Certainty, Exclusion};
use crate::people::act::Post;
use crate::people::credentials::Qualification;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The longest line, in characters.
const LINE: usize = 200;
/// The longest identity number or credit code, in characters.
const CODE: usize = 30;
/// The most photographs beside an act.
pub const MOST_PHOTOS: usize = 9;
/// In how many parts a fine can be granted on one form.
const PARTS: usize = 6;
const PART_DAYS: [&str; PARTS] = ["due-1", "due-2", "due-3", "due-4", "due-5", "due-6"];
const PART_AMOUNTS: [&str; PARTS] = ["amount-1", "amount-2", "amount-3", "amount-4", "amount-5", "amount-6"];

/// Somebody whom a form may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Somebody {
    /// The account.
    pub account: Id,
    /// The name.
    pub name: String,
    /// The post.
    pub post: Post,
    /// The credential, for officers who have one.
    pub credential: Option<Credential>,
}

/// What is known around a case, besides what its papers say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// What was decided against its party before.
    pub earlier: Vec<Earlier>,
    /// What lets whoever fills the form in review decisions; none for those who may not yet.
    pub qualification: Option<Qualification>,
}

/// Says a sentence with its arguments in the reader's language.
pub type Say<'a> = dyn Fn(&str, &[(&'static str, String)]) -> String + 'a;

/// What a form is made of.
pub struct Desk<'a> {
    /// The case.
    pub case: &'a Case,
    /// What it is judged by.
    pub law: Law<'a>,
    /// The day.
    pub today: Date,
    /// Who fills the form in.
    pub by: Id,
    /// Officers, helpers, heads and hearing presidents whom the form may name.
    pub people: &'a [Somebody],
    /// What the papers of the case know beside it; only publishing asks for it.
    pub background: &'a Background,
    /// What else is known around it.
    pub around: &'a Around,
    /// A sentence in the reader's language.
    pub say: &'a Say<'a>,
    /// Whether the reader reads Chinese.
    pub is_chinese: bool,
}

impl Desk<'_> {
    fn word(&self, prefix: &str, word: &str) -> String {
        (self.say)(&format!("{prefix}{word}"), &[])
    }

    fn all(&self, prefix: &str, words: impl IntoIterator<Item = &'static str>) -> Vec<Choice> {
        words.into_iter().map(|word| Choice::new(word, self.word(prefix, word))).collect()
    }

    fn of_post(&self, posts: &[Post]) -> Vec<Choice> {
        let people = self.people.iter().filter(|one| posts.contains(&one.post));
        people.map(|one| Choice::new(one.account, one.name.clone())).collect()
    }

    fn officers(&self) -> Field {
        let choice = |one: &Somebody| {
            let hint = one.credential.as_ref().map_or_else(
                || (self.say)("enforcement-no-credential", &[]),
                |held| {
                    let args = [("number", held.number.clone()), ("until", held.until.to_string())];
                    (self.say)("enforcement-credential", &args)
                },
            );
            Choice::new(one.account, one.name.clone()).with_hint(hint)
        };
        let officers =
            self.people.iter().filter(|one| matches!(one.post, Post::EnforcementOfficer | Post::EnforcementHelper));
        let field = Field::new("officers", "enforcement-ask-officers", Ask::Several(officers.map(choice).collect()))
            .hint("enforcement-hint-officers");
        let known = &self.case.investigators;
        if known.is_empty() { field.given(self.by) } else { known.iter().fold(field, Field::given) }
    }

    /// The sets of questions for an interview about the case's matter.
    fn questions(&self) -> Vec<(String, String)> {
        let name =
            |set: &super::questions::Set| if self.is_chinese { set.name.zh.clone() } else { set.name.en.clone() };
        self.law.questions.of(&self.case.matter).map(|set| (name(set), set.text())).collect()
    }

    fn party(&self) -> Vec<Field> {
        let mut name = Field::new("name", "enforcement-ask-party", Ask::Line(LONGEST_NAME));
        let forms = PartyForm::ALL.iter().map(|form| form.word());
        let mut form = Field::new("form", "enforcement-ask-form", Ask::Radio(self.all("enforcement-form-", forms)));
        if let Some(party) = &self.case.party {
            (name, form) = (name.given(&party.name), form.given(party.form.word()));
        }
        vec![
            name,
            form,
            Field::new("age", "enforcement-ask-age", Ask::Count(0, 150)).optional().hint("enforcement-hint-age"),
            Field::new("unaccountable", "enforcement-ask-unaccountable", Ask::Yes).optional(),
            {
                let code = Field::new("code", "enforcement-ask-party-code", Ask::Line(CODE)).optional();
                let known = self.case.party.as_ref().map(|party| party.code.as_str()).filter(|code| !code.is_empty());
                let code = code.hint("enforcement-hint-party-code");
                known.map_or(code.clone(), |known| code.given(known))
            },
        ]
    }

    /// The matters in force on the day, and those that ended within the two years of the limitation.
    fn matters(&self) -> Vec<Choice> {
        let mut seen = BTreeSet::new();
        let reach = self.today.saturating_sub(jiff::Span::new().years(2));
        let found = self.law.matters.all().iter().filter(|matter| {
            matter.from <= self.today
                && matter.until.is_none_or(|until| until >= reach)
                && seen.insert(matter.id.clone())
        });
        found
            .map(|matter| {
                let name = if self.is_chinese { &matter.name.zh } else { &matter.name.en };
                Choice::new(&matter.id, name.clone())
            })
            .collect()
    }

    fn acted_on(&self) -> Field {
        Field::new("acted_on", "enforcement-ask-acted-on", Ask::Day).given(self.today).hint("enforcement-hint-acted-on")
    }

    fn other(&self) -> Vec<Field> {
        vec![
            Field::new("other", "enforcement-ask-other", Ask::Line(LINE)).optional().hint("enforcement-hint-other"),
            Field::new("other_fine", "enforcement-ask-other-fine", Ask::Money).optional(),
            Field::new("other_revoked", "enforcement-ask-other-revoked", Ask::Yes).optional(),
        ]
    }

    fn other_act(&self) -> Field {
        Field::new("other_act", "enforcement-ask-other-act", Ask::Text(LONGEST_WORDS))
            .optional()
            .hint("enforcement-hint-other-act")
    }

    /// What may be seized, by the provision that allows it.
    fn seizable(&self, basis: &str) -> String {
        let matter = self.case.acted_on.and_then(|day| self.law.matters.on(&self.case.matter, day));
        let things = matter.and_then(|matter| matter.seizure.as_ref()).map(|one| {
            let words = if self.is_chinese { &one.things.zh } else { &one.things.en };
            let mark = (one.certainty != Certainty::Verified).then(|| (self.say)("enforcement-check-locally", &[]));
            format!("{words}{}", mark.map(|mark| format!(" · {mark}")).unwrap_or_default())
        });
        format!("{basis} · {}", things.unwrap_or_default())
    }

    /// The fields of a penalty, filled in with what was intended before.
    fn penalty(&self, before: Option<&Penalty>) -> Vec<Field> {
        let matter = self.case.acted_on.and_then(|day| self.law.matters.on(&self.case.matter, day));
        let offered: Vec<&'static str> = match matter {
            Some(matter) => matter.kinds.iter().map(|kind| kind.word()).collect(),
            None => PenaltyKind::ALL.iter().map(|kind| kind.word()).collect(),
        };
        let mut kinds =
            Field::new("kinds", "enforcement-ask-kinds", Ask::Several(self.all("enforcement-penalty-", offered)));
        let mut fine = Field::new("fine", "enforcement-ask-fine", Ask::Money).optional().hint("enforcement-hint-fine");
        let mut confiscated = Field::new("confiscated", "enforcement-ask-confiscated", Ask::Money).optional();
        let mut quantity = Field::new("quantity", "enforcement-ask-quantity", Ask::Hundredths).optional();
        let party = self.case.party.as_ref().map(|party| party.kind(self.law.organ));
        let tier = |tier: &super::matters::Tier| {
            let words = if self.is_chinese { &tier.circumstances.zh } else { &tier.circumstances.en };
            let band = party.and_then(|party| tier.bands.of(party));
            let band = band.filter(|_| matter.is_some_and(|matter| matter.measure == Measure::Amount));
            let amounts = band.map(|band| format!(" · {}–{}", yuan(band.least), yuan(band.most))).unwrap_or_default();
            Choice::new(tier.kind.word(), format!("{}{amounts}", self.word("enforcement-tier-", tier.kind.word())))
                .with_hint(if tier.certainty == Certainty::Verified {
                    words.clone()
                } else {
                    format!("{words}（{}）", (self.say)("enforcement-check-locally", &[]))
                })
        };
        let tiers: Vec<Choice> = matter.map(|matter| matter.tiers.iter().map(tier).collect()).unwrap_or_default();
        let has_tiers = !tiers.is_empty() || matter.is_none();
        let tiers = if matter.is_none() {
            self.all("enforcement-tier-", TierKind::ALL.iter().map(|kind| kind.word()))
        } else {
            tiers
        };
        let mut tier = Field::new("tier", "enforcement-ask-tier", Ask::Radio(tiers)).optional();
        let mut tier_reason =
            Field::new("tier_reason", "enforcement-ask-tier-reason", Ask::Text(LONGEST_WORDS)).optional();
        let rules = self.all("enforcement-rule-", Rule::ALL.iter().map(|rule| rule.word()));
        let mut rule = Field::new("rule", "enforcement-ask-rule", Ask::Radio(rules)).hint("enforcement-hint-rule");
        let mut rule_reason =
            Field::new("rule_reason", "enforcement-ask-rule-reason", Ask::Text(LONGEST_WORDS)).optional();
        match before {
            Some(before) => {
                kinds = before.kinds.iter().fold(kinds, |field, kind| field.given(kind.word()));
                fine = fine.given(yuan(before.fine));
                if before.confiscated > 0 {
                    confiscated = confiscated.given(yuan(before.confiscated));
                }
                if let Some(number) = before.quantity {
                    quantity = quantity.given(yuan(number));
                }
                if let Some(kind) = before.tier {
                    tier = tier.given(kind.word());
                }
                tier_reason = tier_reason.given(&before.tier_reason);
                rule = rule.given(before.rule.word());
                rule_reason = rule_reason.given(&before.rule_reason);
            }
            None => rule = rule.given(Rule::OfTheAct.word()),
        }
        let mut fields = vec![kinds, fine, confiscated];
        if matter.is_none_or(|matter| matter.measure != Measure::Amount) {
            fields.push(quantity.hint(match matter.map(|matter| matter.measure) {
                Some(Measure::SquareMetre) => "enforcement-hint-square-metres",
                Some(Measure::CostPercent) => "enforcement-hint-cost",
                Some(Measure::Each) => "enforcement-hint-each",
                _ => "enforcement-hint-quantity",
            }));
        }
        if has_tiers {
            fields.push(tier);
        }
        fields.extend([tier_reason, rule, rule_reason]);
        fields
    }

    /// The grounds of no penalty, each with the circumstances of the organ's list.
    fn grounds(&self) -> Vec<Choice> {
        let matter = self.case.acted_on.and_then(|day| self.law.matters.on(&self.case.matter, day));
        let rows = matter.map(|matter| matter.exemptions.as_slice()).unwrap_or_default();
        let one = |kind: &ExemptionKind| {
            let choice = Choice::new(kind.word(), self.word("enforcement-exemption-", kind.word()));
            let is_of_list = matches!(kind, ExemptionKind::Minor | ExemptionKind::FirstOffence);
            match rows.iter().find(|row| row.kind == *kind) {
                Some(row) => {
                    let words = if self.is_chinese { &row.circumstances.zh } else { &row.circumstances.en };
                    let mark =
                        (row.certainty != Certainty::Verified).then(|| (self.say)("enforcement-check-locally", &[]));
                    choice.with_hint(format!("{words}{}", mark.map(|mark| format!(" · {mark}")).unwrap_or_default()))
                }
                None if is_of_list => choice.with_hint((self.say)("enforcement-exemption-unlisted", &[])),
                None => choice,
            }
        };
        ExemptionKind::ALL.iter().map(one).collect()
    }

    /// The requests that the head has approved and nobody has carried out.
    fn approved(&self, kind: measures::Measure) -> Field {
        let open = self.case.requests.iter().filter(|one| one.is_open(kind));
        let mut field = self.numbered("enforcement-ask-approval", open.map(|one| (one.number, one.items.clone())));
        field.name = "request";
        field
    }

    /// What was approved, as it was written: only one thing may wait.
    fn approved_items(&self, kind: measures::Measure) -> Field {
        let items = Field::new("items", "enforcement-ask-items", Ask::Text(LONGEST_WORDS));
        let mut open = self.case.requests.iter().filter(|one| one.is_open(kind));
        match (open.next(), open.next()) {
            (Some(one), None) => items.given(&one.items),
            _ => items,
        }
    }

    /// A sample in a few words.
    fn sample(&self, one: &super::sampling::Sample) -> String {
        let comma = (self.say)("kit-comma", &[]);
        one.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>().join(&comma)
    }

    fn numbered(&self, label: &'static str, all: impl Iterator<Item = (u32, String)>) -> Field {
        let choice = |(number, words): (u32, String)| {
            let words: String = words.chars().take(60).collect();
            Choice::new(number, format!("{number}. {words}"))
        };
        let choices: Vec<Choice> = all.map(choice).collect();
        let first = choices.first().map(|choice| choice.value.clone()).filter(|_| choices.len() == 1);
        let field = Field::new("number", label, Ask::One(choices));
        first.map_or(field.clone(), |first| field.given(first))
    }

    /// What a step asks for.
    pub fn fields(&self, step: Step) -> Vec<Field> {
        let case = self.case;
        let words = |label: &'static str| Field::new("words", label, Ask::Text(LONGEST_WORDS));
        let reason = || Field::new("reason", "enforcement-ask-reason", Ask::Text(LONGEST_WORDS));
        let yes = |name: &'static str, label: &'static str| Field::new(name, label, Ask::Yes).optional();
        let day = |name: &'static str, label: &'static str| Field::new(name, label, Ask::Day);
        let photos = || Field::new("photos", "enforcement-ask-photos", Ask::Photos(MOST_PHOTOS)).optional();
        let disposals = |kinds: &[Disposal]| {
            let all = self.all("enforcement-disposal-", kinds.iter().map(|one| one.word()));
            Field::new("disposal", "enforcement-ask-disposal", Ask::Radio(all))
        };
        let exclusions =
            |kinds: &[Exclusion]| -> Vec<Choice> { self.all("law-exclusion-", kinds.iter().map(|kind| kind.word())) };
        let heads = || Field::new("people", "enforcement-ask-heads", Ask::Several(self.of_post(&[Post::Leader])));
        let yes_no = |prefix: &str| self.all(prefix, ["yes", "no"]);
        match step {
            Step::ReceiveClue => vec![words("enforcement-ask-clue"), photos()],
            Step::RecordNote => vec![words("enforcement-ask-note"), photos()],
            Step::AssignClue => vec![self.officers()],
            Step::GiveOpinion => vec![
                Field::new("agreed", "enforcement-ask-agreed", Ask::Radio(yes_no("enforcement-agreed-"))),
                words("enforcement-ask-opinion"),
            ],
            Step::CheckClue => vec![self.officers(), words("enforcement-ask-found"), photos()],
            Step::DropClue
            | Step::RefuseFiling
            | Step::ReopenInquiry
            | Step::ReturnProposal
            | Step::NotEstablish
            | Step::Suspend
            | Step::AskInstalments
            | Step::RevokeDecision
            | Step::ExtendClueCheck
            | Step::WithdrawPublication => vec![reason()],
            Step::ProposeFiling => {
                let matter = Field::new("matter", "enforcement-ask-matter", Ask::One(self.matters()));
                let matter = if case.matter.is_empty() { matter } else { matter.given(&case.matter) };
                let mut fields = vec![self.officers()];
                fields.extend(self.party());
                fields.extend([matter, self.acted_on(), yes("has_harm", "enforcement-ask-has-harm")]);
                fields.push(
                    Field::new("also", "enforcement-ask-also", Ask::One(self.matters()))
                        .optional()
                        .hint("enforcement-hint-also"),
                );
                fields.extend(self.other());
                fields
            }
            Step::ApproveFiling
            | Step::Resume
            | Step::AskReview
            | Step::AskFinalReview
            | Step::AskHearing
            | Step::CloseDefence
            | Step::ProposeDecision
            | Step::ReportSummary
            | Step::ResumeEnforcement
            | Step::AskCourt
            | Step::ProposeClosing
            | Step::ApproveClosing => Vec::new(),
            Step::WithdrawHearing => vec![yes("is_signed", "enforcement-ask-signed"), photos()],
            Step::Terminate if case.stage == case::Stage::Executing => {
                let grounds = self.all("enforcement-end-", EndGround::ALL.iter().map(|one| one.word()));
                vec![Field::new("ground", "enforcement-ask-end-ground", Ask::Radio(grounds)), reason()]
            }
            Step::Terminate => vec![reason()],
            Step::Archive => {
                let all = self.law.organ.retention.iter();
                let all =
                    all.map(|one| Choice::new(&one.id, if self.is_chinese { one.zh.clone() } else { one.en.clone() }));
                let people = || {
                    let posts = [Post::EnforcementOfficer, Post::UnitLeader, Post::Archivist, Post::LegalReviewer];
                    Ask::One(self.of_post(&posts))
                };
                vec![
                    Field::new("retention", "enforcement-ask-retention", Ask::Radio(all.collect())),
                    Field::new("volume", "enforcement-ask-volume", Ask::Line(LINE)),
                    Field::new("bound_by", "enforcement-ask-bound-by", people()),
                    Field::new("checked_by", "enforcement-ask-checked-by", people())
                        .hint("enforcement-hint-checked-by"),
                ]
            }
            Step::Inquire => vec![
                self.officers(),
                yes("card_shown", "enforcement-ask-card-shown"),
                Field::new(
                    "asked",
                    "enforcement-ask-asked",
                    Ask::Radio(self.all("enforcement-asked-", Standing::ALL.iter().map(|one| one.word()))),
                )
                .given(Standing::Party.word()),
                Field::new("asked_name", "enforcement-ask-asked-name", Ask::Line(LONGEST_NAME))
                    .optional()
                    .hint("enforcement-hint-asked-name"),
                Field::new("relation", "enforcement-ask-relation", Ask::Line(LONGEST_NAME)).optional(),
                words("enforcement-ask-inquiry").snippets(self.questions()),
                photos(),
            ],
            Step::InspectSite => vec![
                self.officers(),
                yes("card_shown", "enforcement-ask-card-shown"),
                words("enforcement-ask-inspection"),
                photos(),
            ],
            Step::AddEvidence => {
                let kinds = self.all("enforcement-evidence-", EvidenceKind::ALL.iter().map(|kind| kind.word()));
                vec![
                    self.officers(),
                    Field::new("kind", "enforcement-ask-evidence-kind", Ask::One(kinds)),
                    words("enforcement-ask-evidence"),
                    yes("is_lawful", "enforcement-ask-lawful").given("1"),
                    yes("is_monitoring", "enforcement-ask-monitoring"),
                    yes("is_reviewed", "enforcement-ask-monitoring-reviewed"),
                    photos(),
                ]
            }
            Step::JudgeEvidence => {
                let all = (1..).zip(&case.evidence).map(|(number, one)| (number, one.words.clone()));
                vec![
                    self.numbered("enforcement-ask-which", all),
                    Field::new("stands", "enforcement-ask-stands", Ask::Radio(yes_no("enforcement-stands-")))
                        .hint("enforcement-hint-stands"),
                    words("enforcement-ask-judgement"),
                ]
            }
            Step::OrderCorrection => vec![self.officers(), day("until", "enforcement-ask-correct-until")],
            Step::RecordCorrection => {
                let all = self.all("enforcement-correction-", Correction::ALL.iter().map(|one| one.word()));
                vec![self.officers(), Field::new("outcome", "enforcement-ask-correction", Ask::Radio(all)), photos()]
            }
            Step::AskMeasure => {
                let basis = measures::seizure_basis(case, self.today, &self.law);
                let one = |kind: &measures::Measure| {
                    let choice = Choice::new(kind.word(), self.word("enforcement-measure-", kind.word()));
                    match (kind, &basis) {
                        (measures::Measure::Register | measures::Measure::Sample, _) => choice,
                        (measures::Measure::Seize, Ok(basis)) => choice.with_hint(self.seizable(basis)),
                        (measures::Measure::Seize, Err(refusal)) => {
                            choice.with_hint((self.say)(refusal.key, &refusal.args))
                        }
                    }
                };
                let kinds = measures::Measure::ALL.iter().map(one).collect();
                vec![
                    self.officers(),
                    Field::new("kind", "enforcement-ask-measure", Ask::Radio(kinds)),
                    Field::new("items", "enforcement-ask-items", Ask::Text(LONGEST_WORDS))
                        .hint("enforcement-hint-sample-items"),
                    Field::new("reason", "enforcement-ask-measure-reason", Ask::Text(LONGEST_WORDS)),
                    photos(),
                ]
            }
            Step::ApproveMeasure | Step::RefuseMeasure => {
                let open = case.requests.iter().filter(|one| one.answer.is_none());
                let choice = |one: &measures::Request| {
                    let items: String = one.items.chars().take(60).collect();
                    let kind = self.word("enforcement-measure-", one.kind.word());
                    let hint = format!("{} {}", one.reason.trim(), one.basis);
                    Choice::new(one.number, format!("{}. {kind}：{items}", one.number)).with_hint(hint.trim())
                };
                let choices: Vec<Choice> = open.map(choice).collect();
                let first = choices.first().map(|choice| choice.value.clone()).filter(|_| choices.len() == 1);
                let which = Field::new("number", "enforcement-ask-which", Ask::Radio(choices));
                let said = words("enforcement-ask-answer");
                vec![
                    first.map_or(which.clone(), |first| which.given(first)),
                    if step == Step::ApproveMeasure { said.optional() } else { said },
                ]
            }
            Step::RegisterEvidence => vec![
                self.officers(),
                self.approved(measures::Measure::Register),
                self.approved_items(measures::Measure::Register),
                photos(),
            ],
            Step::TakeSample => {
                let approval = self.approved(measures::Measure::Sample);
                let approval = if self.law.organ.sampling_approval { approval } else { approval.optional() };
                vec![
                    self.officers(),
                    approval,
                    self.approved_items(measures::Measure::Sample).hint("enforcement-hint-sample-items"),
                    Field::new("manner", "enforcement-ask-sample-manner", Ask::Line(LINE)),
                    yes("card_shown", "enforcement-ask-card-shown"),
                    yes("is_signed", "enforcement-ask-sample-signed"),
                    Field::new("witness", "enforcement-ask-sample-witness", Ask::Line(LINE)).optional(),
                    photos(),
                ]
            }
            Step::TellTestResult => {
                let open = case.samples.iter().filter(|one| one.end.is_none() && one.result.is_none());
                let mut fields = vec![
                    self.officers(),
                    self.numbered("enforcement-ask-which", open.map(|one| (one.number, self.sample(one)))),
                    day("on", "enforcement-ask-tested-on").given(self.today),
                    words("enforcement-ask-test-result"),
                ];
                fields.extend(self.service(step));
                fields.push(photos());
                fields
            }
            Step::SettleSample => {
                let open = case.samples.iter().filter(|one| one.end.is_none());
                let ends = self.all("enforcement-sample-", SampleEnd::ALL.iter().map(|one| one.word()));
                vec![
                    self.numbered("enforcement-ask-which", open.map(|one| (one.number, self.sample(one)))),
                    Field::new("end", "enforcement-ask-disposal", Ask::Radio(ends)),
                    photos(),
                ]
            }
            Step::EnforceMoney => vec![words("enforcement-ask-enforce-money")],
            Step::DecidePerformance => {
                let grounds = self.all("enforcement-performance-", Ground::ALL.iter().map(|one| one.word()));
                let performers = self.all("enforcement-performer-", Performer::ALL.iter().map(|one| one.word()));
                vec![
                    words("enforcement-ask-performance-duty"),
                    Field::new("ground", "enforcement-ask-performance-ground", Ask::Radio(grounds))
                        .hint("enforcement-hint-performance-ground"),
                    yes("is_unable", "enforcement-ask-party-unable"),
                    reason(),
                    Field::new("manner", "enforcement-ask-performance-manner", Ask::Line(LINE)),
                    Field::new("performer", "enforcement-ask-performer", Ask::Radio(performers))
                        .given(Performer::Organ.word()),
                    Field::new("name", "enforcement-ask-performer-name", Ask::Line(LONGEST_NAME)).optional(),
                    yes("is_disinterested", "enforcement-ask-disinterested"),
                    Field::new("budget", "enforcement-ask-budget", Ask::Money).optional(),
                    day("on", "enforcement-ask-performance-on").hint("enforcement-hint-performance-on"),
                    yes("is_no_building", "enforcement-ask-no-building").hint("enforcement-hint-no-building"),
                ]
            }
            Step::ServePerformance | Step::RemindPerformance => {
                let is_open = |one: &&Performance| {
                    if step == Step::ServePerformance { one.is_to_serve() } else { one.is_to_remind() }
                };
                let open = case.performances.iter().filter(is_open);
                let open = open.map(|one| (one.number, one.plan.duty.clone()));
                let mut fields = vec![self.officers(), self.numbered("enforcement-ask-which", open)];
                fields.extend(self.service(step));
                fields.push(photos());
                fields
            }
            Step::StopPerformance | Step::Perform => {
                let open = case.performances.iter().filter(|one| one.outcome.is_none());
                let open = open.map(|one| (one.number, one.plan.duty.clone()));
                let mut fields = vec![self.officers(), self.numbered("enforcement-ask-which", open)];
                if step == Step::StopPerformance {
                    let did = yes("by_party", "enforcement-ask-by-party").hint("enforcement-hint-by-party");
                    fields.extend([did, words("enforcement-ask-found"), photos()]);
                    return fields;
                }
                fields.extend([
                    Field::new("from", "enforcement-ask-performed-from", Ask::Time),
                    Field::new("until", "enforcement-ask-performed-until", Ask::Time),
                    words("enforcement-ask-performed-course"),
                    yes("is_there", "enforcement-ask-party-there"),
                    yes("is_peaceful", "enforcement-ask-peaceful"),
                    yes("is_performer_signed", "enforcement-ask-performer-signed"),
                    yes("is_signed", "enforcement-ask-performance-signed"),
                    Field::new("witness", "enforcement-ask-performance-witness", Ask::Line(LINE)).optional(),
                    Field::new("cost", "enforcement-ask-performance-cost", Ask::Money).optional(),
                    Field::new("cost_reason", "enforcement-ask-cost-reason", Ask::Text(LONGEST_WORDS)).optional(),
                    photos(),
                ]);
                fields
            }
            Step::SettleEvidence => {
                let open = case.registered.iter().filter(|one| one.disposal.is_none());
                vec![
                    self.numbered("enforcement-ask-which", open.map(|one| (one.number, one.items.clone()))),
                    disposals(&Disposal::OF_REGISTERED).hint("enforcement-hint-disposal"),
                ]
            }
            Step::Seize => vec![
                self.officers(),
                self.approved(measures::Measure::Seize).optional().hint("enforcement-hint-approval"),
                self.approved_items(measures::Measure::Seize),
                yes("is_clean", "enforcement-ask-no-necessities"),
                yes("card_shown", "enforcement-ask-card-shown"),
                yes("is_called", "enforcement-ask-party-called"),
                yes("is_there", "enforcement-ask-party-there"),
                Field::new("witness", "enforcement-ask-seizure-witness", Ask::Line(LINE)).optional(),
                yes("is_told", "enforcement-ask-seizure-told"),
                yes("is_heard", "enforcement-ask-seizure-heard"),
                yes("is_recorded", "enforcement-ask-seizure-recorded"),
                yes("is_handed_over", "enforcement-ask-seizure-handed"),
                yes("is_urgent", "enforcement-ask-urgent"),
                Field::new("reason", "enforcement-ask-urgent-reason", Ask::Text(LONGEST_WORDS)).optional(),
                photos(),
            ],
            Step::ApproveSeizure | Step::RefuseSeizure | Step::ExtendSeizure | Step::EndSeizure => {
                let open = case.seizures.iter().filter(|one| one.disposal.is_none());
                let open =
                    open.filter(|one| !matches!(step, Step::ApproveSeizure | Step::RefuseSeizure) || !one.is_approved);
                let mut fields =
                    vec![self.numbered("enforcement-ask-which", open.map(|one| (one.number, one.items.clone())))];
                match step {
                    Step::ExtendSeizure | Step::RefuseSeizure => fields.push(reason()),
                    Step::EndSeizure => fields.extend([
                        disposals(&Disposal::OF_SEIZURE),
                        Field::new("basis", "enforcement-ask-destruction", Ask::Line(LINE)).optional(),
                    ]),
                    _ => {}
                }
                fields
            }
            Step::BeginExcluded | Step::EndExcluded => {
                let kinds = [Exclusion::Test, Exclusion::Appraisal, Exclusion::Announcement];
                vec![Field::new("kind", "enforcement-ask-excluded", Ask::Radio(exclusions(&kinds)))]
            }
            Step::ExtendDecision => {
                vec![
                    Field::new("days", "enforcement-ask-days", Ask::Count(1, 366)),
                    heads().optional().hint("enforcement-hint-heads"),
                ]
            }
            Step::AskRecusal | Step::DecideRecusal => {
                let can_be = case.can_be_recused();
                let wanted = if step == Step::AskRecusal { &can_be } else { &case.recusals_asked };
                let people = self.people.iter().filter(|one| wanted.contains(&one.account));
                let people = people.map(|one| Choice::new(one.account, one.name.clone())).collect();
                let officer = Field::new("officer", "enforcement-ask-recusal", Ask::One(people));
                if step == Step::AskRecusal {
                    return vec![officer, reason()];
                }
                vec![
                    officer,
                    Field::new("granted", "enforcement-ask-granted", Ask::Radio(yes_no("enforcement-granted-"))),
                ]
            }
            Step::ChangeInvestigators => vec![self.officers()],
            Step::ConcludeInquiry => {
                let mut fields = vec![Field::new(
                    "proposes",
                    "enforcement-ask-proposes",
                    Ask::Radio(yes_no("enforcement-proposes-")),
                )];
                fields.extend(
                    self.penalty(case.conclusion.as_ref().and_then(|one| one.penalty.as_ref()))
                        .into_iter()
                        .map(Field::optional),
                );
                fields.push(
                    Field::new("exemption", "enforcement-ask-exemption", Ask::Text(LONGEST_WORDS))
                        .hint("enforcement-hint-exemption"),
                );
                fields.push(yes("is_public_interest", "enforcement-ask-public-interest"));
                fields.push(yes("is_complex", "enforcement-ask-complex"));
                if earlier::fined(&Case { other_act: String::new(), ..case.clone() }, &self.around.earlier).is_some() {
                    fields.push(self.other_act());
                }
                fields
            }
            Step::PassReview | Step::PassFinalReview | Step::FailReview => vec![words("enforcement-ask-opinion")],
            Step::Discuss => vec![heads(), words("enforcement-ask-discussion")],
            Step::NotifyParty => {
                let before = case.notice().map(|notice| &notice.penalty);
                let before = before.or_else(|| case.conclusion.as_ref().and_then(|one| one.penalty.as_ref()));
                let offers = before.zip(case.party.as_ref()).is_some_and(|(penalty, party)| {
                    let kind = party.kind(self.law.organ);
                    self.law.organ.offers_hearing(kind, &penalty.kinds, penalty.fine, penalty.confiscated, self.today)
                });
                let mut fields = vec![self.officers()];
                fields.extend(self.penalty(before));
                let offer =
                    yes("offers_hearing", "enforcement-ask-offers-hearing").hint("enforcement-hint-offers-hearing");
                fields.push(if offers { offer.given("1") } else { offer });
                fields.push(Field::new("new_facts", "enforcement-ask-new-facts", Ask::Text(LONGEST_WORDS)).optional());
                fields.extend(self.service(step));
                fields.push(photos());
                fields
            }
            Step::Defend => vec![words("enforcement-ask-defence"), photos()],
            Step::AnswerDefence => {
                let open = case.defences.iter().filter(|one| one.is_adopted.is_none());
                vec![
                    self.numbered("enforcement-ask-which", open.map(|one| (one.number, one.words.clone()))),
                    Field::new("adopted", "enforcement-ask-adopted", Ask::Radio(yes_no("enforcement-adopted-"))),
                    words("enforcement-ask-reason"),
                ]
            }
            Step::WaiveRights => vec![
                yes("statement", "enforcement-ask-waive-statement"),
                yes("hearing", "enforcement-ask-waive-hearing"),
                yes("is_signed", "enforcement-ask-signed"),
                photos(),
            ],
            Step::CallHearing => vec![
                day("on", "enforcement-ask-hearing-on"),
                Field::new("president", "enforcement-ask-president", Ask::One(self.of_post(&[Post::HearingPresident]))),
            ],
            Step::HoldHearing => vec![
                Field::new("agents", "enforcement-ask-agents", Ask::Count(0, 99)).given(0),
                yes("is_abandoned", "enforcement-ask-abandoned"),
                photos(),
            ],
            Step::ReportHearing => vec![words("enforcement-ask-hearing-report")],
            Step::Decide => {
                let mut fields = self.penalty(case.notice().map(|notice| &notice.penalty));
                let all = self.all("enforcement-effect-", Effect::ALL.iter().map(|one| one.word()));
                let effect =
                    Field::new("effect", "enforcement-ask-effect", Ask::Radio(all)).given(Effect::ByRule.word());
                fields.push(effect.hint("enforcement-hint-effect"));
                fields.push(
                    Field::new("effect_reason", "enforcement-ask-effect-reason", Ask::Text(LONGEST_WORDS)).optional(),
                );
                fields
            }
            Step::ChangeDecision => {
                let mut fields = self.penalty(case.decision.as_ref().map(|decision| &decision.penalty));
                fields.push(reason());
                fields
            }
            Step::NotPunish => {
                let is_first = yes("is_first", "enforcement-ask-first").hint("enforcement-hint-first");
                let is_first = if earlier::standing(&self.around.earlier).next().is_none() {
                    is_first.given("1")
                } else {
                    is_first
                };
                vec![
                    Field::new("ground", "enforcement-ask-ground", Ask::Radio(self.grounds())),
                    yes("has_circumstances", "enforcement-ask-circumstances"),
                    yes("is_corrected", "enforcement-ask-corrected"),
                    is_first,
                    Field::new("reason", "enforcement-ask-exemption-reason", Ask::Text(LONGEST_WORDS)).optional(),
                    Field::new("education", "enforcement-ask-education", Ask::Text(LONGEST_WORDS)),
                    Field::new("proof", "enforcement-ask-proof", Ask::Text(LONGEST_WORDS)).optional(),
                ]
            }
            Step::Transfer => vec![
                Field::new("to", "enforcement-ask-transfer-to", Ask::Line(LINE)),
                yes("is_crime", "enforcement-ask-crime"),
                yes("is_told", "enforcement-ask-transfer-told").hint("enforcement-hint-transfer-told"),
            ],
            Step::DecideSummary => {
                let mut fields = vec![self.officers(), yes("card_shown", "enforcement-ask-card-shown")];
                fields.extend(self.party());
                let matter = Field::new("matter", "enforcement-ask-matter", Ask::One(self.matters()));
                let matter = if case.matter.is_empty() { matter } else { matter.given(&case.matter) };
                fields.extend([matter, self.acted_on(), yes("is_plain", "enforcement-ask-plain")]);
                // On the spot there is a warning or a fine, under the rule of the day.
                let asked = self.penalty(None).into_iter().filter_map(|mut field| match field.name {
                    "confiscated" | "quantity" | "rule_reason" => None,
                    "rule" => Some(Field { ask: Ask::Hidden, ..field }),
                    "kinds" => {
                        let kinds = [PenaltyKind::Warning.word(), PenaltyKind::Fine.word()];
                        field.ask = Ask::Several(self.all("enforcement-penalty-", kinds));
                        Some(field)
                    }
                    _ => Some(field),
                });
                fields.extend(asked);
                // What is ordered on the spot is not overdue on the spot.
                let all = [Correction::Corrected.word(), Correction::Refused.word()];
                let all = self.all("enforcement-correction-", all);
                fields.push(Field::new("correction", "enforcement-ask-spot-correction", Ask::One(all)).optional());
                fields.push(yes("is_told", "enforcement-ask-told"));
                fields.push(yes("is_handed_over", "enforcement-ask-handed-over"));
                // What is seldom asked for stands last.
                let is_seldom = |field: &Field| matches!(field.name, "age" | "unaccountable" | "code" | "tier_reason");
                let seldom: Vec<Field> = fields.extract_if(.., |field| is_seldom(field)).collect();
                fields.push(Field::new("seldom", "enforcement-ask-seldom", Ask::Heading).optional());
                fields.extend(seldom);
                fields.extend(self.other());
                fields.push(self.other_act());
                fields.push(photos());
                fields
            }
            Step::PostAnnouncement => vec![
                self.officers(),
                self.paper(step)
                    .unwrap_or_else(|| Field::new("paper", "enforcement-ask-paper", Ask::Hidden).optional()),
                day("on", "enforcement-ask-announced-on").given(self.today).hint("enforcement-hint-posted"),
                Field::new("tried", "enforcement-ask-tried", Ask::Text(LONGEST_WORDS)).hint("enforcement-hint-tried"),
                photos(),
            ],
            Step::Serve | Step::ServePaper | Step::ServeSummons | Step::Remind => {
                let mut fields = vec![self.officers()];
                fields.extend(self.service(step));
                fields.push(photos());
                fields
            }
            Step::NamePaper => {
                let kinds = self.background.kinds.iter();
                let kinds = kinds.map(|(kind, ..)| Choice::new(kind, self.paper_name(kind))).collect();
                vec![
                    Field::new("kind", "enforcement-ask-paper-kind", Ask::One(kinds)),
                    Field::new("number", "enforcement-ask-paper-number", Ask::Line(LONGEST_NAME)),
                    day("on", "enforcement-ask-paper-on").given(self.today),
                    reason().hint("enforcement-hint-paper-outside"),
                    photos(),
                ]
            }
            Step::CollectOnSpot => {
                let reasons = self.all("enforcement-spot-", ["small", "hard-later", "remote"]);
                let places =
                    self.law.organ.remote_places.iter().map(|place| Choice::new(place, place.clone())).collect();
                vec![
                    self.officers(),
                    Field::new("amount", "enforcement-ask-amount", Ask::Money),
                    Field::new("why", "enforcement-ask-spot-reason", Ask::Radio(reasons)),
                    words("enforcement-ask-spot-words").optional(),
                    Field::new("place", "enforcement-ask-remote-place", Ask::One(places)).optional(),
                    yes("is_asked", "enforcement-ask-remote-asked"),
                    Field::new("receipt", "enforcement-ask-receipt", Ask::Line(60)),
                ]
            }
            Step::HandOver => {
                let choice = |(index, cash): (usize, &case::Cash)| {
                    Choice::new(index, format!("{} · {}", cash.on, yuan(cash.amount)))
                };
                let cash =
                    case.cash.iter().enumerate().filter(|(_, cash)| cash.at_bank_on.is_none()).map(choice).collect();
                vec![
                    Field::new("index", "enforcement-ask-cash", Ask::One(cash)),
                    Field::new(
                        "to",
                        "enforcement-ask-handed-to",
                        Ask::Radio(self.all("enforcement-handed-", ["organ", "bank"])),
                    ),
                    day("on", "enforcement-ask-on").given(self.today),
                ]
            }
            Step::RecordPayment => {
                let towards = self.all("enforcement-towards-", Towards::ALL.iter().map(|one| one.word()));
                vec![
                    day("on", "enforcement-ask-paid-on").given(self.today),
                    Field::new("amount", "enforcement-ask-amount", Ask::Money),
                    Field::new("towards", "enforcement-ask-towards", Ask::Radio(towards)).given(Towards::Fine.word()),
                    Field::new("receipt", "enforcement-ask-receipt", Ask::Line(60)),
                ]
            }
            Step::GrantInstalments => parts(true),
            Step::SuspendEnforcement => {
                let grounds = SuspensionGround::ALL.iter().map(|one| one.word());
                vec![
                    Field::new(
                        "ground",
                        "enforcement-ask-suspended-for",
                        Ask::Radio(self.all("enforcement-ground-", grounds)),
                    ),
                    reason(),
                    yes("is_harmless", "enforcement-ask-no-harm").hint("enforcement-hint-no-harm"),
                ]
            }
            Step::AgreeEnforcement => {
                let mut fields = vec![
                    Field::new("words", "enforcement-ask-agreement", Ask::Text(LONGEST_WORDS))
                        .hint("enforcement-hint-agreement"),
                    yes("forgives", "enforcement-ask-forgives").hint("enforcement-hint-forgives"),
                    yes("is_harmless", "enforcement-ask-harmless"),
                ];
                fields.extend(parts(false));
                fields
            }
            Step::Refund => {
                let towards = self.all("enforcement-towards-", Towards::ALL.iter().map(|one| one.word()));
                vec![
                    day("on", "enforcement-ask-refunded-on").given(self.today),
                    Field::new("amount", "enforcement-ask-amount", Ask::Money),
                    Field::new("towards", "enforcement-ask-refund-of", Ask::Radio(towards)).given(Towards::Fine.word()),
                    Field::new("receipt", "enforcement-ask-refund-receipt", Ask::Line(60)),
                ]
            }
            Step::BeginRemedy => vec![
                Field::new(
                    "kind",
                    "enforcement-ask-remedy",
                    Ask::Radio(exclusions(&[Exclusion::Review, Exclusion::Suit])),
                ),
                day("on", "enforcement-ask-on").given(self.today),
            ],
            Step::EndRemedy => {
                let endings = [Ending::Upheld, Ending::Withdrawn, Ending::Unlawful];
                let endings = self.all("enforcement-ending-", endings.iter().map(|one| one.word()));
                vec![
                    day("on", "enforcement-ask-remedy-ended").given(self.today),
                    Field::new("ending", "enforcement-ask-ending", Ask::Radio(endings)),
                ]
            }
            Step::OverturnDecision => {
                vec![day("on", "enforcement-ask-remedy-ended").given(self.today).hint("enforcement-hint-overturned")]
            }
            Step::Publish => {
                let mut fields = Vec::new();
                if self.background.number.is_empty() {
                    let number =
                        Field::new("decision_number", "enforcement-ask-decision-number", Ask::Line(publication::LINE));
                    fields.push(number.hint("enforcement-hint-decision-number"));
                }
                if let Some(party) = case.party.as_ref().filter(|party| party.form == PartyForm::SoleTrader) {
                    let shown = Field::new("shown_as", "enforcement-ask-shown-as", Ask::Line(publication::LINE));
                    let shown = shown.hint("enforcement-hint-shown-as").given(super::naming::public_name(party));
                    fields.push(shown);
                }
                let facts = Field::new("facts", "enforcement-ask-public-facts", Ask::Text(LONGEST_WORDS));
                let facts =
                    facts.hint("enforcement-hint-public-facts").given(publication::first_facts(case, self.background));
                fields.push(facts);
                fields
            }
            Step::RecordCourt => vec![words("enforcement-ask-court"), yes("is_done", "enforcement-ask-court-done")],
            Step::RecordPerformance => {
                let kinds = case.decision.iter().flat_map(|decision| &decision.penalty.kinds);
                let kinds = kinds.filter(|kind| **kind != PenaltyKind::Fine).map(|kind| kind.word());
                vec![
                    Field::new(
                        "kind",
                        "enforcement-ask-performed",
                        Ask::Radio(self.all("enforcement-penalty-", kinds)),
                    ),
                    photos(),
                ]
            }
        }
    }

    /// Which paper a step serves; none where papers are not asked for.
    fn paper(&self, step: Step) -> Option<Field> {
        let papers = self.background.papers.as_ref()?;
        let found = serving::to_serve(self.case, step, papers, &self.law);
        let posted = self.posted(step).and_then(|one| one.paper.as_ref()).map(place_of);
        let first = posted.or_else(|| found.first().map(|one| place_of(&one.paper)));
        let choice = |one: &&serving::InForce| {
            Choice::new(place_of(&one.paper), format!("{} {}", self.paper_name(&one.paper.kind), one.paper.number))
        };
        let field = Field::new("paper", "enforcement-ask-paper", Ask::One(found.iter().map(choice).collect()));
        let field = field.optional().hint("enforcement-hint-paper");
        Some(first.map_or(field.clone(), |first| field.given(first)))
    }

    /// What hangs out of the papers that a step serves: its service is recorded when its time is over.
    fn posted(&self, step: Step) -> Option<&case::Posted> {
        let kinds = serving::served_by(step);
        let open = self.case.posted.iter().filter(|one| !one.is_done && step != Step::PostAnnouncement);
        open.rev().find(|one| one.paper.as_ref().is_none_or(|paper| kinds.contains(&paper.kind.as_str())))
    }

    /// Which paper is served, and how.
    fn service(&self, step: Step) -> Vec<Field> {
        let manners = self.all("enforcement-manner-", Manner::ALL.iter().map(|manner| manner.word()));
        let mut fields: Vec<Field> = self.paper(step).into_iter().collect();
        let posted = self.posted(step);
        let manner = posted.map_or(Manner::Direct, |_| Manner::Announcement);
        let announced = Field::new("announced_on", "enforcement-ask-announced-on", Ask::Day).optional();
        let tried = Field::new("tried", "enforcement-ask-tried", Ask::Text(LONGEST_WORDS))
            .optional()
            .hint("enforcement-hint-tried");
        fields.extend([
            Field::new("manner", "enforcement-ask-manner", Ask::Radio(manners)).given(manner.word()),
            Field::new("has_witness", "enforcement-ask-witness", Ask::Yes).optional(),
            Field::new("has_consent", "enforcement-ask-consent", Ask::Yes).optional(),
            Field::new("received_on", "enforcement-ask-received-on", Ask::Day)
                .optional()
                .hint("enforcement-hint-received-on"),
            posted.map_or(announced.clone(), |one| announced.given(one.on)),
            posted.map_or(tried.clone(), |one| tried.given(&one.tried)),
        ]);
        fields
    }

    fn paper_name(&self, kind: &str) -> String {
        let known = self.background.kinds.iter().find(|(known, ..)| known == kind);
        known.map_or_else(|| kind.to_owned(), |(_, zh, en)| if self.is_chinese { zh.clone() } else { en.clone() })
    }

    fn read_paper(&self, typed: &Typed, step: Step) -> Result<Option<Named>, Refusal> {
        let mut offered = self.background.papers.iter().flatten().map(|one| &one.paper);
        match typed.text("paper") {
            "" => Ok(None),
            text => {
                let is_it =
                    |paper: &&Named| serving::served_by(step).contains(&paper.kind.as_str()) && place_of(paper) == text;
                offered.find(is_it).cloned().map(Some).ok_or_else(|| Refusal::new("form-choose").on("paper"))
            }
        }
    }

    fn read_service(&self, typed: &Typed, step: Step) -> Result<Service, Refusal> {
        let paper = self.read_paper(typed, step)?;
        Ok(Service {
            has_consent: typed.yes("has_consent"),
            has_witness: typed.yes("has_witness"),
            announced_on: typed.day_if("announced_on")?,
            received_on: typed.day_if("received_on")?,
            tried: typed.words("tried", LONGEST_WORDS)?,
            paper,
            ..Service::by(typed.choice("manner", Manner::parse)?)
        })
    }

    fn read_officers(&self, typed: &Typed) -> Result<Vec<Officer>, Refusal> {
        typed
            .all("officers")
            .map(|text| {
                let found = text.parse().ok().and_then(|id: Id| self.people.iter().find(|one| one.account == id));
                let found = found.ok_or_else(|| Refusal::new("form-choose").on("officers"))?;
                Ok(Officer {
                    account: found.account,
                    credential: found.credential.clone(),
                    is_helper: found.post == Post::EnforcementHelper,
                })
            })
            .collect()
    }

    /// Somebody who holds a post: what a form says about heads and presidents is looked up, not believed.
    fn read_person(&self, typed: &Typed, name: &'static str, post: Post) -> Result<Id, Refusal> {
        typed.choice(name, |text| {
            let id: Id = text.parse().ok()?;
            self.people.iter().find(|one| one.account == id && one.post == post).map(|one| one.account)
        })
    }

    fn read_anybody(&self, typed: &Typed, name: &'static str) -> Result<Id, Refusal> {
        typed.choice(name, |text| {
            let id: Id = text.parse().ok()?;
            self.people.iter().find(|one| one.account == id).map(|one| one.account)
        })
    }

    fn read_heads(&self, typed: &Typed) -> Result<BTreeSet<Id>, Refusal> {
        let all = typed.choices("people", |text| {
            let id: Id = text.parse().ok()?;
            self.people.iter().find(|one| one.account == id && one.post == Post::Leader).map(|one| one.account)
        })?;
        Ok(all.into_iter().collect())
    }

    fn read_party(&self, typed: &Typed) -> Result<Party, Refusal> {
        let age = match typed.text("age") {
            "" => None,
            _ => u8::try_from(typed.count("age", 0, 150)?).ok(),
        };
        Ok(Party {
            name: typed.needed("name", LONGEST_NAME)?,
            form: typed.choice("form", PartyForm::parse)?,
            age,
            is_unaccountable: typed.yes("unaccountable"),
            code: typed.words("code", CODE)?.to_uppercase(),
        })
    }

    fn read_matter(&self, typed: &Typed, name: &'static str) -> Result<String, Refusal> {
        typed.choice(name, |id| {
            self.law.matters.all().iter().find(|matter| matter.id == id).map(|matter| matter.id.clone())
        })
    }

    /// The penalty of a form. A fine without its box ticked counts as ticked; a box without an amount is asked for.
    fn read_penalty(&self, typed: &Typed) -> Result<Penalty, Refusal> {
        let mut kinds: BTreeSet<PenaltyKind> = typed.choices("kinds", PenaltyKind::parse)?.into_iter().collect();
        let fine = typed.money_if("fine")?.unwrap_or(0);
        if fine != 0 {
            kinds.insert(PenaltyKind::Fine);
        }
        if kinds.is_empty() {
            return Err(Refusal::new("form-choose").on("kinds"));
        }
        let tier = match typed.text("tier") {
            "" => None,
            _ => Some(typed.choice("tier", TierKind::parse)?),
        };
        Ok(Penalty {
            kinds,
            fine,
            confiscated: typed.money_if("confiscated")?.unwrap_or(0),
            quantity: typed.hundredths_if("quantity")?,
            tier,
            tier_reason: typed.words("tier_reason", LONGEST_WORDS)?,
            rule: typed.choice("rule", Rule::parse)?,
            rule_reason: typed.words("rule_reason", LONGEST_WORDS)?,
        })
    }

    /// What is to be published: as the case knows it, with the facts as they were written for everybody.
    fn read_entry(&self, typed: &Typed) -> Result<Act, Refusal> {
        let facts = typed.needed("facts", LONGEST_WORDS)?;
        let entry = publication::entry(self.case, &self.law, self.background, &facts);
        let mut entry = entry.ok_or_else(|| super::Why::NotPublishable.refuse())?;
        if entry.number.is_empty() {
            entry.number = typed.needed("decision_number", publication::LINE)?;
        }
        if self.case.party.as_ref().is_some_and(|party| party.form == PartyForm::SoleTrader) {
            entry.party = typed.needed("shown_as", publication::LINE)?;
        }
        publication::check(self.case, &entry, &self.background.names)?;
        Ok(Act::Publish { entry: Box::new(entry) })
    }

    fn read_others(typed: &Typed) -> Result<Vec<OtherDecision>, Refusal> {
        let number = typed.words("other", LINE)?;
        if number.is_empty() {
            return Ok(Vec::new());
        }
        let fine = typed.money_if("other_fine")?.unwrap_or(0);
        Ok(vec![OtherDecision { number, fine, is_revoked: typed.yes("other_revoked") }])
    }

    /// The act that a form of this step asks for.
    ///
    /// # Errors
    /// A refusal on its field, where something is missing or cannot be read.
    pub fn act(&self, step: Step, typed: &Typed) -> Result<Act, Refusal> {
        let words = || typed.words("words", LONGEST_WORDS);
        let reason = || typed.words("reason", LONGEST_WORDS);
        let number = || typed.count("number", 0, i64::from(u32::MAX)).map(|number| u32::try_from(number).unwrap_or(0));
        let is_yes = |name: &'static str| {
            typed.choice(name, |text| match text {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            })
        };
        Ok(match step {
            Step::ReceiveClue => Act::ReceiveClue { words: words()?, is_led: false },
            Step::AssignClue => Act::AssignClue { officers: self.read_officers(typed)? },
            Step::GiveOpinion => Act::GiveOpinion { is_agreed: is_yes("agreed")?, words: words()? },
            Step::RecordNote => Act::RecordNote { words: words()? },
            Step::CheckClue => Act::CheckClue { officers: self.read_officers(typed)?, words: words()? },
            Step::ExtendClueCheck => Act::ExtendClueCheck { reason: reason()? },
            Step::DropClue => Act::DropClue { reason: reason()? },
            Step::ProposeFiling => {
                let also =
                    if typed.text("also").is_empty() { Vec::new() } else { vec![self.read_matter(typed, "also")?] };
                Act::ProposeFiling {
                    officers: self.read_officers(typed)?,
                    party: self.read_party(typed)?,
                    matter: self.read_matter(typed, "matter")?,
                    also,
                    acted_on: typed.day("acted_on")?,
                    has_harm: typed.yes("has_harm"),
                    others: Self::read_others(typed)?,
                }
            }
            Step::ApproveFiling => Act::ApproveFiling,
            Step::RefuseFiling => Act::RefuseFiling { reason: reason()? },
            Step::Inquire => Act::Inquire {
                officers: self.read_officers(typed)?,
                card_shown: typed.yes("card_shown"),
                person: Asked {
                    standing: typed.choice("asked", Standing::parse)?,
                    name: typed.text("asked_name").trim().to_owned(),
                    relation: typed.text("relation").trim().to_owned(),
                },
                words: words()?,
            },
            Step::InspectSite => Act::InspectSite {
                officers: self.read_officers(typed)?,
                card_shown: typed.yes("card_shown"),
                words: words()?,
            },
            Step::AddEvidence => Act::AddEvidence {
                officers: self.read_officers(typed)?,
                evidence: Evidence {
                    kind: typed.choice("kind", EvidenceKind::parse)?,
                    words: words()?,
                    is_lawful: typed.yes("is_lawful"),
                    is_monitoring: typed.yes("is_monitoring"),
                    is_reviewed: typed.yes("is_reviewed"),
                },
            },
            Step::JudgeEvidence => {
                Act::JudgeEvidence { number: number()?, is_excluded: !is_yes("stands")?, words: words()? }
            }
            Step::OrderCorrection => {
                Act::OrderCorrection { officers: self.read_officers(typed)?, until: typed.day("until")? }
            }
            Step::RecordCorrection => Act::RecordCorrection {
                officers: self.read_officers(typed)?,
                outcome: typed.choice("outcome", Correction::parse)?,
            },
            Step::AskMeasure => Act::AskMeasure {
                officers: self.read_officers(typed)?,
                kind: typed.choice("kind", measures::Measure::parse)?,
                items: typed.words("items", LONGEST_WORDS)?,
                reason: reason()?,
            },
            Step::ApproveMeasure | Step::RefuseMeasure => {
                Act::AnswerMeasure { number: number()?, is_approved: step == Step::ApproveMeasure, words: words()? }
            }
            Step::RegisterEvidence => Act::RegisterEvidence {
                officers: self.read_officers(typed)?,
                items: typed.words("items", LONGEST_WORDS)?,
                request: typed.text("request").parse().unwrap_or(0),
                approved_by: None,
            },
            Step::SettleEvidence => {
                Act::SettleEvidence { number: number()?, disposal: typed.choice("disposal", Disposal::parse)? }
            }
            Step::Seize => Act::Seize {
                officers: self.read_officers(typed)?,
                items: typed.words("items", LONGEST_WORDS)?,
                request: typed.text("request").parse().unwrap_or(0),
                approved_by: None,
                is_urgent: typed.yes("is_urgent"),
                is_necessity: !typed.yes("is_clean"),
                on_site: OnSite {
                    card_shown: typed.yes("card_shown"),
                    is_called: typed.yes("is_called"),
                    is_there: typed.yes("is_there"),
                    witness: typed.words("witness", LINE)?,
                    is_told: typed.yes("is_told"),
                    is_heard: typed.yes("is_heard"),
                    is_recorded: typed.yes("is_recorded"),
                    is_handed_over: typed.yes("is_handed_over"),
                },
                reason: reason()?,
            },
            Step::TakeSample => Act::TakeSample {
                officers: self.read_officers(typed)?,
                items: typed.words("items", LONGEST_WORDS)?,
                manner: typed.words("manner", LINE)?,
                request: typed.text("request").parse().unwrap_or(0),
                taking: Taking {
                    card_shown: typed.yes("card_shown"),
                    is_signed: typed.yes("is_signed"),
                    witness: typed.words("witness", LINE)?,
                },
            },
            Step::TellTestResult => Act::TellTestResult {
                officers: self.read_officers(typed)?,
                number: number()?,
                on: typed.day("on")?,
                words: words()?,
                service: self.read_service(typed, step)?,
            },
            Step::SettleSample => Act::SettleSample { number: number()?, end: typed.choice("end", SampleEnd::parse)? },
            Step::EnforceMoney => Act::EnforceMoney { words: words()? },
            Step::DecidePerformance => Act::DecidePerformance {
                plan: Plan {
                    duty: words()?,
                    ground: typed.choice("ground", Ground::parse)?,
                    reason: reason()?,
                    manner: typed.words("manner", LINE)?,
                    performer: typed.choice("performer", Performer::parse)?,
                    name: typed.words("name", LONGEST_NAME)?,
                    is_disinterested: typed.yes("is_disinterested"),
                    budget: typed.money_if("budget")?.unwrap_or(0),
                    on: typed.day("on")?,
                    is_no_building: typed.yes("is_no_building"),
                    is_unable: typed.yes("is_unable"),
                },
            },
            Step::ServePerformance => Act::ServePerformance {
                officers: self.read_officers(typed)?,
                number: number()?,
                service: self.read_service(typed, step)?,
            },
            Step::RemindPerformance => Act::RemindPerformance {
                officers: self.read_officers(typed)?,
                number: number()?,
                service: self.read_service(typed, step)?,
            },
            Step::StopPerformance => Act::StopPerformance {
                officers: self.read_officers(typed)?,
                number: number()?,
                words: words()?,
                by_party: typed.yes("by_party"),
            },
            Step::Perform => {
                let moment = |name: &'static str| -> Result<crate::kit::clock::Moment, Refusal> {
                    let civil = typed.time(name)?;
                    Ok(self.law.calendar.moment(civil.date(), civil.time()))
                };
                Act::Perform {
                    officers: self.read_officers(typed)?,
                    number: number()?,
                    spot: OnSpot {
                        from: moment("from")?,
                        until: moment("until")?,
                        is_party_there: typed.yes("is_there"),
                        is_signed_by_performer: typed.yes("is_performer_signed"),
                        is_signed: typed.yes("is_signed"),
                        witness: typed.words("witness", LINE)?,
                        is_peaceful: typed.yes("is_peaceful"),
                        cost: typed.money_if("cost")?.unwrap_or(0),
                        cost_reason: typed.words("cost_reason", LONGEST_WORDS)?,
                    },
                    words: words()?,
                }
            }
            Step::RefuseSeizure => Act::RefuseSeizure { number: number()?, reason: reason()? },
            Step::ApproveSeizure => Act::ApproveSeizure { number: number()? },
            Step::ExtendSeizure => Act::ExtendSeizure { number: number()?, reason: reason()? },
            Step::EndSeizure => {
                let disposal = typed.choice("disposal", Disposal::parse)?;
                Act::EndSeizure { number: number()?, disposal, basis: typed.words("basis", LINE)? }
            }
            Step::BeginExcluded => Act::BeginExcluded { kind: typed.choice("kind", Exclusion::parse)? },
            Step::EndExcluded => Act::EndExcluded { kind: typed.choice("kind", Exclusion::parse)? },
            Step::ExtendDecision => {
                let days = u32::try_from(typed.count("days", 1, 366)?).unwrap_or(1);
                Act::ExtendDecision { days, people: self.read_heads(typed)? }
            }
            Step::AskRecusal => {
                let can_be = self.case.can_be_recused();
                let officer = typed.choice("officer", |text| text.parse().ok().filter(|id| can_be.contains(id)))?;
                Act::AskRecusal { officer, reason: reason()? }
            }
            Step::DecideRecusal => {
                let officer = typed
                    .choice("officer", |text| text.parse().ok().filter(|id| self.case.recusals_asked.contains(id)))?;
                Act::DecideRecusal { officer, is_granted: is_yes("granted")? }
            }
            Step::ChangeInvestigators => Act::ChangeInvestigators { officers: self.read_officers(typed)? },
            Step::ConcludeInquiry => Act::ConcludeInquiry {
                penalty: if is_yes("proposes")? { Some(self.read_penalty(typed)?) } else { None },
                exemption: typed.words("exemption", LONGEST_WORDS)?,
                is_public_interest: typed.yes("is_public_interest"),
                is_complex: typed.yes("is_complex"),
                other_act: typed.words("other_act", LONGEST_WORDS)?,
            },
            Step::ReopenInquiry => Act::ReopenInquiry { reason: reason()? },
            Step::AskReview | Step::AskFinalReview => Act::AskReview,
            Step::PassReview | Step::PassFinalReview | Step::FailReview => Act::ReviewCase {
                is_passed: step != Step::FailReview,
                is_first_time: self.around.qualification.as_ref().is_none_or(|one| one.kind.is_first_time()),
                is_qualified: self.around.qualification.as_ref().is_some_and(|one| one.kind.is_passed()),
                words: words()?,
            },
            Step::Discuss => Act::Discuss { people: self.read_heads(typed)?, words: words()? },
            Step::NotifyParty => Act::NotifyParty {
                officers: self.read_officers(typed)?,
                penalty: self.read_penalty(typed)?,
                offers_hearing: typed.yes("offers_hearing"),
                new_facts: typed.words("new_facts", LONGEST_WORDS)?,
                service: self.read_service(typed, step)?,
            },
            Step::Defend => Act::Defend { words: words()? },
            Step::AnswerDefence => {
                Act::AnswerDefence { number: number()?, is_adopted: is_yes("adopted")?, words: words()? }
            }
            Step::WaiveRights => Act::WaiveRights {
                statement: typed.yes("statement"),
                hearing: typed.yes("hearing"),
                is_signed: typed.yes("is_signed"),
            },
            Step::AskHearing => Act::AskHearing,
            Step::WithdrawHearing => Act::WithdrawHearing { is_signed: typed.yes("is_signed") },
            Step::CallHearing => Act::CallHearing {
                on: typed.day("on")?,
                president: self.read_person(typed, "president", Post::HearingPresident)?,
            },
            Step::HoldHearing => {
                let agents = u32::try_from(typed.count("agents", 0, 99)?).unwrap_or(0);
                Act::HoldHearing { agents, is_abandoned: typed.yes("is_abandoned") }
            }
            Step::ReportHearing => Act::ReportHearing { words: words()? },
            Step::CloseDefence => Act::CloseDefence,
            Step::ProposeDecision => Act::ProposeDecision,
            Step::ReturnProposal => Act::ReturnProposal { reason: reason()? },
            Step::Decide => Act::Decide {
                penalty: self.read_penalty(typed)?,
                effect: typed.choice("effect", Effect::parse)?,
                effect_reason: typed.words("effect_reason", LONGEST_WORDS)?,
            },
            Step::NotPunish => Act::NotPunish {
                ground: typed.choice("ground", ExemptionKind::parse)?,
                is_corrected: typed.yes("is_corrected"),
                is_first: typed.yes("is_first"),
                education: typed.words("education", LONGEST_WORDS)?,
                has_circumstances: typed.yes("has_circumstances"),
                earlier: earlier::standing(&self.around.earlier).map(|one| one.number.clone()).collect(),
                reason: reason()?,
                proof: typed.words("proof", LONGEST_WORDS)?,
            },
            Step::NotEstablish => Act::NotEstablish { reason: reason()? },
            Step::Transfer => Act::Transfer {
                to: typed.needed("to", LINE)?,
                is_crime: typed.yes("is_crime"),
                is_told: typed.yes("is_told"),
            },
            Step::Suspend => Act::Suspend { reason: reason()? },
            Step::Resume => Act::Resume,
            Step::Terminate => {
                let ground = match self.case.stage {
                    case::Stage::Executing => Some(typed.choice("ground", EndGround::parse)?),
                    _ => None,
                };
                Act::Terminate { reason: reason()?, ground }
            }
            Step::DecideSummary => {
                let correction = match typed.text("correction") {
                    "" => None,
                    _ => Some(typed.choice("correction", Correction::parse)?),
                };
                Act::DecideSummary {
                    officers: self.read_officers(typed)?,
                    card_shown: typed.yes("card_shown"),
                    party: self.read_party(typed)?,
                    matter: self.read_matter(typed, "matter")?,
                    acted_on: typed.day("acted_on")?,
                    penalty: self.read_penalty(typed)?,
                    is_plain: typed.yes("is_plain"),
                    is_told: typed.yes("is_told"),
                    is_handed_over: typed.yes("is_handed_over"),
                    correction,
                    others: Self::read_others(typed)?,
                    other_act: typed.words("other_act", LONGEST_WORDS)?,
                }
            }
            Step::ReportSummary => Act::ReportSummary,
            Step::Serve => {
                Act::Serve { officers: self.read_officers(typed)?, service: self.read_service(typed, step)? }
            }
            Step::ServePaper => {
                Act::ServePaper { officers: self.read_officers(typed)?, service: self.read_service(typed, step)? }
            }
            Step::ServeSummons => {
                Act::ServeSummons { officers: self.read_officers(typed)?, service: self.read_service(typed, step)? }
            }
            Step::PostAnnouncement => {
                let paper = self.read_paper(typed, step)?;
                if paper.is_none() && self.background.papers.is_some() {
                    return Err(Refusal::new("form-choose").on("paper"));
                }
                let (on, tried) = (typed.day("on")?, typed.words("tried", LONGEST_WORDS)?);
                Act::PostAnnouncement { officers: self.read_officers(typed)?, paper, on, tried }
            }
            Step::NamePaper => {
                let kind = typed.choice("kind", |text| {
                    self.background.kinds.iter().find(|(kind, ..)| kind == text).map(|(kind, ..)| kind.clone())
                })?;
                let number = typed.needed("number", LONGEST_NAME)?.to_owned();
                Act::NamePaper { paper: Named { kind, number }, on: typed.day("on")?, reason: reason()? }
            }
            Step::CollectOnSpot => Act::CollectOnSpot {
                officers: self.read_officers(typed)?,
                amount: typed.money("amount")?,
                reason: typed.choice("why", |text| match text {
                    "small" => Some(SpotReason::Small),
                    "hard-later" => Some(SpotReason::HardLater(typed.text("words").to_owned())),
                    "remote" => Some(SpotReason::Remote {
                        place: typed.text("place").to_owned(),
                        is_asked: typed.yes("is_asked"),
                    }),
                    _ => None,
                })?,
                receipt: typed.words("receipt", 60)?,
            },
            Step::HandOver => Act::HandOver {
                index: usize::try_from(typed.count("index", 0, 10_000)?).unwrap_or(usize::MAX),
                on: typed.day("on")?,
                is_bank: typed.choice("to", |text| match text {
                    "bank" => Some(true),
                    "organ" => Some(false),
                    _ => None,
                })?,
            },
            Step::RecordPayment => Act::RecordPayment {
                payment: Payment {
                    on: typed.day("on")?,
                    amount: typed.money("amount")?,
                    towards: typed.choice("towards", Towards::parse)?,
                    receipt: typed.needed("receipt", 60)?,
                },
            },
            Step::AskInstalments => Act::AskInstalments { reason: reason()? },
            Step::GrantInstalments => Act::GrantInstalments { parts: read_parts(typed, true)? },
            Step::SuspendEnforcement => Act::SuspendEnforcement {
                ground: typed.choice("ground", SuspensionGround::parse)?,
                reason: reason()?,
                is_harmless: typed.yes("is_harmless"),
            },
            Step::ResumeEnforcement => Act::ResumeEnforcement,
            Step::AgreeEnforcement => Act::AgreeEnforcement {
                parts: read_parts(typed, false)?,
                forgives: typed.yes("forgives"),
                words: words()?,
                is_harmless: typed.yes("is_harmless"),
            },
            Step::Refund => Act::Refund {
                refund: Payment {
                    on: typed.day("on")?,
                    amount: typed.money("amount")?,
                    towards: typed.choice("towards", Towards::parse)?,
                    receipt: typed.needed("receipt", 60)?,
                },
            },
            Step::BeginRemedy => {
                Act::BeginRemedy { kind: typed.choice("kind", Exclusion::parse)?, on: typed.day("on")? }
            }
            Step::EndRemedy => Act::EndRemedy { on: typed.day("on")?, ending: typed.choice("ending", Ending::parse)? },
            Step::OverturnDecision => Act::EndRemedy { on: typed.day("on")?, ending: Ending::SetAside },
            Step::Remind => {
                Act::Remind { officers: self.read_officers(typed)?, service: self.read_service(typed, step)? }
            }
            Step::AskCourt => Act::AskCourt,
            Step::RecordCourt => Act::RecordCourt { words: words()?, is_done: typed.yes("is_done") },
            Step::RecordPerformance => Act::RecordPerformance { kind: typed.choice("kind", PenaltyKind::parse)? },
            Step::ChangeDecision => Act::ChangeDecision { penalty: self.read_penalty(typed)?, reason: reason()? },
            Step::RevokeDecision => Act::RevokeDecision { reason: reason()? },
            Step::Publish => self.read_entry(typed)?,
            Step::WithdrawPublication => {
                let reason = typed.needed("reason", LONGEST_WORDS)?;
                publication::clean(&reason, &publication::eye(self.case, &self.background.names), "reason")?;
                Act::WithdrawPublication { reason }
            }
            Step::ProposeClosing => Act::ProposeClosing,
            Step::ApproveClosing => Act::ApproveClosing,
            Step::Archive => Act::Archive {
                volume: typed.needed("volume", LINE)?,
                retention: typed.choice("retention", |text| {
                    self.law.organ.retention.iter().find(|one| one.id == text).map(|one| one.id.clone())
                })?,
                bound_by: Some(self.read_anybody(typed, "bound_by")?),
                checked_by: Some(self.read_anybody(typed, "checked_by")?),
            },
        })
    }
}

/// A paper as the value of a choice.
pub fn place_of(paper: &Named) -> String {
    format!("{}|{}", paper.kind, paper.number)
}

/// The parts of what is owed: each with its last day. The first is needed for instalments, not for an agreement about a late fee
/// alone.
fn parts(is_needed: bool) -> Vec<Field> {
    let one = |part: usize| {
        let due = Field::new(PART_DAYS[part], "enforcement-ask-part-due", Ask::Day);
        let amount = Field::new(PART_AMOUNTS[part], "enforcement-ask-part-amount", Ask::Money);
        if part == 0 && is_needed { [due, amount] } else { [due.optional(), amount.optional()] }
    };
    (0..PARTS).flat_map(one).collect()
}

fn read_parts(typed: &Typed, is_needed: bool) -> Result<Vec<Instalment>, Refusal> {
    let mut parts = Vec::new();
    for part in 0..PARTS {
        let (day, amount) = (PART_DAYS[part], PART_AMOUNTS[part]);
        if (part == 0 && is_needed) || !typed.text(day).is_empty() || !typed.text(amount).is_empty() {
            parts.push(Instalment { due_on: typed.day(day)?, amount: typed.money(amount)? });
        }
    }
    Ok(parts)
}

/// The act of a step that asks for nothing; none for a step that does.
pub fn plain_act(step: Step) -> Option<Act> {
    Some(match step {
        Step::ApproveFiling => Act::ApproveFiling,
        Step::AskReview | Step::AskFinalReview => Act::AskReview,
        Step::AskHearing => Act::AskHearing,
        Step::CloseDefence => Act::CloseDefence,
        Step::ProposeDecision => Act::ProposeDecision,
        Step::Resume => Act::Resume,
        Step::ResumeEnforcement => Act::ResumeEnforcement,
        Step::ReportSummary => Act::ReportSummary,
        Step::AskCourt => Act::AskCourt,
        Step::ProposeClosing => Act::ProposeClosing,
        Step::ApproveClosing => Act::ApproveClosing,
        _ => return None,
    })
}
