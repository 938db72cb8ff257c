//! The register of papers (文书编号登记): every number of a kind and year, void ones too.

use super::show::kind_name;
use super::store::{self, Filter};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
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
    kind: String,
    year: String,
    after: String,
}

impl Asked {
    fn address(&self, after: &str) -> String {
        let fields = [("kind", self.kind.as_str()), ("year", &self.year), ("after", after)];
        let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_urlencoded::to_string(fields).unwrap_or_default();
        if query.is_empty() { "/papers".to_owned() } else { format!("/papers?{query}") }
    }
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    kind: String,
    organ: String,
    at: Moment,
    standing: &'static str,
}

/// `GET /papers`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let now_year = i64::from(app.clock.now().zoned(&app.city.zone()).year());
    let kind = app.papers.kinds.find(&asked.kind).map(|kind| kind.id.clone());
    let filter = Filter { kind, year: asked.year.trim().parse().ok(), after: asked.after.parse().ok() };
    let wanted = filter.clone();
    let read = app.db.read(move |tx| async move {
        let page = store::page(&tx, &wanted).await?;
        let series = match &wanted.kind {
            Some(kind) => store::series(&tx, kind, wanted.year.unwrap_or(now_year)).await?,
            None => Vec::new(),
        };
        Ok::<_, Error>((page, series))
    });
    let (page, series) = read.await?;
    let rows: Vec<Row> = page
        .rows
        .iter()
        .map(|paper| Row {
            id: paper.id.to_string(),
            name: paper.name(),
            kind: kind_name(&app, visit.lang, &paper.kind),
            organ: paper.organ.clone(),
            at: paper.issued_at,
            standing: paper.standing().word(),
        })
        .collect();
    let kinds: Vec<_> = app
        .papers
        .kinds
        .iter()
        .map(|kind| context! { value => kind.id.as_str(), label => kind_name(&app, visit.lang, &kind.id) })
        .collect();
    let series: Vec<_> = series
        .into_iter()
        .map(|(series, last, voided)| {
            let year = filter.year.unwrap_or(now_year).to_string();
            let last_number = series.replace("{year}", &year).replace("{serial}", &last.to_string());
            context! { last => last_number, count => last, voided }
        })
        .collect();
    let context = context! {
        rows => Serde(rows),
        kinds,
        series,
        asked => Serde(&asked),
        older => page.next.map(|next| asked.address(&next)).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address("") },
        is_filtered => filter.kind.is_some() || filter.year.is_some(),
    };
    Ok(app.page(&visit, "papers/list.html", context)?.into_response())
}
