//! The CMS of a signature (RFC 5652) as PAdES B-B wants it: content type, digest and signing certificate are signed, the
//! time stands in the PDF and nowhere else.

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{
        CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo,
        SignerInfos,
    },
};
use der::{
    Decode, Encode, Sequence,
    asn1::{Any, ObjectIdentifier, OctetString, SetOfVec},
    oid::db::{rfc5911, rfc5912},
};
use ring::signature::{self, UnparsedPublicKey};
use x509_cert::{attr::Attribute, spki::AlgorithmIdentifierOwned};

use super::certificate::{CertificateChain, Scheme};

/// RFC 5035.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// SHA-256 is the default algorithm, and left out.
#[derive(Sequence)]
struct EssCertIdV2 {
    certificate_hash: OctetString,
}

#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<EssCertIdV2>,
}

/// What a key signs.
pub struct ToSign(SignedAttributes);

/// The attributes for a document with this SHA-256.
pub fn signed_attributes(chain: &CertificateChain, document: &[u8; 32]) -> Result<ToSign, der::Error> {
    let certificate = EssCertIdV2 { certificate_hash: OctetString::new(chain.sha256().as_slice())? };
    let attributes = [
        attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&rfc5911::ID_DATA)?)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, Any::encode_from(&OctetString::new(document.as_slice())?)?)?,
        attribute(
            SIGNING_CERTIFICATE_V2,
            Any::encode_from(&SigningCertificateV2 { certificates: vec![certificate] })?,
        )?,
    ];
    Ok(ToSign(SetOfVec::from_iter(attributes)?))
}

impl ToSign {
    pub fn to_sign(&self) -> Result<Vec<u8>, der::Error> {
        self.0.to_der()
    }

    pub fn into_cms(self, chain: &CertificateChain, signature: Vec<u8>) -> Result<Vec<u8>, der::Error> {
        let leaf = &chain.leaf().tbs_certificate;
        let sha256 = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None };
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: leaf.issuer.clone(),
                serial_number: leaf.serial_number.clone(),
            }),
            digest_alg: sha256.clone(),
            signed_attrs: Some(self.0),
            signature_algorithm: algorithm(chain.scheme()),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let certificates = chain.certificates().cloned().map(CertificateChoices::Certificate);
        let data = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::from_iter([sha256])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: rfc5911::ID_DATA, econtent: None },
            certificates: Some(CertificateSet(SetOfVec::from_iter(certificates)?)),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::from_iter([signer])?),
        };
        ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&data)? }.to_der()
    }
}

/// Why the answer of a signer is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CmsFault {
    #[error("the answer is not a CMS with one signer")]
    Malformed,
    #[error("the answer is about another document")]
    OtherDocument,
    #[error("the answer was made with another certificate")]
    OtherCertificate,
    #[error("the signature does not verify")]
    Wrong,
}

/// Holds what a signer answered to the document and the certificate it was asked for.
pub fn verify(answer: &[u8], chain: &CertificateChain, document: &[u8; 32]) -> Result<(), CmsFault> {
    let malformed = |_| CmsFault::Malformed;
    let content = ContentInfo::from_der(answer).map_err(malformed)?;
    let data: SignedData = content.content.decode_as().map_err(malformed)?;
    let [signer] = data.signer_infos.0.as_slice() else { return Err(CmsFault::Malformed) };
    let attributes = signer.signed_attrs.as_ref().ok_or(CmsFault::Malformed)?;
    let value = |wanted: ObjectIdentifier| {
        let attribute = attributes.iter().find(|attribute| attribute.oid == wanted)?;
        attribute.values.get(0)
    };
    let digest: OctetString =
        value(rfc5911::ID_MESSAGE_DIGEST).ok_or(CmsFault::Malformed)?.decode_as().map_err(malformed)?;
    if digest.as_bytes() != document {
        return Err(CmsFault::OtherDocument);
    }
    let named = value(SIGNING_CERTIFICATE_V2).ok_or(CmsFault::Malformed)?.to_der().map_err(malformed)?;
    let hash = chain.sha256();
    if !named.windows(hash.len()).any(|window| window == hash) {
        return Err(CmsFault::OtherCertificate);
    }
    verify_bytes(chain, &attributes.to_der().map_err(malformed)?, signer.signature.as_bytes())
}

/// Whether the key of the certificate made this signature.
pub fn verify_bytes(chain: &CertificateChain, bytes: &[u8], signature: &[u8]) -> Result<(), CmsFault> {
    let algorithm: &'static dyn signature::VerificationAlgorithm = match chain.scheme() {
        Scheme::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
        Scheme::EcdsaP384 => &signature::ECDSA_P384_SHA256_ASN1,
        Scheme::Rsa => &signature::RSA_PKCS1_2048_8192_SHA256,
    };
    UnparsedPublicKey::new(algorithm, chain.public_key())
        .verify(bytes, signature)
        .map_err(|_| CmsFault::Wrong)
}

fn algorithm(scheme: Scheme) -> AlgorithmIdentifierOwned {
    match scheme {
        Scheme::EcdsaP256 | Scheme::EcdsaP384 => {
            AlgorithmIdentifierOwned { oid: rfc5912::ECDSA_WITH_SHA_256, parameters: None }
        }
        Scheme::Rsa => AlgorithmIdentifierOwned {
            oid: rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
            parameters: Some(Any::null()),
        },
    }
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute { oid, values: SetOfVec::from_iter([value])? })
}
