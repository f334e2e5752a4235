#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::PayResponse;

fuzz_target!(|text: &str| {
    if let Ok(response) = PayResponse::parse(text) {
        let written = response.to_json().expect("can be written");
        let again = PayResponse::parse(&written).expect("written anew");
        assert_eq!(again.payee_data, response.payee_data);
        assert_eq!(again.pr, response.pr);
    }
});
