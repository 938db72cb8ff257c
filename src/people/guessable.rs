//! Which passwords somebody who guesses tries first: those of a list, what stands on a keyboard side by side, digits that climb, the
//! names of this place. Rules alone; nobody is asked over the network (NIST SP 800-63B 5.1.1.2; OWASP ASVS 5.0, 6.2.4 and 6.2.11).

use crate::kit::error::Refusal;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A password must not be made of fewer pieces that a guesser has to find: a known word, a run or a date is one, and so is every
/// other character.
const PIECES: usize = 5;
/// So many letters and digits beside a name of this place make no other password of it.
const BESIDE: usize = 3;
/// The shortest word and walk over the keyboard that counts as one piece.
const SHORTEST_WORD: usize = 4;
/// The shortest run of equal or climbing characters that does.
const SHORTEST_RUN: usize = 3;
/// The program's own names, in the letters in which people type them.
const OURS: [&str; 5] = ["citysteward", "steward", "chengguan", "城市管家", "城管"];
/// What lies side by side on a keyboard, forwards; whoever goes backwards is no harder to guess.
const KEYBOARD: [&str; 23] = [
    "1234567890-=",
    "!@#$%^&*()_+",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
    "!qaz",
    "@wsx",
    "#edc",
    "$rfv",
    "%tgb",
    "^yhn",
    "&ujm",
    "qazwsxedcrfvtgbyhnujm",
];

/// The list, folded. Of our own making: what people here and elsewhere choose.
static COMMON: LazyLock<BTreeSet<Vec<char>>> =
    LazyLock::new(|| include_str!("common_passwords.txt").split_whitespace().map(folded).collect());
/// The longest entry of the list.
static LONGEST: LazyLock<usize> = LazyLock::new(|| COMMON.iter().map(Vec::len).max().unwrap_or(0));

/// Lower case, and the wide forms of a Chinese keyboard as the plain ones.
fn lowered(text: &str) -> Vec<char> {
    let plain = |character: char| match u32::from(character) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(character),
        0x3000 => ' ',
        _ => character,
    };
    text.chars().map(plain).flat_map(char::to_lowercase).collect()
}

/// A character with the signs that stand for letters read as those, so that `P@ssw0rd` is `password`.
const fn letter(character: char) -> char {
    match character {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' | '|' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    }
}

fn folded(text: &str) -> Vec<char> {
    lowered(text).into_iter().map(letter).collect()
}

/// How many characters from the beginning are equal, or climb or fall by one.
fn run(rest: &[char]) -> usize {
    let step = |pair: &[char]| match pair {
        [one, next] if one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric() => {
            Some(i64::from(u32::from(*next)) - i64::from(u32::from(*one)))
        }
        [one, next] if one == next => Some(0),
        _ => None,
    };
    let first = match rest.get(..2).and_then(step) {
        Some(first @ -1..=1) => first,
        _ => return 1,
    };
    1 + rest.windows(2).take_while(|pair| step(pair) == Some(first)).count()
}

/// How many characters from the beginning lie side by side on the keyboard.
fn walk(rest: &[char]) -> usize {
    let along = |keys: &[char]| {
        let from = |at: usize| keys[at..].iter().zip(rest).take_while(|(key, typed)| key == typed).count();
        (0..keys.len()).map(from).max().unwrap_or(0)
    };
    let both = |row: &&str| {
        let mut keys: Vec<char> = row.chars().collect();
        let forwards = along(&keys);
        keys.reverse();
        forwards.max(along(&keys))
    };
    KEYBOARD.iter().map(both).max().unwrap_or(0)
}

/// How many digits from the beginning are a date or a year, as people write those of their lives: 19900101, 900101, 1990.
fn date(rest: &[char]) -> usize {
    let digits: Vec<u32> = rest.iter().map_while(|character| character.to_digit(10)).collect();
    let two = |at: usize| digits.get(at..at + 2).map(|pair| pair[0] * 10 + pair[1]);
    let is_day = |at: usize| {
        two(at).is_some_and(|month| (1..=12).contains(&month)) && two(at + 2).is_some_and(|day| (1..=31).contains(&day))
    };
    let is_century = matches!(two(0), Some(19 | 20)) && digits.len() >= 4;
    match () {
        () if is_century && is_day(4) => 8,
        () if is_day(2) => 6,
        () if is_century => 4,
        () => 0,
    }
}

/// How many characters from the beginning are a word of the list; the longest counts.
fn word(rest: &[char]) -> usize {
    let most = rest.len().min(*LONGEST);
    (SHORTEST_WORD..=most).rev().find(|length| COMMON.contains(&rest[..*length])).unwrap_or(0)
}

/// Of how many pieces a password is made.
fn pieces(lowered: &[char]) -> usize {
    let folded: Vec<char> = lowered.iter().copied().map(letter).collect();
    let (mut at, mut count) = (0, 0);
    while at < lowered.len() {
        let rest = &lowered[at..];
        let least = |length: usize, shortest: usize| if length >= shortest { length } else { 1 };
        let longest = [
            least(run(rest), SHORTEST_RUN),
            least(walk(rest), SHORTEST_WORD),
            least(date(rest), SHORTEST_WORD),
            least(word(&folded[at..]), SHORTEST_WORD),
        ];
        at += longest.into_iter().max().unwrap_or(1);
        count += 1;
    }
    count
}

/// The shortest part of which the whole is a repetition: of `abcabc` it is `abc`.
fn unit(whole: &[char]) -> &[char] {
    let is_unit = |length: &usize| {
        whole.len().is_multiple_of(*length) && whole.chunks(*length).all(|part| part == &whole[..*length])
    };
    let length = (1..=whole.len() / 2).find(is_unit).unwrap_or(whole.len());
    &whole[..length]
}

/// True when the password is one of these names with next to nothing beside it.
fn is_name(lowered: &[char], names: &[&str]) -> bool {
    let plain = |text: &[char]| text.iter().copied().filter(|one| one.is_alphanumeric()).collect::<String>();
    let (typed, read) = (plain(lowered), plain(&lowered.iter().copied().map(letter).collect::<Vec<_>>()));
    let is_in = |text: &str, name: &str| {
        let left = text.chars().count().saturating_sub(name.chars().count());
        text.contains(name) && left <= BESIDE
    };
    names.iter().chain(&OURS).any(|name| {
        let name = self::lowered(name);
        let (as_is, as_read) = (plain(&name), plain(&name.iter().copied().map(letter).collect::<Vec<_>>()));
        // One character is no name: it would forbid whatever is short.
        as_is.chars().count() > 1 && (is_in(&typed, &as_is) || is_in(&read, &as_read))
    })
}

/// Judges a password by what is tried first; `names` are those of this place and this person.
///
/// # Errors
/// `people-password-common`; `people-password-local` for a name of this place.
pub fn judge(password: &str, names: &[&str]) -> Result<(), Refusal> {
    let lowered = lowered(password);
    if is_name(&lowered, names) {
        return Err(Refusal::new("people-password-local").on("fresh"));
    }
    let is_decoration = |one: &char| !one.is_alphanumeric();
    let start = lowered.iter().position(|one| !is_decoration(one)).unwrap_or(0);
    let end = lowered.iter().rposition(|one| !is_decoration(one)).map_or(lowered.len(), |last| last + 1);
    let core: Vec<char> = lowered[start..end].iter().copied().map(letter).collect();
    if COMMON.contains(&core) || pieces(unit(&lowered)) < PIECES {
        return Err(Refusal::new("people-password-common").on("fresh"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in [
            // Of the list, in other letters, with signs around it.
            "woaini1314",
            "Woaini1314!",
            "a123456789",
            "A123456789",
            "Password1",
            "P@ssw0rd",
            "P@$$w0rd!",
            "Admin@123",
            "Admin123!@#",
            "Root@1234",
            "Huawei@123",
            "Aa123456",
            "Aa123456!",
            "Aa112233",
            "Abc12345",
            "Abc@1234",
            "Qwer1234!",
            "ＡＢＣ１２３４５ａ",
            "Zhongguo@123",
            "Zhifadui2026",
            "Mima@2026",
            "Welcome2026!",
            "Test@123456",
            // Side by side, climbing, falling, the same again.
            "1qaz2wsx",
            "1qaz@WSX",
            "!QAZ2wsx",
            "Qazwsx123",
            "zaq12wsx",
            "Qwertyuiop1",
            "Poiuytrewq9",
            "Asdfghjkl;'1",
            "ABCDEFG1a",
            "98765432Aa",
            "aaaaaaaA1",
            "Aaa11111!",
            "AbcAbcAbc1",
            "Aa1!Aa1!Aa1!",
            "111111Aa!",
            // A name and a day.
            "Zhang19900101",
            "Wang@1988",
            "Li19881212!",
            "Chen900101!",
        ] {
            assert_eq!(judge(password, &[]).map_err(|no| no.key), Err("people-password-common"), "{password}");
        }
    }

    #[test]
    fn names_of_this_place_are_refused() {
        let names = ["keeper1", "望澜市", "Wanglan City", "Wanglan", "李思远"];
        for password in [
            "Keeper1!a",
            "1Keeper!",
            "WangLan123",
            "Wanglan@123",
            "W@nglan1!",
            "望澜市202",
            "李思远Aa1",
            "Steward123",
            "CitySteward1!",
            "Chengguan@12",
            "城市管家A1!",
        ] {
            assert_eq!(judge(password, &names).map_err(|no| no.key), Err("people-password-local"), "{password}");
        }
    }

    #[test]
    fn what_is_hard_to_guess_is_taken() {
        let names = ["keeper1", "望澜市", "Wanglan City", "Wanglan", "李思远", "x", ""];
        for password in [
            "Orange-Boat-7",
            "Green-River-8",
            "Fresh-River-9",
            "望澜城Boat7x",
            "Wanglan-2026",
            "R3J7-K2M9-Q8ZT",
            "kx7#Qm2v",
            "Love-Bridge-River-5",
            "correct horse battery staple",
            "青山绿水常在心9",
            "Tq8-Wanglan-Vr5",
        ] {
            assert_eq!(judge(password, &names), Ok(()), "{password}");
        }
    }

    #[test]
    fn the_list_is_long_and_every_entry_of_it_is_refused() {
        let all: Vec<&str> = include_str!("common_passwords.txt").split_whitespace().collect();
        assert!(all.len() > 300, "{}", all.len());
        for entry in all {
            assert!(judge(entry, &[]).is_err(), "{entry}");
        }
    }

    #[test]
    fn whatever_is_typed_is_judged() {
        for odd in ["", "!", "　", "İİİİ", "ß", "\u{ff5e}\u{ff01}", &"a".repeat(200), &"啊".repeat(200)] {
            drop(judge(odd, &["", "!", "啊"]));
        }
    }
}
