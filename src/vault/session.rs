//! The token of the interface: a signed pointer to a row in `sessions`, valid for minutes.
//!
//! It carries the session id and nothing about the person. Rights, office and decree are read from the database at
//! each call, so a token never knows more than it should and never outlives a right.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::key_file::{Key, KeyId};
use super::{Ring, Vault, VaultError};

const ISSUER: &str = "aktivasi";
const AUDIENCE: &str = "aktivasi-api";

/// How far ahead of ours the clock of the replica that signed may be. Replicas further off are not ready at all.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);

/// The fixed head of an Ed25519 private key in PKCS#8 (RFC 8410); the 32 bytes of the key follow.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

#[derive(Serialize, Deserialize)]
struct Claims {
    sid: Uuid,
    iat: i64,
    exp: i64,
    iss: String,
    aud: String,
}

pub(super) struct SessionKeys {
    active: KeyId,
    signing: EncodingKey,
    verifying: BTreeMap<String, DecodingKey>,
}

impl SessionKeys {
    pub(super) fn new(ring: &Ring) -> Self {
        Self {
            active: ring.active.id.clone(),
            signing: signing_key(&ring.active),
            verifying: ring.all.iter().map(|key| (key.id.to_string(), verifying_key(key))).collect(),
        }
    }

    pub(super) fn active_key(&self) -> &KeyId {
        &self.active
    }
}

fn signing_key(key: &Key) -> EncodingKey {
    ed25519_key(key.secret.expose())
}

/// A private key of Ed25519, for signing tokens.
pub(super) fn ed25519_key(secret: &[u8; 32]) -> EncodingKey {
    let mut der = Zeroizing::new(PKCS8_HEAD.to_vec());
    der.extend_from_slice(secret);
    EncodingKey::from_ed_der(&der)
}

fn verifying_key(key: &Key) -> DecodingKey {
    DecodingKey::from_ed_der(SigningKey::from_bytes(key.secret.expose()).verifying_key().as_bytes())
}

impl Vault {
    /// Signs a token for a session, valid from `now` for `lifetime`.
    pub fn sign_session(
        &self,
        sid: Uuid,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Result<String, VaultError> {
        let header = Header { kid: Some(self.session.active.to_string()), ..Header::new(Algorithm::EdDSA) };
        let claims = Claims {
            sid,
            iat: now.timestamp(),
            exp: (now + lifetime).timestamp(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        jsonwebtoken::encode(&header, &claims, &self.session.signing).map_err(|_| VaultError::SessionToken)
    }

    /// The session a token points to. Only `EdDSA`, only our keys, only within its time as seen by the given clock.
    pub fn verify_session(&self, token: &str, now: DateTime<Utc>) -> Result<Uuid, VaultError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| VaultError::SessionToken)?;
        let key =
            header.kid.and_then(|kid| self.session.verifying.get(&kid)).ok_or(VaultError::SessionToken)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        // The library would read the system's clock; ours is passed in.
        rules.validate_exp = false;
        let claims =
            jsonwebtoken::decode::<Claims>(token, key, &rules).map_err(|_| VaultError::SessionToken)?.claims;
        let seconds = now.timestamp();
        if seconds < claims.exp && claims.iat <= seconds + CLOCK_SKEW.num_seconds() {
            Ok(claims.sid)
        } else {
            Err(VaultError::SessionToken)
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const LIFETIME: TimeDelta = TimeDelta::minutes(10);

    fn noon() -> DateTime<Utc> {
        "2026-12-22T05:00:00Z".parse().unwrap()
    }

    fn vault() -> Vault {
        Vault::ephemeral([1; 32]).unwrap()
    }

    fn signed_with(header: &Header, claims: &serde_json::Value) -> String {
        jsonwebtoken::encode(header, claims, &vault().session.signing).unwrap()
    }

    fn ed_header(kid: Option<&str>) -> Header {
        Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) }
    }

    fn claims() -> serde_json::Value {
        serde_json::json!({
            "sid": Uuid::from_u128(7), "iat": noon().timestamp(), "exp": noon().timestamp() + 600,
            "iss": ISSUER, "aud": AUDIENCE,
        })
    }

    #[test]
    fn a_token_leads_to_its_session_until_its_time_is_over() {
        let vault = vault();
        let sid = Uuid::from_u128(7);
        let token = vault.sign_session(sid, noon(), LIFETIME).unwrap();

        assert_eq!(vault.verify_session(&token, noon()).unwrap(), sid);
        assert_eq!(vault.verify_session(&token, noon() + LIFETIME - TimeDelta::seconds(1)).unwrap(), sid);
        assert!(vault.verify_session(&token, noon() + LIFETIME).is_err());
        assert!(vault.verify_session(&token, noon() - TimeDelta::minutes(1)).is_err());
    }

    #[test]
    fn a_token_says_nothing_about_the_person() {
        let token = vault().sign_session(Uuid::from_u128(7), noon(), LIFETIME).unwrap();

        let body = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let body: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&body).unwrap();
        assert_eq!(body.keys().collect::<Vec<_>>(), ["aud", "exp", "iat", "iss", "sid"]);
    }

    #[test]
    fn a_token_of_another_key_is_refused() {
        let foreign =
            Vault::ephemeral([2; 32]).unwrap().sign_session(Uuid::from_u128(7), noon(), LIFETIME).unwrap();

        assert!(vault().verify_session(&foreign, noon()).is_err());
    }

    #[test]
    fn a_token_without_a_known_key_id_is_refused() {
        for kid in [None, Some("session-2019")] {
            assert!(vault().verify_session(&signed_with(&ed_header(kid), &claims()), noon()).is_err());
        }
        assert!(
            vault()
                .verify_session(&signed_with(&ed_header(Some("session-ephemeral")), &claims()), noon())
                .is_ok()
        );
    }

    #[test]
    fn a_token_for_another_audience_or_issuer_is_refused() {
        for claim in ["aud", "iss", "exp", "sid"] {
            let mut other = claims();
            other[claim] = "elsewhere".into();
            assert!(
                vault()
                    .verify_session(&signed_with(&ed_header(Some("session-ephemeral")), &other), noon())
                    .is_err()
            );
            other.as_object_mut().unwrap().remove(claim);
            assert!(
                vault()
                    .verify_session(&signed_with(&ed_header(Some("session-ephemeral")), &other), noon())
                    .is_err()
            );
        }
    }

    #[test]
    fn only_eddsa_is_accepted() {
        let vault = vault();
        let public = SigningKey::from_bytes(
            crate::vault::key_file::KeyFile::generate(
                &crate::vault::entropy::SeededEntropy::new([1; 32]),
                "ephemeral",
            )
            .unwrap()
            .keys()[3]
                .secret
                .expose(),
        )
        .verifying_key();
        // The classic forgery: an HMAC with the public key as its secret.
        let header = Header { kid: Some("session-ephemeral".to_owned()), ..Header::new(Algorithm::HS256) };
        let forged =
            jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(public.as_bytes())).unwrap();
        let unsigned = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"session-ephemeral"}"#),
            URL_SAFE_NO_PAD.encode(claims().to_string())
        );

        for token in [forged.as_str(), unsigned.as_str(), "", "a.b.c", "..", "x"] {
            assert!(vault.verify_session(token, noon()).is_err());
        }
    }
}
