//! How the databases go about what is asked again and again: what readers of the log cost may not grow with the log.

use crate::on_both;
use crate::world::World;
use steward::kit::db::{DbError, params};

on_both!(readers_walk_the_log_by_its_key, |world: World| async move {
    for (sql, bound) in [
        (steward::cases::store::NEWS_OF_REPORTS, params![5_i64]),
        (steward::duty::store::STIRRED, params![5_i64, 500_i64]),
    ] {
        let (column, explain, way) = match world.app.db.is_postgres() {
            true => (0, "explain", "facts_pkey"),
            false => (3, "explain query plan", "USING INTEGER PRIMARY KEY"),
        };
        let plan = world.app.db.read(move |tx| async move {
            let rows = tx.query(&format!("{explain} {sql}"), bound).await?;
            rows.iter().map(|row| row.get::<String>(column)).collect::<Result<Vec<String>, DbError>>()
        });
        let plan = plan.await.expect("a plan").join("\n");
        // What is left to sort on PostgreSQL is only what is new; an empty table says nothing about its order.
        assert!(plan.contains(way) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
});
