#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::PublicKeyResponse;

fuzz_target!(|text: &str| {
    if let Ok(keys) = PublicKeyResponse::parse(text) {
        let written = keys.to_json().expect("can be written");
        assert_eq!(PublicKeyResponse::parse(&written).expect("written anew"), keys);
    }
});
