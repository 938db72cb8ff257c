//! An enterprise as the register has it, and what may become of it. Pure.

use super::{Why, credit_code};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::kit::words::enum_of_words;

/// The longest name, in characters.
pub const NAME: usize = 120;
/// The longest address.
pub const ADDRESS: usize = 200;
/// The longest name of whoever is to be asked for.
pub const CONTACT: usize = 60;
/// The longest telephone number.
pub const PHONE: usize = 30;

enum_of_words! {
    /// What an enterprise does.
    Kind {
        /// 餐饮.
        Restaurant = "restaurant",
        /// 商店、超市.
        Shop = "shop",
        /// 农贸市场.
        Market = "market",
        /// 建筑工地.
        Site = "site",
        /// 建筑垃圾运输.
        Carrier = "carrier",
        /// 户外广告.
        Advertising = "advertising",
        /// 物业服务.
        Property = "property",
        /// 工厂.
        Factory = "factory",
        /// 其他.
        Other = "other",
    }
}

enum_of_words! {
    /// Whether it exists.
    State {
        /// 在营.
        Open = "open",
        /// 已注销、已关闭.
        Closed = "closed",
        /// 已并入另一登记.
        Merged = "merged",
    }
}

/// What is written about an enterprise.
#[derive(Debug, Clone, PartialEq)]
pub struct Particulars {
    /// The name.
    pub name: String,
    /// The unified social credit code; empty while nobody knows it.
    pub credit_code: String,
    /// What it does.
    pub kind: Kind,
    /// The address.
    pub address: String,
    /// Who is to be asked for; empty while nobody knows.
    pub contact: Personal,
    /// Their telephone.
    pub phone: Personal,
}

impl Particulars {
    /// What a form says.
    ///
    /// # Errors
    /// `form-missing`, `form-too-long`, `form-choose`, `inspection-refusal-credit-code-wrong`, each on its field.
    pub fn read(typed: &Typed) -> Result<Particulars, Refusal> {
        let name = typed.needed("name", NAME)?;
        let credit_code = credit_code::normal(typed.text("credit_code"));
        Why::CreditCodeWrong
            .unless(credit_code.is_empty() || credit_code::is_right(&credit_code))
            .map_err(|no| no.on("credit_code"))?;
        let kind = typed.choice("kind", Kind::parse)?;
        let address = typed.needed("address", ADDRESS)?;
        let contact = typed.words("contact", CONTACT)?.into();
        let phone = typed.words("phone", PHONE)?.into();
        Ok(Particulars { name, credit_code, kind, address, contact, phone })
    }
}

/// Where it lies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Degrees east; none while nobody knows.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// The unit grid's code.
    pub cell: String,
    /// The community's code.
    pub community: String,
    /// The street's code.
    pub street: String,
}

/// An enterprise.
#[derive(Debug, Clone, PartialEq)]
pub struct Enterprise {
    /// The identifier.
    pub id: Id,
    /// By which officers who scan it are known to stand before it; unguessable.
    pub code: String,
    /// What is written about it.
    pub particulars: Particulars,
    /// Where it lies.
    pub place: Place,
    /// Whether it exists.
    pub state: State,
    /// The enterprise that it was merged into.
    pub merged_into: Option<Id>,
    /// Why it is closed; empty while it is open.
    pub closed_why: String,
    /// Who wrote it down; none for what came by a file.
    pub author: Option<Id>,
    /// When.
    pub added_at: Moment,
    /// One more for every change.
    pub revision: i64,
}

impl Enterprise {
    /// Closes it (注销), or lets it be part of another (合并登记).
    ///
    /// # Errors
    /// `inspection-refusal-enterprise-closed`, `…-same-enterprise`, `form-missing`, `form-too-long`; `…-checks-open` while checks
    /// of it are open.
    pub fn close(&self, into: Option<Id>, why: &str, open_checks: u32) -> Result<Enterprise, Refusal> {
        Why::EnterpriseClosed.unless(self.state == State::Open)?;
        Why::SameEnterprise.unless(into != Some(self.id)).map_err(|no| no.on("into"))?;
        let why = crate::kit::form::required("why", why, 500)?;
        if into.is_none() && open_checks > 0 {
            return Err(Why::ChecksOpen.refuse().with("n", open_checks));
        }
        let state = if into.is_some() { State::Merged } else { State::Closed };
        Ok(Enterprise { state, merged_into: into, closed_why: why, revision: self.revision + 1, ..self.clone() })
    }

    /// Opens one again that was closed.
    ///
    /// # Errors
    /// `inspection-refusal-enterprise-closed` for one that was merged into another or is open.
    pub fn reopen(&self) -> Result<Enterprise, Refusal> {
        Why::EnterpriseClosed.unless(self.state == State::Closed)?;
        let closed_why = String::new();
        Ok(Enterprise { state: State::Open, closed_why, revision: self.revision + 1, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(changes: &[(&str, &str)]) -> Typed {
        let mut all = vec![
            ("name", "望澜某饭店"),
            ("credit_code", "91350100M000100Y43"),
            ("kind", "restaurant"),
            ("address", "临江街 1 号"),
            ("contact", "某人"),
            ("phone", "0990-0000000"),
        ];
        all.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        all.extend_from_slice(changes);
        Typed::of(all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    #[test]
    fn what_is_typed_is_read_or_gets_its_sentence() {
        let long = "长".repeat(10_000);
        type Row<'a> = (&'a [(&'a str, &'a str)], Result<(), (&'a str, &'a str)>);
        #[rustfmt::skip]
        let rows: [Row<'_>; 8] = [
            (&[], Ok(())),
            (&[("credit_code", "")], Ok(())),
            (&[("credit_code", "91350100m000100y43 ")], Ok(())),
            (&[("credit_code", "91350100M000100Y44")], Err(("inspection-refusal-credit-code-wrong", "credit_code"))),
            (&[("name", " ")], Err(("form-missing", "name"))),
            (&[("name", &long)], Err(("form-too-long", "name"))),
            (&[("kind", "zoo")], Err(("form-choose", "kind"))),
            (&[("address", "")], Err(("form-missing", "address"))),
        ];
        for (changes, expected) in rows {
            let read =
                Particulars::read(&typed(changes)).map(drop).map_err(|no| (no.key, no.field.unwrap_or_default()));
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn it_is_closed_once_and_opened_again_unless_it_was_merged() {
        let one = Enterprise {
            id: 7,
            code: "0123456789ABCDEF".into(),
            particulars: Particulars::read(&typed(&[])).expect("read"),
            place: Place::default(),
            state: State::Open,
            merged_into: None,
            closed_why: String::new(),
            author: None,
            added_at: Moment(0),
            revision: 1,
        };
        assert_eq!(one.close(None, "注销", 1).expect_err("open checks").key, Why::ChecksOpen.key());
        assert_eq!(one.close(None, " ", 0).expect_err("no reason").key, "form-missing");
        assert_eq!(one.close(Some(7), "重复", 0).expect_err("itself").key, Why::SameEnterprise.key());
        let closed = one.close(None, "注销", 0).expect("closed");
        assert_eq!(closed.close(None, "注销", 0).expect_err("twice").key, Why::EnterpriseClosed.key());
        assert_eq!(closed.reopen().expect("open").state, State::Open);
        let merged = one.close(Some(8), "重复登记", 2).expect("merged");
        assert_eq!((merged.state, merged.merged_into), (State::Merged, Some(8)));
        assert!(merged.reopen().is_err());
    }
}
