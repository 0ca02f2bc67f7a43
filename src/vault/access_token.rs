//! Access tokens of other systems (RFC 9068), signed with keys that every replica reads from the database.
//!
//! The private half of such a key is sealed for its row. A token names its client and what it asked for; whether the client
//! still may is read from the database at each call.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Vault, VaultError, seal::Aad, session::ed25519_key};
use crate::domain::ids::{ClientId, TokenKeyId};

/// `typ` of the header: no other token of ours has it.
const TYPE: &str = "at+jwt";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    pub iss: String,
    pub aud: String,
    pub sub: ClientId,
    pub client_id: ClientId,
    /// The key that the client proved itself with, by its thumbprint: when it is retired, the token ends.
    pub client_key: String,
    /// Separated by blanks.
    pub scope: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
}

/// A key that was made, as its row keeps it.
pub struct MadeTokenKey {
    pub public: [u8; 32],
    pub sealed: Vec<u8>,
}

impl Vault {
    /// Makes a key for the row with this id.
    pub fn make_token_key(&self, id: TokenKeyId) -> Result<MadeTokenKey, VaultError> {
        let mut secret = Zeroizing::new([0; 32]);
        self.entropy.fill(secret.as_mut_slice());
        let public = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
        Ok(MadeTokenKey { public, sealed: self.seal(&place(id), secret.as_slice())? })
    }

    /// Signs a token with the key of this row.
    pub fn sign_access_token(
        &self,
        id: TokenKeyId,
        sealed: &[u8],
        claims: &AccessClaims,
    ) -> Result<String, VaultError> {
        let opened = self.open(&place(id), sealed)?;
        let secret = opened.first_chunk::<32>().ok_or(VaultError::Envelope)?;
        let header =
            Header { typ: Some(TYPE.to_owned()), kid: Some(id.to_string()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &ed25519_key(secret)).map_err(|_| VaultError::AccessToken)
    }
}

fn place(id: TokenKeyId) -> Aad {
    Aad::new("token_keys", "sealed", id.0)
}

/// The key that a token of this kind names, before anything of it is believed. `None`: a token of another kind.
pub fn named_key(token: &str) -> Option<TokenKeyId> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let ours = header.typ.as_deref() == Some(TYPE) && header.alg == Algorithm::EdDSA;
    header.kid.filter(|_| ours)?.parse().ok()
}

/// What a token says, when this key signed it and it was made by and for this service. Its time is for the reader to hold.
pub fn read(token: &str, public: &[u8], service: &str) -> Option<AccessClaims> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&[service]);
    rules.set_audience(&[service]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The library would read the system's clock; ours is passed in.
    rules.validate_exp = false;
    Some(jsonwebtoken::decode::<AccessClaims>(token, &DecodingKey::from_ed_der(public), &rules).ok()?.claims)
}

/// The public half as the member `x` of a JWK.
pub fn jwk_x(public: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(public)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "https://djp.example";

    fn claims() -> AccessClaims {
        let client = ClientId(Uuid::from_u128(5));
        AccessClaims {
            iss: SERVICE.to_owned(),
            aud: SERVICE.to_owned(),
            sub: client,
            client_id: client,
            client_key: "k".to_owned(),
            scope: "credentials:activation".to_owned(),
            iat: 1_800_000_000,
            exp: 1_800_000_900,
            jti: Uuid::from_u128(6),
        }
    }

    #[test]
    fn a_token_is_read_with_the_key_that_it_names_and_with_no_other() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let (one, two) = (TokenKeyId(Uuid::from_u128(1)), TokenKeyId(Uuid::from_u128(2)));
        let (key, other) = (vault.make_token_key(one).unwrap(), vault.make_token_key(two).unwrap());

        let token = vault.sign_access_token(one, &key.sealed, &claims()).unwrap();

        assert_eq!(named_key(&token), Some(one));
        assert_eq!(read(&token, &key.public, SERVICE), Some(claims()));
        assert_eq!(read(&token, &other.public, SERVICE), None);
        assert_eq!(read(&token, &key.public, "https://elsewhere.example"), None);
    }

    #[test]
    fn a_private_key_opens_in_its_own_row_only() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let (one, two) = (TokenKeyId(Uuid::from_u128(1)), TokenKeyId(Uuid::from_u128(2)));
        let key = vault.make_token_key(one).unwrap();

        assert!(vault.sign_access_token(two, &key.sealed, &claims()).is_err());
    }

    #[test]
    fn a_session_of_staff_is_no_access_token_and_the_other_way_round() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let session = vault.sign_session(Uuid::from_u128(7), now, chrono::TimeDelta::minutes(10)).unwrap();
        let id = TokenKeyId(Uuid::from_u128(1));
        let key = vault.make_token_key(id).unwrap();
        let token = vault.sign_access_token(id, &key.sealed, &claims()).unwrap();

        assert_eq!(named_key(&session), None);
        assert!(vault.verify_session(&token, now).is_err());
        for garbage in ["", "x", "a.b.c", "prf_x"] {
            assert_eq!(named_key(garbage), None);
        }
    }
}
