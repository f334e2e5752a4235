#![no_main]

use libfuzzer_sys::fuzz_target;
use uma_protocol::EncryptionKey;

fuzz_target!(|bytes: &[u8]| {
    // The receiver's key of the test vectors, which decrypts the seed corpus.
    let key = EncryptionKey::from_hex("a0ac38999e6767c93ce76d0978d35d4a23d24c776b59dc6ad2c23ff316be33da");
    let _ = key.expect("a key").decrypt(bytes);
});
