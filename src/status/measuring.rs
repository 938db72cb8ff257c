//! Measures in the text of OpenMetrics: what was counted in this process, and what the database says of the city's work. Names
//! and their values are few: doors, methods, statuses, stages, ways of notices, jobs.

use super::store;
use crate::app::App;
use crate::cases::store::Scope;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::machine;
use crate::kit::measures::{self, Counted, Requests};
use crate::kit::wire;
use crate::timeline;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet, text::encode};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What the database says; asked for anew when that is cheap, and at most a minute old.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// By how many seconds each reader of the log is behind its end.
    pub lags: Vec<(String, f64)>,
    /// The ways of notices: how many wait though their time has come, and for how many seconds the oldest does.
    pub waiting: Vec<(String, i64, f64)>,
    /// Photos that wait to be looked at.
    pub unprinted: i64,
    /// Photos, and the bytes of their originals.
    pub photos: (i64, i64),
    /// Reports that have come in.
    pub reports: i64,
    /// Facts that were placed and are not sealed yet.
    pub unsealed: i64,
    /// The head of the chain over facts; none when nothing is sealed.
    pub head: Option<timeline::chain::Block>,
    /// For how many seconds facts have waited to be sealed.
    pub unsealed_for: f64,
}

/// By how many seconds a reader is behind: identifiers count moments.
fn behind(end: Id, read: Id) -> f64 {
    seconds(((end - read) >> 21).max(0))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of centuries fit a double")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// Asks the database.
///
/// # Errors
/// When it fails.
pub async fn gathered(app: &App) -> Result<Arc<Gathered>, Error> {
    let now = app.clock.now();
    let db = app.db.clone();
    app.status.gathered.fresh(now, move || async move { Ok(gather(&db, now).await?) }).await
}

async fn gather(db: &crate::kit::db::Db, now: Moment) -> Result<Gathered, DbError> {
    db.read(move |tx| async move {
        let end = timeline::store::end(&tx).await?;
        let lags = store::readers(&tx).await?.into_iter().map(|(name, read)| (name, behind(end, read))).collect();
        let waiting = store::waiting(&tx, now).await?;
        let waiting = waiting.into_iter().map(|(way, count, since)| (way, count, seconds(now.0 - since.0))).collect();
        let (unsealed, head) = timeline::store::unsealed(&tx).await?;
        let since = if unsealed > 0 { head.as_ref().map(|head| head.sealed_at) } else { None };
        Ok(Gathered {
            unsealed,
            head,
            unsealed_for: since.map_or(0.0, |since| seconds((now.0 - since.0).max(0))),
            lags,
            waiting,
            unprinted: store::unprinted(&tx).await?,
            photos: store::photos(&tx).await?,
            reports: store::reports(&tx).await?,
        })
    })
    .await
}

/// Everything that is measured, as text.
///
/// # Errors
/// When the database fails. What this process counts is then still told, without the rest.
pub async fn text(app: &App) -> Result<String, Error> {
    let gathered = match gathered(app).await {
        Ok(gathered) => Some(gathered),
        Err(error) => {
            tracing::warn!(%error, "measures without what the database says");
            None
        }
    };
    let stages = match &gathered {
        Some(_) => app.tallies.of(app, &Scope::All).await?.stages.clone(),
        None => Vec::new(),
    };
    let snapshot = Snapshot {
        app: app.clone(),
        gathered,
        stages: stages.into_iter().map(|(stage, count)| (stage.text(), count)).collect(),
    };
    let mut registry = Registry::with_prefix("steward");
    registry.register_collector(Box::new(snapshot));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(text)
}

struct Snapshot {
    app: App,
    gathered: Option<Arc<Gathered>>,
    stages: Vec<(&'static str, i64)>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Snapshot").field("gathered", &self.gathered).finish_non_exhaustive()
    }
}

/// One measure with one value for each set of labels.
fn family<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, f64)>,
) -> fmt::Result {
    let mut measure = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        measure.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

/// One measure with one value.
fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

#[expect(clippy::cast_precision_loss, reason = "counts fit a double")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts fit a double")]
fn whole(count: i64) -> f64 {
    count as f64
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        if let Some(requests) = self.app.status.requests.get() {
            of_requests(encoder, requests)?;
        }
        gauge(
            encoder,
            "requests_answering",
            "Requests that are being answered",
            whole(measures::ANSWERING.load(Ordering::Relaxed)),
        )?;
        of_gates(encoder, &self.app)?;
        let engine = if self.app.db.is_postgres() { "postgresql" } else { "sqlite" };
        let mut times = encoder.encode_descriptor(
            "transactions_seconds",
            "Transactions, from being asked for to being answered",
            None,
            MetricType::Histogram,
        )?;
        for (kind, all) in [("read", &measures::READS), ("write", &measures::WRITES)] {
            let Counted { sum, count, stretches } = all.counted();
            let labels = [("engine", engine), ("kind", kind)];
            times.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &stretches, None)?;
        }
        let open = [("read", &measures::READING), ("write", &measures::WRITING)];
        let open = open.map(|(kind, count)| ([("kind", kind)], whole(count.load(Ordering::Relaxed))));
        family(encoder, "transactions_open", "Transactions that wait or are under way", open)?;
        encoder
            .encode_descriptor("database_failures", "Failures of the database", None, MetricType::Counter)?
            .encode_counter::<NoLabelSet, _, u64>(&measures::FAILED.load(Ordering::Relaxed), None)?;
        if let Some(gathered) = &self.gathered {
            of_city(encoder, gathered, &self.stages)?;
        }
        let broken = self.app.broken_jobs();
        gauge(encoder, "jobs_broken", "Jobs that have ended although the program runs", number(broken.len() as u64))?;
        if let Some(bytes) = machine::memory() {
            gauge(encoder, "process_memory_bytes", "Memory that the process holds", number(bytes))?;
        }
        if let Some(count) = machine::open_files() {
            gauge(encoder, "process_open_files", "Files and connections that the process has open", number(count))?;
        }
        let uptime = self.app.status.begun.elapsed().as_secs_f64();
        gauge(encoder, "process_uptime_seconds", "Seconds since the program began", uptime)?;
        encoder
            .encode_descriptor("build", "The program", None, MetricType::Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION")), ("engine", engine)])
    }
}

fn of_requests(encoder: &mut DescriptorEncoder<'_>, requests: &Requests) -> fmt::Result {
    let used = requests.used();
    let mut counts =
        encoder.encode_descriptor("requests", "Requests by door, method and status", None, MetricType::Counter)?;
    for (door, method, way) in &used {
        for (status, count) in way.by_status() {
            let labels = [("door", *door), ("method", *method), ("status", status.as_str())];
            counts.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
    }
    let mut times = encoder.encode_descriptor(
        "request_seconds",
        "How long it took until an answer began",
        None,
        MetricType::Histogram,
    )?;
    for (door, method, way) in &used {
        let Counted { sum, count, stretches } = way.times.counted();
        let labels = [("door", *door), ("method", *method)];
        times.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &stretches, None)?;
    }
    let signed: Vec<(String, u64)> = requests.way(Some("/sign-in"), "POST").by_status();
    let by = |is_in: bool| signed.iter().filter(|(status, _)| (status == "303") == is_in).map(|(_, count)| count).sum();
    let mut signs = encoder.encode_descriptor("sign_ins", "Attempts to sign in", None, MetricType::Counter)?;
    for (outcome, count) in [("opened", by(true)), ("refused", by(false))] {
        let count: u64 = count;
        signs.encode_family(&[("outcome", outcome)])?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
    }
    Ok(())
}

/// Who is let in and who is turned away.
fn of_gates(encoder: &mut DescriptorEncoder<'_>, app: &App) -> fmt::Result {
    let turnstiles = [("pages", app.shedding.pages.counted()), ("files", app.shedding.files.counted())];
    let inside = turnstiles.map(|(kind, (inside, ..))| ([("kind", kind)], number(inside as u64)));
    family(encoder, "requests_inside", "Requests that hold a seat", inside)?;
    let waiting = turnstiles.map(|(kind, (_, waiting, _))| ([("kind", kind)], whole(waiting)));
    family(encoder, "requests_queued", "Requests that wait for a seat", waiting)?;
    let mut shed = encoder.encode_descriptor(
        "requests_shed",
        "Requests turned away: too much to do",
        None,
        MetricType::Counter,
    )?;
    for (kind, (_, _, turned)) in turnstiles {
        shed.encode_family(&[("kind", kind)])?.encode_counter::<NoLabelSet, _, u64>(&turned, None)?;
    }
    let mut paced =
        encoder.encode_descriptor("requests_paced", "Requests turned away: too often", None, MetricType::Counter)?;
    for (pace, turned) in app.paces.turned() {
        paced.encode_family(&[("pace", pace)])?.encode_counter::<NoLabelSet, _, u64>(&turned, None)?;
    }
    gauge(encoder, "connections_open", "Connections of visitors", whole(wire::OPEN.load(Ordering::Relaxed)))?;
    encoder
        .encode_descriptor("connections_refused", "Connections of addresses with too many", None, MetricType::Counter)?
        .encode_counter::<NoLabelSet, _, u64>(&wire::REFUSED.load(Ordering::Relaxed), None)
}

fn of_city(encoder: &mut DescriptorEncoder<'_>, gathered: &Gathered, stages: &[(&'static str, i64)]) -> fmt::Result {
    let lags = gathered.lags.iter().map(|(name, lag)| ([("reader", name.as_str())], *lag));
    family(encoder, "reader_lag_seconds", "By how much a reader of the log is behind its end", lags)?;
    let waiting = gathered.waiting.iter().map(|(way, count, _)| ([("way", way.as_str())], whole(*count)));
    family(encoder, "notices_waiting", "Notices whose time has come and that have not left", waiting)?;
    let oldest = gathered.waiting.iter().map(|(way, _, seconds)| ([("way", way.as_str())], *seconds));
    family(encoder, "notices_oldest_seconds", "For how long the oldest of them waits", oldest)?;
    gauge(encoder, "photos_unprinted", "Photos that wait to be looked at", whole(gathered.unprinted))?;
    gauge(encoder, "photos", "Photos that are kept", whole(gathered.photos.0))?;
    gauge(encoder, "photos_original_bytes", "Bytes of their originals", whole(gathered.photos.1))?;
    gauge(encoder, "reports", "Reports that have come in", whole(gathered.reports))?;
    gauge(encoder, "facts_unsealed", "Facts that are not in the chain yet", whole(gathered.unsealed))?;
    gauge(encoder, "facts_unsealed_seconds", "Since when facts wait for the chain", gathered.unsealed_for)?;
    let blocks = gathered.head.as_ref().map_or(0, |head| head.number);
    gauge(encoder, "fact_blocks", "Blocks of the chain over facts", whole(blocks))?;
    let stages = stages.iter().map(|(stage, count)| ([("stage", *stage)], whole(*count)));
    family(encoder, "cases_open", "Open cases by stage", stages)
}
