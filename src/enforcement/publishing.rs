//! The public list of decisions (行政处罚决定公开): anybody looks, searches, reads one, subscribes. And what an officer sees before
//! publishing: the text as it will stand, with everything in it that is somebody's.

use super::case::{Case, Law, Step};
use super::privacy::{Piece, pieces};
use super::publication::{self, Background, Entry};
use super::serving;
use super::store::{self, Listed, Wanted};
use super::wording::DECISIONS;
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::fields::Typed;
use crate::kit::paging;
use crate::kit::words::LANGUAGES;
use crate::papers;
use crate::papers::paper::Standing;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use typesetting::Kinds;

/// How many entries the feed holds.
const IN_FEED: usize = 30;
/// The longest search, in characters.
const LONGEST_SEARCH: usize = 60;

/// What the papers of a case know that publishing and serving ask for; nothing for any other step.
///
/// # Errors
/// When the database fails.
pub async fn background(tx: &Tx, step: Step, case: &Case, law: &Law<'_>, names: &Kinds) -> Result<Background, DbError> {
    let is_published = matches!(step, Step::Publish | Step::WithdrawPublication);
    if !is_published && !serving::asks_for_papers(step) && !serving::is_about_papers(step) {
        return Ok(Background::default());
    }
    let papers = papers::store::list(tx, store::SUBJECT, case.id).await?;
    if !is_published {
        let known = super::wording::KINDS.iter().filter_map(|kind| names.find(kind));
        let kinds = known.map(|one| (one.id.clone(), one.name.chinese.clone(), one.name.english.clone())).collect();
        return Ok(Background { papers: Some(serving::in_force(case, &papers, law)), kinds, ..Background::default() });
    }
    let counted: Vec<_> = papers.iter().filter(|paper| paper.standing() != Standing::Voided).collect();
    let decision = counted.iter().rev().find(|paper| DECISIONS.contains(&paper.kind.as_str()));
    let words = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    };
    let at =
        |place: &str| counted.iter().rev().map(|paper| words(paper.data.pointer(place))).find(|text| !text.is_empty());
    let mut names: Vec<String> = Vec::new();
    for place in ["/party/representative", "/person/name", "/witness/name", "/receiver/name"] {
        for paper in &counted {
            let name = words(paper.data.pointer(place));
            // The officer who receives a clue is no party's.
            let is_officers = place == "/receiver/name" && paper.kind == "clue-record";
            let is_known = name.trim().is_empty() || names.contains(&name);
            if !is_officers && !is_known {
                names.push(name);
            }
        }
    }
    Ok(Background {
        number: decision.map(|paper| paper.number.clone()).unwrap_or_default(),
        facts: decision.map(|paper| words(paper.data.get("facts"))).unwrap_or_default(),
        code: at("/party/credit_code").unwrap_or_default(),
        names,
        papers: None,
        kinds: Vec::new(),
    })
}

/// What an officer sees before publishing: everything that will stand, and the facts with what was found in them.
pub fn preview(app: &App, case: &Case, background: &Background, typed: Option<&Typed>) -> Option<minijinja::Value> {
    let written = typed.map(|typed| typed.text("facts").to_owned());
    let first = publication::first_facts(case, background);
    let entry = publication::entry(case, &app.law(), background, written.as_deref().unwrap_or(&first))?;
    let eye = publication::eye(case, &background.names);
    // Before anything was typed it is shown what the decision says and what became of it.
    let source = match &written {
        Some(written) => written.as_str(),
        None if background.facts.trim().is_empty() => &case.clue,
        None => &background.facts,
    };
    let marked: Vec<Piece> = pieces(source, &eye);
    let found = marked.iter().filter(|piece| piece.kind.is_some()).count();
    Some(context! {
        entry => Serde(&entry),
        marked => Serde(&marked),
        found,
        is_typed => written.is_some(),
        months => app.law().organ.publication.months(case.decision.as_ref().map(|one| &one.penalty)),
    })
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    month: String,
    matter: String,
    after: String,
}

impl Asked {
    fn address(&self, change: impl Fn(&mut Asked)) -> String {
        let mut asked = Asked { after: String::new(), ..self.clone() };
        change(&mut asked);
        let fields = [("q", &asked.q), ("month", &asked.month), ("matter", &asked.matter), ("after", &asked.after)];
        paging::address("/published", &fields)
    }
}

/// Whether a text is a month as addresses write it.
fn is_month(text: &str) -> bool {
    text.len() == 7 && text.is_char_boundary(7) && format!("{text}-01").parse::<jiff::civil::Date>().is_ok()
}

fn row(one: &Listed, is_chinese: bool) -> minijinja::Value {
    let entry = &one.entry;
    let pick = |zh: &str, en: &str| if is_chinese || en.is_empty() { zh.to_owned() } else { en.to_owned() };
    context! {
        code => one.code.as_str(),
        number => entry.number.as_str(),
        party => entry.party.as_str(),
        party_code => entry.code.as_str(),
        matter => pick(&entry.matter_name, &entry.matter_name_en),
        organ => pick(&entry.organ, &entry.organ_en),
        facts => entry.facts.as_str(),
        basis => entry.basis.as_str(),
        content => Serde(&entry.content),
        decided_on => entry.decided_on.map(|day| day.to_string()),
        on => one.on.as_str(),
        until => one.until.as_str(),
        outcome => one.outcome.map(|(how, _)| how.word()),
        outcome_at => one.outcome.map(|(_, since)| since.0),
        withdrawn_at => one.withdrawn.as_ref().map(|one| one.at.0),
        reason => one.withdrawn.as_ref().map(|one| one.reason.as_str()),
    }
}

/// `GET /published`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let today = app.calendar.date_of(app.clock.now()).to_string();
    let words: String = asked.q.trim().chars().filter(|one| !one.is_control()).take(LONGEST_SEARCH).collect();
    let asked = Asked { q: words, month: if is_month(&asked.month) { asked.month } else { String::new() }, ..asked };
    let wanted = Wanted {
        words: asked.q.clone(),
        matter: asked.matter.clone(),
        month: asked.month.clone(),
        after: asked.after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
    };
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::published(&tx, &wanted, &today).await?, store::published_kinds(&tx, &today).await?))
    });
    let (page, (matters, months)) = read.await.map_err(Error::Db)?;
    let is_chinese = visit.lang == LANGUAGES[0];
    let rows: Vec<_> = page.rows.iter().map(|one| row(one, is_chinese)).collect();
    let matters: Vec<_> = matters
        .iter()
        .map(|id| {
            let found = app.statutes.matters.all().iter().find(|matter| matter.id == *id);
            let name = found.map(|one| if is_chinese { one.name.zh.clone() } else { one.name.en.clone() });
            context! { value => id.as_str(), label => name.unwrap_or_else(|| id.clone()) }
        })
        .collect();
    let months: Vec<_> =
        months.iter().map(|month| context! { value => month.as_str(), label => month.as_str() }).collect();
    let context = context! {
        rows, matters, months,
        asked => Serde(&asked),
        is_filtered => !asked.q.is_empty() || !asked.month.is_empty() || !asked.matter.is_empty(),
        older => page.next.map(|next| asked.address(|asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(|_| {}) },
    };
    Ok(app.page(&visit, "enforcement/published.html", context)?.into_response())
}

/// `GET /published/{code}`: one entry, by the case's number or by the decision's.
///
/// # Errors
/// [`Error::NotFound`] when none stands on the list; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(name): Path<String>) -> Result<Response, Error> {
    let today = app.calendar.date_of(app.clock.now()).to_string();
    let wanted = name.clone();
    let read = app.db.read(move |tx| {
        let (name, today) = (wanted.clone(), today.clone());
        async move { store::load_published(&tx, &name, &today).await }
    });
    let found = read.await?;
    if found.code != name {
        return Ok(Redirect::to(&format!("/published/{}", found.code)).into_response());
    }
    let page = context! { one => row(&found, visit.lang == LANGUAGES[0]) };
    Ok(app.page(&visit, "enforcement/published_one.html", page)?.into_response())
}

/// Text within XML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no other signs below the space.
            '\n' | '\t' => safe.push(one),
            one if one.is_control() => {}
            one => safe.push(one),
        }
    }
    safe
}

/// `GET /published/feed`: the newest entries as Atom (RFC 4287).
///
/// # Errors
/// When the database fails.
pub async fn feed(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Error> {
    let now = app.clock.now();
    let today = app.calendar.date_of(now).to_string();
    let read = app.db.read(move |tx| {
        let today = today.clone();
        async move { store::published(&tx, &Wanted::default(), &today).await }
    });
    let page = read.await.map_err(Error::Db)?;
    let base = papers::issuing::address(&app, &headers);
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let when = |at: crate::kit::clock::Moment| at.zoned(&jiff::tz::TimeZone::UTC).timestamp().to_string();
    let touched = |one: &Listed| one.withdrawn.as_ref().map_or(one.at, |gone| gone.at);
    let newest = page.rows.iter().map(touched).max().unwrap_or(now);
    let is_chinese = visit.lang == LANGUAGES[0];
    let organ = &app.statutes.organ.name;
    let organ = if is_chinese { &organ.zh } else { &organ.en };
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n<title>{}</title>\n\
         <id>{base}/published</id>\n<link href=\"{base}/published\"/>\n<link rel=\"self\" href=\"{base}/published/feed\"/>\n\
         <author><name>{}</name></author>\n<updated>{}</updated>\n",
        visit.lang,
        escaped(&say("enforcement-public-title", &[])),
        escaped(organ),
        when(newest)
    );
    for one in page.rows.iter().take(IN_FEED) {
        let entry = &one.entry;
        let (title, text) = match &one.withdrawn {
            None => (format!("{} {}", entry.party, entry.matter_name), summary(entry)),
            Some(gone) => {
                let day = app.calendar.date_of(gone.at).to_string();
                (
                    entry.number.clone(),
                    say("enforcement-public-withdrawn", &[("day", day), ("reason", gone.reason.clone())]),
                )
            }
        };
        xml.push_str(&format!(
            "<entry><title>{}</title><id>{base}/published/{code}</id><link href=\"{base}/published/{code}\"/>\
             <published>{}</published><updated>{}</updated><summary>{}</summary></entry>\n",
            escaped(&title),
            when(one.at),
            when(touched(one)),
            escaped(&text),
            code = escaped(&one.code)
        ));
    }
    xml.push_str("</feed>\n");
    Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], xml).into_response())
}

fn summary(entry: &Entry) -> String {
    format!("{} {} {}", entry.number, entry.facts, entry.content.join(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_told_from_other_words() {
        for (text, is) in [
            ("2026-03", true),
            ("2026-13", false),
            ("2026-3", false),
            ("", false),
            ("二〇二六年三", false),
            ("2026-03-01", false),
        ] {
            assert_eq!(is_month(text), is, "{text}");
        }
    }

    #[test]
    fn a_feed_holds_no_markup_of_others() {
        assert_eq!(escaped("<a href=\"x\">&\u{1}\n"), "&lt;a href=&quot;x&quot;&gt;&amp;\n");
    }
}
