//! Who may act: accounts, departments in a tree, posts, sessions; the permission table and the doors it locks. Every
//! later room asks here who is knocking. Lends out [`actor::Actor`], [`act::Act`] and [`doors::Door`].

pub mod act;
pub mod actor;
pub mod doors;
pub mod sessions;
