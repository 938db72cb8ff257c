//! Restless people: whoever it is, they open a case, send some form of its page, or an old one again. Whatever they do, the
//! promises hold: nobody verifies or closes their own work, history only grows, nothing is closed that was not filed,
//! dispatched, handled, fed back and verified, and nobody is ever answered with a failure.

use crate::browser::{Browser, Form, photo, words};
use crate::on_both;
use crate::world::World;
use std::collections::BTreeMap;
use steward::cases::case::{Case, Stage};
use steward::cases::store;
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
const STAYING: [&str; 6] = ["/locate", "/ask-check", "/join", "/mark-urgent", "/clear-urgent", "/postpone"];

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
            // What a keeper mended on the spot is closed when another has looked; everything else went the whole way.
            let on_the_spot = before[since..].iter().rposition(|old| old.kind == "case_self_handled");
            let is_mended = on_the_spot.is_some_and(|at| {
                let later = &before[since + at..];
                later.iter().all(|old| !matches!(old.kind.as_str(), "verification_failed" | "case_sent_back"))
            });
            // A part was filed with its whole.
            let is_part = before.first().is_some_and(|opened| opened.body["case"]["parent"].is_number());
            let is_filed = is_part || before.iter().any(|old| old.kind == "case_filed");
            assert!(is_mended || is_filed, "{case}: closed without filing: {:?}", told());
            let by_parts = before[since..].iter().any(|old| old.kind == "parts_ended");
            let wanted: &[&str] = match is_mended {
                true => &["verification_passed"],
                false => &["case_dispatched", "work_handed_in", "case_fed_back", "verification_passed"],
            };
            for what in wanted {
                let is_there = by_parts || before[since..].iter().any(|old| old.kind == *what);
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
        let kept = (store::load(&tx, case, &store::Scope::All).await?.case, store::timers(&tx, case).await?);
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
    if form.action.ends_with("/split") {
        // Two departments whose people walk here.
        for row in 1..=10 {
            form.put(&format!("department_{row}"), "");
        }
        form.choose("department_1", "市政设施维护中心");
        form.choose("department_2", "园林绿化中心");
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

/// Everybody anew: whoever does nothing for half an hour is signed out.
async fn signed_in(world: &World) -> Vec<(&'static str, Browser)> {
    let mut people = Vec::new();
    for login in PEOPLE {
        people.push((login, Browser::signed_in(world, login).await));
    }
    people
}

async fn reported(world: &World, people: &[(&'static str, Browser)], number: usize, seed: u64) {
    // Now and then a keeper's own.
    let who = if number % 3 == 2 { people[3].1.clone() } else { Browser::new(world) };
    let mut form = who.form("/report", "/report").await;
    form.put("words", &format!("第 {number} 处：井盖响，{seed}"));
    form.put("address", &format!("书院路 {number} 号"));
    if number % 3 != 1 {
        // What nobody has located is not filed, so some is on the ground from the beginning.
        form.put("cell", CELL);
    }
    if number % 3 == 2 {
        // What a keeper mends on the spot, they show before and after.
        form.attach("before.jpg", photo("manhole-before"));
    }
    let mut answer = who.send(&form).await;
    if let Some(again) = Form::find(&answer.text, "/report").filter(|_| answer.status == 200) {
        // Similar reports were shown: this is another problem.
        answer = who.send(&again).await;
    }
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
}

/// Every case that is there: also parts, and what has ended.
async fn all_cases(world: &World) -> Vec<Case> {
    let read = world.app.db.read(|tx| async move {
        let (scope, filter) = (store::Scope::All, store::Filter { with_ended: true, ..store::Filter::default() });
        let rows = store::tasks(&tx, &scope, filter, 1000).await?.rows;
        Ok::<_, steward::kit::error::Error>(rows.into_iter().map(|row| row.case).collect::<Vec<Case>>())
    });
    let mut cases = read.await.expect("the cases");
    cases.sort_by_key(|case| case.id);
    cases
}

/// What is true of wholes and parts at any moment.
fn wholes_and_parts(cases: &[Case]) {
    for whole in cases.iter().filter(|case| !case.branches.parts.is_empty()) {
        let parts: Vec<&Case> =
            whole.branches.parts.iter().filter_map(|part| cases.iter().find(|case| case.id == part.case)).collect();
        assert_eq!(parts.len(), whole.branches.parts.len(), "{}: a part is lost", whole.number);
        for (kept, part) in whole.branches.parts.iter().zip(&parts) {
            assert_eq!(part.parent, Some(whole.id), "{}", part.number);
            // What ended with the whole, the whole need not note.
            let is_told = kept.is_over == part.stage.is_over() || whole.stage.is_over();
            assert!(is_told, "{}: {} is {}", whole.number, part.number, part.stage);
        }
        let open: Vec<&&Case> = parts.iter().filter(|part| !part.stage.is_over()).collect();
        assert_eq!(whole.stage == Stage::Split, !open.is_empty(), "{}: {} with {open:?}", whole.number, whole.stage);
        if whole.stage == Stage::Split && open.len() == parts.len() {
            let due = open.iter().map(|part| part.due_at).collect::<Option<Vec<_>>>();
            let last = due.and_then(|due| due.into_iter().max());
            assert_eq!(whole.due_at, last, "{}: due with its last part", whole.number);
        }
    }
}

/// How a walk goes.
struct Walk {
    seed: u64,
    /// At least so many steps; up to nine times as many when something of `until` was not done by then.
    steps: usize,
    /// What must have been done at the end.
    until: &'static [&'static str],
    /// What is done rather than anything else while it was never done.
    wanted: &'static [&'static str],
    /// True when `until` is one way, in its order: once the steps are over, whoever can bring the case that came furthest on
    /// does; otherwise whoever can do what nobody did, or what must come before it. So the walk ends whatever chance says.
    is_one_way: bool,
}

/// How far a case has come on the main way; 0 when it is beside it or at its end.
fn progress(case: &Case) -> usize {
    let is_beside = matches!(case.stage, Stage::Returning | Stage::Split | Stage::AwaitingClosing);
    if is_beside || case.stage.is_over() {
        return 0;
    }
    Stage::ALL.iter().position(|stage| *stage == case.stage).map_or(0, |place| place + 1)
}

/// The forms that some people have for a case.
async fn offers(people: &[(&'static str, Browser)], some: &[usize], case: Id) -> Vec<(usize, Form)> {
    let mut found = Vec::new();
    for &who in some {
        let page = people[who].1.look(&format!("/cases/{case}")).await;
        if page.status == 200 {
            let forms = acts(&page.text, case).into_iter().filter_map(|action| {
                // The second button of a form goes elsewhere.
                let of = action.replace("/redo", "/feed-back");
                Form::find(&page.text, &of).map(|form| form.to(action))
            });
            found.extend(forms.map(|form| (who, form)));
        }
    }
    found
}

fn act_of(form: &Form) -> String {
    form.action.rsplit('/').next().unwrap_or_default().to_owned()
}

/// A form of what nobody has done yet, whichever case and whoever has it; where nobody has one, a form of what must come before it.
async fn towards(
    people: &[(&'static str, Browser)],
    cases: &[Case],
    walk: &Walk,
    done: &BTreeMap<String, usize>,
    dice: &mut Dice,
) -> Option<(usize, Form)> {
    let missing: Vec<&str> = walk.until.iter().filter(|act| !done.contains_key(**act)).copied().collect();
    let before: Vec<&str> =
        BEFORE.iter().filter(|(act, _)| missing.contains(act)).flat_map(|(_, before)| before.iter().copied()).collect();
    let everybody: Vec<usize> = (0..people.len()).collect();
    let (mut next, first) = (None, dice.below(cases.len()));
    for number in 0..cases.len().min(6) {
        let case = &cases[(first + number) % cases.len()];
        if case.stage.is_over() && !missing.contains(&"reopen") {
            continue;
        }
        let offers = offers(people, &everybody, case.id).await;
        let of = |acts: &[&str]| -> Vec<(usize, Form)> {
            offers.iter().filter(|(_, form)| acts.contains(&act_of(form).as_str())).cloned().collect()
        };
        let (wanted, leading) = (of(&missing), of(&before));
        if let Some((who, form)) = wanted.get(dice.below(wanted.len())).cloned() {
            return Some((who, filled(dice, form)));
        }
        if let Some((who, form)) = leading.get(dice.below(leading.len())).cloned() {
            next = Some((who, filled(dice, form)));
        }
    }
    next
}

async fn let_loose(world: &World, walk: Walk) -> BTreeMap<String, usize> {
    let mut dice = Dice(walk.seed);
    let mut people = signed_in(world).await;
    for number in 0..3 {
        reported(world, &people, number, walk.seed).await;
    }
    let mut cases = Vec::new();
    for _ in 0..200 {
        steward::cases::following::follow_once(&world.app).await.expect("the news");
        cases = all_cases(world).await;
        if cases.len() == 3 {
            break;
        }
    }
    assert_eq!(cases.len(), 3);
    let mut old: Vec<(usize, Form)> = Vec::new();
    let mut histories: BTreeMap<Id, Vec<Line>> = BTreeMap::new();
    let mut revisions: BTreeMap<Id, i64> = BTreeMap::new();
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    let (mut stuck, mut tries) = (std::collections::BTreeSet::new(), 0);
    for step in 0..9 * walk.steps {
        if step >= walk.steps && walk.until.iter().all(|act| done.contains_key(*act)) {
            break;
        }
        world.clock.set(world.clock.now().plus(60_000));
        if step % 60 == 59 {
            // Days pass now and then: clocks run out, and what waits for its day goes on.
            world.clock.set(world.clock.now().plus(2 * 86_400_000));
            steward::cases::watching::sweep(&world.app).await.expect("the clocks");
            people = signed_in(world).await;
            for case in all_cases(world).await {
                histories.insert(case.id, history(world, case.id).await);
            }
        }
        if step % 40 == 20 {
            reported(world, &people, 3 + step, walk.seed).await;
            steward::cases::following::follow_once(&world.app).await.expect("the news");
            cases = all_cases(world).await;
        }
        let is_over_time = step >= walk.steps && dice.below(4) > 0;
        let is_hurried = is_over_time && walk.is_one_way;
        let furthest = cases.iter().filter(|case| !stuck.contains(&case.id)).max_by_key(|case| progress(case));
        let furthest = furthest.filter(|_| is_hurried);
        let case = furthest.map_or_else(|| cases[dice.below(cases.len())].id, |case| case.id);
        let mut chosen = None;
        if is_hurried {
            let everybody: Vec<usize> = (0..people.len()).collect();
            let place = |form: &Form| walk.until.iter().position(|act| *act == act_of(form));
            let ways = offers(&people, &everybody, case).await.into_iter().filter(|(_, form)| place(form).is_some());
            let ways: Vec<(usize, Form)> = ways.collect();
            let last = ways.iter().filter_map(|(_, form)| place(form)).max();
            let of_last: Vec<&(usize, Form)> = ways.iter().filter(|(_, form)| place(form) == last).collect();
            if !of_last.is_empty() {
                let (who, form) = of_last[dice.below(of_last.len())].clone();
                chosen = Some((who, filled(&mut dice, form)));
            }
            // Whoever waits here in vain goes on with another case.
            tries += 1;
            if of_last.is_empty() || tries > 8 {
                stuck.insert(case);
                tries = 0;
            }
        } else if is_over_time {
            chosen = towards(&people, &cases, &walk, &done, &mut dice).await;
        } else if dice.below(8) == 0 && !old.is_empty() {
            // An old form, by whoever had it or by somebody else.
            let (owner, stale) = old[dice.below(old.len())].clone();
            chosen = Some((if dice.below(2) == 0 { owner } else { dice.below(people.len()) }, stale));
        } else {
            let some: Vec<usize> = (0..5).map(|_| dice.below(people.len())).collect();
            let offers = offers(&people, &some, case).await;
            // What nobody has done yet is tried first; else mostly what brings a case on.
            let count = |form: &Form| done.get(&act_of(form)).copied().unwrap_or(0);
            let is_new = |form: &Form| count(form) == 0 && walk.wanted.contains(&act_of(form).as_str());
            let is_any = |form: &Form, of: &[&str]| of.iter().any(|end| form.action.ends_with(end));
            let (ends, stays, is_keen) = (dice.below(15) == 0, dice.below(6) == 0, dice.below(3) > 0);
            let new: Vec<_> = offers.iter().filter(|(_, form)| is_keen && is_new(form)).cloned().collect();
            let plain = offers.into_iter().filter(|(_, form)| ends || !is_any(form, &ENDING));
            let plain: Vec<_> = plain.filter(|(_, form)| stays || !is_any(form, &STAYING)).collect();
            let from = if new.is_empty() { plain } else { new };
            if let Some((who, form)) = from.get(dice.below(from.len())).cloned() {
                chosen = Some((who, filled(&mut dice, form)));
            }
        }
        let Some((who, form)) = chosen else { continue };
        let answer = people[who].1.send(&form).await;
        match answer.status {
            303 => {
                *done.entry(act_of(&form)).or_default() += 1;
                tries = 0;
            }
            422 => assert!(words(&answer.text).chars().any(|letter| letter > '\u{2e80}'), "a refusal says why"),
            403 | 404 => {}
            other => panic!("{} as {}: {other}: {}", form.action, people[who].0, words(&answer.text)),
        }
        cases = all_cases(world).await;
        wholes_and_parts(&cases);
        for case in &cases {
            // What nobody touched and what has not moved has the history that it had.
            let is_touched = form.action.starts_with(&format!("/cases/{}/", case.id));
            if !is_touched && revisions.insert(case.id, case.revision) == Some(case.revision) {
                continue;
            }
            let now = history(world, case.id).await;
            let then = histories.get(&case.id).cloned().unwrap_or_default();
            if now.len() == then.len() {
                continue;
            }
            assert!(now.starts_with(&then), "{}: history only grows", case.number);
            if answer.status != 303 {
                assert_eq!(now.len(), then.len().max(now.len().min(1)), "{}: a refused act left a trace", case.number);
            }
            promises(case.id, &now);
            is_made_again(world, case.id).await;
            histories.insert(case.id, now);
        }
        old.push((who, form));
    }
    for case in &cases {
        is_made_again(world, case.id).await;
    }
    done
}

on_both!(whatever_anybody_does_the_promises_hold, |world: World| async move {
    // Chance decides how far the cases come in so many steps; after them one is brought to its end.
    let done =
        let_loose(&world, Walk { seed: 20_260_310, steps: 200, until: &MAIN_WAY, wanted: &MAIN_WAY, is_one_way: true })
            .await;
    for act in MAIN_WAY {
        assert!(done.contains_key(act), "nobody did {act}: {done:?}");
    }
});

/// The acts from a report to a verified case, by their addresses.
const MAIN_WAY: [&str; 9] =
    ["accept", "check", "file", "dispatch", "take", "hand-in", "feed-back", "ask-verification", "verify"];

/// Every act of the side branches, by its address.
const BRANCHES: [&str; 23] = [
    "split",
    "territory",
    "return",
    "suspend",
    "resume",
    "decide",
    "ask-void",
    "decide-void",
    "supervise",
    "answer-order",
    "mark-urgent",
    "clear-urgent",
    "send-back",
    "void",
    "force-close",
    "self-handle",
    "merge",
    "decline",
    "reopen",
    "postpone",
    "appeal",
    "review-appeal",
    "redo",
];

/// What must be done before something else can be.
const BEFORE: [(&str, &[&str]); 10] = [
    ("resume", &["suspend", "decide"]),
    ("decide", &["suspend", "return", "ask-void"]),
    ("decide-void", &["ask-void"]),
    ("answer-order", &["supervise"]),
    ("supervise", &["file", "dispatch"]),
    ("clear-urgent", &["mark-urgent"]),
    ("suspend", &["file", "dispatch", "take"]),
    ("force-close", &["file", "dispatch"]),
    ("self-handle", &["accept"]),
    ("send-back", &["self-handle", "accept", "file", "dispatch", "take", "hand-in", "feed-back"]),
];

/// Those that a walk of this length reaches; `branches.rs` walks the last four (a case must be handled, late and closed before
/// anybody appeals).
const REACHED: &[&str] = BRANCHES.split_at(19).0;

/// On one database alone: it takes more than a minute, the rules are the same, and `branches.rs` walks each on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_side_branches_are_walked_and_wholes_follow_their_parts() {
    let Some(world) = World::start(crate::world::On::Sqlite).await else { return };
    let done =
        let_loose(&world, Walk { seed: 20_260_401, steps: 160, until: REACHED, wanted: &BRANCHES, is_one_way: false })
            .await;
    let missing: Vec<&&str> = REACHED.iter().filter(|act| !done.contains_key(**act)).collect();
    assert!(missing.is_empty(), "nobody did {missing:?}: {done:?}");
}
