//! Signatures of Standard Webhooks: `v1`, HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use crate::vault::entropy::Entropy;

const BYTES: usize = 32;
const PREFIX: &str = "whsec_";

/// What a receiver checks signatures with. Shown once, when it is made.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    #[must_use]
    pub fn mint(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new(vec![0; BYTES]);
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// From the bytes that were kept.
    #[must_use]
    pub fn of(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As receivers enter it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&*self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The header `webhook-signature`: one signature for each secret, the newest first.
#[must_use]
pub fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signature = |secret: &Secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).ok()?;
        mac.update(id.as_bytes());
        mac.update(b".");
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    };
    secrets.iter().filter_map(signature).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::entropy::OsEntropy;

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn the_published_example_has_the_published_signature() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let secret = Secret::of(Zeroizing::new(secret));

        let signed = sign(
            std::slice::from_ref(&secret),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );

        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn two_secrets_make_two_signatures_with_a_space_between_them() {
        let (new, old) = (Secret::mint(&OsEntropy), Secret::mint(&OsEntropy));
        let both = sign(&[new.clone(), old.clone()], "id", 1, b"body");
        let alone = |secret| sign(&[secret], "id", 1, b"body");

        assert_eq!(both, format!("{} {}", alone(new.clone()), alone(old)));
        assert_eq!(format!("{new:?}"), "Secret(hidden)");
        assert_eq!(new.bytes().len(), BYTES);
    }
}
