//! One penalty case, whole: where it stands, which terms run and why, what may be done next and what the law still holds back,
//! and everything that happened. Each step has a page with its form.

use super::case::{self, Act, Actor, Case, Running, Stage, Step, Whose, carry_out, running, way};
use super::doing::{Again, around, people};
use super::earlier::Earlier;
use super::forms::{Desk, Say, plain_act};
use super::matters::{self, Matter, PartyKind};
use super::measures::Measure;
use super::publication;
use super::publishing;
use super::serving;
use super::settings;
use super::store::{self, Line, Scope};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, yuan};
use crate::kit::id::Id;
use crate::kit::words::{LANGUAGES, begun};
use crate::law::{Calendar, Certainty};
use crate::people;
use crate::people::doors::Visit;
use crate::reports::photos::{Shown, shown, waiting_shown};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many days before its end a term is said to end soon: yellow on the boards.
pub const SOON_DAYS: i32 = 3;

/// The moment before which the end of a term is near at `now`: it is over by the end of the day after the yellow ones.
pub fn near(calendar: &Calendar, now: Moment) -> Moment {
    let first = calendar.date_of(now).saturating_add(jiff::Span::new().days(SOON_DAYS + 1));
    // A term is over at midnight itself.
    calendar.moment(first, jiff::civil::Time::midnight()).plus(1)
}

/// The stages of the line over a case, each with those that it stands for.
const LINE: [(&str, &[Stage]); 8] = [
    ("clue", &[Stage::Clue, Stage::Checked]),
    ("filing", &[Stage::AwaitingFiling]),
    ("inquiry", &[Stage::Investigating, Stage::Concluded]),
    ("review", &[Stage::InReview, Stage::Reviewed]),
    ("notice", &[Stage::Notified, Stage::HearingAsked, Stage::HearingCalled, Stage::Heard, Stage::Answered]),
    ("decision", &[Stage::InFinalReview, Stage::AwaitingDecision, Stage::Decided, Stage::SummaryDecided]),
    ("execution", &[Stage::Executing]),
    ("closing", &[Stage::AwaitingClosing, Stage::Closed, Stage::Archived]),
];

/// A term as a page shows it.
#[derive(Debug, Serialize)]
pub struct TermShown {
    term: String,
    last: String,
    days: i32,
    state: &'static str,
    /// Whose it is: `organ`, `party`, `wait`.
    whose: &'static str,
    /// The first day of one that has not begun; empty for all others.
    begins: String,
    /// How it was made longer; empty when it was not.
    note: String,
    why: Vec<String>,
    source: String,
    is_to_check: bool,
}

/// How the end of a term looks on a day: `late`, `soon` or `ok`.
pub fn state_of(last: jiff::civil::Date, is_over: bool, today: jiff::civil::Date) -> &'static str {
    match () {
        () if is_over => "late",
        () if (last - today).get_days() <= SOON_DAYS => "soon",
        () => "ok",
    }
}

/// A term that runs, with its reason and where it stands. What the party let pass, and what the organ waited for, is over and
/// nobody's lateness.
pub fn running_shown(app: &App, lang: &str, one: &Running, note: String, now: Moment) -> TermShown {
    let (term, end, whose) = (one.term, &one.end, one.whose());
    let since = end.why.first().map_or(end.last, |step| step.from);
    let today = app.calendar.date_of(now);
    let is_ahead = one.begins() > today && matches!(term, "court-application" | "late-fee-enforcement");
    let state = match state_of(end.last, end.is_over(now), today) {
        _ if is_ahead => "ahead",
        "late" if whose != Whose::Organ && term != "payment" => "ended",
        state => state,
    };
    let row = app.statutes.terms.on(term, since).ok();
    let source = row.map(|row| {
        let document = app.statutes.terms.document(&row.citation.document);
        let name =
            document.map(|one| if lang == LANGUAGES[0] { one.zh.clone() } else { one.en.clone() }).unwrap_or_default();
        app.pages.say(lang, "enforcement-article", &[("name", name), ("article", row.citation.article.clone())])
    });
    TermShown {
        term: row.map(|row| if lang == LANGUAGES[0] { row.zh.clone() } else { row.en.clone() }).unwrap_or_default(),
        last: end.last.to_string(),
        days: (end.last - today).get_days(),
        state,
        whose: whose.word(),
        begins: if is_ahead { one.begins().to_string() } else { String::new() },
        note,
        why: end.why.iter().map(|step| app.pages.say(lang, step.key(), &step.args())).collect(),
        source: source.unwrap_or_default(),
        is_to_check: end.certainty != Certainty::Verified,
    }
}

#[derive(Serialize)]
struct StepShown {
    step: &'static str,
    is_plain: bool,
    is_onward: bool,
    /// Why it cannot be done yet; empty when nothing is known that holds it back.
    held_back: String,
}

/// A line of a case's history as a page shows it.
#[derive(Debug, Serialize)]
pub struct LineShown {
    kind: &'static str,
    stage: &'static str,
    at: Moment,
    author: String,
    role: &'static str,
    words: String,
    details: Vec<String>,
    photos: Vec<Shown>,
}

/// How often a term was made longer, and by how many days in all; none when it was not.
fn longer(case: &Case, term: &str, law: &case::Law<'_>) -> Option<(usize, u32)> {
    let length = |term: &str, at: Moment| law.terms.on(term, law.calendar.date_of(at)).map_or(0, |row| row.length);
    match term {
        "decision" if !case.extensions.is_empty() => Some((case.extensions.len(), case.extensions.iter().sum())),
        "clue-check" => case.clue_extended_at.map(|at| (1, length("clue-check-extension", at))),
        "seizure" => {
            let extended = case.seizures.iter().find(|one| one.disposal.is_none() && one.is_extended)?;
            Some((1, length("seizure-extension", extended.at)))
        }
        _ => None,
    }
}

/// The line over a case: the key of each part, and whether it is done, current or still to come. A case that has left the way says
/// how far it came, where it left, and that it is still to be closed.
fn line_of(case: &Case) -> Vec<(String, &'static str)> {
    let here = LINE.iter().position(|(_, stages)| stages.contains(&case.stage));
    let is_there = |word: &str| {
        case.procedure == case::Procedure::Ordinary || matches!(word, "clue" | "decision" | "execution" | "closing")
    };
    let key = |word: &str| format!("enforcement-line-{word}");
    let words = LINE.iter().map(|(word, _)| *word).filter(|word| is_there(word));
    let Some(here) = here else {
        let has_come = |word: &str| match word {
            "clue" => true,
            "filing" => case.filed_at.is_some(),
            "inquiry" => case.conclusion.is_some(),
            "review" => !case.reviews.is_empty(),
            "notice" => !case.notices.is_empty(),
            "decision" => case.decision.is_some(),
            "execution" => case.decision.as_ref().is_some_and(|one| one.served_at.is_some()),
            _ => false,
        };
        let mut line: Vec<(String, &'static str)> =
            words.filter(|word| has_come(word)).map(|word| (key(word), "done")).collect();
        let is_over = case.stage.is_over();
        line.push((format!("enforcement-stage-{}", case.stage.word()), if is_over { "done" } else { "current" }));
        line.extend((!is_over).then(|| (key("closing"), "todo")));
        return line;
    };
    let place = |word: &str| LINE.iter().position(|(known, _)| *known == word);
    let state = |word: &str| match place(word) {
        _ if case.stage == Stage::Archived => "done",
        Some(index) if index < here => "done",
        Some(index) if index == here => "current",
        _ => "todo",
    };
    words.map(|word| (key(word), state(word))).collect()
}

/// A matter as a page shows it.
#[derive(Debug, Serialize)]
pub struct MatterShown {
    name: String,
    duty: String,
    clause: String,
    text: String,
    band: String,
    note: String,
    is_to_check: bool,
}

/// The figures of a clause: `200–2000`, or for both kinds of party with what each is called.
pub fn band_text(matter: &Matter, say: &Say<'_>) -> String {
    let unit = match matter.measure {
        matters::Measure::Amount => "",
        matters::Measure::SquareMetre => "/m²",
        matters::Measure::Each => "/1",
        matters::Measure::CostPercent => "%",
    };
    let text = |kind: PartyKind| {
        let band = matter.bands.of(kind)?;
        let number =
            |value: i64| if matter.measure == matters::Measure::CostPercent { value.to_string() } else { yuan(value) };
        Some(format!("{}–{}{unit}", number(band.least), number(band.most)))
    };
    match (text(PartyKind::Citizen), text(PartyKind::Unit)) {
        (Some(one), Some(other)) if one == other => one,
        (Some(citizen), Some(unit)) => say("enforcement-band-both", &[("citizen", citizen), ("unit", unit)]),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => String::new(),
    }
}

/// A matter as a page shows it; the band of one kind of party when it is known.
pub fn matter_shown(app: &App, visit: &Visit, matter: &Matter, kind: Option<PartyKind>) -> MatterShown {
    let is_chinese = visit.lang == LANGUAGES[0];
    let pick = |text: &crate::catalog::Text| if is_chinese { text.zh.clone() } else { text.en.clone() };
    let band = kind.and_then(|kind| matter.bands.of(kind)).filter(|_| matter.measure == matters::Measure::Amount);
    MatterShown {
        name: pick(&matter.name),
        duty: matter.duty.said(is_chinese),
        clause: matter.clause.said(is_chinese),
        text: if is_chinese { matter.text.zh.clone() } else { matter.text.en.clone() },
        band: band.map_or_else(
            || band_text(matter, &|key, args| app.pages.say(visit.lang, key, args)),
            |band| format!("{}–{}", yuan(band.least), yuan(band.most)),
        ),
        note: matter.note.clone(),
        is_to_check: matter.certainty != Certainty::Verified,
    }
}

/// The steps that a post may take where a case stands, those that lead on first. What asks for nothing is tried beforehand: its
/// refusal says why not yet.
pub fn steps(case: &Case, by: &Actor, now: Moment, law: &case::Law<'_>) -> Vec<(Step, bool, Option<Refusal>)> {
    let mut all: Vec<(Step, bool, Option<Refusal>)> = Step::ALL
        .iter()
        .filter_map(|step| {
            let way = way(*step, case.stage).filter(|way| way.who.contains(&by.role))?;
            let is_there = match step {
                Step::SettleEvidence => case.registered.iter().any(|one| one.disposal.is_none()),
                Step::EndSeizure | Step::ExtendSeizure => case.seizures.iter().any(|one| one.disposal.is_none()),
                Step::ApproveSeizure => case.seizures.iter().any(|one| one.disposal.is_none() && !one.is_approved),
                Step::RefuseSeizure => case.seizures.iter().any(|one| one.disposal.is_none() && !one.is_approved),
                Step::ApproveMeasure | Step::RefuseMeasure => case.requests.iter().any(|one| one.answer.is_none()),
                Step::RegisterEvidence => case.requests.iter().any(|one| one.is_open(Measure::Register)),
                // Only for a matter for which somebody may seize at all.
                Step::Seize => super::guards::matter_of_act(case, law).is_ok_and(|matter| matter.seizure.is_some()),
                Step::AssignClue => case.is_led,
                // Whoever it was not assigned to waits.
                Step::CheckClue | Step::ProposeFiling => {
                    !case.is_led || by.account.is_some_and(|account| case.investigators.contains(&account))
                }
                Step::GiveOpinion => case.waits_for_opinion(law).is_some(),
                Step::TellTestResult => case.samples.iter().any(|one| one.end.is_none() && one.result.is_none()),
                Step::SettleSample => case.samples.iter().any(|one| one.end.is_none()),
                Step::TakeSample => {
                    !law.organ.sampling_approval || case.requests.iter().any(|one| one.is_open(Measure::Sample))
                }
                Step::ServePerformance => case.performances.iter().any(super::performing::Performance::is_to_serve),
                Step::RemindPerformance => case.performances.iter().any(super::performing::Performance::is_to_remind),
                Step::StopPerformance | Step::Perform => case.performances.iter().any(|one| one.outcome.is_none()),
                Step::EnforceMoney => law.organ.own_power.is_some() && case.enforced_at.is_none(),
                Step::AskCourt => law.organ.own_power.is_none(),
                Step::ServeSummons => {
                    case.hearing.as_ref().is_some_and(|one| one.president.is_some()) && case.summoned_at().is_none()
                }
                Step::DecideRecusal => !case.recusals_asked.is_empty(),
                Step::RecordCorrection => case
                    .order
                    .as_ref()
                    .is_some_and(|order| matches!(order.outcome, None | Some(case::Correction::Refused))),
                Step::AnswerDefence => case.defences.iter().any(|one| one.is_adopted.is_none()),
                Step::Resume => case.suspended_at.is_some(),
                Step::Suspend => case.suspended_at.is_none(),
                Step::HandOver => case.cash.iter().any(|cash| cash.at_bank_on.is_none()),
                Step::GrantInstalments => case.asked_instalments,
                Step::ExtendClueCheck => case.clue_extended_at.is_none(),
                Step::SuspendEnforcement => case.enforcement_suspended_at.is_none() && case.account.is_some(),
                Step::ResumeEnforcement => case.enforcement_suspended_at.is_some(),
                Step::AgreeEnforcement => {
                    case.account.as_ref().is_some_and(|one| one.late_fee(law.calendar.date_of(now)).days > 0)
                }
                Step::Refund => {
                    let account = case.account.as_ref().or(case.former.as_ref());
                    let today = law.calendar.date_of(now);
                    account.is_some_and(|one| one.refundable(today, super::guards::stands(case).is_err()) > 0)
                }
                Step::Defend if case.stage == Stage::Executing => case.reminded_at.is_some(),
                Step::EndRemedy | Step::OverturnDecision => {
                    case.account.as_ref().is_some_and(super::money::Account::has_open_remedy)
                }
                Step::BeginRemedy => case.account.as_ref().is_some_and(|account| !account.has_open_remedy()),
                Step::ChangeDecision | Step::RevokeDecision => case.decision.is_some(),
                Step::EndExcluded => case.excluded.iter().any(|one| one.until.is_none()),
                Step::RecordCourt => case.court_asked_at.is_some() || case.enforced_at.is_some(),
                Step::WithdrawPublication => case.decision.as_ref().is_some_and(|one| one.published_at.is_some()),
                Step::Publish => {
                    case.decision.as_ref().is_some_and(|one| one.published_at.is_none() && one.is_publishable())
                }
                Step::JudgeEvidence => !case.evidence.is_empty(),
                Step::RecordPayment | Step::CollectOnSpot | Step::AskInstalments => case
                    .account
                    .as_ref()
                    .is_some_and(|account| account.owed(account.served_on) > 0 || !account.payments.is_empty()),
                Step::RecordPerformance => case.decision.as_ref().is_some_and(|one| {
                    one.penalty
                        .kinds
                        .iter()
                        .any(|kind| *kind != super::matters::PenaltyKind::Fine && !one.performed.contains(kind))
                }),
                _ => true,
            };
            if !is_there {
                return None;
            }
            let act: Option<Act> = plain_act(*step);
            let held_back = act.and_then(|act| carry_out(case, by, &act, now.max(case.last_at), law).err());
            Some((*step, way.to != case.stage, held_back))
        })
        .collect();
    all.sort_by_key(|(_, is_onward, held_back)| (!is_onward, held_back.is_some()));
    all
}

/// `GET /enforcement/{id}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (scope, by) = (Scope::of(&actor)?, store::acting(&actor)?);
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, id, &scope).await?;
        let history = store::history(&tx, id).await?;
        let departments = people::store::departments(&tx).await?;
        let mut wanted: Vec<Id> = held.case.have_investigated.iter().copied().collect();
        wanted.extend(held.case.hearing.as_ref().and_then(|hearing| hearing.president));
        let names = people::store::names(&tx, &wanted).await?;
        Ok::<_, Error>((held, history, departments, names))
    });
    let (held, history, departments, names) = read.await?;
    let drawing = Drawing {
        app: &app,
        visit: &visit,
        case: &held.case,
        now: app.clock.now(),
        by: &by,
        names: &names,
        has_papers: true,
    };
    let unit = departments.iter().find(|one| Some(one.id) == held.unit).map(|one| one.name(visit.lang).to_owned());
    let origin = &held.origin;
    let today = app.calendar.date_of(app.clock.now());
    let published = held.case.publications.iter().enumerate().map(|(place, one)| {
        context! {
            code => publication::code(&held.number, place),
            at => one.at.0,
            until => one.until.to_string(),
            is_listed => one.until >= today,
            withdrawn_at => one.withdrawn.as_ref().map(|gone| gone.at.0),
            reason => one.withdrawn.as_ref().map(|gone| gone.reason.as_str()),
        }
    });
    let page = context! {
        published => published.collect::<Vec<_>>(),
        number => held.number.as_str(),
        place => origin.place.as_str(), lon => origin.lon, lat => origin.lat,
        source => origin.source.as_str(), source_id => origin.source_id.map(|id| id.to_string()),
        unit => unit.unwrap_or_default(),
        may_teach => actor.may(crate::people::act::Act::MakeExercises) && held.case.stage.can_be_taught(),
        may_see_papers => actor.may(crate::people::act::Act::SeePapers),
        may_export => actor.may(crate::people::act::Act::ExportFiles),
        history => Serde(drawing.history(&history)),
        ..drawing.page()
    };
    Ok(app.page(&visit, "enforcement/show.html", page)?.into_response())
}

/// Draws what stands in a case: a real one, or one that somebody practises on.
pub struct Drawing<'a> {
    /// The program.
    pub app: &'a App,
    /// Whose page.
    pub visit: &'a Visit,
    /// The case.
    pub case: &'a Case,
    /// The moment by which its terms are shown.
    pub now: Moment,
    /// For whose post the steps are shown.
    pub by: &'a Actor,
    /// The names of those who have a part in it.
    pub names: &'a BTreeMap<Id, String>,
    /// Whether it has papers; one that is practised on has none.
    pub has_papers: bool,
}

impl std::fmt::Debug for Drawing<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Drawing of {}", self.case.id)
    }
}

impl Drawing<'_> {
    fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        self.app.pages.say(self.visit.lang, key, args)
    }

    fn is_chinese(&self) -> bool {
        self.visit.lang == LANGUAGES[0]
    }

    fn name(&self, id: Id) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    fn paper(&self, kind: &str) -> String {
        let found = self.app.papers.kinds.find(kind).map(|found| &found.name);
        let name = found.map(|name| if self.is_chinese() { name.chinese.clone() } else { name.english.clone() });
        name.unwrap_or_else(|| kind.to_owned())
    }

    fn terms(&self) -> Vec<TermShown> {
        let law = self.app.law();
        running(self.case, &law)
            .iter()
            .filter(|one| !one.is_gone(self.now))
            .map(|one| {
                let note = longer(self.case, one.term, &law).map(|(n, days)| {
                    self.say("enforcement-term-longer", &[("n", n.to_string()), ("days", days.to_string())])
                });
                running_shown(self.app, self.visit.lang, one, note.unwrap_or_default(), self.now)
            })
            .collect()
    }

    fn line(&self) -> Vec<minijinja::Value> {
        let one = |(key, state): (String, &'static str)| context! { label => self.say(&key, &[]), state };
        line_of(self.case).into_iter().map(one).collect()
    }

    fn steps(&self) -> Vec<StepShown> {
        let law = self.app.law();
        steps(self.case, self.by, self.now, &law)
            .into_iter()
            .filter(|(step, ..)| self.has_papers || !serving::is_about_papers(*step))
            .map(|(step, is_onward, held_back)| StepShown {
                step: step.word(),
                is_plain: plain_act(step).is_some(),
                is_onward,
                held_back: held_back.map(|refusal| self.say(refusal.key, &refusal.args)).unwrap_or_default(),
            })
            .collect()
    }

    fn money(&self) -> Option<minijinja::Value> {
        let case = self.case;
        let account = case.account.as_ref().or(case.former.as_ref()).filter(|account| account.fine > 0)?;
        let today = self.app.calendar.date_of(self.now);
        let refundable = account.refundable(today, case.stage == Stage::Revoked);
        let fee = account.late_fee(today);
        let parts: Vec<_> = account
            .parts
            .iter()
            .map(|part| context! { due_on => part.due_on.to_string(), amount => yuan(part.amount) })
            .collect();
        let payments: Vec<_> = account
            .payments
            .iter()
            .map(|one| (one, false))
            .chain(account.refunds.iter().map(|one| (one, true)))
            .map(|(one, is_refund)| {
                let towards = self.say(&format!("enforcement-towards-{}", one.towards.word()), &[]);
                context! { on => one.on.to_string(), amount => yuan(one.amount), towards, receipt => one.receipt.as_str(), is_refund }
            })
            .collect();
        Some(context! {
            fine => yuan(account.fine),
            owed => yuan(account.owed(today).max(0)),
            refundable => (refundable > 0).then(|| yuan(refundable)),
            forgiven => (account.forgiven > 0).then(|| yuan(account.forgiven)),
            is_suspended => case.enforcement_suspended_at.is_some(),
            late_fee => yuan(fee.amount),
            late_days => fee.days,
            is_capped => fee.is_capped,
            late_fee_owed => yuan(account.late_fee_owed(today)),
            due_on => account.due_on().to_string(),
            is_in_instalments => account.is_in_instalments,
            has_remedy => account.has_open_remedy(),
            parts, payments,
        })
    }

    /// What the pages of a case want, but for what only a real one has: its number and where it came from.
    pub fn page(&self) -> minijinja::Value {
        let case = self.case;
        let matter = case.acted_on.and_then(|day| self.app.statutes.matters.on(&case.matter, day));
        let kind = case.party.as_ref().map(|party| party.kind(&self.app.statutes.organ));
        let penalty = case.decision.as_ref().map(|decision| &decision.penalty);
        let (penalty, penalty_is) = match (penalty, case.notice(), case.conclusion.as_ref()) {
            (Some(penalty), ..) => (Some(penalty), "decided"),
            (None, Some(notice), _) => (Some(&notice.penalty), "announced"),
            (None, None, Some(conclusion)) => (conclusion.penalty.as_ref(), "proposed"),
            _ => (None, ""),
        };
        let penalty = penalty.map(|penalty| {
            let kinds: Vec<String> = penalty.kinds.iter().map(|kind| self.say(&format!("enforcement-penalty-{}", kind.word()), &[])).collect();
            let tier = penalty.tier.map(|tier| self.say(&format!("enforcement-tier-{}", tier.word()), &[]));
            context! {
                is => penalty_is, kinds, fine => (penalty.fine > 0).then(|| yuan(penalty.fine)),
                confiscated => (penalty.confiscated > 0).then(|| yuan(penalty.confiscated)),
                tier => tier.unwrap_or_default(), reason => penalty.tier_reason.as_str(), rule_reason => penalty.rule_reason.as_str(),
            }
        });
        let people: Vec<String> = case.investigators.iter().map(|id| self.name(*id)).collect();
        let evidence: Vec<_> = case
            .evidence
            .iter()
            .zip(1..)
            .map(|(one, number)| context! { judged => case.judged(number).map(|found| if found.is_excluded { "excluded" } else { "stands" }), kind => self.say(&format!("enforcement-evidence-{}", one.kind.word()), &[]), words => one.words.as_str() })
            .collect();
        let kept = |words: &str, disposal: Option<case::Disposal>| {
            let state = disposal.map(|one| self.say(&format!("enforcement-disposal-{}", one.word()), &[]));
            context! { words, state => state.unwrap_or_default() }
        };
        let defences: Vec<_> = case
            .defences
            .iter()
            .map(|one| context! { words => one.words.as_str(), at => one.at.0, is_adopted => one.is_adopted, answer => one.answer.as_str() })
            .collect();
        let hearing = case.hearing.as_ref().map(|hearing| {
            context! {
                asked_at => hearing.asked_at.0, on => hearing.on.map(|on| on.to_string()),
                president => hearing.president.map(|id| self.name(id)), is_withdrawn => hearing.is_withdrawn,
                summoned_at => case.summoned_at().map(|at| at.0),
            }
        });
        context! {
            id => case.id.to_string(),
            revision => case.revision,
            stage => case.stage.word(),
            procedure => case.procedure.word(),
            is_suspended => case.suspended_at.is_some(),
            clue => case.clue.as_str(),
            clue_at => case.clue_at.0,
            party => case.party.as_ref().map(|party| context! {
                name => party.name.as_str(), form => party.form.word(), age => party.age,
            }),
            matter => matter.map(|matter| Serde(matter_shown(self.app, self.visit, matter, kind))),
            acted_on => case.acted_on.map(|day| day.to_string()),
            filed_at => case.filed_at.map(|at| at.0),
            investigators => people,
            penalty, evidence,
            requests => case.requests.iter().map(|one| context! {
                kind => one.kind.word(), items => one.items.as_str(), reason => one.reason.as_str(), basis => one.basis.as_str(),
                is_approved => one.answer.as_ref().map(|answer| answer.is_approved),
                answer => one.answer.as_ref().map(|answer| answer.words.as_str()).unwrap_or_default(), is_done => one.is_done,
            }).collect::<Vec<_>>(),
            opinions => case.opinions.iter().map(|one| context! {
                on => one.on.word(), is_agreed => one.is_agreed, words => one.words.as_str(), at => one.at.0,
            }).collect::<Vec<_>>(),
            volume => case.archive.as_ref().map(|volume| {
                let kept = self.app.statutes.organ.retention.iter().find(|one| one.id == volume.retention);
                let kept = kept.map_or(volume.retention.as_str(), |one| if self.is_chinese() { one.zh.as_str() } else { one.en.as_str() });
                context! { number => volume.number.as_str(), retention => kept }
            }),
            samples => case.samples.iter().map(|one| context! {
                items => one.items.iter().map(|item| context! {
                    name => item.name.as_str(), spec => item.spec.as_str(), state => item.state.as_str(), lot => item.lot.as_str(),
                    quantity => format!("{} {}", item.quantity, item.unit).trim().to_owned(),
                }).collect::<Vec<_>>(),
                result => one.result.as_ref().map(|found| context! {
                    on => found.on.to_string(), words => found.words.as_str(), told_at => found.told_at.0,
                }),
                end => one.end.map(|end| end.word()),
            }).collect::<Vec<_>>(),
            performances => case.performances.iter().map(|one| context! {
                duty => one.plan.duty.as_str(), ground => one.plan.ground.word(), on => one.plan.on.to_string(),
                by => match one.plan.performer {
                    super::performing::Performer::Organ => self.say("enforcement-performer-organ", &[]),
                    super::performing::Performer::Third => one.plan.name.clone(),
                },
                budget => yuan(one.plan.budget), outcome => one.outcome.map(|outcome| outcome.word()),
                served_at => one.served_at.map(|at| at.0), reminded_at => one.reminded_at.map(|at| at.0),
                cost => (one.cost > 0).then(|| yuan(one.cost)), is_untold => one.is_untold(),
                is_at_once => one.plan.ground.is_at_once(),
            }).collect::<Vec<_>>(),
            registered => case.registered.iter().map(|one| kept(&one.items, one.disposal)).collect::<Vec<_>>(),
            seizures => case.seizures.iter().map(|one| kept(&one.items, one.disposal)).collect::<Vec<_>>(),
            order => case.order.as_ref().map(|order| context! {
                on => order.on.to_string(), until => order.until.to_string(),
                outcome => order.outcome.map(|one| self.say(&format!("enforcement-correction-{}", one.word()), &[])),
            }),
            defences, hearing,
            served_at => case.decision.as_ref().and_then(|decision| decision.served_at).map(|at| at.0),
            published_at => case.decision.as_ref().and_then(|decision| decision.published_at).map(|at| at.0),
            published => Vec::<minijinja::Value>::new(),
            money => self.money(),
            terms => Serde(self.terms()),
            line => self.line(),
            steps => Serde(self.steps()),
            is_over => case.stage.is_over(),
        }
    }

    /// What happened, as the history says it.
    pub fn history(&self, lines: &[Line]) -> Vec<LineShown> {
        let alt = self.say("enforcement-photo-alt", &[]);
        lines
            .iter()
            .map(|line| LineShown {
                kind: line.fact.what.word(),
                stage: line.fact.stage.word(),
                at: line.fact.at,
                author: line.author.clone(),
                role: line.fact.role.word(),
                words: words_of(&line.fact.act),
                details: self.details(&line.fact.act),
                photos: line.photos.iter().map(|id| shown(id, &alt)).collect(),
            })
            .collect()
    }

    /// What a line says besides its words: amounts, days, outcomes.
    fn details(&self, act: &Act) -> Vec<String> {
        let amount = |fen: i64| self.say("enforcement-yuan", &[("amount", yuan(fen))]);
        let penalty = |penalty: &case::Penalty| {
            let mut all: Vec<String> = penalty
                .kinds
                .iter()
                .map(|kind| self.say(&format!("enforcement-penalty-{}", kind.word()), &[]))
                .collect();
            if penalty.fine > 0 {
                all.push(amount(penalty.fine));
            }
            all
        };
        let word = |prefix: &str, word: &str| self.say(&format!("{prefix}{word}"), &[]);
        // How a paper was served, which one, and on which day it was received.
        let served = |service: &case::Service| {
            let mut all = vec![word("enforcement-manner-", service.manner.word())];
            all.extend(service.paper.iter().map(|paper| paper.number.clone()));
            all.extend(service.received_on.map(|day| day.to_string()));
            all
        };
        match act {
            Act::ProposeFiling { party, acted_on, .. } => vec![party.name.clone(), acted_on.to_string()],
            Act::AddEvidence { evidence, .. } => vec![word("enforcement-evidence-", evidence.kind.word())],
            Act::OrderCorrection { until, .. } => vec![until.to_string()],
            Act::RecordCorrection { outcome, .. } => vec![word("enforcement-correction-", outcome.word())],
            Act::SettleEvidence { disposal, .. } => vec![word("enforcement-disposal-", disposal.word())],
            Act::EndSeizure { disposal, basis, .. } => {
                let basis = (!basis.trim().is_empty()).then(|| basis.clone());
                std::iter::once(word("enforcement-disposal-", disposal.word())).chain(basis).collect()
            }
            Act::ConcludeInquiry { penalty: Some(proposed), .. } => penalty(proposed),
            Act::NotifyParty { penalty: announced, service, .. } => {
                let mut all = penalty(announced);
                all.extend(served(service));
                all
            }
            Act::Remind { service, .. }
            | Act::Serve { service, .. }
            | Act::ServePaper { service, .. }
            | Act::ServeSummons { service, .. } => served(service),
            Act::TakeSample { manner, .. } => vec![manner.clone()],
            Act::TellTestResult { on, service, .. } => std::iter::once(on.to_string()).chain(served(service)).collect(),
            Act::SettleSample { end, .. } => vec![word("enforcement-sample-", end.word())],
            Act::ServePerformance { service, .. } | Act::RemindPerformance { service, .. } => served(service),
            Act::DecidePerformance { plan } => {
                let mut all = vec![word("enforcement-performance-", plan.ground.word()), plan.on.to_string()];
                all.extend((plan.budget > 0).then(|| amount(plan.budget)));
                all
            }
            Act::Perform { spot, .. } => (spot.cost > 0).then(|| amount(spot.cost)).into_iter().collect(),
            Act::PostAnnouncement { paper, on, .. } => {
                paper.iter().map(|paper| paper.number.clone()).chain([on.to_string()]).collect()
            }
            Act::NamePaper { paper, on, .. } => vec![self.paper(&paper.kind), paper.number.clone(), on.to_string()],
            Act::Inquire { person, .. } if !person.name.is_empty() => {
                vec![word("enforcement-asked-", person.standing.word()), person.name.clone()]
            }
            Act::Decide { penalty: decided, .. } | Act::ChangeDecision { penalty: decided, .. } => penalty(decided),
            Act::DecideSummary { penalty: decided, party, .. } => {
                let mut all = vec![party.name.clone()];
                all.extend(penalty(decided));
                all
            }
            Act::AskMeasure { kind, reason, .. } => vec![word("enforcement-measure-", kind.word()), reason.clone()],
            Act::AnswerMeasure { words, .. } if !words.trim().is_empty() => vec![words.clone()],
            Act::GiveOpinion { is_agreed, .. } => {
                vec![word("enforcement-agreed-", if *is_agreed { "yes" } else { "no" })]
            }
            Act::Archive { volume, .. } => vec![volume.clone()],
            Act::JudgeEvidence { number, is_excluded, .. } => {
                vec![number.to_string(), word("enforcement-stands-", if *is_excluded { "no" } else { "yes" })]
            }
            Act::Publish { entry } => vec![entry.party.clone(), entry.number.clone()],
            Act::EndRemedy { on, ending } => vec![on.to_string(), word("enforcement-ending-", ending.word())],
            Act::CallHearing { on, president } => vec![on.to_string(), self.name(*president)],
            Act::CollectOnSpot { amount: fen, receipt, .. } => vec![amount(*fen), receipt.clone()],
            Act::RecordPayment { payment } => {
                vec![payment.on.to_string(), amount(payment.amount), payment.receipt.clone()]
            }
            Act::SuspendEnforcement { ground, .. } => vec![word("enforcement-ground-", ground.word())],
            Act::Refund { refund } => vec![refund.on.to_string(), amount(refund.amount), refund.receipt.clone()],
            Act::AgreeEnforcement { parts, .. } => {
                parts.iter().map(|part| format!("{} {}", part.due_on, amount(part.amount))).collect()
            }
            Act::BeginExcluded { kind } | Act::EndExcluded { kind } => vec![word("law-exclusion-", kind.word())],
            Act::BeginRemedy { kind, on } => vec![word("law-exclusion-", kind.word()), on.to_string()],
            Act::NotPunish { ground, proof, .. } => {
                let proof = (!proof.trim().is_empty()).then(|| proof.clone());
                std::iter::once(word("enforcement-exemption-", ground.word())).chain(proof).collect()
            }
            Act::Terminate { ground: Some(ground), .. } => vec![word("enforcement-end-", ground.word())],
            Act::RecordPerformance { kind } => vec![word("enforcement-penalty-", kind.word())],
            _ => Vec::new(),
        }
    }
}

/// The words that were written with an act.
fn words_of(act: &Act) -> String {
    match act {
        // What opened the case stands at its head.
        Act::ReceiveClue { .. } => String::new(),
        Act::ConcludeInquiry { exemption, .. } => exemption.clone(),
        other => other.said().unwrap_or_default().to_owned(),
    }
}

/// `GET /enforcement/{id}/{step}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope or for a step that does not exist; when the database fails.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path((id, step)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let step = Step::parse(&step).filter(|step| *step != Step::ReceiveClue).ok_or(Error::NotFound)?;
    draw_form(&app, &visit, id, step, Again::fresh()).await
}

/// What the organ's rule says of the penalty that is about to be decided.
fn effect_by_rule(app: &App, case: &Case) -> Option<bool> {
    let (notice, party) = (case.notice()?, case.party.as_ref()?);
    let organ = &app.statutes.organ;
    Some(organ.publication.has_effect(party.kind(organ), &notice.penalty))
}

/// An earlier case of the party, as a form shows it.
fn earlier_shown(app: &App, one: &Earlier, is_chinese: bool) -> minijinja::Value {
    let matter = app.statutes.matters.on(&one.matter, one.acted_on.unwrap_or(one.decided_on));
    let matter = matter.map(|matter| if is_chinese { matter.name.zh.clone() } else { matter.name.en.clone() });
    context! {
        number => one.number.as_str(), on => one.decided_on.to_string(), matter => matter.unwrap_or_default(),
        fine => (one.fine > 0).then(|| yuan(one.fine)), is_void => one.is_void,
    }
}

/// In which cases the organ's list does not punish, as a form shows it.
fn exemptions_shown(matter: &Matter, is_chinese: bool) -> Vec<minijinja::Value> {
    let one = |row: &matters::Exemption| {
        let words = if is_chinese { row.circumstances.zh.as_str() } else { row.circumstances.en.as_str() };
        context! { kind => row.kind.word(), words, is_to_check => row.certainty != Certainty::Verified }
    };
    matter.exemptions.iter().map(one).collect()
}

/// The form of a step, fresh or as it was refused.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn draw_form(app: &App, visit: &Visit, id: Id, step: Step, again: Again) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (scope, by, now) = (Scope::of(&actor)?, store::acting(&actor)?, app.clock.now());
    let today = app.calendar.date_of(now);
    let (held_app, by_account) = (app.clone(), actor.account);
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, id, &scope).await?;
        let background = publishing::background(&tx, step, &held.case, &held_app.law(), &held_app.papers.kinds).await?;
        let around = around(&held_app, &tx, &held.case, by_account, step, today).await?;
        Ok::<_, Error>((people(&tx, today).await?, held, background, around))
    });
    let (people, held, background, around) = read.await?;
    let case = &held.case;
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let is_chinese = visit.lang == LANGUAGES[0];
    let desk = Desk {
        case,
        law: app.law(),
        today,
        by: actor.account,
        people: &people,
        background: &background,
        around: &around,
        say: &say,
        is_chinese,
    };
    let fields = desk.fields(step);
    // What the workflow already refuses is said before anything is typed.
    let not_here = match case::admitted(case, &by, step) {
        Err(refusal) => Some(refusal),
        Ok(_) => plain_act(step).and_then(|act| carry_out(case, &by, &act, now.max(case.last_at), &app.law()).err()),
    };
    let problem = again.problem.as_ref();
    let matter = case.acted_on.and_then(|day| app.statutes.matters.on(&case.matter, day));
    let asks_penalty = fields.iter().any(|field| field.name == "kinds");
    let kind = case.party.as_ref().map(|party| party.kind(&app.statutes.organ));
    let has_photos = fields.iter().any(|field| matches!(field.ask, Ask::Photos(_)));
    let page = context! {
        id => id.to_string(),
        number => held.number.as_str(),
        title => case.party.as_ref().map_or_else(|| begun(&case.clue, 40), |party| party.name.clone()),
        step => step.word(),
        stage => case.stage.word(),
        // What was typed about an older state is drawn with the state of now: sending it again is a new decision.
        revision => case.revision,
        fields => app.fields(visit, &fields, again.typed.as_ref(), problem),
        errors => app.field_errors(visit, &fields, again.typed.as_ref(), problem),
        not_here => not_here.filter(|_| problem.is_none()).map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args)).unwrap_or_default(),
        matter => matter.filter(|_| asks_penalty).map(|matter| Serde(matter_shown(app, visit, matter, kind))),
        settings => Serde(settings::shown(app, visit.lang, Some(settings::of_step(step)))),
        has_photos,
        preview => if step == Step::Publish { publishing::preview(app, case, &background, again.typed.as_ref()) } else { None },
        earlier => around.earlier.iter().map(|one| earlier_shown(app, one, is_chinese)).collect::<Vec<_>>(),
        asks_earlier => matches!(step, Step::ConcludeInquiry | Step::NotPunish),
        exemptions => matter.filter(|_| step == Step::ConcludeInquiry).map(|matter| exemptions_shown(matter, is_chinese)).unwrap_or_default(),
        effect_by_rule => effect_by_rule(app, case).filter(|_| step == Step::Decide),
        is_grave => matches!(step, Step::RevokeDecision | Step::OverturnDecision | Step::Terminate | Step::DropClue | Step::RefuseFiling | Step::NotEstablish),
        kept => waiting_shown(&again.kept),
        key => again.key.as_str(),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "enforcement/form.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_last_three_days_of_a_term_are_yellow_and_after_it_red() {
        let last = date(2026, 12, 4);
        for (today, is_over, state) in [
            (date(2026, 11, 30), false, "ok"),
            (date(2026, 12, 1), false, "soon"),
            (date(2026, 12, 4), false, "soon"),
            (date(2026, 12, 5), true, "late"),
        ] {
            assert_eq!(state_of(last, is_over, today), state, "{today}");
        }
    }

    #[test]
    fn a_case_that_left_the_way_says_how_far_it_came() {
        use super::super::case::tests::{decided, executing, notified};
        let line = |case: &Case| -> String {
            let words: Vec<String> = line_of(case)
                .into_iter()
                .map(|(key, state)| format!("{}:{state}", key.trim_start_matches("enforcement-")))
                .collect();
            words.join(" ")
        };
        let at = |stage: Stage, case: Case| Case { stage, ..case };
        // No legal review was needed, so none is shown where the case has left the way.
        for (case, expected) in [
            (
                at(Stage::Revoked, executing()),
                "line-clue:done line-filing:done line-inquiry:done line-notice:done line-decision:done line-execution:done \
                 stage-revoked:current line-closing:todo",
            ),
            (
                at(Stage::Revoked, decided()),
                "line-clue:done line-filing:done line-inquiry:done line-notice:done line-decision:done \
                 stage-revoked:current line-closing:todo",
            ),
            (
                at(Stage::NotPunished, notified()),
                "line-clue:done line-filing:done line-inquiry:done line-notice:done stage-not-punished:current \
                 line-closing:todo",
            ),
            (
                executing(),
                "line-clue:done line-filing:done line-inquiry:done line-review:done line-notice:done line-decision:done \
                 line-execution:current line-closing:todo",
            ),
        ] {
            assert_eq!(line(&case), expected);
        }
        let dropped = Case { stage: Stage::NotFiled, ..Case::open(1, "线索", Moment(0)).expect("a case") };
        assert_eq!(line(&dropped), "line-clue:done stage-not-filed:done");
    }

    #[test]
    fn every_stage_that_goes_on_lies_on_the_line() {
        for stage in Stage::ALL {
            let on = LINE.iter().filter(|(_, stages)| stages.contains(stage)).count();
            let is_exit = matches!(
                stage,
                Stage::NotFiled
                    | Stage::Transferred
                    | Stage::NotPunished
                    | Stage::NotEstablished
                    | Stage::Terminated
                    | Stage::Revoked
            );
            assert_eq!(on, usize::from(!is_exit), "{}", stage.word());
        }
    }
}
