//! Who may act: accounts, departments in a tree, posts, sessions; the permission table and the doors it locks. Every
//! later room asks here who is knocking. Lends out [`actor::Actor`], [`act::Act`], [`doors::Door`] and [`store`].

pub mod account;
pub mod act;
pub mod actor;
pub mod commands;
pub mod credentials;
pub mod department;
pub mod doors;
pub mod guessable;
pub mod identity;
pub mod known;
pub mod paces;
pub mod password;
pub mod sessions;
pub mod sign_in;
pub mod store;

mod administration;
mod audit;
mod notices;
mod own_account;
mod structure;

use crate::app::App;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use act::{Act, Post};
use doors::{Access, Door, Visit};
use paces::Pace;

pub(crate) use administration::tabs;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    let own = Access::Act(Act::KeepOwnAccount);
    let see = Access::Act(Act::SeeAccounts);
    let accounts = Access::Act(Act::ManageAccounts);
    let posts = Access::Act(Act::ManagePosts);
    let audit = Access::Act(Act::ReadAudit);
    let mut doors = vec![
        Door::get("/privacy", Public, notices::privacy),
        Door::get("/accessibility", Public, notices::accessibility),
        Door::get("/sign-in", Public, sign_in::show),
        Door::post("/sign-in", Public, sign_in::sign_in).paced(Pace::Password),
        Door::post("/sign-out", own, sign_in::sign_out),
        Door::get("/account", own, own_account::show),
        Door::get("/account/password", own, own_account::ask_password),
        Door::post("/account/password", own, own_account::change_password).paced(Pace::Password),
        Door::get("/admin", see, administration::overview),
        Door::get("/admin/accounts", see, administration::list),
        Door::get("/admin/accounts/new", accounts, administration::ask_account),
        Door::post("/admin/accounts", accounts, administration::add_account),
        Door::get("/admin/accounts/{id}", see, administration::show),
        Door::post("/admin/accounts/{id}/password", accounts, administration::reset_password),
        Door::post("/admin/accounts/{id}/post", posts, administration::give_post),
        Door::post("/admin/accounts/{id}/activate", posts, administration::activate),
        Door::post("/admin/accounts/{id}/deactivate", posts, administration::deactivate),
        Door::post("/admin/accounts/{id}/unlock", posts, administration::unlock),
        Door::get("/admin/departments", accounts, structure::list),
        Door::post("/admin/departments", accounts, structure::add),
        Door::post("/admin/departments/{id}", accounts, structure::rename),
        Door::get("/credentials", Access::Act(Act::ManageCredentials), credentials::list),
        Door::post("/credentials", Access::Act(Act::ManageCredentials), credentials::add),
        Door::post("/credentials/reviewers", Access::Act(Act::ManageCredentials), credentials::qualify),
        Door::get("/audit", audit, audit::sign_ins),
        Door::get("/audit/changes", audit, audit::changes),
        Door::post("/admin/accounts/{id}/employee-number", accounts, administration::set_employee_number),
    ];
    doors.extend(identity::doors());
    doors
}

/// The key of a post's name.
pub fn post_key(post: Post) -> String {
    format!("people-post-{}", post.word())
}

fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

/// A fact about an account.
fn account_change(account: Id, kind: &'static str, author: Id, body: serde_json::Value) -> store::Change {
    store::Change { subject: "account", subject_id: account, kind, author: Some(author), body }
}

/// What was shown at a sign-in, in words: a kind of proof, or a provider's name. Nothing in lines of before this was kept.
fn way(app: &App, visit: &Visit, word: &str) -> String {
    match word {
        "" => String::new(),
        "password" | "code" | "recovery" | "passkey" => say(app, visit, &format!("people-way-{word}")),
        provider => app.identity.settings.provider(provider).map_or(provider, |one| one.name(visit.lang)).to_owned(),
    }
}

/// What is wrong with a form, for the page.
fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Vec<minijinja::Value> {
    let written = refusal.map(|refusal| {
        let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let message = app.pages.say(visit.lang, refusal.key, &args);
        minijinja::context! { field => refusal.field.unwrap_or("main"), message }
    });
    written.into_iter().collect()
}
