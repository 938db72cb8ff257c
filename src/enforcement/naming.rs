//! What a party is called in public. Organisations by their name; a natural person never: the surname and 某. Minority names and
//! names from abroad keep their first sign, a sole trader its sign-board but never the person behind it. The pattern is that of the
//! Supreme People's Court for judgments on the internet (法释〔2016〕19号).

use super::case::{Party, PartyForm};

/// Surnames of two characters.
const COMPOUND: &[&str] = &[
    "欧阳",
    "太史",
    "端木",
    "上官",
    "司马",
    "东方",
    "独孤",
    "南宫",
    "万俟",
    "闻人",
    "夏侯",
    "诸葛",
    "尉迟",
    "公羊",
    "赫连",
    "澹台",
    "皇甫",
    "宗政",
    "濮阳",
    "公冶",
    "太叔",
    "申屠",
    "公孙",
    "慕容",
    "仲孙",
    "钟离",
    "长孙",
    "宇文",
    "司徒",
    "鲜于",
    "司空",
    "令狐",
    "亓官",
    "司寇",
    "子车",
    "颛孙",
    "巫马",
    "公西",
    "漆雕",
    "乐正",
    "壤驷",
    "公良",
    "拓跋",
    "夹谷",
    "宰父",
    "谷梁",
    "呼延",
    "完颜",
    "西门",
    "东郭",
    "南门",
    "羊舌",
    "微生",
    "梁丘",
    "左丘",
    "东门",
    "百里",
    "第五",
    "纳兰",
    "轩辕",
    "爱新觉罗",
];

/// The last characters of sign-boards: what ends so is a trade name and not a person.
const SHOPS: &[&str] = &[
    "店",
    "铺",
    "行",
    "部",
    "馆",
    "厅",
    "坊",
    "吧",
    "厂",
    "社",
    "摊",
    "摊点",
    "中心",
    "超市",
    "公司",
    "商场",
    "市场",
    "酒楼",
    "饭庄",
    "餐厅",
    "食堂",
    "茶楼",
    "工作室",
    "事务所",
    "服务站",
    "站",
    "场",
    "屋",
    "家居",
    "户",
    "园",
    "院",
    "城",
    "库",
    "车间",
    "门市",
    "档",
    "楼",
    "阁",
    "斋",
    "轩",
    "堂",
];

/// Between the parts of names of minorities and of names from abroad.
const DOTS: [char; 6] = ['·', '•', '・', '‧', '．', '.'];

/// Whether a sign belongs to a name written in Chinese characters.
fn is_han(one: char) -> bool {
    matches!(one, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

/// A natural person in public: 张某, 欧阳某, 阿某 for 阿卜杜拉·买买提, J某 for John Smith. Never more than the surname or the
/// first sign, so that neither the name nor its length is told.
pub fn person(name: &str) -> String {
    let name: String = name.chars().filter(|one| !one.is_whitespace() || one.is_ascii()).collect();
    let name = name.trim();
    let Some(first) = name.chars().find(|one| one.is_alphanumeric()) else { return "某".to_owned() };
    if !is_han(first) {
        return format!("{}某", first.to_uppercase());
    }
    let plain: String = name.chars().filter(|one| is_han(*one)).collect();
    let length = plain.chars().count();
    // A dot, or more characters than a Chinese name has: the first sign alone is no surname, and says little.
    if name.contains(DOTS) || length > 5 {
        return format!("{first}某");
    }
    let compound = COMPOUND.iter().find(|surname| plain.starts_with(**surname) && length > surname.chars().count());
    compound.map_or_else(|| format!("{first}某"), |surname| format!("{surname}某"))
}

/// Words before the name of the person behind a sign-board.
const ROLES: [&str; 7] = ["经营者", "法定代表人", "负责人", "投资人", "业主", "店主", "老板"];
/// What brackets of sign-boards say that is nobody's name.
const NO_NAMES: [&str; 8] = ["独资", "工商户", "个体", "连锁", "直营", "加盟", "有限", "合伙"];

/// The person behind a party, as its name says in brackets: 听涛街便利店（经营者：罗春）. Without a word such as 经营者 only a
/// sole trader's brackets are read as a name.
fn operator(name: &str, is_sole: bool) -> Option<&str> {
    let from = name.find(['（', '('])?;
    let inner = name[from..].trim_start_matches(['（', '(']).split(['）', ')']).next().unwrap_or_default().trim();
    let role = ROLES.iter().find_map(|role| inner.find(role).map(|at| &inner[at + role.len()..]));
    let named = role.unwrap_or(inner).trim_start_matches(['：', ':', ' ', '\u{3000}', '为', '是']).trim();
    let letters = named.chars().filter(|one| is_han(*one) || one.is_alphabetic()).count();
    let is_name = letters >= 2
        && (role.is_some()
            || (is_sole
                && letters <= 12
                && !SHOPS.iter().any(|shop| named.ends_with(shop))
                && !NO_NAMES.iter().any(|word| named.contains(word))));
    is_name.then_some(named)
}

/// The names of natural persons that a party's name holds: these stand nowhere in what is published.
pub fn natural_names(party: &Party) -> Vec<String> {
    let name = party.name.trim();
    match party.form {
        PartyForm::Unit => operator(name, false).map(str::to_owned).into_iter().collect(),
        PartyForm::Citizen => vec![name.to_owned()],
        PartyForm::SoleTrader => {
            let board = board(name);
            let own = if is_shop(board) { None } else { Some(board.to_owned()) };
            own.into_iter().chain(operator(name, true).map(str::to_owned)).collect()
        }
    }
}

/// What stands before the brackets.
fn board(name: &str) -> &str {
    name.split(['（', '(']).next().unwrap_or(name).trim()
}

fn is_shop(board: &str) -> bool {
    SHOPS.iter().any(|shop| board.ends_with(shop)) && board.chars().count() > 2
}

/// What a party is called in public.
pub fn public_name(party: &Party) -> String {
    let name = party.name.trim();
    match party.form {
        PartyForm::Citizen => person(name),
        PartyForm::Unit => match operator(name, false) {
            Some(named) => name.replace(named, &person(named)),
            None => name.to_owned(),
        },
        PartyForm::SoleTrader => {
            let board = board(name);
            match operator(name, true) {
                // A sign-board that bears the person's name loses it too.
                Some(named) if is_shop(board) => name.replace(named, &person(named)),
                Some(named) => format!("{}（经营者：{}）", person(board), person(named)),
                None if is_shop(board) => name.to_owned(),
                None => person(name),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn party(name: &str, form: PartyForm) -> Party {
        Party { name: name.to_owned(), form, age: None, is_unaccountable: false, code: String::new() }
    }

    #[test]
    fn people_are_called_by_their_surname_alone() {
        for (name, said) in [
            ("张三", "张某"),
            ("张三丰", "张某"),
            (" 张 三 ", "张某"),
            ("张\u{3000}三", "张某"),
            ("欧阳修", "欧阳某"),
            ("欧阳", "欧某"),
            ("上官婉儿", "上官某"),
            ("司马", "司某"),
            ("张欧阳", "张某"),
            ("阿卜杜拉·买买提", "阿某"),
            ("买买提•艾力", "买某"),
            ("古丽娜尔・吐尔逊", "古某"),
            ("约翰.史密斯", "约某"),
            ("扎西次仁多吉旺堆", "扎某"),
            ("John Smith", "J某"),
            ("jean-luc d'Arc", "J某"),
            ("Иван Петров", "И某"),
            ("Ðorđe", "Ð某"),
            ("田中太郎", "田某"),
            ("𠮷田", "𠮷某"),
            ("", "某"),
            ("···", "某"),
            ("A", "A某"),
            ("某", "某某"),
        ] {
            assert_eq!(person(name), said, "{name}");
            assert_eq!(public_name(&party(name, PartyForm::Citizen)), said, "{name}");
        }
    }

    #[test]
    fn units_and_sign_boards_keep_their_name_but_nobody_behind_them_does() {
        use PartyForm::{SoleTrader, Unit};
        for (name, form, said, hidden) in [
            ("望澜临江文化传播有限公司", Unit, "望澜临江文化传播有限公司", &[][..]),
            ("望澜市滨湖区好邻居便民超市（个人独资）", Unit, "望澜市滨湖区好邻居便民超市（个人独资）", &[]),
            ("望澜（集团）有限公司", Unit, "望澜（集团）有限公司", &[]),
            ("听涛街早点（个体工商户）", SoleTrader, "听某", &["听涛街早点"]),
            ("某厂（负责人：许文茂）", Unit, "某厂（负责人：许某）", &["许文茂"]),
            ("望澜实业公司(鱼市街分公司)", Unit, "望澜实业公司(鱼市街分公司)", &[]),
            ("听涛街便利店（经营者：罗春）", SoleTrader, "听涛街便利店（经营者：罗某）", &["罗春"]),
            ("听涛街便利店(罗春)", SoleTrader, "听涛街便利店(罗某)", &["罗春"]),
            ("罗春便利店（经营者罗春）", SoleTrader, "罗某便利店（经营者罗某）", &["罗春"]),
            ("古渡路水果店", SoleTrader, "古渡路水果店", &[]),
            ("江石生", SoleTrader, "江某", &["江石生"]),
            ("江石生（经营者：江石生）", SoleTrader, "江某（经营者：江某）", &["江石生", "江石生"]),
            ("买买提·艾力", SoleTrader, "买某", &["买买提·艾力"]),
        ] {
            let party = party(name, form);
            assert_eq!(public_name(&party), said, "{name}");
            assert_eq!(natural_names(&party), hidden, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_of_a_citizen_is_told_whole(name in "[\\u{4e00}-\\u{9fa5}A-Za-z·. ]{2,12}") {
            let said = public_name(&party(&name, PartyForm::Citizen));
            let letters: Vec<char> = name.chars().filter(|one| one.is_alphanumeric()).collect();
            prop_assert!(said.ends_with('某'));
            prop_assert!(said.chars().count() <= 5, "{said}");
            if letters.len() >= 2 {
                prop_assert!(!said.contains(&letters.iter().collect::<String>()), "{said} of {name}");
            }
        }
    }
}
