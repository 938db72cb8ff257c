//! Restless people: whoever it is, they open a case, send some form of its page, or an old one again. Whatever they do, the
//! promises hold: nobody verifies or closes their own work, history only grows, nothing is closed that was not filed,
//! dispatched, handled, fed back and verified, and nobody is ever answered with a failure.

use crate::browser::{Browser, Form, photo, words};
use crate::on_both;
use crate::world::World;
use std::collections::BTreeMap;
use steward::kit::id::Id;
use steward::timeline::store::Line;

const PEOPLE: [&str; 10] = [
    "acceptor1",
    "shift1",
    "dispatcher1",
    "keeper1",
    "keeper2",
    "desk-municipal",
    "desk-garden",
    "crew-road",
    "crew-garden",
    "leader",
];
const CELL: &str = "990100001001002";
/// What ends a case early, or takes it from those who walk here.
const ENDING: [&str; 11] = [
    "/void",
    "/decline",
    "/merge",
    "/return",
    "/send-back",
    "/force-close",
    "/ask-void",
    "/split",
    "/territory",
    "/supervise",
    "/suspend",
];
/// What leaves a case where it is.
const STAYING: [&str; 5] = ["/locate", "/ask-check", "/join", "/mark-urgent", "/postpone"];

/// A small generator of chance, the same for every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most.max(1)
    }
}

/// The addresses of a page's forms that go to this case.
fn acts(page: &str, case: Id) -> Vec<String> {
    let wanted = format!("/cases/{case}/");
    let plain = crate::browser::plain(page);
    let mut found: Vec<String> = plain
        .split("action=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|action| action.starts_with(&wanted))
        .map(str::to_owned)
        .collect();
    found.dedup();
    found
}

async fn history(world: &World, case: Id) -> Vec<Line> {
    let read = world.app.db.read(move |tx| async move {
        Ok::<_, steward::kit::error::Error>(steward::timeline::store::history(&tx, "case", case, false).await?)
    });
    // What clocks, call-outs and whistles say of a case is nobody's act on it.
    let mut history: Vec<Line> = read.await.expect("a history");
    history.retain(|line| line.body.get("revision").is_some());
    history
}

/// What one case's history must be, whoever wrote it.
fn promises(case: Id, history: &[Line]) {
    let told = || history.iter().map(|line| format!("{} by {:?}", line.kind, line.author)).collect::<Vec<_>>();
    for (at, line) in history.iter().enumerate() {
        let before = &history[..at];
        let since = before.iter().rposition(|old| old.kind == "case_reopened").map_or(0, |at| at + 1);
        let worked = |old: &&Line| {
            matches!(
                old.kind.as_str(),
                "case_dispatched"
                    | "crew_assigned"
                    | "task_accepted"
                    | "work_handed_in"
                    | "case_fed_back"
                    | "work_rejected"
            )
        };
        if matches!(line.kind.as_str(), "verification_passed" | "verification_failed" | "case_closed") {
            let own = before.iter().filter(worked).any(|old| old.author.is_some() && old.author == line.author);
            assert!(!own, "{case}: own work: {:?}", told());
        }
        if line.kind == "case_closed" {
            assert!(before.iter().any(|old| old.kind == "case_filed"), "{case}: closed without filing: {:?}", told());
            let by_parts = before[since..].iter().any(|old| old.kind == "parts_ended");
            for what in ["case_dispatched", "work_handed_in", "case_fed_back", "verification_passed"] {
                let is_there = by_parts || before[since..].iter().any(|old| old.kind == what);
                assert!(is_there, "{case}: closed without {what}: {:?}", told());
            }
        }
        if line.kind == "work_handed_in" {
            let photos = line.body.get("photos").and_then(|photos| photos.as_array()).map_or(0, Vec::len);
            assert!(photos > 0, "{case}: handed in without a photo");
        }
        if matches!(
            line.kind.as_str(),
            "case_voided" | "report_declined" | "case_returned" | "return_asked" | "case_force_closed"
        ) {
            assert!(
                line.body.get("reason").is_some_and(|reason| reason.is_string()),
                "{case}: {} says no reason",
                line.kind
            );
        }
    }
}

/// The log makes the case again, with its clocks.
pub async fn is_made_again(world: &World, case: Id) {
    let read = world.app.db.read(move |tx| async move {
        let kept = (
            steward::cases::store::load(&tx, case, &steward::cases::store::Scope::All).await?.case,
            steward::cases::store::timers(&tx, case).await?,
        );
        Ok::<_, steward::kit::error::Error>((kept, steward::cases::replaying::again(&tx, case).await?))
    });
    let ((case, timers), (again, clocks)) = read.await.expect("the log can be read");
    assert_eq!(again, case);
    // When a clock rings next is not in the log: it has rung or not.
    let plain = |timers: Vec<steward::cases::timer::Timer>| -> Vec<_> {
        timers.into_iter().map(|timer| steward::cases::timer::Timer { alert_at: None, ..timer }).collect()
    };
    assert_eq!(plain(clocks), plain(timers));
}

/// Fills a form in with whatever it offers.
fn filled(dice: &mut Dice, mut form: Form) -> Form {
    let names: Vec<String> = form.fields.iter().map(|(name, _)| name.clone()).collect();
    for name in names {
        let offers = form.offers(&name);
        if !offers.is_empty() && form.value(&name).is_empty() && dice.below(8) > 0 {
            let at = dice.below(offers.len());
            form.put(&name, &offers[at]);
        }
    }
    // Radio buttons that nobody pressed are no fields yet.
    for name in ["found", "passed", "granted", "accepts"] {
        let offers = form.offers(name);
        if !offers.is_empty() {
            form.put(name, if dice.below(4) == 0 { &offers[offers.len() - 1] } else { &offers[0] });
        }
    }
    for (act, name) in [("/decide", "granted"), ("/decide-void", "granted"), ("/review-appeal", "accepts")] {
        // Two buttons: whoever decides presses one of them.
        if form.action.ends_with(act) {
            form.put(name, ["yes", "no"][dice.below(2)]);
        }
    }
    for (name, value) in
        [("amount", "2"), ("until", "2026-04-20"), ("words", "请尽快办理"), ("answer_by", "2026-12-01T10:00")]
    {
        if form.fields.iter().any(|(field, _)| field == name) {
            form.put(name, value);
        }
    }
    if form.action.ends_with("/locate") {
        form.put("cell", CELL);
    }
    form.put("note", ["", "已看过", "请尽快"][dice.below(3)]);
    if form.takes_files() && dice.below(6) > 0 {
        form.attach("after.jpg", photo("manhole-after"));
    }
    form
}

async fn let_loose(world: &World, seed: u64, steps: usize) -> BTreeMap<String, usize> {
    let mut dice = Dice(seed);
    let mut people = Vec::new();
    for login in PEOPLE {
        people.push((login, Browser::signed_in(world, login).await));
    }
    let mut cases = Vec::new();
    for number in 0..3 {
        // Now and then a keeper's own.
        let who = if number == 2 { people[3].1.clone() } else { Browser::new(world) };
        let mut form = who.form("/report", "/report").await;
        form.put("words", &format!("第 {number} 处：井盖响，{seed}"));
        form.put("address", &format!("书院路 {number} 号"));
        let answer = who.send(&form).await;
        assert_eq!(answer.status, 303, "{}", words(&answer.text));
    }
    for _ in 0..200 {
        steward::cases::following::follow_once(&world.app).await.expect("the news");
        let read = world.app.db.read(|tx| async move {
            let (scope, filter) = (steward::cases::store::Scope::All, steward::cases::store::Filter::default());
            Ok::<_, steward::kit::error::Error>(steward::cases::store::lines(&tx, &scope, &filter).await?.rows)
        });
        cases = read.await.expect("the cases").into_iter().map(|line| line.id).collect();
        if cases.len() == 3 {
            break;
        }
    }
    assert_eq!(cases.len(), 3);
    let mut old: Vec<(usize, Form)> = Vec::new();
    let mut histories: BTreeMap<Id, Vec<Line>> = BTreeMap::new();
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..steps {
        world.clock.set(world.clock.now().plus(60_000));
        let case = cases[dice.below(cases.len())];
        let (mut who, mut form) = (dice.below(people.len()), None);
        if dice.below(6) == 0 && !old.is_empty() {
            // An old form, by whoever had it or by somebody else.
            let (owner, stale) = old[dice.below(old.len())].clone();
            who = if dice.below(2) == 0 { owner } else { who };
            form = Some(stale);
        } else {
            // Mostly somebody who can do something.
            for _ in 0..12 {
                let page = people[who].1.look(&format!("/cases/{case}")).await;
                let acts = if page.status == 200 { acts(&page.text, case) } else { Vec::new() };
                // What ends a case early or leaves it where it is happens now and then only.
                let (ends, stays) = (dice.below(15) == 0, dice.below(6) == 0);
                let is_any = |act: &String, of: &[&str]| of.iter().any(|end| act.ends_with(end));
                let acts: Vec<_> = acts
                    .into_iter()
                    .filter(|act| ends || !is_any(act, &ENDING))
                    .filter(|act| stays || !is_any(act, &STAYING))
                    .collect();
                if let Some(action) = acts.get(dice.below(acts.len())) {
                    form = Form::find(&page.text, action).map(|found| filled(&mut dice, found));
                    break;
                }
                who = dice.below(people.len());
            }
        }
        let Some(form) = form else { continue };
        let answer = people[who].1.send(&form).await;
        let name = form.action.rsplit('/').next().unwrap_or_default().to_owned();
        match answer.status {
            303 => *done.entry(name).or_default() += 1,
            422 => assert!(words(&answer.text).chars().any(|letter| letter > '\u{2e80}'), "a refusal says why"),
            403 | 404 => {}
            other => panic!("{} as {}: {other}: {}", form.action, people[who].0, words(&answer.text)),
        }
        old.push((who, form));
        for case in &cases {
            let now = history(world, *case).await;
            let then = histories.get(case).cloned().unwrap_or_default();
            assert!(now.starts_with(&then), "{case}: history only grows");
            if answer.status != 303 {
                assert_eq!(now.len(), then.len().max(now.len().min(1)), "{case}: a refused act left a trace");
            }
            promises(*case, &now);
            is_made_again(world, *case).await;
            histories.insert(*case, now);
        }
    }
    done
}

on_both!(whatever_anybody_does_the_promises_hold, |world: World| async move {
    world.settle().await;
    let done = let_loose(&world, 20_260_310, 240).await;
    // The walk got somewhere: most acts were done, and cases came to their end.
    for act in ["accept", "check", "file", "dispatch", "take", "hand-in", "feed-back", "ask-verification", "verify"] {
        assert!(done.contains_key(act), "nobody did {act}: {done:?}");
    }
});
