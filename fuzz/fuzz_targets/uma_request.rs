#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::request::UmaRequestBody;

fuzz_target!(|text: &str| {
    let _ = UmaRequestBody::parse(text, "");
    let _ = UmaRequestBody::parse("", text);
});
