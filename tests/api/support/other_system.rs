//! Another system of the DJP, with a key of its own.

use aktivasi::vault::client_key::ClientKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, TestApp};

pub struct OtherSystem {
    pub id: String,
    pub key: SigningKey,
}

/// The public members of a key.
pub fn jwk(key: &SigningKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()) })
}

pub fn thumbprint(key: &SigningKey) -> String {
    ClientKey::parse("Ed25519", jwk(key)["x"].as_str().unwrap(), None).unwrap().thumbprint()
}

pub fn new_key() -> SigningKey {
    SigningKey::from_bytes(&random())
}

fn random() -> [u8; 32] {
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(one.as_bytes());
    bytes[16..].copy_from_slice(two.as_bytes());
    bytes
}

/// A JWT with any header and claims, signed with this key.
pub fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()).to_bytes()))
}

impl TestApp {
    /// Registered by an operator of all offices, with a key in use.
    pub async fn registers(&self, office: Option<&str>, scopes: &[&str]) -> OtherSystem {
        let operator = self.signs_in("pusat").await;
        let name = format!("Sistem {}", Uuid::new_v4().simple());
        let entry = json!({ "name": name, "office_code": office, "scopes": scopes });
        let client = self.post("/clients", Some(&operator), entry).await.expect(201);
        let id = client["client_id"].as_str().unwrap().to_owned();
        let key = new_key();
        let path = format!("/clients/{id}/keys");
        self.post(&path, Some(&operator), json!({ "jwk": jwk(&key) })).await.expect(201);
        OtherSystem { id, key }
    }

    /// What an assertion says, when it is right.
    pub fn claims(&self, client: &str) -> Value {
        let now = self.now().timestamp();
        json!({
            "iss": client, "sub": client, "aud": self.office().page_link("/api/v1/oauth/token"),
            "iat": now, "exp": now + 60, "jti": Uuid::new_v4(),
        })
    }

    pub fn assertion(&self, system: &OtherSystem) -> String {
        let header = json!({ "alg": "EdDSA", "kid": thumbprint(&system.key) });
        signed(&system.key, &header, &self.claims(&system.id))
    }

    /// Asks for a token with these parameters of the form.
    pub async fn asks_token(&self, form: &[(&str, &str)]) -> Answer {
        let mut query = reqwest::Url::parse("http://x").unwrap();
        query.query_pairs_mut().extend_pairs(form);
        let request = self.client.post(self.url("/oauth/token"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.body(query.query().unwrap().to_owned())).await
    }

    /// Asks with an assertion.
    pub async fn proves_itself(&self, assertion: &str) -> Answer {
        self.asks_token(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ])
        .await
    }

    pub async fn access_token(&self, system: &OtherSystem) -> String {
        let answer = self.proves_itself(&self.assertion(system)).await.expect(200);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// The token of a system with these scopes.
    pub async fn token_with(&self, office: Option<&str>, scopes: &[&str]) -> String {
        let system = self.registers(office, scopes).await;
        self.access_token(&system).await
    }
}
