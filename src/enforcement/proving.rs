//! The evidence of a case on one page: each piece with its digests, how it came, who opened its originals and what was found of it; the
//! record of the whole process with its gaps; and a button that has every sealed file compared with its digest.

use super::record::{Gap, Piece, gaps, paper_of, pieces, standing};
use super::store;
use super::writing::{self, Desk};
use crate::app::App;
use crate::files::custody::compared;
use crate::files::store::{Handled, Kept};
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::papers::issuing::SHELF;
use crate::papers::paper::Standing;
use crate::people::act::Act as May;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// So many openings of originals are listed.
const LISTED: usize = 50;

/// What a check came to, as the address says after it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    checked: Option<u32>,
    wrong: Option<u32>,
}

/// Everything that is known of the files of a case.
struct Kepts {
    photos: BTreeMap<String, Kept>,
    views: Vec<(Id, Handled)>,
    exports: Vec<(String, crate::kit::clock::Moment, store::Export)>,
}

async fn kept(app: &App, id: Id) -> Result<Kepts, Error> {
    let read = app.db.read(move |tx| async move {
        let photos = crate::files::store::kept(&tx, store::SUBJECT, id).await?;
        let views = crate::files::store::views_of(&tx, store::SUBJECT, id, LISTED).await?;
        Ok::<_, DbError>((photos, views, store::exports(&tx, id).await?))
    });
    let (photos, views, exports) = read.await.map_err(Error::Db)?;
    let photos = photos.into_iter().map(|one| (one.id.to_string(), one)).collect();
    Ok(Kepts { photos, views, exports })
}

/// `GET /enforcement/{id}/evidence`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = writing::read(&app, &visit, id).await?;
    let kept = kept(&app, id).await?;
    let (pieces, case) = (pieces(&desk.events()), &desk.held.case);
    let actor = visit.actor()?;
    let may_view = actor.may(May::ViewOriginals);
    let drawing = Drawing { app: &app, visit: &visit, desk: &desk, kept: &kept };
    let open = pieces.iter().filter(|one| standing(case, one) == super::record::Standing::Open).count();
    let steps = drawing.process();
    let missing: usize = steps.iter().map(|(_, gaps)| gaps.len()).sum();
    let page = context! {
        id => id.to_string(),
        number => desk.held.number.as_str(),
        title => case.party.as_ref().map(|party| party.name.clone()).unwrap_or_default(),
        pieces => pieces.iter().map(|piece| drawing.piece(piece)).collect::<Vec<_>>(),
        open,
        process => steps.into_iter().map(|(line, _)| line).collect::<Vec<_>>(),
        missing,
        papers => desk.papers.iter().map(|paper| context! {
            id => paper.id.to_string(),
            name => drawing.paper_name(&paper.kind),
            number => paper.number.as_str(),
            on => paper.issued_on.to_string(),
            digest => paper.digest.as_deref().unwrap_or_default(),
            standing => paper.standing().word(),
        }).collect::<Vec<_>>(),
        views => kept.views.iter().map(|(photo, one)| context! {
            photo => photo.to_string(), by => one.by.as_str(), at => one.at.0,
        }).collect::<Vec<_>>(),
        exports => kept.exports.iter().rev().map(|(by, at, one)| context! {
            by => by.as_str(), at => at.0, what => one.what.as_str(), reason => one.reason.as_str(),
        }).collect::<Vec<_>>(),
        has_files => !kept.photos.is_empty() || desk.papers.iter().any(|paper| paper.digest.is_some()),
        checked => asked.checked,
        wrong => asked.wrong.unwrap_or(0),
        may_view,
        may_export => actor.may(May::ExportFiles),
    };
    Ok(app.page(&visit, "enforcement/evidence.html", page)?.into_response())
}

struct Drawing<'a> {
    app: &'a App,
    visit: &'a Visit,
    desk: &'a Desk,
    kept: &'a Kepts,
}

impl Drawing<'_> {
    fn say(&self, key: &str) -> String {
        self.app.pages.say(self.visit.lang, key, &[])
    }

    fn name(&self, id: Option<Id>) -> String {
        id.and_then(|id| self.desk.names.get(&id).cloned()).unwrap_or_default()
    }

    fn paper_name(&self, kind: &str) -> String {
        let found = self.app.papers.kinds.find(kind);
        let name = found.map(|one| if self.visit.lang == LANGUAGES[0] { &one.name.chinese } else { &one.name.english });
        name.map_or_else(|| kind.to_owned(), Clone::clone)
    }

    fn piece(&self, piece: &Piece) -> minijinja::Value {
        let case = &self.desk.held.case;
        let judged = piece.judged_as.and_then(|number| case.judged(number));
        let photos: Vec<_> = piece
            .photos
            .iter()
            .enumerate()
            .filter_map(|(place, id)| {
                let kept = self.kept.photos.get(id)?;
                let custody = &kept.custody;
                let device = format!("{} {}", custody.make.as_deref().unwrap_or_default(), custody.model.as_deref().unwrap_or_default());
                let device = Some(device.trim().to_owned()).filter(|device| !device.is_empty()).or_else(|| custody.agent.clone());
                Some(context! {
                    id => id.as_str(),
                    name => format!("{}-{}", piece.number, place + 1),
                    src => format!("/photos/{id}/small"), full => format!("/photos/{id}/large"),
                    digest => custody.original.as_str(),
                    bytes => custody.bytes,
                    format => custody.format.to_uppercase(),
                    by => custody.by.as_deref().unwrap_or_default(),
                    received_at => custody.received_at.0,
                    taken_at => custody.taken_at.as_deref().unwrap_or_default(),
                    device => device.unwrap_or_default(),
                    position => custody.lat.zip(custody.lon).map(|(lat, lon)| format!("{lat:.5}, {lon:.5}")).unwrap_or_default(),
                    views => kept.views,
                    outcome => kept.checked.as_ref().map(|(outcome, _)| outcome.as_str()),
                    checked_at => kept.checked.as_ref().map(|(_, at)| at.0),
                })
            })
            .collect();
        context! {
            number => piece.number,
            kind => self.say(&format!("enforcement-evidence-{}", piece.kind.word())),
            words => piece.words.as_str(),
            step => piece.step.word(),
            at => piece.at.0,
            by => self.name(piece.by),
            officers => piece.officers.iter().map(|one| self.name(Some(*one))).collect::<Vec<_>>(),
            is_monitoring => piece.is_monitoring,
            standing => standing(case, piece).word(),
            judged_as => piece.judged_as,
            judged_by => judged.map(|one| self.name(one.by)),
            judged_at => judged.map(|one| one.at.0),
            judged_words => judged.map(|one| one.words.as_str()),
            photos,
        }
    }

    /// The record of the whole process with what is missing at each step.
    fn process(&self) -> Vec<(minijinja::Value, Vec<Gap>)> {
        let recording = &self.app.statutes.organ.recording;
        let counted = self.desk.papers.iter().filter(|paper| paper.standing() != Standing::Voided);
        let papers: BTreeSet<&str> = counted.map(|paper| paper.kind.as_str()).collect();
        let one = |(line, event): (&store::Line, super::record::Event<'_>)| {
            let missing = gaps(&event, recording, &papers);
            let paper = paper_of(line.fact.what).filter(|kind| papers.contains(kind)).map(|kind| self.paper_name(kind));
            let shown = context! {
                step => line.fact.what.word(),
                at => line.fact.at.0,
                author => line.author.as_str(),
                role => line.fact.role.word(),
                photos => line.photos.len(),
                paper => paper.unwrap_or_default(),
                gaps => missing.iter().map(|gap| gap.word()).collect::<Vec<_>>(),
            };
            (shown, missing)
        };
        self.desk.history.iter().zip(self.desk.events()).map(one).collect()
    }
}

/// `POST /enforcement/{id}/evidence/check`: compares every sealed original and every sealed paper with its digest, and notes of the
/// originals what came of it.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when database or store fail.
pub async fn check(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let desk = writing::read(&app, &visit, id).await?;
    let account = visit.actor()?.account;
    let (mut checked, mut wrong) = (0_u32, 0_u32);
    let mut outcomes = Vec::new();
    // One file after the other, so that no more than one lies in memory.
    for (photo, kept) in kept(&app, id).await?.photos {
        let outcome = compared(&app, "original", &kept.custody.original).await?;
        checked += 1;
        wrong += u32::from(outcome != "whole");
        if let Ok(photo) = photo.parse::<Id>() {
            outcomes.push((photo, outcome));
        }
    }
    for digest in desk.papers.iter().filter_map(|paper| paper.digest.as_deref()) {
        let outcome = compared(&app, SHELF, digest).await?;
        checked += 1;
        // A lost paper is set again from its data; one that was altered is not the one that was issued.
        wrong += u32::from(outcome == "altered");
    }
    let now = app.clock.now();
    let noted = app.db.write(move |tx| {
        let outcomes = outcomes.clone();
        async move {
            for (photo, outcome) in outcomes {
                crate::files::store::checked(&tx, photo, account, outcome, now).await?;
            }
            Ok::<_, DbError>(())
        }
    });
    noted.await.map_err(Error::Db)?;
    Ok(Redirect::to(&format!("/enforcement/{id}/evidence?checked={checked}&wrong={wrong}")).into_response())
}
