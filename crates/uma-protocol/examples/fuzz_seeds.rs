//! Writes the test vectors as seeds for the fuzz targets: `fuzz_seeds FOLDER` fills `FOLDER/<target>/`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn write(folder: &Path, target: &str, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let place = folder.join(target);
    fs::create_dir_all(&place)?;
    Ok(fs::write(place.join(name), bytes)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("the folder is missing")?.into();
    let vectors: Value = serde_json::from_str(include_str!("../tests/vectors/uma-vectors.json"))?;
    let list = |key: &str| vectors.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    for vector in list("vectors") {
        let text = |key: &str| vector.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, category) = (text("name"), text("category"));
        let output = vector.get("output").unwrap_or(&Value::Null);
        let json = output.to_string();
        let part = |key: &str| output.get(key).and_then(Value::as_str).unwrap_or_default();
        match category {
            "lnurlp_request" => {
                write(&folder, "lnurlp_request", name, output.as_str().unwrap_or(&json).as_bytes())?;
            }
            "lnurlp_response" => {
                write(&folder, "lnurlp_response", name, json.as_bytes())?;
                write(&folder, "metadata", name, part("metadata").as_bytes())?;
            }
            "pay_request" => {
                write(&folder, "payreq", name, json.as_bytes())?;
                let pairs = output.as_object().into_iter().flatten();
                let pairs = pairs.filter_map(|(key, value)| Some((key, value.as_str()?)));
                let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                write(&folder, "payreq_query", name, query.as_bytes())?;
            }
            "pay_req_response" => write(&folder, "payreq_response", name, json.as_bytes())?,
            "invoice" => {
                let text = output.as_str().unwrap_or_else(|| part("bech32"));
                write(&folder, "invoice", name, text.as_bytes())?;
                write(&folder, "invoice_tlv", name, &hex::decode(part("tlv_hex"))?)?;
                write(&folder, "uma_request", name, format!(r#"{{"invoice":"{text}"}}"#).as_bytes())?;
            }
            "ecies" => write(&folder, "ecies", name, &hex::decode(part("ciphertext_hex"))?)?,
            "pubkey_response" => {
                write(&folder, "public_keys", name, json.as_bytes())?;
                let chain =
                    output.get("signingCertChain").and_then(|chain| chain.get(0)).and_then(Value::as_str);
                write(&folder, "certificate", name, &hex::decode(chain.unwrap_or_default())?)?;
            }
            "post_tx_callback" => write(&folder, "post_transaction", name, json.as_bytes())?,
            "error" => write(&folder, "configuration", name, json.as_bytes())?,
            "address" | "domain" | "version" => {
                let keys = output.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
                let items = output.as_array().into_iter().flatten().filter_map(Value::as_str);
                for (at, text) in keys.chain(items).enumerate() {
                    write(&folder, "address", &format!("{name}-{at}"), text.as_bytes())?;
                }
            }
            _ => return Err(format!("no target for {category}").into()),
        }
    }
    let config =
        br#"{"name":"V","uma_major_versions":[0,1],"uma_request_endpoint":"https://v.example/push"}"#;
    write(&folder, "configuration", "config", config)
}
