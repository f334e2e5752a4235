#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::PayRequest;

fuzz_target!(|text: &str| {
    if let Ok(mut request) = PayRequest::parse_query(text) {
        request.payee_data = uma_protocol::payer_data::DataOptions::default();
        assert_eq!(PayRequest::parse_query(&request.to_query()).expect("written anew"), request);
    }
});
