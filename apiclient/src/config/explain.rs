//! What would be used, and from where.

use super::{Config, read::Row};
use crate::pipeline::default;
use std::fmt;

/// The lines of [`Config::explain`].
#[derive(Debug, Clone, Copy)]
pub struct Explanation<'a>(pub(super) &'a Config);

/// What holds where nobody says anything.
fn defaults() -> [(&'static str, String); 9] {
    [
        ("timeout.total", format!("{:?}", default::TOTAL)),
        ("timeout.attempt", format!("{:?}", default::ATTEMPT)),
        ("timeout.idle", format!("{:?}", default::IDLE)),
        ("max_body", format!("{}MiB", default::BODY >> 20)),
        ("retry.attempts", default::ATTEMPTS.to_string()),
        ("retry.cap", format!("{:?}", default::RETRY_CAP)),
        ("retry.max_retry_after", format!("{:?}", default::MAX_RETRY_AFTER)),
        ("retry_budget", crate::retry::Budget::DEFAULT.to_string()),
        ("redirects.most", crate::redirect::Limits::MOST.to_string()),
    ]
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = self.0;
        match config.files.is_empty() {
            true => writeln!(f, "files: none; looked for {}", config.searched.join(", "))?,
            false => writeln!(f, "files: {}", config.files.join(", then "))?,
        }
        writeln!(f, "variables: {}_<SERVICE>__<SETTING>", config.prefix)?;
        writeln!(f, "profile: {}", config.profile.as_deref().unwrap_or("none"))?;
        for (name, service) in &config.services {
            writeln!(f, "\n{name}")?;
            let said = |key: &str| service.rows.iter().any(|row| row.key == key);
            // One that is switched off has no keys.
            let off = |key: &str| {
                key.split_once('.').is_some_and(|(word, _)| service.rows.iter().any(|row| row.key == word))
            };
            let rest = defaults().into_iter().filter(|(key, _)| !said(key) && !off(key));
            let rest = rest.map(|(key, shown)| Row { key: key.into(), shown, place: String::new() });
            let mut rows: Vec<Row> = service.rows.iter().cloned().chain(rest).collect();
            rows.sort_by_key(|row| row.place.is_empty());
            let width =
                |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
            let (keys, values) = (width(|row| &row.key), width(|row| &row.shown).min(48));
            for Row { key, shown, place } in &rows {
                let place = if place.is_empty() {
                    "the default, unless trait or builder say another thing"
                } else {
                    place
                };
                writeln!(f, "  {key:keys$}  {shown:values$}  {place}")?;
            }
        }
        Ok(())
    }
}
