//! How the databases go about what is asked again and again: what readers of the log cost may not grow with the log.

use crate::on_both;
use crate::world::World;
use steward::kit::db::{DbError, params};

on_both!(readers_walk_the_log_by_its_key, |world: World| async move {
    for (sql, bound) in [
        (steward::cases::store::NEWS_OF_REPORTS, params![5_i64]),
        (steward::duty::store::STIRRED, params![5_i64, 500_i64]),
    ] {
        let (on_sqlite, asked) = match !world.app.db.is_postgres() {
            true => (true, format!("explain query plan {sql}")),
            false => (false, format!("explain {sql}")),
        };
        let plan = world.app.db.read(move |tx| async move {
            let column = if on_sqlite { 3 } else { 0 };
            let rows = tx.query(&asked, bound).await?;
            rows.iter().map(|row| row.get::<String>(column)).collect::<Result<Vec<String>, DbError>>()
        });
        let plan = plan.await.expect("a plan").join("\n");
        // What is left to sort on PostgreSQL is only what is new; an empty table says nothing about its order.
        let way = if on_sqlite { "USING INTEGER PRIMARY KEY" } else { "facts_pkey" };
        assert!(plan.contains(way) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
});
