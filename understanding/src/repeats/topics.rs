//! Subjects in words (主题): messages without a point that speak of the same thing, found by the pieces of text that are rare
//! among all of them: names of estates, of roads, of firms.
//!
//! Messages that share rare pieces are neighbours. Groups are joined as long as the mean likeness of all their pairs reaches a
//! cut. Two repairs follow: groups about one name are joined, and a group about one place is parted into its troubles.

use super::linkage::{Group, Linkage, linked};
use super::neighbours::edges;
use super::repairs::{joined, parted, single};
use super::settings::Settings;
use super::texts::{Different, Texts};
use super::weights::{dot, keep_heaviest, scale};
use std::cmp::Reverse;

pub use super::texts::Message;

/// Messages about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Positions of the messages, in their order.
    pub members: Vec<usize>,
    /// The member that lies nearest to the middle: its title names the topic.
    pub middle: usize,
}

/// The topics with at least two messages: the largest first, then by their first member. The answer does not depend on the
/// number of threads.
pub fn topics(messages: &[Message<'_>], settings: &Settings) -> Vec<Topic> {
    let settings = &settings.for_count(messages.len());
    let different = Different::of(messages);
    let texts = Texts::of(messages, &different, settings);
    let groups = grouped(&texts, settings);
    let groups = joined(&texts, groups, settings);
    let groups = parted(&texts, messages, &different, groups, settings);
    named(&texts, &different, groups)
}

/// Linkage of everything, in rounds: a text looks for its neighbours, then a group looks for those of its middle.
fn grouped(texts: &Texts, settings: &Settings) -> Vec<Group> {
    let linkage = Linkage { cut: settings.cut, most: settings.most_of_group, haste: settings.haste };
    let near = edges(&texts.weights, &texts.kinds, texts.numbers, settings.cut, settings);
    let singles = (0..texts.len()).map(|text| single(texts, text)).collect();
    let mut groups = linked(singles, &near, &linkage);
    drop(near);
    for _ in 1..settings.rounds {
        let before = groups.len();
        let kind = |group: &Group| group.members.first().map(|text| texts.kind(*text)).unwrap_or_default();
        let kinds: Vec<u32> = groups.iter().map(kind).collect();
        let middle = |group: &Group| {
            let mut middle = group.sum.clone();
            keep_heaviest(&mut middle, settings.most_pieces);
            scale(&mut middle, 1.0 / group.count.max(1.0));
            middle
        };
        let middles: Vec<_> = groups.iter().map(middle).collect();
        let near = edges(&middles, &kinds, texts.numbers, settings.cut, settings);
        drop(middles);
        groups = linked(groups, &near, &linkage);
        if groups.len() == before {
            break;
        }
    }
    groups
}

/// The groups as the messages' positions, each with its middle.
fn named(texts: &Texts, different: &Different, groups: Vec<Group>) -> Vec<Topic> {
    let is_telling = |group: &Group| group.members.iter().any(|text| texts.is_telling(*text));
    let groups: Vec<Group> = groups.into_iter().filter(|group| group.count >= 2.0 && is_telling(group)).collect();
    let mut topic_of: Vec<Option<usize>> = vec![None; texts.weights.len()];
    let mut topics = Vec::with_capacity(groups.len());
    for (at, group) in groups.into_iter().enumerate() {
        for text in &group.members {
            if let Some(place) = topic_of.get_mut(*text as usize) {
                *place = Some(at);
            }
        }
        let nearness = |text: &u32| dot(texts.weights(*text), &group.sum);
        let middle = group.members.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)).then(b.cmp(a)));
        let middle = middle.and_then(|text| different.first.get(*text as usize).copied()).unwrap_or_default();
        topics.push(Topic { members: Vec::new(), middle });
    }
    for (message, text) in different.text_of.iter().enumerate() {
        let topic = topic_of.get(*text as usize).copied().flatten();
        if let Some(topic) = topic.and_then(|at| topics.get_mut(at)) {
            topic.members.push(message);
        }
    }
    topics.sort_by_key(|topic| (Reverse(topic.members.len()), topic.members.first().copied()));
    topics
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SUBJECTS: [&str; 3] = ["望澜花园旁的铸造厂", "晴川里小区的车位", "九号线停运的末班车"];
    const TROUBLES: [&str; 6] = ["夜里太吵", "灰尘很大", "没有人管", "要求退钱", "什么时候处理", "一直没有答复"];
    const OTHERS: [&str; 10] = [
        "路灯不亮",
        "井盖破损",
        "树枝挡路",
        "污水外流",
        "电梯停了",
        "狗没有拴绳",
        "商贩占道",
        "停水三天",
        "办证难",
        "公厕太脏",
    ];

    /// Eight messages about each subject, and sixty about other streets.
    fn invented() -> Vec<(String, String)> {
        let about = (0..24).map(|at| {
            let (subject, trouble) = (SUBJECTS[at % 3], TROUBLES[(at * 5 + at / 6) % 6]);
            (format!("{subject}{trouble}"), format!("您好，{subject}{}，{}", TROUBLES[at % 6], OTHERS[at % 10]))
        });
        let street = |at: usize| char::from_u32(0x6200 + (at as u32 * 37) % 3000).unwrap_or('街');
        let others = (0..60).map(|at| {
            let road = format!("{}{}路", street(at * 2), street(at * 2 + 1));
            (format!("{road}{}", OTHERS[at % 10]), format!("您好，{road}{}，{}", OTHERS[at / 6], TROUBLES[at % 6]))
        });
        about.chain(others).collect()
    }

    fn messages(texts: &[(String, String)]) -> Vec<Message<'_>> {
        texts.iter().map(|(title, detail)| Message { kind: "", title, detail }).collect()
    }

    #[test]
    fn one_subject_is_one_topic() {
        let texts = invented();
        for settings in [Settings::default(), Settings::default().for_many()] {
            let settings = Settings { most_common: 0.1, ..settings };
            let found = topics(&messages(&texts), &settings);
            let large: Vec<&Topic> = found.iter().filter(|topic| topic.members.len() >= 3).collect();
            assert_eq!(large.iter().map(|topic| topic.members.len()).collect::<Vec<_>>(), [8, 8, 8]);
            for topic in large {
                let subject = topic.members[0] % 3;
                assert!(topic.members.iter().all(|member| *member < 24 && member % 3 == subject));
                assert!(texts[topic.middle].0.starts_with(SUBJECTS[subject]));
            }
        }
    }

    #[test]
    fn a_place_with_several_troubles_is_no_topic() {
        let mut texts = invented();
        let sentences = [
            ("晚上灯不亮", "整条巷子没有一盏灯，老人回家看不见台阶"),
            ("自来水发黄", "打开水龙头全是铁锈，孩子喝了拉肚子"),
            ("快递乱放", "包裹堆在大堂，谁都能拿走，已经丢了三件"),
            ("幼儿园学费涨价", "每月多收八百元，家长没有收到通知"),
            ("公交改道", "原来的站取消了，上班要多走两公里"),
            ("墙面渗水", "下雨就漏，修了两次还是一样，家具全坏了"),
        ];
        texts.extend(sentences.map(|(title, detail)| (format!("金穗湖畔{title}"), detail.to_owned())));
        let found = topics(&messages(&texts), &Settings::default());
        let largest = found.iter().map(|topic| topic.members.iter().filter(|at| **at >= 84).count()).max();
        assert!(largest.unwrap_or_default() <= 2, "{largest:?}");
    }

    #[test]
    fn the_threads_do_not_matter() {
        let texts = invented();
        let with = |threads| topics(&messages(&texts), &Settings { threads, ..Settings::default() });
        assert_eq!(with(1), with(2));
        assert_eq!(with(1), with(7));
    }

    #[test]
    fn equal_messages_are_one_topic() {
        let mut all = invented();
        let equal = |detail: &str| vec![("停水".to_owned(), detail.to_owned()); 40];
        all.extend(equal("整栋楼从上周开始没有水，问过三次都说快了"));
        all.extend(equal("没有水"));
        let found = topics(&messages(&all), &Settings::default());
        let equal: Vec<&[usize]> =
            found.iter().map(|topic| topic.members.as_slice()).filter(|members| members[0] >= 84).collect();
        assert_eq!(equal, [(84..124).collect::<Vec<usize>>()]);
        assert_eq!(topics(&[], &Settings::default()), []);
    }

    proptest! {
        #[test]
        fn nobody_belongs_to_two(
            texts in prop::collection::vec(("[一-七]{0,6}", "[一-九]{0,20}"), 0..40), cut in 0.01f32..0.5, many in any::<bool>(),
        ) {
            let settings = Settings { cut, ..Settings::default() };
            let settings = if many { settings.for_many() } else { settings };
            let found = topics(&messages(&texts), &settings);
            let mut all: Vec<usize> = found.iter().flat_map(|topic| topic.members.clone()).collect();
            prop_assert!(found.iter().all(|topic| topic.members.len() > 1 && topic.members.contains(&topic.middle)));
            all.sort_unstable();
            let count = all.len();
            all.dedup();
            prop_assert_eq!(all.len(), count);
            prop_assert!(all.iter().all(|member| *member < texts.len()));
        }
    }
}
