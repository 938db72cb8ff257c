//! 自行处置: the keeper who found a small problem mends it on the spot, with a photograph before and one after. It is closed
//! without a department; of some, another keeper looks.

use super::case::CaseAct;
use super::doing::{Typed, perform_with_photos};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;

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
    perform_with_photos(&app, &visit, id, body, "after", |app, case, typed: &Typed, _| {
        Ok(CaseAct::SelfHandle {
            // Counted where the reports of the case can be read.
            before: 0,
            after: typed.photo_count(),
            is_sampled: is_sampled(case.id, app.case_settings.self_handled_sample),
        })
    })
    .await
}

/// Whether another keeper looks at this case: decided by its identifier, which nobody chooses.
fn is_sampled(case: Id, percent: u32) -> bool {
    let mixed = case.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    mixed % 100 < u64::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_so_many_in_a_hundred_are_looked_at() {
        let drawn = |percent| {
            (0..10_000).map(|n| 190_000_000_000_000_000 + n * 2_097_152).filter(|id| is_sampled(*id, percent)).count()
        };
        assert_eq!((drawn(0), drawn(100)), (0, 10_000));
        assert!((1_800..2_200).contains(&drawn(20)), "{}", drawn(20));
    }
}
