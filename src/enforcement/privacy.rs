//! What must not stand in a text that everybody reads: numbers of people and of their cars, telephones, bank cards, letters, where
//! somebody lives, and the names of natural persons (行政处罚法 art. 50, 个人信息保护法). Pure. It rather finds too much than too
//! little: whoever publishes reads what was found and writes the sentence otherwise.

use crate::kit::words::enum_of_words;
use serde::Serialize;

enum_of_words! {
    /// What was found.
    Private {
        /// 手机号码.
        Mobile = "mobile",
        /// 电话号码.
        Phone = "phone",
        /// 身份证件号码.
        Identity = "identity",
        /// 银行账号.
        Bank = "bank",
        /// 统一社会信用代码等证照号码.
        Code = "code",
        /// Another long number.
        Number = "number",
        /// 电子邮箱.
        Mail = "mail",
        /// 微信、QQ 等账号.
        Account = "account",
        /// 机动车号牌.
        Plate = "plate",
        /// 门牌、房号.
        Address = "address",
        /// 自然人姓名.
        Name = "name",
    }
}

/// Something private, from one character of the text to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Private,
    /// The first character.
    pub from: usize,
    /// The character after the last.
    pub to: usize,
}

/// What is looked for beside what is always looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Eye {
    /// Names of natural persons, as they are written.
    pub names: Vec<String>,
    /// Whether street numbers are somebody's home: they are where the party is a natural person.
    pub is_home: bool,
}

/// What stands in the place of what was found.
pub const MASK: &str = "＊＊";
/// How often a text is looked through at most.
const ROUNDS: usize = 8;
/// From so many figures on, a number is somebody's.
const LONG: usize = 7;
/// Up to so many figures an amount or a quantity is believed.
const MOST_OF_AMOUNT: usize = 10;

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领";
/// What follows an amount or a quantity.
const UNITS: [&str; 16] = [
    "元",
    "万元",
    "亿元",
    "平方米",
    "平方公里",
    "亩",
    "㎡",
    "m",
    "立方米",
    "米",
    "吨",
    "公斤",
    "千克",
    "个",
    "件",
    "份",
];
/// What a house number follows.
const STREETS: [&str; 18] =
    ["路", "街", "道", "巷", "弄", "里", "村", "庄", "屯", "胡同", "小区", "花园", "苑", "组", "条", "段", "坊", "园"];

/// A sign as plain ASCII where it only looks otherwise.
fn narrow(one: char) -> char {
    let digit = |from: u32| char::from_digit(one as u32 - from, 10).unwrap_or(one);
    match one {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(one as u32 - 0xfee0).unwrap_or(one),
        '\u{0660}'..='\u{0669}' => digit(0x660),
        '\u{06f0}'..='\u{06f9}' => digit(0x6f0),
        '\u{2080}'..='\u{2089}' => digit(0x2080),
        '\u{2460}'..='\u{2468}' => char::from_digit(one as u32 - 0x2460 + 1, 10).unwrap_or(one),
        '\u{2070}' | '\u{2074}'..='\u{2079}' => digit(0x2070),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_digit((one as u32 - 0x1d7ce) % 10, 10).unwrap_or(one),
        '⓪' => '0',
        '\u{3000}' | '\u{00a0}' => ' ',
        other => other,
    }
}

/// The figure that a sign stands for, also in Chinese: 幺三八.
fn figure(one: char) -> Option<char> {
    const CHINESE: [(char, char); 12] = [
        ('〇', '0'),
        ('零', '0'),
        ('一', '1'),
        ('幺', '1'),
        ('二', '2'),
        ('三', '3'),
        ('四', '4'),
        ('五', '5'),
        ('六', '6'),
        ('七', '7'),
        ('八', '8'),
        ('九', '9'),
    ];
    if one.is_ascii_digit() {
        return Some(one);
    }
    CHINESE.iter().find(|(sign, _)| *sign == one).map(|(_, digit)| *digit)
}

/// Signs that nobody sees.
const fn is_unseen(one: char) -> bool {
    matches!(one, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}')
}

/// Signs with which people break a long number.
fn breaks(one: char) -> bool {
    is_unseen(one)
        || matches!(
            one,
            ' ' | '\t'
                | '-'
                | '–'
                | '—'
                | '−'
                | '‐'
                | '‑'
                | '.'
                | '·'
                | '•'
                | '・'
                | '('
                | ')'
                | '_'
                | '/'
                | ','
                | '+'
        )
}

/// A run of figures.
struct Token {
    from: usize,
    to: usize,
    digits: String,
}

/// Text as characters, plain.
struct Page {
    plain: Vec<char>,
}

impl Page {
    fn starts(&self, at: usize, words: &str) -> bool {
        words.chars().enumerate().all(|(place, one)| self.plain.get(at + place) == Some(&one))
    }

    fn skip_spaces(&self, mut at: usize) -> usize {
        while self.plain.get(at).is_some_and(|one| *one == ' ' || is_unseen(*one)) {
            at += 1;
        }
        at
    }

    fn is_letter(&self, at: usize) -> bool {
        self.plain.get(at).is_some_and(char::is_ascii_alphanumeric)
    }

    /// The whole run of letters and figures around a stretch.
    fn widened(&self, from: usize, to: usize) -> (usize, usize) {
        let (mut from, mut to) = (from, to);
        while from > 0 && self.is_letter(from) && self.is_letter(from - 1) {
            from -= 1;
        }
        while to > 0 && self.is_letter(to - 1) && self.is_letter(to) {
            to += 1;
        }
        (from, to)
    }

    fn tokens(&self) -> Vec<Token> {
        let mut all: Vec<Token> = Vec::new();
        for (at, one) in self.plain.iter().enumerate() {
            let Some(digit) = figure(*one) else { continue };
            match all.last_mut() {
                Some(last) if last.to == at => {
                    last.to += 1;
                    last.digits.push(digit);
                }
                _ => all.push(Token { from: at, to: at + 1, digits: digit.to_string() }),
            }
        }
        all
    }

    /// Runs of figures with nothing but breaks between them.
    fn chains(&self) -> Vec<Vec<Token>> {
        let mut all: Vec<Vec<Token>> = Vec::new();
        for token in self.tokens() {
            let joins = all.last().and_then(|chain| chain.last()).is_some_and(|last| {
                let between = &self.plain[last.to..token.from];
                between.iter().filter(|one| !is_unseen(**one)).count() <= 3 && between.iter().all(|one| breaks(*one))
            });
            match all.last_mut().filter(|_| joins) {
                Some(chain) => chain.push(token),
                None => all.push(vec![token]),
            }
        }
        all
    }

    /// Whether an amount or a quantity ends here.
    fn is_counted(&self, to: usize) -> bool {
        let at = self.skip_spaces(to);
        UNITS.iter().any(|unit| self.starts(at, unit))
    }
}

fn number(digits: &str, least: u32, most: u32) -> bool {
    digits.parse::<u32>().is_ok_and(|value| (least..=most).contains(&value))
}

fn is_mobile(digits: &str) -> bool {
    let own = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86").filter(|rest| rest.len() == 11));
    let own = own.unwrap_or(digits);
    let own = own.strip_prefix('0').filter(|rest| rest.len() == 11).unwrap_or(own);
    own.len() == 11 && own.starts_with('1') && !own[1..].starts_with(['0', '1', '2'])
}

/// A date as eight figures.
fn is_date(digits: &str) -> bool {
    digits.len() == 8 && number(&digits[..4], 1900, 2100) && number(&digits[4..6], 1, 12) && number(&digits[6..], 1, 31)
}

fn kind_of(digits: &str, ends_in_x: bool) -> Private {
    let birthday = |from: usize, length: usize| match length {
        8 => is_date(&digits[from..from + 8]),
        _ => number(&digits[from + 2..from + 4], 1, 12) && number(&digits[from + 4..from + 6], 1, 31),
    };
    match digits.len() {
        _ if is_mobile(digits) => Private::Mobile,
        17 if ends_in_x => Private::Identity,
        18 if birthday(6, 8) => Private::Identity,
        15 if birthday(6, 6) => Private::Identity,
        12..=19 if !digits.starts_with('0') => Private::Bank,
        7 | 8 => Private::Phone,
        9..=14 if digits.starts_with('0') || digits.starts_with("400") || digits.starts_with("800") => Private::Phone,
        _ => Private::Number,
    }
}

/// The tokens of a chain that are no dates, in stretches that belong together.
fn without_dates(page: &Page, chain: Vec<Token>) -> Vec<Vec<Token>> {
    let joined: String = chain.iter().map(|token| token.digits.as_str()).collect();
    // What has the shape of somebody's number is one, however it is broken.
    if is_mobile(&joined) || (chain.len() == 1 && joined.len() != 8) {
        return vec![chain];
    }
    let mut left: Vec<Vec<Token>> = vec![Vec::new()];
    let mut tokens = chain.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let next = tokens.peek();
        let break_of = |one: &Token, other: &Token| page.plain[one.to..other.from].iter().collect::<String>();
        let is_year = token.digits.len() == 4 && number(&token.digits, 1900, 2100);
        let is_alone = left.last().is_some_and(Vec::is_empty);
        let follows = next.map(|next| (break_of(&token, next), next.digits.clone()));
        match follows {
            _ if is_date(&token.digits) => left.push(Vec::new()),
            Some((sign, month))
                if is_year && matches!(sign.as_str(), "-" | "." | "/") && month.len() <= 2 && number(&month, 1, 12) =>
            {
                let month = tokens.next();
                let is_day = month.as_ref().zip(tokens.peek()).is_some_and(|(month, day)| {
                    break_of(month, day) == sign && day.digits.len() <= 2 && number(&day.digits, 1, 31)
                });
                if is_day {
                    tokens.next();
                }
                left.push(Vec::new());
            }
            // The number of a case or of a paper: 2026-00012.
            Some((sign, serial)) if is_year && is_alone && sign == "-" && serial.len() <= 5 => {
                tokens.next();
                left.push(Vec::new());
            }
            _ => {
                if let Some(last) = left.last_mut() {
                    last.push(token);
                }
            }
        }
    }
    left.retain(|tokens| !tokens.is_empty());
    left
}

fn numbers(page: &Page, found: &mut Vec<Finding>) {
    for chain in page.chains() {
        for tokens in without_dates(page, chain) {
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
            let digits: String = tokens.iter().map(|token| token.digits.as_str()).collect();
            if digits.len() < LONG {
                continue;
            }
            // Of an amount with a fraction the fraction does not count.
            let whole = match tokens.len() {
                1 => digits.len(),
                _ if last.digits.len() <= 2 && page.plain[..last.from].last() == Some(&'.') => {
                    digits.len() - last.digits.len()
                }
                _ => digits.len(),
            };
            let is_money = first.from > 0 && matches!(page.plain[first.from - 1], '¥' | '￥');
            if whole <= MOST_OF_AMOUNT && (page.is_counted(last.to) || is_money) {
                continue;
            }
            let ends_in_x = page.plain.get(last.to).is_some_and(|one| one.eq_ignore_ascii_case(&'x'));
            let (from, to) = page.widened(first.from, last.to);
            let has_letters = to - last.to > usize::from(ends_in_x) || from < first.from;
            let kind = if has_letters { Private::Code } else { kind_of(&digits, ends_in_x) };
            found.push(Finding { kind, from, to });
        }
    }
}

/// Codes in which letters stand between the figures, so that no run of figures is long.
fn codes(page: &Page, found: &mut Vec<Finding>) {
    let mut at = 0;
    while at < page.plain.len() {
        let mut to = at;
        while page.is_letter(to) {
            to += 1;
        }
        let figures = page.plain[at..to].iter().filter(|one| one.is_ascii_digit()).count();
        if to - at >= 10 && figures >= LONG && figures < to - at {
            found.push(Finding { kind: Private::Code, from: at, to });
        }
        at = to.max(at + 1);
    }
}

fn mails(page: &Page, found: &mut Vec<Finding>) {
    let is_local = |one: &char| one.is_alphanumeric() || matches!(one, '.' | '_' | '%' | '+' | '-');
    let is_domain = |one: &char| one.is_ascii_alphanumeric() || matches!(one, '.' | '-');
    for (at, _) in page.plain.iter().enumerate().filter(|(_, one)| **one == '@') {
        let right = page.skip_spaces(at + 1);
        let to = right + page.plain[right..].iter().take_while(|one| is_domain(one)).count();
        if to == right {
            continue;
        }
        let mut left = at;
        while left > 0 && (page.plain[left - 1] == ' ' || is_unseen(page.plain[left - 1])) {
            left -= 1;
        }
        // Of words in Chinese before it only as much as a name has.
        let mut from = left;
        while from > 0 && is_local(&page.plain[from - 1]) && (page.plain[from - 1].is_ascii() || left - from < 4) {
            from -= 1;
        }
        found.push(Finding { kind: Private::Mail, from, to });
    }
}

fn accounts(page: &Page, found: &mut Vec<Finding>) {
    let lower: Vec<char> = page.plain.iter().map(char::to_ascii_lowercase).collect();
    let lower = Page { plain: lower };
    for word in ["微信", "qq", "抖音", "支付宝", "wechat"] {
        let length = word.chars().count();
        for at in (0..lower.plain.len()).filter(|at| lower.starts(*at, word)) {
            let mut from = at + length;
            let mut skipped = 0;
            while skipped < 6
                && lower.plain.get(from).is_some_and(|one| matches!(one, '号' | '码' | '账' | ':' | '为' | '是' | ' '))
            {
                from += 1;
                skipped += 1;
            }
            let is_own = |one: &&char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
            let to = from + lower.plain.get(from..).map_or(0, |rest| rest.iter().take_while(is_own).count());
            if to - from >= 5 {
                found.push(Finding { kind: Private::Account, from, to });
            }
        }
    }
}

fn plates(page: &Page, found: &mut Vec<Finding>) {
    for (at, one) in page.plain.iter().enumerate() {
        let is_plate = PROVINCES.contains(*one) && page.plain.get(at + 1).is_some_and(char::is_ascii_alphabetic);
        if !is_plate {
            continue;
        }
        let mut from = at + 2;
        while page.plain.get(from).is_some_and(|one| breaks(*one)) && from < at + 5 {
            from += 1;
        }
        let mut to = from;
        while page.is_letter(to) {
            to += 1;
        }
        let is_special = page.plain.get(to).is_some_and(|one| "挂学警港澳领使超".contains(*one));
        if to - from >= 5 || (to - from == 4 && is_special) {
            found.push(Finding { kind: Private::Plate, from: at, to: to + usize::from(is_special) });
        }
    }
}

/// The end of a house, stair or flat number that begins here: `27号`, `2单元`, `301室`; and whether it leads to a flat.
fn numbered(page: &Page, from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    while page.is_letter(at) {
        at += 1;
    }
    let has_figure = page.plain[from..at].iter().any(char::is_ascii_digit);
    if at == from || at - from > 6 || !has_figure {
        return None;
    }
    let at = page.skip_spaces(at);
    let flats = ["号楼", "单元", "室", "号房"];
    let others = ["号院", "号", "弄", "栋", "幢", "座", "组", "楼", "层"];
    let flat = flats.iter().find(|unit| page.starts(at, unit)).map(|unit| (at + unit.chars().count(), true));
    flat.or_else(|| others.iter().find(|unit| page.starts(at, unit)).map(|unit| (at + unit.chars().count(), false)))
}

fn addresses(page: &Page, is_home: bool, found: &mut Vec<Finding>) {
    let mut at = 0;
    while at < page.plain.len() {
        let begins = page.is_letter(at) && (at == 0 || !page.is_letter(at - 1));
        let Some((mut to, mut is_flat)) = Some(at).filter(|_| begins).and_then(|at| numbered(page, at)) else {
            at += 1;
            continue;
        };
        let mut parts = 1;
        while let Some((next, leads)) = numbered(page, page.skip_spaces(to)) {
            (to, is_flat, parts) = (next, is_flat || leads, parts + 1);
        }
        let before: String = page.plain[..at]
            .iter()
            .rev()
            .filter(|one| **one != ' ')
            .take(2)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let is_street = STREETS.iter().any(|street| before.ends_with(street));
        if is_flat || (is_home && (is_street || parts > 1)) {
            found.push(Finding { kind: Private::Address, from: at, to });
        }
        at = to;
    }
}

fn names(page: &Page, names: &[String], found: &mut Vec<Finding>) {
    let letters = |text: &mut dyn Iterator<Item = (usize, char)>| -> Vec<(usize, char)> {
        let is_part = |one: &char| !breaks(*one) && !one.is_whitespace();
        text.filter(|(_, one)| is_part(one)).map(|(at, one)| (at, one.to_lowercase().next().unwrap_or(one))).collect()
    };
    let text = letters(&mut page.plain.iter().copied().enumerate());
    for name in names {
        let name: Vec<char> =
            letters(&mut name.chars().map(narrow).enumerate()).into_iter().map(|(_, one)| one).collect();
        if name.len() < 2 {
            continue;
        }
        for window in text.windows(name.len()) {
            if window.iter().map(|(_, one)| one).eq(name.iter())
                && let (Some((from, _)), Some((last, _))) = (window.first(), window.last())
            {
                found.push(Finding { kind: Private::Name, from: *from, to: last + 1 });
            }
        }
    }
}

/// Everything private in a text, in its order; what overlaps is one.
pub fn findings(text: &str, eye: &Eye) -> Vec<Finding> {
    let page = Page { plain: text.chars().map(narrow).collect() };
    let mut found = Vec::new();
    names(&page, &eye.names, &mut found);
    mails(&page, &mut found);
    plates(&page, &mut found);
    accounts(&page, &mut found);
    numbers(&page, &mut found);
    codes(&page, &mut found);
    addresses(&page, eye.is_home, &mut found);
    // Of two that begin together the longer one counts; a sort that keeps their order lets the surer kind name both.
    found.sort_by_key(|one| (one.from, std::cmp::Reverse(one.to)));
    let mut all: Vec<Finding> = Vec::new();
    for one in found {
        match all.last_mut() {
            Some(last) if one.from < last.to => last.to = last.to.max(one.to),
            _ => all.push(one),
        }
    }
    all
}

/// A stretch of a text, and what it is when it is private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// What they are; none for what may be read.
    pub kind: Option<Private>,
}

/// A text cut at what was found in it.
pub fn pieces(text: &str, eye: &Eye) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    let mut at = 0;
    let mut put = |from: usize, to: usize, kind: Option<Private>| {
        if from < to {
            all.push(Piece { text: letters[from..to].iter().collect(), kind });
        }
    };
    for one in findings(text, eye) {
        put(at, one.from, None);
        put(one.from, one.to, Some(one.kind));
        at = one.to;
    }
    put(at, letters.len(), None);
    all
}

/// A text with ＊＊ in the place of everything private, and of names of persons what `called` says.
pub fn masked(text: &str, eye: &Eye, called: impl Fn(&str) -> String) -> String {
    let mut text = text.to_owned();
    // What is left beside a mask may read like a number again; each round leaves less.
    for _ in 0..ROUNDS {
        let pieces = pieces(&text, eye);
        if pieces.iter().all(|piece| piece.kind.is_none()) {
            break;
        }
        let mut done = String::new();
        for piece in pieces {
            match piece.kind {
                None => done.push_str(&piece.text),
                Some(Private::Name) => done.push_str(&called(&piece.text)),
                Some(_) => done.push_str(MASK),
            }
        }
        text = done;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enforcement::naming::person;
    use proptest::prelude::*;

    fn plain(text: &str) -> String {
        masked(text, &Eye::default(), person)
    }

    fn home(text: &str) -> String {
        masked(
            text,
            &Eye { names: vec!["江石生".into(), "买买提·艾力".into(), "John Smith".into()], is_home: true },
            person,
        )
    }

    #[test]
    fn what_is_somebodys_is_found() {
        #[rustfmt::skip]
        let rows = [
            ("电话13800000027。", "电话＊＊。", Private::Mobile),
            ("电话 138-0000-0027 联系", "电话 ＊＊ 联系", Private::Mobile),
            ("电话１３８ ００００ ００２７", "电话＊＊", Private::Mobile),
            ("电话+86 13800000027", "电话+＊＊", Private::Mobile),
            ("电话138\u{200b}0000\u{200b}0027", "电话＊＊", Private::Mobile),
            ("一三八零零零零零零二七", "＊＊", Private::Mobile),
            ("幺三八〇〇〇〇〇〇二七转", "＊＊转", Private::Mobile),
            ("座机0990-5550118", "座机＊＊", Private::Phone),
            ("座机5550118", "座机＊＊", Private::Phone),
            ("身份证990100198405170013，", "身份证＊＊，", Private::Identity),
            ("身份证99010019840517001X，", "身份证＊＊，", Private::Identity),
            ("身份证９９０１００１９８４０５１７００１ｘ", "身份证＊＊", Private::Identity),
            ("旧证990100840517001", "旧证＊＊", Private::Identity),
            ("卡号6222 0200 1234 5678 901", "卡号＊＊", Private::Bank),
            ("代码91990100MA0X2Y3Z4K。", "代码＊＊。", Private::Code),
            ("护照E12345678", "护照＊＊", Private::Code),
            ("邮箱zhang.san@example.com，", "邮箱＊＊，", Private::Mail),
            ("邮箱 zhang＠example．com", "邮箱 ＊＊", Private::Mail),
            ("微信号：wx_abc123", "微信号：＊＊", Private::Account),
            ("QQ 12345", "QQ ＊＊", Private::Account),
            ("车辆浙A12345停放", "车辆＊＊停放", Private::Plate),
            ("车辆浙A·12345停放", "车辆＊＊停放", Private::Plate),
            ("车辆粤AD12345", "车辆＊＊", Private::Plate),
            ("车辆粤Ｂ１２３４挂", "车辆＊＊", Private::Plate),
            ("浙a 1234学", "＊＊", Private::Plate),
            ("住柳荫街3号楼2单元301室", "住柳荫街＊＊", Private::Address),
            ("住A座1201室内", "住A座＊＊内", Private::Address),
            ("编号12345678901", "编号＊＊", Private::Number),
        ];
        for (text, said, kind) in rows {
            assert_eq!(plain(text), said, "{text}");
            let found = findings(text, &Eye::default());
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].kind, kind, "{text}");
        }
    }

    #[test]
    fn what_tells_of_the_act_stays() {
        for text in [
            "2026年3月2日9时20分，在古渡路12号门前占道2平方米。",
            "2026-03-02 09:20至2026-03-05 10:00",
            "20260302当日",
            "望城管罚决字〔2026〕12号，案号2026-00012",
            "罚款人民币10000.00元，合同价款1234567890.50元，¥12345678",
            "面积1234567平方米",
            "第三十三条第一款，《条例》第100条",
            "广告牌长6.15米、高2米，共3块，搭建房屋一幢、2层",
            "拨打12345、12319",
            "微信支付，QQ群",
            "",
            "川菜馆、京剧、新A区",
        ] {
            assert_eq!(findings(text, &Eye::default()), [], "{text}");
        }
    }

    #[test]
    fn homes_and_names_are_hidden_where_the_party_is_a_person() {
        for (text, said) in [
            ("江石生在古渡路12号摆摊", "江某在古渡路＊＊摆摊"),
            ("江 石 生在古渡路 12 号", "江某在古渡路 ＊＊"),
            ("江\u{200b}石生", "江某"),
            ("买买提艾力与买买提•艾力", "买某与买某"),
            ("JOHN SMITH, john smith", "J某, J某"),
            ("江石、石生", "江石、石生"),
            ("第12号文件", "第12号文件"),
            ("住27号2单元", "住＊＊"),
        ] {
            assert_eq!(home(text), said, "{text}");
        }
    }

    /// Another way to look, as simple as it can be.
    fn leaks(text: &str) -> Option<String> {
        let letters: Vec<char> = text.chars().collect();
        let is_digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
        for from in 0..letters.len() {
            let run = (from..letters.len()).take_while(|at| is_digit(*at)).count();
            if run >= 11 && letters[from] == '1' && !matches!(letters[from + 1], '0'..='2') {
                return Some("a mobile".into());
            }
            if run >= 15 || (run == 17 && letters.get(from + 17).is_some_and(|one| matches!(one, 'x' | 'X'))) {
                return Some("an identity or a card".into());
            }
            if letters[from] == '@' && letters.get(from + 1).is_some_and(char::is_ascii_alphanumeric) {
                return Some("a mail".into());
            }
            let is_plate = PROVINCES.contains(letters[from])
                && letters.get(from + 1).is_some_and(char::is_ascii_uppercase)
                && (2..7).all(|at| {
                    letters.get(from + at).is_some_and(|one| one.is_ascii_digit() || one.is_ascii_uppercase())
                });
            if is_plate {
                return Some("a plate".into());
            }
        }
        None
    }

    fn secret() -> impl Strategy<Value = String> {
        prop_oneof![
            "1[3-9][0-9]{9}",
            "(86)?1[3-9][0-9]{9}",
            "[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9Xx]",
            "[1-9][0-9]{14}",
            "[3-6][0-9]{15,18}",
            "[a-z][a-z0-9._]{0,8}@[a-z]{2,6}\\.(com|cn|com\\.cn)",
            "[京沪浙粤川][A-Z]·?[A-Z0-9]{5,6}",
            "1[3-9][0-9] [0-9]{4} [0-9]{4}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn nothing_of_anybody_leaves(
            parts in prop::collection::vec(prop_oneof![
                secret(),
                "[\\u{4e00}-\\u{4eff}，。、0-9a-zA-Z@.元 -]{0,12}",
                "(2026-03-02|20260302|2026年3月2日|12345元|〔2026〕12号)",
            ], 0..8)
        ) {
            let text = parts.concat();
            let done = plain(&text);
            prop_assert_eq!(leaks(&done), None, "{} of {}", done, text);
            // Once is enough.
            prop_assert_eq!(findings(&done, &Eye::default()), vec![], "{} of {}", done, text);
        }

        #[test]
        fn any_text_is_cut_into_pieces_that_make_it_again(text in "\\PC{0,60}") {
            let joined: String = pieces(&text, &Eye { names: vec!["张三".into()], is_home: true }).iter().map(|one| one.text.clone()).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn a_name_is_found_wherever_it_stands(before in "[一-龥，。 ]{0,6}", after in "[一-龥，。 ]{0,6}") {
            let eye = Eye { names: vec!["欧阳江石".into()], is_home: false };
            let done = masked(&format!("{before}欧阳江石{after}"), &eye, person);
            prop_assert!(!done.contains("欧阳江石"), "{}", done);
        }
    }
}
