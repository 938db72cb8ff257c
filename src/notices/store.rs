//! The room's tables.

use super::delivery::{Delivery, Fault, FaultKind, Next, State};
use super::leaving::{Leave, Quiet};
use super::notice::{Channel, Notice, Urgency};
use super::person::{Address, Preferences, Wish, language};
use super::push::Device;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::kit::sealing::{Column, Personal};
use std::collections::BTreeSet;

/// Where somebody is reached.
pub const ADDRESS: Column = Column::of("notice_addresses", "address").keyed("account_id", Some("channel"));
/// Where somebody wishes to be reached, until the code comes back.
pub const WANTED: Column = Column::of("notice_addresses", "wanted").keyed("account_id", Some("channel"));
/// The address of a browser at its push service; found by its value.
pub const DEVICE_ENDPOINT: Column = Column::of("notice_devices", "endpoint").marked("endpoint_mark");
/// The public key of a browser.
pub const DEVICE_P256DH: Column = Column::of("notice_devices", "p256dh");
/// The secret of a browser.
pub const DEVICE_AUTH: Column = Column::of("notice_devices", "auth");

/// More unread notices than this are not counted.
pub const MOST_COUNTED: i64 = 100;

/// A column that holds a word of ours.
fn word<T>(row: &Row, index: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T, DbError> {
    let word: String = row.get(index)?;
    parse(&word).ok_or_else(|| DbError::Row(format!("no word {word}")))
}

/// Puts a notice into the outbox, within the transaction of what it is about, with a delivery for each way that the person
/// wishes now. The same notice again is nothing. Answers by which ways it leaves the program; by none when the person has
/// no address or does not wish it, and for the same notice again.
///
/// # Errors
/// When the database fails.
pub async fn send(tx: &Tx, notice: &Notice, now: Moment) -> Result<Vec<Channel>, DbError> {
    let Some(id) = keep(tx, notice, now).await? else { return Ok(Vec::new()) };
    let Some(reach) = reach(tx, notice.to).await? else { return Ok(Vec::new()) };
    let ways: Vec<Channel> =
        Channel::ALL.iter().copied().filter(|channel| reach.is_told(*channel, notice.urgency)).collect();
    for channel in &ways {
        deliver(tx, notice, id, *channel, &reach, now).await?;
    }
    Ok(ways)
}

/// By which ways an urgent notice would leave the program for somebody now.
///
/// # Errors
/// When the database fails.
pub async fn urgent_ways(tx: &Tx, account: Id) -> Result<Vec<Channel>, DbError> {
    let Some(reach) = reach(tx, account).await? else { return Ok(Vec::new()) };
    Ok(Channel::ALL.iter().copied().filter(|channel| reach.is_told(*channel, Urgency::Urgent)).collect())
}

/// Everybody for whom an urgent notice would leave the program now by a way that the city has.
///
/// # Errors
/// When the database fails.
pub async fn told_at_night(tx: &Tx, has: impl Fn(Channel) -> bool) -> Result<BTreeSet<Id>, DbError> {
    let rows = tx
        .query(
            "select w.account_id, w.channel, s.lang, s.email, s.push, s.sms, s.quiet_from, s.quiet_until, s.revision from \
             (select account_id, channel from notice_addresses where address <> '' \
             union select account_id, 'push' as channel from notice_devices) w \
             left join notice_settings s on s.account_id = w.account_id",
            params![],
        )
        .await?;
    let mut told = BTreeSet::new();
    for row in &rows {
        let channel = word(row, 1, Channel::parse)?;
        if has(channel) && read_preferences(row, 2)?.by(channel).takes(Urgency::Urgent) {
            told.insert(row.get(0)?);
        }
    }
    Ok(told)
}

/// How far the notices of a kind with one link have left the program, for some people: who, by which way, how far.
/// `after` is an identifier made before the first of them.
///
/// # Errors
/// When the database fails.
pub async fn left(
    tx: &Tx,
    people: &[Id],
    kind: &str,
    link: &str,
    after: Id,
) -> Result<Vec<(Id, Channel, State)>, DbError> {
    let mut found = Vec::new();
    // Engines bound how many values one statement takes.
    for some in people.chunks(500) {
        let mut values = params![after, kind, link];
        let marks: Vec<String> = (1..=some.len()).map(|at| format!("${}", at + 3)).collect();
        values.extend(some.iter().map(|account| Value::from(*account)));
        let sql = format!(
            "select n.account_id, d.channel, d.state from notices n join notice_deliveries d on d.notice_id = n.id \
             where n.id > $1 and n.kind = $2 and n.link = $3 and n.account_id in ({})",
            marks.join(", ")
        );
        for row in &tx.query(&sql, values).await? {
            found.push((row.get(0)?, word(row, 1, Channel::parse)?, word(row, 2, State::parse)?));
        }
    }
    Ok(found)
}

/// The same notice to several people; who is named twice is told once.
///
/// # Errors
/// When the database fails.
pub async fn send_all(tx: &Tx, to: &[Id], notice: &Notice, now: Moment) -> Result<(), DbError> {
    for account in to {
        send(tx, &Notice { to: *account, ..notice.clone() }, now).await?;
    }
    Ok(())
}

/// Puts a notice into the outbox for one way only, whatever the person wishes; false when they have no address there.
///
/// # Errors
/// When the database fails.
pub async fn send_by(tx: &Tx, notice: &Notice, channel: Channel, now: Moment) -> Result<bool, DbError> {
    let Some(reach) = reach(tx, notice.to).await?.filter(|reach| reach.has(channel)) else { return Ok(false) };
    if let Some(id) = keep(tx, notice, now).await? {
        deliver(tx, notice, id, channel, &reach, now).await?;
    }
    Ok(true)
}

/// Keeps a notice; none when it is known.
async fn keep(tx: &Tx, notice: &Notice, now: Moment) -> Result<Option<Id>, DbError> {
    let args: serde_json::Map<String, serde_json::Value> =
        notice.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    let id = id::fresh();
    let kept = tx
        .execute(
            "insert into notices (id, account_id, kind, args, link, urgency, once, sent_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (account_id, once) do nothing",
            params![
                id,
                notice.to,
                notice.kind,
                serde_json::Value::Object(args).to_string(),
                &notice.link,
                notice.urgency.word(),
                &notice.once,
                now
            ],
        )
        .await?;
    Ok((kept == 1).then_some(id))
}

/// How somebody can be reached, and how they wish to be.
struct Reach {
    preferences: Preferences,
    has_email: bool,
    has_sms: bool,
    devices: Vec<Id>,
}

impl Reach {
    /// True when a notice of this urgency leaves by this way.
    fn is_told(&self, channel: Channel, urgency: Urgency) -> bool {
        self.has(channel) && self.preferences.by(channel).takes(urgency)
    }

    fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.has_email,
            Channel::Sms => self.has_sms,
            Channel::Push => !self.devices.is_empty(),
        }
    }
}

/// None for an account that was stopped: its notices stand in the program and nowhere else.
async fn reach(tx: &Tx, account: Id) -> Result<Option<Reach>, DbError> {
    let row = tx
        .query_opt(
            "select s.lang, s.email, s.push, s.sms, s.quiet_from, s.quiet_until, s.revision, \
             (select count(*) from notice_addresses e where e.account_id = a.id and e.channel = 'email' \
             and e.address <> ''), (select count(*) from notice_addresses m where m.account_id = a.id \
             and m.channel = 'sms' and m.address <> ''), (select count(*) from notice_devices d where d.account_id = a.id) \
             from accounts a left join notice_settings s on s.account_id = a.id where a.id = $1 and a.is_active = 1",
            params![account],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut devices = Vec::new();
    if row.get::<i64>(9)? > 0 {
        let rows = tx.query("select id from notice_devices where account_id = $1 order by id", params![account]);
        devices = rows.await?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    }
    Ok(Some(Reach {
        preferences: read_preferences(&row, 0)?,
        has_email: row.get::<i64>(7)? > 0,
        has_sms: row.get::<i64>(8)? > 0,
        devices,
    }))
}

async fn deliver(
    tx: &Tx,
    notice: &Notice,
    id: Id,
    channel: Channel,
    reach: &Reach,
    now: Moment,
) -> Result<(), DbError> {
    let devices: &[Id] = match channel {
        Channel::Push => &reach.devices,
        Channel::Email | Channel::Sms if reach.has(channel) => &[0],
        Channel::Email | Channel::Sms => &[],
    };
    for device in devices {
        tx.execute(
            "insert into notice_deliveries (id, notice_id, account_id, channel, device_id, urgency, state, due_at, why, \
             tries, lease, fault, detail, made_at) values ($1, $2, $3, $4, $5, $6, 'waiting', $7, '', 0, '', '', '', $7)",
            params![id::fresh(), id, notice.to, channel.word(), *device, notice.urgency.word(), now],
        )
        .await?;
    }
    Ok(())
}

/// A notice as its receiver sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its identifier, by which pages are cut.
    pub id: Id,
    /// What it says.
    pub kind: String,
    /// What its sentences need.
    pub args: Vec<(String, String)>,
    /// Where one goes on.
    pub link: String,
    /// How pressing it is.
    pub urgency: Urgency,
    /// When it was sent.
    pub sent_at: Moment,
    /// When it was read.
    pub read_at: Option<Moment>,
}

fn arguments(text: &str) -> Vec<(String, String)> {
    let map: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let plain = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    map.into_iter().map(|(name, value)| (name, plain(value))).collect()
}

fn line(row: &Row) -> Result<Line, DbError> {
    Ok(Line {
        id: row.get(0)?,
        kind: row.get(1)?,
        args: arguments(&row.get::<String>(2)?),
        link: row.get(3)?,
        urgency: word(row, 4, Urgency::parse)?,
        sent_at: row.get(5)?,
        read_at: row.get(6)?,
    })
}

/// How many notices somebody has not read, at most [`MOST_COUNTED`].
///
/// # Errors
/// When the database fails.
pub async fn unread(tx: &Tx, account: Id) -> Result<i64, DbError> {
    tx.query_one(
        "select count(*) from (select id from notices where account_id = $1 and read_at is null limit $2) as counted",
        params![account, MOST_COUNTED],
    )
    .await?
    .get(0)
}

/// A page of somebody's notices, newest first, before the identifier `before`.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, account: Id, before: Id) -> Result<Page<Line>, DbError> {
    let rows = tx
        .query(
            "select id, kind, args, link, urgency, sent_at, read_at from notices \
             where account_id = $1 and id < $2 order by id desc limit $3",
            params![account, before, PAGE + 1],
        )
        .await?;
    Ok(Page::cut(rows.iter().map(line).collect::<Result<_, _>>()?, |line| line.id.to_string()))
}

/// The same of those that were not read.
///
/// # Errors
/// When the database fails.
pub async fn list_unread(tx: &Tx, account: Id, before: Id) -> Result<Page<Line>, DbError> {
    let rows = tx
        .query(
            "select id, kind, args, link, urgency, sent_at, read_at from notices \
             where account_id = $1 and id < $2 and read_at is null order by id desc limit $3",
            params![account, before, PAGE + 1],
        )
        .await?;
    Ok(Page::cut(rows.iter().map(line).collect::<Result<_, _>>()?, |line| line.id.to_string()))
}

/// The newest unread urgent notice of somebody that was sent since a moment, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn newest_urgent(tx: &Tx, account: Id, since: Moment) -> Result<Option<Line>, DbError> {
    let row = tx
        .query_opt(
            "select id, kind, args, link, urgency, sent_at, read_at from notices where account_id = $1 \
             and read_at is null and urgency = 'urgent' and sent_at >= $2 order by id desc limit 1",
            params![account, since],
        )
        .await?;
    row.as_ref().map(line).transpose()
}

/// A notice of somebody's own, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &Tx, account: Id, id: Id) -> Result<Option<Line>, DbError> {
    let row = tx
        .query_opt(
            "select id, kind, args, link, urgency, sent_at, read_at from notices where id = $2 and account_id = $1",
            params![account, id],
        )
        .await?;
    row.as_ref().map(line).transpose()
}

/// Marks a notice of somebody's own as read; one that was read stays read since then.
///
/// # Errors
/// When the database fails.
pub async fn mark_read(tx: &Tx, account: Id, id: Id, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "update notices set read_at = $3 where id = $2 and account_id = $1 and read_at is null",
        params![account, id, now],
    )
    .await?;
    Ok(())
}

/// Marks all of somebody's notices up to one as read: what came later was not seen.
///
/// # Errors
/// When the database fails.
pub async fn mark_all_read(tx: &Tx, account: Id, until: Id, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "update notices set read_at = $3 where account_id = $1 and id <= $2 and read_at is null",
        params![account, until, now],
    )
    .await?;
    Ok(())
}

/// The newest notice there is; 0 without any.
///
/// # Errors
/// When the database fails.
pub async fn newest(tx: &Tx) -> Result<Id, DbError> {
    tx.query_one("select coalesce(max(id), 0) from notices", params![]).await?.get(0)
}

/// Notices after an identifier, oldest first: `(notice, account)`.
///
/// # Errors
/// When the database fails.
pub async fn newer(tx: &Tx, after: Id) -> Result<Vec<(Id, Id)>, DbError> {
    let rows =
        tx.query("select id, account_id from notices where id > $1 order by id limit 1000", params![after]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Forgets the oldest notices that were sent before a moment, with their deliveries; answers how many. Some are left when
/// there are very many.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: Moment) -> Result<usize, DbError> {
    let rows = tx.query("select id, sent_at from notices order by id limit 500", params![]).await?;
    let mut old: Vec<Id> = Vec::new();
    for row in &rows {
        if row.get::<Moment>(1)? < before {
            old.push(row.get(0)?);
        }
    }
    for id in &old {
        tx.execute("delete from notice_deliveries where notice_id = $1", params![*id]).await?;
        tx.execute("delete from notices where id = $1", params![*id]).await?;
    }
    Ok(old.len())
}

/// Preferences in the columns from `at` on; the program's own when there is no row.
fn read_preferences(row: &Row, at: usize) -> Result<Preferences, DbError> {
    let Some(lang) = row.get::<Option<String>>(at)? else { return Ok(Preferences::default()) };
    let time = |index: usize| -> Result<Option<jiff::civil::Time>, DbError> {
        Ok(row.get::<Option<String>>(index)?.and_then(|text| text.parse().ok()))
    };
    let quiet = time(at + 4)?.zip(time(at + 5)?).and_then(|(from, until)| Quiet::new(from, until));
    Ok(Preferences {
        lang: language(&lang),
        email: word(row, at + 1, Wish::parse)?,
        push: word(row, at + 2, Wish::parse)?,
        sms: word(row, at + 3, Wish::parse)?,
        quiet,
        revision: row.get(at + 6)?,
    })
}

/// What somebody wishes; the program's own when they never said.
///
/// # Errors
/// When the database fails.
pub async fn preferences(tx: &Tx, account: Id) -> Result<Preferences, DbError> {
    let row = tx
        .query_opt(
            "select lang, email, push, sms, quiet_from, quiet_until, revision from notice_settings where account_id = $1",
            params![account],
        )
        .await?;
    row.map_or_else(|| Ok(Preferences::default()), |row| read_preferences(&row, 0))
}

/// Saves what somebody wishes. The last word of the same person counts, from whichever screen.
///
/// # Errors
/// When the database fails.
pub async fn save_preferences(tx: &Tx, account: Id, preferences: &Preferences) -> Result<(), DbError> {
    let times = preferences.quiet.map(Quiet::times);
    let written = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    tx.execute(
        "insert into notice_settings (account_id, lang, email, push, sms, quiet_from, quiet_until, revision) \
         values ($1, $2, $3, $4, $5, $6, $7, 1) on conflict (account_id) do update set lang = excluded.lang, \
         email = excluded.email, push = excluded.push, sms = excluded.sms, quiet_from = excluded.quiet_from, \
         quiet_until = excluded.quiet_until, revision = notice_settings.revision + 1",
        params![
            account,
            preferences.lang.unwrap_or_default(),
            preferences.email.word(),
            preferences.push.word(),
            preferences.sms.word(),
            times.map(|(from, _)| written(from)),
            times.map(|(_, until)| written(until))
        ],
    )
    .await?;
    Ok(())
}

/// Somebody's address by one way, in use or waiting for its code.
///
/// # Errors
/// When the database fails.
pub async fn address(tx: &Tx, account: Id, channel: Channel) -> Result<Address, DbError> {
    let row = tx
        .query_opt(
            "select address, wanted, code, code_until_at, code_tries, asked_at, asked_since_at, asked_count, revision \
             from notice_addresses where account_id = $1 and channel = $2",
            params![account, channel.word()],
        )
        .await?;
    let Some(row) = row else { return Ok(Address::none(account, channel)) };
    Ok(Address {
        account,
        channel,
        address: tx.open(ADDRESS, (account, channel.word()), row.get(0)?),
        wanted: tx.open(WANTED, (account, channel.word()), row.get(1)?),
        code: row.get(2)?,
        code_until: row.get(3)?,
        code_tries: row.get(4)?,
        asked_at: row.get(5)?,
        asked_since: row.get(6)?,
        asked_count: row.get(7)?,
        revision: row.get(8)?,
    })
}

/// Saves an address if nobody changed it since it was loaded.
///
/// # Errors
/// [`DbError::Stale`], or when the database fails.
pub async fn save_address(tx: &Tx, one: &Address) -> Result<(), DbError> {
    let saved = tx
        .execute(
            "insert into notice_addresses (account_id, channel, address, wanted, code, code_until_at, code_tries, \
             asked_at, asked_since_at, asked_count, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 + 1) \
             on conflict (account_id, channel) do update set address = excluded.address, wanted = excluded.wanted, \
             code = excluded.code, code_until_at = excluded.code_until_at, code_tries = excluded.code_tries, \
             asked_at = excluded.asked_at, asked_since_at = excluded.asked_since_at, \
             asked_count = excluded.asked_count, revision = excluded.revision where notice_addresses.revision = $11",
            params![
                one.account,
                one.channel.word(),
                tx.keep(ADDRESS, (one.account, one.channel.word()), &one.address)?,
                tx.keep(WANTED, (one.account, one.channel.word()), &one.wanted)?,
                &one.code,
                one.code_until,
                one.code_tries,
                one.asked_at,
                one.asked_since,
                one.asked_count,
                one.revision
            ],
        )
        .await?;
    if saved == 0 { Err(DbError::Stale) } else { Ok(()) }
}

/// Somebody's browsers, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn devices(tx: &Tx, account: Id) -> Result<Vec<Device>, DbError> {
    let rows = tx
        .query(
            "select id, account_id, endpoint, p256dh, auth, name, made_at, last_at from notice_devices \
             where account_id = $1 order by id",
            params![account],
        )
        .await?;
    rows.iter().map(|row| device(tx, row, 0)).collect()
}

fn device(tx: &Tx, row: &Row, at: usize) -> Result<Device, DbError> {
    let (id, mut unread): (Id, _) = (row.get(at)?, None);
    let mut open = |column: Column, at: usize| match tx.open(column, id, row.get(at)?) {
        Personal::Known(text) => Ok::<_, DbError>(text),
        Personal::Unreadable { why, .. } => {
            unread = Some(why);
            Ok(String::new())
        }
    };
    let (endpoint, p256dh) = (open(DEVICE_ENDPOINT, at + 2)?, open(DEVICE_P256DH, at + 3)?);
    let auth = open(DEVICE_AUTH, at + 4)?;
    Ok(Device {
        id,
        account: row.get(at + 1)?,
        endpoint,
        p256dh,
        auth,
        name: row.get(at + 5)?,
        made_at: row.get(at + 6)?,
        last_at: row.get(at + 7)?,
        unread,
    })
}

/// Adds a browser, with the key of the session in which it was: with its end it is told nothing more. One that is known
/// belongs to whoever signed in with it last.
///
/// # Errors
/// When the database fails.
pub async fn put_device(tx: &Tx, device: &Device, session: &str) -> Result<(), DbError> {
    // The same address may lie sealed by another key, or not at all.
    let (held, values) = tx.holds(DEVICE_ENDPOINT, &device.endpoint, 1);
    let known = tx.query_one(&format!("select max(last_at) from notice_devices where {held}"), values.clone()).await?;
    let last_at: Option<Moment> = known.get(0)?;
    tx.execute(&format!("delete from notice_devices where {held}"), values).await?;
    tx.execute(
        "insert into notice_devices (id, account_id, endpoint, p256dh, auth, name, made_at, session_key, last_at, endpoint_mark) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            device.id,
            device.account,
            tx.seal(DEVICE_ENDPOINT, device.id, &device.endpoint)?,
            tx.seal(DEVICE_P256DH, device.id, &device.p256dh)?,
            tx.seal(DEVICE_AUTH, device.id, &device.auth)?,
            &device.name,
            device.made_at,
            session,
            last_at,
            tx.mark(DEVICE_ENDPOINT, &device.endpoint)
        ],
    )
    .await?;
    Ok(())
}

/// Takes a browser of somebody's own away; false when there is none.
///
/// # Errors
/// When the database fails.
pub async fn remove_device(tx: &Tx, account: Id, id: Id) -> Result<bool, DbError> {
    let removed =
        tx.execute("delete from notice_devices where id = $2 and account_id = $1", params![account, id]).await?;
    Ok(removed > 0)
}

/// Takes away somebody's browser with this address, when it got another.
///
/// # Errors
/// When the database fails.
pub async fn remove_endpoint(tx: &Tx, account: Id, endpoint: &str) -> Result<(), DbError> {
    let (held, mut values) = tx.holds(DEVICE_ENDPOINT, endpoint, 2);
    values.insert(0, Value::from(account));
    tx.execute(&format!("delete from notice_devices where account_id = $1 and {held}"), values).await?;
    Ok(())
}

/// A key that the program made for itself, if it has.
///
/// # Errors
/// When the database fails.
pub async fn key(tx: &Tx, name: &str) -> Result<Option<String>, DbError> {
    tx.query_opt("select value from notice_keys where name = $1", params![name])
        .await?
        .map(|row| row.get(0))
        .transpose()
}

/// Keeps a key, unless there is one of that name; answers the one that is kept.
///
/// # Errors
/// When the database fails.
pub async fn keep_key(tx: &Tx, name: &str, value: &str, now: Moment) -> Result<String, DbError> {
    tx.execute(
        "insert into notice_keys (name, value, made_at) values ($1, $2, $3) on conflict (name) do nothing",
        params![name, value, now],
    )
    .await?;
    tx.query_one("select value from notice_keys where name = $1", params![name]).await?.get(0)
}

/// A delivery whose time has come, with all that its sending needs.
#[derive(Debug, Clone)]
pub struct Due {
    /// The delivery.
    pub id: Id,
    /// The notice.
    pub notice: Line,
    /// To whom.
    pub account: Id,
    /// How often it was tried before.
    pub tries: i64,
    /// True when the person may sign in.
    pub is_active: bool,
    /// What the person wishes.
    pub preferences: Preferences,
    /// The confirmed address; empty without one, and for web push.
    pub address: Personal,
    /// The browser; none when it was taken away, and for the other ways.
    pub device: Option<Device>,
}

/// True when the time of a delivery has come, on its way out or because whoever was sending it is gone.
///
/// # Errors
/// When the database fails.
pub async fn is_any_due(tx: &Tx, channel: Channel, now: Moment) -> Result<bool, DbError> {
    let row = tx
        .query_one(
            "select (select count(*) from (select 1 as one from notice_deliveries where state = 'waiting' \
             and channel = $1 and urgency = 'urgent' and due_at <= $2 limit 1) as pressing) \
             + (select count(*) from (select 1 as one from notice_deliveries where state = 'waiting' \
             and channel = $1 and urgency = 'ordinary' and due_at <= $2 limit 1) as waiting) \
             + (select count(*) from (select 1 as one from notice_deliveries where state = 'sending' \
             and due_at <= $2 limit 1) as leased)",
            params![channel.word(), now],
        )
        .await?;
    Ok(row.get::<i64>(0)? > 0)
}

/// Deliveries whose time has come, earliest first; those of one person that came due together stand together.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, channel: Channel, urgency: Urgency, now: Moment, most: usize) -> Result<Vec<Due>, DbError> {
    let rows = tx
        .query(
            "select n.id, n.kind, n.args, n.link, n.urgency, n.sent_at, n.read_at, d.id, d.account_id, d.tries, \
             a.is_active, s.lang, s.email, s.push, s.sms, s.quiet_from, s.quiet_until, s.revision, \
             coalesce(w.address, ''), v.id, v.account_id, v.endpoint, v.p256dh, v.auth, v.name, v.made_at, v.last_at \
             from notice_deliveries d join notices n on n.id = d.notice_id join accounts a on a.id = d.account_id \
             left join notice_settings s on s.account_id = d.account_id \
             left join notice_addresses w on w.account_id = d.account_id and w.channel = d.channel \
             left join notice_devices v on v.id = d.device_id and v.account_id = d.account_id \
             where d.state = 'waiting' and d.channel = $1 and d.urgency = $2 and d.due_at <= $3 \
             order by d.due_at, d.account_id, d.id limit $4",
            params![channel.word(), urgency.word(), now, most],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Due {
                notice: line(row)?,
                id: row.get(7)?,
                account: row.get(8)?,
                tries: row.get(9)?,
                is_active: row.get(10)?,
                preferences: read_preferences(row, 11)?,
                address: tx.open(ADDRESS, (row.get::<Id>(8)?, channel.word()), row.get(18)?),
                device: if row.get::<Option<Id>>(19)?.is_some() { Some(device(tx, row, 19)?) } else { None },
            })
        })
        .collect()
}

/// Puts a delivery off until it may leave.
///
/// # Errors
/// When the database fails.
pub async fn put_off(tx: &Tx, id: Id, leave: Leave) -> Result<(), DbError> {
    tx.execute(
        "update notice_deliveries set due_at = $2, why = $3 where id = $1 and state = 'waiting'",
        params![id, leave.at, leave.why.word()],
    )
    .await?;
    Ok(())
}

/// Drops a delivery that waits and is not needed.
///
/// # Errors
/// When the database fails.
pub async fn drop_waiting(tx: &Tx, id: Id, why: FaultKind, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "update notice_deliveries set state = 'dropped', fault = $2, detail = '', ended_at = $3 \
         where id = $1 and state = 'waiting'",
        params![id, why.word(), now],
    )
    .await?;
    Ok(())
}

/// Takes a delivery for sending, until a moment; false when another program was quicker.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &Tx, id: Id, leave: Leave, lease: &str, until: Moment) -> Result<bool, DbError> {
    let claimed = tx
        .execute(
            "update notice_deliveries set state = 'sending', lease = $2, due_at = $3, why = $5, tries = tries + 1 \
             where id = $1 and state = 'waiting' and due_at <= $4",
            params![id, lease, until, leave.at, leave.why.word()],
        )
        .await?;
    Ok(claimed == 1)
}

/// Writes down what became of a delivery; nothing when it was taken out of whoever's hands sent it.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    tx: &Tx,
    id: Id,
    lease: &str,
    next: Next,
    fault: Option<&Fault>,
    now: Moment,
) -> Result<(), DbError> {
    let (state, due, ended, why) = match next {
        Next::Sent => (State::Sent, now, Some(now), None),
        Next::Again(at) => (State::Waiting, at, None, Some("again")),
        Next::Failed => (State::Failed, now, Some(now), None),
        Next::Dropped => (State::Dropped, now, Some(now), None),
    };
    tx.execute(
        "update notice_deliveries set state = $3, due_at = $4, ended_at = $5, why = coalesce($6, why), fault = $7, \
         detail = $8, lease = '' where id = $1 and state = 'sending' and lease = $2",
        params![
            id,
            lease,
            state.word(),
            due,
            ended,
            why,
            fault.map_or("", |fault| fault.kind.word()),
            fault.map_or("", |fault| fault.detail.as_str())
        ],
    )
    .await?;
    Ok(())
}

/// Notes that something reached a browser's push service.
///
/// # Errors
/// When the database fails.
pub async fn note_device(tx: &Tx, id: Id, now: Moment) -> Result<(), DbError> {
    tx.execute("update notice_devices set last_at = $2 where id = $1", params![id, now]).await?;
    Ok(())
}

/// Deliveries that somebody was sending and never finished: `(delivery, lease, urgency, tries)`.
///
/// # Errors
/// When the database fails.
pub async fn interrupted(tx: &Tx, now: Moment) -> Result<Vec<(Id, String, Urgency, i64)>, DbError> {
    let rows = tx
        .query(
            "select id, lease, urgency, tries from notice_deliveries where state = 'sending' and due_at <= $1 limit 100",
            params![now],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, word(row, 2, Urgency::parse)?, row.get(3)?))).collect()
}

/// How many deliveries failed, wait and are being sent.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx) -> Result<Vec<(State, i64)>, DbError> {
    let rows = tx
        .query(
            "select state, count(*) from notice_deliveries where state in ('failed', 'waiting', 'sending') group by state",
            params![],
        )
        .await?;
    rows.iter().map(|row| Ok((word(row, 0, State::parse)?, row.get(1)?))).collect()
}

fn delivery(row: &Row) -> Result<Delivery, DbError> {
    let fault: String = row.get(10)?;
    Ok(Delivery {
        id: row.get(0)?,
        account: row.get(1)?,
        name: row.get(2)?,
        kind: row.get(3)?,
        channel: word(row, 4, Channel::parse)?,
        urgency: word(row, 5, Urgency::parse)?,
        state: word(row, 6, State::parse)?,
        due_at: row.get(7)?,
        why: row.get(8)?,
        tries: row.get(9)?,
        fault: FaultKind::parse(&fault),
        detail: row.get(11)?,
        made_at: row.get(12)?,
        ended_at: row.get(13)?,
    })
}

/// A page of deliveries in a state, newest first, before the identifier `before`.
///
/// # Errors
/// When the database fails.
pub async fn deliveries(tx: &Tx, state: State, before: Id) -> Result<Page<Delivery>, DbError> {
    let rows = tx
        .query(
            "select d.id, d.account_id, coalesce(a.name, ''), coalesce(n.kind, ''), d.channel, d.urgency, d.state, \
             d.due_at, d.why, d.tries, d.fault, d.detail, d.made_at, d.ended_at from notice_deliveries d \
             left join accounts a on a.id = d.account_id left join notices n on n.id = d.notice_id \
             where d.state = $1 and d.id < $2 order by d.id desc limit $3",
            params![state.word(), before, PAGE + 1],
        )
        .await?;
    Ok(Page::cut(rows.iter().map(delivery).collect::<Result<_, _>>()?, |one| one.id.to_string()))
}

/// One delivery, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn find_delivery(tx: &Tx, id: Id) -> Result<Option<Delivery>, DbError> {
    let row = tx
        .query_opt(
            "select d.id, d.account_id, coalesce(a.name, ''), coalesce(n.kind, ''), d.channel, d.urgency, d.state, \
             d.due_at, d.why, d.tries, d.fault, d.detail, d.made_at, d.ended_at from notice_deliveries d \
             left join accounts a on a.id = d.account_id left join notices n on n.id = d.notice_id where d.id = $1",
            params![id],
        )
        .await?;
    row.as_ref().map(delivery).transpose()
}

/// Has a delivery that failed or waits tried at once, with all its tries before it again; false when it does neither.
///
/// # Errors
/// When the database fails.
pub async fn retry(tx: &Tx, id: Id, now: Moment) -> Result<bool, DbError> {
    let changed = tx
        .execute(
            "update notice_deliveries set state = 'waiting', due_at = $2, tries = 0, ended_at = null, why = '' \
             where id = $1 and state in ('failed', 'waiting')",
            params![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The same of every failed delivery of one way; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn retry_all(tx: &Tx, channel: Channel, now: Moment) -> Result<u64, DbError> {
    tx.execute(
        "update notice_deliveries set state = 'waiting', due_at = $2, tries = 0, ended_at = null, why = '' \
         where state = 'failed' and channel = $1",
        params![channel.word(), now],
    )
    .await
}

/// Drops every delivery that waits or is under way: it leaves from the city of which this is a copy.
///
/// # Errors
/// When the database fails.
pub async fn drop_all_waiting(tx: &Tx, now: Moment) -> Result<u64, DbError> {
    tx.execute(
        "update notice_deliveries set state = 'dropped', fault = $1, detail = '', ended_at = $2 \
         where state in ('waiting', 'sending')",
        params![FaultKind::Copied.word(), now],
    )
    .await
}

/// Gives up a delivery that failed or waits; false when it does neither.
///
/// # Errors
/// When the database fails.
pub async fn give_up(tx: &Tx, id: Id, now: Moment) -> Result<bool, DbError> {
    let changed = tx
        .execute(
            "update notice_deliveries set state = 'dropped', fault = 'given_up', ended_at = $2 \
             where id = $1 and state in ('failed', 'waiting')",
            params![id, now],
        )
        .await?;
    Ok(changed == 1)
}
