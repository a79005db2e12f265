//! Logs as JSON, a line each, above the bar.

use apiclient::indicatif::ProgressBar;
use std::io::{self, Write};
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Failures of calls and what breakers do, with the fields of the call that they belong to.
pub fn begin(bar: ProgressBar) {
    let json = fmt::layer().json().flatten_event(true).with_span_list(false);
    let json = json.with_writer(move || Above(bar.clone()));
    // Spans are of the level INFO; at DEBUG there would be each retry and each wait as well.
    let ours = filter_fn(|it| it.target() == "apiclient" && (it.is_span() || *it.level() <= Level::WARN));
    let ours = ours.with_max_level_hint(LevelFilter::INFO);
    tracing_subscriber::registry().with(json.with_filter(ours)).init();
}

/// Standard output, with the bar out of the way.
struct Above(ProgressBar);

impl Write for Above {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stdout().write_all(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
