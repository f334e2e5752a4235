//! Plain LNURL-pay answers (LUD-06) of any server. Only what a payment needs is read, so that nothing else can break it.

use serde_json::Value;

use super::{LnurlpResponse, LnurlpTerms, Metadata};
use crate::error::{ErrorCode, UmaError};
use crate::payer_data::DataOptions;

/// The first whole number above every amount that `f64` and `u64` both hold exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

fn unreadable(reason: &'static str) -> UmaError {
    UmaError::new(ErrorCode::ParseLnurlpResponseError, reason)
}

fn rounded(number: f64) -> Option<u64> {
    if (0.0..MAX_EXACT).contains(&number) { format!("{number:.0}").parse().ok() } else { None }
}

/// A limit in msats, written as any JSON number; fractions and floats are rounded inwards. More than any amount is no limit.
fn limit(value: Option<&Value>, round: fn(f64) -> f64) -> Option<u64> {
    let number = value?.as_number()?;
    number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        if float >= MAX_EXACT { Some(u64::MAX) } else { rounded(round(float)) }
    })
}

impl LnurlpResponse {
    /// Reads the callback, the limits and the payer data of a plain answer. Metadata that cannot be read is left out.
    pub fn parse_plain(text: &str) -> Result<Self, UmaError> {
        let answer: Value = serde_json::from_str(text).map_err(|_| unreadable("the answer is not JSON"))?;
        let callback = answer.get("callback").and_then(Value::as_str);
        let least = limit(answer.get("minSendable"), f64::ceil);
        let most = limit(answer.get("maxSendable"), f64::floor);
        let (min, max) = (
            least.ok_or_else(|| unreadable("minSendable is not an amount"))?,
            most.ok_or_else(|| unreadable("maxSendable is not an amount"))?,
        );
        if min > max {
            return Err(unreadable("minSendable is above maxSendable"));
        }
        let metadata = answer.get("metadata").and_then(Value::as_str);
        Ok(Self::plain(LnurlpTerms {
            callback: callback.ok_or_else(|| unreadable("the callback is missing"))?.to_owned(),
            min_sendable_msats: min,
            max_sendable_msats: max,
            metadata: metadata
                .and_then(|text| Metadata::parse(text).ok())
                .unwrap_or_else(|| Metadata::plain("")),
            currencies: Vec::new(),
            payer_data: answer.get("payerData").map(DataOptions::lenient).unwrap_or_default(),
            comment_allowed: None,
            nostr_pubkey: None,
            allows_nostr: None,
            settlement_options: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(change: impl FnOnce(&mut Value)) -> Value {
        let mut answer = json!({
            "tag": "payRequest", "callback": "https://wallet.example/pay", "minSendable": 1_000,
            "maxSendable": 100_000, "metadata": "[[\"text/plain\",\"Alice\"]]",
        });
        change(&mut answer);
        answer
    }

    fn limits(answer: &Value) -> (u64, u64) {
        let terms = LnurlpResponse::parse_plain(&answer.to_string()).unwrap().terms;
        (terms.min_sendable_msats, terms.max_sendable_msats)
    }

    #[test]
    fn fields_that_a_payment_does_not_need_do_not_break_it() {
        for (field, value) in [
            ("commentAllowed", json!(255.0)),
            ("commentAllowed", json!(true)),
            ("commentAllowed", json!(1e10)),
            ("tag", json!(null)),
            ("payerData", json!("name")),
            ("currencies", json!([{"code": 7}])),
            ("allowsNostr", json!("yes")),
            ("nostrPubkey", json!(1)),
            ("umaVersion", json!("9.9")),
            ("compliance", json!({})),
            ("metadata", json!([["text/plain", "Alice"]])),
            ("metadata", json!("not JSON")),
            ("metadata", json!("[]")),
        ] {
            assert_eq!(limits(&answer(|answer| answer[field] = value.clone())), (1_000, 100_000), "{field}");
        }
        let image = "A".repeat(70_000);
        let metadata = json!([["text/plain", "Alice"], ["image/png;base64", image]]).to_string();
        assert_eq!(limits(&answer(|answer| answer["metadata"] = json!(metadata))), (1_000, 100_000));
    }

    #[test]
    fn mandatory_payer_data_is_read_among_odd_values() {
        let odd = json!({"name": {"mandatory": true}, "email": {"mandatory": "yes"}, "pubkey": true, "auth": null,
            "identifier": {}});
        let text = answer(|answer| answer["payerData"] = odd).to_string();
        let asked = LnurlpResponse::parse_plain(&text).unwrap().terms.payer_data;
        let mandatory: Vec<_> =
            asked.iter().filter(|(_, mandatory)| *mandatory).map(|(key, _)| key).collect();
        assert_eq!(mandatory, ["name"]);
    }

    #[test]
    fn limits_may_be_floats_and_are_rounded_inwards() {
        let with = |min: Value, max: Value| {
            answer(|answer| {
                answer["minSendable"] = min;
                answer["maxSendable"] = max;
            })
        };
        assert_eq!(limits(&with(json!(1_000.0), json!(1e11))), (1_000, 100_000_000_000));
        assert_eq!(limits(&with(json!(0.5), json!(2_000.9))), (1, 2_000));
        assert_eq!(limits(&with(json!(1), json!(1e30))), (1, u64::MAX));
        assert_eq!(limits(&with(json!(1), json!(u64::MAX))), (1, u64::MAX));
    }

    #[test]
    fn what_a_payment_needs_is_named_when_it_is_missing() {
        for (field, value, reason) in [
            ("callback", json!(7), "the callback is missing"),
            ("minSendable", json!("1000"), "minSendable is not an amount"),
            ("minSendable", json!(200_000), "minSendable is above maxSendable"),
            ("maxSendable", json!(-1), "maxSendable is not an amount"),
            ("maxSendable", json!(null), "maxSendable is not an amount"),
        ] {
            let text = answer(|answer| answer[field] = value).to_string();
            assert_eq!(LnurlpResponse::parse_plain(&text).unwrap_err().reason(), reason);
        }
        assert_eq!(LnurlpResponse::parse_plain("<html>").unwrap_err().reason(), "the answer is not JSON");
    }
}
