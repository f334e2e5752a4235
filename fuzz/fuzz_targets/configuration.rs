#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::{Configuration, ErrorBody};

fuzz_target!(|text: &str| {
    if let Ok(config) = Configuration::parse(text) {
        let _ = config.push_target();
        let written = serde_json::to_string(&config).expect("can be written");
        assert_eq!(Configuration::parse(&written).expect("written anew"), config);
    }
    let _ = serde_json::from_str::<ErrorBody>(text);
});
