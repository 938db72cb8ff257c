//! 自行处置: the keeper who found a small problem mends it on the spot, with a photograph before and one after. It is closed
//! without a department; of some, another keeper looks.

use super::case::CaseAct;
use super::doing::{Planner, Typed, perform_with_photos};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;

/// How [`mend`] is read from a form.
pub const MEND: Planner = |app, _, typed: &Typed, _| {
    Ok(CaseAct::SelfHandle {
        // Counted where the reports of the case can be read.
        before: 0,
        after: typed.piece_count(),
        is_sampled: is_sampled(id::random_bytes(), app.case_settings.self_handled_sample),
    })
};

/// The keeper says that it is mended.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn mend(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    body: Multipart,
) -> Result<Response, Error> {
    perform_with_photos(&app, &visit, id, body, "after", MEND).await
}

/// Whether another keeper looks: drawn by lot when it is handed in, so that nobody knows before.
fn is_sampled(lot: [u8; 4], percent: u32) -> bool {
    u32::from_le_bytes(lot) % 100 < percent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_so_many_in_a_hundred_are_looked_at() {
        let drawn = |percent| (0..10_000u32).filter(|n| is_sampled(n.to_le_bytes(), percent)).count();
        assert_eq!((drawn(0), drawn(20), drawn(100)), (0, 2_000, 10_000));
    }
}
