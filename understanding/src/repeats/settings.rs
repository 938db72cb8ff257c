//! How messages are compared and joined. The numbers of the default were chosen by measuring on real messages.

/// How messages are compared and joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What the title counts.
    pub title_weight: f32,
    /// What the detail counts.
    pub detail_weight: f32,
    /// So many characters of the detail are read.
    pub detail_characters: usize,
    /// A piece that a larger share of all messages has says nothing; 0 to 1.
    pub most_common: f64,
    /// How steeply rarity counts.
    pub power: f32,
    /// What pieces that only one message has count in its length: 0, it is compared by what others say too; 1, all that it
    /// says by itself makes it less like others.
    pub alone: f32,
    /// The mean likeness below which two groups are not joined; 0 to 1.
    pub cut: f32,
    /// The most neighbours of one message.
    pub neighbours: usize,
    /// So many messages are looked at to find them.
    pub looks: usize,
    /// Of the messages that have one piece, so many are looked at: those that stand nearest in the list.
    pub reach: usize,
    /// The most pieces of one message that are kept.
    pub most_pieces: usize,
    /// The most units of a piece; 2 to 4.
    pub longest: usize,
    /// The most pieces of a group that are kept.
    pub most_of_group: usize,
    /// Two groups are joined when they are at least so nearly as alike as the next pair; 1: always the most alike first.
    pub haste: f32,
    /// Groups of more texts are not parted.
    pub most_parted: usize,
    /// How often groups look for neighbours again.
    pub rounds: usize,
    /// A name heads a group when this share of its members has it in the title.
    pub heading: f32,
    /// A group owns a name when it holds this share of all messages with the name in the title.
    pub owning: f32,
    /// Of the cut, so much is enough to join a group to the owner of its name.
    pub kinship: f32,
    /// The mean likeness, without the name of the place, from which on a group is about one trouble; else it is parted.
    pub held: f32,
    /// The mean likeness, without the name of the place, below which its troubles are not joined; 0 to 1.
    pub part_cut: f32,
    /// What the title counts when troubles are told apart.
    pub part_title: f32,
    /// What the detail counts when troubles are told apart.
    pub part_detail: f32,
    /// How many threads work; the answer does not depend on it.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            title_weight: 1.0,
            detail_weight: 0.6,
            detail_characters: 300,
            most_common: 0.03,
            power: 1.5,
            alone: 1.0,
            cut: 0.07,
            neighbours: 25,
            looks: 2_000,
            reach: 500,
            most_pieces: 400,
            longest: 4,
            most_of_group: 4_000,
            haste: 1.0,
            most_parted: 5_000,
            rounds: 1,
            heading: 0.6,
            owning: 0.34,
            kinship: 0.5,
            held: 0.03,
            part_cut: 0.015,
            part_title: 1.0,
            part_detail: 0.6,
            threads: 2,
        }
    }
}

/// From so many messages on, fewer neighbours and pieces of each are enough: time and memory are to be bounded.
pub(super) const MANY: usize = 100_000;

impl Settings {
    /// The same for so many messages.
    pub(super) fn for_count(&self, messages: usize) -> Settings {
        if messages < MANY { self.clone() } else { self.for_many() }
    }

    /// The same with bounds.
    pub(super) fn for_many(&self) -> Settings {
        Settings {
            detail_characters: self.detail_characters.min(120),
            looks: self.looks.min(300),
            reach: self.reach.min(24),
            neighbours: self.neighbours.min(6),
            longest: self.longest.min(3),
            most_pieces: self.most_pieces.min(24),
            most_of_group: self.most_of_group.min(48),
            haste: self.haste.min(0.9),
            most_parted: self.most_parted.min(150),
            rounds: self.rounds.max(2),
            ..self.clone()
        }
    }
}
