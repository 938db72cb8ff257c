//! Western addresses: `123 N Main St`, `Hauptstraße 12`, `corner of A Street and B Avenue`.

use super::address::{Address, Known, Number, Street};

/// What ends the name of a street in the West, with its long form.
const WESTERN: &[(&str, &str)] = &[
    ("street", "street"),
    ("st", "street"),
    ("road", "road"),
    ("rd", "road"),
    ("avenue", "avenue"),
    ("ave", "avenue"),
    ("av", "avenue"),
    ("lane", "lane"),
    ("ln", "lane"),
    ("drive", "drive"),
    ("dr", "drive"),
    ("boulevard", "boulevard"),
    ("blvd", "boulevard"),
    ("court", "court"),
    ("ct", "court"),
    ("place", "place"),
    ("pl", "place"),
    ("way", "way"),
    ("highway", "highway"),
    ("hwy", "highway"),
    ("terrace", "terrace"),
    ("ter", "terrace"),
    ("square", "square"),
    ("sq", "square"),
    ("circle", "circle"),
    ("cir", "circle"),
    ("parkway", "parkway"),
    ("pkwy", "parkway"),
    ("trail", "trail"),
    ("walk", "walk"),
    ("alley", "alley"),
    ("lu", "lu"),
    ("jie", "jie"),
    ("dadao", "dadao"),
    ("gasse", "gasse"),
    ("platz", "platz"),
    ("weg", "weg"),
    ("allee", "allee"),
    ("ufer", "ufer"),
    ("str", "straße"),
];
const DIRECTIONS: &[(&str, &str)] = &[
    ("n", "north"),
    ("s", "south"),
    ("e", "east"),
    ("w", "west"),
    ("no", "no"),
    ("north", "north"),
    ("south", "south"),
    ("east", "east"),
];

/// The long form of a Western word of a street's name.
fn long_form(word: &str) -> String {
    let pairs = WESTERN.iter().chain(DIRECTIONS);
    if let Some((_, long)) = pairs.clone().find(|(short, _)| *short == word) {
        return (*long).to_owned();
    }
    for (short, long) in [("strasse", "straße"), ("str", "straße")] {
        if let Some(stem) = word.strip_suffix(short).filter(|stem| stem.chars().count() >= 3) {
            return format!("{stem}{long}");
        }
    }
    word.to_owned()
}

fn ends_western(word: &str) -> bool {
    const GLUED: &[&str] = &["straße", "platz", "weg", "allee", "gasse", "ring"];
    WESTERN.iter().any(|(_, long)| *long == word)
        || GLUED.iter().any(|end| word.ends_with(end) && word.chars().count() > end.chars().count() + 2)
}

struct Word {
    long: String,
    span: (usize, usize),
    /// Something parts it from the word before: a comma, `&`, a bracket.
    is_parted: bool,
}

fn words(form: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut begin = None;
    let mut is_parted = true;
    for (at, sign) in form.char_indices().chain([(form.len(), ' ')]) {
        let is_inside = sign.is_alphanumeric() || sign == '\'' || (sign == '-' && begin.is_some());
        match (begin, is_inside) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                found.push(Word { long: long_form(form[from..at].trim_end_matches('-')), span: (from, at), is_parted });
                is_parted = false;
                begin = None;
            }
            _ => {}
        }
        is_parted |= !is_inside && sign != ' ';
    }
    found
}

fn house_number(word: &str) -> Option<Number> {
    let digits = |text: &str| {
        let length = text.chars().take_while(char::is_ascii_digit).count();
        (length > 0 && text.len() - length <= 1).then(|| text[..length].parse::<u32>().ok()).flatten()
    };
    let (first, second) = word.split_once('-').map_or((word, None), |(first, second)| (first, Some(second)));
    let from = digits(first).filter(|from| *from < 100_000)?;
    let to = second.and_then(digits).filter(|to| *to > from && to - from <= 400).unwrap_or(from);
    Some(Number { from, to })
}

/// `123 N Main St`, `No. 300 Renmin Road`, `Hauptstraße 12`, `corner of A Street and B Avenue`, `A St & B Ave`.
pub(super) fn western(form: &str, known: Known, address: &mut Address) {
    let words = words(form);
    let mut free = 0;
    for last in 0..words.len() {
        if last < free {
            continue;
        }
        let Some((begin, is_clipped)) = western_name(&words, free, last, known) else { continue };
        let name: Vec<&str> = words[begin..=last].iter().map(|word| word.long.as_str()).collect();
        let ahead = begin.checked_sub(1).filter(|at| *at >= free).and_then(|at| house_number(&words[at].long));
        let behind = words.get(last + 1).filter(|word| !word.is_parted).and_then(|word| house_number(&word.long));
        let first = if ahead.is_some() { begin - 1 } else { begin };
        let end = if ahead.is_none() && behind.is_some() { last + 1 } else { last };
        let span = (words[first].span.0, words[end].span.1);
        let is_aside =
            first.checked_sub(1).is_some_and(|at| matches!(words[at].long.as_str(), "near" | "off" | "opposite"));
        let between = free..first;
        let is_joined = address.streets.len() == 1
            && between.clone().all(|at| matches!(words[at].long.as_str(), "and" | "at" | "x"));
        address.is_crossing |=
            is_joined && !is_aside && (between.len() == 1 || form[..span.0].trim_end().ends_with(['&', '/', '@']));
        address.streets.push(Street {
            name: name.join(" "),
            number: ahead.or(behind),
            lane: None,
            is_aside,
            is_clipped,
            span,
        });
        free = end + 1;
    }
}

/// Where the name of the street begins that ends at a word, and whether it may be longer.
fn western_name(words: &[Word], free: usize, last: usize, known: Known) -> Option<(usize, bool)> {
    const SMALL: &[&str] = &["of", "the", "and", "at", "on", "near", "in", "opposite", "from", "corner", "no", "to"];
    let mut begin = last;
    while begin > free && last - begin < 5 && !words[begin].is_parted {
        let before = words[begin - 1].long.as_str();
        if SMALL.contains(&before) || house_number(before).is_some() {
            break;
        }
        begin -= 1;
    }
    match known {
        Some(is_known) => (begin..=last).find_map(|from| {
            let name: Vec<&str> = words[from..=last].iter().map(|word| word.long.as_str()).collect();
            // A longer known name goes first.
            let is_longer = words
                .get(last + 1)
                .is_some_and(|next| !next.is_parted && is_known(&format!("{} {}", name.join(" "), next.long)));
            (!is_longer && is_known(&name.join(" "))).then_some((from, from > begin))
        }),
        None => {
            let word = words[last].long.as_str();
            let is_whole = begin < last || word.chars().count() > 6;
            (ends_western(word) && is_whole).then_some((begin, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::read;

    #[test]
    fn western_addresses() {
        for (text, name, number) in [
            ("123 N Main St, Springfield", "north main street", Some(123)),
            ("Hauptstr. 12, 50667 Köln", "hauptstraße", Some(12)),
            ("No. 300 Renmin Road", "renmin road", Some(300)),
            ("Main Street", "main street", None),
        ] {
            let address = read(text);
            assert_eq!(address.streets.len(), 1, "{text}: {:?}", address.streets);
            let street = &address.streets[0];
            let found = (street.name.as_str(), street.number.map(|number| number.from));
            assert_eq!(found, (name, number), "{text}");
        }
        for text in ["Main St & 2nd Ave", "corner of Main Street and 2nd Avenue"] {
            let address = read(text);
            assert_eq!(address.streets.len(), 2, "{text}: {:?}", address.streets);
            assert!(address.is_crossing, "{text}");
        }
    }
}
