//! What linkage leaves to be repaired: groups about one name are joined, and a group about one place is parted into its troubles.

use super::linkage::{Group, Linkage, linked, take};
use super::neighbours::{Postings, all_edges, edges};
use super::parting::{Said, nameless};
use super::settings::{MANY, Settings};
use super::texts::{Different, Message, Texts, beginning};
use super::weights::{Weights, dot, for_each_part, scale, sum};
use crate::text::normal;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Joining is repeated until nothing changes, but not longer.
const ROUNDS: usize = 4;
/// So many of the groups that are neither too small nor too large are looked at, to be parted.
const MOST_PARTED: usize = 2_000;
/// Fewer messages cannot be two topics.
const TWO_TOPICS: f32 = 5.0;
/// Up to so many texts of a group are compared each with each.
const FEW: usize = 500;
/// Two texts that are so much alike say the same.
const ALIKE: f32 = 0.15;
/// Troubles' names are not more common than this.
const UNNAMED: f64 = 0.15;

/// The group of one text.
pub(super) fn single(texts: &Texts, text: u32) -> Group {
    Group::of(text, texts.weights(text), texts.count(text))
}

/// Joins to the group that owns a name the others that it heads, as long as they are akin.
pub(super) fn joined(texts: &Texts, mut groups: Vec<Group>, settings: &Settings) -> Vec<Group> {
    if texts.messages >= MANY {
        return groups;
    }
    let named = Postings::of(texts.numbers, texts.len(), |text| texts.names(text).iter().copied());
    for _ in 0..ROUNDS {
        let before = groups.len();
        groups = joined_once(texts, &named, groups, settings);
        if groups.len() == before {
            break;
        }
    }
    groups
}

/// A group that owns a name, a fragment that the name heads, and how alike they are.
struct Kin {
    likeness: f32,
    owner: u32,
    fragment: u32,
}

fn joined_once(texts: &Texts, named: &Postings, groups: Vec<Group>, settings: &Settings) -> Vec<Group> {
    let mut kin = kin(texts, named, &groups, settings);
    kin.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then((a.owner, a.fragment).cmp(&(b.owner, b.fragment))));
    let mut groups: Vec<Option<Group>> = groups.into_iter().map(Some).collect();
    let is_there = |groups: &[Option<Group>], at: u32| groups.get(at as usize).is_some_and(Option::is_some);
    for Kin { owner, fragment, .. } in kin {
        if is_there(&groups, owner)
            && let Some(part) = take(&mut groups, fragment)
            && let Some(place) = groups.get_mut(owner as usize)
        {
            *place = place.take().map(|whole| whole.with(part, settings.most_of_group));
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().flatten().collect();
    for group in &mut groups {
        group.members.sort_unstable();
    }
    groups
}

fn kin(texts: &Texts, named: &Postings, groups: &[Group], settings: &Settings) -> Vec<Kin> {
    let mut group_of = vec![0u32; texts.weights.len()];
    for (at, group) in (0u32..).zip(groups) {
        for text in &group.members {
            if let Some(place) = group_of.get_mut(*text as usize) {
                *place = at;
            }
        }
    }
    let kind = |group: &Group| group.members.first().map(|text| texts.kind(*text));
    let mut kin = Vec::new();
    for (owner, group) in (0u32..).zip(groups).filter(|(_, group)| group.count >= 3.0) {
        let mut seen = HashSet::from([owner]);
        for name in owned(texts, named, group, settings) {
            for fragment in named.of_number(name).iter().filter_map(|text| group_of.get(*text as usize).copied()) {
                let Some(part) = groups.get(fragment as usize).filter(|_| !seen.contains(&fragment)) else { continue };
                let is_headed = messages_with(texts, &part.members, name) >= part.count * settings.heading;
                if part.count <= group.count && is_headed && kind(part) == kind(group) {
                    seen.insert(fragment);
                    let likeness = group.likeness(part);
                    if likeness >= settings.cut * settings.kinship {
                        kin.push(Kin { likeness, owner, fragment });
                    }
                }
            }
        }
    }
    kin
}

/// How many of the messages have a name in the title.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^24 messages have one name")]
fn messages_with(texts: &Texts, among: &[u32], name: u32) -> f32 {
    let having = among.iter().filter(|text| texts.names(**text).binary_search(&name).is_ok());
    having.map(|text| texts.count(*text) as f32).sum()
}

/// The names that head a group, and of which it holds a good share of all there are.
fn owned(texts: &Texts, named: &Postings, group: &Group, settings: &Settings) -> Vec<u32> {
    let mut tally: HashMap<u32, f32> = HashMap::new();
    for text in &group.members {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^24 messages have one name")]
        for name in texts.names(*text) {
            *tally.entry(*name).or_default() += texts.count(*text) as f32;
        }
    }
    let is_owned = |name: u32, own: f32| {
        own >= group.count * settings.heading
            && own >= messages_with(texts, named.of_number(name), name) * settings.owning
    };
    let mut names: Vec<u32> =
        tally.into_iter().filter(|(name, own)| is_owned(*name, *own)).map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

/// Parts the groups about one place that speak of several troubles.
pub(super) fn parted(
    texts: &Texts,
    messages: &[Message<'_>],
    different: &Different,
    groups: Vec<Group>,
    settings: &Settings,
) -> Vec<Group> {
    let can_be = |group: &Group| group.count >= TWO_TOPICS && group.members.len() <= settings.most_parted;
    let (mut groups, others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(can_be);
    groups.sort_by(|a, b| b.count.total_cmp(&a.count).then(a.members.first().cmp(&b.members.first())));
    let rest = groups.split_off(groups.len().min(MOST_PARTED));
    // Large and small ones are dealt in turn, so that no thread has all the work.
    let threads = settings.threads.clamp(1, 64);
    let hands: Vec<Vec<&Group>> =
        (0..threads).map(|hand| groups.iter().skip(hand).step_by(threads).collect()).collect();
    let parts = for_each_part(&hands, threads, |part| {
        let each = |group: &Group| parts_of(texts, messages, different, group, settings);
        part.iter()
            .flatten()
            .flat_map(|group| each(group).unwrap_or_else(|| vec![(*group).clone()]))
            .collect::<Vec<_>>()
    });
    let mut groups: Vec<Group> = parts.into_iter().flatten().chain(rest).chain(others).collect();
    groups.sort_by_key(|group| (Reverse(group.members.len()), group.members.first().copied()));
    groups
}

/// The parts of a group, if it is to be parted.
fn parts_of(
    texts: &Texts,
    messages: &[Message<'_>],
    different: &Different,
    group: &Group,
    settings: &Settings,
) -> Option<Vec<Group>> {
    let lists = troubles(texts, messages, different, group, settings)?;
    let singles: Vec<Group> = (0u32..)
        .zip(group.members.iter().zip(&lists))
        .map(|(at, (text, list))| Group::of(at, list, texts.count(*text)))
        .collect();
    if agreement(&singles) >= settings.held {
        return None;
    }
    let near = if lists.len() <= FEW {
        all_edges(&lists, settings.part_cut)
    } else {
        edges(&lists, &vec![0; lists.len()], texts.numbers, settings.part_cut, settings)
    };
    let back = |part: Group| {
        let own = part.members.iter().filter_map(|at| group.members.get(*at as usize));
        own.map(|text| single(texts, *text)).reduce(|a, b| a.with(b, settings.most_of_group))
    };
    let parts = linked(singles, &near, &Linkage { cut: settings.part_cut, most: usize::MAX, haste: 1.0 });
    Some(parts.into_iter().filter_map(back).collect())
}

/// The mean likeness of all pairs, where a pair counts no more than very much alike, so that a few copies of one message do not
/// speak for the rest. Of many, some are looked at.
fn agreement(singles: &[Group]) -> f32 {
    let some: Vec<&Group> = singles.iter().step_by(singles.len().div_ceil(FEW).max(1)).collect();
    let (mut total, mut pairs) = (0.0, 0.0);
    for (at, one) in some.iter().enumerate() {
        let copies = one.count * (one.count - 1.0) / 2.0;
        total += copies * ALIKE;
        pairs += copies;
        for other in some.iter().skip(at + 1) {
            total += one.count * other.count * one.likeness(other).min(ALIKE);
            pairs += one.count * other.count;
        }
    }
    if pairs > 0.0 { total / pairs } else { 0.0 }
}

/// What is left of each text of a group without the name of its place, as lists of length one; none when the group has no
/// name.
fn troubles(
    texts: &Texts,
    messages: &[Message<'_>],
    different: &Different,
    group: &Group,
    settings: &Settings,
) -> Option<Vec<Weights>> {
    let said = |text: &u32| {
        let message = messages.get(*different.first.get(*text as usize)?)?;
        let detail = beginning(message.detail, settings.detail_characters);
        Some(Said { title: normal(message.title), detail, count: texts.count(*text) })
    };
    let said: Vec<Said> = group.members.iter().filter_map(said).collect();
    let list = |[title, detail]: &[Vec<u64>; 2]| {
        let (mut title, mut detail) = (unnamed(title, texts), unnamed(detail, texts));
        scale(&mut title, settings.part_title);
        scale(&mut detail, settings.part_detail);
        let mut list = sum(&title, &detail);
        stretch(&mut list);
        list
    };
    Some(nameless(&said)?.iter().map(list).collect())
}

/// The weights of what is left of a text without the name of its place: also of what is rather common, because that is
/// how troubles are called.
fn unnamed(hashes: &[u64], texts: &Texts) -> Weights {
    let mut weights: BTreeMap<u32, f32> = BTreeMap::new();
    for hash in hashes {
        let seen = texts.seen(*hash);
        let share = f64::from(seen) / (texts.messages as f64).max(1.0);
        if seen >= 2 && share <= UNNAMED {
            #[expect(clippy::cast_possible_truncation, reason = "a logarithm is small")]
            weights.insert(texts.number(*hash), -share.ln() as f32);
        }
    }
    let mut list: Weights = weights.into_iter().collect();
    stretch(&mut list);
    list
}

/// Makes a list that is not empty of length one.
fn stretch(list: &mut Weights) {
    let length = dot(list, list).sqrt();
    if length > 0.0 {
        scale(list, 1.0 / length);
    }
}
