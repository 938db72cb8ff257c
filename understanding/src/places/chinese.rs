//! Chinese addresses: districts and towns at the beginning, streets, estates, their numbers and lanes (弄), buildings.

use super::address::{Address, Known, Number, Reader, Street};
use super::form::{is_character, is_latin};

/// The end of a number that was read.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    House,
    Lane,
    Building,
    None,
}

const LONGEST_NAME: usize = 12;
/// Words that stand between or before streets and belong to no name.
const JOINING: &str = "与及近、和在到靠于从沿往至由是的了/&于住,位";
/// What ends in the sign of a street and is none.
const NO_STREETS: &str = "公路 马路 道路 小路 大路 支路 环路 高架路 铁路 步行街 商业街 大街 大道 人行道 主路 辅路 老街 一条街 线路 \
    网路 电路 水路 十字路 丁字路 东路 西路 南路 北路 中路 东街 西街 南街 北街";

impl Reader {
    /// Cuts 省, 市, 区, 镇 off the beginning; returns where the rest begins.
    pub(super) fn areas(&self, address: &mut Address) -> usize {
        let mut start = 0;
        'again: for _ in 0..5 {
            let begin = start;
            for end in begin..(begin + 8).min(self.signs.len()) {
                let (sign, before, after) = (self.sign(end), self.before(end), self.sign(end + 1));
                let length = end + 1 - begin;
                let is_in_town = matches!(after, '镇' | '乡') || (after == '街' && self.sign(end + 2) == '道');
                if !is_character(sign) || (is_road_sign(sign) && !is_in_town && !(sign == '街' && after == '道')) {
                    return begin;
                }
                let is_free = !is_road_sign(after) && length >= 3;
                let word = || Some(self.slice(begin, end + 1).to_owned());
                match sign {
                    '省' if length >= 3 => {}
                    '市' if length >= 3 && !matches!(after, '场' | '政' | '民' | '级' | '中' | '第') => {}
                    '区' if is_free
                        && !"小社园校景厂库片住宅发业易验街".contains(before)
                        && !(length > 4 && "北南东西中港".contains(before)) =>
                    {
                        address.district = word();
                    }
                    '县' if is_free && after != '城' => address.district = word(),
                    '镇' | '乡' if is_free => address.town = word(),
                    '街' if after == '道' && length >= 3 && !is_road_sign(self.sign(end + 2)) => {
                        address.town = Some(self.slice(begin, end + 2).to_owned());
                        start = end + 2;
                        continue 'again;
                    }
                    _ => continue,
                }
                start = end + 1;
                continue 'again;
            }
            break;
        }
        start
    }

    pub(super) fn streets(&self, start: usize, known: Known, address: &mut Address) {
        let mut free = start;
        let mut depth = 0;
        let mut index = start;
        while index < self.signs.len() {
            let sign = self.sign(index);
            match sign {
                '(' => depth += 1,
                ')' => depth = (depth - 1).max(0),
                _ => {}
            }
            let street = if self.ends_street(index, known.is_some()) {
                self.street(free, index, known)
            } else if sign.is_ascii_digit() && is_character(self.before(index)) && index > free {
                self.estate(free, index, known)
            } else {
                None
            };
            let Some((mut street, begin, end)) = street else {
                index += 1;
                continue;
            };
            street.is_aside = depth > 0 || self.before(begin) == '近';
            let is_joined = address.streets.len() == 1
                && address.streets.first().is_some_and(|first| !first.is_aside)
                && (free..begin).all(|between| JOINING.contains(self.sign(between)))
                && depth == 0;
            address.is_crossing |= is_joined && self.is_crossing(end);
            address.streets.push(street);
            free = end;
            index = end;
        }
        if address.streets.len() == 2
            && address.streets.iter().all(|street| street.door().is_none() && !street.is_aside)
        {
            let (first, second) = (address.streets[0].span, address.streets[1].span);
            let between = self.form.get(first.1..second.0).unwrap_or("?");
            address.is_crossing |= between.chars().all(|sign| JOINING.contains(sign));
        }
        if let Some(at) = address.streets.first().map(|street| street.span.1) {
            address.building = self.building(at);
        }
    }

    fn is_crossing(&self, end: usize) -> bool {
        let rest: String = self.signs.iter().skip(end).take(5).collect();
        ["交叉", "路口", "口", "交汇", "交界", "交口", "转角"].iter().any(|word| rest.starts_with(word))
    }

    fn ends_street(&self, index: usize, is_knowing: bool) -> bool {
        let (before, after) = (self.before(index), self.sign(index + 1));
        if !is_character(before) {
            return false;
        }
        match self.sign(index) {
            '路' | '巷' if after == '镇' && !is_road_sign(self.sign(index + 2)) => false,
            '路' => before != '路' && !(after == '街' && self.sign(index + 2) == '道'),
            '街' => !matches!(after, '道' | '坊') || (after == '道' && is_road_sign(self.sign(index + 2))),
            '道' => !"街通隧地管车频轨跑知渠".contains(before),
            '巷' | '弄' => true,
            '同' => before == '胡',
            '线' | '里' | '村' => is_knowing,
            _ => false,
        }
    }

    /// The street whose name ends at a sign: street, first sign, sign behind it and its number.
    fn street(&self, free: usize, last: usize, known: Known) -> Option<(Street, usize, usize)> {
        let mut begin = last;
        while begin > free
            && last - begin < LONGEST_NAME
            && is_character(self.before(begin))
            && !"近与及".contains(self.before(begin))
        {
            begin -= 1;
        }
        let (begin, is_clipped) = match known {
            Some(is_known) => {
                let found = (begin..last).find(|&from| is_known(self.slice(from, last + 1)))?;
                let left = found - begin;
                let is_clipped = (1..=2).contains(&left) && !(begin..found).all(|at| JOINING.contains(self.sign(at)));
                (found, is_clipped)
            }
            None => (self.without_joining(begin, last), false),
        };
        let name = self.slice(begin, last + 1);
        if last < begin + 1 || NO_STREETS.split(' ').any(|word| word == name) {
            return None;
        }
        let (number, lane, end) = self.doors(last + 1);
        let span = (self.at[begin], self.at[end]);
        Some((Street { name: name.to_owned(), number, lane, is_aside: false, is_clipped, span }, begin, end))
    }

    /// `书院新村17号`: a name and a number without the sign of a street.
    fn estate(&self, free: usize, index: usize, known: Known) -> Option<(Street, usize, usize)> {
        let (number, lane, end) = self.doors(index);
        let is_numbered = matches!(self.before(end), '号' | '弄');
        if !is_numbered || (number.is_none() && lane.is_none()) {
            return None;
        }
        let mut begin = index;
        while begin > free
            && index - begin < LONGEST_NAME
            && is_character(self.before(begin))
            && !"近与及".contains(self.before(begin))
        {
            begin -= 1;
        }
        let begin = match known {
            Some(is_known) => (begin..index.saturating_sub(1)).find(|&from| is_known(self.slice(from, index)))?,
            None => self.without_joining(begin, index),
        };
        if index < begin + 2 || "站口楼室店铺幢栋座摊门厅第号".contains(self.before(index)) {
            return None;
        }
        let span = (self.at[begin], self.at[end]);
        let name = self.slice(begin, index).to_owned();
        Some((Street { name, number, lane, is_aside: false, is_clipped: false, span }, begin, end))
    }

    fn without_joining(&self, mut begin: usize, last: usize) -> usize {
        while begin + 2 < last && begin > 0 && JOINING.contains(self.sign(begin)) {
            begin += 1;
        }
        begin
    }

    /// Number and lane that begin at a sign, and the sign behind them; the sign itself when there are none.
    fn doors(&self, at: usize) -> (Option<Number>, Option<u32>, usize) {
        let Some((first, unit, end)) = self.number(at) else { return (None, None, at) };
        match unit {
            Unit::House | Unit::None => (Some(first), None, end),
            Unit::Building => (None, None, at),
            Unit::Lane => {
                let mut at = end;
                if let Some((_, Unit::Lane, end)) = self.number(at) {
                    at = end;
                }
                if self.sign(at) == '-' {
                    at += 1;
                }
                match self.number(at) {
                    Some((number, Unit::House, end)) => (Some(number), Some(first.from), end),
                    _ => (None, Some(first.from), end),
                }
            }
        }
    }

    pub(super) fn digits(&self, at: usize) -> Option<(u32, usize)> {
        let length = self.signs.iter().skip(at).take_while(|sign| sign.is_ascii_digit()).count();
        let value = (1..=6).contains(&length).then(|| self.slice(at, at + length).parse().ok())??;
        Some((value, at + length))
    }

    fn number(&self, at: usize) -> Option<(Number, Unit, usize)> {
        let at = if matches!(self.sign(at), '甲' | '乙' | '丙' | '第' | ' ') { at + 1 } else { at };
        let (from, mut end) = self.digits(at)?;
        let mut number = Number { from, to: from };
        if matches!(self.sign(end), '-' | '/' | '、')
            && let Some((to, behind)) = self.digits(end + 1)
        {
            if to > from && to - from <= 400 {
                number.to = to;
            }
            end = behind;
        }
        let (unit, end) = match (self.sign(end), self.sign(end + 1)) {
            ('号', '线') => return None,
            ('号', '楼') if !"下上顶前后道梯底里内旁边".contains(self.sign(end + 2)) => {
                (Unit::Building, end + 2)
            }
            ('号', '门') if self.sign(end + 2) != '口' => (Unit::Building, end + 2),
            ('号', '口' | '库' | '厅' | '桌' | '位') => (Unit::Building, end + 2),
            ('号', _) => (Unit::House, end + 1),
            ('弄', _) => (Unit::Lane, end + 1),
            ('支', '弄') => (Unit::Lane, end + 2),
            (next, _) if "层楼室米路线座幢栋年月日点时个%度次人元分路期街村区块家条天公".contains(next) =>
            {
                return None;
            }
            (next, _) if is_latin(next) => return None,
            _ => (Unit::None, end),
        };
        Some((number, unit, end))
    }

    /// `3号楼`, `b座`, `12幢` behind the street.
    fn building(&self, from: usize) -> Option<String> {
        let from = self.at.partition_point(|at| *at < from);
        let is_mark = |sign: char| sign.is_ascii_alphanumeric();
        let end = (from..self.signs.len()).find(|&at| {
            is_mark(self.before(at))
                && at > from
                && (matches!(self.sign(at), '幢' | '栋' | '座') || (self.sign(at) == '号' && self.sign(at + 1) == '楼'))
        })?;
        let begin = (from..end).rev().take_while(|&at| is_mark(self.sign(at))).last()?;
        let end = if self.sign(end) == '号' { end + 2 } else { end + 1 };
        Some(self.slice(begin, end).to_owned())
    }
}

fn is_road_sign(sign: char) -> bool {
    matches!(sign, '路' | '街' | '道' | '巷' | '弄')
}
