//! Values of any shape in every role and style: refused, or read back as they were; arguments beside each other.
#![no_main]

use apiclient_fuzz::{
    must,
    roles::{Mixed, ROLES, RolesClient, check, check_mixed, client},
    text, tree,
};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use std::sync::LazyLock;

static CLIENT: LazyLock<RolesClient> = LazyLock::new(client);

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let role = u.int_in_range(0..=ROLES.len())?;
    if let Some(role) = ROLES.get(role) {
        let value = tree(u, 4)?;
        must(check(&CLIENT, role, &value).map(drop));
        return Ok(());
    }
    let mixed = Mixed {
        path: text(u)?,
        rest: text(u)?,
        query: text(u)?,
        list: (0..u.int_in_range(0..=2)?).map(|_| text(u)).collect::<Result<_>>()?,
        header: text(u)?,
        cookie: text(u)?,
        fields: [text(u)?, text(u)?],
    };
    must(check_mixed(&CLIENT, &mixed));
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    // Too few bytes make no value.
    let _ = run(&mut Unstructured::new(bytes));
});
