//! One suite over every transport: reqwest, the lean one, the adapter for tower, and a stub in memory.
//!
//! A failure reads `hyper::requests::every_verb`.
//!
//! How each of them fails over sockets is in `tests/snapshots/transports.txt`, and as a table in the guide;
//! `APICLIENT_BLESS=1 cargo test -p apiclient-tests --test transports` writes both anew.

use apiclient_tests::{
    root,
    transports::{self, Subject as _, check, failures},
};
use std::{env, fmt::Write as _, fs};

/// A module of tests per subject. In memory the cases over sockets are named and ignored.
macro_rules! suite {
    ($($module:ident: $subject:ident, $where:ident;)*) => {
        $(mod $module {
            use super::*;
            use transports::$subject as Subject;

            all!(cases);
            sockets!($where);
        })*
    };
}

macro_rules! all {
    ($make:ident) => {
        $make! { requests:
            every_verb, the_target_is_kept, a_quote_in_a_query_is_kept, the_longest_target, headers_arrive_as_they_are,
            headers_of_one_name_keep_their_order, nothing_is_added, bodies_of_every_kind,
            a_body_that_cannot_be_read, an_empty_body_that_is_none,
        }
        $make! { answers:
            every_status, one_attempt_is_one_request, headers_come_as_they_are, a_megabyte_comes,
            head_has_no_body, no_content_has_no_body, a_body_within_its_limit, the_body_of_an_error_is_cut,
            a_packed_body_is_unpacked,
        }
        mod together {
            use super::*;
            $make! { @ connections: sixty_four_calls_at_the_same_time, }
        }
    };
}

macro_rules! sockets {
    ($make:ident) => {
        $make! { wire:
            the_framing_of_bodies, the_request_line_and_the_host, odd_answers_that_are_good,
            answers_that_end_with_their_head, an_error_whose_body_does_not_come,
            an_answer_before_the_request_is_sent, https_is_never_in_the_clear,
        }
        $make! { connections:
            calls_after_each_other_share_one, a_dropped_call_closes_its_own, a_late_call_closes_its_own,
            one_that_is_spoiled_is_not_used_again, one_that_was_closed_while_idle, nothing_is_sent_twice,
            a_server_that_is_gone, clients_share_them, origins_do_not_share_them,
            they_end_with_the_transport, a_runtime_that_is_gone, no_runtime_at_all,
        }
    };
}

macro_rules! cases {
    (@ $group:ident: $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            check::<Subject>(stringify!($case), transports::$group::$case::<Subject>()).await;
        })*
    };
    ($group:ident: $($case:ident,)*) => {
        mod $group {
            use super::*;
            cases! { @ $group: $($case,)* }
        }
    };
}

macro_rules! in_memory {
    ($group:ident: $($case:ident,)*) => {
        mod $group {
            $(#[test]
            #[ignore = "it is about sockets, and a stub has none"]
            fn $case() {}
            )*
        }
    };
}

suite! {
    reqwest: Reqwest, cases;
    hyper: Hyper, cases;
    tower: Tower, cases;
    stub: InMemory, in_memory;
}

/// A way to fail, and what each transport says of it.
type Row = (&'static str, [String; 3]);

const COLUMNS: [&str; 3] = [transports::Reqwest::NAME, transports::Hyper::NAME, transports::Tower::NAME];

async fn measured() -> Vec<Row> {
    let mut rows = Vec::new();
    for way in failures::ways() {
        let said = [
            failures::measure::<transports::Reqwest>(&way).await,
            failures::measure::<transports::Hyper>(&way).await,
            failures::measure::<transports::Tower>(&way).await,
        ];
        rows.push((way.name, said));
    }
    rows
}

/// A block per way, so that a change is a line.
fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    for (name, said) in rows {
        writeln!(out, "{name}").unwrap();
        for (column, said) in COLUMNS.iter().zip(said) {
            writeln!(out, "    {column:8} {}", said.replace('`', "")).unwrap();
        }
    }
    out
}

fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "| what happens | {} | |\n|---|---|---|---|---|\n",
        COLUMNS.map(|c| format!("`{c}`")).join(" | ")
    );
    for (name, said) in rows {
        let mut known = said.iter().filter(|said| *said != "–");
        let first = known.next();
        let mark = if known.all(|said| Some(said) == first) { "" } else { "differs " };
        writeln!(out, "| {name} | {} | {mark}|", said.join(" | ")).unwrap();
    }
    out
}

/// The page with another table in it.
fn with_table(page: &str, table: &str) -> String {
    let begin = page.find("| what happens |").expect("the page has the table");
    let end = page[begin..].find("\n\n").map_or(page.len(), |length| begin + length + 1);
    [&page[..begin], table, &page[end..]].concat()
}

#[tokio::test]
async fn twenty_two_ways_to_fail() {
    let rows = measured().await;
    assert_eq!(rows.len(), 22);
    let snapshot = root().join("tests/snapshots/transports.txt");
    let guide = root().join("apiclient/src/guide/transports.md");
    let page = fs::read_to_string(&guide).unwrap();
    let (text, wanted) = (text(&rows), with_table(&page, &table(&rows)));
    if env::var_os("APICLIENT_BLESS").is_some() {
        fs::write(&snapshot, &text).unwrap();
        fs::write(&guide, &wanted).unwrap();
        return;
    }
    let kept = fs::read_to_string(&snapshot).unwrap_or_default();
    assert!(kept == text, "it differs; APICLIENT_BLESS=1 writes it anew:\n{text}");
    assert!(page == wanted, "the table of the guide differs; APICLIENT_BLESS=1 writes it anew:\n{wanted}");
}

#[test]
fn only_the_table_of_the_page_is_written() {
    let page = "a\n\n| what happens | x |\n|---|---|\n| old | y |\n\nb\n";
    assert_eq!(with_table(page, "| what happens | new |\n"), "a\n\n| what happens | new |\n\nb\n");
}
