//! What a city says about how long it keeps what it knows of persons: `[retention]` in `city.toml`.
//!
//! No law names the number of days for a city's reports: 个人信息保护法 art. 19 asks for the shortest time that the purpose
//! needs, and art. 47 (1) for removal once it is reached. So nothing is taken out until the city has decided. What a law does
//! name is the least for the log of sign-ins: 网络安全法 art. 21 (3) in the text of 2016, six months.

use crate::kit::clock::Moment;
use crate::kit::words::enum_of_words;
use toml::{Table, Value};

const DAY: i64 = 86_400_000;

enum_of_words! {
    /// What is kept of persons.
    Kind {
        /// Name and telephone number of who reported something, from when it was closed.
        ReportContact = "report_contact",
        /// What the columns of a hotline's work order said, its caller's name and number among it, from when its report was closed.
        HotlineOrder = "hotline_order",
        /// A file of work orders as a hotline sent it, from when it was brought: what it said lies in the orders since.
        HotlineFile = "hotline_file",
        /// The telephone number of who asked about a check of an enterprise, from when it was answered.
        CheckPhone = "check_phone",
        /// Whatever was asked for about personal information, and answered, from when it was.
        Claim = "claim",
        /// From where and with what browser somebody signed in.
        SignInAddress = "sign_in_address",
    }
}

impl Kind {
    /// The fewest and the most days that a city may set. A report may be reopened for a while, and its citizen is called.
    const fn range(self) -> (i64, i64) {
        match self {
            Kind::ReportContact | Kind::HotlineOrder | Kind::HotlineFile | Kind::CheckPhone | Kind::Claim => {
                (30, 36_500)
            }
            Kind::SignInAddress => (183, 36_500),
        }
    }

    /// Its setting.
    fn key(self) -> String {
        format!("{}_days", self.word())
    }
}

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    days: Vec<(Kind, i64)>,
    /// The hour of the city's day at which it is done.
    pub hour: i8,
}

impl Settings {
    /// Reads `[retention]`; what is absent or 0 is kept.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings { days: Vec::new(), hour: 4 };
        let section = match city.get("retention") {
            None => return Ok(settings),
            Some(Value::Table(section)) => section,
            Some(_) => return Err("retention must be a table [retention]".to_owned()),
        };
        // The caller of an order is who reported, and a file holds orders: unless the city says otherwise, all are kept equally long.
        let [contacts, orders, files] = [Kind::ReportContact, Kind::HotlineOrder, Kind::HotlineFile].map(Kind::key);
        let as_contacts = section.get(&contacts);
        let as_orders = section.get(&orders).or(as_contacts);
        let also = [(&orders, as_contacts), (&files, as_orders)];
        let also = also.into_iter().filter(|(key, _)| !section.contains_key(*key));
        let also = also.filter_map(|(key, days)| Some((key, days?)));
        for (key, value) in section.iter().chain(also) {
            let number = value.as_integer();
            if key == "hour" {
                let hour = number.and_then(|hour| i8::try_from(hour).ok()).filter(|hour| (0..=23).contains(hour));
                settings.hour = hour.ok_or("retention.hour must be a number from 0 to 23")?;
                continue;
            }
            let kind = Kind::ALL.iter().copied().find(|kind| kind.key() == *key);
            let kind = kind.ok_or_else(|| format!("retention.{key} is not known"))?;
            let (least, most) = kind.range();
            match number {
                Some(0) => {}
                Some(days) if (least..=most).contains(&days) => settings.days.push((kind, days)),
                _ => return Err(format!("retention.{key} must be 0 (kept) or a number from {least} to {most}")),
            }
        }
        Ok(settings)
    }

    /// What is older than this is taken out; nothing is when the city sets no time.
    pub fn before(&self, kind: Kind, now: Moment) -> Option<Moment> {
        self.days.iter().find(|(one, _)| *one == kind).map(|(_, days)| now.plus(-days * DAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_until_the_city_decides_and_the_log_of_sign_ins_stays_half_a_year() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("toml"));
        let now = Moment(100 * DAY);
        let none = read("").expect("settings");
        assert!(Kind::ALL.iter().all(|kind| none.before(*kind, now).is_none()));
        let some = read("[retention]\nreport_contact_days = 90\ncheck_phone_days = 0\nhour = 2").expect("settings");
        assert_eq!(some.before(Kind::ReportContact, now), Some(Moment(10 * DAY)));
        assert_eq!((some.before(Kind::CheckPhone, now), some.hour), (None, 2));
        assert_eq!(some.before(Kind::HotlineOrder, now), Some(Moment(10 * DAY)), "an order's caller is who reported");
        assert_eq!(some.before(Kind::HotlineFile, now), Some(Moment(10 * DAY)), "and a file is full of them");
        let apart = read("[retention]\nreport_contact_days = 90\nhotline_order_days = 0").expect("settings");
        assert_eq!((apart.before(Kind::HotlineOrder, now), apart.before(Kind::HotlineFile, now)), (None, None));
        let files = read("[retention]\nreport_contact_days = 90\nhotline_file_days = 30").expect("settings");
        assert_eq!(files.before(Kind::HotlineFile, now), Some(Moment(70 * DAY)));
        let alone = read("[retention]\nhotline_order_days = 60").expect("settings");
        assert_eq!(alone.before(Kind::HotlineOrder, now), Some(Moment(40 * DAY)));
        assert_eq!(alone.before(Kind::HotlineFile, now), Some(Moment(40 * DAY)));
        for (wrong, told) in [
            ("retention = 1", "[retention]"),
            ("[retention]\nreport_days = 90", "retention.report_days is not known"),
            ("[retention]\nsign_in_address_days = 90", "from 183"),
            ("[retention]\nreport_contact_days = \"90\"", "retention.report_contact_days"),
            ("[retention]\nhour = 24", "retention.hour"),
        ] {
            assert!(read(wrong).is_err_and(|why| why.contains(told)), "{wrong}");
        }
    }
}
