//! The papers of a case, for whoever may see the case.

use super::store::{self, Scope};
use crate::app::App;
use crate::files;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::Response;

/// One paper, as it was handed in.
///
/// # Errors
/// [`Error::NotFound`] when the case lies outside of the reader's scope or has no such paper.
pub async fn document(
    State(app): State<App>,
    visit: Visit,
    Path((id, document)): Path<(Id, Id)>,
) -> Result<Response, Error> {
    let scope = Scope::of(visit.actor()?);
    app.db.read(move |tx| async move { store::load(&tx, id, &scope).await.map(drop) }).await?;
    files::document::download(&app, "case", id, document).await
}
