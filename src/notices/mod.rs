//! What people are told: in the program, by e-mail, by web push, by the city's gateway for short messages. A room says
//! [`store::send`] within the transaction of what happened; everything leaves after the commit, from the outbox, once.

pub mod notice;
pub mod store;
