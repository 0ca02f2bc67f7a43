//! Public keys of other systems, and the assertions that they sign with the private ones (RFC 7523).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use p256::{
    elliptic_curve::sec1::ToEncodedPoint as _,
    pkcs8::{DecodePublicKey as _, Document, SubjectPublicKeyInfoRef},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes of a coordinate of either curve.
const COORDINATE: usize = 32;

/// A public key that is a point of its curve and can verify. One of its two curves decides the algorithm: `EdDSA` for
/// Ed25519, `ES256` for P-256; nothing that a token says changes that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientKey {
    Ed25519 { x: String },
    P256 { x: String, y: String },
}

/// Why a key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClientKeyError {
    #[error("the key is neither Ed25519 nor P-256")]
    Curve,
    #[error("a coordinate is not 32 bytes in base64url without padding")]
    Coordinate,
    #[error("the coordinates are no key of the curve")]
    Point,
}

/// What an assertion says, after its signature was verified. Whether it holds now is for the reader to decide.
#[derive(Debug, Clone, Deserialize)]
pub struct Assertion {
    pub iss: String,
    pub sub: String,
    #[serde(deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    pub exp: i64,
    pub nbf: Option<i64>,
    pub iat: Option<i64>,
    pub jti: String,
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Audience::deserialize(deserializer)? {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    })
}

impl ClientKey {
    /// Reads the members of a JWK (RFC 7517, 7518, 8037).
    pub fn parse(curve: &str, x: &str, y: Option<&str>) -> Result<Self, ClientKeyError> {
        match (curve, y) {
            ("Ed25519", None) => {
                let point = VerifyingKey::from_bytes(&coordinate(x)?).map_err(|_| ClientKeyError::Point)?;
                // Under a weak key one signature fits many messages.
                if point.is_weak() {
                    return Err(ClientKeyError::Point);
                }
                Ok(Self::Ed25519 { x: x.to_owned() })
            }
            ("P-256", Some(y)) => {
                let mut point = vec![4];
                point.extend(coordinate(x)?);
                point.extend(coordinate(y)?);
                p256::PublicKey::from_sec1_bytes(&point).map_err(|_| ClientKeyError::Point)?;
                Ok(Self::P256 { x: x.to_owned(), y: y.to_owned() })
            }
            ("P-256", None) => Err(ClientKeyError::Coordinate),
            _ => Err(ClientKeyError::Curve),
        }
    }

    /// Reads a public key as PEM (RFC 7468, `SubjectPublicKeyInfo`). `None`: it is no such text.
    pub fn from_pem(text: &str) -> Option<Result<Self, ClientKeyError>> {
        let (label, document) = Document::from_pem(text).ok()?;
        if label != "PUBLIC KEY" || SubjectPublicKeyInfoRef::try_from(document.as_bytes()).is_err() {
            return None;
        }
        let written = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
        if let Ok(key) = VerifyingKey::from_public_key_der(document.as_bytes()) {
            return Some(Self::parse("Ed25519", &written(key.as_bytes()), None));
        }
        let Ok(key) = p256::PublicKey::from_public_key_der(document.as_bytes()) else {
            return Some(Err(ClientKeyError::Curve));
        };
        let point = key.to_encoded_point(false);
        let (Some(x), Some(y)) = (point.x(), point.y()) else { return Some(Err(ClientKeyError::Point)) };
        Some(Self::parse("P-256", &written(x), Some(&written(y))))
    }

    pub fn curve(&self) -> &'static str {
        match self {
            Self::Ed25519 { .. } => "Ed25519",
            Self::P256 { .. } => "P-256",
        }
    }

    pub fn x(&self) -> &str {
        match self {
            Self::Ed25519 { x } | Self::P256 { x, .. } => x,
        }
    }

    pub fn y(&self) -> Option<&str> {
        match self {
            Self::Ed25519 { .. } => None,
            Self::P256 { y, .. } => Some(y),
        }
    }

    /// RFC 7638: the name of the key, the same wherever it is computed.
    pub fn thumbprint(&self) -> String {
        let members = match self {
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
    }

    /// The claims of an assertion that this key signed. `None`: another key, another algorithm, or no assertion at all.
    pub fn read_assertion(&self, assertion: &str) -> Option<Assertion> {
        let (algorithm, key) = match self {
            Self::Ed25519 { x } => (Algorithm::EdDSA, DecodingKey::from_ed_components(x)),
            Self::P256 { x, y } => (Algorithm::ES256, DecodingKey::from_ec_components(x, y)),
        };
        let mut rules = Validation::new(algorithm);
        // The library would read the system's clock and compare one audience; the reader of the claims does both.
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.set_required_spec_claims::<&str>(&[]);
        Some(jsonwebtoken::decode::<Assertion>(assertion, &key.ok()?, &rules).ok()?.claims)
    }
}

/// The key that an assertion names, before anything of it is believed.
pub fn named_key(assertion: &str) -> Option<String> {
    jsonwebtoken::decode_header(assertion).ok()?.kid
}

fn coordinate(text: &str) -> Result<[u8; COORDINATE], ClientKeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ClientKeyError::Coordinate)?;
    bytes.try_into().map_err(|_| ClientKeyError::Coordinate)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use jsonwebtoken::{EncodingKey, Header};
    use p256::pkcs8::EncodePrivateKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::vault::session::ed25519_key;

    fn claims() -> Value {
        json!({ "iss": "a", "sub": "a", "aud": "https://djp.example/token", "exp": 1_800_000_000, "jti": "1" })
    }

    fn ed25519(seed: u8) -> (ClientKey, EncodingKey) {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let x = URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
        (ClientKey::parse("Ed25519", &x, None).unwrap(), ed25519_key(&[seed; 32]))
    }

    fn p256_key(seed: u8) -> (ClientKey, EncodingKey) {
        let secret = p256::SecretKey::from_slice(&[seed; 32]).unwrap();
        let point = secret.public_key().to_encoded_point(false);
        let part = |part: Option<&p256::FieldBytes>| URL_SAFE_NO_PAD.encode(part.unwrap());
        let key = ClientKey::parse("P-256", &part(point.x()), Some(&part(point.y()))).unwrap();
        (key, EncodingKey::from_ec_der(secret.to_pkcs8_der().unwrap().as_bytes()))
    }

    fn signed(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
        jsonwebtoken::encode(&Header { kid: Some("k".to_owned()), ..Header::new(algorithm) }, claims, key)
            .unwrap()
    }

    #[test]
    fn a_thumbprint_is_that_of_the_standard() {
        // RFC 8037, appendix A.3.
        let key = ClientKey::parse("Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", None).unwrap();

        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn an_assertion_is_read_with_the_key_that_signed_it_only() {
        for (one, other, algorithm) in
            [(ed25519(1), ed25519(2), Algorithm::EdDSA), (p256_key(1), p256_key(2), Algorithm::ES256)]
        {
            let assertion = signed(algorithm, &one.1, &claims());

            assert_eq!(named_key(&assertion).as_deref(), Some("k"));
            assert_eq!(one.0.read_assertion(&assertion).unwrap().aud, ["https://djp.example/token"]);
            assert!(other.0.read_assertion(&assertion).is_none());
        }
    }

    #[test]
    fn the_key_decides_the_algorithm_and_not_the_token() {
        let (key, _) = ed25519(1);
        let public = URL_SAFE_NO_PAD.decode(key.x()).unwrap();
        // The classic forgeries: an HMAC with the public key as its secret, no signature, and another curve.
        let hmac = signed(Algorithm::HS256, &EncodingKey::from_secret(&public), &claims());
        let unsigned = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k"}"#),
            URL_SAFE_NO_PAD.encode(claims().to_string())
        );
        let other_curve = signed(Algorithm::ES256, &p256_key(1).1, &claims());

        for token in [hmac.as_str(), unsigned.as_str(), other_curve.as_str(), "", "a.b.c", "..", "x"] {
            assert!(key.read_assertion(token).is_none());
        }
    }

    #[test]
    fn what_cannot_verify_is_no_key() {
        let good = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let weak = URL_SAFE_NO_PAD.encode([0; 32]);
        for (curve, x, y, expected) in [
            ("Ed25519", weak.as_str(), None, ClientKeyError::Point),
            ("Ed25519", "AAAA", None, ClientKeyError::Coordinate),
            ("Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=", None, ClientKeyError::Coordinate),
            ("Ed25519", good, Some(good), ClientKeyError::Curve),
            ("P-256", good, None, ClientKeyError::Coordinate),
            ("P-256", good, Some(good), ClientKeyError::Point),
            ("P-384", good, Some(good), ClientKeyError::Curve),
            ("RSA", good, None, ClientKeyError::Curve),
        ] {
            assert_eq!(ClientKey::parse(curve, x, y), Err(expected), "{curve} {x}");
        }
    }

    #[test]
    fn an_audience_may_be_one_of_several_and_missing_claims_are_no_assertion() {
        let (key, signing) = ed25519(1);
        let mut many = claims();
        many["aud"] = json!(["b", "c"]);

        let read = key.read_assertion(&signed(Algorithm::EdDSA, &signing, &many)).unwrap();

        assert_eq!(read.aud, ["b", "c"]);
        for claim in ["iss", "sub", "aud", "exp", "jti"] {
            let mut less = claims();
            less.as_object_mut().unwrap().remove(claim);
            assert!(key.read_assertion(&signed(Algorithm::EdDSA, &signing, &less)).is_none(), "{claim}");
        }
    }
}
