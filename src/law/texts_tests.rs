//! The texts of laws and regulations as they lie beside the repository, read by article: what the files of `law/` say is held
//! against them. Where a text is not at hand, nothing is asked of it.

use super::Terms;
use super::terms::{Certainty, FOLDER, TermUnit};
use crate::kit::sources::Sources;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A law or regulation: its articles by number, each as its paragraphs.
pub(crate) struct LawText {
    /// The paragraphs of each article; the items stand within theirs.
    articles: BTreeMap<u32, Vec<String>>,
    /// The day from which it says that it is in force; none when it does not say so in the usual words.
    pub(crate) in_force: Option<Date>,
}

impl LawText {
    /// The text of that title and day; none where it is not at hand.
    pub(crate) fn find(title: &str, of: Date) -> Option<LawText> {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let folder = std::env::var_os("STEWARD_REAL_DATA").map_or(beside, std::path::PathBuf::from);
        let title = title.trim_start_matches("中华人民共和国");
        std::fs::read_to_string(folder.join(format!("laws/{title}({of}).md"))).ok().map(|text| LawText::read(&text))
    }

    pub(crate) fn read(text: &str) -> LawText {
        let mut articles: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut last = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.starts_with('#') {
                last = None;
            } else if let Some((number, rest)) = head(line) {
                articles.insert(number, vec![rest.to_owned()]);
                last = Some(number);
            } else if let Some(paragraphs) = last.and_then(|number| articles.get_mut(&number)) {
                match paragraphs.last_mut().filter(|_| line.starts_with(['（', '('])) {
                    Some(before) => before.push_str(line),
                    None => paragraphs.push(line.to_owned()),
                }
            }
        }
        let in_force = text.split("条例自").chain(text.split("本法自")).skip(1).find_map(day_at);
        LawText { articles, in_force }
    }

    /// The paragraphs of an article.
    pub(crate) fn article(&self, number: &str) -> Option<&[String]> {
        self.articles.get(&number.parse().ok()?).map(Vec::as_slice)
    }
}

/// The number of an article and what follows it, where a line begins one.
fn head(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.strip_prefix('第')?.split_once('条')?;
    let number = numeral(number)?;
    rest.starts_with([' ', '\u{3000}', '\u{2003}']).then(|| (u32::try_from(number).unwrap_or(0), rest.trim()))
}

/// The day that a text begins with, such as 2017年10月1日起施行.
fn day_at(text: &str) -> Option<Date> {
    let (day, rest) = text.split_once('日')?;
    let mut parts = day.split(['年', '月']).map(str::parse::<i16>);
    let mut next = || parts.next().and_then(Result::ok);
    let (year, month, day) = (next()?, next()?, next()?);
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    rest.starts_with("起施行").then_some(day)
}

/// A whole number in Chinese or in western digits, such as 五千, 二十万, 1万 or 300.
pub(crate) fn numeral(words: &str) -> Option<i64> {
    if words.is_empty() {
        return None;
    }
    let (mut sum, mut section, mut digit, mut is_western) = (0_i64, 0_i64, 0_i64, false);
    for sign in words.chars() {
        if let Some(value) = sign.to_digit(10) {
            digit = digit * 10 + i64::from(value);
            is_western = true;
            continue;
        }
        match "零一二三四五六七八九".chars().position(|one| one == sign) {
            Some(value) => digit = value as i64,
            None => match sign {
                '两' => digit = 2,
                '〇' => digit = 0,
                '十' | '百' | '千' => {
                    let unit =
                        [('十', 10), ('百', 100), ('千', 1000)].iter().find(|one| one.0 == sign).map_or(1, |one| one.1);
                    section += if digit == 0 && !is_western { 1 } else { digit } * unit;
                    digit = 0;
                }
                '万' => {
                    sum = (sum + section + digit) * 10_000;
                    (section, digit) = (0, 0);
                }
                _ => return None,
            },
        }
    }
    Some(sum + section + digit)
}

/// From how much to how much a text says, and where it says so (in bytes): 五百元以上二千元以下, 五千元以下, 1000元罚款, 百分之十以下,
/// 造价一倍以下. Multiples are percent.
pub(crate) fn ranges(text: &str, is_percent: bool) -> Vec<(i64, i64, usize)> {
    let is_number = |sign: char| sign.is_ascii_digit() || "零〇一二两三四五六七八九十百千万".contains(sign);
    let mut amounts: Vec<(i64, &str, usize, usize)> = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(is_number).map(|at| at + from) {
        let length = text[start..].find(|sign| !is_number(sign)).unwrap_or(text.len() - start);
        from = start + length;
        let rest = &text[from..];
        let before = &text[..start];
        let scaled = if is_percent {
            match (before.ends_with("百分之"), rest.starts_with('倍'), rest.starts_with(['%', '％'])) {
                (true, ..) => Some((1, 0)),
                (_, true, _) => Some((100, '倍'.len_utf8())),
                (_, _, true) => Some((1, rest.chars().next().map_or(0, char::len_utf8))),
                _ => None,
            }
        } else {
            rest.starts_with('元').then_some((1, '元'.len_utf8()))
        };
        // 百分之五: the words before are no number of their own.
        let Some(((scale, width), value)) = scaled.zip(numeral(&text[start..from])) else { continue };
        from += width;
        let bound = ["以上", "以下"].into_iter().find(|bound| text[from..].starts_with(bound)).unwrap_or_default();
        amounts.push((value * scale, bound, start, from + bound.len()));
        from += bound.len();
    }
    let mut found = Vec::new();
    for (index, (value, bound, start, _)) in amounts.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| amounts.get(index));
        match *bound {
            "以下" => {
                let joined = before.filter(|(_, bound, _, end)| *bound == "以上" && start - end <= "百分之".len());
                found.push(joined.map_or((0, *value, *start), |(least, _, begin, _)| (*least, *value, *begin)));
            }
            "" => found.push((*value, *value, *start)),
            _ => {}
        }
    }
    found
}

#[test]
fn numerals_and_ranges() {
    for (words, number) in [
        ("二百", 200),
        ("五千", 5_000),
        ("二十万", 200_000),
        ("一百一十一", 111),
        ("1万", 10_000),
        ("300", 300),
        ("十二", 12),
    ] {
        assert_eq!(numeral(words), Some(number), "{words}");
    }
    assert_eq!(numeral("有关"), None);
    let plain = |text: &str| -> Vec<(i64, i64)> { ranges(text, false).iter().map(|(a, b, _)| (*a, *b)).collect() };
    assert_eq!(plain("处五百元以上五千元以下的罚款"), [(500, 5_000)]);
    assert_eq!(plain("处2万元以上10万元以下罚款；拒不改正的，处50万元以下罚款"), [(20_000, 100_000), (0, 500_000)]);
    assert_eq!(plain("处1000元罚款"), [(1_000, 1_000)]);
    let percent: Vec<(i64, i64)> =
        ranges("造价百分之五以上百分之十以下；一倍以下", true).iter().map(|(a, b, _)| (*a, *b)).collect();
    assert_eq!(percent, [(5, 10), (0, 100)]);
}

#[test]
fn each_term_stands_in_its_article() {
    let terms = Terms::load(&Sources::embedded().folder(FOLDER)).expect("the package's terms");
    let mut asked = 0;
    for term in terms.all().iter().filter(|term| term.citation.certainty == Certainty::Verified) {
        let document = terms.document(&term.citation.document).expect("a document");
        let Some(text) = LawText::find(&document.zh, document.text) else {
            println!("skipped: {} of {} is not at hand", document.zh, document.text);
            continue;
        };
        let article = text.article(&term.citation.article).unwrap_or_else(|| panic!("{}: no such article", term.id));
        let units: &[&str] = match term.unit {
            TermUnit::WorkingDay | TermUnit::NaturalDay => &["日"],
            TermUnit::Hour => &["小时"],
            TermUnit::Month => &["个月"],
            TermUnit::Year => &["年"],
        };
        let says = article.iter().any(|paragraph| {
            units.iter().any(|unit| {
                paragraph.match_indices(unit).any(|(at, _)| {
                    let before = &paragraph[..at];
                    let is_number = |sign: &char| "一二两三四五六七八九十百".contains(*sign);
                    let reversed: String = before.chars().rev().take_while(is_number).collect();
                    let number = numeral(&reversed.chars().rev().collect::<String>());
                    number == Some(i64::from(term.length))
                })
            })
        });
        assert!(says, "{}: article {} does not say {} {:?}", term.id, term.citation.article, term.length, term.unit);
        asked += 1;
    }
    println!("{asked} terms were found in their articles");
}
