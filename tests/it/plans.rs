//! How the databases go about what is asked again and again: what readers of the log cost may not grow with the log.

use crate::on_both;
use crate::world::World;
use steward::cases::store::{Filter, Scope, statement};
use steward::kit::db::{DbError, Value, params};

/// How an engine goes about a statement, in its own words.
async fn plan(world: &World, sql: String, bound: Vec<Value>) -> String {
    let (column, explain) = if world.app.db.is_postgres() { (0, "explain") } else { (3, "explain query plan") };
    let plan = world.app.db.read(move |tx| async move {
        let rows = tx.query(&format!("{explain} {sql}"), bound).await?;
        rows.iter().map(|row| row.get::<String>(column)).collect::<Result<Vec<String>, DbError>>()
    });
    plan.await.expect("a plan").join("\n")
}

on_both!(readers_walk_the_log_by_its_key, |world: World| async move {
    for (sql, bound) in [
        (steward::cases::store::NEWS_OF_REPORTS, params![5_i64]),
        (steward::duty::store::STIRRED, params![5_i64, 500_i64]),
    ] {
        let way = if world.app.db.is_postgres() { "facts_pkey" } else { "USING INTEGER PRIMARY KEY" };
        let plan = plan(&world, sql.to_owned(), bound).await;
        // What is left to sort on PostgreSQL is only what is new; an empty table says nothing about its order.
        assert!(plan.contains(way) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
});

on_both!(the_night_watch_asks_for_the_cases_of_what_rings_and_for_no_others, |world: World| async move {
    let plan = plan(&world, steward::duty::store::calls_of_ended_cases_statement(), params![]).await;
    let way = if world.app.db.is_postgres() { "SubPlan" } else { "SEARCH c USING INTEGER PRIMARY KEY" };
    assert!(plan.contains(way) && !plan.contains("LIST SUBQUERY") && !plan.contains("Hash"), "{plan}");
});

on_both!(lists_of_the_field_walk_an_index_for_each_reason, |world: World| async move {
    let crew = Scope::Crew { account: 7, department: 8 };
    for (scope, indexes) in [
        (crew, &["cases_of_crew", "cases_without_crew"][..]),
        (
            Scope::Keeper(7),
            if world.app.db.is_postgres() { &["cases_to_check", "cases_to_verify"] } else { &["cases_keeper_due"] },
        ),
    ] {
        let (sql, bound) = statement("id", &scope, &Filter::default());
        let plan = plan(&world, sql, bound).await;
        for index in indexes {
            assert!(plan.contains(index), "{index}: {plan}");
        }
        // What is sorted at the end is a page of each walk and no more.
        let sorted = plan.matches("TEMP B-TREE").count() + plan.matches("Sort Key").count();
        assert!(sorted <= 1, "{plan}");
    }
});
