//! The board: every check that exists for the reader, by where it stands, with its day.

use super::check::Reason;
use super::show::line;
use super::store::{self, Filter, Scope, Show};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::fields::Choice;
use crate::kit::paging;
use crate::people::act::Act as May;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// What an address asks for; empty fields ask for nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    show: String,
    reason: String,
    q: String,
    after: String,
}

impl Asked {
    fn address(&self, change: impl Fn(&mut Asked)) -> String {
        let mut asked = Asked { after: String::new(), ..self.clone() };
        change(&mut asked);
        let fields = [("show", &asked.show), ("reason", &asked.reason), ("q", &asked.q), ("after", &asked.after)];
        paging::address("/inspections", &fields)
    }
}

/// `GET /inspections`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let show = Show::ALL.into_iter().find(|show| show.word() == asked.show).unwrap_or_default();
    let text = asked.q.trim().to_owned();
    let filter = Filter {
        show: if text.is_empty() { show } else { Show::All },
        reason: Reason::parse(&asked.reason),
        text,
        after: asked.after.rsplit_once('.').and_then(|(on, id)| Some((on.to_owned(), id.parse().ok()?))),
        ..Filter::default()
    };
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let (scope, wanted) = (Scope::of(&actor), filter.clone());
    let answers = actor.may(May::AnswerCheckReports);
    let read = app.db.read(move |tx| async move {
        let page = store::list(&tx, scope, &wanted, today).await?;
        let reports = if answers { store::open_reports(&tx).await? } else { 0 };
        Ok::<_, Error>((page, store::counts(&tx, scope, today).await?, reports))
    });
    let (page, counts, reports) = read.await?;
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let chip = |one: Show| {
        let (word, count) = (one.word(), counts.get(one as usize).copied());
        let href = asked.address(|asked| {
            asked.show = if one == Show::Open { String::new() } else { word.to_owned() };
            asked.q.clear();
        });
        context! { label => say(format!("inspection-show-{word}")), count, href, current => one == show && filter.text.is_empty() }
    };
    let reasons =
        Reason::ALL.iter().map(|one| Choice::new(one.word(), say(format!("inspection-reason-{}", one.word()))));
    let html = context! {
        rows => page.rows.iter().map(|kept| line(&app, visit.lang, kept, now)).collect::<Vec<_>>(),
        chips => Show::ALL.into_iter().map(chip).collect::<Vec<_>>(),
        reasons => Serde(reasons.collect::<Vec<_>>()),
        asked => Serde(&asked),
        older => page.next.map(|next| asked.address(|asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(|_| {}) },
        may_plan => actor.may(May::PlanChecks), may_draw => actor.may(May::DrawChecks), may_answer => answers, reports,
        is_own => matches!(scope, Scope::Own(_)),
        is_filtered => !filter.text.is_empty() || filter.reason.is_some() || show != Show::Open,
    };
    Ok(app.page(&visit, "inspection/list.html", html)?.into_response())
}
