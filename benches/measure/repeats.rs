//! A month of a million reports looked through for what repeats: reading, grouping by rule, place and words, recognising what is
//! known, keeping it, and freezing the month's list; then the same again, when all of it is known.

use super::table::{Table, count, mebibytes, time};
use std::path::Path;
use std::time::Instant;
use steward::app::App;
use steward::kit::clock::{Clock, Moment};
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;
use steward::repeats::looking;
use steward::repeats::month::Month;
use steward::repeats::store::{self, Purpose};

/// How many reports the month has.
const REPORTS: i64 = 1_000_000;
/// The sub-classes of events that people report.
const CODES: [&str; 10] = ["0127", "0110", "0111", "0112", "0192", "0405", "0406", "0201", "0128", "0301"];

/// Reports of a month: one in five of a place that comes again and again (forty each), the others spread over a
/// hundred by a hundred kilometres; one in ten without a class, one in fifty without a point. Written by the database itself.
async fn seed(db: &Db, month: Month, zone: &jiff::tz::TimeZone) {
    let (start, end) = month.bounds(zone);
    let code = {
        let arms: Vec<String> = CODES.iter().enumerate().map(|(at, code)| format!("when {at} then '{code}'")).collect();
        format!("case (i / 5) % {} {} else '0110' end", CODES.len(), arms.join(" "))
    };
    // A hot place has one class, or its reports would not be of one kind.
    let hot = "(i % 5 = 0)";
    let place = "(i / 5 % 5000)";
    let code = format!(
        "case when {hot} then case {place} % 3 when 0 then '0127' when 1 then '0110' else '0406' end else {code} end"
    );
    let east = format!("case when {hot} then {place} % 70 * 1400 + i % 7 * 4 else i * i % 1000003 / 10 end");
    let north = format!("case when {hot} then {place} / 70 * 1400 + i % 5 * 4 else i * 104729 % 1000003 / 10 end");
    let at = format!("{} + (i * 7919) % {} * 1000", start.0, (end.0 - start.0) / 1000);
    let sql = format!(
        "insert into reports (id, code, idempotency_key, words, lon, lat, coordinate_system, address, grid_code, \
         district_code, street_code, community_code, area_name, code_set, kind, category_code, category_name, contact_name, \
         contact_phone, photos, source, source_number, language, stage, received_at) \
         with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < {REPORTS}) \
         select i, 'B' || i, 'B' || i, '路口的垃圾桶满了，油烟味很重，第' || (i % 977) || '次反映，请尽快处理一下', \
         case when i % 50 = 49 then null else 123.3 + ({east}) / 95000.0 end, \
         case when i % 50 = 49 then null else 31.1 + ({north}) / 111320.0 end, 'cgcs2000', '', '', '990100', '990100001', \
         '990100001001', '', 'GB/T 30428.2-2013', 'event', case when i % 10 = 9 then '' else {code} end, '', '', \
         '1380000' || (i % 9000 + 1000), '', 'citizen', '', 'zh-Hans', 'received', {at} from n"
    );
    let filled: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(&sql, params![]).await }).await;
    filled.expect("the reports are written");
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
}

/// Looks through the month twice: as the first night does, and as somebody does who asks for it again.
pub async fn measure(table: &mut Table, engine: &str, db: Db, files: &Path) {
    let sources = Sources::of_demo();
    let now = Clock::system().now();
    let app = App::new(db.clone(), Clock::system(), sources, &files.display().to_string()).await;
    let app = app.expect("the program");
    let zone = app.city.zone();
    let month = Month::of(now.zoned(&zone).date()).before();
    seed(&db, month, &zone).await;
    table.part(
        &format!("A month's repeat complaints, {engine}"),
        &["what", "reports", "repeats", "new", "time", "memory"],
    );
    for (what, purpose, month) in [
        ("the first night: searched and frozen", Purpose::Month, month),
        ("searched again, all known", Purpose::Now, month.after()),
    ] {
        let asked = db.write(move |tx| async move { store::ask(&tx, purpose, month, None, Moment(now.0)).await });
        asked.await.map_err(|error: DbError| error).expect("asked");
        let began = Instant::now();
        assert!(looking::work_once(&app).await.expect("a search"), "it waits");
        let took = began.elapsed();
        let look = db.read(|tx| async move { store::last_look(&tx).await });
        let look = look.await.map_err(|error: DbError| error).expect("a row").expect("a search");
        let number = |number: i64| count(number as f64);
        table.line(&[
            what.to_owned(),
            number(look.reports),
            number(look.found),
            number(look.fresh),
            time(took),
            mebibytes(own_memory()),
        ]);
    }
    table.note("The memory is the benchmark's own at the end of each search.");
}

/// The resident memory of this process, in bytes; 0 where the system does not tell.
fn own_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}
