use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

use crate::address::{PaymentAddress, UmaAddress, VaspDomain};
use crate::backing::{self, BackingSignature};
use crate::error::{ErrorCode, UmaError};
use crate::signing::{MAX_NONCE, PublicKey, SigningKey, Stamp};
use crate::version::UmaVersion;

/// Where a VASP answers LNURL-pay requests (LUD-16); the user's name follows.
pub const LNURLP_PATH: &str = "/.well-known/lnurlp/";

/// The parameters that make a request a UMA one (UMAD-03).
const UMA_PARAMETERS: [&str; 5] = ["signature", "vaspDomain", "nonce", "timestamp", "umaVersion"];

const MAX_QUERY: usize = 8 * 1024;

fn unreadable(reason: &'static str) -> UmaError {
    UmaError::new(ErrorCode::ParseLnurlpRequestError, reason)
}

/// An LNURL-pay request: `GET /.well-known/lnurlp/{user}`, with UMA's parameters or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LnurlpRequest {
    /// Who shall be paid, spelled as in the path.
    pub receiver: PaymentAddress,
    /// There when this is UMA.
    pub uma: Option<UmaParameters>,
}

/// What makes an LNURL-pay request a UMA request (UMAD-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UmaParameters {
    /// Over receiver, nonce, timestamp, by [`Self::vasp_domain`].
    pub stamp: Stamp,
    /// The sender's VASP.
    pub vasp_domain: VaspDomain,
    /// The version that the sender requests, not yet negotiated down; its major version is supported.
    pub version: UmaVersion,
    /// Whether the sender falls under the travel rule.
    pub is_subject_to_travel_rule: bool,
    /// Co-signatures.
    pub backing: Vec<BackingSignature>,
}

impl UmaParameters {
    /// The version to answer with.
    pub fn negotiated(&self) -> UmaVersion {
        self.version.min(UmaVersion::V1)
    }
}

impl LnurlpRequest {
    /// A plain request.
    pub const fn plain(receiver: PaymentAddress) -> Self {
        Self { receiver, uma: None }
    }

    /// A signed request, as the payer's VASP makes it. `nonce` must be fresh; `now` is Unix seconds.
    pub fn signed(
        receiver: &UmaAddress,
        vasp_domain: VaspDomain,
        version: UmaVersion,
        nonce: impl Into<String>,
        now: i64,
        key: &SigningKey,
    ) -> Self {
        let stamp = Stamp::sign(&[receiver.as_str()], nonce, now, key);
        Self {
            receiver: receiver.clone().into(),
            uma: Some(UmaParameters {
                stamp,
                vasp_domain,
                version,
                is_subject_to_travel_rule: false,
                backing: Vec::new(),
            }),
        }
    }

    /// Reads a request from `path` and `query` of the request line; `domain` is our configured one, not the Host header.
    ///
    /// An unsupported version is a 412 and takes precedence over missing fields; some of the five required UMA fields but not all is
    /// `MISSING_REQUIRED_UMA_PARAMETERS`; none of them is plain LNURL.
    pub fn parse(path: &str, query: &str, domain: &VaspDomain) -> Result<Self, UmaError> {
        if query.len() > MAX_QUERY {
            return Err(unreadable("the query is too long"));
        }
        let user = path.strip_prefix(LNURLP_PATH).ok_or_else(|| unreadable("not the path of LNURL-pay"))?;
        let user = percent_decode_str(user).decode_utf8().map_err(|_| unreadable("not a user name"))?;
        let receiver = PaymentAddress::parse(&format!("{user}@{domain}"))
            .map_err(|_| unreadable("the path does not end in a user name"))?;
        Ok(Self { receiver, uma: Fields::read(query)?.into_uma()? })
    }

    /// Whether a query has any of UMA's required parameters: its sender reads errors in UMA's form.
    pub fn is_uma(query: &str) -> bool {
        form_urlencoded::parse(query.as_bytes())
            .any(|(key, value)| UMA_PARAMETERS.contains(&key.as_ref()) && !value.is_empty())
    }

    /// Reads a whole URL, taking the receiver's domain from it.
    pub fn parse_url(url: &str) -> Result<Self, UmaError> {
        let parsed = Url::parse(url).map_err(|_| unreadable("not a URL"))?;
        let host = parsed.host_str().ok_or_else(|| unreadable("a URL without a host"))?;
        let domain = match parsed.port() {
            Some(port) => VaspDomain::parse(&format!("{host}:{port}")),
            None => VaspDomain::parse(host),
        }
        .map_err(|_| unreadable("not a domain"))?;
        Self::parse(parsed.path(), parsed.query().unwrap_or_default(), &domain)
    }

    /// The URL to fetch: https, or http for a local domain. User names are lower case (LUD-16); a signed one stays as it was signed.
    pub fn to_url(&self) -> String {
        let address = match &self.uma {
            Some(_) => self.receiver.as_str().to_owned(),
            None => self.receiver.normalized(),
        };
        let user = address.split('@').next().unwrap_or_default();
        let mut url = format!("{}{LNURLP_PATH}{user}", self.receiver.domain().base_url());
        if let Some(uma) = &self.uma {
            let mut pairs = vec![
                ("signature", uma.stamp.signature.clone()),
                ("vaspDomain", uma.vasp_domain.to_string()),
                ("nonce", uma.stamp.nonce.clone()),
                ("isSubjectToTravelRule", uma.is_subject_to_travel_rule.to_string()),
                ("timestamp", uma.stamp.timestamp.to_string()),
                ("umaVersion", uma.version.to_string()),
            ];
            if !uma.backing.is_empty() {
                pairs.push(("backingSignatures", backing::to_query(&uma.backing)));
            }
            let pairs = pairs.into_iter().map(|(key, value)| [key, "=", &backing::escape(&value)].concat());
            url.push('?');
            url.push_str(&pairs.collect::<Vec<_>>().join("&"));
        }
        url
    }

    /// Checks the signature with the key of the sender's VASP. A plain request has none: that is an error here.
    pub fn verify(&self, key: &PublicKey) -> Result<(), UmaError> {
        let uma = self
            .uma
            .as_ref()
            .ok_or_else(|| UmaError::new(ErrorCode::MissingRequiredUmaParameters, "not a UMA request"))?;
        uma.stamp.verify(&[self.receiver.as_str()], key)
    }

    /// Checks one co-signature with the key of its domain.
    pub fn verify_backing(&self, backing: &BackingSignature, key: &PublicKey) -> Result<(), UmaError> {
        let uma = self
            .uma
            .as_ref()
            .ok_or_else(|| UmaError::new(ErrorCode::MissingRequiredUmaParameters, "not a UMA request"))?;
        backing.verify(&[self.receiver.as_str()], &uma.stamp, key)
    }
}

#[derive(Default)]
struct Fields {
    signature: Option<String>,
    vasp_domain: Option<String>,
    nonce: Option<String>,
    timestamp: Option<String>,
    version: Option<String>,
    travel_rule: Option<String>,
    backing: Option<String>,
}

impl Fields {
    fn read(query: &str) -> Result<Self, UmaError> {
        let mut fields = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match key.as_ref() {
                "signature" => &mut fields.signature,
                "vaspDomain" => &mut fields.vasp_domain,
                "nonce" => &mut fields.nonce,
                "timestamp" => &mut fields.timestamp,
                "umaVersion" => &mut fields.version,
                "isSubjectToTravelRule" => &mut fields.travel_rule,
                "backingSignatures" => &mut fields.backing,
                _ => continue,
            };
            if place.is_some() {
                return Err(unreadable("a parameter is there twice"));
            }
            if !value.is_empty() {
                *place = Some(value.into_owned());
            }
        }
        Ok(fields)
    }

    fn into_uma(self) -> Result<Option<UmaParameters>, UmaError> {
        let asked =
            self.version.as_deref().map(|text| UmaVersion::negotiate(text).map(|_| text)).transpose()?;
        let version = asked.map(str::parse).transpose()?;
        let fields = (self.signature, self.vasp_domain, self.nonce, self.timestamp, version);
        if matches!(fields, (None, None, None, None, None)) {
            return Ok(None);
        }
        let (Some(signature), Some(vasp_domain), Some(nonce), Some(timestamp), Some(version)) = fields else {
            return Err(UmaError::new(
                ErrorCode::MissingRequiredUmaParameters,
                "signature, vaspDomain, nonce, timestamp and umaVersion belong together",
            ));
        };
        if nonce.len() > MAX_NONCE {
            return Err(unreadable("the nonce is too long"));
        }
        let timestamp = timestamp.parse().map_err(|_| {
            UmaError::new(ErrorCode::InvalidTimestamp, "the timestamp is not a number of seconds")
        })?;
        Ok(Some(UmaParameters {
            stamp: Stamp { signature, nonce, timestamp },
            vasp_domain: VaspDomain::parse(&vasp_domain)
                .map_err(|_| unreadable("vaspDomain is not a domain"))?,
            version,
            is_subject_to_travel_rule: self.travel_rule.is_some_and(|word| word.eq_ignore_ascii_case("true")),
            backing: self.backing.as_deref().map(backing::from_query).transpose()?.unwrap_or_default(),
        }))
    }
}
