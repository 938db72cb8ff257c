//! Every matter against the text that it names, where the text lies beside the repository: the duty is there, the clause names it,
//! and its figures, kinds and conditions are those of the clause.

use super::matters::tests::matters;
use super::matters::{Condition, Matter, Measure, PartyKind, PenaltyKind, Provision, chinese_number};
use crate::law::texts_tests::{LawText, ranges};
use std::collections::BTreeSet;

/// What a clause of the text says of a provision: its paragraph, or all of the article where none is named, and what a later paragraph
/// says of the one before (前款).
fn paragraphs<'a>(text: &'a LawText, provision: &Provision) -> Option<Vec<&'a str>> {
    let article = text.article(&provision.article)?;
    let Some(number) = provision.paragraph else { return Some(article.iter().map(String::as_str).collect()) };
    let at = usize::from(number).checked_sub(1)?;
    let own = article.get(at)?.as_str();
    let after =
        article[at + 1..].iter().map(String::as_str).filter(|one| one.contains("前款") || one.contains("第一款"));
    Some(std::iter::once(own).chain(after).collect())
}

fn has_items(paragraph: &str, provision: &Provision) -> bool {
    let last = provision.last_item.or(provision.item);
    provision.item.zip(last).is_none_or(|(first, last)| {
        (first..=last)
            .map(chinese_number)
            .all(|item| paragraph.contains(&format!("（{item}）")) || paragraph.contains(&format!("({item})")))
    })
}

/// The words between the last full stop or semicolon and a place.
fn sentence_before(text: &str, place: usize) -> &str {
    let before = &text[..place];
    before.rfind(['。', '；', ';', '：']).map_or(before, |at| &before[at..])
}

fn faults(matter: &Matter, text: &LawText) -> Vec<String> {
    let mut faults = Vec::new();
    let mut wrong = |words: String| faults.push(format!("{} ({}): {words}", matter.id, matter.text.zh));
    if text.in_force.is_some_and(|day| day != matter.text.from) {
        wrong(format!("the text is in force from {:?}, not {}", text.in_force, matter.text.from));
    }
    match paragraphs(text, &matter.duty) {
        Some(found) if found.first().is_some_and(|own| has_items(own, &matter.duty)) || matter.duty.item.is_none() => {}
        Some(found) if found.iter().any(|own| has_items(own, &matter.duty)) => {}
        _ => wrong(format!("no duty {}", matter.duty.official())),
    }
    let Some(clause) = paragraphs(text, &matter.clause) else {
        wrong(format!("no clause {}", matter.clause.official()));
        return faults;
    };
    if !clause.iter().any(|own| has_items(own, &matter.clause)) {
        wrong(format!("no item in {}", matter.clause.official()));
    }
    let whole = clause.join("\n");
    if whole.contains("违反本条例第") {
        let duty = Provision { paragraph: None, item: None, last_item: None, ..matter.duty.clone() }.official();
        if !whole.contains(&duty) {
            wrong(format!("{} does not name {duty}", matter.clause.official()));
        }
    }
    for kind in &matter.kinds {
        let says: &[&str] = match kind {
            PenaltyKind::Warning => &["警告"],
            PenaltyKind::Criticism => &["通报批评"],
            PenaltyKind::Fine => &["罚款"],
            PenaltyKind::ConfiscateGain => &["违法所得", "违法收入"],
            PenaltyKind::ConfiscateGoods => &["没收实物", "没收非法财物", "没收烧烤工具", "予以没收"],
            PenaltyKind::Licence => &["吊销", "降低资质"],
            PenaltyKind::StopBusiness => &["停业", "关闭", "停产"],
        };
        if !says.iter().any(|words| whole.contains(words)) {
            wrong(format!("{} does not say {}", matter.clause.official(), kind.word()));
        }
    }
    let (is_percent, scale) = if matter.measure == Measure::CostPercent { (true, 1) } else { (false, 100) };
    let said = ranges(&whole, is_percent);
    let differ = matter.bands.citizen != matter.bands.unit;
    for (party, own, other) in [(PartyKind::Citizen, "个人", "单位"), (PartyKind::Unit, "单位", "个人")] {
        let Some(band) = matter.bands.of(party) else { continue };
        let (least, most) = (band.least / scale, band.most / scale);
        let places: Vec<usize> =
            said.iter().filter(|(a, b, _)| (*a, *b) == (least, most)).map(|(.., place)| *place).collect();
        if places.is_empty() {
            wrong(format!("{} does not say {least} to {most} for a {}", matter.clause.official(), party.word()));
            continue;
        }
        let fits = |place: &usize| {
            let sentence = sentence_before(&whole, *place);
            let (overdue, refused) =
                (sentence.contains("逾期"), sentence.contains("拒不") || sentence.contains("仍不"));
            let grave = sentence.contains("情节严重") || sentence.contains("再次");
            let is_due = match matter.condition {
                Condition::None => !overdue && !refused && !grave,
                Condition::Refusal => refused,
                Condition::Overdue => overdue,
                Condition::OverdueOrHarm => overdue && sentence.contains("严重后果"),
                Condition::GraveForFine => grave,
                Condition::OverdueAndGrave => grave && whole.contains("逾期"),
            };
            // The last party that is named before the figures.
            let (mine, theirs) = (sentence.rfind(own), sentence.rfind(other));
            is_due && (!differ || theirs.is_none_or(|theirs| mine.is_some_and(|mine| mine > theirs)))
        };
        if !places.iter().any(fits) {
            wrong(format!("{least} to {most} stands under another condition than {}", matter.condition.word()));
        }
    }
    faults
}

#[test]
fn every_matter_is_as_its_text_says() {
    let (mut faults, mut asked, mut missing) = (Vec::new(), 0, BTreeSet::new());
    for matter in matters().all() {
        match LawText::find(&matter.text.zh, matter.text.text) {
            Some(text) => {
                asked += 1;
                faults.extend(self::faults(matter, &text));
            }
            None => drop(missing.insert(format!("{} of {}", matter.text.zh, matter.text.text))),
        }
        let Some(seizure) = &matter.seizure else { continue };
        if let Some(text) = LawText::find(&seizure.text.zh, seizure.text.text) {
            let says = |own: &[String]| own.iter().any(|own| own.contains("查封") || own.contains("扣押"));
            if !text.article(&seizure.provision.article).is_some_and(says) {
                faults.push(format!("{}: {} allows no seizure", matter.id, seizure.official()));
            }
        }
    }
    println!("{asked} matters were held against their texts; skipped, not at hand: {missing:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // The folder is there or it is not; when it is, most of the file is asked.
    assert!(asked == 0 || asked >= 20, "{asked}");
}

/// The test above finds what it is there for.
#[test]
fn a_figure_that_the_text_does_not_say_is_found() {
    let text = LawText::read(
        "第十七条 禁止堆放物料。\n\n第九十二条 违反本条例第十七条规定的，责令限期清理；逾期未清理的，处五百元以上五千元以下罚款。\n",
    );
    let piling = matters().on("street-piling", "2026-03-02".parse().expect("a day")).expect("a matter").clone();
    assert!(faults(&piling, &text).is_empty(), "{:?}", faults(&piling, &text));
    let changed = |change: fn(&mut Matter)| {
        let mut matter = piling.clone();
        change(&mut matter);
        faults(&matter, &text).len()
    };
    assert_eq!(
        changed(|one| one.bands.citizen =
            one.bands.citizen.map(|band| super::matters::Band { most: band.most * 10, ..band })),
        1
    );
    assert_eq!(changed(|one| one.condition = Condition::None), 2, "for both parties");
    assert_eq!(changed(|one| one.clause.article = "93".to_owned()), 1);
    assert_eq!(changed(|one| one.duty.article = "18".to_owned()), 2, "it is not there, and the clause names another");
    assert_eq!(changed(|one| one.kinds = BTreeSet::from([PenaltyKind::Warning])), 1);
}
