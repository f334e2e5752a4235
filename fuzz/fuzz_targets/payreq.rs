#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::{OrderTerms, PayRequest};

fuzz_target!(|text: &str| {
    if let Ok(request) = PayRequest::parse(text) {
        let _ = request.uma_payer();
        let _ = OrderTerms::sats(21_000).check(&request.amount, request.convert.as_ref());
        if let Some(data) = &request.payer_data {
            assert!(text.contains(data.as_json()), "payer data is kept as it was sent");
        }
        let written = request.to_json().expect("can be written");
        assert_eq!(PayRequest::parse(&written).expect("written anew"), request);
    }
});
