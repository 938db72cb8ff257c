//! Words that say where something lies at a named place, and are no part of the name.

/// Words of position at the end of a name; a longer one stands before a shorter one that it ends with.
const ENDS: &str = "附近 旁边 旁 内 里面 斜对面 对面 隔壁 门口 楼上 楼下 一楼 二楼 三楼 四楼 五楼 一层 二层 三层 底层 底楼 \
    东侧 西侧 南侧 北侧 东门 西门 南门 北门 正门 大门 边上 交叉口 路口 地下 附属楼 入口";
/// Words that lead to a name.
const STARTS: &str = "靠近 近 位于 在 的 与 口";
/// Words that stand alone for a floor, a room, a side.
const PARTS: &str = "附近 旁边 对面 隔壁 门口 楼上 楼下 一楼 二楼 三楼 四楼 五楼 一层 二层 三层 底层 底楼 地下 单元 商铺 室 楼层 \
    交叉口 路口 东北 西北 东南 西南 靠近 入口";

/// A name without the words of position at its end and the words of introduction at its beginning.
pub fn without_position(name: &str) -> &str {
    let mut name = name.trim();
    loop {
        let shorter = ENDS.split(' ').find_map(|end| name.strip_suffix(end));
        let shorter = shorter.or_else(|| STARTS.split(' ').find_map(|start| name.strip_prefix(start)));
        match shorter {
            Some(shorter) if shorter.chars().count() >= 2 => name = shorter.trim(),
            _ => return name,
        }
    }
}

/// A floor, a room, a side of a house: no name by itself.
pub fn is_part_of_house(name: &str) -> bool {
    PARTS.split(' ').any(|part| part == name) || name.chars().all(|sign| "东南西北侧门楼层室号座".contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_what_only_says_where() {
        for (text, name) in [
            ("锦绣大厦斜对面", "锦绣大厦"),
            ("靠近锦绣大厦东门", "锦绣大厦"),
            ("锦绣大厦", "锦绣大厦"),
            ("门口", "门口"),
            ("", ""),
        ] {
            assert_eq!(without_position(text), name, "{text}");
        }
        assert!(is_part_of_house("二楼") && is_part_of_house("西侧楼") && !is_part_of_house("锦绣大厦"));
    }
}
