//! How the databases go about what is asked again and again: what readers of the log cost may not grow with the log.

use crate::on_both;
use crate::world::World;
use std::sync::atomic::{AtomicU64, Ordering};
use steward::cases::store::{Filter, Scope, statement};
use steward::kit::db::{DbError, Value, params};

/// How an engine goes about a statement, in its own words: on PostgreSQL by the one plan that serves all values, as the program
/// has it.
async fn plan(world: &World, sql: String, bound: Vec<Value>) -> String {
    plan_with(world, "set enable_seqscan = on", sql, bound).await
}

/// As if a table were too large to be read whole, which one without rows is not.
pub async fn plan_of_much(world: &World, sql: String, bound: Vec<Value>) -> String {
    plan_with(world, "set enable_seqscan = off", sql, bound).await
}

/// How many plans were asked for.
static ASKED: AtomicU64 = AtomicU64::new(0);

async fn plan_with(world: &World, setting: &'static str, sql: String, bound: Vec<Value>) -> String {
    let is_postgres = world.app.db.is_postgres();
    let plan = world.app.db.read(move |tx| async move {
        let rows = if is_postgres {
            let value = |value: &Value| match value {
                Value::Int(number) => number.to_string(),
                Value::Real(number) => number.to_string(),
                Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
                Value::Null | Value::Bytes(_) => "null".to_owned(),
            };
            let values: Vec<String> = bound.iter().map(value).collect();
            let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
            // A name of its own: a connection keeps what was prepared on it for whoever has it next.
            let number = ASKED.fetch_add(1, Ordering::Relaxed);
            tx.script(&format!("{setting}; prepare looked_at_{number} as {sql}")).await?;
            tx.query(&format!("explain execute looked_at_{number}{values}"), params![]).await?
        } else {
            tx.query(&format!("explain query plan {sql}"), bound).await?
        };
        let column = if is_postgres { 0 } else { 3 };
        rows.iter().map(|row| row.get::<String>(column)).collect::<Result<Vec<String>, DbError>>()
    });
    plan.await.expect("a plan").join("\n")
}

on_both!(readers_walk_a_long_log_from_where_they_stopped, |world: World| async move {
    let filled: Result<(), DbError> = world
        .app
        .db
        .write(|tx| async move {
            let sql = "insert into facts (id, subject, subject_id, kind, is_public, at, body) \
                       with recursive n (x) as (select 1 union all select x + 1 from n where x < 30000) \
                       select x, 'case', x, 'case_opened', 0, x, '{}' from n";
            tx.execute(sql, params![]).await?;
            tx.script("analyze facts").await
        })
        .await;
    filled.expect("a log");
    for (sql, bound) in [
        (steward::cases::store::NEWS_OF_REPORTS, params![5_i64, i64::MAX]),
        (steward::duty::store::STIRRED, params![5_i64, i64::MAX, 500_i64]),
        (steward::repeats::store::NEWS, params![5_i64, i64::MAX, 500_i64]),
    ] {
        let way = if world.app.db.is_postgres() { "Index Scan using facts_pkey" } else { "USING INTEGER PRIMARY KEY" };
        let plan = plan(&world, sql.to_owned(), bound).await;
        assert!(plan.contains(way) && !plan.contains("TEMP B-TREE") && !plan.contains("Gather"), "{plan}");
    }
});

on_both!(sealing_walks_the_order_of_facts_and_looks_each_fact_up, |world: World| async move {
    let bound = params![5_i64, 1_004_i64, 1_000_i64];
    let plan = plan_of_much(&world, steward::timeline::store::ENTRIES.to_owned(), bound).await;
    let ways = match world.app.db.is_postgres() {
        true => ["fact_feed_pkey", "facts_pkey"],
        false => ["SEARCH g USING INTEGER PRIMARY KEY", "SEARCH f USING INTEGER PRIMARY KEY"],
    };
    assert!(ways.iter().all(|way| plan.contains(way)), "{plan}");
    assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort Key"), "{plan}");
});

on_both!(what_waits_for_its_day_is_found_by_the_day, |world: World| async move {
    let bound = params![9_i64, 0_i64, 0_i64, 100_i64];
    let plan = plan_of_much(&world, steward::cases::store::RESUMING.to_owned(), bound).await;
    assert!(plan.contains("cases_suspended"), "{plan}");
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

on_both!(the_search_looks_up_keys_and_walks_nothing, |world: World| async move {
    use steward::search::store::{FEW, MANY, NEWS, OVERDUE, entries_statement, postings_statement};
    let keys = |count: usize| (0..count).map(|key| Value::Int(i64::try_from(key).unwrap_or(0))).collect::<Vec<_>>();
    let is_postgres = world.app.db.is_postgres();
    let (postings, entries, facts) = match is_postgres {
        true => ("search_postings_pkey", "search_entries_pkey", "facts_pkey"),
        false => ("USING INTEGER PRIMARY KEY", "USING INTEGER PRIMARY KEY", "USING INTEGER PRIMARY KEY"),
    };
    for (sql, bound, index) in [
        (postings_statement(FEW), keys(FEW), postings),
        (postings_statement(MANY), keys(MANY), postings),
        (entries_statement(), keys(FEW), entries),
        (OVERDUE.to_owned(), params![0_i64, 8_192_i64, 9_i64], "search_entries_running"),
        (NEWS.to_owned(), params![5_i64, i64::MAX, 500_i64], facts),
    ] {
        let plan = plan_of_much(&world, sql, bound).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE") && !plan.contains("Sort Key"), "{plan}");
    }
    // What exists for somebody is asked of the cases that were found, not of all that they ever had.
    for scope in [Scope::All, Scope::Department(7), Scope::Crew { account: 7, department: 8 }, Scope::Keeper(7)] {
        let (sql, bound) = steward::cases::store::seen_statement(&scope, &[1, 2, 3]);
        let plan = plan_with(&world, "set enable_seqscan = off", sql, bound).await;
        let way = if is_postgres { "cases_anew_pkey" } else { "SEARCH cases USING INTEGER PRIMARY KEY" };
        assert!(plan.contains(way) && !plan.contains("cases_department") && !plan.contains("cases_crew"), "{plan}");
    }
});

on_both!(lessons_are_read_by_when_their_cases_were_opened, |world: World| async move {
    let bound = params![0_i64, 9_i64, 9_i64, "GB/T 30428.2-2013", 500_i64];
    let plan = plan_of_much(&world, steward::suggestions::store::SORTED.to_owned(), bound).await;
    assert!(plan.contains("cases_opened"), "{plan}");
});

on_both!(open311_walks_reports_by_the_moment_they_came_in, |world: World| async move {
    use steward::open311::filter::{Args, Code, listing};
    let zone = jiff::tz::TimeZone::UTC;
    let read = |query: &str| {
        let code = |word: &str| Some(Code::SubClass("event".into(), word.into()));
        let listing = listing(&Args::of_query(query), world.clock.now(), &zone, code).expect("a list");
        steward::open311::store::statement(&listing)
    };
    for (query, index) in [
        ("page_size=100", "reports_received"),
        ("page_size=100&after=5.7", "reports_received"),
        ("page_size=100&service_code=0110", "reports_category"),
    ] {
        let (sql, bound) = read(query);
        let plan = plan_of_much(&world, sql, bound).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE FOR ORDER BY"), "{query}: {plan}");
        assert!(!plan.contains("Seq Scan on facts") && !plan.contains("SCAN g"), "{query}: {plan}");
    }
});
