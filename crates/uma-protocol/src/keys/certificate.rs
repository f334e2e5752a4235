use std::time::Duration;

use signature::{Keypair, Signer};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, UtcTime};
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Any, Decode, Document, Encode, EncodePem};
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    self, AlgorithmIdentifier, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SignatureBitStringEncoding, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use crate::address::VaspDomain;
use crate::error::{ErrorCode, UmaError};
use crate::scalar::Scalar;
use crate::signing::{PublicKey, SigningKey};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// Most certificates that are read from one chain, and the longest of them in bytes.
const MAX_CHAIN: usize = 8;
const MAX_CERTIFICATE: usize = 16 * 1024;

fn invalid(reason: &'static str) -> UmaError {
    UmaError::new(ErrorCode::CertChainInvalid, reason)
}

/// A chain of certificates, leaf first and never empty, whose leaf holds a key of secp256k1.
///
/// SDKs check only the leaf's key, so checks of the rest are separate methods that parsing does not call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateChain {
    der: Vec<Vec<u8>>,
    key: PublicKey,
    not_before: i64,
    not_after: i64,
}

impl CertificateChain {
    /// Reads certificates in DER, leaf first.
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Result<Self, UmaError> {
        if certificates.len() > MAX_CHAIN || certificates.iter().any(|c| c.len() > MAX_CERTIFICATE) {
            return Err(invalid("the certificate chain is too long"));
        }
        let parsed: Vec<Certificate> = certificates
            .iter()
            .map(|der| Certificate::from_der(der).map_err(|_| invalid("a certificate cannot be read")))
            .collect::<Result<_, _>>()?;
        let leaf = parsed.first().ok_or_else(|| invalid("the certificate chain is empty"))?;
        let key = leaf_key(leaf)?;
        let seconds = |time: Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        let validity = parsed.iter().map(|c| c.tbs_certificate().validity());
        Ok(Self {
            key,
            not_before: validity.clone().map(|v| seconds(v.not_before)).max().unwrap_or(i64::MAX),
            not_after: validity.map(|v| seconds(v.not_after)).min().unwrap_or(i64::MIN),
            der: certificates,
        })
    }

    /// Reads the wire form: hex of DER.
    pub fn from_hex<S: AsRef<str>>(certificates: &[S]) -> Result<Self, UmaError> {
        if certificates.len() > MAX_CHAIN
            || certificates.iter().any(|c| c.as_ref().len() > 2 * MAX_CERTIFICATE)
        {
            return Err(invalid("the certificate chain is too long"));
        }
        let der = certificates.iter().map(|text| hex::decode(text.as_ref())).collect::<Result<_, _>>();
        Self::from_der(der.map_err(|_| invalid("a certificate is not hex"))?)
    }

    /// Reads PEM, leaf first: the form of configuration. Line breaks may be written as `\n`.
    pub fn from_pem(text: &str) -> Result<Self, UmaError> {
        let text = text.replace("\\n", "\n");
        if text.len() > 2 * MAX_CHAIN * MAX_CERTIFICATE {
            return Err(invalid("the certificate chain is too long"));
        }
        let chain = Certificate::load_pem_chain(text.trim().as_bytes())
            .map_err(|_| invalid("the certificate chain is not PEM"))?;
        let der = chain.iter().map(Encode::to_der).collect::<Result<_, _>>();
        Self::from_der(der.map_err(|_| invalid("a certificate cannot be written"))?)
    }

    /// Writes PEM.
    pub fn to_pem(&self) -> Result<String, UmaError> {
        let mut text = String::new();
        for der in &self.der {
            let certificate =
                Certificate::from_der(der).map_err(|_| invalid("a certificate cannot be read"))?;
            let pem =
                certificate.to_pem(LineEnding::LF).map_err(|_| invalid("a certificate cannot be written"))?;
            text.push_str(&pem);
        }
        Ok(text)
    }

    /// The wire form: hex of DER, leaf first.
    pub fn to_hex(&self) -> Vec<String> {
        self.der.iter().map(hex::encode).collect()
    }

    /// The leaf's key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Since when the whole chain is valid, Unix seconds.
    pub const fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Until when the whole chain is valid, Unix seconds.
    pub const fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether the chain is for `key` and valid at `now` (Unix seconds).
    pub fn check(&self, key: &PublicKey, now: i64) -> Result<(), UmaError> {
        if self.key != *key {
            return Err(invalid("the certificate is for another key"));
        }
        if now < self.not_before || now > self.not_after {
            return Err(UmaError::new(ErrorCode::CertChainExpired, "the certificate is not valid now"));
        }
        Ok(())
    }
}

fn leaf_key(leaf: &Certificate) -> Result<PublicKey, UmaError> {
    let info = leaf.tbs_certificate().subject_public_key_info();
    let curve = info.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    if info.algorithm.oid != EC_PUBLIC_KEY || curve != Some(SECP256K1) {
        return Err(invalid("the certificate's key is not of secp256k1"));
    }
    PublicKey::from_bytes(info.subject_public_key.raw_bytes())
        .map_err(|_| invalid("the certificate's key is not of secp256k1"))
}

/// A self-signed certificate to be made.
#[derive(Debug, Clone)]
pub struct CertificateDraft<'a> {
    /// Becomes the common name.
    pub domain: &'a VaspDomain,
    /// Random; at most 20 bytes count.
    pub serial: [u8; 16],
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds.
    pub not_after: i64,
}

impl CertificateDraft<'_> {
    /// Signs the certificate with the key that it is for (a signing key).
    pub fn sign(&self, key: &SigningKey) -> Result<CertificateChain, UmaError> {
        self.sign_scalar(key.scalar())
    }

    /// Signs with any private key: the certificate of an encryption key is signed with that key.
    pub(super) fn sign_scalar(&self, scalar: &Scalar) -> Result<CertificateChain, UmaError> {
        let failed = |_| invalid("the certificate cannot be made");
        let mut serial = self.serial;
        if let Some(first) = serial.first_mut() {
            // A positive number without a leading zero byte, whatever the random bytes are.
            *first = (*first & 0x7f) | 0x40;
        }
        let signer = CertificateSigner::new(scalar)?;
        let common_name = self.domain.host();
        let subject: Name = format!("CN={common_name}").parse().map_err(failed)?;
        let validity = Validity::new(time(self.not_before)?, time(self.not_after)?);
        let serial = SerialNumber::new(&serial).map_err(failed)?;
        let info =
            SubjectPublicKeyInfoOwned::from_key(&signer.verifying_key()).map_err(|_| invalid("not a key"))?;
        let builder = CertificateBuilder::new(SelfSigned(subject), serial, validity, info)
            .map_err(|_| invalid("the certificate cannot be made"))?;
        let certificate = builder
            .build::<_, DerSignature>(&signer)
            .map_err(|_| invalid("the certificate cannot be made"))?;
        CertificateChain::from_der(vec![certificate.to_der().map_err(failed)?])
    }
}

fn time(seconds: i64) -> Result<Time, UmaError> {
    let wrong = |()| invalid("a date before 1970, or too late for a certificate");
    let since_1970 = Duration::from_secs(u64::try_from(seconds).map_err(|_| wrong(()))?);
    UtcTime::from_unix_duration(since_1970)
        .map(Time::UtcTime)
        .or_else(|_| GeneralizedTime::from_unix_duration(since_1970).map(Time::GeneralTime))
        .map_err(|_| wrong(()))
}

/// A leaf that has no issuer but itself and is no authority.
struct SelfSigned(Name);

impl BuilderProfile for SelfSigned {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.0.clone()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let leaf = BasicConstraints { ca: false, path_len_constraint: None };
        Ok(vec![leaf.to_extension(tbs.subject(), &[])?])
    }
}

struct CertificateSigner {
    key: SigningKey,
}

impl CertificateSigner {
    fn new(scalar: &Scalar) -> Result<Self, UmaError> {
        let bytes = Zeroizing::new(scalar.secret().secret_bytes());
        Ok(Self { key: SigningKey::from_bytes(bytes.as_slice())? })
    }
}

struct DerSignature(Vec<u8>);

impl SignatureBitStringEncoding for DerSignature {
    fn to_bitstring(&self) -> x509_cert::der::Result<BitString> {
        BitString::from_bytes(&self.0)
    }
}

impl Signer<DerSignature> for CertificateSigner {
    fn try_sign(&self, message: &[u8]) -> Result<DerSignature, signature::Error> {
        Ok(DerSignature(self.key.sign(message).to_der()))
    }
}

impl Keypair for CertificateSigner {
    type VerifyingKey = UncompressedKey;

    fn verifying_key(&self) -> UncompressedKey {
        UncompressedKey(self.key.public_key())
    }
}

impl DynSignatureAlgorithmIdentifier for CertificateSigner {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifier { oid: ECDSA_WITH_SHA256, parameters: None })
    }
}

/// Written uncompressed: the JavaScript SDK takes the last 65 bytes of the key info.
#[derive(Clone)]
struct UncompressedKey(PublicKey);

impl EncodePublicKey for UncompressedKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        let info = SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(Any::from(&SECP256K1)) },
            subject_public_key: BitString::from_bytes(&self.0.to_uncompressed())?,
        };
        Ok(Document::try_from(info.to_der()?)?)
    }
}
