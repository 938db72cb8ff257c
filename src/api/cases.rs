//! Cases: lists within what exists for the account, and one.

use super::caller::Caller;
use super::problem::{Kind, Problem};
use super::shapes::{Case as Shape, Category, Named, Paged, Place};
use super::store;
use crate::cases::case::{Case, Stage};
use crate::cases::store::{Branch, Filter, Scope, Sort, department_of_code, list as listed, load, reports};
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::search;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

/// Pages are read in few sizes, so that few statements are prepared.
const SIZES: [usize; 3] = [50, 100, 200];

type Departments = BTreeMap<Id, (String, String, String)>;

/// `GET /api/v1/cases`.
pub async fn list(caller: Caller) -> Result<Response, Problem> {
    let (asked, now) = (&caller.asked, caller.app.clock.now());
    let limit = usize::try_from(asked.count("limit").unwrap_or(50)).unwrap_or(50);
    let text = |name: &str| asked.text(name).map(str::to_owned);
    let code = match asked.text("category") {
        Some(word) => {
            let unknown = || Problem::refused(vec![Refusal::new("report-category-unknown").on("category")]);
            Some(caller.app.catalog.key_of(word).ok_or_else(unknown)?.code)
        }
        None => None,
    };
    let sort = match asked.text("sort") {
        Some("opened") => Sort::Opened,
        Some("number") => Sort::Number,
        _ => Sort::Due,
    };
    let mut filter = Filter {
        stage: asked.text("stage").and_then(Stage::read),
        with_ended: asked.yes("ended").unwrap_or(false),
        department: None,
        street: text("street"),
        code,
        overdue_at: asked.yes("overdue").filter(|is_wanted| *is_wanted).map(|_| now),
        branch: asked
            .text("branch")
            .and_then(|word| Branch::ALL.iter().find(|(_, known)| *known == word))
            .map(|(b, _)| *b),
        number: text("number_begins"),
        sort,
        after: text("cursor"),
        rows: SIZES.into_iter().find(|size| *size >= limit).unwrap_or(limit),
    };
    let is_key = |key: &String| {
        let mut parts = key.splitn(2, '.');
        sort == Sort::Number || parts.all(|part| part.parse::<i64>().is_ok()) && key.contains('.')
    };
    if filter.after.as_ref().is_some_and(|key| !is_key(key)) {
        return Err(Problem::new(Kind::Malformed, Refusal::new("api-not-a-cursor").on("cursor")));
    }
    let (scope, department) = (Scope::of(caller.actor()?), text("department"));
    let read = caller.app.db.read(move |tx| async move {
        if let Some(code) = department {
            let found = department_of_code(&tx, &code).await?;
            filter.department = Some(found.ok_or_else(|| Refusal::new("api-department-unknown").on("department"))?);
        }
        let page = listed(&tx, &scope, &filter).await?;
        Ok::<_, Error>((page, store::departments(&tx).await?))
    });
    let (mut page, departments) = read.await?;
    if page.rows.len() > limit {
        page.rows.truncate(limit);
        page.next = page.rows.last().map(|row| match sort {
            Sort::Due => format!("{}.{}", row.order(), row.case.id),
            Sort::Opened => format!("{}.{}", row.case.opened_at.0, row.case.id),
            Sort::Number => row.case.number.clone(),
        });
    }
    let items = page.rows.iter().map(|row| shape(&caller, &row.case, &departments, None)).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next: page.next }))
}

/// `GET /api/v1/cases/{number}`.
pub async fn one(caller: Caller) -> Result<Response, Problem> {
    let found = found(&caller).await?;
    answer(&caller, found, StatusCode::OK).await
}

/// The case that the address names, within what exists for the account.
pub async fn found(caller: &Caller) -> Result<Id, Problem> {
    let (scope, number) = (Scope::of(caller.actor()?), caller.asked.text("number").unwrap_or_default().to_owned());
    let read = caller.app.db.read(move |tx| async move {
        let id = search::store::case_of_number(&tx, &number).await?.ok_or(Error::NotFound)?;
        load(&tx, id, &scope).await.map(|found| found.case.id)
    });
    Ok(read.await?)
}

/// A case as it is now, with its entity tag.
pub async fn answer(caller: &Caller, id: Id, status: StatusCode) -> Result<Response, Problem> {
    let scope = Scope::of(caller.actor()?);
    let read = caller.app.db.read(move |tx| async move {
        let found = load(&tx, id, &scope).await?;
        let reports: Vec<Id> = reports(&tx, id).await?;
        Ok::<_, Error>((found.case, reports, store::departments(&tx).await?))
    });
    let (case, reports, departments) = read.await?;
    let reports = reports.iter().map(ToString::to_string).collect();
    let body = shape(caller, &case, &departments, Some(reports));
    Ok(caller.tagged(status, case.revision, &body))
}

fn shape(caller: &Caller, case: &Case, departments: &Departments, reports: Option<Vec<String>>) -> Shape {
    let (app, lang) = (&caller.app, caller.lang);
    let at = |moment: Moment| caller.at(moment);
    let named = |id: Id| {
        let (code, zh, en) = departments.get(&id)?;
        Some(Named { code: code.clone(), name: if lang == "en" { en.clone() } else { zh.clone() } })
    };
    let word = format!("{}-{}", case.kind, case.code);
    let category = (!case.code.is_empty()).then(|| Category {
        name: app.open311.names.get(&word).map_or_else(|| case.code.clone(), |name| name.in_lang(lang).to_owned()),
        code: word,
        kind: Some(case.kind.clone()),
    });
    Shape {
        number: case.number.clone(),
        title: case.title.clone(),
        stage: case.stage.text().to_owned(),
        is_open: !case.stage.is_over(),
        is_urgent: case.is_urgent,
        source: case.source.text().to_owned(),
        category,
        condition: case.filing.as_ref().map(|filing| filing.condition.clone()),
        place: Place {
            lon: case.place.lon,
            lat: case.place.lat,
            address: case.place.address.clone(),
            cell: case.place.cell.clone(),
            street: case.place.street.clone(),
            community: case.place.community.clone(),
        },
        department: case.department.and_then(named),
        opened_at: at(case.opened_at),
        stage_since: at(case.stage_since_at),
        due_at: case.due_at.map(at),
        clock_due_at: case.clock_due_at.map(at),
        fed_back_at: case.fed_back_at.map(at),
        suspended_until: case.branches.suspension.map(|suspension| at(suspension.until)),
        closed_at: case.closed_at.map(at),
        outcome: case.outcome.map(|outcome| outcome.text().to_owned()),
        awaits: case.awaits().map(str::to_owned),
        is_supervised: case.open_orders().next().is_some(),
        rework_count: case.rework_count,
        return_count: case.return_count,
        reopen_count: case.reopen_count,
        revision: case.revision,
        reports,
    }
}

/// The history of a case, oldest first.
///
/// # Errors
/// As [`found`].
pub async fn history(caller: Caller) -> Result<Response, Problem> {
    let id = found(&caller).await?;
    let read = caller.app.db.read(move |tx| async move { super::facts::of_subject(&tx, "case", id).await });
    let facts = read.await.map_err(|error: DbError| error)?;
    let number = caller.asked.text("number").unwrap_or_default();
    let items: Vec<_> = facts.iter().map(|told| super::facts::shape(&caller.app, told, number.to_owned())).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next: None }))
}
