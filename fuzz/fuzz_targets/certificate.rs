#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::keys::CertificateChain;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(chain) = CertificateChain::from_der(vec![bytes.to_vec()]) {
        assert_eq!(CertificateChain::from_hex(&chain.to_hex()).expect("written anew"), chain);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = CertificateChain::from_pem(text);
    }
});
