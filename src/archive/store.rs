//! Every table of the database, whatever it is called, as rows of JSON; on both engines the same lines for the same rows.

use super::manifest::{Sum, Table};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

/// So many rows are asked for at a time.
const PAGE: usize = 250;
/// What one `insert` may carry at most: SQLite takes 32,766 parameters …
const PARAMETERS: usize = 16_000;
/// … and a hundred rows are as fast as a thousand.
const ROWS: usize = 100;

/// A table as the engine describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The columns of its primary key, in the key's order.
    pub key: Vec<String>,
    /// Whether the key is of whole numbers alone, which every engine puts into the same order; texts each orders by its own rules.
    pub is_ordered: bool,
}

impl Shape {
    /// The key of a row.
    pub fn key_of(&self, row: &Row) -> Vec<Value> {
        let place = |name: &String| self.columns.iter().position(|column| column == name);
        self.key.iter().filter_map(place).filter_map(|place| row.values().get(place).cloned()).collect()
    }
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The tables of the database, by name, without the engine's own.
///
/// # Errors
/// When the database fails, or a table has no primary key, by which it could be read in pieces.
pub async fn shapes(tx: &Tx) -> Result<Vec<Shape>, DbError> {
    // Name, column, place in the key (0: not in it), whether it is of whole numbers.
    let sql = if tx.is_postgres() {
        "select c.relname::text, a.attname::text, coalesce(array_position(i.indkey::smallint[], a.attnum) + 1, 0)::bigint, \
         case when a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) then 1 else 0 end \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema() \
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         left join pg_index i on i.indrelid = c.oid and i.indisprimary \
         where c.relkind in ('r', 'p') and not c.relispartition \
         order by c.relname::text collate \"C\", a.attnum"
    } else {
        "select m.name, t.name, t.pk, case when lower(t.type) like '%int%' then 1 else 0 end \
         from sqlite_master m join pragma_table_info(m.name) t \
         where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\' order by m.name, t.cid"
    };
    let mut shapes: Vec<(Shape, Vec<(i64, String)>)> = Vec::new();
    for row in tx.query(sql, params![]).await? {
        let (name, column, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if shapes.last().is_none_or(|(shape, _)| shape.name != name) {
            shapes.push((Shape { name, columns: vec![], key: vec![], is_ordered: true }, vec![]));
        }
        if let Some((shape, key)) = shapes.last_mut() {
            if place > 0 {
                key.push((place, column.clone()));
                shape.is_ordered &= row.get::<bool>(3)?;
            }
            shape.columns.push(column);
        }
    }
    let keyed = |(mut shape, mut key): (Shape, Vec<(i64, String)>)| {
        key.sort();
        shape.key = key.into_iter().map(|(_, column)| column).collect();
        match shape.key.is_empty() {
            true => Err(DbError::Row(format!("the table {} has no primary key", shape.name))),
            false => Ok(shape),
        }
    };
    shapes.into_iter().map(keyed).collect()
}

/// The names of the scripts that have made the tables, in order.
///
/// # Errors
/// When the database fails.
pub async fn history(tx: &Tx) -> Result<Vec<String>, DbError> {
    tx.query("select name from migrations order by name", params![]).await?.iter().map(|row| row.get(0)).collect()
}

/// True when nobody and nothing is in the tables yet.
///
/// # Errors
/// When the database fails.
pub async fn is_empty(tx: &Tx) -> Result<bool, DbError> {
    for table in ["accounts", "departments", "areas", "reports", "facts"] {
        if tx.query_opt(&format!("select 1 from {table} limit 1"), params![]).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The tables whose rows go when the row that they point at goes.
///
/// # Errors
/// When the database fails.
pub async fn cascading(tx: &Tx) -> Result<Vec<String>, DbError> {
    let sql = if tx.is_postgres() {
        "select distinct c.relname::text from pg_constraint k join pg_class c on c.oid = k.conrelid \
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema() \
         where k.contype = 'f' and k.confdeltype = 'c'"
    } else {
        "select distinct m.name from sqlite_master m join pragma_foreign_key_list(m.name) f \
         where m.type = 'table' and f.on_delete = 'CASCADE'"
    };
    tx.query(sql, params![]).await?.iter().map(|row| row.get(0)).collect()
}

/// A stretch of a table in the order of its key: what is behind one row, up to another and with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stretch {
    /// The key of the row before it; none: from the first row on.
    pub after: Option<Vec<Value>>,
    /// The key of its last row; none: to the end.
    pub to: Option<Vec<Value>>,
}

impl Stretch {
    /// Where it lies in a table, and the parameters of that.
    fn condition(&self, shape: &Shape) -> (String, Vec<Value>) {
        let (key, mut conditions, mut params) = (quoted(&shape.key), Vec::new(), Vec::new());
        for (bound, sign) in [(&self.after, ">"), (&self.to, "<=")] {
            if let Some(bound) = bound {
                conditions.push(format!("({key}) {sign} ({})", slots(params.len(), bound.len())));
                params.extend(bound.iter().cloned());
            }
        }
        if conditions.is_empty() {
            conditions.push("1 = 1".to_owned());
        }
        (conditions.join(" and "), params)
    }

    async fn rows(&self, tx: &Tx, shape: &Shape, most: usize) -> Result<Vec<Row>, DbError> {
        let ((condition, params), key) = (self.condition(shape), quoted(&shape.key));
        let (columns, name) = (quoted(&shape.columns), &shape.name);
        let sql = format!("select {columns} from \"{name}\" where {condition} order by {key} limit {most}");
        tx.query(&sql, params).await
    }
}

/// The rows of a stretch of a table in the order of its key, page by page.
pub struct Pages<'a> {
    shape: &'a Shape,
    rest: Stretch,
    is_over: bool,
}

impl<'a> Pages<'a> {
    /// Before the first page of a stretch.
    pub fn of(shape: &'a Shape, stretch: Stretch) -> Pages<'a> {
        Pages { shape, rest: stretch, is_over: false }
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, tx: &Tx) -> Result<Vec<Row>, DbError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let rows = self.rest.rows(tx, self.shape, PAGE).await?;
        match rows.last() {
            Some(last) if rows.len() == PAGE => self.rest.after = Some(self.shape.key_of(last)),
            _ => self.is_over = true,
        }
        Ok(rows)
    }
}

/// The rows of a stretch that should be one page long; none when it is much longer.
///
/// # Errors
/// When the database fails.
pub async fn between(tx: &Tx, shape: &Shape, stretch: &Stretch) -> Result<Option<Vec<Row>>, DbError> {
    let rows = stretch.rows(tx, shape, 2 * PAGE).await?;
    Ok((rows.len() < 2 * PAGE).then_some(rows))
}

/// The condition that a row has one of a page's keys. Always as many parameters, so that one statement serves them all.
fn of_keys(shape: &Shape, keys: &[Vec<Value>]) -> (String, Vec<Value>) {
    let width = shape.key.len();
    let last = keys.last().cloned().unwrap_or_default();
    let params: Vec<Value> =
        keys.iter().cloned().chain(std::iter::repeat(last)).take(PAGE.max(keys.len())).flatten().collect();
    let condition = match shape.key.as_slice() {
        [one] => format!("\"{one}\" in ({})", slots(0, params.len())),
        several => {
            let is = |row: usize| {
                let column = |(place, name): (usize, &String)| format!("\"{name}\" = ${}", row * width + place + 1);
                format!("({})", several.iter().enumerate().map(column).collect::<Vec<_>>().join(" and "))
            };
            (0..params.len() / width.max(1)).map(is).collect::<Vec<_>>().join(" or ")
        }
    };
    (condition, params)
}

/// The rows of these keys, in no order: a page of them, or two.
///
/// # Errors
/// When the database fails.
pub async fn these(tx: &Tx, shape: &Shape, keys: &[Vec<Value>]) -> Result<Vec<Row>, DbError> {
    let mut rows = Vec::new();
    for keys in keys.chunks(PAGE) {
        let (condition, params) = of_keys(shape, keys);
        let sql = format!("select {} from \"{}\" where {condition}", quoted(&shape.columns), shape.name);
        rows.extend(tx.query(&sql, params).await?);
    }
    Ok(rows)
}

/// Takes the rows of these keys out; answers how many that were.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &Tx, shape: &Shape, keys: &[Vec<Value>]) -> Result<u64, DbError> {
    let mut removed = 0;
    for keys in keys.chunks(PAGE) {
        let (condition, params) = of_keys(shape, keys);
        removed += tx.execute(&format!("delete from \"{}\" where {condition}", shape.name), params).await?;
    }
    Ok(removed)
}

/// Takes the rows of a stretch out; answers how many that were.
///
/// # Errors
/// When the database fails.
pub async fn remove_stretch(tx: &Tx, shape: &Shape, stretch: &Stretch) -> Result<u64, DbError> {
    let (condition, params) = stretch.condition(shape);
    tx.execute(&format!("delete from \"{}\" where {condition}", shape.name), params).await
}

/// Puts rows in, many to a statement.
///
/// # Errors
/// When the database refuses one of them.
pub async fn put(tx: &Tx, shape: &Shape, rows: &[&Row]) -> Result<(), DbError> {
    let into = format!("insert into \"{}\" ({})", shape.name, quoted(&shape.columns));
    let values = rows.iter().flat_map(|row| row.values().iter().cloned()).collect();
    tx.insert(&into, shape.columns.len(), values, "").await.map(drop)
}

/// How many rows a table has.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &Tx, table: &str) -> Result<u64, DbError> {
    let count: i64 = tx.query_one(&format!("select count(*) from \"{table}\""), params![]).await?.get(0)?;
    Ok(count.unsigned_abs())
}

/// Keeps everybody from writing into these tables until the transaction ends. On SQLite a transaction that may write does so by itself.
///
/// # Errors
/// When somebody goes on writing for half a minute; when the database fails.
pub async fn hold_still(tx: &Tx, shapes: &[Shape]) -> Result<(), DbError> {
    match tx.is_postgres() {
        true => {
            let names = quoted(shapes.iter().map(|shape| &shape.name));
            tx.script(&format!("set local lock_timeout = '30s'; lock table {names} in share mode")).await
        }
        false => Ok(()),
    }
}

/// From where a city was begun to be carried into this database and is not yet whole; none when there is no such thing.
///
/// # Errors
/// When the database fails.
pub async fn begun(tx: &Tx) -> Result<Option<String>, DbError> {
    let sql = match tx.is_postgres() {
        true => {
            "select 1 from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relname = 'moves'"
        }
        false => "select 1 from sqlite_master where type = 'table' and name = 'moves'",
    };
    // Tables of an older program know nothing of it.
    if tx.query_opt(sql, params![]).await?.is_none() {
        return Ok(None);
    }
    let row = tx.query_opt("select source from moves limit 1", params![]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Notes from where a city is being carried into this database.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &Tx, source: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into moves (source, begun_at, caught_up_at) values ($1, $2, $2) \
               on conflict (source) do update set caught_up_at = excluded.caught_up_at";
    tx.execute(sql, params![source, now]).await.map(drop)
}

/// Notes that it is whole.
///
/// # Errors
/// When the database fails.
pub async fn finish(tx: &Tx) -> Result<(), DbError> {
    match begun(tx).await? {
        Some(_) => tx.execute("delete from moves", params![]).await.map(drop),
        None => Ok(()),
    }
}

/// Reads every row of a table in the order of its key and hands on its line; sums the lines up.
///
/// # Errors
/// When the database fails, a value cannot be told in JSON, or `each` fails.
pub async fn lines<E: From<DbError>>(
    tx: &Tx,
    shape: &Shape,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Sum, E> {
    let (mut pages, mut sum, mut line) = (Pages::of(shape, Stretch::default()), Sum::default(), Vec::new());
    loop {
        let rows = pages.next(tx).await?;
        if rows.is_empty() {
            return Ok(sum);
        }
        for row in &rows {
            line.clear();
            tell(row, shape, &mut line)?;
            sum.add(&line);
            each(&line)?;
        }
    }
}

/// The sum over a table's rows as they lie here.
///
/// # Errors
/// When the database fails or has no such table.
pub async fn sum_of(tx: &Tx, shapes: &[Shape], table: &Table) -> Result<Sum, DbError> {
    let shape = shapes.iter().find(|shape| shape.name == table.name);
    let shape = shape.ok_or_else(|| DbError::Row(format!("there is no table {}", table.name)))?;
    let shape = Shape { columns: table.columns.clone(), ..shape.clone() };
    lines(tx, &shape, |_| Ok::<_, DbError>(())).await
}

/// A row's line.
///
/// # Errors
/// When a value cannot be told in JSON.
pub fn line(row: &Row, shape: &Shape) -> Result<Vec<u8>, DbError> {
    let mut line = Vec::new();
    tell(row, shape, &mut line)?;
    Ok(line)
}

/// A row's line: an array of its values.
fn tell(row: &Row, shape: &Shape, line: &mut Vec<u8>) -> Result<(), DbError> {
    let told = |(value, column): (&Value, &String)| match value {
        Value::Null => Ok(Json::Null),
        Value::Int(value) => Ok(json!(value)),
        Value::Real(value) if value.is_finite() => Ok(json!(value)),
        Value::Real(value) => Err(DbError::Row(format!("{}.{column} holds {value}, which is no number", shape.name))),
        Value::Text(value) => Ok(json!(value)),
        Value::Bytes(value) => Ok(json!({ "base64": STANDARD.encode(value) })),
    };
    let values: Vec<Json> = row.values().iter().zip(&shape.columns).map(told).collect::<Result<_, _>>()?;
    serde_json::to_writer(line, &values).map_err(|error| DbError::Row(error.to_string()))
}

/// The values of a line.
///
/// # Errors
/// What is wrong with it.
pub fn values(line: &[u8], columns: usize) -> Result<Vec<Value>, String> {
    let values: Vec<Json> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if values.len() != columns {
        return Err(format!("{} values for {columns} columns", values.len()));
    }
    let read = |value: Json| match value {
        Json::Null => Ok(Value::Null),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Ok(Value::Int(number)),
            (None, Some(number)) => Ok(Value::Real(number)),
            (None, None) => Err(format!("{number} is out of range")),
        },
        Json::String(text) => Ok(Value::Text(text)),
        Json::Object(object) => match object.get("base64").and_then(Json::as_str).map(|text| STANDARD.decode(text)) {
            Some(Ok(bytes)) => Ok(Value::Bytes(bytes)),
            _ => Err("an object that is no bytes".to_owned()),
        },
        other => Err(format!("{other} is no value of a table")),
    };
    values.into_iter().map(read).collect()
}

/// Rows on their way into a table, many to a statement.
pub struct Filling<'a> {
    tx: &'a Tx,
    columns: usize,
    head: String,
    many: (String, usize),
    waiting: Vec<Value>,
}

impl<'a> Filling<'a> {
    /// Of a table, with these of its columns.
    pub fn new(tx: &'a Tx, table: &str, columns: &[String]) -> Filling<'a> {
        let head = format!("insert into \"{table}\" ({}) values ", quoted(columns));
        let at_once = (PARAMETERS / columns.len().max(1)).clamp(1, ROWS);
        let rows: Vec<String> =
            (0..at_once).map(|row| format!("({})", slots(row * columns.len(), columns.len()))).collect();
        let many = (format!("{head}{}", rows.join(", ")), at_once);
        Filling { tx, columns: columns.len(), head, many, waiting: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the database refuses it or one before it.
    pub async fn add(&mut self, mut row: Vec<Value>) -> Result<(), DbError> {
        self.waiting.append(&mut row);
        if self.waiting.len() == self.many.1 * self.columns {
            self.tx.execute(&self.many.0, std::mem::take(&mut self.waiting)).await?;
        }
        Ok(())
    }

    /// Writes what still waits.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub async fn end(self) -> Result<(), DbError> {
        let one = format!("{}({})", self.head, slots(0, self.columns));
        let mut waiting = self.waiting.into_iter();
        loop {
            let row: Vec<Value> = waiting.by_ref().take(self.columns).collect();
            if row.is_empty() {
                return Ok(());
            }
            self.tx.execute(&one, row).await?;
        }
    }
}

/// Empties a table: scripts put first rows into some.
///
/// # Errors
/// When the database fails.
pub async fn clear(tx: &Tx, table: &str) -> Result<(), DbError> {
    tx.execute(&format!("delete from \"{table}\""), params![]).await.map(drop)
}

/// What points from one table to another, laid aside until every row is there.
pub struct Pointers(Vec<String>);

impl Pointers {
    /// Lays them aside. SQLite looks at them when the transaction ends; PostgreSQL forgets them and gets them back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lay_aside(tx: &Tx) -> Result<Pointers, DbError> {
        if !tx.is_postgres() {
            tx.script("pragma defer_foreign_keys = on").await?;
            return Ok(Pointers(vec![]));
        }
        let sql = "select format('alter table %s drop constraint %I', conrelid::regclass, conname), \
                   format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) \
                   from pg_constraint c join pg_namespace n on n.oid = c.connamespace \
                   where c.contype = 'f' and n.nspname = current_schema()";
        let mut back = Vec::new();
        for row in tx.query(sql, params![]).await? {
            tx.script(&row.get::<String>(0)?).await?;
            back.push(row.get(1)?);
        }
        Ok(Pointers(back))
    }

    /// Puts them back; every row is looked at.
    ///
    /// # Errors
    /// When a row points to nothing.
    pub async fn put_back(self, tx: &Tx) -> Result<(), DbError> {
        for script in self.0 {
            tx.script(&script).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_every_value_exactly() {
        let shape = Shape {
            name: "t".to_owned(),
            columns: ["a", "b", "c", "d", "e", "f"].map(str::to_owned).into(),
            key: vec!["a".to_owned()],
            is_ordered: true,
        };
        let row = vec![
            Value::Int(i64::MAX),
            Value::Real(1.0),
            Value::Real(0.1 + 0.2),
            Value::Text("井盖“破损”\n\u{1f6a7}".to_owned()),
            Value::Bytes(vec![0, 255, 7]),
            Value::Null,
        ];
        let mut line = Vec::new();
        tell(&Row::of(row.clone()), &shape, &mut line).unwrap();
        assert!(!line.contains(&b'\n'), "a row is one line");
        assert_eq!(values(&line, 6).unwrap(), row);
        let endless = Row::of(vec![Value::Real(f64::NAN); 6]);
        assert!(tell(&endless, &shape, &mut Vec::new()).unwrap_err().to_string().contains("t.a holds NaN"));
    }

    #[test]
    fn a_stretch_and_a_page_of_keys_are_conditions() {
        let shape = |key: &[&str]| Shape {
            name: "t".to_owned(),
            columns: vec!["c".to_owned(), "a".to_owned(), "b".to_owned()],
            key: key.iter().map(|name| (*name).to_owned()).collect(),
            is_ordered: true,
        };
        let two = shape(&["a", "b"]);
        assert_eq!(two.key_of(&Row::of(params![1, 2, "x"])), params![2, "x"]);
        for (stretch, expected, count) in [
            (Stretch::default(), "1 = 1", 0),
            (Stretch { after: Some(params![1, 2]), to: None }, "(\"a\", \"b\") > ($1, $2)", 2),
            (
                Stretch { after: Some(params![1, 2]), to: Some(params![3, 4]) },
                "(\"a\", \"b\") > ($1, $2) and (\"a\", \"b\") <= ($3, $4)",
                4,
            ),
        ] {
            let (condition, params) = stretch.condition(&two);
            assert_eq!((condition.as_str(), params.len()), (expected, count));
        }
        let (condition, values) = of_keys(&two, &[params![1, "x"], params![2, "y"]]);
        assert!(condition.starts_with("(\"a\" = $1 and \"b\" = $2) or (\"a\" = $3 and \"b\" = $4)"), "{condition}");
        assert_eq!((values.len(), &values[2..6]), (2 * PAGE, params![2, "y", 2, "y"].as_slice()));
        let (condition, values) = of_keys(&shape(&["b"]), &[params![7]]);
        assert!(condition.starts_with("\"b\" in ($1, $2, ") && values == vec![Value::Int(7); PAGE], "{condition}");
    }

    #[test]
    fn a_line_that_is_none_is_told() {
        for (line, expected) in [
            ("[1]", "1 values for 2 columns"),
            ("{\"a\": 1}", "invalid type"),
            ("[1, [2]]", "no value of a table"),
            ("[1, {\"base64\": \"%\"}]", "no bytes"),
            ("[1, true]", "no value of a table"),
            ("[1, ", "EOF"),
        ] {
            let said = values(line.as_bytes(), 2).unwrap_err();
            assert!(said.contains(expected), "{line}: {said}");
        }
    }
}
