//! `tickets doctor --try ADDRESS`: the offer of a UMA or Lightning address, as for a UMA Request or a refund.

use super::findings::{Findings, chain};
use crate::{demo, wiring::SystemPorts};
use kernel::Msats;
use std::{collections::BTreeMap, fmt::Write};
use uma_protocol::{
    Counterparty, CounterpartyError, ErrorCode, Freshness, LookupFor, PaymentAddress, UmaAddress, UmaVersion,
    VaspKeys,
    lnurlp::{LnurlpRequest, LnurlpResponse},
    payer_data::PayerData,
};

const OFFER: &str = "offer";

/// The shop as it introduces itself to other providers.
pub(super) struct Shop<'a> {
    pub(super) counterparty: &'a dyn Counterparty,
    pub(super) system: &'a SystemPorts,
    pub(super) keys: &'a VaspKeys,
    pub(super) address: &'a UmaAddress,
}

fn refusal(error: &CounterpartyError, shop: &UmaAddress) -> String {
    let keys = format!("{}/.well-known/lnurlpubkey", shop.domain().base_url());
    let code = match error {
        CounterpartyError::Refused { body, .. } => body.code.as_deref().and_then(ErrorCode::from_name),
        _ => None,
    };
    match code {
        Some(ErrorCode::CounterpartyPubkeyFetchError) => {
            format!(
                "{error}: the address's provider could not fetch this shop's keys; is {keys} reachable from the Internet?"
            )
        }
        Some(ErrorCode::InvalidSignature | ErrorCode::InvalidTimestamp) => {
            format!("{error}: does {keys} serve these keys, and is the clock right?")
        }
        _ => chain(error),
    }
}

fn sats(msats: u64) -> String {
    let amount = Msats::new(msats).map_or(msats / 1_000, |amount| amount.to_sats_floor().get());
    format!("{amount} sats")
}

/// The terms of an offer in one line.
fn terms(offer: &LnurlpResponse) -> String {
    let terms = &offer.terms;
    let mut line = format!("{} to {}", sats(terms.min_sendable_msats), sats(terms.max_sendable_msats));
    let currencies: Vec<_> = terms.currencies.iter().map(|currency| currency.code.as_str()).collect();
    if !currencies.is_empty() {
        let _ = write!(line, ", in {}", currencies.join(", "));
    }
    let mandatory: Vec<_> =
        terms.payer_data.iter().filter(|(_, mandatory)| *mandatory).map(|(key, _)| key).collect();
    if !mandatory.is_empty() {
        let _ = write!(line, "; asks for {}", mandatory.join(", "));
    }
    line
}

impl Shop<'_> {
    /// Asks the address for its offer, and its provider for the endpoint of UMA Requests.
    pub(super) async fn try_address(&self, findings: &mut Findings, text: &str) {
        let address = match PaymentAddress::parse(text.trim()) {
            Ok(address) => address,
            Err(error) => return findings.fail(OFFER, format!("{text} is no address: {}", error.reason())),
        };
        match UmaAddress::try_from(address.clone()) {
            Ok(uma) => self.try_uma(findings, &uma).await,
            Err(_) => self.try_plain(findings, address).await,
        }
    }

    async fn try_uma(&self, findings: &mut Findings, address: &UmaAddress) {
        let domain = address.domain();
        if let Err(error) = domain.reachable_from(self.address.domain()) {
            return findings.fail(OFFER, error.reason());
        }
        match self.counterparty.configuration(domain).await {
            Ok(configuration) => match configuration.push_target(UmaVersion::V1) {
                Ok(endpoint) => findings.pass(
                    "UMA Requests",
                    format!("{domain} takes them at {}", endpoint.origin().ascii_serialization()),
                ),
                Err(error) => findings.note(
                    "UMA Requests",
                    format!("{domain}: {}; its users pay with the order's link or QR code", error.reason()),
                ),
            },
            Err(error) => findings.fail("UMA Requests", format!("{domain}: {}", chain(&error))),
        }
        let now = self.system.clock.now().timestamp();
        let nonce = match demo::random_hex::<16>(self.system) {
            Ok(nonce) => nonce,
            Err(error) => return findings.fail(OFFER, error),
        };
        let ours = self.address.domain().clone();
        let key = self.keys.signing_key();
        let request = LnurlpRequest::signed(address, ours, UmaVersion::V1, nonce, now, key);
        let offer = match self.counterparty.lnurlp(&request).await {
            Ok(offer) => offer,
            Err(error) => return findings.fail(OFFER, refusal(&error, self.address)),
        };
        let keys = self.counterparty.public_keys(domain, Freshness::Cached, LookupFor::Order).await;
        let verified = match keys {
            Ok(keys) => offer
                .verify(address.as_payment_address(), keys.signing_key())
                .map_err(|error| error.reason().to_owned()),
            Err(error) => Err(chain(&error)),
        };
        match verified {
            Ok(()) => {
                findings.pass(OFFER, format!("{} receives {}; signed", address.as_str(), terms(&offer)));
            }
            Err(reason) => {
                findings.fail(OFFER, format!("the signature of {domain} cannot be verified: {reason}"));
            }
        }
    }

    async fn try_plain(&self, findings: &mut Findings, address: PaymentAddress) {
        let text = address.as_str().to_owned();
        match self.counterparty.lnurlp(&LnurlpRequest::plain(address)).await {
            Ok(offer) => {
                let line = format!("{text} receives {}", terms(&offer));
                match PayerData::mandatory(&offer.terms.payer_data, &BTreeMap::new()) {
                    Ok(_) => findings.pass(OFFER, line),
                    Err(error) => findings.note(OFFER, format!("{line}: {}", error.reason())),
                }
            }
            Err(error) => findings.fail(OFFER, format!("{text}: {}", chain(&error))),
        }
    }
}
