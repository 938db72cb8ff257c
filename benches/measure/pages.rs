//! The other pages, as each post opens them, in a city that has its reports, cases and clocks.

use super::evaluation::{Answered, Asked, City, ask};
use super::session;
use steward::kit::db::{Db, DbError, params};

/// A report for each of the cases, spread over some twenty kilometres.
pub async fn seed_reports(db: &Db) {
    let sql = "insert into reports (id, code, idempotency_key, words, lon, lat, coordinate_system, address, grid_code, \
         district_code, street_code, community_code, area_name, code_set, kind, category_code, category_name, \
         contact_name, contact_phone, photos, source, source_number, language, stage, case_id, received_at, closed_at) \
         select id, 'B' || (10000000 + id), 'bench-' || id, title, 123.35 + (id % 1000) * 0.0002, \
         31.15 + (id % 997) * 0.0002, 'wgs84', address, cell, '990100', street, community, '城南街道', code_set, kind, code, \
         '路灯', '', '', '[]', 'citizen', '', 'zh-Hans', \
         case when is_open = 1 then 'handling' when outcome = 'declined' then 'declined' else 'solved' end, \
         id, opened_at - 600000, closed_at from cases";
    let filled: Result<(), DbError> = db
        .write(move |tx| async move {
            tx.execute(sql, params![]).await?;
            tx.script("analyze").await
        })
        .await;
    filled.expect("the reports are written");
}

/// The pages, and what each takes in each of the cities.
pub async fn ask_all(cities: &[City]) -> (Vec<&'static str>, Vec<Answered>) {
    let (mut names, mut all) = (Vec::new(), Vec::new());
    for city in cities {
        let open = city.cases / 100 * 100 - 5;
        let pages = [
            ("the home page", "", "/".to_owned()),
            ("the public list", "", "/reports".to_owned()),
            ("the public list of what is solved", "", "/reports?stage=solved".to_owned()),
            ("a report", "", format!("/reports/{open}")),
            ("the map's reports", "", "/map/reports.geojson".to_owned()),
            ("similar reports nearby", "", "/report/similar?lon=123.45&lat=31.25".to_owned()),
            ("a citizen's case", "", format!("/track/B{}", 10_000_000 + open)),
            ("a case", "dispatcher1", format!("/cases/{open}")),
            ("the desk", "acceptor1", "/desk".to_owned()),
            ("a department's inbox", "desk-municipal", "/department".to_owned()),
            ("a crew's list", "crew-road", "/field".to_owned()),
            ("a keeper's list", "keeper1", "/field".to_owned()),
            ("the duty page", "leader", "/duty".to_owned()),
            ("the whistles", "leader", "/whistles".to_owned()),
            ("notices", "leader", "/notices".to_owned()),
            ("the audit's log", "auditadmin", "/audit/changes".to_owned()),
        ];
        names = pages.iter().map(|(name, ..)| *name).collect();
        let mut asked: Vec<Asked> = Vec::new();
        for (_, login, address) in pages {
            let session = match login {
                "" => None,
                login => Some(session(&city.db, login).await),
            };
            asked.push((address, session));
        }
        all.push(asked);
    }
    let answered = ask(cities, &all).await;
    (names, answered)
}
