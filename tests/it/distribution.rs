//! The schema can be spread over machines by the case: `docs/distribution.toml` says how each table lies, and the schema that the
//! migrations make is held against it.

use crate::moulds;
use crate::world::On;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use steward::kit::db::{Db, DbError, params};

/// `docs/distribution.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    distributed: BTreeMap<String, String>,
    apart: BTreeMap<String, String>,
    reference: Tables,
    local: Tables,
    across: Vec<Across>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    tables: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Across {
    index: String,
    table: String,
    why: String,
    by: Vec<String>,
}

/// How a table lies.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Class {
    /// Spread by this column, on the machines of the cases.
    Spread(String),
    /// Spread by this column, on whichever machines.
    Apart(String),
    Reference,
    Local,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

impl Plan {
    fn of_house() -> Plan {
        toml::from_str(&read("docs/distribution.toml")).expect("docs/distribution.toml can be read")
    }

    /// The class of each table that it names; none is named twice.
    fn classes(&self) -> BTreeMap<String, Class> {
        let spread = self.distributed.iter().map(|(table, column)| (table.clone(), Class::Spread(column.clone())));
        let apart = self.apart.iter().map(|(table, column)| (table.clone(), Class::Apart(column.clone())));
        let reference = self.reference.tables.iter().map(|table| (table.clone(), Class::Reference));
        let local = self.local.tables.iter().map(|table| (table.clone(), Class::Local));
        let mut classes = BTreeMap::new();
        for (table, class) in spread.chain(apart).chain(reference).chain(local) {
            let before = classes.insert(table.clone(), class);
            assert_eq!(before, None, "docs/distribution.toml names the table {table} twice");
        }
        classes
    }

    /// The statements for Citus, in their order.
    fn statements(&self) -> Vec<String> {
        let unmade = self.across.iter().flat_map(|one| one.by.iter().map(|statement| format!("{statement};")));
        let mut all: Vec<String> = unmade.collect();
        let reference = self.reference.tables.iter();
        all.extend(reference.map(|table| format!("select create_reference_table('{table}');")));
        all.push(format!("select create_distributed_table('cases', '{}');", self.distributed["cases"]));
        let spread = |table: &str, column: &str, with: &str| {
            format!("select create_distributed_table('{table}', '{column}', colocate_with => '{with}');")
        };
        // What others point at goes before them.
        all.push(spread("reports", &self.distributed["reports"], "cases"));
        let others = self.distributed.iter().filter(|(table, _)| !["cases", "reports"].contains(&table.as_str()));
        all.extend(others.map(|(table, column)| spread(table, column, "cases")));
        all.extend(self.apart.iter().map(|(table, column)| spread(table, column, "none")));
        all
    }
}

impl Class {
    /// The column by which a table is spread; none when it lies on one machine or on all.
    fn column(&self) -> Option<&str> {
        match self {
            Class::Spread(column) | Class::Apart(column) => Some(column),
            Class::Reference | Class::Local => None,
        }
    }
}

/// Rows of two texts and a list, as the catalog answers.
async fn rows(db: &Db, sql: &'static str) -> Vec<Vec<String>> {
    let found = db.read(move |tx| async move {
        let rows = tx.query(sql, params![]).await?;
        let row = |row: &steward::kit::db::Row| {
            (0..row.values().len()).map(|at| row.get(at)).collect::<Result<Vec<String>, DbError>>()
        };
        rows.iter().map(row).collect::<Result<Vec<Vec<String>>, DbError>>()
    });
    found.await.expect("the catalog answers")
}

/// Tables of the program, not the parts of a table.
const TABLES: &str = "select c.relname::text from pg_class c where c.relnamespace = current_schema()::regnamespace \
    and c.relkind in ('r', 'p') and not c.relispartition";
/// Every column of every table.
const COLUMNS: &str = "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid \
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped";
/// Table, index, its plain columns parted by commas, of everything that is unique.
const UNIQUE: &str = "select t.relname::text, c.relname::text, coalesce((select string_agg(a.attname::text, ',') \
    from pg_attribute a where a.attrelid = t.oid and a.attnum = any (i.indkey)), '') \
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid \
    where i.indisunique and t.relnamespace = current_schema()::regnamespace and t.relkind in ('r', 'p') and not t.relispartition";
/// Name, table, its columns in order, the other table, its columns in order.
const FOREIGN: &str = "select k.conname::text, t.relname::text, \
    (select string_agg(a.attname::text, ',' order by n.place) from unnest(k.conkey) with ordinality n (number, place) \
     join pg_attribute a on a.attrelid = t.oid and a.attnum = n.number), o.relname::text, \
    (select string_agg(a.attname::text, ',' order by n.place) from unnest(k.confkey) with ordinality n (number, place) \
     join pg_attribute a on a.attrelid = o.oid and a.attnum = n.number) \
    from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class o on o.oid = k.confrelid \
    where k.contype = 'f' and t.relnamespace = current_schema()::regnamespace and k.conparentid = 0";

/// The tables of a migrated PostgreSQL.
async fn migrated() -> Option<(tempfile::TempDir, Db)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = moulds::bare(On::Postgres, folder.path()).await?;
    Some((folder, Db::open(&url).await.expect("the database opens")))
}

#[tokio::test]
async fn every_table_has_a_class() {
    let Some((_folder, db)) = migrated().await else { return };
    let classes = Plan::of_house().classes();
    let there: BTreeSet<String> = rows(&db, TABLES).await.into_iter().flatten().collect();
    assert!(there.len() > 100, "the tables are read");
    for table in &there {
        assert!(
            classes.contains_key(table),
            "docs/distribution.toml does not say how the table {table} lies on several machines: is it spread by the identifier of a \
             case or report (distributed), the same on each (reference), or on one (local)?"
        );
    }
    for table in classes.keys() {
        assert!(there.contains(table), "docs/distribution.toml names the table {table}, which is not there");
    }
    let columns: BTreeSet<(String, String)> = rows(&db, COLUMNS)
        .await
        .into_iter()
        .filter_map(|row| <[String; 2]>::try_from(row).ok())
        .map(|[table, column]| (table, column))
        .collect();
    for (table, class) in classes {
        if let Some(column) = class.column() {
            assert!(
                columns.contains(&(table.clone(), column.to_owned())),
                "{table} has no column {column} to be spread by"
            );
        }
    }
}

#[tokio::test]
async fn what_is_unique_can_be_kept_by_one_machine() {
    let Some((_folder, db)) = migrated().await else { return };
    let plan = Plan::of_house();
    let classes = plan.classes();
    let mut across = BTreeSet::new();
    for row in rows(&db, UNIQUE).await {
        let Ok([table, index, columns]) = <[String; 3]>::try_from(row) else { panic!("three texts") };
        let Some(column) = classes.get(&table).and_then(Class::column) else { continue };
        if columns.split(',').any(|one| one == column) {
            continue;
        }
        let known = plan.across.iter().find(|one| one.index == index && one.table == table);
        let known = known.unwrap_or_else(|| {
            panic!("{index} is unique over all machines: it lacks {column}, by which {table} is spread; see docs/distribution.toml")
        });
        assert!(!known.why.is_empty(), "{index}: why is that no harm?");
        assert!(!known.by.is_empty(), "{index}: by which statements is it no longer so?");
        across.insert(index);
    }
    for one in &plan.across {
        assert!(
            across.contains(&one.index),
            "docs/distribution.toml speaks of {}, which is not so any more",
            one.index
        );
    }
}

#[tokio::test]
async fn no_foreign_key_leads_to_another_machine() {
    let Some((_folder, db)) = migrated().await else { return };
    let classes = Plan::of_house().classes();
    for row in rows(&db, FOREIGN).await {
        let Ok([key, table, columns, other, others]) = <[String; 5]>::try_from(row) else { panic!("five texts") };
        let is_kept = match (classes.get(&table), classes.get(&other)) {
            // The same row on every machine, or both on the one.
            (Some(_), Some(Class::Reference)) | (Some(Class::Local), Some(Class::Local)) => true,
            // Both on the machine of their subject: the columns by which they are spread name each other.
            (Some(Class::Spread(by)), Some(Class::Spread(other_by))) => {
                columns.split(',').zip(others.split(',')).any(|(one, of)| one == by && of == other_by)
            }
            _ => false,
        };
        assert!(is_kept, "the foreign key {key} leads from {table} to {other}, which may lie on another machine");
    }
}

#[tokio::test]
async fn the_statements_stand_in_the_documents_and_those_of_plain_tables_can_be_run() {
    let plan = Plan::of_house();
    for page in ["docs/operate.md", "docs/operate.zh-CN.md"] {
        let text = read(page);
        for statement in plan.statements() {
            assert!(text.contains(&statement), "{page} lacks: {statement}");
        }
    }
    // What a plain PostgreSQL understands of it, it does.
    let Some((_folder, db)) = migrated().await else { return };
    let statements: String = plan.statements().into_iter().filter(|one| !one.starts_with("select create_")).collect();
    let done: Result<(), DbError> = db.write(move |tx| async move { tx.script(&statements).await }).await;
    done.expect("the statements are run");
    let classes = plan.classes();
    for row in rows(&db, UNIQUE).await {
        let Ok([table, index, columns]) = <[String; 3]>::try_from(row) else { panic!("three texts") };
        if let Some(column) = classes.get(&table).and_then(Class::column) {
            assert!(columns.split(',').any(|one| one == column), "{index} is still unique over all machines");
        }
    }
}
