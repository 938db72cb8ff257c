//! News travels down by the log: this reader notes what each follow has to be told, and sends it when its time has come. A fact may be
//! read twice and there may be several programs; an e-mail leaves once, and once more only when the program dies between its leaving and
//! the note of it.

use super::feed::seen;
use super::follow::Index;
use super::own;
use super::store::{self, Browser, Follow};
use crate::app::App;
use crate::cases::reading::Follower;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::notices::delivery::{Fault, FaultKind};
use crate::notices::email::Mail;
use crate::notices::notice::Urgency;
use crate::notices::push::Device;
use crate::notices::sealing::Identity;
use crate::notices::sending::identity;
use crate::notices::ways::Letter;
use crate::reports::report::{Report, Stage};
use crate::reports::{everyday, show, store as reports};
use crate::timeline::reading::{FAR_BACK, LookBack, Reader};
use minijinja::context;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who reads the log for this room. Whoever has never read begins with what happens now.
const READER: Follower = Follower { name: "follows", batch: 500, beginning: 60_000 };
/// How long the reader sleeps when nobody wakes it.
const SLEEP: Duration = Duration::from_secs(5);
/// How often the table is compared, for what other programs have changed.
const COMPARED: Duration = Duration::from_secs(30);
/// How often addresses that nobody confirmed are removed.
const TIDY: Duration = Duration::from_secs(600);
/// How many follows are served in one round.
const ROUND: usize = 50;
/// How many reports stand in one e-mail …
const MOST: usize = 30;
/// … and in one push.
const PUSHED: usize = 4;
/// How long a program may take for one e-mail, in milliseconds; afterwards another one tries.
const LEASE: i64 = 10 * 60_000;
/// After so long an address is tried again that its server has refused, in milliseconds.
const REFUSED: i64 = 24 * 3_600_000;
/// How long is remembered what was told, in milliseconds: a stage that comes back within it is told anew only when it changed.
const REMEMBERED: i64 = 90 * 24 * 3_600_000;

/// Reads, notes and sends for as long as the program runs.
pub async fn work(app: App) {
    let mut news = app.news.subscribe();
    let (mut reader, mut look, mut tidy_at) =
        (Reader::default(), LookBack::of_facts(&app).from_an_hour_back(), Instant::now());
    while !app.is_stopping() {
        let began = Instant::now();
        let reach = look.reach(began, reader.read);
        match read_on(&app, &mut reader, reach).await {
            Ok(_) => look.done(began, reach),
            Err(error) => tracing::error!(%error, "what is followed could not be noted"),
        }
        if let Err(error) = send_due(&app).await {
            tracing::error!(%error, "followers could not be told");
        }
        if Instant::now() >= tidy_at {
            if let Err(error) = tidy(&app).await {
                tracing::error!(%error, "follows that nobody confirmed could not be removed");
            }
            tidy_at = Instant::now() + TIDY;
        }
        tokio::select! {
            _ = tokio::time::timeout(SLEEP, news.recv()) => tokio::time::sleep(Duration::from_millis(200)).await,
            () = app.stopping() => {}
        }
        news = news.resubscribe();
    }
}

/// Reads what is new, and answers how many were noted.
///
/// # Errors
/// When the database fails.
pub async fn read_once(app: &App) -> Result<usize, Error> {
    read_on(app, &mut Reader::default(), FAR_BACK).await
}

async fn read_on(app: &App, reader: &mut Reader, back: i64) -> Result<usize, Error> {
    let index = index(app).await?;
    let stirred = |tx: Tx, after, most| async move { store::stirred(&tx, after, most).await };
    let work = |report, at| note(app, Arc::clone(&index), report, at);
    READER.read_on(app, reader, back, stirred, work).await
}

/// All that is followed, read anew when somebody has changed it.
async fn index(app: &App) -> Result<Arc<Index>, Error> {
    let read = app.follows.read();
    if read.at.is_some_and(|at| at.elapsed() < COMPARED) {
        return Ok(read.index);
    }
    let mark =
        app.db.read(|tx| async move { store::mark(&tx).await }).await.map_err(|error: DbError| Error::Db(error))?;
    if read.mark == Some(mark) {
        app.follows.keep(mark, Arc::clone(&read.index));
        return Ok(read.index);
    }
    let wishes =
        app.db.read(|tx| async move { store::wishes(&tx).await }).await.map_err(|error: DbError| Error::Db(error))?;
    let index = Arc::new(Index::of(wishes));
    app.follows.keep(mark, Arc::clone(&index));
    Ok(index)
}

/// Notes for every follow that a report is of what has to be told of it.
async fn note(app: &App, index: Arc<Index>, report: Id, at: Moment) -> Result<usize, Error> {
    let found = app.db.read(move |tx| async move { reports::load(&tx, report).await }).await;
    let Some(report) = found.map_err(|error: DbError| Error::Db(error))? else { return Ok(0) };
    let follows = index.of_report(&seen(&report));
    if follows.is_empty() {
        return Ok(0);
    }
    let (held, now) = (app.clone(), app.clock.now());
    let noted = app.db.write(move |tx| async move {
        let today = today(&held, now);
        let mut noted = 0;
        for follow in follows {
            if !store::note(&tx, follow, report.id, report.stage.word(), at).await? {
                continue;
            }
            noted += 1;
            if let Some(one) = store::load(&tx, follow).await? {
                let sent = if one.counted.0 == today { one.counted.1 } else { 0 };
                let due = held.follows.settings.hours.due(one.pace, now, sent, &held.city.zone());
                store::put_due(&tx, follow, due).await?;
            }
        }
        Ok::<_, DbError>(noted)
    });
    noted.await.map_err(Error::Db)
}

/// Tells those whose time has come; answers how many were told.
///
/// # Errors
/// When the database fails.
pub async fn send_due(app: &App) -> Result<usize, Error> {
    let identity = identity(app).await?;
    if app.ways.email.is_none() && identity.is_none() {
        return Ok(0);
    }
    let now = app.clock.now();
    let due = app.db.read(move |tx| async move { store::due(&tx, now, ROUND).await }).await;
    let mut sent = 0;
    for one in due.map_err(|error: DbError| Error::Db(error))? {
        if app.is_stopping() {
            break;
        }
        let taken = one.clone();
        let claimed = app.db.write(move |tx| async move {
            if !store::take(&tx, &taken, now.plus(LEASE)).await? {
                return Ok(None);
            }
            let mut rows = Vec::new();
            for (report, _, at) in store::news(&tx, taken.id, MOST).await? {
                rows.extend(reports::load(&tx, report).await?.map(|report| (report, at)));
            }
            Ok::<_, DbError>(Some(rows))
        });
        let Some(rows) = claimed.await.map_err(Error::Db)? else { continue };
        let until = rows.iter().map(|(_, at)| *at).max().unwrap_or(now);
        if !rows.is_empty() {
            let told = match (&one.unread, &one.browser, &identity) {
                // It waits for the key with which it was sealed.
                (Some(why), ..) => {
                    tracing::warn!(follow = one.id, %why, "a follower cannot be told");
                    Told::Refused
                }
                (None, Some(browser), Some(identity)) => push(app, identity, &one, browser, &rows).await,
                // The city has given push up.
                (None, Some(_), None) => Told::Refused,
                (None, None, _) => send(app, &mail(app, &one, &rows)?).await,
            };
            let follow = one.id;
            match told {
                Told::Yes => sent += 1,
                // Whatever the server says of it is tried again after the lease.
                Told::Later => continue,
                // What will end the same way again is not tried every few minutes.
                Told::Refused => {
                    let due = now.plus(REFUSED);
                    let put = app.db.write(move |tx| async move { store::put_off(&tx, follow, due).await }).await;
                    put.map_err(|error: DbError| Error::Db(error))?;
                    continue;
                }
                Told::Gone => {
                    let end = move |tx: Tx| async move { store::remove(&tx, follow, "follow_lapsed", now).await };
                    app.db.write(end).await.map_err(|error: DbError| Error::Db(error))?;
                    app.follows.changed();
                    continue;
                }
            }
        }
        let (follow, day) = (one.id, today(app, now));
        let sent_today = if one.counted.0 == day { one.counted.1 + 1 } else { 1 };
        let next = app.follows.settings.hours.due(one.pace, now, sent_today, &app.city.zone());
        let told = app.db.write(move |tx| async move { store::told(&tx, follow, until, &day, now, next).await }).await;
        told.map_err(|error: DbError| Error::Db(error))?;
    }
    Ok(sent)
}

/// What came of telling somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It was taken.
    Yes,
    /// It was not, and another try may end otherwise.
    Later,
    /// It was not, and another try would end the same way.
    Refused,
    /// The browser wants nothing more.
    Gone,
}

impl Told {
    fn of(outcome: Result<(), Fault>, id: &str) -> Told {
        let Err(fault) = outcome else { return Told::Yes };
        tracing::warn!(id, kind = fault.kind.word(), detail = fault.detail, "a follower was not told");
        match fault.kind {
            FaultKind::Gone => Told::Gone,
            _ if fault.is_final => Told::Refused,
            _ => Told::Later,
        }
    }
}

/// Hands an e-mail over.
async fn send(app: &App, mail: &Mail) -> Told {
    let Some(email) = &app.ways.email else { return Told::Refused };
    Told::of(email.send(mail, app.clock.now()).await, &mail.id)
}

/// Hands what happened to a browser's push service.
async fn push(app: &App, identity: &Identity, one: &Follow, browser: &Browser, rows: &[(Report, Moment)]) -> Told {
    let Some(push) = &app.ways.push else { return Told::Refused };
    let lang = one.language;
    let names = everyday::names(app, lang);
    let line = |(report, _): &(Report, Moment)| {
        let stage = app.pages.say(lang, &format!("report-stage-{}", report.stage.word()), &[]);
        format!("{} · {stage}", show::title(&names, report))
    };
    let letter = Letter {
        id: format!("f{}-{}", one.id, one.revision),
        title: one_line(&subject(app, one, rows.len())),
        text: rows.iter().take(PUSHED).map(line).collect::<Vec<_>>().join("\n"),
        path: match rows {
            [(report, _)] => format!("/reports/{}", report.id),
            _ => format!("/follow/{}", one.secret),
        },
        link: String::new(),
        urgency: Urgency::Ordinary,
    };
    let device = Device {
        id: one.id,
        account: 0,
        endpoint: browser.endpoint.clone(),
        p256dh: browser.p256dh.clone(),
        auth: browser.auth.clone(),
        name: String::new(),
        made_at: one.made_at,
        last_at: None,
        unread: None,
    };
    Told::of(push.send(&device, identity, &letter, app.clock.now()).await, &letter.id)
}

fn today(app: &App, now: Moment) -> String {
    now.zoned(&app.city.zone()).date().to_string()
}

fn link(app: &App, one: &Follow) -> String {
    format!("{}/follow/{}", app.public_url, one.secret)
}

fn city<'a>(app: &'a App, lang: &str) -> &'a str {
    if lang == LANGUAGES[0] { &app.city.name } else { &app.city.name_en }
}

fn one_line(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

/// What happened, in one line.
fn subject(app: &App, one: &Follow, count: usize) -> String {
    let lang = one.language;
    let what = own::told(app, lang, one).join(&app.pages.say(lang, "kit-comma", &[]));
    let args = [("city", city(app, lang).to_owned()), ("count", count.to_string()), ("what", what)];
    app.pages.say(lang, "follow-mail-subject", &args)
}

/// The e-mail of what happened.
fn mail(app: &App, one: &Follow, rows: &[(Report, Moment)]) -> Result<Mail, Error> {
    let lang = one.language;
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(lang, key, args);
    let names = everyday::names(app, lang);
    let items: Vec<_> = rows
        .iter()
        .map(|(report, at)| {
            context! {
                title => show::title(&names, report),
                place => report.place.area.as_str(),
                stage => say(&format!("report-stage-{}", report.stage.word()), &[]),
                is_new => report.stage == Stage::Received,
                link => format!("{}/reports/{}", app.public_url, report.id),
                at => at.0,
            }
        })
        .collect();
    let what = own::told(app, lang, one).join(&say("kit-comma", &[]));
    let subject = subject(app, one, rows.len());
    let page = context! { lang, city => city(app, lang), what, items, manage => link(app, one) };
    Ok(Mail {
        id: format!("follow-{}-{}", one.id, one.revision),
        to: one.email.clone(),
        subject: one_line(&subject),
        text: app.pages.fragment(lang, "follows/mail.txt", page.clone())?,
        html: app.pages.fragment(lang, "follows/mail.html", page)?,
        is_urgent: false,
        one_click: Some(format!("{}/unsubscribe", link(app, one))),
    })
}

/// Sends the e-mail by which an address is proved. What goes wrong is in the log: the page must not tell which addresses exist.
pub(super) async fn ask_to_confirm(app: &App, one: &Follow) {
    let lang = one.language;
    let what = own::told(app, lang, one).join(&app.pages.say(lang, "kit-comma", &[]));
    let page = context! { lang, city => city(app, lang), what, link => link(app, one) };
    let drawn = app
        .pages
        .fragment(lang, "follows/confirm.txt", page.clone())
        .and_then(|text| Ok((text, app.pages.fragment(lang, "follows/confirm.html", page)?)));
    let (text, html) = match drawn {
        Ok(drawn) => drawn,
        Err(error) => {
            tracing::error!(%error, "the e-mail that proves an address could not be drawn");
            return;
        }
    };
    let subject = app.pages.say(lang, "follow-confirm-subject", &[("city", city(app, lang).to_owned())]);
    let mail = Mail {
        id: format!("follow-{}", one.id),
        to: one.email.clone(),
        subject: one_line(&subject),
        text,
        html,
        is_urgent: false,
        one_click: Some(format!("{}/unsubscribe", link(app, one))),
    };
    // What went wrong is in the log.
    send(app, &mail).await;
}

/// Removes addresses that nobody confirmed, and what was told long ago.
///
/// # Errors
/// When the database fails.
pub async fn tidy(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let before = now.plus(-app.follows.settings.unconfirmed);
    let old = app.db.read(move |tx| async move { store::unconfirmed(&tx, before, ROUND).await }).await;
    let old: Vec<Id> = old.map_err(|error: DbError| Error::Db(error))?;
    let found = old.len();
    if found > 0 {
        let removed = app.db.write(move |tx| async move {
            for follow in old {
                store::remove(&tx, follow, "follow_lapsed", now).await?;
            }
            store::forget(&tx, now.plus(-REMEMBERED)).await
        });
        removed.await.map_err(|error: DbError| Error::Db(error))?;
    }
    Ok(found)
}
