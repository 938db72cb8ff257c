//! What a case says on its papers: the data of a kind as far as the case knows it. Pure; what is missing is asked for on the form,
//! and what the case knows is not typed again.

use super::case::{
    Act, Case, EvidenceKind, Fact, Law, Manner, Officer, OpinionOn, Penalty, Procedure, Service, Stage, Standing, Step,
    reviews_before_notice, way,
};
use super::guards;
use super::matters::{Matter, PenaltyKind};
use super::measures::Measure;
use super::performing::{Outcome as Performed, Performer};
use super::sampling::{Item, SampleEnd};
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::papers::paper::Outcome;
use crate::papers::writing::{Issued, lines, questions, things};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use typesetting::Kinds;

/// Errors that are found are put right by the organ itself.
const CORRECTED: &str = "《中华人民共和国行政处罚法》第七十五条第二款";

/// What papers are written from.
pub struct Source<'a> {
    /// The case.
    pub case: &'a Case,
    /// What happened, first come first.
    pub facts: &'a [Fact],
    /// What it is judged by.
    pub law: Law<'a>,
    /// Where it lies, in words.
    pub place: &'a str,
    /// The names of everybody who acted.
    pub names: &'a BTreeMap<Id, String>,
    /// Papers of the case that count, first come first.
    pub papers: &'a [Issued],
    /// The kinds of papers, for the names of those that were served.
    pub kinds: &'a Kinds,
    /// The revision of the fact that the paper tells of, where there are several; the last without it.
    pub of: Option<i64>,
    /// The day.
    pub today: Date,
}

/// The kinds of papers of a penalty case, in the order of its way.
pub const KINDS: [&str; 43] = [
    "clue-record",
    "filing-approval",
    "inspection-record",
    "interview-record",
    "correction-notice",
    "assistance-letter",
    "sampling-approval",
    "sampling-notice",
    "sampling-disposal",
    "evidence-keeping-notice",
    "evidence-disposal",
    "seizure-decision",
    "seizure-release",
    "things-list",
    "investigation-report",
    "legal-review",
    "discussion-record",
    "penalty-notice",
    "hearing-notice",
    "defence-record",
    "defence-review",
    "hearing-summons",
    "hearing-announcement",
    "hearing-record",
    "hearing-report",
    "penalty-decision",
    "summary-decision",
    "change-decision",
    "revocation-decision",
    "no-penalty-decision",
    "not-established-decision",
    "transfer-letter",
    "service-receipt",
    "public-announcement",
    "payment-notice",
    "instalment-notice",
    "urging-letter",
    "performance-decision",
    "performance-reminder",
    "performance-record",
    "coercion-decision",
    "court-application",
    "closing-approval",
];

/// What the party is told before the decision: the penalty of the conclusion, once the review has passed where this city asks for it
/// first; of a conclusion that is older than the last notice, what was announced.
pub fn intended<'a>(case: &'a Case, law: &Law<'_>) -> Option<&'a Penalty> {
    let announced = case.notice();
    let concluded = case.conclusion.as_ref().filter(|one| announced.is_none_or(|notice| one.at > notice.at));
    let Some(concluded) = concluded.and_then(|one| one.penalty.as_ref()) else {
        return announced.map(|notice| &notice.penalty);
    };
    let today = law.calendar.date_of(case.last_at);
    let is_reviewed =
        !reviews_before_notice(law) || !guards::needs_review(case, concluded, today, law) || guards::has_review(case);
    Some(concluded).filter(|_| is_reviewed && way(Step::NotifyParty, case.stage).is_some())
}

/// The kinds that a case may need, each with whether it has come so far.
pub fn kinds(case: &Case, facts: &[Fact], law: &Law<'_>) -> Vec<&'static str> {
    let did = |step: Step| facts.iter().any(|fact| fact.what == step);
    let intended = intended(case, law);
    let offers = intended.is_some_and(|penalty| offers_hearing(case, penalty, law));
    let hearing = case.hearing.as_ref().filter(|hearing| !hearing.is_withdrawn);
    let decision = case.decision.as_ref();
    let is_summary = case.procedure == Procedure::Summary;
    let is_served = decision.is_some_and(|decision| decision.served_at.is_some());
    let told_by = decided_by(facts).map(|(kind, _)| kind);
    let has_sample = facts.iter().any(|fact| match &fact.act {
        Act::AddEvidence { evidence, .. } => evidence.kind == EvidenceKind::Thing,
        _ => false,
    });
    let asks_sample = case.requests.iter().any(|one| one.kind == Measure::Sample);
    let is_there = |kind: &&str| match *kind {
        "clue-record" => true,
        "filing-approval" => case.filed_at.is_some(),
        "inspection-record" => did(Step::InspectSite),
        "interview-record" => did(Step::Inquire),
        "correction-notice" => case.order.is_some() && !is_summary,
        "assistance-letter" => case.filed_at.is_some(),
        "sampling-approval" => asks_sample || (case.filed_at.is_some() && has_sample),
        "sampling-notice" => has_sample || !case.samples.is_empty(),
        "sampling-disposal" => has_sample || case.samples.iter().any(|one| one.end.is_some()),
        "evidence-keeping-notice" => !case.registered.is_empty(),
        "evidence-disposal" => case.registered.iter().any(|one| one.disposal.is_some()),
        "seizure-decision" => !case.seizures.is_empty(),
        "seizure-release" => case.seizures.iter().any(|one| one.disposal.is_some()),
        "things-list" => !case.seizures.is_empty() || !case.registered.is_empty(),
        "investigation-report" => case.conclusion.is_some(),
        "legal-review" => !case.reviews.is_empty(),
        "discussion-record" => !case.discussions.is_empty(),
        "penalty-notice" => intended.is_some(),
        "hearing-notice" => offers || case.notice().is_some_and(|notice| notice.offers_hearing),
        "defence-record" => !case.defences.is_empty(),
        "defence-review" => case.defences.iter().any(|one| one.is_adopted.is_some()),
        "hearing-summons" => hearing.is_some_and(|hearing| hearing.on.is_some()),
        "hearing-announcement" => hearing.is_some_and(|hearing| hearing.on.is_some()),
        "hearing-record" => hearing.is_some_and(|hearing| hearing.held_at.is_some()),
        "hearing-report" => hearing.is_some_and(|hearing| hearing.reported_at.is_some()),
        "penalty-decision" | "summary-decision" | "change-decision" => decision.is_some() && told_by == Some(kind),
        "revocation-decision" => did(Step::RevokeDecision),
        "no-penalty-decision" => did(Step::NotPunish),
        "not-established-decision" => did(Step::NotEstablish),
        "transfer-letter" => did(Step::Transfer),
        "service-receipt" => facts.iter().any(|fact| fact.act.service().is_some()),
        "public-announcement" => (decision.is_some() && !is_summary) || !case.posted.is_empty(),
        "payment-notice" => case.account.as_ref().is_some_and(|account| account.fine > 0),
        "instalment-notice" => case.account.as_ref().is_some_and(|account| account.is_in_instalments),
        "urging-letter" => case.reminded_at.is_some() || (is_served && case.stage == Stage::Executing),
        "performance-decision" => !case.performances.is_empty(),
        "performance-reminder" => case.performances.iter().any(|one| one.is_to_remind() || one.reminded_at.is_some()),
        "performance-record" => did(Step::Perform),
        "coercion-decision" => case.enforced_at.is_some(),
        "court-application" => case.court_asked_at.is_some(),
        "closing-approval" => matches!(case.stage, Stage::Closed | Stage::Archived),
        _ => false,
    };
    KINDS.into_iter().filter(is_there).collect()
}

/// Whether a hearing is offered for a penalty.
fn offers_hearing(case: &Case, penalty: &Penalty, law: &Law<'_>) -> bool {
    let day = law.calendar.date_of(case.last_at);
    case.party.as_ref().is_some_and(|party| {
        law.organ.offers_hearing(party.kind(law.organ), &penalty.kinds, penalty.fine, penalty.confiscated, day)
    })
}

/// The kinds whose papers tell what was decided, the one that counts last.
pub const DECISIONS: [&str; 3] = ["penalty-decision", "summary-decision", "change-decision"];

/// The kind of paper that tells the decision that counts, with the fact of it; none before anything was decided.
pub fn decided_by(facts: &[Fact]) -> Option<(&'static str, &Fact)> {
    facts.iter().rev().find_map(|fact| match fact.what {
        Step::Decide => Some(("penalty-decision", fact)),
        Step::DecideSummary => Some(("summary-decision", fact)),
        Step::ChangeDecision => Some(("change-decision", fact)),
        _ => None,
    })
}

/// What an act makes of the papers that told the decision before it: nothing while the decision stands as it stood.
pub fn ended(before: &Case, after: &Case) -> Option<Outcome> {
    let old = before.decision.as_ref()?;
    match &after.decision {
        Some(new) if !old.is_set_aside && new.is_set_aside => Some(Outcome::Revoked),
        Some(new) if new.at != old.at || new.penalty != old.penalty => Some(Outcome::Changed),
        Some(_) => None,
        None => Some(Outcome::Revoked),
    }
}

/// What a decision decides.
fn penalty_of(fact: &Fact) -> Option<&Penalty> {
    match &fact.act {
        Act::Decide { penalty, .. } | Act::DecideSummary { penalty, .. } | Act::ChangeDecision { penalty, .. } => {
            Some(penalty)
        }
        _ => None,
    }
}

/// How a case has come to its end, as the closing says it: the reason, and what the officer proposes.
fn ending(steps: impl DoubleEndedIterator<Item = Step>, has_court: bool) -> (&'static str, &'static str) {
    let ends = [
        Step::NotPunish,
        Step::NotEstablish,
        Step::Transfer,
        Step::Terminate,
        Step::RevokeDecision,
        Step::OverturnDecision,
    ];
    match steps.rev().find(|step| ends.contains(step)) {
        Some(Step::NotPunish) => ("依法不予行政处罚", "已依法作出不予行政处罚决定，建议结案。"),
        Some(Step::NotEstablish) => ("违法事实不能成立", "违法事实不能成立，不予行政处罚，建议结案。"),
        Some(Step::Transfer) => ("案件已经移送", "案件已依法移送有权机关处理，建议结案。"),
        Some(Step::Terminate) => ("案件终止", "案件已依法终止，建议结案。"),
        Some(_) => ("处罚决定已经撤销", "处罚决定已依法撤销，建议结案。"),
        None if has_court => ("人民法院强制执行结束", "人民法院强制执行已经结束，建议结案。"),
        None => ("处罚决定执行完毕", "处罚决定已经执行完毕，建议结案。"),
    }
}

/// A penalty in the words of a decision, one sentence each.
pub fn penalties(penalty: &Penalty) -> Vec<String> {
    let one = |kind: &PenaltyKind| match kind {
        PenaltyKind::Warning => "警告。".to_owned(),
        PenaltyKind::Criticism => "通报批评。".to_owned(),
        PenaltyKind::Fine => money("罚款", penalty.fine),
        PenaltyKind::ConfiscateGain => money("没收违法所得", penalty.confiscated),
        PenaltyKind::ConfiscateGoods => money("没收非法财物，价值", penalty.confiscated),
        PenaltyKind::Licence => "吊销许可证件。".to_owned(),
        PenaltyKind::StopBusiness => "责令停产停业。".to_owned(),
    };
    penalty.kinds.iter().map(one).collect()
}

fn money(what: &str, fen: i64) -> String {
    match typesetting::words(fen) {
        Some(words) => format!("{what}人民币{words}（¥{}）。", typesetting::yuan(fen)),
        None => format!("{what}人民币 {} 元。", typesetting::yuan(fen)),
    }
}

/// How a paper is served, in its own words.
pub const fn manner(manner: Manner) -> &'static str {
    match manner {
        Manner::Direct => "直接送达",
        Manner::Left => "留置送达",
        Manner::Entrusted => "委托送达",
        Manner::Post => "邮寄送达",
        Manner::Electronic => "电子送达",
        Manner::Forwarded => "转交送达",
        Manner::Announcement => "公告送达",
    }
}

/// The facts of which papers of a kind tell, one paper each; none for kinds that tell of the whole case.
pub fn facts_of<'a>(facts: &'a [Fact], kind: &str) -> Vec<&'a Fact> {
    let steps: &[Step] = match kind {
        "inspection-record" => &[Step::InspectSite],
        "interview-record" => &[Step::Inquire],
        "evidence-keeping-notice" => &[Step::RegisterEvidence],
        "evidence-disposal" => &[Step::SettleEvidence],
        "seizure-decision" => &[Step::Seize],
        "seizure-release" => &[Step::EndSeizure],
        "things-list" => &[Step::RegisterEvidence, Step::Seize],
        "sampling-notice" => &[Step::TakeSample],
        "sampling-disposal" => &[Step::SettleSample],
        "performance-decision" => &[Step::DecidePerformance],
        "performance-record" => &[Step::Perform],
        "service-receipt" => &[
            Step::NotifyParty,
            Step::Serve,
            Step::Remind,
            Step::ServePaper,
            Step::ServeSummons,
            Step::TellTestResult,
            Step::ServePerformance,
            Step::RemindPerformance,
        ],
        _ => &[],
    };
    facts.iter().filter(|fact| steps.contains(&fact.what)).collect()
}

impl Source<'_> {
    fn name(&self, id: Option<Id>) -> String {
        id.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default()
    }

    fn day(&self, at: Moment) -> String {
        self.law.calendar.date_of(at).to_string()
    }

    fn time(&self, at: Moment) -> String {
        at.zoned(self.law.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    fn last(&self, step: Step) -> Option<&Fact> {
        self.facts.iter().rev().find(|fact| fact.what == step)
    }

    fn matter(&self) -> Option<&Matter> {
        let day = self.case.acted_on?;
        self.law.matters.on(&self.case.matter, day)
    }

    fn paper(&self, kind: &str) -> Option<&Issued> {
        self.papers.iter().rev().find(|paper| paper.kind == kind)
    }

    fn number(&self, term: &str) -> Option<u32> {
        self.law.terms.on(term, self.today).ok().map(|term| term.length)
    }

    /// The officers who took part in what a paper tells of; else those who investigate.
    fn officers(&self, told: Option<&Fact>) -> Vec<Value> {
        let of_step = told.and_then(|fact| fact.act.taking_part());
        let known = self.facts.iter().rev().filter_map(|fact| fact.act.taking_part());
        let officers = of_step.or_else(|| known.clone().next()).unwrap_or_default();
        self.cards(officers)
    }

    fn cards(&self, officers: &[Officer]) -> Vec<Value> {
        let one = |officer: &Officer| {
            let card = officer.credential.as_ref().map(|held| held.number.clone()).unwrap_or_default();
            json!({ "name": self.name(Some(officer.account)), "card": card })
        };
        officers.iter().map(one).collect()
    }

    /// An opinion as the approval papers have it.
    fn opinion(&self, step: Step, words: &str) -> Option<Value> {
        let fact = self.last(step)?;
        let said = fact.act.said().filter(|said| !said.trim().is_empty()).unwrap_or(words);
        Some(json!({ "words": said, "by": self.name(fact.by), "on": self.day(fact.at) }))
    }

    /// What the unit's leader said last about something.
    fn of_unit(&self, on: OpinionOn) -> Option<Value> {
        let opinion = self.case.opinions.iter().rev().find(|one| one.on == on)?;
        Some(json!({ "words": opinion.words, "by": self.name(opinion.by), "on": self.day(opinion.at) }))
    }

    /// The facts of which a kind tells, one paper each.
    pub fn facts_of(&self, kind: &str) -> Vec<&Fact> {
        facts_of(self.facts, kind)
    }

    /// The fact of which this paper tells: the chosen one, else the last.
    fn told(&self, kind: &str) -> Option<&Fact> {
        let all = self.facts_of(kind);
        all.iter().find(|fact| Some(fact.revision) == self.of).or(all.last()).copied()
    }

    /// What was registered or seized by a fact, counted as the case counts.
    fn numbered(&self, fact: &Fact) -> Option<u32> {
        match &fact.act {
            Act::SettleEvidence { number, .. }
            | Act::EndSeizure { number, .. }
            | Act::SettleSample { number, .. }
            | Act::Perform { number, .. } => Some(*number),
            _ => {
                let all = self.facts.iter().filter(|one| one.what == fact.what && one.revision <= fact.revision);
                u32::try_from(all.count()).ok()
            }
        }
    }

    /// The step of which a kind tells.
    fn step_of(kind: &str) -> Option<Step> {
        Some(match kind {
            "inspection-record" => Step::InspectSite,
            "interview-record" => Step::Inquire,
            "correction-notice" => Step::OrderCorrection,
            "evidence-keeping-notice" | "evidence-disposal" => Step::RegisterEvidence,
            "seizure-decision" | "seizure-release" => Step::Seize,
            "penalty-notice" | "hearing-notice" => Step::NotifyParty,
            "summary-decision" => Step::DecideSummary,
            "change-decision" => Step::ChangeDecision,
            "revocation-decision" => Step::RevokeDecision,
            "no-penalty-decision" => Step::NotPunish,
            "not-established-decision" => Step::NotEstablish,
            "service-receipt" => Step::Serve,
            "urging-letter" => Step::Remind,
            _ => return None,
        })
    }

    /// The data of a paper of this kind, as far as the case knows it.
    pub fn data(&self, kind: &str) -> Value {
        let (case, organ) = (self.case, self.law.organ);
        let head = &organ.letterhead;
        let step = Self::step_of(kind);
        let when = self.told(kind).or_else(|| step.and_then(|step| self.last(step)));
        let mut data = json!({
            "organ": { "name": organ.name.zh, "mark": head.mark, "address": head.address, "phone": head.phone },
            "officers": self.officers(when),
            "date": when.map_or(self.today.to_string(), |fact| self.day(fact.at)),
            "place": self.place,
            "act": { "place": self.place },
            "source": match case.procedure { Procedure::Summary => "执法检查", Procedure::Ordinary => "线索核查" },
            "received_at": self.time(case.clue_at),
            "receiver": { "name": self.name(self.facts.first().and_then(|fact| fact.by)) },
            "remedy": { "review_by": head.review_by, "court": head.court, "review_days": self.number("review"), "suit_months": self.number("suit") },
            "terms": { "defence_days": self.number("statement"), "hearing_days": self.number("hearing-request") },
        });
        self.parties(&mut data);
        self.basis(&mut data);
        self.inquiry(kind, &mut data);
        self.before_decision(kind, &mut data);
        self.decided(kind, &mut data);
        self.served(kind, &mut data);
        self.performance(kind, &mut data);
        self.enforcement(kind, &mut data);
        if let Some(fact) = self.told(kind) {
            data["of"] = fact.revision.into();
        }
        data
    }

    /// How a paper was served, which one it was, and when it counts as served.
    fn served(&self, kind: &str, data: &mut Value) {
        let Some((fact, service)) = self.told(kind).and_then(|fact| Some((fact, fact.act.service()?))) else { return };
        if kind != "service-receipt" {
            return;
        }
        let at = self.served_at(fact, service);
        data["service"] = json!({ "place": self.place, "manner": manner(service.manner), "at": self.time(at) });
        // Facts of before name no paper; they served the decision, the notice or the reminder.
        let before = match fact.what {
            Step::NotifyParty => "penalty-notice",
            Step::Remind => "urging-letter",
            Step::ServeSummons => "hearing-summons",
            Step::ServePerformance => "performance-decision",
            Step::RemindPerformance => "performance-reminder",
            // A laboratory's report is no paper of the organ.
            Step::TellTestResult => "",
            _ => "penalty-decision",
        };
        let of = service.paper.as_ref().map_or(before, |paper| paper.kind.as_str());
        let name = match fact.what {
            Step::TellTestResult => Some("检测、检验、鉴定结果".to_owned()),
            _ => self.kinds.find(of).map(|found| found.name.chinese.clone()),
        };
        let issued = self.paper(of).map(|paper| paper.number.clone());
        let number = service.paper.as_ref().map(|paper| paper.number.clone()).or(issued);
        data["document"] = json!({ "name": name, "number": number });
    }

    fn served_at(&self, fact: &Fact, service: &Service) -> Moment {
        let served = self.case.served.iter().rev().find(|one| Some(&one.paper) == service.paper.as_ref());
        served.map_or(fact.at, |one| one.at)
    }

    /// The number of the paper that a step served last.
    fn served_number(&self, step: Step) -> Option<String> {
        self.last(step).and_then(|fact| fact.act.service()?.paper.as_ref()).map(|paper| paper.number.clone())
    }

    /// The number of the paper that a step served last; else of the last that was issued.
    fn number_of(&self, step: Step, kind: &str) -> Option<String> {
        self.served_number(step).or_else(|| self.paper(kind).map(|paper| paper.number.clone()))
    }

    /// The party: what the case knows over what was written on papers before.
    fn parties(&self, data: &mut Value) {
        let before = self.papers.iter().rev().find_map(|paper| paper.data.get("party").cloned());
        let mut party = before.filter(Value::is_object).unwrap_or_else(|| json!({}));
        if let Some(known) = &self.case.party {
            party["name"] = known.name.clone().into();
            let is_citizen = known.form == super::case::PartyForm::Citizen;
            party["kind"] = if is_citizen { "person" } else { "unit" }.into();
            if !known.code.is_empty() {
                party[if is_citizen { "id_number" } else { "credit_code" }] = known.code.clone().into();
            }
        }
        data["party"] = party;
    }

    fn basis(&self, data: &mut Value) {
        let Some(matter) = self.matter() else { return };
        data["matter"] = matter.name.zh.clone().into();
        let text = format!("《{}》", matter.text.zh);
        let tier = self.case.decision.as_ref().map(|decision| &decision.penalty);
        let tier = tier.or_else(|| self.case.notice().map(|notice| &notice.penalty));
        let tier = tier
            .or_else(|| self.case.conclusion.as_ref().and_then(|one| one.penalty.as_ref()))
            .and_then(|one| one.tier);
        let found = tier.and_then(|tier| matter.tiers.iter().find(|one| one.kind == tier));
        let discretion = found.map(|tier| format!("裁量基准：{}", tier.circumstances.zh));
        data["basis"] = json!({
            "violated": format!("{text}{}", matter.duty.official()),
            "penalty": format!("{text}{}", matter.clause.official()),
            "discretion": discretion.unwrap_or_default(),
            "order": "《中华人民共和国行政处罚法》第二十八条第一款",
            "filing": "《中华人民共和国行政处罚法》第五十四条",
            "keeping": "《中华人民共和国行政处罚法》第五十六条",
            "sampling": "《中华人民共和国行政处罚法》第五十六条",
            "assistance": "《中华人民共和国行政处罚法》第二十六条",
            "not_established": "《中华人民共和国行政处罚法》第五十七条第一款第三项",
            "instalment": "《中华人民共和国行政处罚法》第六十六条第二款",
            "urging": "《中华人民共和国行政强制法》第五十四条",
            "application": "《中华人民共和国行政强制法》第五十三条",
        });
    }

    /// The facts, the evidence, and the records of the inquiry.
    fn inquiry(&self, kind: &str, data: &mut Value) {
        let case = self.case;
        // What was written on an earlier paper is better than the clue.
        let before = self
            .papers
            .iter()
            .rev()
            .find_map(|paper| paper.data.get("facts").cloned())
            .filter(|facts| !facts.is_null());
        data["facts"] = match (kind, before) {
            ("clue-record", _) | (_, None) => lines(&case.clue).into(),
            (_, Some(facts)) => facts,
        };
        let evidence: Vec<String> = case.evidence.iter().map(|one| one.words.trim().to_owned()).collect();
        if !evidence.is_empty() {
            data["evidence"] = evidence.into();
        }
        let words_of = || self.told(kind).and_then(|fact| fact.act.said()).map(lines);
        if let Some(fact) = self.told(kind).or_else(|| Self::step_of(kind).and_then(|step| self.last(step))) {
            data["to"] = self.time(fact.at).into();
        }
        match kind {
            "inspection-record" => data["findings"] = words_of().unwrap_or_default().into(),
            "interview-record" => {
                let told = self.told(kind);
                if let Some(Act::Inquire { person, .. }) = told.map(|fact| &fact.act) {
                    let own = case.party.as_ref().map(|party| party.name.clone()).filter(|_| person.name.is_empty());
                    let standing = match person.standing {
                        Standing::Party => "当事人",
                        Standing::Witness => "证人",
                        Standing::Other => "有关人员",
                    };
                    let relation = if person.relation.is_empty() { standing } else { person.relation.as_str() };
                    data["person"] =
                        json!({ "name": own.unwrap_or_else(|| person.name.clone()), "relation": relation });
                }
                data["questions"] = questions(told.and_then(|fact| fact.act.said()).unwrap_or_default());
            }
            "filing-approval" => {
                let officer = self.last(Step::ProposeFiling);
                let by = officer.map(|fact| self.name(fact.by)).unwrap_or_default();
                let on = officer.map(|fact| self.day(fact.at)).unwrap_or_default();
                data["opinions"] = json!({
                    "officer": { "words": "有初步证据证明存在违法行为，属于本机关管辖，未超过追究时效，建议立案。", "by": by, "on": on },
                    "unit": self.of_unit(OpinionOn::Filing),
                    "head": self.opinion(Step::ApproveFiling, "同意立案。"),
                });
                data["act"]["at"] = case.acted_on.map(|day| day.to_string()).into();
            }
            "correction-notice" => {
                if let Some(order) = &case.order {
                    data["correction"] = json!({ "until": order.until.to_string() });
                }
            }
            "evidence-keeping-notice" | "evidence-disposal" => {
                let number = self.told(kind).and_then(|fact| self.numbered(fact));
                let kept = case.registered.iter().find(|one| Some(one.number) == number);
                if let Some(kept) = kept.or(case.registered.last()) {
                    data["things"] = things(&kept.items);
                    data["keeping"] = json!({ "from": self.day(kept.at), "days": self.number("registered-evidence"), "place": self.place });
                    if let Ok(end) = self
                        .law
                        .terms
                        .on("registered-evidence", self.law.calendar.date_of(kept.at))
                        .and_then(|term| term.end(kept.at, self.law.calendar, &[]))
                    {
                        data["keeping"]["until"] = end.last.to_string().into();
                    }
                    // Facts of before name the head themselves.
                    let registered = self
                        .facts
                        .iter()
                        .find(|fact| fact.what == Step::RegisterEvidence && self.numbered(fact) == Some(kept.number));
                    let named = registered.and_then(|fact| match &fact.act {
                        Act::RegisterEvidence { approved_by, .. } => *approved_by,
                        _ => None,
                    });
                    data["approved"] = json!({ "by": self.name(kept.approved_by.or(named)) });
                }
            }
            "seizure-decision" | "seizure-release" | "things-list" => {
                let told = self.told(kind);
                let number = told.and_then(|fact| self.numbered(fact));
                let is_registered = told.is_some_and(|fact| fact.what == Step::RegisterEvidence);
                let seizure = case.seizures.iter().find(|one| Some(one.number) == number);
                let seizure = seizure.or(case.seizures.last()).filter(|_| !is_registered);
                let kept = case.registered.iter().find(|one| is_registered && Some(one.number) == number);
                let items = seizure.map(|one| one.items.as_str()).or_else(|| kept.map(|one| one.items.as_str()));
                data["things"] = things(items.unwrap_or_default());
                if let Some(seizure) = seizure {
                    data["seizure"] = json!({ "from": self.day(seizure.at), "days": self.number("seizure") });
                    if !seizure.basis.is_empty() {
                        data["seizure"]["reason"] = seizure.reason.clone().into();
                        data["basis"]["seizure"] = seizure.basis.clone().into();
                    }
                }
                data["total"] = data["things"].as_array().map(Vec::len).into();
            }
            _ => {}
        }
        match kind {
            "assistance-letter" => data["receiver"] = Value::Null,
            "sampling-approval" | "sampling-notice" | "sampling-disposal" => self.sampling(kind, data),
            "not-established-decision" => {
                data["reason"] =
                    self.last(Step::NotEstablish).and_then(|fact| fact.act.said()).unwrap_or_default().into();
            }
            _ => {}
        }
        if let Some(paper) = self.paper("filing-approval") {
            data["filing"] = json!({ "number": paper.number, "on": paper.on.to_string() });
        } else if let Some(at) = case.filed_at {
            data["filing"] = json!({ "on": self.day(at) });
        }
    }

    /// What was asked of the head, what was taken, or what became of it; of cases of before the last thing that was taken in.
    fn sampling(&self, kind: &str, data: &mut Value) {
        let asked = self.case.requests.iter().rev().find(|one| one.kind == Measure::Sample);
        if let (Some(asked), "sampling-approval") = (asked, kind) {
            let by = |id: Option<Id>, at: Moment, words: &str| json!({ "words": words, "by": self.name(id), "on": self.day(at) });
            data["sampling"] = json!({ "reason": lines(&asked.reason), "what": lines(&asked.items) });
            data["opinions"] = json!({ "officer": by(asked.by, asked.at, "建议抽样取证。") });
            if let Some(answer) = &asked.answer {
                let said = if answer.is_approved { "同意抽样取证。" } else { "不同意抽样取证。" };
                let said = if answer.words.trim().is_empty() { said } else { answer.words.as_str() };
                data["opinions"]["head"] = by(answer.by, answer.at, said);
            }
            return;
        }
        let number = self.told(kind).and_then(|fact| self.numbered(fact));
        let sample = self.case.samples.iter().find(|one| Some(one.number) == number).or(self.case.samples.last());
        if let Some(sample) = sample {
            let item = |one: &Item| {
                let lot = if one.lot.is_empty() { String::new() } else { format!("；批号{}", one.lot) };
                json!({ "name": one.name, "model": one.spec, "quantity": one.quantity, "unit": one.unit, "state": format!("{}{lot}", one.state) })
            };
            data["things"] = sample.items.iter().map(item).collect();
            let names: Vec<&str> = sample.items.iter().map(|one| one.name.as_str()).collect();
            // The notice is the paper that was issued after the samples were taken.
            let notice = self.papers.iter().find(|paper| paper.kind == "sampling-notice" && paper.at >= sample.at);
            data["sampling"] = json!({
                "at": self.time(sample.at),
                "place": self.place,
                "manner": sample.manner,
                "what": names,
                "number": notice.map(|paper| paper.number.clone()),
            });
            let tested =
                sample.result.as_ref().map(|one| format!("检测、检验、鉴定结果（{}）：{}", one.on, one.words.trim()));
            let end = sample.end.map(|end| match end {
                SampleEnd::Returned => "余样退还当事人。",
                SampleEnd::UsedUp => "样品在检测、检验、鉴定中耗损，不再退还。",
            });
            data["disposals"] = tested.into_iter().chain(end.map(str::to_owned)).collect::<Vec<_>>().into();
            return;
        }
        let taken = self.facts.iter().rev().find_map(|fact| match &fact.act {
            Act::AddEvidence { officers, evidence } if evidence.kind == EvidenceKind::Thing => {
                Some((fact, officers, evidence))
            }
            _ => None,
        });
        let Some((fact, officers, evidence)) = taken else { return };
        data["officers"] = self.cards(officers).into();
        data["date"] = self.day(fact.at).into();
        data["things"] = things(&evidence.words);
        data["sampling"] = json!({
            "at": self.time(fact.at),
            "place": self.place,
            "what": lines(&evidence.words),
            "number": self.paper("sampling-notice").map(|paper| paper.number.clone()),
        });
        data["opinions"] =
            json!({ "officer": { "words": "建议抽样取证。", "by": self.name(fact.by), "on": self.day(fact.at) } });
    }

    /// What is done in the party's place: what was decided, when and for how much, and how it went.
    fn performance(&self, kind: &str, data: &mut Value) {
        if !matches!(kind, "performance-decision" | "performance-reminder" | "performance-record") {
            return;
        }
        let told = self.told(kind);
        let number = told.and_then(|fact| self.numbered(fact));
        let all = &self.case.performances;
        let open = all.iter().rev().find(|one| kind == "performance-reminder" && one.is_to_remind());
        let found = open.or_else(|| all.iter().find(|one| Some(one.number) == number)).or(all.last());
        let Some(one) = found else { return };
        let plan = &one.plan;
        let organ = self.law.organ.name.zh.as_str();
        let (article, words) = if plan.ground.is_at_once() {
            ("第五十二条", "需要立即清除，当事人不能清除")
        } else {
            ("第五十条、第五十一条", "当事人逾期不履行")
        };
        data["basis"]["performance"] = format!("《中华人民共和国行政强制法》{article}").into();
        let decided = self.papers.iter().find(|paper| paper.kind == "performance-decision" && paper.at >= one.at);
        data["performance"] = json!({
            "duty": lines(&plan.duty),
            "ground": words,
            "reason": lines(&plan.reason),
            "manner": plan.manner,
            "by": match plan.performer { Performer::Organ => organ, Performer::Third => plan.name.as_str() },
            "on": plan.on.to_string(),
            "number": decided.map(|paper| paper.number.clone()),
            "decided_on": self.day(one.at),
            "served_on": one.served_at.map(|at| self.day(at)),
        });
        data["cost_fen"] = if one.outcome == Some(Performed::Performed) { one.cost } else { plan.budget }.into();
        if let Some(order) = self.paper("correction-notice") {
            data["order"] = json!({ "number": order.number });
        }
        if kind == "performance-reminder" {
            data["date"] = self.today.to_string().into();
        }
        if let Some(Act::Perform { spot, words, .. }) = told.map(|fact| &fact.act) {
            data["from"] = self.time(spot.from).into();
            data["to"] = self.time(spot.until).into();
            data["presence"] = if spot.is_party_there { "到场" } else { "未到场" }.into();
            data["course"] = lines(words).into();
            data["witness"] = json!({ "name": spot.witness });
            data["cost_reason"] = spot.cost_reason.clone().into();
        }
    }

    /// The reminder, and what is still owed, on the papers by which money is enforced. The late fee is enforced once it has run for
    /// more than thirty days (行政强制法 art. 46).
    fn enforcement(&self, kind: &str, data: &mut Value) {
        if !matches!(kind, "court-application" | "coercion-decision") {
            return;
        }
        if let Some(at) = self.case.reminded_at {
            data["urging"] =
                json!({ "number": self.number_of(Step::Remind, "urging-letter"), "served_on": self.day(at) });
        }
        data["basis"]["coercion"] = "《中华人民共和国行政强制法》第四十六条第一款".into();
        let Some(account) = self.case.account.as_ref().filter(|account| account.fine > 0) else { return };
        let is_ripe = guards::late_fee_enforceable(self.case, self.today, &self.law).is_ok();
        let late = if is_ripe { account.late_fee_owed(self.today) } else { 0 };
        data["owed_fen"] = (account.owed(self.today) + late).into();
        if late > 0 {
            data["late_fen"] = late.into();
        }
        if let (Some(fact), "coercion-decision") = (self.last(Step::EnforceMoney), kind) {
            data["date"] = self.day(fact.at).into();
            data["coercion"] = json!({
                "reason": "加处罚款超过三十日，经催告仍不履行",
                "manner": fact.act.said(),
                "at": self.time(fact.at),
            });
        }
    }

    fn before_decision(&self, kind: &str, data: &mut Value) {
        let case = self.case;
        if let Some(notice) = case.notice() {
            data["hearing"] = notice.offers_hearing.into();
            let number = self.number_of(Step::NotifyParty, "penalty-notice");
            data["notice"] = json!({ "number": number, "served_on": self.day(notice.at) });
            if kind == "hearing-notice" {
                data["hearing"] = json!({ "basis": "《中华人民共和国行政处罚法》第六十三条第一款" });
            }
        }
        if let Some(defence) = case.defences.last() {
            data["defence"] = json!({ "said": lines(&defence.words), "answer": lines(&defence.answer) });
            if kind == "penalty-decision" {
                data["defence"] = json!({ "said": defence.words, "answer": defence.answer });
            }
        }
        match kind {
            "legal-review" => {
                if let Some(review) = case.reviews.last() {
                    data["opinions"] = json!({ "reviewer": { "words": lines(&review.words), "by": self.name(Some(review.by)), "on": self.day(review.at) } });
                    data["conclusion"] = if review.is_passed { "同意" } else { "不同意" }.into();
                }
                let sent = self.last(Step::AskFinalReview).or_else(|| self.last(Step::AskReview));
                data["sent"] = json!({ "on": sent.map(|fact| self.day(fact.at)) });
            }
            "discussion-record" => {
                if let Some(discussion) = case.discussions.last() {
                    data["present"] =
                        discussion.people.iter().map(|one| self.name(Some(*one))).collect::<Vec<_>>().into();
                    data["conclusion"] = lines(&discussion.words).into();
                    data["to"] = self.time(discussion.at).into();
                }
                data["report"] = data["facts"].clone();
            }
            "investigation-report" => {
                if let Some(conclusion) = &case.conclusion {
                    data["analysis"] = lines(&conclusion.exemption).into();
                    if let Some(penalty) = &conclusion.penalty {
                        data["suggestions"] = penalties(penalty).into();
                        set_fine(data, penalty);
                    }
                }
            }
            "hearing-summons" | "hearing-announcement" | "hearing-record" | "hearing-report" => {
                if let Some(hearing) = &case.hearing {
                    let president = self.name(hearing.president);
                    data["president"] = json!({ "name": president });
                    data["hearing"] = json!({ "basis": "《中华人民共和国行政处罚法》第六十四条", "openness": "公开" });
                    data["investigators"] =
                        case.investigators.iter().map(|one| self.name(Some(*one))).collect::<Vec<_>>().into();
                    if let Some(at) = hearing.held_at {
                        data["hearing"]["at"] = self.time(at).into();
                        data["to"] = self.time(at).into();
                    }
                }
                if kind == "hearing-report" {
                    data["opinion"] = self
                        .last(Step::ReportHearing)
                        .and_then(|fact| fact.act.said())
                        .map(lines)
                        .unwrap_or_default()
                        .into();
                    data["party_said"] = case.defences.iter().map(|one| one.words.clone()).collect::<Vec<_>>().into();
                }
            }
            "penalty-notice" | "hearing-notice" => {
                if let Some(penalty) = intended(case, &self.law) {
                    data["penalties"] = penalties(penalty).into();
                    set_fine(data, penalty);
                    let offers = offers_hearing(case, penalty, &self.law)
                        || case.notice().is_some_and(|notice| notice.offers_hearing && notice.penalty == *penalty);
                    data["hearing"] = match kind {
                        "hearing-notice" => json!({ "basis": "《中华人民共和国行政处罚法》第六十三条第一款" }),
                        _ => offers.into(),
                    };
                    data["date"] = self.today.to_string().into();
                }
            }
            _ => {}
        }
    }

    /// What is changed or revoked, why, and on which basis; the decision before it with its own paper.
    fn ended_by(&self, kind: &str, data: &mut Value) {
        let step = if kind == "change-decision" { Step::ChangeDecision } else { Step::RevokeDecision };
        let Some(place) = self.facts.iter().rposition(|fact| fact.what == step) else { return };
        let (before, fact) = (&self.facts[..place], &self.facts[place]);
        data["date"] = self.day(fact.at).into();
        data["reason"] = fact.act.said().map(lines).unwrap_or_default().join("\n").into();
        data["basis"]["change"] = CORRECTED.into();
        data["basis"]["revocation"] = CORRECTED.into();
        if let Some((kind, former)) = decided_by(before) {
            let told = |paper: &&Issued| paper.kind == kind && paper.at >= former.at && paper.at <= fact.at;
            data["former"] = json!({
                "name": title_of(kind),
                "number": self.papers.iter().rev().find(told).map(|paper| paper.number.clone()),
                "date": self.day(former.at),
                "penalties": penalty_of(former).map(penalties),
            });
        }
        let account = self.case.former.as_ref().or(self.case.account.as_ref());
        let paid = account.map_or(0, |account| account.payments.iter().map(|payment| payment.amount).sum::<i64>());
        if paid > 0 {
            data["paid_fen"] = paid.into();
        }
    }

    fn decided(&self, kind: &str, data: &mut Value) {
        let (case, head) = (self.case, &self.law.organ.letterhead);
        if kind == "public-announcement" {
            data["posted_on"] = case.posted.last().map(|one| one.on.to_string()).into();
        }
        if kind == "closing-approval" {
            let (reason, proposal) = ending(self.facts.iter().map(|fact| fact.what), !self.case.court.is_empty());
            data["opinions"] = json!({
                "officer": self.opinion(Step::ProposeClosing, proposal),
                "unit": self.of_unit(OpinionOn::Closing),
                "head": self.opinion(Step::ApproveClosing, "同意结案。"),
            });
            data["reason"] = reason.into();
        }
        let Some(decision) = &case.decision else { return };
        let decided_kinds = [
            "penalty-decision",
            "summary-decision",
            "change-decision",
            "closing-approval",
            "payment-notice",
            "urging-letter",
            "coercion-decision",
            "court-application",
        ];
        if decided_kinds.contains(&kind) {
            data["penalties"] = penalties(&decision.penalty).into();
            data["duties"] = data["penalties"].clone();
            set_fine(data, &decision.penalty);
        }
        if matches!(kind, "penalty-decision" | "summary-decision") {
            data["date"] = self.day(decision.at).into();
        }
        let days = self.number("payment");
        let percent = self.law.terms.number("late-fee-rate", self.today).ok().map(|number| number.value);
        data["payment"] = json!({ "days": days, "bank": head.bank, "late_percent": percent });
        data["payment"]["account"] = head.account.clone().into();
        data["payment"]["account_name"] = head.account_name.clone().into();
        if kind == "summary-decision" {
            // The paper has a box for each.
            let kinds = &decision.penalty.kinds;
            let boxes = [(PenaltyKind::Warning, "警告"), (PenaltyKind::Fine, "罚款")];
            data["penalty"] = boxes
                .into_iter()
                .filter(|(kind, _)| kinds.contains(kind))
                .map(|(_, words)| words)
                .collect::<Vec<_>>()
                .into();
            data["decided"] = json!({ "at": self.time(decision.at), "place": self.place });
            data["act"] = json!({ "at": case.acted_on.map(|day| day.to_string()), "place": self.place });
            data["payment"]["manner"] = "到银行缴纳".into();
            data["facts"] = case.clue.trim().into();
        }
        let told = decided_by(self.facts);
        let name = told.map_or("penalty-decision", |(kind, _)| kind);
        let told_at = told.map_or(decision.at, |(_, fact)| fact.at);
        let since = |paper: &&Issued| paper.kind == name && paper.at >= told_at;
        let issued = self.papers.iter().rev().find(since).map(|paper| paper.number.clone());
        let number = self.served_number(Step::Serve).filter(|_| decision.served_at.is_some()).or(issued);
        if matches!(kind, "change-decision" | "revocation-decision") {
            self.ended_by(kind, data);
        }
        data["decision"] = json!({ "number": number, "date": self.day(decision.at), "served_on": decision.served_at.map(|at| self.day(at)) });
        if matches!(kind, "urging-letter" | "coercion-decision" | "court-application") {
            data["decision"]["name"] = title_of(name).into();
        }
        if let Some(account) = &case.account {
            data["amount_fen"] = account.owed(self.today).into();
            data["until"] = account.due_on().to_string().into();
            let part = |part: &super::money::Instalment| json!({ "until": part.due_on.to_string(), "amount_fen": part.amount });
            data["instalments"] = account.parts.iter().map(part).collect::<Vec<_>>().into();
        }
        match kind {
            "instalment-notice" => {
                if let Some(fact) = self.last(Step::AskInstalments) {
                    data["request"] = json!({ "kind": "分期", "on": self.day(fact.at), "reason": fact.act.said() });
                }
            }
            "court-application" => data["court"] = head.court.clone().into(),
            _ => {}
        }
    }
}

/// What a paper that tells a decision is called.
fn title_of(kind: &str) -> &'static str {
    match kind {
        "summary-decision" => "当场行政处罚决定书",
        "change-decision" => "变更行政处罚决定书",
        _ => "行政处罚决定书",
    }
}

fn set_fine(data: &mut Value, penalty: &Penalty) {
    if penalty.fine > 0 {
        data["fine_fen"] = penalty.fine.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_says_how_the_case_came_to_its_end() {
        for (steps, has_court, reason) in [
            (&[Step::Decide, Step::Serve][..], false, "处罚决定执行完毕"),
            (&[Step::Decide, Step::Serve, Step::AskCourt], true, "人民法院强制执行结束"),
            (&[Step::NotPunish], false, "依法不予行政处罚"),
            (&[Step::NotEstablish], false, "违法事实不能成立"),
            (&[Step::Transfer], false, "案件已经移送"),
            (&[Step::Decide, Step::Terminate], false, "案件终止"),
            (&[Step::Decide, Step::RevokeDecision], false, "处罚决定已经撤销"),
            // Set aside by a review or a court.
            (&[Step::Decide, Step::BeginRemedy, Step::OverturnDecision], false, "处罚决定已经撤销"),
        ] {
            assert_eq!(ending(steps.iter().copied(), has_court).0, reason, "{steps:?}");
        }
    }
}
