#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::{LnurlpRequest, VaspDomain};

fuzz_target!(|text: &str| {
    let ours = VaspDomain::parse("tickets.example.com").expect("a domain");
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    for request in [LnurlpRequest::parse(path, query, &ours), LnurlpRequest::parse_url(text)].into_iter().flatten() {
        assert_eq!(LnurlpRequest::parse_url(&request.to_url()).expect("written anew"), request);
    }
});
