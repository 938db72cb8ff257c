//! Every table of the database, whatever it is called, as rows of JSON; on both engines the same lines for the same rows.

use super::manifest::Sum;
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
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The tables of the database, by name, without the engine's own.
///
/// # Errors
/// When the database fails, or a table has no primary key, by which it could be read in pieces.
pub async fn shapes(tx: &Tx) -> Result<Vec<Shape>, DbError> {
    // Name, column, place in the key (0: not in it).
    let sql = if tx.is_postgres() {
        "select c.relname::text, a.attname::text, coalesce(array_position(i.indkey::smallint[], a.attnum) + 1, 0)::bigint \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema() \
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         left join pg_index i on i.indrelid = c.oid and i.indisprimary \
         where c.relkind in ('r', 'p') and not c.relispartition \
         order by c.relname::text collate \"C\", a.attnum"
    } else {
        "select m.name, t.name, t.pk from sqlite_master m join pragma_table_info(m.name) t \
         where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\' order by m.name, t.cid"
    };
    let mut shapes: Vec<(Shape, Vec<(i64, String)>)> = Vec::new();
    for row in tx.query(sql, params![]).await? {
        let (name, column, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if shapes.last().is_none_or(|(shape, _)| shape.name != name) {
            shapes.push((Shape { name, columns: vec![], key: vec![] }, vec![]));
        }
        if let Some((shape, key)) = shapes.last_mut() {
            if place > 0 {
                key.push((place, column.clone()));
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

/// The rows of a table in the order of its key, page by page.
pub struct Pages {
    first: String,
    next: String,
    /// Where the columns of the key stand.
    places: Vec<usize>,
    /// The key of the last row; none before the first page.
    after: Option<Vec<Value>>,
    is_over: bool,
}

impl Pages {
    /// Before the first page.
    pub fn of(shape: &Shape) -> Pages {
        let (columns, key) = (quoted(&shape.columns), quoted(&shape.key));
        let place = |name: &String| shape.columns.iter().position(|column| column == name);
        Pages {
            first: format!("select {columns} from \"{}\" order by {key} limit {PAGE}", shape.name),
            next: format!(
                "select {columns} from \"{}\" where ({key}) > ({}) order by {key} limit {PAGE}",
                shape.name,
                slots(0, shape.key.len())
            ),
            places: shape.key.iter().filter_map(place).collect(),
            after: None,
            is_over: false,
        }
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, tx: &Tx) -> Result<Vec<Row>, DbError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let rows = match self.after.take() {
            None => tx.query(&self.first, vec![]).await?,
            Some(key) => tx.query(&self.next, key).await?,
        };
        match rows.last() {
            Some(last) if rows.len() == PAGE => {
                self.after = Some(self.places.iter().filter_map(|place| last.values().get(*place).cloned()).collect());
            }
            _ => self.is_over = true,
        }
        Ok(rows)
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
    let (mut pages, mut sum, mut line) = (Pages::of(shape), Sum::default(), Vec::new());
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

/// Adds a row's line to a sum.
///
/// # Errors
/// When a value cannot be told in JSON.
pub fn add(row: &Row, shape: &Shape, sum: &mut Sum) -> Result<(), DbError> {
    let mut line = Vec::new();
    tell(row, shape, &mut line)?;
    sum.add(&line);
    Ok(())
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
