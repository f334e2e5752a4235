#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::{PaymentAddress, UmaAddress, UmaVersion, VaspDomain};

fuzz_target!(|text: &str| {
    if let Ok(address) = PaymentAddress::parse(text) {
        assert_eq!(address.as_str(), text);
        let lower = PaymentAddress::parse(&address.normalized()).expect("lower case stays an address");
        assert_eq!(lower, address);
        assert_eq!(UmaAddress::parse(text).is_ok(), address.is_uma());
    }
    if let Ok(domain) = VaspDomain::parse(text) {
        let base = domain.base_url();
        url::Url::parse(&base).expect("a domain makes a URL");
    }
    if let Ok(version) = text.parse::<UmaVersion>() {
        assert_eq!(version.to_string().parse::<UmaVersion>().expect("written anew"), version);
    }
});
