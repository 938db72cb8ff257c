//! Random paths through the whole of a penalty case, from the clue to the archive and beyond: ordinary and summary, with hearings,
//! seizures, money, reviews and suits. Mostly somebody does what comes next, now and then anything at all. Whatever is accepted
//! must leave the case lawful; and the paths must have been everywhere, or they guard nothing.

use super::case::tests::{LAW, on_site};
use super::case::{
    Act, Actor, Asked, Case, Correction, Credential, Disposal, Effect, EndGround, Ending, Evidence, EvidenceKind, Fact,
    Law, Manner, Named, Officer, Party, PartyForm, Penalty, Role, Rule, Service, Stage, Standing, Step,
    SuspensionGround, carry_out, opened, replay, running, way,
};
use super::guards;
use super::matters::{ExemptionKind, Matter, PartyKind, PenaltyKind, TierKind};
use super::measures::Measure;
use super::money::{Account, Instalment, Payment, SpotReason, Towards};
use super::organ::Organ;
use super::performing::{Ground, OnSpot, Performer, Plan};
use super::publication::Entry;
use super::questions::Questions;
use super::sampling::{SampleEnd, Taking};
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::sources::Sources;
use crate::law::{Exclusion, Terms};
use jiff::civil::{Date, time};
use jiff::{Span, ToSpan};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Chance that is the same in every run, on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: i64) -> i64 {
        (self.next() % most.max(1).unsigned_abs()) as i64
    }

    /// Once in so many.
    fn once_in(&mut self, many: i64) -> bool {
        self.below(many) == 0
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.next() as usize % all.len()].clone()
    }
}

/// Another city: the review comes before the decision, the leader of the unit is heard, there is a place far from any bank.
static ELSEWHERE: LazyLock<Organ> = LazyLock::new(|| {
    let text = Sources::embedded().text(super::organ::FILE).expect("the package's organ");
    let changed = text
        .replace("order = \"before-notice\"", "order = \"before-decision\"")
        .replace("remote_places = []", "remote_places = [\"岛上\"]")
        .replace("opinion = false", "opinion = true")
        .replace("approval = false", "approval = true")
        .replace("[coercion]\ndocument = \"\"\narticle = \"\"", "[coercion]\ndocument = \"某法\"\narticle = \"1\"")
        .replace("sole_trader = \"citizen\"", "sole_trader = \"unit\"");
    Organ::load(&changed).expect("another city's organ")
});
static TERMS: LazyLock<Terms> =
    LazyLock::new(|| Terms::load(&Sources::embedded().folder(crate::law::terms::FOLDER)).expect("terms"));
static NO_QUESTIONS: LazyLock<Questions> = LazyLock::new(Questions::default);

fn law(is_elsewhere: bool) -> Law<'static> {
    let law = LAW.law();
    Law { terms: &TERMS, questions: &NO_QUESTIONS, organ: if is_elsewhere { &ELSEWHERE } else { law.organ }, ..law }
}

const OFFICERS: [Id; 4] = [1, 2, 3, 4];
const LEADER: Id = 9;
const HEADS: [Id; 3] = [10, 11, 12];
const REVIEWERS: [Id; 2] = [20, 21];
const PRESIDENTS: [Id; 2] = [30, 31];

fn officer(account: Id) -> Officer {
    let day = |year| Date::new(year, 1, 1).expect("a day");
    let credential = Credential { number: format!("C{account}"), from: day(2020), until: day(2032) };
    Officer { account, credential: Some(credential), is_helper: false }
}

/// What a path is about.
#[derive(Debug, Clone, Copy)]
struct Profile {
    matter: &'static str,
    form: PartyForm,
    age: Option<u8>,
    is_led: bool,
    is_elsewhere: bool,
}

/// The matters: both bands alike and different, with and without an order before, large enough for a hearing, small enough for the
/// spot, with things to seize.
const MATTERS: [&str; 8] = [
    "uncovered-transport",
    "street-stall",
    "waste-water",
    "site-dust",
    "littering",
    "balcony-clutter",
    "waste-dumping",
    "open-air-barbecue",
];

impl Profile {
    fn of(dice: &mut Dice) -> Profile {
        let form =
            dice.of(&[PartyForm::Citizen, PartyForm::Citizen, PartyForm::SoleTrader, PartyForm::Unit, PartyForm::Unit]);
        let age = match dice.below(12) {
            0 => Some(13),
            1 => Some(16),
            2 => None,
            _ => Some(40),
        };
        Profile {
            matter: dice.of(&MATTERS),
            form,
            age: age.filter(|_| form != PartyForm::Unit),
            is_led: dice.once_in(3),
            is_elsewhere: dice.once_in(3),
        }
    }

    fn party(self) -> Party {
        let name = if self.form == PartyForm::Unit { "某公司" } else { "甲" };
        Party { name: name.to_owned(), form: self.form, age: self.age, is_unaccountable: false, code: String::new() }
    }
}

/// How often each stage was reached and each step taken.
#[derive(Debug, Default)]
struct Counts {
    stages: BTreeMap<Stage, u32>,
    steps: BTreeMap<Step, u32>,
    /// Decisions that somebody had a hearing about, closings with money paid late, and other things that must not stay untried.
    marks: BTreeMap<&'static str, u32>,
}

impl Counts {
    fn mark(&mut self, what: &'static str, is_so: bool) {
        *self.marks.entry(what).or_default() += u32::from(is_so);
    }
}

/// A path as it goes.
#[derive(Clone)]
struct Path {
    profile: Profile,
    law: Law<'static>,
    case: Case,
    now: Moment,
    facts: Vec<Fact>,
    /// The case before the last act.
    before: Case,
}

/// Something that somebody may do next: how likely, in which post, what, and how far ahead the clock goes for it.
struct Next {
    weight: i64,
    role: Role,
    act: Act,
    at: Option<Moment>,
}

fn words(text: &str) -> String {
    text.to_owned()
}

impl Path {
    fn begin(profile: Profile) -> Path {
        let law = law(profile.is_elsewhere);
        let now = law.calendar.moment(Date::new(2025, 3, 3).expect("a day"), time(9, 0, 0, 0));
        let actor = Actor { account: Some(90), role: Role::Helper };
        let (case, fact) = opened(1, &actor, "群众反映", profile.is_led, now, &law).expect("a clue");
        Path { profile, law, before: case.clone(), case, now, facts: vec![fact] }
    }

    fn today(&self) -> Date {
        self.law.calendar.date_of(self.now)
    }

    fn day(&self, days: i64) -> Date {
        self.today().saturating_add(days.days())
    }

    fn at(&self, day: Date) -> Option<Moment> {
        Some(self.law.calendar.moment(day, time(9, 30, 0, 0)))
    }

    /// Two who may: the investigators, or whoever is there.
    fn two(&self) -> Vec<Officer> {
        let own = self.case.investigators.iter().copied();
        let others = OFFICERS.into_iter().filter(|one| {
            let is_reviewer = self.case.reviews.iter().any(|review| review.by == *one);
            !self.case.investigators.contains(one) && !is_reviewer
        });
        let may = own.chain(others).filter(|one| !self.case.recused.contains(one));
        may.take(2).map(officer).collect()
    }

    fn actor(&self, role: Role, dice: &mut Dice) -> Actor {
        let account = match role {
            Role::Helper => Some(90),
            Role::Officer => self.two().first().map(|officer| officer.account).or(Some(1)),
            Role::UnitLeader => Some(LEADER),
            Role::Head => Some(dice.of(&HEADS)),
            Role::LegalReviewer => Some(dice.of(&REVIEWERS)),
            Role::HearingPresident => {
                self.case.hearing.as_ref().and_then(|hearing| hearing.president).or(Some(PRESIDENTS[0]))
            }
            Role::Treasurer => Some(40),
            Role::Archivist => Some(50),
            Role::Party => None,
        };
        Actor { account, role }
    }

    fn matter(&self) -> Option<&'static Matter> {
        let day = self.case.acted_on.unwrap_or(Date::new(2025, 3, 1).expect("a day"));
        self.law.matters.on(self.profile.matter, day)
    }

    fn kind(&self) -> PartyKind {
        self.profile.party().kind(self.law.organ)
    }

    /// A penalty that the clause allows, as a rule; no more than `most` where something was announced or decided before.
    fn penalty(&self, before: Option<&Penalty>, dice: &mut Dice) -> Penalty {
        let matter = self.matter().expect("a matter in force");
        let band = matter.bands.of(self.kind());
        let mut kinds = BTreeSet::new();
        let mut fine = 0;
        let mut tier = None;
        if let Some(band) = band {
            let tiers: Vec<TierKind> = matter.tiers.iter().map(|tier| tier.kind).collect();
            let chosen = if tiers.is_empty() { None } else { Some(dice.of(&tiers)) };
            let within = chosen
                .and_then(|chosen| matter.tiers.iter().find(|tier| tier.kind == chosen))
                .and_then(|tier| tier.bands.of(self.kind()))
                .unwrap_or(band);
            fine = match dice.below(6) {
                0 => within.least.max(100),
                1 => within.most,
                2 => band.least.max(100),
                _ => within.least.max(100) + dice.below(within.most - within.least + 1) / 100 * 100,
            };
            tier = chosen;
            kinds.insert(PenaltyKind::Fine);
        }
        let mut confiscated = 0;
        for kind in [PenaltyKind::ConfiscateGain, PenaltyKind::ConfiscateGoods] {
            if matter.kinds.contains(&kind) && dice.once_in(2) {
                kinds.insert(kind);
                confiscated = 100 * (1 + dice.below(9_000));
            }
        }
        if matter.kinds.contains(&PenaltyKind::Warning) && (kinds.is_empty() || dice.once_in(3)) {
            (kinds, fine, confiscated) = (BTreeSet::from([PenaltyKind::Warning]), 0, 0);
        }
        let mut penalty = Penalty {
            kinds,
            fine,
            confiscated,
            quantity: None,
            tier,
            tier_reason: words(if dice.once_in(8) { "" } else { "情节" }),
            rule: Rule::OfTheAct,
            rule_reason: words("适用行为时的规定"),
        };
        if let Some(before) = before.filter(|_| !dice.once_in(8)) {
            // The same as before, or a little less.
            let less = if dice.once_in(2) { before.fine } else { before.fine - before.fine / 10 / 100 * 100 };
            penalty = Penalty { tier_reason: words("情节"), fine: less, ..before.clone() };
        }
        penalty
    }

    fn heaviest(&self, before: Option<&Penalty>, dice: &mut Dice) -> Penalty {
        let mut penalty = self.penalty(before, dice);
        if let Some(band) = self.matter().and_then(|matter| matter.bands.of(self.kind())) {
            penalty.kinds.insert(PenaltyKind::Fine);
            penalty.kinds.remove(&PenaltyKind::Warning);
            (penalty.fine, penalty.tier, penalty.tier_reason) = (band.most, Some(TierKind::Grave), words("情节严重"));
        }
        penalty
    }

    fn service(&self, dice: &mut Dice) -> Service {
        let mut service = Service::by(dice.of(&[
            Manner::Direct,
            Manner::Direct,
            Manner::Direct,
            Manner::Left,
            Manner::Post,
            Manner::Electronic,
            Manner::Announcement,
        ]));
        service.has_witness = !dice.once_in(5);
        service.has_consent = !dice.once_in(5);
        service.received_on = Some(self.day(-dice.below(3)));
        service.announced_on = Some(self.day(-30 - dice.below(3)));
        service.tried = words("直接、邮寄均未能送达");
        service
    }

    fn account(&self) -> Option<&Account> {
        self.case.account.as_ref()
    }

    fn payment(&self, dice: &mut Dice) -> Payment {
        let today = self.today();
        let (owed, late) = self.account().map_or((0, 0), |account| (account.owed(today), account.late_fee_owed(today)));
        let towards = if owed > 0 && !dice.once_in(4) { Towards::Fine } else { Towards::LateFee };
        let whole = if towards == Towards::Fine { owed } else { late };
        let amount = match dice.below(6) {
            0 => whole / 2,
            // More than is owed, which must not be kept.
            1 => whole + 1 + dice.below(50_000),
            _ => whole,
        };
        Payment { on: self.day(-dice.below(3)), amount, towards, receipt: words("票 0001") }
    }

    fn parts(&self, dice: &mut Dice) -> Vec<Instalment> {
        let owed = self.account().map_or(0, |account| account.owed(self.today()));
        let first = owed / 2;
        let begin = self.day(dice.below(10));
        if first == 0 {
            return Vec::new();
        }
        let next = begin.saturating_add(Span::new().days(20 + dice.below(40)));
        vec![
            Instalment { due_on: begin, amount: first },
            Instalment { due_on: next, amount: owed - first + i64::from(dice.once_in(9)) },
        ]
    }

    /// What can be done in the present stage, as somebody who knows the work would.
    fn sensible(&self, dice: &mut Dice) -> Vec<Next> {
        use Stage as S;
        let mut all: Vec<Next> = Vec::new();
        let case = &self.case;
        let law = self.law;
        let officers = self.two();
        let (own, others) = (officers.clone(), officers);
        let mut put = |weight: i64, role: Role, act: Act, at: Option<Moment>| all.push(Next { weight, role, act, at });
        let later = |days: i64| self.at(self.day(days));

        // Beside the way, at any time.
        put(1, Role::Helper, Act::RecordNote { words: words("劝阻") }, None);
        let paper = Named { kind: words("statement"), number: words("1号") };
        let on = self.today();
        put(1, Role::Officer, Act::NamePaper { paper: paper.clone(), on, reason: words("自备") }, None);
        let service = Service { paper: Some(paper), ..self.service(dice) };
        put(1, Role::Officer, Act::ServePaper { officers: own.clone(), service }, None);
        let posted = Act::PostAnnouncement {
            officers: own.clone(),
            paper: None,
            on: self.day(-dice.below(3)),
            tried: words("直接、邮寄均未能送达"),
        };
        put(1, Role::Officer, posted, None);
        if case.suspended_at.is_some() {
            put(60, Role::Head, Act::Resume, None);
        }
        for officer in &case.recusals_asked {
            put(40, Role::Head, Act::DecideRecusal { officer: *officer, is_granted: dice.once_in(2) }, None);
        }
        for one in case.registered.iter().filter(|one| one.disposal.is_none()) {
            let disposal = dice.of(&Disposal::OF_REGISTERED);
            put(12, Role::Head, Act::SettleEvidence { number: one.number, disposal }, None);
            put(8, Role::Head, Act::SettleEvidence { number: one.number, disposal: Disposal::Released }, None);
        }
        for one in case.seizures.iter().filter(|one| one.disposal.is_none()) {
            let number = one.number;
            if !one.is_approved {
                put(20, Role::Head, Act::ApproveSeizure { number }, None);
                put(10, Role::Head, Act::RefuseSeizure { number, reason: words("没有必要") }, None);
            }
            put(10, Role::Head, Act::ExtendSeizure { number, reason: words("案情复杂") }, None);
            let weight = if case.decision.is_some() || case.stage.waits_for().is_none() { 14 } else { 1 };
            let disposal = dice.of(&Disposal::OF_SEIZURE);
            let basis = words("某条例");
            put(weight, Role::Head, Act::EndSeizure { number, disposal, basis: basis.clone() }, None);
            put(weight, Role::Head, Act::EndSeizure { number, disposal: Disposal::Released, basis }, None);
        }
        if case.stage.is_undecided() {
            for kind in [Exclusion::Test, Exclusion::Appraisal, Exclusion::Announcement] {
                let is_open = case.excluded.iter().any(|one| one.kind == kind && one.until.is_none());
                if is_open {
                    put(25, Role::Head, Act::EndExcluded { kind }, None);
                } else if dice.once_in(6) {
                    put(2, Role::Head, Act::BeginExcluded { kind }, None);
                }
            }
            let people = BTreeSet::from(HEADS);
            put(1, Role::Head, Act::ExtendDecision { days: 30, people }, None);
            if let Some(officer) = case.can_be_recused().first() {
                put(1, Role::Party, Act::AskRecusal { officer: *officer, reason: words("亲属") }, None);
            }
            if !case.evidence.is_empty() {
                let is_excluded = dice.once_in(3);
                let judge = Act::JudgeEvidence { number: 1, is_excluded, words: words("审查") };
                put(1, dice.of(&[Role::Head, Role::LegalReviewer]), judge, None);
            }
            put(1, Role::Head, Act::Suspend { reason: words("等待结果") }, None);
            if dice.once_in(3) {
                let is_crime = dice.once_in(2);
                put(1, Role::Head, Act::Transfer { to: words("公安机关"), is_crime, is_told: true }, None);
                put(1, Role::Head, Act::Terminate { reason: words("无法查清"), ground: None }, None);
            }
        }
        for one in case.samples.iter().filter(|one| one.end.is_none()) {
            let (number, on, told) = (one.number, self.today(), words("灰分超标"));
            if one.result.is_none() {
                let service = self.service(dice);
                let act = Act::TellTestResult { officers: own.clone(), number, on, words: told, service };
                put(14, Role::Officer, act, None);
            }
            put(10, Role::Officer, Act::SettleSample { number, end: dice.of(SampleEnd::ALL) }, None);
        }
        for one in case.performances.iter().filter(|one| one.outcome.is_none() || one.is_untold()) {
            let number = one.number;
            if one.is_to_serve() {
                let service = self.service(dice);
                put(60, Role::Officer, Act::ServePerformance { officers: own.clone(), number, service }, None);
            }
            if one.is_to_remind() {
                let service = self.service(dice);
                put(80, Role::Officer, Act::RemindPerformance { officers: own.clone(), number, service }, None);
            }
            let found = words("已自行清除");
            put(
                3,
                Role::Officer,
                Act::StopPerformance { officers: own.clone(), number, words: found, by_party: dice.once_in(2) },
                None,
            );
            let day = if one.plan.ground.is_at_once() { self.today() } else { one.plan.on.max(self.today()) };
            let hour = |hour| law.calendar.moment(day, time(hour, 0, 0, 0));
            let spot = OnSpot {
                from: hour(if dice.once_in(8) { 5 } else { 10 }),
                until: hour(11),
                is_party_there: dice.once_in(2),
                is_signed_by_performer: true,
                is_signed: dice.once_in(2),
                witness: words(if dice.once_in(6) { "" } else { "何敏" }),
                is_peaceful: !dice.once_in(9),
                cost: 100 * dice.below(3_000),
                cost_reason: words(if dice.once_in(3) { "" } else { "加班" }),
            };
            let act = Act::Perform { officers: own.clone(), number, spot, words: words("装车运离") };
            put(20, Role::Officer, act, Some(hour(12)));
        }
        if case.stage.may_perform() && dice.once_in(4) {
            let ground = dice.of(Ground::ALL);
            let plan = Plan {
                duty: words("清除水泥管"),
                ground,
                reason: words("压占盲道"),
                manner: words("吊车装运"),
                performer: dice.of(Performer::ALL),
                name: words("某清运公司"),
                is_disinterested: !dice.once_in(6),
                budget: 100 * dice.below(3_000),
                on: self.day(if ground.is_at_once() { 0 } else { 8 + dice.below(12) }),
                is_no_building: !dice.once_in(8),
                is_unable: !dice.once_in(8),
            };
            put(8, Role::Head, Act::DecidePerformance { plan }, None);
        }
        let open_defence = case.defences.iter().find(|one| one.is_adopted.is_none()).map(|one| one.number);
        if let Some(number) = open_defence {
            let is_adopted = dice.once_in(2);
            put(30, Role::Officer, Act::AnswerDefence { number, is_adopted, words: words("复核") }, None);
        }
        // Before and within the inquiry: orders and measures.
        let before_inquiry = matches!(case.stage, S::Clue | S::Checked | S::AwaitingFiling | S::Investigating);
        if before_inquiry {
            let needs_order = self.matter().is_some_and(|matter| matter.condition.word() != "none");
            let outcome = case.order.as_ref().map(|order| order.outcome);
            match outcome {
                None => {
                    let weight = if needs_order && case.stage == S::Investigating { 24 } else { 1 };
                    let until = self.day(dice.below(3));
                    put(weight, Role::Officer, Act::OrderCorrection { officers: own.clone(), until }, None);
                }
                Some(None) => {
                    let outcome = dice.of(&[
                        Correction::NotCorrected,
                        Correction::NotCorrected,
                        Correction::Refused,
                        Correction::Corrected,
                    ]);
                    let at = if dice.once_in(5) { None } else { later(4) };
                    put(24, Role::Officer, Act::RecordCorrection { officers: own.clone(), outcome }, at);
                }
                Some(_) => {}
            }
            let may_seize = super::measures::seizure_basis(case, self.today(), &law).is_ok();
            for (kind, weight) in [(Measure::Register, 4), (Measure::Seize, if may_seize { 24 } else { 2 })] {
                if dice.once_in(3) {
                    let (items, reason) = (words("工具一批"), words("可能灭失"));
                    put(weight, Role::Officer, Act::AskMeasure { officers: own.clone(), kind, items, reason }, None);
                }
            }
            if dice.once_in(3) {
                let (items, reason) = (words("散装木炭｜机制炭｜2袋｜已封存｜0301"), words("送检"));
                let taking = Taking { card_shown: true, is_signed: dice.once_in(2), witness: words("何敏") };
                let ready = case.requests.iter().find(|one| one.is_open(Measure::Sample)).map_or(0, |one| one.number);
                let manner = words("随机抽取");
                let take =
                    Act::TakeSample { officers: own.clone(), items: items.clone(), manner, request: ready, taking };
                put(6, Role::Officer, take, None);
                let kind = Measure::Sample;
                put(3, Role::Officer, Act::AskMeasure { officers: own.clone(), kind, items, reason }, None);
            }
            for request in &case.requests {
                let number = request.number;
                if request.answer.is_none() {
                    let is_approved = !dice.once_in(4);
                    put(14, Role::Head, Act::AnswerMeasure { number, is_approved, words: words("意见") }, None);
                } else if request.is_open(Measure::Register) {
                    let (officers, items) = (own.clone(), words("工具一批"));
                    let act = Act::RegisterEvidence { officers, items, request: number, approved_by: None };
                    put(14, Role::Officer, act, None);
                } else if request.is_open(Measure::Seize) {
                    put(14, Role::Officer, seize(own.clone(), number), None);
                }
            }
            if dice.once_in(3) {
                put(if may_seize { 24 } else { 2 }, Role::Officer, seize(own.clone(), 0), None);
            }
        }
        let notice = case.notice().map(|notice| &notice.penalty);
        match case.stage {
            S::Clue | S::Checked => {
                if case.waits_for_assignment() {
                    put(60, Role::UnitLeader, Act::AssignClue { officers: own.clone() }, None);
                }
                if case.stage == S::Clue {
                    put(20, Role::Officer, Act::CheckClue { officers: own.clone(), words: words("属实") }, None);
                    put(2, Role::Head, Act::ExtendClueCheck { reason: words("案情复杂") }, None);
                } else {
                    put(40, Role::Officer, self.filing(dice), None);
                }
                put(1, Role::UnitLeader, Act::DropClue { reason: words("查无此事") }, None);
                let kind = self.kind();
                let is_small = self
                    .matter()
                    .and_then(|matter| matter.bands.of(kind))
                    .is_some_and(|band| band.least <= if kind == PartyKind::Citizen { 20_000 } else { 300_000 });
                let weight = if is_small { 20 } else { 1 };
                put(weight, Role::Officer, self.summary(dice), None);
            }
            S::AwaitingFiling => {
                let weight = if case.waits_for_opinion(&law).is_some() { 60 } else { 3 };
                let opinion = Act::GiveOpinion { is_agreed: true, words: words("同意") };
                put(weight, Role::UnitLeader, opinion, None);
                put(40, Role::Head, Act::ApproveFiling, None);
                put(3, Role::Head, Act::RefuseFiling { reason: words("不属于本机关") }, None);
            }
            S::Investigating => {
                let (card_shown, seen) = (true, words("现场情况"));
                let inspect = Act::InspectSite { officers: own.clone(), card_shown, words: seen };
                put(12, Role::Officer, inspect, None);
                let person = if dice.once_in(2) {
                    Asked::default()
                } else {
                    Asked { standing: Standing::Witness, name: words("乙"), relation: words("邻居") }
                };
                let inquire = Act::Inquire { officers: own.clone(), card_shown: true, person, words: words("问答") };
                put(8, Role::Officer, inquire, None);
                let evidence = Evidence {
                    kind: EvidenceKind::Thing,
                    words: words("照片"),
                    is_lawful: !dice.once_in(4),
                    is_monitoring: dice.once_in(3),
                    is_reviewed: dice.once_in(2),
                };
                put(5, Role::Officer, Act::AddEvidence { officers: own.clone(), evidence }, None);
                let weight = if case.investigators.len() < 2 { 60 } else { 1 };
                put(weight, Role::Head, Act::ChangeInvestigators { officers: others }, None);
                let has_orders = self.matter().is_some_and(|matter| matter.condition.word() == "none")
                    || case.order.as_ref().is_some_and(|order| order.outcome.is_some());
                let weight = if case.has_evidence() && has_orders { 30 } else { 2 };
                let penalty = if dice.once_in(4) { self.heaviest(None, dice) } else { self.penalty(None, dice) };
                let conclude = Act::ConcludeInquiry {
                    penalty: Some(penalty).filter(|_| !dice.once_in(12)),
                    exemption: words("不属于首违"),
                    is_public_interest: dice.once_in(10),
                    is_complex: dice.once_in(10),
                    other_act: String::new(),
                };
                put(weight, Role::Officer, conclude, None);
            }
            S::Concluded | S::Reviewed => {
                let weight = if case.waits_for_opinion(&law).is_some() { 60 } else { 2 };
                if case.stage == S::Concluded {
                    let opinion = Act::GiveOpinion { is_agreed: true, words: words("同意") };
                    put(weight, Role::UnitLeader, opinion, None);
                    put(14, Role::Officer, Act::AskReview, None);
                }
                put(8, Role::Head, discuss(), None);
                let proposed = case.conclusion.as_ref().and_then(|one| one.penalty.clone());
                let penalty = proposed.filter(|_| !dice.once_in(5)).unwrap_or_else(|| self.penalty(None, dice));
                // What was found after a defence may weigh more.
                let is_found = case.is_defended() && dice.once_in(2);
                let penalty = if is_found { self.heaviest(None, dice) } else { penalty };
                put(30, Role::Officer, self.notify(penalty, own, dice), None);
                self.ends(&mut put, dice);
            }
            S::InReview | S::InFinalReview => {
                let review = |is_passed| Act::ReviewCase {
                    is_passed,
                    is_first_time: false,
                    is_qualified: true,
                    words: words("意见"),
                };
                put(20, Role::LegalReviewer, review(true), None);
                put(2, Role::LegalReviewer, review(false), None);
            }
            S::Notified => {
                put(8, Role::Party, Act::Defend { words: words("申辩") }, None);
                let (statement, hearing) = (dice.once_in(2), dice.once_in(3));
                let is_signed = !dice.once_in(5);
                put(5, Role::Party, Act::WaiveRights { statement, hearing, is_signed }, None);
                if case.notice().is_some_and(|notice| notice.offers_hearing) {
                    put(24, Role::Party, Act::AskHearing, None);
                }
                let at = if dice.once_in(4) { None } else { later(8 + dice.below(10)) };
                put(20, Role::Officer, Act::CloseDefence, at);
                put(2, Role::Officer, self.notify(self.penalty(notice, dice), own, dice), None);
            }
            S::HearingAsked | S::HearingCalled => {
                let on = self.day(11 + dice.below(9));
                let president = dice.of(&PRESIDENTS);
                let weight = if case.stage == S::HearingAsked { 30 } else { 3 };
                put(weight, Role::Head, Act::CallHearing { on, president }, None);
                put(5, Role::Party, Act::WithdrawHearing { is_signed: true }, None);
                put(4, Role::Party, Act::Defend { words: words("申辩") }, None);
                if let Some(hearing) = case.hearing.as_ref().filter(|_| case.stage == S::HearingCalled) {
                    if hearing.president.is_none() {
                        put(30, Role::Head, Act::CallHearing { on, president }, None);
                    }
                    if case.summoned_at().is_none() {
                        let act = Act::ServeSummons { officers: own, service: self.service(dice) };
                        put(60, Role::Officer, act, None);
                    }
                    let hold = Act::HoldHearing { agents: dice.below(4) as u32, is_abandoned: dice.once_in(5) };
                    put(30, Role::HearingPresident, hold, hearing.on.and_then(|on| self.at(on)));
                    if let Some(president) = hearing.president {
                        let ask = Act::AskRecusal { officer: president, reason: words("亲属") };
                        put(1, Role::Party, ask, None);
                    }
                }
            }
            S::Heard => {
                put(30, Role::HearingPresident, Act::ReportHearing { words: words("报告") }, None);
            }
            S::Answered => {
                put(30, Role::Officer, Act::ProposeDecision, None);
                put(12, Role::Officer, Act::AskReview, None);
                put(8, Role::Head, discuss(), None);
                put(3, Role::Officer, self.notify(self.penalty(notice, dice), own, dice), None);
                put(2, Role::Party, Act::Defend { words: words("申辩") }, None);
                self.ends(&mut put, dice);
            }
            S::AwaitingDecision => {
                let penalty = self.penalty(notice, dice);
                let effect = dice.of(&[Effect::ByRule, Effect::ByRule, Effect::Yes, Effect::No]);
                // Late: where more time was given, or where it was not.
                let is_late = dice.once_in(if case.extensions.is_empty() { 25 } else { 3 });
                let at = later(100).filter(|_| is_late);
                put(40, Role::Head, Act::Decide { penalty, effect, effect_reason: words("理由") }, at);
                put(4, Role::Head, Act::ReturnProposal { reason: words("补充") }, None);
                put(10, Role::Head, discuss(), None);
                self.ends(&mut put, dice);
            }
            S::Decided => {
                put(30, Role::Officer, Act::Serve { officers: own, service: self.service(dice) }, None);
                self.falls(&mut put, dice);
            }
            S::SummaryDecided => {
                put(20, Role::Officer, self.collect(own, dice), None);
                self.cash(&mut put, dice);
                put(6, Role::Treasurer, Act::RecordPayment { payment: self.payment(dice) }, None);
                put(14, Role::Officer, Act::ReportSummary, None);
                self.remedies(&mut put, dice, 1);
                self.falls(&mut put, dice);
            }
            S::Executing => {
                put(3, Role::Officer, self.collect(own.clone(), dice), None);
                self.cash(&mut put, dice);
                let at = if dice.once_in(3) { later(10 + dice.below(50)) } else { None };
                put(30, Role::Treasurer, Act::RecordPayment { payment: self.payment(dice) }, at);
                put(3, Role::Party, Act::AskInstalments { reason: words("困难") }, None);
                if case.asked_instalments {
                    put(20, Role::Head, Act::GrantInstalments { parts: self.parts(dice) }, None);
                }
                if case.enforcement_suspended_at.is_some() {
                    put(12, Role::Head, Act::ResumeEnforcement, None);
                    let at = later(3 * 366 + 10).filter(|_| dice.once_in(2));
                    let ground = Some(EndGround::GivenUp);
                    put(8, Role::Head, Act::Terminate { reason: words("确无能力"), ground }, at);
                } else {
                    let ground = dice.of(SuspensionGround::ALL);
                    let (reason, is_harmless) = (words("暂无能力"), dice.once_in(2));
                    put(2, Role::Head, Act::SuspendEnforcement { ground, reason, is_harmless }, None);
                }
                let (parts, forgives) = (self.parts(dice), dice.once_in(2));
                let is_harmless = !dice.once_in(6);
                let agree = Act::AgreeEnforcement { parts, forgives, words: words("协议"), is_harmless };
                put(5, Role::Head, agree, later(20).filter(|_| dice.once_in(2)));
                self.refund(&mut put, dice);
                self.remedies(&mut put, dice, 3);
                let remind = Act::Remind { officers: own.clone(), service: self.service(dice) };
                let is_own = law.organ.own_power.is_some() && case.reminded_at.is_none();
                put(
                    if is_own { 30 } else { 10 },
                    Role::Officer,
                    remind,
                    later(20).filter(|_| is_own || dice.once_in(2)),
                );
                if case.reminded_at.is_some() && case.court_asked_at.is_none() {
                    put(4, Role::Party, Act::Defend { words: words("对催告的意见") }, None);
                    let window = self.account().and_then(|one| one.court_window(law.terms, law.calendar).ok());
                    let at = window.and_then(|(first, last)| {
                        let reach = first.until(last).map_or(0, |span| i64::from(span.get_days()));
                        self.at(first.saturating_add((dice.below(reach.max(1) + 5)).days()))
                    });
                    put(30, Role::Head, Act::AskCourt, at.filter(|_| !dice.once_in(5)));
                }
                let enforce = Act::EnforceMoney { words: words("划拨存款") };
                // An organ with a power of its own has no court to ask.
                let is_ripe = law.organ.own_power.is_some() && case.reminded_at.is_some();
                put(
                    if is_ripe { 60 } else { 4 },
                    Role::Head,
                    enforce,
                    later(40).filter(|_| is_ripe || dice.once_in(2)),
                );
                if case.court_asked_at.is_some() || case.enforced_at.is_some() {
                    let is_done = !dice.once_in(3);
                    put(20, Role::Officer, Act::RecordCourt { words: words("法院执行"), is_done }, None);
                }
                if let Some(decision) = &case.decision {
                    for kind in decision.penalty.kinds.iter().filter(|kind| !decision.performed.contains(kind)) {
                        put(10, Role::Officer, Act::RecordPerformance { kind: *kind }, None);
                    }
                }
                let ground = Some(dice.of(EndGround::ALL));
                put(1, Role::Head, Act::Terminate { reason: words("执行终结"), ground }, None);
                self.publication(&mut put);
                self.falls(&mut put, dice);
                put(14, Role::Officer, Act::ProposeClosing, None);
            }
            S::NotPunished | S::NotEstablished | S::Transferred | S::Terminated | S::Revoked => {
                put(20, Role::Officer, Act::ProposeClosing, None);
                self.refund(&mut put, dice);
                self.publication(&mut put);
                self.remedies(&mut put, dice, 2);
                self.cash(&mut put, dice);
                if case.stage == S::Terminated {
                    self.falls(&mut put, dice);
                }
            }
            S::AwaitingClosing => {
                let weight = if case.waits_for_opinion(&law).is_some() { 60 } else { 1 };
                let opinion = Act::GiveOpinion { is_agreed: true, words: words("同意") };
                put(weight, Role::UnitLeader, opinion, None);
                put(30, Role::Head, Act::ApproveClosing, None);
                self.publication(&mut put);
                self.remedies(&mut put, dice, 1);
                self.falls(&mut put, dice);
            }
            S::Closed => {
                let archive = Act::Archive {
                    volume: words("2025-0001"),
                    retention: words("long"),
                    bound_by: Some(50),
                    checked_by: Some(if dice.once_in(5) { 50 } else { 51 }),
                };
                put(20, Role::Archivist, archive, None);
                self.publication(&mut put);
                self.remedies(&mut put, dice, 2);
                self.falls(&mut put, dice);
            }
            S::Archived => {
                self.publication(&mut put);
                self.remedies(&mut put, dice, 6);
                self.falls(&mut put, dice);
            }
            S::NotFiled => {}
        }
        all
    }

    fn filing(&self, dice: &mut Dice) -> Act {
        let acted_on = if dice.once_in(12) { self.day(-365 * 3) } else { self.day(-dice.below(40)) };
        Act::ProposeFiling {
            officers: self.two(),
            party: self.profile.party(),
            matter: words(self.profile.matter),
            also: Vec::new(),
            acted_on,
            has_harm: dice.once_in(8),
            others: Vec::new(),
        }
    }

    fn summary(&self, dice: &mut Dice) -> Act {
        let kind = self.kind();
        let mut penalty = self.penalty(None, dice);
        if !dice.once_in(4) {
            let most = if kind == PartyKind::Citizen { 20_000 } else { 300_000 };
            let least = self.matter().and_then(|matter| matter.bands.of(kind)).map_or(0, |band| band.least);
            penalty.kinds.remove(&PenaltyKind::ConfiscateGain);
            penalty.kinds.remove(&PenaltyKind::ConfiscateGoods);
            (penalty.confiscated, penalty.tier_reason) = (0, words("情节"));
            if penalty.kinds.contains(&PenaltyKind::Fine) {
                // Small enough for cash, or not.
                penalty.fine =
                    if dice.once_in(2) { 10_000.max(least) } else { penalty.fine.clamp(least.min(most), most) };
            }
        }
        Act::DecideSummary {
            officers: self.two(),
            card_shown: !dice.once_in(9),
            party: self.profile.party(),
            matter: words(self.profile.matter),
            acted_on: self.today(),
            penalty,
            is_plain: true,
            is_told: !dice.once_in(9),
            is_handed_over: true,
            correction: dice.of(&[None, None, Some(Correction::Refused), Some(Correction::NotCorrected)]),
            others: Vec::new(),
            other_act: String::new(),
        }
    }

    fn notify(&self, penalty: Penalty, officers: Vec<Officer>, dice: &mut Dice) -> Act {
        let is_large =
            self.law.organ.offers_hearing(self.kind(), &penalty.kinds, penalty.fine, penalty.confiscated, self.today());
        let offers_hearing = if dice.once_in(8) { !is_large } else { is_large || dice.once_in(6) };
        let new_facts =
            words(if dice.once_in(if self.case.is_defended() { 2 } else { 4 }) { "新的事实" } else { "" });
        Act::NotifyParty { officers, penalty, offers_hearing, new_facts, service: self.service(dice) }
    }

    fn collect(&self, officers: Vec<Officer>, dice: &mut Dice) -> Act {
        let reason = match dice.below(3) {
            0 => SpotReason::Small,
            1 => SpotReason::HardLater(words("流动摊贩")),
            _ => SpotReason::Remote { place: words("岛上"), is_asked: !dice.once_in(4) },
        };
        let owed = self.account().map_or(0, |account| account.owed(self.today()));
        let amount = if dice.once_in(5) { owed + 100 } else { owed };
        Act::CollectOnSpot { officers, amount, reason, receipt: words("票 0002") }
    }

    fn cash(&self, put: &mut impl FnMut(i64, Role, Act, Option<Moment>), dice: &mut Dice) {
        for (index, cash) in self.case.cash.iter().enumerate().filter(|(_, cash)| cash.at_bank_on.is_none()) {
            let is_bank = cash.at_organ_on.is_some() != dice.once_in(6);
            put(14, Role::Treasurer, Act::HandOver { index, on: self.today(), is_bank }, None);
        }
    }

    fn refund(&self, put: &mut impl FnMut(i64, Role, Act, Option<Moment>), dice: &mut Dice) {
        let is_revoked = self.case.decision.as_ref().is_some_and(|decision| decision.is_set_aside);
        let account = self.case.account.as_ref().or(self.case.former.as_ref());
        let most = account.map_or(0, |account| account.refundable(self.today(), is_revoked));
        if most == 0 && !dice.once_in(8) {
            return;
        }
        let towards = dice.of(Towards::ALL);
        let paid = account.map_or(0, |account| {
            let sum = |all: &[Payment]| -> i64 {
                all.iter().filter(|one| one.towards == towards).map(|one| one.amount).sum()
            };
            sum(&account.payments) - sum(&account.refunds)
        });
        let amount = if dice.once_in(5) { most + 1 } else { most.min(paid) };
        let refund = Payment { on: self.today(), amount, towards, receipt: words("退 0001") };
        put(24, Role::Treasurer, Act::Refund { refund }, None);
    }

    fn remedies(&self, put: &mut impl FnMut(i64, Role, Act, Option<Moment>), dice: &mut Dice, weight: i64) {
        let account = self.case.account.as_ref();
        if account.is_some_and(Account::has_open_remedy) {
            let ending = dice.of(Ending::ALL);
            let at = if dice.once_in(2) { self.at(self.day(10 + dice.below(60))) } else { None };
            let on = at.map_or(self.today(), |at| self.law.calendar.date_of(at));
            put(8, Role::Party, Act::EndRemedy { on, ending }, at);
        } else if account.is_some() {
            let kind = dice.of(&[Exclusion::Review, Exclusion::Suit]);
            put(weight, Role::Party, Act::BeginRemedy { kind, on: self.day(-dice.below(4)) }, None);
        }
    }

    fn falls(&self, put: &mut impl FnMut(i64, Role, Act, Option<Moment>), dice: &mut Dice) {
        let decided = self.case.decision.as_ref().map(|decision| &decision.penalty);
        if dice.once_in(3) {
            put(1, Role::Head, Act::RevokeDecision { reason: words("主体有误") }, None);
            let penalty = self.penalty(decided, dice);
            put(1, Role::Head, Act::ChangeDecision { penalty, reason: words("变更") }, None);
        }
    }

    fn publication(&self, put: &mut impl FnMut(i64, Role, Act, Option<Moment>)) {
        let entry = Entry {
            number: words("望城管罚决字〔2025〕12号"),
            party: words("某公司"),
            facts: words("违法事实"),
            ..Entry::default()
        };
        let decision = self.case.decision.as_ref();
        let is_due = super::publication::is_due(&self.case, &self.law).is_some();
        put(if is_due { 24 } else { 2 }, Role::Officer, Act::Publish { entry: Box::new(entry) }, None);
        if decision.is_some_and(|one| one.published_at.is_some() || one.withdraw_since.is_some()) {
            let weight = if decision.is_some_and(|one| one.withdraw_since.is_some()) { 30 } else { 1 };
            put(weight, Role::Officer, Act::WithdrawPublication { reason: words("已撤销") }, None);
        }
    }

    /// Ends without a penalty.
    fn ends(&self, put: &mut impl FnMut(i64, Role, Act, Option<Moment>), dice: &mut Dice) {
        let ground = dice.of(ExemptionKind::ALL);
        let not_punish = Act::NotPunish {
            ground,
            is_corrected: !dice.once_in(4),
            is_first: !dice.once_in(4),
            education: words("教育"),
            has_circumstances: !dice.once_in(4),
            earlier: Vec::new(),
            reason: words("理由"),
            proof: words("证据"),
        };
        put(2, Role::Head, not_punish, None);
        if dice.once_in(3) {
            put(1, Role::Head, Act::NotEstablish { reason: words("证据不足") }, None);
            let weight = if self.case.is_defended() { 12 } else { 1 };
            put(weight, Role::Head, Act::ReopenInquiry { reason: words("补充调查") }, None);
        }
    }

    /// Anything at all: any act of any stage by anybody.
    fn absurd(&self, dice: &mut Dice) -> (Role, Act) {
        let elsewhere = Path {
            profile: self.profile,
            law: self.law,
            case: Case { stage: dice.of(Stage::ALL), ..self.case.clone() },
            now: self.now,
            facts: Vec::new(),
            before: self.case.clone(),
        };
        let mut all = elsewhere.sensible(dice);
        let index = dice.below(all.len() as i64) as usize;
        let next = all.swap_remove(index);
        let mut act = next.act;
        if let Act::Decide { penalty, .. } | Act::ChangeDecision { penalty, .. } | Act::NotifyParty { penalty, .. } =
            &mut act
        {
            *penalty = self.heaviest(None, dice);
        }
        (if dice.once_in(3) { dice.of(Role::ALL) } else { next.role }, act)
    }

    /// One throw of the dice: somebody tries something, and what is accepted is judged.
    fn step(&mut self, throw: u64, counts: &mut Counts) -> Result<(), String> {
        let dice = &mut Dice(throw);
        // Enough of what is over: only now and then somebody still tries something.
        let archived = self.facts.iter().filter(|fact| fact.what == Step::Archive).count();
        if (self.case.stage == Stage::NotFiled || archived > 1) && !dice.once_in(8) {
            return Ok(());
        }
        let (role, act, at) = if dice.once_in(12) {
            let (role, act) = self.absurd(dice);
            (role, act, None)
        } else {
            let mut all = self.sensible(dice);
            let sum: i64 = all.iter().map(|next| next.weight).sum();
            let mut left = dice.below(sum);
            let found = all.iter().position(|next| {
                left -= next.weight;
                left < 0
            });
            let next = all.swap_remove(found.unwrap_or(0));
            (next.role, next.act, next.at)
        };
        let hours = [0, 1, 1, 2, 3, 5, 20, 26][dice.below(8) as usize];
        let now = at.unwrap_or(self.now).max(self.now.plus(hours * 3_600_000));
        let actor = self.actor(role, dice);
        let Ok((after, fact)) = carry_out(&self.case, &actor, &act, now, &self.law) else { return Ok(()) };
        self.before = std::mem::replace(&mut self.case, after);
        self.now = now;
        *counts.stages.entry(self.case.stage).or_default() += u32::from(self.case.stage != self.before.stage);
        *counts.steps.entry(fact.what).or_default() += 1;
        self.facts.push(fact);
        self.judge(counts).map_err(|fault| format!("{fault}\nafter {act:?}"))
    }

    fn holds(fault: &str, is_so: bool) -> Result<(), String> {
        if is_so { Ok(()) } else { Err(fault.to_owned()) }
    }

    /// What must hold of a case after an act, by whatever path it came here.
    fn judge(&self, counts: &mut Counts) -> Result<(), String> {
        let (before, case, law) = (&self.before, &self.case, &self.law);
        let fact = self.facts.last().ok_or("no fact")?;
        let (act, role) = (&fact.act, fact.role);
        let gone = way(fact.what, before.stage);
        Self::holds("a way that the workflow does not have", gone.is_some_and(|way| way.to == case.stage))?;
        Self::holds("a post that may not", gone.is_some_and(|way| way.who.contains(&role)))?;
        Self::holds("a helper did more than note", role != Role::Helper || fact.what == Step::RecordNote)?;
        Self::holds("a revision was skipped", case.revision == before.revision + 1)?;
        Self::holds("time went back", case.last_at >= before.last_at)?;
        self.judge_people()?;
        match act {
            Act::Decide { .. } => self.judge_decision(before, counts)?,
            Act::DecideSummary { penalty, .. } => {
                let most = if self.kind() == PartyKind::Citizen { 20_000 } else { 300_000 };
                Self::holds("above what is fined on the spot", penalty.fine <= most)?;
                let on_spot = [PenaltyKind::Warning, PenaltyKind::Fine];
                Self::holds("a kind for the spot", penalty.kinds.iter().all(|kind| on_spot.contains(kind)))?;
            }
            Act::NotifyParty { penalty, new_facts, .. } => {
                if let Some(last) = before.notice().filter(|_| before.is_defended()) {
                    let is_heavier = penalty.fine > last.penalty.fine || penalty.confiscated > last.penalty.confiscated;
                    let is_found = before.conclusion.as_ref().is_some_and(|one| one.at > last.at);
                    Self::holds("raised for defending", !is_heavier || (!new_facts.is_empty() && is_found))?;
                    counts.mark("a heavier notice on new facts after a defence", is_heavier);
                }
            }
            Act::ChangeDecision { penalty, .. } => {
                let was = before.decision.as_ref().ok_or("changed nothing")?;
                Self::holds("changed into more", penalty.fine <= was.penalty.fine)?;
                Self::holds("changed into other kinds", penalty.kinds.is_subset(&was.penalty.kinds))?;
            }
            Act::ProposeClosing | Act::ApproveClosing => self.judge_closing(before, counts)?,
            Act::Perform { number, spot, .. } => {
                let one = before.performances.iter().find(|one| one.number == *number).ok_or("performed nothing")?;
                if !one.plan.ground.is_at_once() {
                    let reminded = law.calendar.date_of(one.reminded_at.ok_or("performed without a reminder")?);
                    let on = law.calendar.date_of(spot.from);
                    let between = reminded.series(1.days()).skip(1).take_while(|day| *day < on);
                    let worked =
                        between.filter(|day| law.calendar.is_working_day(*day).is_ok_and(|works| works)).count();
                    Self::holds("reminded too late", one.served_at.is_some() && worked >= 3)?;
                    let works = law.calendar.is_working_day(on).is_ok_and(|works| works);
                    Self::holds("performed on a day of rest", works)?;
                    counts.mark("a performance in the party's place", true);
                }
            }
            Act::HoldHearing { .. } => {
                let summoned = law.calendar.date_of(before.summoned_at().ok_or("a hearing without a summons")?);
                let between = summoned.series(1.days()).skip(1).take_while(|day| *day < self.today());
                let worked = between.filter(|day| law.calendar.is_working_day(*day).is_ok_and(|works| works)).count();
                Self::holds("summoned too late", worked >= 7)?;
            }
            Act::RecordPayment { .. } | Act::CollectOnSpot { .. } => {
                let (was, is) = before.account.as_ref().zip(case.account.as_ref()).ok_or("paid into nothing")?;
                let paid = is.payments.last().ok_or("nothing was paid")?;
                // A bank's list may tell of an earlier day after a later one.
                let last = is.payments.iter().map(|one| one.on).max().unwrap_or(paid.on);
                let sum = |all: &[Payment]| -> i64 {
                    all.iter().filter(|one| one.towards == paid.towards).map(|one| one.amount).sum()
                };
                let kept = sum(&is.payments) - sum(&is.refunds);
                let asked = match paid.towards {
                    Towards::Fine => is.fine,
                    Towards::LateFee => was.late_fee(last).amount - was.forgiven,
                };
                Self::holds("more than was owed was kept", kept <= asked)?;
            }
            _ => {}
        }
        if let Some(decision) = &case.decision {
            let is_new = before.decision.as_ref().is_none_or(|was| was.at != decision.at);
            let by = matches!(act, Act::Decide { .. } | Act::DecideSummary { .. } | Act::ChangeDecision { .. });
            Self::holds("a decision from nowhere", !is_new || by)?;
        }
        self.judge_money(counts)?;
        running(case, law);
        Ok(())
    }

    /// Whoever investigates, presides or reviews does only that one thing.
    fn judge_people(&self) -> Result<(), String> {
        let case = &self.case;
        let reviewers: BTreeSet<Id> = case.reviews.iter().map(|review| review.by).collect();
        Self::holds("an investigator reviewed", case.have_investigated.is_disjoint(&reviewers))?;
        Self::holds("an investigator presided", case.have_investigated.is_disjoint(&case.have_presided))?;
        Self::holds("a president reviewed", case.have_presided.is_disjoint(&reviewers))
    }

    fn judge_decision(&self, before: &Case, counts: &mut Counts) -> Result<(), String> {
        let (case, law) = (&self.case, &self.law);
        let decision = case.decision.as_ref().ok_or("no decision")?;
        let notice = case.notice().ok_or("decided without a notice")?;
        let (penalty, told) = (&decision.penalty, &notice.penalty);
        Self::holds("decided before the notice", decision.at >= notice.at)?;
        Self::holds("above the notice", penalty.fine <= told.fine && penalty.confiscated <= told.confiscated)?;
        Self::holds("a kind that was not announced", penalty.kinds.is_subset(&told.kinds))?;
        let over = |id: &str| {
            let end = law.terms.on(id, law.calendar.date_of(notice.at))?.end(notice.at, law.calendar, &[])?;
            Ok::<bool, crate::kit::error::Refusal>(end.is_over(decision.at))
        };
        let over = |id: &str| over(id).map_err(|refusal| refusal.key.to_owned());
        Self::holds("the statement was cut short", notice.statement_waived || over("statement")?)?;
        let hearing = case.hearing.as_ref().filter(|hearing| !hearing.is_withdrawn);
        let is_reported = hearing.is_some_and(|hearing| hearing.held_at.is_some() && hearing.reported_at.is_some());
        let is_let_pass = hearing.is_none() && (notice.hearing_waived || over("hearing-request")?);
        Self::holds(
            "no hearing, though it was offered",
            !notice.offers_hearing || is_reported || is_let_pass || {
                // Asked for, and given up in writing afterwards: only by taking it back.
                notice.hearing_waived && hearing.is_none()
            },
        )?;
        counts.mark("a decision after a hearing", is_reported);
        counts.mark(
            "a decision after a hearing that was taken back",
            case.hearing.as_ref().is_some_and(|one| one.is_withdrawn),
        );
        counts.mark("a decision after a hearing term that passed", notice.offers_hearing && is_let_pass);
        counts.mark("a decision after a defence", !case.defences.is_empty());
        counts.mark("a decision for less than announced", penalty.fine < told.fine);
        // The organ's thresholds, as its file has them.
        let from = if self.kind() == PartyKind::Citizen { 500_000 } else { 10_000_000 };
        Self::holds("a large fine without a hearing offered", told.fine < from || notice.offers_hearing)?;
        counts.mark("a decision about a large fine", penalty.fine >= from);
        Self::holds("a defence was not answered", case.defences.iter().all(|one| one.is_adopted.is_some()))?;
        Self::holds("no evidence", case.has_evidence())?;
        Self::holds("recusals are open", case.recusals_asked.is_empty())?;
        let concluded = case.conclusion.as_ref().ok_or("no conclusion")?;
        let since = Some(concluded.at).max(case.heard_at);
        if guards::needs_review(before, penalty, law.calendar.date_of(decision.at), law) {
            let counted = case.reviews.last().is_some_and(|one| one.is_passed && since.is_some_and(|at| one.at >= at));
            Self::holds("no legal review", counted)?;
            counts.mark("a decision that was reviewed", true);
        }
        if concluded.is_complex || penalty.fine >= if self.kind() == PartyKind::Citizen { 500_000 } else { 5_000_000 } {
            let counted =
                case.discussions.iter().any(|one| since.is_some_and(|at| one.at >= at) && one.people.len() >= 3);
            Self::holds("the heads did not discuss it", counted)?;
            counts.mark("a decision that was discussed", true);
        }
        // Counted day by day, not by the program's own way of counting.
        let filed = law.calendar.date_of(case.filed_at.ok_or("not filed")?);
        let mut left = 90 + case.extensions.iter().sum::<u32>();
        let mut day = filed;
        while left > 0 {
            day = day.tomorrow().map_err(|error| error.to_string())?;
            let is_out = case.excluded.iter().any(|one| day >= one.from && one.until.is_none_or(|until| day <= until));
            left -= u32::from(!is_out);
        }
        Self::holds("past the last day of the decision", law.calendar.date_of(decision.at) <= day)?;
        counts.mark("a decision after more than ninety days", {
            filed.until(law.calendar.date_of(decision.at)).is_ok_and(|span| span.get_days() > 90)
        });
        let band = self.matter().and_then(|matter| matter.bands.of(self.kind()));
        Self::holds("above the clause", penalty.fine <= band.map_or(0, |band| band.most))?;
        let is_child = self.profile.age.is_some_and(|age| age < 14);
        Self::holds("a child was punished", !is_child)
    }

    fn judge_closing(&self, before: &Case, counts: &mut Counts) -> Result<(), String> {
        let case = &self.case;
        let today = self.today();
        Self::holds("something is still seized", case.seizures.iter().all(|one| one.disposal.is_some()))?;
        Self::holds("registered evidence waits", case.registered.iter().all(|one| one.disposal.is_some()))?;
        Self::holds("a sample is still held", case.samples.iter().all(|one| one.end.is_some()))?;
        Self::holds("something is still to be done in the party's place", {
            case.performances.iter().all(|one| one.outcome.is_some() && !one.is_untold())
        })?;
        Self::holds("cash is on its way", case.cash.iter().all(|cash| cash.at_bank_on.is_some()))?;
        let decision = case.decision.as_ref();
        Self::holds("a publication is to be withdrawn", decision.is_none_or(|one| one.withdraw_since.is_none()))?;
        let is_due = super::publication::is_due(before, &self.law).is_some();
        Self::holds("a publication is due", !is_due)?;
        let is_revoked = decision.is_some_and(|one| one.is_set_aside);
        for account in [&case.account, &case.former].into_iter().flatten() {
            Self::holds("money is to go back", account.refundable(today, is_revoked) == 0)?;
        }
        counts.mark("a closing of a revoked decision", is_revoked);
        if before.stage == Stage::Executing && case.court.is_empty() {
            let owed = case.account.as_ref().map_or((0, 0), |one| (one.owed(today), one.late_fee_owed(today)));
            Self::holds("money is owed and nobody wrote why", owed == (0, 0))?;
            counts.mark(
                "a closing after late fees were paid",
                case.account
                    .as_ref()
                    .is_some_and(|one| one.payments.iter().any(|payment| payment.towards == Towards::LateFee)),
            );
        }
        counts.mark("a closing after what the court did", !case.court.is_empty());
        // The other ways to a closing begin with an act that has a written reason.
        let is_written = |fact: &Fact| fact.act.said().is_some_and(|said| !said.trim().is_empty());
        let gives_up = |fact: &&Fact| matches!(fact.what, Step::Terminate | Step::RevokeDecision);
        Self::holds("given up without a reason", self.facts.iter().filter(gives_up).all(is_written))
    }

    fn judge_money(&self, counts: &mut Counts) -> Result<(), String> {
        let case = &self.case;
        let today = self.today();
        let is_revoked = case.decision.as_ref().is_some_and(|one| one.is_set_aside);
        for account in [&case.account, &case.former].into_iter().flatten() {
            let fees = [0, 1, 40, 400].map(|days| account.late_fee(self.day(days)).amount);
            Self::holds("a late fee above the fine", fees.iter().all(|fee| *fee <= account.fine))?;
            Self::holds("a late fee that falls", fees.is_sorted())?;
            Self::holds("a debt below nothing", account.late_fee_owed(today) >= 0 && account.overdue(today) >= 0)?;
            let sum = |all: &[Payment]| -> i64 { all.iter().map(|one| one.amount).sum() };
            Self::holds("more went back than came", sum(&account.refunds) <= sum(&account.payments))?;
            // By a change to less, or by a payment of an earlier day; it holds the closing until it went back.
            counts.mark(
                "money to go back of a decision that stands",
                !is_revoked && account.refundable(today, false) > 0,
            );
            if is_revoked {
                let owed = (account.owed(today), account.overdue(today), account.late_fee_owed(today));
                Self::holds("a revoked decision is owed", owed == (0, 0, 0))?;
                counts.mark("money to go back of a revoked decision", account.refundable(today, true) > 0);
            }
            counts.mark("a late fee at its most", account.late_fee(today).is_capped);
        }
        Ok(())
    }

    /// The facts make the same case again, also after they were kept as text.
    fn judge_replay(&self) -> Result<(), String> {
        let kept = serde_json::to_string(&self.facts).map_err(|error| error.to_string())?;
        let facts: Vec<Fact> = serde_json::from_str(&kept).map_err(|error| error.to_string())?;
        let again = replay(&facts, &self.law).map_err(|refusal| format!("not replayed: {}", refusal.key))?;
        Self::holds("another case from the same facts", again.as_ref() == Some(&self.case))
    }
}

fn seize(officers: Vec<Officer>, request: u32) -> Act {
    let on_site = on_site();
    let (items, reason) = (words("工具一批"), words("正要运走"));
    Act::Seize {
        officers,
        items,
        request,
        approved_by: None,
        is_urgent: request == 0,
        is_necessity: false,
        on_site,
        reason,
    }
}

fn discuss() -> Act {
    Act::Discuss { people: BTreeSet::from(HEADS), words: words("一致同意") }
}

fn walk(seed: u64, throws: impl IntoIterator<Item = u64>, counts: &mut Counts) -> Result<Path, String> {
    let mut path = Path::begin(Profile::of(&mut Dice(seed)));
    for throw in throws {
        if let Err(fault) = path.step(throw, counts) {
            let steps: Vec<&str> = path.facts.iter().map(|fact| fact.what.word()).collect();
            return Err(format!("{:?} {steps:?}\n{fault}", path.profile));
        }
    }
    path.judge_replay()?;
    Ok(path)
}

/// How many paths are counted, and how many throws each has.
const PATHS: u64 = 500;
const THROWS: usize = 150;

#[test]
fn the_paths_reach_every_stage_and_every_act() {
    let mut counts = Counts::default();
    for seed in 0..PATHS {
        let mut dice = Dice(seed);
        let throws: Vec<u64> = (0..THROWS).map(|_| dice.next()).collect();
        if let Err(fault) = walk(seed, throws, &mut counts) {
            panic!("path {seed}: {fault}");
        }
    }
    // A clue is where every path begins.
    counts.stages.insert(Stage::Clue, PATHS as u32);
    counts.steps.insert(Step::ReceiveClue, PATHS as u32);
    println!("{counts:#?}");
    let stages = Stage::ALL.iter().map(|stage| (stage.word(), counts.stages.get(stage).copied()));
    let steps = Step::ALL.iter().map(|step| (step.word(), counts.steps.get(step).copied()));
    let marks = counts.marks.iter().map(|(what, times)| (*what, Some(*times)));
    let least = [10, 5, 3];
    let rare: Vec<(&str, u32)> = stages
        .map(|one| (one, least[0]))
        .chain(steps.map(|one| (one, least[1])))
        .chain(marks.map(|one| (one, least[2])))
        .filter_map(|((what, times), least)| (times.unwrap_or(0) < least).then_some((what, times.unwrap_or(0))))
        .collect();
    // A new act needs its line in `Path::sensible`, or no path takes it.
    assert!(rare.is_empty(), "reached too seldom to be guarded: {rare:?}");
}

/// What is changed in a case, and the fault that must be seen.
struct Tampering {
    /// After which act.
    after: Step,
    /// Of which cases.
    of: fn(&Case) -> bool,
    change: fn(&mut Case),
    fault: &'static str,
}

const fn tampering(after: Step, of: fn(&Case) -> bool, change: fn(&mut Case), fault: &'static str) -> Tampering {
    Tampering { after, of, change, fault }
}

fn fine_of(case: &Case) -> i64 {
    case.account.as_ref().map_or(0, |account| account.fine)
}

/// The judge of the paths sees what it is there for: lawful cases in which one thing is changed.
#[test]
fn what_the_law_forbids_is_seen() {
    let rows = [
        tampering(Step::Decide, |_| true, |case| case.notices.clear(), "decided without a notice"),
        tampering(
            Step::Decide,
            |_| true,
            |case| case.decision.iter_mut().for_each(|one| one.penalty.fine = i64::MAX),
            "above the notice",
        ),
        tampering(
            Step::Decide,
            |case| case.notice().is_some_and(|notice| !notice.statement_waived),
            |case| {
                let at = case.decision.as_ref().map(|one| one.at);
                case.notices.iter_mut().for_each(|notice| notice.at = at.unwrap_or(notice.at));
            },
            "the statement was cut short",
        ),
        tampering(
            Step::Decide,
            |case| case.notice().is_some_and(|notice| notice.offers_hearing) && case.heard_at.is_some(),
            |case| case.hearing.iter_mut().for_each(|hearing| hearing.reported_at = None),
            "no hearing, though it was offered",
        ),
        tampering(Step::Decide, |case| case.heard_at.is_some(), |case| case.reviews.clear(), "no legal review"),
        tampering(
            Step::Decide,
            |case| case.conclusion.as_ref().is_some_and(|one| one.is_complex),
            |case| case.discussions.clear(),
            "the heads did not discuss it",
        ),
        tampering(
            Step::Decide,
            |case| !case.defences.is_empty(),
            |case| case.defences.iter_mut().for_each(|one| one.is_adopted = None),
            "a defence was not answered",
        ),
        tampering(Step::Decide, |_| true, |case| case.evidence.clear(), "no evidence"),
        tampering(
            Step::Decide,
            |case| case.excluded.is_empty() && case.extensions.is_empty(),
            |case| case.filed_at = case.filed_at.map(|at| at.plus(-200 * 86_400_000)),
            "past the last day of the decision",
        ),
        tampering(
            Step::Decide,
            |case| !case.reviews.is_empty(),
            |case| case.have_investigated.extend(REVIEWERS),
            "an investigator reviewed",
        ),
        tampering(
            Step::Decide,
            |case| !case.have_presided.is_empty(),
            |case| case.have_investigated.extend(PRESIDENTS),
            "an investigator presided",
        ),
        tampering(
            Step::ApproveClosing,
            |_| true,
            |case| {
                let at = case.last_at;
                let (items, number, disposal) = (words("车"), 9, None);
                case.registered.push(super::case::Registered { number, at, items, approved_by: None, disposal });
            },
            "registered evidence waits",
        ),
        tampering(
            Step::ProposeClosing,
            |case| {
                case.court.is_empty() && fine_of(case) > 0 && !case.account.iter().any(|one| one.payments.is_empty())
            },
            |case| case.account.iter_mut().for_each(|account| account.payments.clear()),
            "money is owed and nobody wrote why",
        ),
        tampering(
            Step::ProposeClosing,
            |case| !case.cash.is_empty(),
            |case| case.cash.iter_mut().for_each(|cash| cash.at_bank_on = None),
            "cash is on its way",
        ),
        tampering(
            Step::RecordPayment,
            |case| case.account.iter().any(|one| one.payments.len() == 1 && one.remedies.is_empty()),
            |case| case.account.iter_mut().flat_map(|one| &mut one.payments).for_each(|one| one.amount *= 9),
            "more than was owed was kept",
        ),
        tampering(
            Step::RevokeDecision,
            |case| {
                let is_unpaid = |one: &Account| one.fine > 0 && one.payments.is_empty();
                case.account.as_ref().is_some_and(is_unpaid)
            },
            |case| case.account.iter_mut().for_each(|account| account.void_on = None),
            "a revoked decision is owed",
        ),
    ];
    let mut seen = vec![false; rows.len()];
    for seed in 0..PATHS {
        let mut path = Path::begin(Profile::of(&mut Dice(seed)));
        let mut dice = Dice(seed);
        for _ in 0..THROWS {
            let were = path.facts.len();
            path.step(dice.next(), &mut Counts::default()).expect("a lawful path");
            let Some(fact) = path.facts.get(were) else { continue };
            for (row, seen) in rows.iter().zip(&mut seen).filter(|(_, seen)| !**seen) {
                // From the stage in which the money is asked for.
                let is_elsewhere = row.after == Step::ProposeClosing && path.before.stage != Stage::Executing;
                if row.after != fact.what || is_elsewhere || !(row.of)(&path.case) {
                    continue;
                }
                let mut changed = path.clone();
                (row.change)(&mut changed.case);
                assert_eq!(changed.judge(&mut Counts::default()), Err(row.fault.to_owned()));
                *seen = true;
            }
        }
        if seen.iter().all(|seen| *seen) {
            return;
        }
    }
    let unseen: Vec<&str> = rows.iter().zip(seen).filter_map(|(row, seen)| (!seen).then_some(row.fault)).collect();
    panic!("no path had what these are about: {unseen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_path_leaves_the_law(seed in any::<u64>(), throws in prop::collection::vec(any::<u64>(), 1..160)) {
        let walked = walk(seed, throws, &mut Counts::default());
        prop_assert!(walked.is_ok(), "{}", walked.err().unwrap_or_default());
    }
}
