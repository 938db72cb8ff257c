//! 处置照片核验: every photo of handled work is compared with all that came before it, beside the work. What is odd about it
//! stands beside it when somebody verifies; it is a hint and never a verdict.

pub mod finding;
pub mod store;

use super::case::Case;
use super::show::Picture;
use super::store::{Scope, load};
use crate::app::App;
use crate::files::prints::{self, Sought};
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id;
use crate::kit::rounds::{self, Round};
use crate::people::act::Post;
use crate::people::actor::Actor;
use finding::{After, Finding, FindingKind, Habit, Scene, Twin, findings};
use serde::Serialize;
use store::{Open, Other};
use understanding::photos::comparing::{Comparison, Look, Steps, compare};
use understanding::photos::print::Prints;
use understanding::photos::symmetry::Symmetry;

/// So many are compared in one walk over the prints.
const BATCH: usize = 32;
const MONTH: i64 = 30 * 86_400_000;

/// Compares for as long as the program runs.
pub async fn work(app: App) {
    rounds::go("photos of handled work", |after| check_some(&app, after)).await;
}

/// Compares some photos behind `after` that wait. One that cannot be compared now, such as one whose copy was altered, is
/// left for later.
///
/// # Errors
/// When the database fails.
pub async fn check_some(app: &App, after: id::Id) -> Result<Option<Round>, Error> {
    let open = app.db.read(move |tx| async move { store::open(&tx, after, BATCH).await }).await.map_err(Error::Db)?;
    let Some(last) = open.last().map(|one| one.photo) else { return Ok(None) };
    let sought = |one: &Open| Some(Sought { photo: one.photo, prints: Prints::from_bytes(&one.print)? });
    let (printed, plain): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|one| sought(one).is_some());
    let since = id::since(app.clock.now().plus(-app.photo_checks.known_months * MONTH));
    let near = prints::near(app, printed.iter().filter_map(sought).collect(), since).await?;
    let near = near.into_iter().chain(std::iter::repeat_with(Vec::new));
    let (mut done, mut trouble) = (0, None);
    for (one, near) in printed.into_iter().chain(plain).zip(near) {
        let (photo, case) = (one.photo, one.case);
        let found = match check(app, one, near).await {
            Ok(found) => found,
            Err(error) => {
                trouble = Some(error);
                continue;
            }
        };
        let now = app.clock.now();
        let has_found = !found.is_empty();
        let saved = app.db.write(move |tx| async move { store::save(&tx, photo, case, &found, now).await }).await;
        if saved.map_err(Error::Db)? && has_found {
            app.tell("case", case);
        }
        done += 1;
    }
    Ok(Some(Round { last, done, trouble }))
}

async fn check(app: &App, one: Open, near: Vec<id::Id>) -> Result<Vec<Finding>, Error> {
    let asked = one.clone();
    let most = app.photo_checks.habit_photos;
    let read = app.db.read(move |tx| async move {
        let case = load(&tx, asked.case, &Scope::All).await?.case;
        let others = store::others(&tx, &near, asked.photo, &asked.original).await?;
        let dispatched_at = match store::dispatched_at(&tx, case.id, asked.asked_at).await? {
            // A part is dispatched when it is opened.
            None if case.parent.is_some() => Some(case.opened_at),
            at => at,
        };
        let habit = match asked.author {
            Some(author) => store::habit(&tx, author, asked.photo, asked.asked_at, most).await?,
            None => Habit::default(),
        };
        Ok::<_, Error>((case, others, dispatched_at, habit))
    });
    let (case, others, dispatched_at, habit) = read.await?;
    let is_own = |other: &Other| other.case == Some(case.id) || (other.case.is_some() && other.case == case.parent);
    // What was handed in together shows the same place on purpose.
    let is_together = |other: &Other| {
        other.is_of_case
            && other.case == Some(case.id)
            && other.author == one.author
            && other.received_at == one.asked_at
    };
    let mut twins = Vec::new();
    let own = if others.is_empty() { None } else { prints::look(app, &one.small).await? };
    for other in others.iter().filter(|other| other.photo != one.photo && !is_together(other)) {
        let comparison = match &own {
            _ if other.original == one.original => Comparison::SAME_FILE,
            Some(own) => match look(app, other).await? {
                Some(look) => compare(own, &look, &Steps::default()),
                None => continue,
            },
            None => continue,
        };
        twins.push(Twin { photo: other.photo, is_own: is_own(other), comparison });
    }
    let after = After {
        taken_at: one.taken_at.as_deref().and_then(|text| moment(text, &app.city.zone())),
        place: one.place,
        has_camera: one.has_camera,
    };
    let scene = Scene { place: case.place.lon.zip(case.place.lat), dispatched_at };
    Ok(findings(&after, &scene, &twins, habit, &app.photo_checks))
}

/// Whether somebody reads the findings: the supervising axis and the desks above do, not those whose work it is.
pub fn is_shown_to(actor: &Actor) -> bool {
    matches!(actor.post, Post::Keeper | Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Leader)
}

/// A finding as the page of its case shows it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// `danger` for the very same picture, `warn` for everything else.
    pub tone: &'static str,
    /// What was found, in words.
    pub text: String,
    /// The photo, and the other one when it is about one.
    pub photos: Vec<Picture>,
    /// The other photo's case, when it is another one that the reader may open: its identifier and number.
    pub other: Option<(String, String)>,
}

/// What was found of the photos of a case, in the reader's words; nothing for those whose work it is.
///
/// # Errors
/// When the database fails.
pub async fn shown(app: &App, tx: &Tx, actor: &Actor, lang: &str, case: &Case) -> Result<Vec<Shown>, Error> {
    if !is_shown_to(actor) {
        return Ok(Vec::new());
    }
    let is_inside = matches!(Scope::of(actor), Scope::All);
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(lang, key, args);
    let zone = app.city.zone();
    let minute =
        |at: Option<Moment>| at.map(|at| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let mut all = store::findings(tx, case.id).await?;
    // The latest photo first, and of each what weighs most.
    all.sort_by_key(|one| (std::cmp::Reverse(one.photo), one.kind));
    let (mut found, mut before) = (Vec::new(), None);
    for kept in all {
        // A photo that stands above already is not shown again for what it says of itself.
        let is_shown = kept.other.is_none() && before == Some(kept.photo);
        before = Some(kept.photo);
        let details = kept.details;
        let other = kept.other_case.filter(|(id, _)| *id != case.id && Some(*id) != case.parent);
        let number = other.as_ref().map(|(_, number)| number.clone());
        let key = match (kept.kind, kept.other.is_some(), number.is_some()) {
            (FindingKind::SamePicture | FindingKind::Alike, _, true) => format!("cases-finding-{}-other", kept.kind),
            (FindingKind::SamePicture | FindingKind::Alike, true, false) => format!("cases-finding-{}", kept.kind),
            (kind, ..) => format!("cases-finding-{kind}"),
        };
        let mut text = say(
            &key,
            &[
                ("number", number.unwrap_or_default()),
                ("taken", minute(details.taken_at)),
                ("dispatched", minute(details.dispatched_at)),
                ("metres", details.metres.unwrap_or_default().to_string()),
                ("photos", details.photos.unwrap_or_default().to_string()),
                ("speaking", details.speaking.unwrap_or_default().to_string()),
            ],
        );
        if details.symmetry.is_some_and(|symmetry| symmetry != Symmetry::Upright) {
            text.push_str(&say("cases-finding-turned", &[]));
        }
        let alt = [say("cases-finding-this", &[]), say("cases-finding-that", &[])];
        let ids = [Some(kept.photo).filter(|_| !is_shown), kept.other];
        let photos = ids.into_iter().zip(alt).filter_map(|(id, alt)| Some(Picture::captioned(id?, alt))).collect();
        found.push(Shown {
            tone: if kept.kind == FindingKind::SamePicture { "danger" } else { "warn" },
            text,
            photos,
            other: other.filter(|_| is_inside).map(|(id, number)| (id.to_string(), number)),
        });
    }
    Ok(found)
}

/// A look at another photo; none when it is gone or shows too little.
async fn look(app: &App, other: &Other) -> Result<Option<Look>, Error> {
    match prints::look(app, &other.small).await {
        Err(Error::NotFound) => Ok(None),
        look => look,
    }
}

/// The moment that a camera wrote: with its offset, or else in the city's time.
fn moment(text: &str, zone: &jiff::tz::TimeZone) -> Option<Moment> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Moment(at.as_millisecond()));
    }
    let local = text.parse::<jiff::civil::DateTime>().ok()?;
    let zoned = zone.to_ambiguous_zoned_datetime(local).compatible().ok()?;
    Some(Moment(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_s_moment_is_read_with_its_offset_or_in_the_city_s_time() {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
        let at = Some(Moment(1_773_108_000_000));
        for (text, wanted) in [
            ("2026-03-10T10:00:00", at),
            ("2026-03-10T10:00:00+08:00", at),
            ("2026-03-10T02:00:00+00:00", at),
            ("2026-03-10T02:00:00Z", at),
            ("0000-00-00T00:00:00", None),
            ("yesterday", None),
        ] {
            assert_eq!(moment(text, &zone), wanted, "{text}");
        }
    }
}
