//! `/follow`: somebody says what they want to follow and how they want to be told.

use super::follow::{Circle, Pace, RADII, Wish};
use super::store::{self, Browser, Follow};
use super::{feed, sending};
use crate::app::App;
use crate::grid::area::Level;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id;
use crate::notices::notice::Channel;
use crate::notices::person::address;
use crate::notices::sending::identity;
use crate::people::doors::Visit;
use crate::reports::everyday;
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;

const PLACE: usize = 60;

fn form_fields(app: &App, visit: &Visit, given: &Typed) -> Vec<Field> {
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let grid = app.grid();
    let streets = grid.areas().iter().filter(|area| area.level == Level::Street);
    let areas: Vec<Choice> = streets.map(|area| Choice::new(&area.code, area.name.clone())).collect();
    let kinds = everyday::choices(app, visit.lang).into_iter().map(|one| Choice::new(one.value, one.label)).collect();
    let radii = RADII
        .iter()
        .map(|metres| Choice::new(metres, say("follow-metres", &[("count", metres.to_string())])))
        .collect();
    let paces =
        Pace::ALL.iter().map(|pace| Choice::new(pace.word(), say(&format!("follow-pace-{}", pace.word()), &[])));
    let mut fields = vec![
        Field::new("metres", "follow-around", Ask::One(radii)).optional().given(given_or(given, "metres", "500")),
        Field::new("place", "follow-place", Ask::Line(PLACE)).optional().given(given.text("place")),
    ];
    if !areas.is_empty() {
        fields.push(Field::new("area", "follow-area", Ask::One(areas)).optional().given(given.text("area")));
    }
    fields.push(Field::new("category", "follow-category", Ask::One(kinds)).optional().given(given.text("category")));
    if app.ways.email.is_some() {
        fields.push(Field::new("email", "follow-email", Ask::Line(120)).hint("follow-email-hint"));
    }
    if app.ways.email.is_some() || app.ways.push.is_some() {
        fields.push(Field::new("pace", "follow-pace", Ask::Radio(paces.collect())).given(Pace::Daily.word()));
    }
    fields
}

fn given_or<'a>(given: &'a Typed, name: &str, other: &'a str) -> &'a str {
    Some(given.text(name)).filter(|text| !text.is_empty()).unwrap_or(other)
}

/// What is wished for, as it was typed or stands in an address.
///
/// # Errors
/// `follow-nothing`, `follow-place-strange`, `form-choose`, each on its field.
pub(super) fn wish(app: &App, typed: &Typed) -> Result<Wish, Refusal> {
    let number = |name: &str| typed.text(name).parse::<f64>().ok().filter(|found| found.is_finite());
    let circle = match (typed.text("lon"), typed.text("lat"), typed.text("metres")) {
        (_, _, "") | ("", "", _) => None,
        _ => {
            let strange = || Refusal::new("follow-place-strange").on("metres");
            let (lon, lat) = number("lon").zip(number("lat")).ok_or_else(strange)?;
            let metres =
                typed.text("metres").parse::<u32>().ok().filter(|metres| RADII.contains(metres)).ok_or_else(strange)?;
            if lon.abs() > 180.0 || lat.abs() > 85.0 {
                return Err(strange());
            }
            Some(Circle { lon, lat, metres })
        }
    };
    let area = typed.text("area").to_owned();
    if !area.is_empty() && !app.grid().areas().iter().any(|one| one.code == area) {
        return Err(Refusal::new("form-choose").on("area"));
    }
    let category = typed.text("category").to_owned();
    if !category.is_empty() && !everyday::names(app, "en").iter().any(|one| one.value == category) {
        return Err(Refusal::new("form-choose").on("category"));
    }
    Wish { circle, area, category }.fit()
}

/// `GET /follow`.
pub(super) async fn form(
    State(app): State<App>,
    visit: Visit,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Error> {
    draw(&app, &visit, &Typed::of(pairs), false, None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    given: &Typed,
    is_typed: bool,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let fields = form_fields(app, visit, given);
    let typed = Some(given).filter(|_| is_typed);
    let feed = wish(app, given).ok().map(|wish| feed::address(app, &wish, visit.lang));
    // The radius and the name of the place stand with the map.
    let (around, others) = fields.split_at(2.min(fields.len()));
    let page = context! {
        around => app.fields(visit, around, typed, problem),
        fields => app.fields(visit, others, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        feed,
        has_email => app.ways.email.is_some(),
        push_key => sealing_key(app).await?,
        lon => given.text("lon"),
        lat => given.text("lat"),
        centre_lon => app.base_map.centre.map(|(lon, _)| lon),
        centre_lat => app.base_map.centre.map(|(_, lat)| lat),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "follows/form.html", page)?).into_response())
}

/// The key by which browsers know the city's pushes; none when it has none.
async fn sealing_key(app: &App) -> Result<Option<String>, Error> {
    Ok(identity(app).await?.map(|identity| identity.public()))
}

/// The browser that a form names; none when it names none.
///
/// # Errors
/// `notices-push-unknown` and `notices-push-unreadable`, when nothing could be sent there.
fn browser(app: &App, typed: &Typed) -> Result<Option<Browser>, Refusal> {
    let text = |name: &str| typed.text(name).to_owned();
    let browser = Browser { endpoint: text("endpoint"), p256dh: text("p256dh"), auth: text("auth") };
    if browser.endpoint.is_empty() {
        return Ok(None);
    }
    let push = app.ways.push.as_ref().ok_or_else(|| Refusal::new("notices-push-unknown").on("push"))?;
    push.must_reach(&browser.endpoint, &browser.p256dh, &browser.auth)?;
    Ok(Some(browser))
}

/// `POST /follow`: sends the e-mail by which the address is proved, takes the browser that asks, or shows the feed. Whether an
/// address follows already is not told.
pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let now = app.clock.now();
    let wish = match wish(&app, &typed) {
        Ok(wish) => wish,
        Err(refusal) => return draw(&app, &visit, &typed, true, Some(&refusal)).await,
    };
    if app.ways.email.is_none() && typed.text("endpoint").is_empty() {
        return draw(&app, &visit, &typed, true, None).await;
    }
    let read = || -> Result<Follow, Refusal> {
        let browser = browser(&app, &typed)?;
        let email = match &browser {
            Some(_) => String::new(),
            None => address(Channel::Email, &typed.needed("email", 120)?).map_err(|refusal| refusal.on("email"))?,
        };
        Ok(Follow {
            id: id::fresh(),
            email,
            language: visit.lang,
            wish: wish.clone(),
            place: typed.words("place", PLACE)?,
            pace: typed.choice("pace", Pace::parse)?,
            secret: id::secret(),
            made_at: now,
            // Only this browser could have said so, and it was asked for its leave.
            confirmed_at: browser.as_ref().map(|_| now),
            browser,
            due_at: None,
            counted: (String::new(), 0),
            revision: 1,
            unread: None,
        })
    };
    let one = match read() {
        Ok(one) => one,
        Err(refusal) => return draw(&app, &visit, &typed, true, Some(&refusal)).await,
    };
    let most = app.follows.settings.most;
    let kept = one.clone();
    // The follow that there is now; none when it was refused without a word.
    let added = app.db.write(move |tx| async move {
        let all = match &kept.browser {
            Some(browser) => store::of_browser(&tx, &browser.endpoint).await?,
            None => store::of_email(&tx, &kept.email).await?,
        };
        // The same again, or more than anybody reads: nobody is written to.
        if let Some(known) = all.iter().find(|known| known.wish == kept.wish && known.unread.is_none()) {
            return Ok((false, Some(known.secret.clone())));
        }
        if i64::try_from(all.len()).unwrap_or(i64::MAX) >= most {
            return Ok((false, None));
        }
        store::add(&tx, &kept).await?;
        Ok::<_, DbError>((true, Some(kept.secret)))
    });
    let (is_new, secret) = added.await.map_err(Error::Db)?;
    if one.browser.is_some() {
        app.follows.changed();
        return match secret {
            Some(secret) => Ok(Redirect::to(&format!("/follow/{secret}")).into_response()),
            None => {
                let refusal = Refusal::new("follow-many").with("most", most).on("push");
                draw(&app, &visit, &typed, true, Some(&refusal)).await
            }
        };
    }
    if is_new {
        sending::ask_to_confirm(&app, &one).await;
    }
    let page = app.page(&visit, "follows/asked.html", context! { email => one.email.as_str() })?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// `POST /follow/renew`: a browser's push service has given it another address, and the browser's worker hands it on.
pub(super) async fn renew(State(app): State<App>, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let Some(browser) = browser(&app, &typed)? else { return Err(Error::NotFound) };
    let old = typed.text("old").to_owned();
    let moved = app.db.write(move |tx| async move { store::move_browser(&tx, &old, &browser).await });
    moved.await.map_err(|error: DbError| Error::Db(error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
