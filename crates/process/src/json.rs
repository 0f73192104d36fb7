//! A line of JSON for each entry of the log.
//!
//! Unlike tracing-subscriber's own form, an error is told with all its causes, and the text of a span's fields goes into
//! each line as it is: a line is written once, without maps between.

use std::error::Error;
use std::fmt;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::fault::with_causes;

/// The form of a line.
pub(crate) struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        writer.write_str("\",\"level\":\"")?;
        writer.write_str(metadata.level().as_str())?;
        writer.write_char('"')?;
        let mut fields = Fields::new();
        event.record(&mut fields);
        fields.put("target", metadata.target());
        let mut between = ",\"spans\":[";
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            fields.push(between);
            fields.push("{\"name\":");
            fields.push_json(span.name());
            if let Some(of_span) = span.extensions().get::<FormattedFields<JsonFields>>() {
                fields.push(of_span);
            }
            fields.push("}");
            between = ",";
        }
        fields.push(if between == "," { "]}\n" } else { "}\n" });
        fields.write_to(&mut writer)
    }
}

/// The form of the fields of a span: as they stand in a line, each after a comma.
pub(crate) struct JsonFields;

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut written = Fields::new();
        fields.record(&mut written);
        written.write_to(&mut writer)
    }
}

/// The text of fields, each after a comma. It is collected here, since serde_json writes bytes, and a line's writer takes
/// text.
struct Fields(Vec<u8>);

impl Fields {
    /// With room for a usual line.
    fn new() -> Self {
        Self(Vec::with_capacity(512))
    }

    fn put(&mut self, name: &str, value: impl Serialize) {
        self.push(",");
        self.push_json(name);
        self.push(":");
        self.push_json(value);
    }

    fn push(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn push_json(&mut self, value: impl Serialize) {
        serde_json::to_writer(&mut self.0, &value).expect("texts and numbers have a form in JSON, and memory takes it");
    }

    fn write_to(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(std::str::from_utf8(&self.0).expect("JSON and field texts are UTF-8"))
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field.name(), with_causes(value.to_string(), value.source()));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("statement failed")]
    struct Failed(#[source] io::Error);

    #[test]
    fn an_error_is_told_with_all_its_causes_and_the_rest_as_it_is() {
        let written = Written::default();
        let to = written.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || to.clone())
            .fmt_fields(JsonFields)
            .event_format(JsonLines);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!("call", request_id = "7b", kind = tracing::field::Empty);
            span.record("kind", "\"server\"\n");
            let error = Failed(io::Error::other("relation \"tasks\" does not exist"));
            span.in_scope(|| {
                tracing::error!(error = &error as &dyn Error, count = 3_u64, good = false, "internal error");
            });
        });
        let line: Value = serde_json::from_slice(&written.0.lock().unwrap()).unwrap();
        assert_eq!(line["error"], "statement failed: relation \"tasks\" does not exist");
        assert_eq!((&line["message"], &line["level"]), (&"internal error".into(), &"ERROR".into()));
        assert_eq!((&line["count"], &line["good"]), (&3.into(), &false.into()));
        assert_eq!(line["spans"], serde_json::json!([{ "name": "call", "request_id": "7b", "kind": "\"server\"\n" }]));
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
    }
}
