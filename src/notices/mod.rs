//! What people are told: in the program, by e-mail, by web push, by the city's gateway for short messages. A room says
//! [`store::send`] within the transaction of what happened; everything leaves after the commit, from the outbox, once.

pub mod accounts;
pub mod bell;
pub mod delivery;
pub mod email;
pub mod leaving;
pub mod notice;
pub mod person;
pub mod push;
pub mod sealing;
pub mod sending;
pub mod settings;
pub mod sms;
pub mod store;
pub mod ways;

mod addresses;
mod devices;
mod outbox;
mod show;
mod wishes;
mod writing;

pub use writing::say;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let own = Access::Act(Act::KeepOwnAccount);
    let manage = Access::Act(Act::ManageNotices);
    vec![
        Door::get("/notices", own, show::list),
        Door::get("/notices/bell", own, bell::show),
        Door::post("/notices/read", own, show::read_all),
        Door::get("/notices/{id}", own, show::open),
        Door::post("/notices/{id}/read", own, show::read),
        Door::get("/account/notices", own, wishes::show),
        Door::post("/account/notices", own, wishes::save),
        Door::post("/account/notices/push", own, devices::add),
        Door::post("/account/notices/push/{id}/remove", own, devices::remove),
        Door::post("/account/notices/{channel}/address", own, addresses::ask),
        Door::post("/account/notices/{channel}/code", own, addresses::confirm),
        Door::post("/account/notices/{channel}/cancel", own, addresses::cancel),
        Door::post("/account/notices/{channel}/remove", own, addresses::remove),
        Door::get("/admin/notices", manage, outbox::list),
        Door::post("/admin/notices/test", manage, outbox::test),
        Door::post("/admin/notices/retry", manage, outbox::retry_all),
        Door::post("/admin/notices/{id}/retry", manage, outbox::retry),
        Door::post("/admin/notices/{id}/give-up", manage, outbox::give_up),
    ]
}
