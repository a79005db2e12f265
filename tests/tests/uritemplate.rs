//! The corpus of URI templates (RFC 6570): at run time, and as paths that the macro reads.

use apiclient_tests::corpus::{Workshop, folder, report::Report, templates};

fn conclude(report: &Report) {
    println!("{}", report.text());
    assert!(report.failed().is_empty(), "failed: {:?}", report.failed());
}

#[test]
fn every_template_expands() {
    let Some(folder) = folder("uritemplate") else { return };
    conclude(&templates::check_engine(&folder, |template, variables| {
        let template = apiclient::UriTemplate::parse(template).map_err(|e| e.to_string())?;
        template.expand(variables).map_err(|e| e.to_string())
    }));
}

#[test]
fn every_template_is_a_path() {
    let Some(folder) = folder("uritemplate") else { return };
    let workshop = Workshop::new(env!("CARGO_TARGET_TMPDIR"), "uritemplate");
    conclude(&templates::check_declared(&folder, &workshop));
}
