#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::LnurlpResponse;

fuzz_target!(|text: &str| {
    if let Ok(response) = LnurlpResponse::parse(text) {
        let written = response.to_json().expect("can be written");
        assert_eq!(LnurlpResponse::parse(&written).expect("written anew"), response);
        for currency in &response.terms.currencies {
            if let Ok(msats) = currency.msats_for(1, 0) {
                let _ = currency.amount_for(msats, 0, uma_protocol::currency::Rounding::Nearest);
            }
        }
    }
});
