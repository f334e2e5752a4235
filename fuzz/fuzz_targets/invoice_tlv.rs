#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::{SigningKey, UmaInvoice};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(invoice) = UmaInvoice::from_tlv(bytes) {
        assert_eq!(invoice.to_tlv(), bytes, "what was received is kept");
        let key = SigningKey::from_bytes(&[1; 32]).expect("a key").public_key();
        assert!(invoice.verify(&key).is_err(), "it is not signed with this key");
    }
});
