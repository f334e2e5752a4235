#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::UmaInvoice;

fuzz_target!(|text: &str| {
    if let Ok(invoice) = UmaInvoice::parse(text) {
        let written = invoice.to_bech32().expect("can be written");
        assert_eq!(UmaInvoice::parse(&written).expect("written anew"), invoice);
    }
});
