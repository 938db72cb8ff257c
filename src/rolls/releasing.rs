//! 放行: the security administrator lets in whom a list added, gives the posts that it asks for, and keeps out who left.

use super::keeping::answered;
use super::roll::{Field, Judged, Roll, What};
use super::store;
use crate::app::App;
use crate::imports::import::{MOST_LINES, Note};
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::account::Account;
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::people::sessions;
use crate::people::store::{self as people, Change};
use axum::extract::{Path, State as Held};
use axum::response::Response;
use serde_json::{Value, json};

/// `POST /admin/rolls/{id}/release`. An account that was decided about by hand since stays as it was decided.
pub(super) async fn release(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let released = app.db.write(move |tx| {
        let actor = actor.clone();
        async move {
            let mut roll = store::load(&tx, id).await?.release(actor.account, now)?;
            let (_, judged) = store::all_rows(&tx, id).await?;
            let is_meant = |one: &&Judged| match one.what {
                What::New => true,
                What::Changed => one.change(Field::Post).is_some(),
                What::Missing => roll.is_leave_asked && one.odd.is_empty(),
                What::Same | What::Refused => false,
            };
            let meant: Vec<&Judged> = judged.iter().filter(is_meant).collect();
            let logins: Vec<String> = meant.iter().map(|one| one.said(Field::Login).to_owned()).collect();
            let accounts = store::by_login(&tx, &logins).await?;
            for one in meant {
                let Some(account) = accounts.get(one.said(Field::Login)) else { continue };
                let account = people::load(&tx, *account).await?;
                one_released(&tx, &mut roll, one, account, &actor, now).await?;
            }
            Ok::<_, Error>(store::decide(&tx, &roll, "released", Some(actor.account), now).await?)
        }
    });
    let released = released.await;
    answered(&app, &visit, id, released).await
}

/// What is to be done with an account: it afterwards, the kind of its fact and what the fact says. None: nothing.
type Decided = Option<(Account, &'static str, Value)>;

/// Decides about one account; `others` is how many other active accounts hold its post.
fn decided(one: &Judged, account: Account, actor: &Actor, others: i64) -> Result<Decided, Refusal> {
    match one.what {
        What::New if account.is_active => Ok(None),
        What::New => Ok(Some((account.activate(actor)?, "activated", json!({})))),
        What::Changed => {
            let Some(change) = one.change(Field::Post) else { return Ok(None) };
            let before = account.post;
            if before.word() == change.to {
                return Ok(None);
            }
            if before.word() != change.from {
                return Err(Refusal::new("rolls-alone-post"));
            }
            let post = Post::parse(&change.to).ok_or_else(|| Refusal::new("people-post-unknown"))?;
            let body = json!({ "post_before": before.word(), "post": post.word() });
            Ok(Some((account.give_post(actor, post, others)?, "post_given", body)))
        }
        What::Missing if account.is_active => Ok(Some((account.deactivate(actor, others)?, "deactivated", json!({})))),
        _ => Ok(None),
    }
}

async fn one_released(
    tx: &Tx,
    roll: &mut Roll,
    one: &Judged,
    account: Account,
    actor: &Actor,
    now: Moment,
) -> Result<(), Error> {
    let id = account.id;
    let others = if one.what == What::New { 0 } else { people::others(tx, &account).await? };
    match decided(one, account, actor, others) {
        Ok(None) => Ok(()),
        Ok(Some((after, kind, body))) => {
            people::save(tx, &after).await?;
            if one.what != What::New {
                sessions::end_all(tx, id).await?;
            }
            let change = Change { subject: "account", subject_id: id, kind, author: Some(actor.account), body };
            people::record(tx, &change, now).await?;
            *match one.what {
                What::New => &mut roll.found.activated,
                What::Changed => &mut roll.found.posted,
                _ => &mut roll.found.left,
            } += 1;
            Ok(())
        }
        Err(refusal) => {
            if roll.found.alone.len() < MOST_LINES {
                roll.found.alone.push(Note::of(one.said(Field::Login), &refusal));
            }
            Ok(())
        }
    }
}
