#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::post_transaction::PostTransactionCallback;

fuzz_target!(|text: &str| {
    if let Ok(callback) = PostTransactionCallback::parse(text) {
        let written = callback.to_json().expect("can be written");
        assert_eq!(PostTransactionCallback::parse(&written).expect("written anew"), callback);
    }
});
