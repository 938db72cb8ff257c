//! `import reports FILE`: another system's list (text, Excel workbook or JSON) becomes reports. Bad rows are named and never lose
//! the good ones; a row whose number was imported before is left alone. Rows are read and written in small pieces: a file of a
//! million takes no more memory than one of a thousand.

use super::report::{Category, Place, Report, Said, Source, Stage};
use super::{place, store};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::kit::sealing::Personal;
use crate::kit::tables::{Rows, Source as Table, Told, moment, unquoted};
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// The longest words that are taken over from another system, in characters.
const MOST_WORDS: usize = 2000;

/// Rows in one transaction.
const BATCH: usize = 500;
/// Of how many bad rows it is said what is wrong; the rest is counted.
pub const MOST_NAMED: usize = 10_000;

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that became reports (with a dry run: that would).
    pub added: usize,
    /// Rows whose number was imported before.
    pub known: usize,
    /// Good rows whose place lies outside the city; they are kept without an area.
    pub outside: usize,
    /// How many rows were bad.
    pub refused: usize,
    /// Bad rows: line of the file and why, at most [`MOST_NAMED`].
    pub bad: Vec<(u64, Refusal)>,
}

impl Imported {
    fn refuse(&mut self, row: u64, refusal: Refusal) {
        self.refused += 1;
        if self.bad.len() < MOST_NAMED {
            self.bad.push((row, refusal));
        }
    }
}

/// The names that a column may have, lower case, without spaces, hyphens and underscores.
const NUMBER: &[&str] = &["srnumber", "number", "id", "servicerequestid", "casenumber", "编号", "案件编号", "工单编号"];
const CREATED: &[&str] =
    &["createddate", "created", "createdat", "requesteddatetime", "receivedat", "上报时间", "创建时间", "受理时间"];
const CLOSED: &[&str] = &["closeddate", "closed", "closedat", "结案时间", "办结时间"];
const KIND: &[&str] = &["requesttype", "type", "category", "servicename", "类别", "小类", "问题类型"];
const CODE: &[&str] = &["categorycode", "servicecode", "小类代码", "类别代码"];
const STATUS: &[&str] = &["status", "stage", "状态", "办理状态"];
const ADDRESS: &[&str] = &["address", "location", "地址", "位置", "地址描述"];
const LAT: &[&str] = &["latitude", "lat", "y", "纬度"];
const LON: &[&str] = &["longitude", "lon", "lng", "long", "x", "经度"];
const WORDS: &[&str] = &["words", "description", "text", "content", "问题描述", "内容", "描述"];
const CELL: &[&str] = &["cell", "gridcode", "网格编码", "单元网格编码"];
const SYSTEM: &[&str] = &["coordinates", "coordinatesystem", "坐标系"];

struct Columns {
    number: Option<usize>,
    created: Option<usize>,
    closed: Option<usize>,
    kind: Option<usize>,
    code: Option<usize>,
    status: Option<usize>,
    address: Option<usize>,
    lat: Option<usize>,
    lon: Option<usize>,
    words: Option<usize>,
    cell: Option<usize>,
    system: Option<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Columns {
        let plain = |name: &String| {
            let name = name.to_lowercase();
            name.chars().filter(|character| !matches!(character, ' ' | '_' | '-')).collect::<String>()
        };
        let names: Vec<String> = header.iter().map(plain).collect();
        // The first of the known names wins, whatever the order of the file.
        let at = |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
        Columns {
            number: at(NUMBER),
            created: at(CREATED),
            closed: at(CLOSED),
            kind: at(KIND),
            code: at(CODE),
            status: at(STATUS),
            address: at(ADDRESS),
            lat: at(LAT),
            lon: at(LON),
            words: at(WORDS),
            cell: at(CELL),
            system: at(SYSTEM),
        }
    }
}

fn stage(status: &str, closed: Option<Moment>) -> Stage {
    let status = status.to_lowercase();
    if status.contains("cancel") || status.contains("declined") || status.contains("不予") || status.contains("作废")
    {
        Stage::Declined
    } else if closed.is_some()
        || status.contains("solved")
        || status.contains("closed")
        || status.contains("结案")
        || status.contains("办结")
    {
        Stage::Solved
    } else if status.contains("handling")
        || status.contains("pending")
        || status.contains("progress")
        || status.contains("处置")
    {
        Stage::Handling
    } else {
        Stage::Received
    }
}

/// One row, understood; the place is still to be located.
fn understand(row: &[String], columns: &Columns, zone: &TimeZone) -> Result<(Report, Said), Refusal> {
    let cell =
        |column: Option<usize>| column.and_then(|index| row.get(index)).map(|text| unquoted(text)).unwrap_or_default();
    let number = cell(columns.number);
    if number.is_empty() {
        return Err(Refusal::new("import-number-missing"));
    }
    let at = |text: &str| match text {
        "" => Ok(None),
        text => moment(text, zone).map(Some).ok_or_else(|| Refusal::new("import-moment-strange").with("text", text)),
    };
    let received_at = at(cell(columns.created))?.ok_or_else(|| Refusal::new("import-created-missing"))?;
    let closed_at = at(cell(columns.closed))?;
    if closed_at.is_some_and(|closed| closed < received_at) {
        return Err(Refusal::new("import-closed-before-created"));
    }
    let point = match (cell(columns.lon), cell(columns.lat)) {
        ("", "") => None,
        (lon, lat) => {
            let strange = || Refusal::new("import-point-strange").with("text", format!("{lon}, {lat}"));
            let pair = lon.parse::<f64>().ok().zip(lat.parse::<f64>().ok()).ok_or_else(strange)?;
            if !(-180.0..=180.0).contains(&pair.0) || !(-90.0..=90.0).contains(&pair.1) {
                return Err(strange());
            }
            // (0, 0) lies in the sea: it is how some systems write that they do not know.
            (pair != (0.0, 0.0)).then_some(pair)
        }
    };
    let (address, grid) = (cell(columns.address), cell(columns.cell));
    if point.is_none() && address.is_empty() && grid.is_empty() {
        return Err(Refusal::new("import-place-missing"));
    }
    let words: String = cell(columns.words).chars().take(MOST_WORDS).collect();
    let stage = stage(cell(columns.status), closed_at);
    let said =
        Said { point, system: cell(columns.system).to_owned(), address: address.to_owned(), cell: grid.to_owned() };
    let report = Report {
        id: id::fresh(),
        code: id::tracking_code(),
        key: format!("import:{number}"),
        words,
        place: Place::default(),
        category: Category {
            name: cell(columns.kind).to_owned(),
            code: cell(columns.code).to_owned(),
            ..Category::default()
        },
        contact_name: Personal::default(),
        contact_phone: Personal::default(),
        photos: Vec::new(),
        source: Source::Import,
        source_number: number.to_owned(),
        language: String::new(),
        stage,
        case_id: None,
        received_at,
        due_at: None,
        // Some systems close without saying when.
        closed_at: closed_at.or_else(|| stage.is_ended().then_some(received_at)),
        urged_at: Moment(0),
        followers: 0,
        reopen_asked_for: Moment(0),
    };
    Ok((report, said))
}

/// Imports a list. `progress` hears after every batch how many rows were read.
///
/// # Errors
/// When the file is no list at all (`import-header-missing`, or a sentence of [`crate::kit::tables::read`]), or the database
/// fails; batches before that stand.
pub async fn import(
    app: &App,
    file: impl Table + 'static,
    is_dry_run: bool,
    mut progress: impl FnMut(usize),
) -> Result<Imported, Error> {
    let mut rows = Rows::of(file);
    let Some(Told::Head(header)) = rows.next().await? else {
        return Err(Refusal::new("import-header-missing").into());
    };
    let columns = Columns::of(&header);
    if columns.number.is_none() || columns.created.is_none() {
        return Err(Refusal::new("import-header-missing").into());
    }
    let zone = app.city.zone();
    let mut answer = Imported::default();
    let mut batch = Vec::with_capacity(BATCH);
    let mut read = 0;
    while let Some(told) = rows.next().await? {
        let Told::Row(row) = told else { continue };
        read += 1;
        match row.cells.and_then(|cells| understand(&cells, &columns, &zone)) {
            Err(refusal) => answer.refuse(row.row, refusal),
            Ok((mut report, said)) => {
                report.place = match place::locate(app, &said) {
                    Ok(place) => place,
                    Err(_) => {
                        answer.outside += 1;
                        place::unlocated(&said)
                    }
                };
                batch.push(report);
            }
        }
        if batch.len() == BATCH {
            keep(app, std::mem::take(&mut batch), is_dry_run, &mut answer).await?;
            progress(read);
        }
    }
    keep(app, batch, is_dry_run, &mut answer).await?;
    progress(read);
    Ok(answer)
}

/// The reports of a batch that are none of this city's own: what was exported and comes back is known by its number.
async fn of_others(tx: &Tx, batch: &mut Vec<Report>) -> Result<(), DbError> {
    // The numbers of other systems are shorter.
    let own = |report: &Report| report.source_number.parse::<id::Id>().ok().filter(|id| *id >= 1 << 52);
    let numbers: Vec<id::Id> = batch.iter().filter_map(own).collect();
    if !numbers.is_empty() {
        let known: HashSet<id::Id> = store::some(tx, &numbers).await?.into_iter().map(|report| report.id).collect();
        batch.retain(|report| own(report).is_none_or(|id| !known.contains(&id)));
    }
    Ok(())
}

async fn keep(app: &App, mut batch: Vec<Report>, is_dry_run: bool, answer: &mut Imported) -> Result<(), Error> {
    let count = batch.len();
    let added: usize = if is_dry_run {
        app.db
            .read(move |tx| async move {
                let mut added = 0;
                of_others(&tx, &mut batch).await?;
                for report in &batch {
                    added += usize::from(!store::is_known(&tx, &report.key).await?);
                }
                Ok::<_, DbError>(added)
            })
            .await?
    } else {
        app.db
            .write(move |tx| async move {
                of_others(&tx, &mut batch).await?;
                let new = |report| store::New { report, photos: &[], kind: "imported", author: None };
                let kept = store::append(&tx, &batch.iter().map(new).collect::<Vec<_>>()).await?;
                Ok::<_, DbError>(kept.iter().filter(|(_, is_new)| *is_new).count())
            })
            .await?
    };
    answer.added += added;
    answer.known += count - added;
    if added > 0 && !is_dry_run {
        app.tell("report", 0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Result<(Report, Said), &'static str> {
        let header =
            ["SRNumber", "CreatedDate", "ClosedDate", "RequestType", "Status", "Address", "Latitude", "Longitude"]
                .map(str::to_owned);
        let row: Vec<String> = text.split('|').map(str::to_owned).collect();
        understand(&row, &Columns::of(&header), &TimeZone::UTC).map_err(|refusal| refusal.key)
    }

    #[test]
    fn a_row_of_los_angeles_is_understood() {
        let (report, said) =
            row("1-87|2017-12-31T23:59:58|2018-04-09T09:18:35|Bulky Items|Closed|6122 E MESA AVE|34.1|-118.19")
                .unwrap();
        assert_eq!(report.received_at, Moment(1_514_764_798_000));
        assert_eq!((report.stage, report.source_number.as_str()), (Stage::Solved, "1-87"));
        assert_eq!(said.point, Some((-118.19, 34.1)));
        assert_eq!(report.category.name, "Bulky Items");
    }

    #[test]
    fn a_bad_row_says_why() {
        assert_eq!(row("|2017-12-31T23:59:58||x|Open|a||").unwrap_err(), "import-number-missing");
        assert_eq!(row("1|yesterday||x|Open|a||").unwrap_err(), "import-moment-strange");
        assert_eq!(
            row("1|2018-01-02T00:00:00|2018-01-01T00:00:00|x|Closed|a||").unwrap_err(),
            "import-closed-before-created"
        );
        assert_eq!(row("1|2018-01-02T00:00:00||x|Open|||").unwrap_err(), "import-place-missing");
        assert_eq!(row("1|2018-01-02T00:00:00||x|Open|a|north|1").unwrap_err(), "import-point-strange");
    }
}
