//! The invented city's duty: three rosters for this month and the next, published, with the hand-overs of the last days.

use crate::duty::months::{issue, make};
use crate::duty::pattern::{Crew, Lists, Pattern, Turn};
use crate::duty::settings::Settings;
use crate::duty::shift::{Arrival, HandOver, Month, Roster, Shift};
use crate::duty::store::{self, Arrived};
use crate::kit::clock::Moment;
use crate::kit::db::{Db, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::people;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;

const HOUR: i64 = 60 * 60 * 1000;

async fn people_of(tx: &Tx, logins: &[&str]) -> Result<Vec<Id>, Error> {
    let mut found = Vec::new();
    for login in logins {
        found.extend(people::store::credentials(tx, login).await?.map(|(account, _)| account.id));
    }
    Ok(found)
}

/// Makes and publishes the rosters, as `shift1` does.
pub async fn stand(db: &Db, settings: Settings, zone: TimeZone, now: Moment) -> Result<(), Error> {
    db.write(move |tx| async move {
        let Some(by) = people_of(&tx, &["shift1"]).await?.pop() else { return Ok(()) };
        let today = now.zoned(&zone).date();
        let month = Month::of(today);
        for roster in rosters(&tx, month.first()).await? {
            store::add_roster(&tx, &roster, now).await?;
            let body = serde_json::json!({ "name": roster.name });
            store::record(&tx, "roster", roster.id, "roster_made", Some(by), now, body).await?;
            make(&tx, roster.id, month.first(), month.next().last(), (&zone, None), by, now).await?;
            for month in [month, month.next()] {
                issue(&tx, roster.id, month, 1, true, settings.rest, &zone, by, now).await?;
            }
            remember(&tx, roster.id, month, now).await?;
        }
        phones(&tx).await
    })
    .await
}

/// The brigade's own number for everybody on duty, each with an extension of its own.
async fn phones(tx: &Tx) -> Result<(), Error> {
    let logins = [
        "leader",
        "shift1",
        "desk-order",
        "desk-signs",
        "desk-waste",
        "crew-order",
        "crew-signs",
        "crew-waste",
        "acceptor1",
        "acceptor2",
        "dispatcher1",
        "dispatcher2",
    ];
    for (at, account) in people_of(tx, &logins).await?.into_iter().enumerate() {
        store::set_phone(tx, account, &format!("0990-62011{at:02}").into()).await?;
    }
    Ok(())
}

async fn rosters(tx: &Tx, anchor: Date) -> Result<Vec<Roster>, Error> {
    let roster = |name: &str, pattern, lists, is_called| Roster {
        id: id::fresh(),
        name: name.into(),
        pattern,
        lists,
        place: None,
        is_called,
        is_active: true,
        revision: 1,
    };
    let standing = Lists {
        crews: Vec::new(),
        leaders: people_of(tx, &["leader", "shift1"]).await?,
        on_duty: people_of(tx, &["desk-order", "crew-order", "desk-signs", "crew-signs", "desk-waste", "crew-waste"])
            .await?,
        stand_by: people_of(tx, &["crew-road", "crew-lamp", "crew-drain", "crew-garden", "crew-clean", "crew-haul"])
            .await?,
    };
    let mut desk = Lists::default();
    for (name, login) in
        [("甲班", "acceptor1"), ("乙班", "dispatcher1"), ("丙班", "acceptor2"), ("丁班", "dispatcher2")]
    {
        desk.crews.push(Crew { name: name.into(), on_duty: people_of(tx, &[login]).await?, ..Crew::default() });
    }
    let mut keepers = Lists::default();
    for (name, logins) in [("一组", ["keeper1", "keeper3"]), ("二组", ["keeper2", "keeper4"])] {
        keepers.crews.push(Crew { name: name.into(), on_duty: people_of(tx, &logins).await?, ..Crew::default() });
    }
    let turn = |name: &str, from: i8, minutes| Turn { name: name.into(), from: time(from, 0, 0, 0), minutes };
    let turns = vec![turn("早班", 8, 480), turn("中班", 16, 480), turn("夜班", 0, 480)];
    let shifted = vec![turn("早岗", 7, 480), turn("晚岗", 13, 480)];
    Ok(vec![
        roster(
            "大队总值班",
            Pattern::Standing { from: time(8, 30, 0, 0), on_duty: 2, stand_by: 2, anchor },
            standing,
            true,
        ),
        roster("监督指挥三班倒", Pattern::Rotating { turns, days: 1, anchor }, desk, false),
        roster(
            "信息采集错时",
            Pattern::Staggered { turns: shifted, days: 7, weekdays: [true; 7], by_calendar: false, anchor },
            keepers,
            false,
        ),
    ])
}

/// What the last days left behind: arrivals, and hand-overs that both sides signed; the last one waits for a signature.
async fn remember(tx: &Tx, roster: Id, month: Month, now: Moment) -> Result<(), Error> {
    let shifts = store::shifts_of_month(tx, roster, month).await?;
    let recent: Vec<&Shift> =
        shifts.iter().filter(|shift| shift.from <= now && shift.until.0 > now.0 - 96 * HOUR).collect();
    for (at, shift) in recent.iter().enumerate() {
        for (place, late) in shift.people.iter().filter(|place| place.role.is_present()).zip([0, 9]) {
            let arrival = Arrival { is_late: late > 5, metres: Some(24), is_elsewhere: false };
            let at = shift.from.plus((late - 4) * 60_000);
            if at <= now {
                let arrived = Arrived { account: place.account, at, arrival, reason: String::new() };
                store::arrive(tx, shift.id, &arrived, None).await?;
            }
        }
        let Some(next) = recent.get(at + 1).filter(|next| next.from == shift.until) else { continue };
        let present =
            |shift: &Shift| shift.people.iter().find(|place| place.role.is_present()).map(|place| place.account);
        let (Some(left), Some(came)) = (present(shift), present(next)) else { continue };
        let mut one = HandOver {
            id: id::fresh(),
            leaving: shift.id,
            coming: next.id,
            words: "夜间巡查正常，无遗留事项。对讲机 4 部、车钥匙 2 把已清点。".into(),
            matters: Vec::new(),
            left: None,
            came: None,
            revision: 1,
        };
        store::add_hand_over(tx, &one, roster, left, shift.until).await?;
        one.left = Some((left, shift.until));
        if at + 2 < recent.len() && came != left {
            one.came = Some((came, shift.until.plus(6 * 60_000)));
        }
        one.revision = 2;
        store::save_hand_over(tx, &one).await?;
    }
    Ok(())
}
