//! What one person wishes: by which ways, how pressing, when not, in which language; and the addresses that they proved to
//! be theirs. Rules only.

use super::leaving::Quiet;
use super::notice::{Channel, Urgency};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::{Id, hexadecimal};
use crate::kit::sealing::Personal;
use crate::kit::words::{LANGUAGES, enum_of_words};
use crate::law::Calendar;
use jiff::civil::Time;
use sha2::{Digest, Sha256};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// How long a code is good for.
const CODE_LASTS: i64 = 15 * MINUTE;
/// How long between two codes to the same person by the same way.
const CODE_EVERY: i64 = MINUTE;
/// How many codes within a day: short messages cost money, and nobody may have strangers flooded.
const CODES_A_DAY: i64 = 5;
/// How often a wrong code may be typed before it is void.
const CODE_TRIES: i64 = 5;
/// The longest e-mail address (RFC 5321).
const LONGEST_EMAIL: usize = 254;

enum_of_words! {
    /// Which notices somebody wishes to have by one way.
    Wish {
        /// None.
        None = "none",
        /// Those that are not urgent.
        Ordinary = "ordinary",
        /// Only the urgent ones.
        Urgent = "urgent",
        /// All.
        All = "all",
    }
}

impl Wish {
    /// The wish for ordinary and for urgent ones.
    pub fn of(ordinary: bool, urgent: bool) -> Wish {
        match (ordinary, urgent) {
            (true, true) => Wish::All,
            (true, false) => Wish::Ordinary,
            (false, true) => Wish::Urgent,
            (false, false) => Wish::None,
        }
    }

    /// True when a notice of this urgency is wished for.
    pub fn takes(self, urgency: Urgency) -> bool {
        match urgency {
            Urgency::Ordinary => matches!(self, Wish::Ordinary | Wish::All),
            Urgency::Urgent => matches!(self, Wish::Urgent | Wish::All),
        }
    }
}

/// What one person wishes to be told outside of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// The language of what leaves the program; none: the city's first.
    pub lang: Option<&'static str>,
    /// By e-mail.
    pub email: Wish,
    /// By web push.
    pub push: Wish,
    /// By short message.
    pub sms: Wish,
    /// Hours in which nothing ordinary leaves.
    pub quiet: Option<Quiet>,
    /// Rises with every change; 0 before the first.
    pub revision: i64,
}

impl Default for Preferences {
    /// Everything by e-mail and push, once there is an address; short messages, which cost the city money, for what is
    /// urgent.
    fn default() -> Preferences {
        Preferences { lang: None, email: Wish::All, push: Wish::All, sms: Wish::Urgent, quiet: None, revision: 0 }
    }
}

impl Preferences {
    /// What is wished for by one way.
    pub fn by(&self, channel: Channel) -> Wish {
        match channel {
            Channel::Email => self.email,
            Channel::Push => self.push,
            Channel::Sms => self.sms,
        }
    }

    /// The language to write in.
    pub fn language(&self) -> &'static str {
        self.lang.unwrap_or(LANGUAGES[0])
    }
}

/// The language of a word; none for any other word.
pub fn language(word: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|lang| *lang == word)
}

/// Reads quiet hours as typed; none when both fields are empty.
///
/// # Errors
/// `notices-quiet-half`, `notices-quiet-unreadable`, `notices-quiet-same`, `notices-quiet-swallows`.
pub fn quiet(from: &str, until: &str, calendar: &Calendar) -> Result<Option<Quiet>, Refusal> {
    let (from, until) = (from.trim(), until.trim());
    match (from.is_empty(), until.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return Err(Refusal::new("notices-quiet-half").on("quiet_from")),
        (false, true) => return Err(Refusal::new("notices-quiet-half").on("quiet_until")),
        (false, false) => {}
    }
    let time = |field: &'static str, text: &str| {
        text.parse::<Time>().map_err(|_| Refusal::new("notices-quiet-unreadable").on(field))
    };
    let quiet = Quiet::new(time("quiet_from", from)?, time("quiet_until", until)?);
    let quiet = quiet.ok_or_else(|| Refusal::new("notices-quiet-same").on("quiet_until"))?;
    if quiet.swallows(calendar) {
        return Err(Refusal::new("notices-quiet-swallows").on("quiet_from"));
    }
    Ok(Some(quiet))
}

/// An address as it is written and used.
///
/// # Errors
/// `notices-email-unreadable` or `notices-mobile-unreadable`; push has no address that is typed.
pub fn address(channel: Channel, typed: &str) -> Result<String, Refusal> {
    match channel {
        Channel::Email => email(typed),
        Channel::Sms | Channel::Push => mobile(typed),
    }
}

fn email(typed: &str) -> Result<String, Refusal> {
    let no = || Refusal::new("notices-email-unreadable").on("address");
    // Chinese keyboards write the signs of an address in their full width.
    let typed = typed.trim().replace('＠', "@").replace(['。', '．'], ".");
    let address: lettre::Address = typed.parse().map_err(|_| no())?;
    let is_whole = address.domain().split('.').filter(|part| !part.is_empty()).count() >= 2;
    if !is_whole || typed.len() > LONGEST_EMAIL || !typed.is_ascii() {
        return Err(no());
    }
    Ok(address.to_string())
}

/// A mobile number of the mainland (11 digits), or any other with its country, such as +85291234567.
fn mobile(typed: &str) -> Result<String, Refusal> {
    let no = || Refusal::new("notices-mobile-unreadable").on("address");
    let mut number = String::new();
    for sign in typed.trim().chars() {
        match sign {
            '０'..='９' => number.extend(char::from_digit(sign as u32 - '０' as u32, 10)),
            '0'..='9' => number.push(sign),
            '+' | '＋' if number.is_empty() => number.push('+'),
            ' ' | '-' | '－' | '\u{3000}' | '(' | ')' => {}
            _ => return Err(no()),
        }
    }
    let number = number.strip_prefix("+86").or_else(|| number.strip_prefix("0086")).unwrap_or(&number);
    let is_mainland = number.len() == 11 && number.starts_with('1') && !number[1..].starts_with(['0', '1', '2']);
    let is_foreign = number.starts_with("+") && !number.starts_with("+0") && (8..=16).contains(&number.len());
    if is_mainland || is_foreign { Ok(number.to_owned()) } else { Err(no()) }
}

/// An address by one way, in use or waiting for its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whose.
    pub account: Id,
    /// By which way.
    pub channel: Channel,
    /// The address in use; empty until the first is confirmed.
    pub address: Personal,
    /// The address that waits for its code; empty when none does.
    pub wanted: Personal,
    /// A digest of the open code; empty when none is open.
    pub code: String,
    /// Until when the code is good.
    pub code_until: Moment,
    /// How often a wrong one was typed.
    pub code_tries: i64,
    /// When the last code was asked for.
    pub asked_at: Moment,
    /// When the day began in which codes are counted.
    pub asked_since: Moment,
    /// How many were asked for in it.
    pub asked_count: i64,
    /// Rises with every change; 0 before the first.
    pub revision: i64,
}

impl Address {
    /// No address yet.
    pub fn none(account: Id, channel: Channel) -> Address {
        Address {
            account,
            channel,
            address: Personal::default(),
            wanted: Personal::default(),
            code: String::new(),
            code_until: Moment(0),
            code_tries: 0,
            asked_at: Moment(0),
            asked_since: Moment(0),
            asked_count: 0,
            revision: 0,
        }
    }

    /// Asks for a code to an address; the one in use stays in use until the code has come back.
    ///
    /// # Errors
    /// As [`address`]; `notices-code-soon` within a minute, `notices-code-often` after five within a day.
    pub fn ask(self, typed: &str, code: &str, now: Moment) -> Result<Address, Refusal> {
        let wanted = address(self.channel, typed)?;
        if self.asked_count > 0 && now < self.asked_at.plus(CODE_EVERY) {
            return Err(Refusal::new("notices-code-soon").on("address"));
        }
        let is_new_day = now >= self.asked_since.plus(DAY);
        let (asked_since, count) = if is_new_day { (now, 0) } else { (self.asked_since, self.asked_count) };
        if count >= CODES_A_DAY {
            return Err(Refusal::new("notices-code-often").with("most", CODES_A_DAY).on("address"));
        }
        let code = digest(self.account, self.channel, &wanted, code);
        Ok(Address {
            wanted: wanted.into(),
            code,
            code_until: now.plus(CODE_LASTS),
            code_tries: 0,
            asked_at: now,
            asked_since,
            asked_count: count + 1,
            ..self
        })
    }

    /// Types a code. The address comes back as it is to be kept, also when the code was wrong; true when it was right.
    ///
    /// # Errors
    /// `notices-code-none` when none is open, because it was used, is too old or was typed wrongly too often.
    pub fn confirm(self, typed: &str, now: Moment) -> Result<(Address, bool), Refusal> {
        if self.code.is_empty() || now >= self.code_until || self.code_tries >= CODE_TRIES {
            return Err(Refusal::new("notices-code-none").on("code"));
        }
        let typed: String = typed
            .chars()
            .filter_map(|sign| match sign {
                '０'..='９' => char::from_digit(sign as u32 - '０' as u32, 10),
                _ => Some(sign).filter(char::is_ascii_digit),
            })
            .collect();
        // What cannot be read is proved by no code.
        let proves = |wanted: &str| digest(self.account, self.channel, wanted, &typed) == self.code;
        if !self.wanted.known().is_some_and(proves) {
            return Ok((Address { code_tries: self.code_tries + 1, ..self }, false));
        }
        let address = self.wanted.clone();
        Ok((Address { address, wanted: Personal::default(), code: String::new(), ..self }, true))
    }

    /// The code that was asked for last never left. With `is_uncounted` it is none of those of the day.
    #[must_use]
    pub fn not_left(self, is_uncounted: bool) -> Address {
        let asked_count = if is_uncounted { (self.asked_count - 1).max(0) } else { self.asked_count };
        Address { asked_at: Moment(0), asked_count, ..self.cancel() }
    }

    /// Gives up an address that waits for its code.
    #[must_use]
    pub fn cancel(self) -> Address {
        Address { wanted: Personal::default(), code: String::new(), ..self }
    }

    /// Takes the address out of use. How many codes were asked for stays known.
    #[must_use]
    pub fn remove(self) -> Address {
        Address { address: Personal::default(), ..self.cancel() }
    }

    /// How many wrong codes may still be typed.
    pub fn tries_left(&self) -> i64 {
        (CODE_TRIES - self.code_tries).max(0)
    }
}

/// A code of six digits out of chance.
pub fn code(chance: [u8; 8]) -> String {
    format!("{:06}", u64::from_be_bytes(chance) % 1_000_000)
}

fn digest(account: Id, channel: Channel, address: &str, code: &str) -> String {
    hexadecimal(&Sha256::digest(format!("{account} {} {address} {code}", channel.word())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_never_left_is_none_of_those_of_the_day() {
        let mut address = Address::none(1, Channel::Sms);
        for minute in 0..20 {
            let asked = address.ask("13800001234", "123456", Moment(minute * MINUTE)).expect("a code");
            address = asked.not_left(true);
        }
        assert_eq!((address.asked_count, address.code.as_str(), address.wanted.known()), (0, "", Some("")));
        // What the other end refused counts.
        let mut refused = Address::none(1, Channel::Sms);
        for _ in 0..CODES_A_DAY {
            refused = refused.ask("13800001234", "123456", Moment(DAY / 2)).expect("a code").not_left(false);
        }
        let often = refused.ask("13800001234", "123456", Moment(DAY / 2)).map_err(|refusal| refusal.key);
        assert_eq!(often.map(drop), Err("notices-code-often"));
    }

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for (channel, typed, written) in [
            (Channel::Email, " li.lei@example.gov.cn ", Some("li.lei@example.gov.cn")),
            (Channel::Email, "lilei＠example。cn", Some("lilei@example.cn")),
            (Channel::Email, "lilei@localhost", None),
            (Channel::Email, "lilei", None),
            (Channel::Email, "a@b.cn, c@d.cn", None),
            (Channel::Email, "Li Lei <lilei@example.cn>", None),
            (Channel::Email, "lilei@example.cn\nbcc: all@example.cn", None),
            (Channel::Sms, "138 0000 1234", Some("13800001234")),
            (Channel::Sms, "+86-138-0000-1234", Some("13800001234")),
            (Channel::Sms, "１３８００００１２３４", Some("13800001234")),
            (Channel::Sms, "+852 9123 4567", Some("+85291234567")),
            (Channel::Sms, "0512-6512345", None),
            (Channel::Sms, "1380000123", None),
            (Channel::Sms, "12800001234", None),
            (Channel::Sms, "138O0001234", None),
        ] {
            assert_eq!(address(channel, typed).ok().as_deref(), written, "{typed}");
        }
    }

    #[test]
    fn an_address_is_used_once_its_code_came_back() {
        let now = Moment(1_000 * DAY);
        let asked = Address::none(7, Channel::Email).ask("a@example.cn", "012345", now).expect("asked");
        assert_eq!((asked.address.known(), asked.wanted.known()), (Some(""), Some("a@example.cn")));
        let (wrong, is_right) = asked.clone().confirm("999999", now).expect("a try");
        assert!(!is_right && wrong.tries_left() == 4 && wrong.address.is_empty());
        let (right, is_right) = wrong.confirm(" 012 345 ", now.plus(CODE_LASTS - 1)).expect("a try");
        assert!(is_right && right.address == "a@example.cn" && right.wanted.is_empty());
        assert_eq!(right.clone().confirm("012345", now).expect_err("used").key, "notices-code-none");
        assert_eq!(asked.clone().confirm("012345", now.plus(CODE_LASTS)).expect_err("old").key, "notices-code-none");

        let later = now.plus(CODE_EVERY);
        let changing = right.ask("b@example.cn", "111111", later).expect("asked");
        assert_eq!((changing.address.known(), changing.wanted.known()), (Some("a@example.cn"), Some("b@example.cn")));
        let moved = changing.clone().confirm("111111", later).expect("a try").0;
        assert_eq!(moved.address, "b@example.cn");
        assert_eq!(changing.cancel().address, "a@example.cn");
        assert_eq!(moved.remove().address, "");
    }

    #[test]
    fn codes_are_few() {
        let now = Moment(1_000 * DAY);
        let mut one = Address::none(7, Channel::Sms).ask("13800001234", "000001", now).expect("asked");
        assert_eq!(one.clone().ask("13800001234", "000002", now.plus(1)).expect_err("soon").key, "notices-code-soon");
        for number in 1..CODES_A_DAY {
            one = one.ask("13800001234", "000003", now.plus(number * CODE_EVERY)).expect("asked");
        }
        let often = one.clone().ask("13800009999", "000004", now.plus(DAY - 1)).expect_err("often");
        assert_eq!(often.key, "notices-code-often");
        assert!(one.clone().ask("13800001234", "000004", now.plus(DAY)).is_ok());
        // Taking an address away does not begin the count anew.
        assert!(one.clone().remove().ask("13800001234", "000004", now.plus(DAY - 1)).is_err());
        for _ in 0..CODE_TRIES {
            one = one.confirm("123123", now.plus(5 * MINUTE)).expect("a try").0;
        }
        assert_eq!(one.confirm("000003", now.plus(5 * MINUTE)).expect_err("void").key, "notices-code-none");
        assert_eq!(code([0; 8]), "000000");
        assert_eq!(code([0xff; 8]).len(), 6);
    }

    #[test]
    fn a_wish_is_made_of_two_ticks() {
        for wish in Wish::ALL {
            assert_eq!(Wish::of(wish.takes(Urgency::Ordinary), wish.takes(Urgency::Urgent)), *wish);
        }
        let plain = Preferences::default();
        assert!(plain.by(Channel::Email).takes(Urgency::Ordinary) && !plain.by(Channel::Sms).takes(Urgency::Ordinary));
        assert!(Channel::ALL.iter().all(|channel| plain.by(*channel).takes(Urgency::Urgent)));
        assert_eq!(plain.language(), "zh-Hans");
    }
}
