//! The parts of an address as people and files write it: district, town, streets with their numbers and lanes (弄), a
//! crossing, a building, names, a distance from it, words of vagueness. Chinese and Western forms.
//!
//! Reading is by signs alone (路, 街, 号, 弄, Street, -straße …). Where the names of streets are known, they decide where a
//! name begins, so that a street is also found inside a sentence.

use super::form::{form, is_character, is_latin};
use super::position::{is_part_of_house, without_position};
use super::western::western;

/// A house number, or a run of them on one side of a street (`205-209号`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The first number.
    pub from: u32,
    /// The last number; the first once more when there is only one.
    pub to: u32,
}

/// A street, an estate or a village whose houses are numbered, as it stands in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Street {
    /// Its name in the form of [`form`].
    pub name: String,
    /// The house number; with a lane the number in the lane.
    pub number: Option<Number>,
    /// The number of the lane (弄) that leaves the street.
    pub lane: Option<u32>,
    /// It only says near what the address lies: in brackets or behind 近.
    pub is_aside: bool,
    /// Some characters before the name belong to nothing known: the true name may be longer.
    pub is_clipped: bool,
    /// The bytes of the form that name and number take.
    pub span: (usize, usize),
}

impl Street {
    /// The number under which the house is found along the street: the lane's, else the house's.
    pub fn door(&self) -> Option<u32> {
        self.lane.or(self.number.map(|number| number.from))
    }
}

/// Words that say the place is not the address itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vagueness {
    /// 旁, 隔壁, 门口, next to.
    Beside,
    /// 对面, opposite.
    Opposite,
    /// 附近, 周边, 一带, near.
    Near,
}

/// What an address says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// The text in the one form of [`form`]; spans are bytes of it.
    pub form: String,
    /// 区, 县.
    pub district: Option<String>,
    /// 街道, 镇, 乡.
    pub town: Option<String>,
    /// The streets in the order of the text.
    pub streets: Vec<Street>,
    /// Whether the first two streets are named as a crossing.
    pub is_crossing: bool,
    /// The house or part of it (`3号楼`, `b座`).
    pub building: Option<String>,
    /// What is left and may be a name: an estate, a building, a landmark.
    pub names: Vec<String>,
    /// Metres to the east and to the north of what is named (`东北50米`).
    pub offset: Option<(f32, f32)>,
    /// The vaguest word in it.
    pub vagueness: Option<Vagueness>,
    /// The text is a list of bus or underground lines and says no place.
    pub is_lines: bool,
}

/// Reads an address by its signs alone; for files, whose addresses begin where their text begins.
pub fn read(text: &str) -> Address {
    Reader::new(form(text)).read(None)
}

/// Reads an address or a sentence where the names of the streets, estates and villages are known: the longest known name
/// that ends at a sign counts, and unknown ones are left out.
pub fn read_knowing(text: &str, is_known: &dyn Fn(&str) -> bool) -> Address {
    Reader::new(form(text)).read(Some(is_known))
}

/// What is known of streets: whether a name is that of one; nothing when only the signs count.
pub(super) type Known<'a> = Option<&'a dyn Fn(&str) -> bool>;

/// A text while it is read.
pub(super) struct Reader {
    pub(super) form: String,
    pub(super) signs: Vec<char>,
    /// The byte at which each sign begins, and the end.
    pub(super) at: Vec<usize>,
}

impl Reader {
    fn new(form: String) -> Reader {
        let signs: Vec<char> = form.chars().collect();
        let at: Vec<usize> = form.char_indices().map(|(at, _)| at).chain([form.len()]).collect();
        Reader { form, signs, at }
    }

    pub(super) fn sign(&self, index: usize) -> char {
        self.signs.get(index).copied().unwrap_or('\0')
    }

    pub(super) fn before(&self, index: usize) -> char {
        index.checked_sub(1).map_or('\0', |index| self.sign(index))
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &str {
        match (self.at.get(from), self.at.get(to)) {
            (Some(&from), Some(&to)) if from <= to => &self.form[from..to],
            _ => "",
        }
    }

    fn read(self, known: Known) -> Address {
        let mut address = Address { is_lines: self.is_lines(), ..Address::default() };
        if !address.is_lines {
            let start = self.areas(&mut address);
            if self.signs.iter().any(|sign| is_character(*sign)) {
                self.streets(start, known, &mut address);
            } else {
                western(&self.form, known, &mut address);
            }
            self.offset(&mut address);
            address.vagueness = self.vagueness();
            if known.is_none() {
                self.names(start, &mut address);
            }
        }
        address.form = self.form;
        address
    }

    /// `901路;902路区间`, `5号线`: all pieces are lines.
    fn is_lines(&self) -> bool {
        let mut count = 0;
        for piece in self.form.split([';', '/', ',', '、']).filter(|piece| !piece.is_empty()) {
            let mut head = piece;
            if let Some((_, rest)) = piece.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                head = rest;
            }
            let head = head.split('(').next().unwrap_or_default();
            let signs: Vec<char> = head.chars().collect();
            let has_number = signs.windows(2).any(|pair| pair[0].is_ascii_digit() && matches!(pair[1], '路' | '线'))
                || head.contains("号线");
            let ends_as_line =
                ["线", "区间", "专线", "快线", "定班", "班车", "夜宵", "支线"].iter().any(|end| head.ends_with(end));
            let is_numbered_house = signs.last() == Some(&'号');
            if is_numbered_house
                || !(signs.len() < 16 && has_number && !head.contains('号')
                    || head.contains("号线") && signs.len() < 12
                    || ends_as_line)
            {
                return false;
            }
            count += 1;
        }
        count > 0
    }

    /// `东北50米`, `以南约200米`.
    fn offset(&self, address: &mut Address) {
        for at in 0..self.signs.len() {
            if self.sign(at) != '米' || !self.before(at).is_ascii_digit() {
                continue;
            }
            let begin = (0..at).rev().take_while(|&at| self.sign(at).is_ascii_digit()).last().unwrap_or(at);
            let Some((metres, _)) = self.digits(begin).filter(|(metres, _)| (1..=1500).contains(metres)) else {
                continue;
            };
            let words =
                (0..begin).rev().take(6).take_while(|&at| "东南西北侧边方向面行约处大概".contains(self.sign(at)));
            let (mut east, mut north) = (0.0f32, 0.0f32);
            for sign in words.map(|at| self.sign(at)) {
                match sign {
                    '东' => east = 1.0,
                    '西' => east = -1.0,
                    '北' => north = 1.0,
                    '南' => north = -1.0,
                    _ => {}
                }
            }
            let length = east.hypot(north);
            if length > 0.0 {
                let metres = metres as f32 / length;
                address.offset = Some((east * metres, north * metres));
                return;
            }
        }
    }

    fn vagueness(&self) -> Option<Vagueness> {
        const WORDS: &[(&str, Vagueness)] = &[
            ("附近", Vagueness::Near),
            ("周边", Vagueness::Near),
            ("周围", Vagueness::Near),
            ("一带", Vagueness::Near),
            ("不远", Vagueness::Near),
            ("near ", Vagueness::Near),
            ("around ", Vagueness::Near),
            ("close to ", Vagueness::Near),
            ("对面", Vagueness::Opposite),
            ("对过", Vagueness::Opposite),
            ("opposite", Vagueness::Opposite),
            ("across from", Vagueness::Opposite),
            ("gegenüber", Vagueness::Opposite),
            ("旁", Vagueness::Beside),
            ("隔壁", Vagueness::Beside),
            ("边上", Vagueness::Beside),
            ("门口", Vagueness::Beside),
            ("后面", Vagueness::Beside),
            ("背后", Vagueness::Beside),
            ("next to", Vagueness::Beside),
            ("beside", Vagueness::Beside),
            ("behind", Vagueness::Beside),
        ];
        WORDS.iter().filter(|(word, _)| self.form.contains(word)).map(|(_, vagueness)| *vagueness).max()
    }

    /// Runs of letters that no street takes, without floors, rooms and words of position.
    fn names(&self, start: usize, address: &mut Address) {
        let mut run = String::new();
        let mut names: Vec<String> = Vec::new();
        let is_taken = |at: usize| {
            let byte = self.at[at];
            address.streets.iter().any(|street| (street.span.0..street.span.1).contains(&byte))
        };
        let mut end = |run: &mut String| {
            let name = without_position(run);
            if name.chars().count() >= 2 && !is_part_of_house(name) {
                names.push(name.to_owned());
            }
            run.clear();
        };
        for index in start..self.signs.len() {
            let (sign, after) = (self.sign(index), self.sign(index + 1));
            let is_mark =
                is_latin(sign) && "座栋幢区楼馆号".contains(after) && run.chars().last().is_none_or(is_character);
            if is_taken(index) || is_mark || !(is_character(sign) || is_latin(sign) || sign == ' ') {
                if sign.is_ascii_digit() && run.chars().last().is_some_and(|last| "bfl".contains(last)) {
                    run.pop();
                }
                end(&mut run);
            } else if !(run.is_empty() && "号层楼室座栋幢铺区米弄、与内旁 ".contains(sign)) {
                run.push(sign);
            }
        }
        end(&mut run);
        address.names = names;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn street(address: &Address, index: usize) -> (&str, Option<u32>, Option<u32>) {
        let street = &address.streets[index];
        (street.name.as_str(), street.lane, street.number.map(|number| number.from))
    }

    #[test]
    fn the_parts_of_a_chinese_address() {
        for (text, expected, town) in [
            ("望澜路300号", ("望澜路", None, Some(300)), None),
            ("望澜市城南区望澜路300号", ("望澜路", None, Some(300)), None),
            ("青石镇公安街102号", ("公安街", None, Some(102)), Some("青石镇")),
            ("五角亭街道书院路549号", ("书院路", None, Some(549)), Some("五角亭街道")),
            ("海棠路3799弄90-98号", ("海棠路", Some(3799), Some(90)), None),
            ("海棠路335弄3支弄24号", ("海棠路", Some(335), Some(24)), None),
            ("渡口路701", ("渡口路", None, Some(701)), None),
            ("渡口路9附近", ("渡口路", None, Some(9)), None),
            ("渡口路111-1号5层", ("渡口路", None, Some(111)), None),
            ("书院新村17号", ("书院新村", None, Some(17)), None),
            ("渡口路镇书院路7号楼下", ("书院路", None, Some(7)), Some("渡口路镇")),
            ("海棠巷镇渡口路12号", ("渡口路", None, Some(12)), Some("海棠巷镇")),
            ("海棠大道18号锦绣大厦6层", ("海棠大道", None, Some(18)), None),
            ("望澜路3楼", ("望澜路", None, None), None),
        ] {
            let address = read(text);
            assert_eq!(street(&address, 0), expected, "{text}");
            assert_eq!(address.town.as_deref(), town, "{text}");
        }
    }

    #[test]
    fn districts_are_cut_off_and_estates_are_not() {
        assert_eq!(read("城南区望澜路3号").district.as_deref(), Some("城南区"));
        assert_eq!(read("锦绣小区3号").district, None);
        assert_eq!(read("望澜县青石镇书院路3号").town.as_deref(), Some("青石镇"));
    }

    #[test]
    fn two_streets_cross_or_one_is_near_the_other() {
        for (text, is_crossing, is_aside) in [
            ("望澜路与青石街交叉口东北50米", true, false),
            ("望澜路和青石街路口", true, false),
            ("望澜路青石街", true, false),
            ("望澜路30号(近青石街)", false, true),
            ("望澜路30号近青石街", false, true),
        ] {
            let address = read(text);
            assert_eq!(address.streets.len(), 2, "{text}: {:?}", address.streets);
            assert_eq!((address.is_crossing, address.streets[1].is_aside), (is_crossing, is_aside), "{text}");
            assert_eq!(address.streets[1].name, "青石街");
        }
        let (east, north) = read("望澜路与青石街交叉口东北50米").offset.unwrap();
        assert!((east - 35.36).abs() < 0.1 && (north - 35.36).abs() < 0.1);
        assert_eq!(read("望澜路528号西80米").offset, Some((-80.0, 0.0)));
    }

    #[test]
    fn names_and_buildings_are_what_is_left() {
        for (text, expected) in [
            ("海棠路99号锦绣时代广场6层", &["锦绣时代广场"][..]),
            ("海棠路140号锦绣创意园区15幢2层", &["锦绣创意园区"]),
            ("海棠路500号L8层805号商铺", &[]),
            ("锦绣大厦", &["锦绣大厦"]),
            ("海棠路388号锦绣广场5楼(近青石街)", &["锦绣广场"]),
        ] {
            assert_eq!(read(text).names, expected, "{text}");
        }
        assert_eq!(read("海棠路140号15幢2层").building.as_deref(), Some("15幢"));
        assert_eq!(read("海棠路140号b座").building.as_deref(), Some("b座"));
    }

    #[test]
    fn lines_are_no_address() {
        for text in ["901路;902路;903路", "5号线", "(规划)23号线", "980路(98路支线1);98路;98路区间", "青石专线"]
        {
            assert!(read(text).is_lines, "{text}");
        }
        for text in ["望澜路901号", "望澜路;青石街", "锦绣大厦"] {
            assert!(!read(text).is_lines, "{text}");
        }
    }

    #[test]
    fn words_of_vagueness() {
        for (text, expected) in [
            ("望澜路3号", None),
            ("望澜路3号附近", Some(Vagueness::Near)),
            ("望澜路3号对面", Some(Vagueness::Opposite)),
            ("望澜路3号旁", Some(Vagueness::Beside)),
            ("望澜路3号对面附近", Some(Vagueness::Near)),
            ("near 3 Main Street", Some(Vagueness::Near)),
            ("opposite 3 Main Street", Some(Vagueness::Opposite)),
        ] {
            assert_eq!(read(text).vagueness, expected, "{text}");
        }
    }

    #[test]
    fn inside_a_sentence_known_names_decide() {
        let is_known = |name: &str| matches!(name, "望澜路" | "青石街" | "书院新村" | "main street");
        let address = read_knowing("您好，我家住在望澜路12号，每天晚上青石街的烧烤摊油烟很重", &is_known);
        assert_eq!(street(&address, 0), ("望澜路", None, Some(12)));
        assert_eq!(street(&address, 1), ("青石街", None, None));
        assert!(!address.is_crossing && !address.streets[0].is_clipped);
        assert_eq!(street(&read_knowing("书院新村17号楼下积水", &is_known), 0).0, "书院新村");
        assert!(read_knowing("新望澜路12号", &is_known).streets[0].is_clipped);
        assert!(read_knowing("这条马路坏了", &is_known).streets.is_empty());
        let address = read_knowing("There is a broken lamp at 12 Main St near the school", &is_known);
        assert_eq!(street(&address, 0), ("main street", None, Some(12)));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,60}") {
            let address = read(&text);
            for street in &address.streets {
                prop_assert!(address.form.get(street.span.0..street.span.1).is_some());
            }
            read_knowing(&text, &|name| name.len() % 2 == 0);
        }

        #[test]
        fn anything_that_looks_like_an_address_is_read(text in "[路街道号弄村镇区市近与()一二十0-9a-c东米楼层-]{0,30}") {
            read(&text);
            read_knowing(&text, &|name| name.len() % 2 == 0);
        }
    }
}
