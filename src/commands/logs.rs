//! Where the program says what it does: the log on the standard error, as lines for people or as JSON for programs, and traces for
//! a collector that speaks OTLP.

use crate::kit::requests::{REQUESTS, SPANS};
use clap::ValueEnum;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt::{Debug, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Where traces go; without it none are made.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The same for traces alone.
const COLLECTOR_OF_TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// How long a collector is waited for.
const WITHIN: Duration = Duration::from_secs(10);
/// How long the last traces have to leave when the program ends.
const LAST: Duration = Duration::from_secs(3);

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line: time, level, target, message, the request's number, and whatever else the entry says.
    Json,
}

/// What must be kept until the program ends.
pub(super) struct Told(Option<SdkTracerProvider>);

impl Told {
    /// Lets the last traces leave.
    pub(super) fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown_with_timeout(LAST)) {
            eprintln!("steward: the last traces were not sent: {error}");
        }
    }
}

/// Begins to write the log, and traces when the environment names a collector.
///
/// # Errors
/// A sentence for the operator when the collector's address cannot be used.
pub(super) fn begin(format: LogFormat, runtime: &Handle) -> Result<Told, String> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.fmt_fields(JsonFields).event_format(Json).with_filter(filter).boxed(),
    };
    let provider = traces(runtime)?;
    let spans = provider.as_ref().map(|provider| {
        let kept = Targets::new().with_target(REQUESTS, LevelFilter::INFO).with_target(SPANS, LevelFilter::DEBUG);
        // Neither events nor where in the code: an entry of the log may say more than a trace should.
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("steward"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(kept)
    });
    tracing_subscriber::registry().with(lines).with(spans).init();
    Ok(Told(provider))
}

fn traces(runtime: &Handle) -> Result<Option<SdkTracerProvider>, String> {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    if named(COLLECTOR).is_none() && named(COLLECTOR_OF_TRACES).is_none() {
        return Ok(None);
    }
    if named("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let _inside = runtime.enter();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .with_timeout(WITHIN)
        .build()
        .map_err(|error| format!("{COLLECTOR} cannot be used: {error}; write http://HOST:4318"))?;
    let resource = Resource::builder()
        .with_service_name(named("OTEL_SERVICE_NAME").unwrap_or_else(|| "steward".to_owned()))
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let exporter = OnRuntime { inner: exporter, runtime: runtime.clone() };
    Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
}

/// Sends by the runtime's sockets although the thread that gathers traces is none of the runtime's.
#[derive(Debug)]
struct OnRuntime {
    inner: opentelemetry_otlp::SpanExporter,
    runtime: Handle,
}

impl SpanExporter for OnRuntime {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        Inside { future: Box::pin(self.inner.export(batch)), runtime: &self.runtime }.await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// A future that finds the runtime wherever it is polled.
struct Inside<'a, F> {
    future: Pin<Box<F>>,
    runtime: &'a Handle,
}

impl<F: Future> Future for Inside<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = self.runtime.enter();
        self.future.as_mut().poll(context)
    }
}

fn now() -> String {
    crate::kit::clock::Clock::system().now().zoned(&jiff::tz::TimeZone::UTC).timestamp().to_string()
}

/// Fields of an entry or a span, as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

/// Keeps the fields of spans as JSON objects.
struct JsonFields;

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: tracing_subscriber::field::RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> std::fmt::Result {
        let mut found = Fields::default();
        fields.record(&mut found);
        write!(writer, "{}", Value::Object(found.0))
    }
}

/// Writes an entry as a JSON object.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = Map::new();
        line.insert("time".into(), now().into());
        line.insert("level".into(), event.metadata().level().as_str().into());
        line.insert("target".into(), event.metadata().target().into());
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let kept = extensions.get::<FormattedFields<N>>().map(|fields| fields.fields.as_str()).unwrap_or_default();
            // What was recorded later stands behind, as a value of its own.
            for fields in
                serde_json::Deserializer::from_str(kept).into_iter::<Map<String, Value>>().map_while(Result::ok)
            {
                // What traces alone read stays out of the log.
                line.extend(fields.into_iter().filter(|(name, _)| !name.contains('.')));
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.extend(fields.0);
        let mut text = String::new();
        write!(text, "{}", Value::Object(line))?;
        writeln!(writer, "{text}")
    }
}
