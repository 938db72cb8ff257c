//! Takes persons, places and numbers out of the words of a real case (去标识化), so that it can be learnt from.
//!
//! Two kinds of finding. What the case *knows* (the party, the officers, its numbers, its place, the city's areas and offices) and
//! what has an unmistakable *shape* (telephones, identity numbers, plates, accounts, addresses of mail) must be gone: a text in
//! which one of them stands is refused. What only *looks* like a person, an organisation or a place is replaced as well and shown,
//! because somebody has to look at it.

use crate::kit::words::enum_of_words;
use crate::law::Calendar;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

enum_of_words! {
    /// What was found.
    Kind {
        /// 当事人.
        Party = "party",
        /// 执法人员和其他工作人员.
        Officer = "officer",
        /// 文号、案号、票号.
        Number = "number",
        /// 地点.
        Place = "place",
        /// 机关和部门.
        Organ = "organ",
        /// 电话.
        Phone = "phone",
        /// 身份证号、统一社会信用代码.
        Identity = "identity",
        /// 车牌.
        Plate = "plate",
        /// 账号、微信号.
        Account = "account",
        /// 电子邮箱.
        Mail = "mail",
        /// 其他单位.
        Organisation = "organisation",
        /// 其他人.
        Person = "person",
        /// 地址.
        Address = "address",
        /// 日期.
        Day = "day",
    }
}

impl Kind {
    /// Whether a text in which it stands is refused.
    pub const fn must_go(self) -> bool {
        !matches!(self, Kind::Organisation | Kind::Person | Kind::Address | Kind::Day)
    }
}

/// Something that the case knows and that must not stand in an exercise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// What is put in its place.
    pub put: String,
}

/// A piece of a text: untouched, or with what it is and what is put in its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Piece {
    /// The text as it was.
    pub text: String,
    /// What was found; none where nothing was.
    pub kind: Option<Kind>,
    /// What is put in its place; the text itself where nothing was found.
    pub put: String,
}

/// The titles after which a name often stands.
const TITLES: [&str; 24] = [
    "当事人",
    "法定代表人",
    "负责人",
    "经营者",
    "经营人",
    "店主",
    "司机",
    "驾驶员",
    "见证人",
    "证人",
    "联系人",
    "举报人",
    "投诉人",
    "代理人",
    "委托人",
    "受送达人",
    "业主",
    "房东",
    "老板",
    "邻居",
    "姓名",
    "户主",
    "家属",
    "承租人",
];
/// Family names, the most frequent ones.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
/// Signs before which a name of something does not reach back.
const STOPS: &str = "在到向由的与和是把给被从经对了为系即于将及或至往去以并又还就也，。、；：？！（）“”‘’《》〔〕【】,.;:?!()[]<>\"'的地得";
/// What ends the name of an organisation.
const ORGANISATIONS: [&str; 30] = [
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "公司",
    "工厂",
    "超市",
    "餐厅",
    "饭店",
    "酒店",
    "宾馆",
    "医院",
    "学校",
    "幼儿园",
    "银行",
    "支行",
    "委员会",
    "居委会",
    "村委会",
    "物业",
    "事务所",
    "商行",
    "经营部",
    "工作室",
    "合作社",
    "派出所",
    "支队",
    "大队",
    "中队",
    "管理局",
    "执法局",
];
/// What ends a place.
const PLACES: [&str; 18] = [
    "路", "街", "巷", "弄", "大道", "胡同", "小区", "社区", "村", "花园", "大厦", "广场", "市场", "菜场", "公寓",
    "大桥", "镇", "街道",
];
/// Before these signs the ending is part of a plain word: 占路, 道路, 马路.
const PLAIN: &str = "道占马公铁线电通走沿水出网陆让临上农城乡过修路用挡";
/// The first sign of a plate.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁";

/// A text as it is looked at: without blanks and joiners, narrow, in lower case, each sign with its place in the text.
struct Looked {
    signs: Vec<char>,
    places: Vec<usize>,
}

fn folded(one: char) -> Option<char> {
    let one = match one {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(one as u32 - 0xfee0).unwrap_or(one),
        '—' | '–' | '−' => '-',
        other => other,
    };
    let is_nothing = one.is_whitespace() || matches!(one, '\u{200b}'..='\u{200f}' | '\u{feff}' | '·' | '•' | '\u{ad}');
    (!is_nothing).then(|| one.to_lowercase().next().unwrap_or(one))
}

impl Looked {
    fn at(text: &str) -> Looked {
        let (mut signs, mut places) = (Vec::new(), Vec::new());
        for (place, one) in text.char_indices() {
            if let Some(one) = folded(one) {
                signs.push(one);
                places.push(place);
            }
        }
        Looked { signs, places }
    }

    fn sign(&self, at: usize) -> char {
        self.signs.get(at).copied().unwrap_or('\0')
    }

    fn has(&self, at: usize, word: &str) -> Option<usize> {
        let mut end = at;
        for one in word.chars() {
            if self.signs.get(end) != Some(&one) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// Where a known text that begins here ends; hyphens do not count on either side.
    fn known(&self, at: usize, needle: &[char]) -> Option<usize> {
        let mut end = at;
        for (place, one) in needle.iter().enumerate() {
            while place > 0 && self.sign(end) == '-' {
                end += 1;
            }
            if self.signs.get(end) != Some(one) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }
}

/// A finding: from where to where among the signs, what, and what is put there.
struct Found {
    from: usize,
    to: usize,
    kind: Kind,
    put: String,
}

fn needle(text: &str) -> Vec<char> {
    text.chars().filter_map(folded).filter(|one| *one != '-').collect()
}

fn is_han(one: char) -> bool {
    matches!(one, '\u{3400}'..='\u{9fff}')
}

fn known_ones(looked: &Looked, known: &[Known], found: &mut Vec<Found>) {
    for one in known {
        let needle = needle(&one.text);
        if needle.len() < 2 {
            continue;
        }
        let is_number = needle.iter().all(char::is_ascii_digit);
        for from in 0..looked.signs.len() {
            let Some(to) = looked.known(from, &needle) else { continue };
            // A short number within a longer one is another number.
            let inside = is_number
                && (from > 0 && looked.sign(from - 1).is_ascii_digit() || looked.sign(to).is_ascii_digit())
                && needle.len() < 7;
            if !inside {
                found.push(Found { from, to, kind: one.kind, put: one.put.clone() });
            }
        }
    }
}

/// Telephones, identity numbers, accounts: what a stretch of letters and digits can only be.
fn shaped(looked: &Looked, found: &mut Vec<Found>) {
    let is_of_run = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '@' | '.' | '_');
    let mut from = 0;
    while from < looked.signs.len() {
        if !is_of_run(looked.sign(from)) {
            from += 1;
            continue;
        }
        let mut to = from;
        while is_of_run(looked.sign(to)) {
            to += 1;
        }
        let run: String = looked.signs[from..to].iter().collect();
        let before = from.checked_sub(1).map_or('\0', |before| looked.sign(before));
        if let Some((kind, put)) = kind_of(&run, looked.sign(to)) {
            found.push(Found { from, to, kind, put: put.to_owned() });
        } else if PROVINCES.contains(before)
            && (6..=7).contains(&run.len())
            && run.starts_with(|one: char| one.is_ascii_alphabetic())
        {
            found.push(Found { from: from - 1, to, kind: Kind::Plate, put: "某车牌".to_owned() });
        } else if ["微信", "微信号", "微信号:", "微信:", "qq", "qq:", "账号", "账号:", "卡号", "卡号:"].iter().any(
            |word| {
                let word: Vec<char> = word.chars().collect();
                from >= word.len() && looked.signs[from - word.len()..from] == word
            },
        ) && run.len() >= 5
        {
            found.push(Found { from, to, kind: Kind::Account, put: "（略）".to_owned() });
        }
        from = to;
    }
}

fn kind_of(run: &str, next: char) -> Option<(Kind, &'static str)> {
    if run.contains('@') && run.len() >= 5 {
        return Some((Kind::Mail, "某邮箱"));
    }
    let plain: String = run.chars().filter(|one| *one != '-').collect();
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    let all_digits = digits == plain.len();
    let is_year_first = plain.starts_with("19") || plain.starts_with("20");
    match (plain.len(), all_digits) {
        // A day is found elsewhere, and an amount goes on with its unit.
        (_, true) if digits <= 8 && (is_year_first || matches!(next, '元' | '年' | '平' | '米')) => None,
        (18, _) if digits >= 8 => Some((Kind::Identity, "某证号")),
        (15, true) => Some((Kind::Identity, "某证号")),
        (11, true) if plain.starts_with('1') => Some((Kind::Phone, "某电话")),
        (13, true) if plain.starts_with("861") => Some((Kind::Phone, "某电话")),
        (10..=12, true) if plain.starts_with('0') => Some((Kind::Phone, "某电话")),
        (7..=9, true) | (10, true) => Some((Kind::Number, "某号")),
        (11.., true) => Some((Kind::Account, "某账号")),
        (length, false) if length >= 10 && digits >= 6 => Some((Kind::Number, "某号")),
        _ => None,
    }
}

/// 〔2026〕12号, with the mark of the organ before it.
fn numbers(looked: &Looked, found: &mut Vec<Found>) {
    for open in 0..looked.signs.len() {
        if !matches!(looked.sign(open), '〔' | '[' | '【' | '(') {
            continue;
        }
        let year = (1..=4).all(|place| looked.sign(open + place).is_ascii_digit());
        if !year || !matches!(looked.sign(open + 5), '〕' | ']' | '】' | ')') {
            continue;
        }
        let mut to = open + 6;
        while looked.sign(to).is_ascii_digit() || looked.sign(to) == '第' {
            to += 1;
        }
        if to == open + 6 {
            continue;
        }
        if looked.sign(to) == '号' {
            to += 1;
        }
        let from = back(looked, open, 10);
        found.push(Found { from, to, kind: Kind::Number, put: "某号文书".to_owned() });
    }
}

/// From where a name that ends before `at` may begin: at most so many signs back, and over nothing that parts words.
fn back(looked: &Looked, at: usize, most: usize) -> usize {
    let mut from = at;
    while from > 0 && at - from < most {
        let one = looked.sign(from - 1);
        if !is_han(one) || STOPS.contains(one) {
            break;
        }
        from -= 1;
    }
    from
}

fn endings(looked: &Looked, found: &mut Vec<Found>) {
    for at in 0..looked.signs.len() {
        for word in ORGANISATIONS {
            if let Some(to) = looked.has(at, word) {
                let from = back(looked, at, 10);
                if at - from >= 2 {
                    found.push(Found { from, to, kind: Kind::Organisation, put: "某单位".to_owned() });
                }
            }
        }
        for word in PLACES {
            let Some(mut to) = looked.has(at, word) else { continue };
            let from = back(looked, at, 5);
            if at - from < 2 || at > 0 && PLAIN.contains(looked.sign(at - 1)) {
                continue;
            }
            // 12号3栋201室 belongs to it.
            while looked.sign(to).is_ascii_digit() || matches!(looked.sign(to), '号' | '栋' | '幢' | '室' | '弄' | '-')
            {
                to += 1;
            }
            found.push(Found { from, to, kind: Kind::Address, put: "某处".to_owned() });
        }
        for title in TITLES {
            let Some(mut from) = looked.has(at, title) else { continue };
            if looked.sign(from) == ':' {
                from += 1;
            }
            let (family, given, third) = (looked.sign(from), looked.sign(from + 1), looked.sign(from + 2));
            let is_given =
                |one: char| is_han(one) && !STOPS.contains(one) && !"某说称答问承认签已不有来未拒表请应".contains(one);
            if !SURNAMES.contains(family) || !is_given(given) {
                continue;
            }
            let to = if is_given(third) { from + 3 } else { from + 2 };
            found.push(Found { from, to, kind: Kind::Person, put: "某人".to_owned() });
        }
    }
}

/// Days, as many from `base` as they are.
fn days(looked: &Looked, base: Option<Date>, found: &mut Vec<Found>) {
    let number = |at: usize, most: usize| {
        let digits: String = (at..at + most).map(|at| looked.sign(at)).take_while(char::is_ascii_digit).collect();
        digits.parse::<i16>().ok().map(|number| (number, at + digits.len()))
    };
    for from in 0..looked.signs.len() {
        if from > 0 && (looked.sign(from - 1).is_ascii_digit() || looked.sign(from - 1) == '年') {
            continue;
        }
        let whole = number(from, 4).filter(|(year, _)| (1900..2200).contains(year));
        let (year, month_at) = match whole {
            Some((year, at)) if matches!(looked.sign(at), '年' | '-' | '/' | '.') => (Some(year), at + 1),
            _ => (None, from),
        };
        let Some((month, at)) = number(month_at, 2).filter(|(month, _)| (1..=12).contains(month)) else { continue };
        let parted = match year {
            Some(_) => matches!(looked.sign(at), '月' | '-' | '/' | '.'),
            None => looked.sign(at) == '月',
        };
        let Some((day, mut to)) = parted.then(|| number(at + 1, 2)).flatten() else { continue };
        if year.is_none() && !matches!(looked.sign(to), '日' | '号') {
            continue;
        }
        if matches!(looked.sign(to), '日' | '号') {
            to += 1;
        }
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { continue };
        let year = year.or(base.map(Date::year)).unwrap_or(2000);
        let Ok(date) = Date::new(year, month, day) else { continue };
        let put = match base.map(|base| (date - base).get_days()) {
            Some(0) => "当日".to_owned(),
            Some(days @ 1..) => format!("{days} 日后"),
            Some(days) => format!("{} 日前", -days),
            None => "某日".to_owned(),
        };
        found.push(Found { from, to, kind: Kind::Day, put });
    }
}

fn all(text: &str, known: &[Known], base: Option<Date>) -> (Looked, Vec<Found>) {
    let looked = Looked::at(text);
    let mut found = Vec::new();
    known_ones(&looked, known, &mut found);
    shaped(&looked, &mut found);
    numbers(&looked, &mut found);
    days(&looked, base, &mut found);
    endings(&looked, &mut found);
    // What must go goes first, then the longer one.
    found.sort_by_key(|one| (!one.kind.must_go(), std::cmp::Reverse(one.to - one.from), one.from));
    (looked, found)
}

/// A text in pieces: what is to go, and what stays. `base` is the day from which days are counted.
pub fn pieces(text: &str, known: &[Known], base: Option<Date>) -> Vec<Piece> {
    let (looked, found) = all(text, known, base);
    let mut is_taken = vec![false; looked.signs.len()];
    let mut chosen: Vec<&Found> = Vec::new();
    for one in &found {
        if is_taken[one.from..one.to].iter().all(|taken| !taken) {
            is_taken[one.from..one.to].fill(true);
            chosen.push(one);
        }
    }
    chosen.sort_by_key(|one| one.from);
    let end_of = |sign: usize| {
        let place = looked.places[sign];
        place + text[place..].chars().next().map_or(0, char::len_utf8)
    };
    let (mut pieces, mut at) = (Vec::new(), 0);
    let plain = |text: &str| Piece { text: text.to_owned(), kind: None, put: text.to_owned() };
    for one in chosen {
        let (from, to) = (looked.places[one.from], end_of(one.to - 1));
        if from > at {
            pieces.push(plain(&text[at..from]));
        }
        pieces.push(Piece { text: text[from..to].to_owned(), kind: Some(one.kind), put: one.put.clone() });
        at = to;
    }
    if at < text.len() {
        pieces.push(plain(&text[at..]));
    }
    pieces
}

/// The text with everything that was found replaced.
pub fn removed(text: &str, known: &[Known], base: Option<Date>) -> String {
    let once = |text: &str| pieces(text, known, base).into_iter().map(|piece| piece.put).collect::<String>();
    // What is put in may stand beside something so that both become a name; that is rare, and looked at twice.
    let text = once(text);
    if survivors(&text, known).is_empty() { text } else { once(&text) }
}

/// What must go and still stands in a text.
pub fn survivors(text: &str, known: &[Known]) -> Vec<(Kind, String)> {
    let (looked, found) = all(text, known, None);
    let mut all: Vec<(Kind, String)> = found
        .iter()
        .filter(|one| one.kind.must_go())
        .map(|one| (one.kind, looked.signs[one.from..one.to].iter().collect()))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What else somebody may be called: 江某, 江先生, 老江.
pub fn called(kind: Kind, name: &str, put: &str) -> Vec<Known> {
    let mut all = vec![Known { kind, text: name.to_owned(), put: put.to_owned() }];
    let length = name.chars().count();
    let Some(family) = name.chars().next().filter(|one| is_han(*one) && (2..=4).contains(&length)) else { return all };
    let after = ["某某", "某", "先生", "女士", "师傅", "老板", "经理", "同志", "队长", "局长", "主任"];
    all.extend(after.map(|word| Known { kind, text: format!("{family}{word}"), put: put.to_owned() }));
    all.extend(["老", "小"].map(|word| Known { kind, text: format!("{word}{family}"), put: put.to_owned() }));
    all
}

/// By how many weeks days are moved back: so that working days stay working days where that can be had, and the calendar goes on
/// for `ahead` days after the last of them; `also` asks whatever else must hold.
pub fn weeks_back(days: &[Date], ahead: i64, calendar: &Calendar, also: impl Fn(i64) -> bool) -> i64 {
    let kind = |day: Date| calendar.is_working_day(day).ok();
    let moved = |day: Date, weeks: i64| day.checked_sub(weeks.weeks()).ok();
    let fits = |weeks: i64| {
        days.iter()
            .all(|day| moved(*day, weeks).is_some_and(|moved| kind(moved).is_some() && kind(moved) == kind(*day)))
            && days.iter().max().is_some_and(|last| {
                moved(*last, weeks)
                    .and_then(|last| last.checked_add(ahead.days()).ok())
                    .is_some_and(|last| kind(last).is_some())
            })
    };
    // Never by nothing: the days themselves say who it was.
    (8..=156).find(|weeks| also(*weeks) && fits(*weeks)).unwrap_or(52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn known() -> Vec<Known> {
        let one = |kind, text: &str, put: &str| Known { kind, text: text.into(), put: put.into() };
        let mut all = called(Kind::Party, "江石生", "当事人甲");
        all.extend(called(Kind::Officer, "韦正阳", "程甲"));
        all.push(one(Kind::Number, "2026-00017", "某号"));
        all.push(one(Kind::Place, "古渡路12号", "某处"));
        all
    }

    #[test]
    fn what_a_case_knows_and_what_has_a_shape_is_taken_out() {
        let day = Some(date(2026, 3, 10));
        for (text, expected) in [
            ("江石生承认是他摆的", "当事人甲承认是他摆的"),
            ("江 石 生说没有", "当事人甲说没有"),
            ("老江、江先生和江某", "当事人甲、当事人甲和当事人甲"),
            ("韦正阳到场", "程甲到场"),
            ("见 2026-00017 号", "见 某号 号"),
            ("电话13800138000，或者 138 0013 8000", "电话某电话，或者 某电话"),
            ("座机 0990-5550118", "座机 某电话"),
            ("１３８００１３８０００", "某电话"),
            ("证号 99010119800101123X", "证号 某证号"),
            ("车牌鲁A·12345停在那里", "车牌某车牌停在那里"),
            ("邮箱 a.b@example.com", "邮箱 某邮箱"),
            ("在古渡路 12 号门口", "在某处门口"),
            ("2026年3月12日送达", "2 日后送达"),
            ("2026-03-10 到场", "当日 到场"),
            ("3月9日设置", "1 日前设置"),
            ("收到望城管罚字〔2026〕15号", "收到某号文书"),
            ("罚款 2000 元，面积 12 平方米", "罚款 2000 元，面积 12 平方米"),
            ("占用道路约两平方米", "占用道路约两平方米"),
            ("", ""),
        ] {
            let text_removed = removed(text, &known(), day);
            // The mark before 〔 may reach further back over plain words.
            let is_right = text_removed == expected || text.contains('〔') && text_removed.ends_with("某号文书");
            assert!(is_right, "{text}: {text_removed}");
            assert_eq!(survivors(&text_removed, &known()), [], "{text_removed}");
        }
    }

    #[test]
    fn what_only_looks_like_a_name_is_replaced_and_shown() {
        for (text, kind, put) in [
            ("证人：刘晓燕在场", Kind::Person, "某人"),
            ("由新桥果品有限公司送货", Kind::Organisation, "某单位"),
            ("停在文澜路18号", Kind::Address, "某处"),
        ] {
            let pieces = pieces(text, &[], None);
            assert!(pieces.iter().any(|piece| piece.kind == Some(kind) && piece.put == put), "{text}: {pieces:?}");
            assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        }
        assert!(survivors("证人：刘晓燕在场", &[]).is_empty(), "that somebody has to judge");
    }

    #[test]
    fn days_move_by_whole_weeks_and_stay_working_days() {
        let calendar = crate::law::calendar::tests::calendar();
        let days = [date(2026, 11, 2), date(2026, 11, 6), date(2026, 11, 9)];
        let weeks = weeks_back(&days, 200, &calendar, |_| true);
        assert!(weeks >= 8);
        for day in days {
            let moved = day.checked_sub(weeks.weeks()).expect("a day");
            assert_eq!(moved.weekday(), day.weekday());
            assert_eq!(calendar.is_working_day(moved).ok(), calendar.is_working_day(day).ok(), "{day} {moved}");
        }
    }

    fn name() -> impl Strategy<Value = String> {
        "[欧贡蓝邢裴翁荀於][霖骁琦晗翊琰]{1,2}"
    }

    proptest! {
        #[test]
        fn nothing_known_survives_wherever_and_however_it_stands(
            party in name(), officer in name(), phone in "1[3-9][0-9]{9}", identity in "[1-9][0-9]{16}[0-9X]",
            words in "[查看现场摆放水果四箱，。]{0,12}", gap in "[ \u{3000}]{0,2}", wide in any::<bool>(), order in 0..6_usize,
        ) {
            let spaced = |text: &str| text.chars().map(|one| format!("{one}{gap}")).collect::<String>();
            let widened = |text: &str| {
                let one = |one: char| if wide && one.is_ascii_digit() { char::from_u32(one as u32 + 0xfee0).unwrap_or(one) } else { one };
                text.chars().map(one).collect::<String>()
            };
            let mut parts = [spaced(&party), format!("{words}，"), spaced(&officer), format!("，电话{}，", widened(&phone)), format!("证号{}。", widened(&identity)), words.clone()];
            parts.rotate_left(order);
            let mut known = called(Kind::Party, &party, "当事人甲");
            known.extend(called(Kind::Officer, &officer, "办案人员"));
            known.push(Known { kind: Kind::Phone, text: phone.clone(), put: "某电话".into() });
            known.push(Known { kind: Kind::Identity, text: identity.clone(), put: "某证号".into() });
            let text = removed(&parts.concat(), &known, None);
            prop_assert_eq!(survivors(&text, &known), vec![]);
            let bare: String = text.chars().filter_map(folded).collect();
            for known in [&party, &officer, &phone, &identity.to_lowercase()] {
                prop_assert!(!bare.contains(known.as_str()), "{} stands in {}", known, text);
            }
        }

        #[test]
        fn any_text_comes_back_in_pieces(text in "\\PC{0,60}") {
            let pieces = pieces(&text, &known(), Some(date(2026, 3, 10)));
            prop_assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        }
    }
}
