//! A template is parsed, or refused in one line that says where.
#![no_main]

use apiclient::UriTemplate;
use apiclient_fuzz::holds_literals;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|template: &str| {
    match UriTemplate::parse(template) {
        Ok(parsed) => {
            assert_eq!(parsed.as_str(), template);
            assert!(
                parsed.variables().all(|name| !name.is_empty() && name.is_ascii() && template.contains(name))
            );
            let none = parsed.expand(&()).expect("nothing to write");
            assert!(none.bytes().all(|b| b.is_ascii_graphic()), "{none:?}");
            assert!(holds_literals(&none, template), "{none:?} of {template:?}");
        }
        Err(e) => {
            let said = e.to_string();
            assert!(!said.contains(['\r', '\n', '\0']) && said.len() < 400 + 10 * template.len(), "{said:?}");
        }
    }
});
