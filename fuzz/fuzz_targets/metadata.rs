#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::Metadata;

fuzz_target!(|text: &str| {
    if let Ok(metadata) = Metadata::parse(text) {
        let longer = metadata.with_uma_invoice("47f58e51-67ae-4f45-9293-fb8b32a2e320");
        let longer = Metadata::parse(longer.as_str()).expect("an entry more");
        assert!(longer.get("text/uma-invoice").is_some());
    }
});
