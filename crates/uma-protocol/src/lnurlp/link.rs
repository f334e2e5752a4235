use bech32::{Bech32, ByteIterExt, Fe32IterExt, Hrp};

/// A URL as LUD-01 writes it for scanners: bech32 with prefix `lnurl` and no limit of length, in upper case, which makes the QR
/// code smaller.
pub fn encode_lnurl(url: &str) -> String {
    let hrp = Hrp::parse_unchecked("lnurl");
    let text = url.bytes().bytes_to_fes().with_checksum::<Bech32>(&hrp).chars();
    text.map(|character| character.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::encode_lnurl;

    #[test]
    fn the_example_of_lud_01_is_encoded() {
        let url =
            "https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df";
        let lnurl = "LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZ\
            EPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS";
        assert_eq!(encode_lnurl(url), lnurl);
    }
}
