//! What other systems need to know of the city before anything else: departments, areas, sub-classes; and who they are.

use super::caller::Caller;
use super::problem::{Kind, Problem};
use super::shapes::{Area, CategoryWhole, Department, Index, Me, Paged, Standard};
use super::{ROOT, VERSION};
use crate::catalog::{Key, SubClass};
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::people;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

/// `GET /api/v1`.
pub async fn index(caller: Caller) -> Result<Response, Problem> {
    let city = if caller.lang == "en" { &caller.app.city.name_en } else { &caller.app.city.name };
    let links = [
        ("documentation", "/developers".to_owned()),
        ("openapi", format!("{ROOT}v1/openapi.json")),
        ("me", format!("{ROOT}v1/me")),
        ("reports", format!("{ROOT}v1/reports")),
        ("cases", format!("{ROOT}v1/cases")),
        ("facts", format!("{ROOT}v1/facts")),
        ("webhooks", format!("{ROOT}v1/webhooks")),
        ("open311", "/open311/discovery.json".to_owned()),
    ];
    let links: BTreeMap<String, String> = links.into_iter().map(|(name, link)| (name.to_owned(), link)).collect();
    Ok(caller.answer(StatusCode::OK, &Index { city: city.clone(), version: VERSION.to_owned(), links }))
}

/// `GET /api/v1/me`.
pub async fn me(caller: Caller) -> Result<Response, Problem> {
    let token = caller.token()?;
    let all = departments_of(&caller).await?;
    let mine = token.actor.department;
    let department = all.iter().find(|department| Some(department.id) == mine);
    let above = |id| all.iter().find(|other| Some(other.id) == id).map(|other| other.code.clone());
    let me = Me {
        token: token.name.clone(),
        account: token.login.clone(),
        name: token.actor.name.clone(),
        post: token.actor.post.word().to_owned(),
        department: department.map(|one| shape(&caller, one, above(one.parent))),
        scopes: token.scopes.iter().map(|scope| scope.word().to_owned()).collect(),
        per_minute: token.per_minute,
        ends_at: caller.at_if(token.ends_at),
    };
    Ok(caller.answer(StatusCode::OK, &me))
}

async fn departments_of(caller: &Caller) -> Result<Vec<people::department::Department>, Problem> {
    let read = caller.app.db.read(|tx| async move { people::store::departments(&tx).await });
    read.await.map_err(|error: DbError| Problem::from(error))
}

fn shape(caller: &Caller, one: &people::department::Department, parent: Option<String>) -> Department {
    let name = if caller.lang == "en" { &one.name_en } else { &one.name_zh };
    Department { code: one.code.clone(), name: name.clone(), parent, kind: one.kind.clone() }
}

/// `GET /api/v1/departments`.
pub async fn departments(caller: Caller) -> Result<Response, Problem> {
    let all = departments_of(&caller).await?;
    let above = |id| all.iter().find(|other| Some(other.id) == id).map(|other| other.code.clone());
    let active = all.iter().filter(|department| department.is_active);
    let items = active.map(|one| shape(&caller, one, above(one.parent))).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next: None }))
}

/// `GET /api/v1/areas`.
pub async fn areas(caller: Caller) -> Result<Response, Problem> {
    let grid = caller.app.grid();
    let level = caller.asked.text("level");
    let wanted = grid.areas().iter().filter(|area| level.is_none_or(|level| area.level.as_str() == level));
    let items = wanted.map(|area| Area {
        code: area.code.clone(),
        name: area.name.clone(),
        level: area.level.as_str().to_owned(),
    });
    Ok(caller.answer(StatusCode::OK, &Paged { items: items.collect(), next: None }))
}

/// `GET /api/v1/categories`.
pub async fn categories(caller: Caller) -> Result<Response, Problem> {
    let kind = caller.asked.text("kind");
    let set = caller.app.catalog.in_force();
    let all = set.into_iter().flat_map(|set| &set.sub_classes);
    let wanted = all.filter(|sub_class| kind.is_none_or(|kind| sub_class.key.kind.word() == kind));
    let items = wanted.map(|sub_class| whole(&caller, sub_class)).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next: None }))
}

/// `GET /api/v1/categories/{code}`.
pub async fn category(caller: Caller) -> Result<Response, Problem> {
    let catalog = &caller.app.catalog;
    let key: Option<Key> = caller.asked.text("code").and_then(|word| catalog.key_of(word));
    let found = key.as_ref().and_then(|key| catalog.sub_class(key)).ok_or_else(|| Problem::of(Kind::NotFound))?;
    Ok(caller.answer(StatusCode::OK, &whole(&caller, found)))
}

fn whole(caller: &Caller, sub_class: &SubClass) -> CategoryWhole {
    let (app, lang) = (&caller.app, caller.lang);
    let today = app.calendar.date_of(app.clock.now());
    let standard = |condition: &&crate::catalog::FilingCondition| Standard {
        standard: format!("{}|{}", sub_class.word, condition.id),
        condition: condition.text.in_lang(lang).to_owned(),
        limit_amount: condition.limit.value,
        limit_unit: condition.limit.unit.word().to_owned(),
    };
    let class = app.catalog.class(&sub_class.key).map(|class| class.name.in_lang(lang).to_owned());
    CategoryWhole {
        code: sub_class.word.clone(),
        name: sub_class.name.in_lang(lang).to_owned(),
        kind: sub_class.key.kind.word().to_owned(),
        class: class.unwrap_or_default(),
        standards: app.catalog.conditions(&sub_class.key, today).iter().map(standard).collect(),
    }
}

/// `GET /api/v1/photos/{id}/{size}`: a clean copy of a photo that the account may see.
pub async fn photo(caller: Caller) -> Result<Response, Problem> {
    let (app, actor) = (&caller.app, caller.actor()?.clone());
    let id = caller.asked.text("id").and_then(|id| id.parse().ok()).ok_or_else(|| Problem::of(Kind::NotFound))?;
    let found = app.db.read(move |tx| async move {
        let found = crate::files::store::load(&tx, id).await?;
        if found.is_public || crate::app::sees(&tx, &actor, &found.subject, found.subject_id).await? {
            return Ok(found);
        }
        Err(Error::NotFound)
    });
    let found = found.await?;
    let size = caller.asked.text("size").unwrap_or_default();
    Ok(crate::files::show::copy(app, &found, size, None, &caller.headers).await?)
}
