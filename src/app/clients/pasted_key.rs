//! A public key as people paste it: PEM as `openssl` writes it, or a JWK.

use serde_json::{Map, Value};

use super::NewKey;
use crate::vault::client_key::{ClientKey, ClientKeyError};

/// Members that only private and secret keys have.
const SECRET: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why what was pasted is no key that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastedKeyError {
    /// The half that must stay where it was made. Whoever sees this forgets what was pasted.
    Private,
    Unreadable,
    Key(ClientKeyError),
}

impl PastedKeyError {
    pub fn code(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Unreadable => "unreadable",
            Self::Key(ClientKeyError::Curve) => "curve",
            Self::Key(ClientKeyError::Coordinate) => "coordinate",
            Self::Key(ClientKeyError::Point) => "point",
        }
    }

    pub fn detail(self) -> String {
        match self {
            Self::Private => "Ini kunci privat. Buat pasangan kunci baru dan tempel kunci publiknya saja.",
            Self::Unreadable => "Tempel seluruh kunci publik, sebagai PEM atau JWK.",
            Self::Key(ClientKeyError::Curve) => "Pakai kunci Ed25519 (OKP) atau P-256 (EC).",
            Self::Key(ClientKeyError::Coordinate | ClientKeyError::Point) => {
                "Ini bukan kunci publik pada kurvanya; periksa salinannya."
            }
        }
        .to_owned()
    }
}

impl NewKey {
    /// Reads a public key in either form. A JWK may stand within the `jwk` that the reference client prints.
    pub fn pasted(text: &str) -> Result<Self, PastedKeyError> {
        let text = text.trim();
        let key = if text.starts_with('{') { from_jwk(text)? } else { from_pem(text)? };
        Ok(Self {
            curve: key.curve().to_owned(),
            x: key.x().to_owned(),
            y: key.y().map(str::to_owned),
            not_after: None,
        })
    }
}

fn from_pem(text: &str) -> Result<ClientKey, PastedKeyError> {
    if text.contains("PRIVATE KEY-----") {
        return Err(PastedKeyError::Private);
    }
    // Spaces around lines come with pasting.
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let key = ClientKey::from_pem(&lines.join("\n")).ok_or(PastedKeyError::Unreadable)?;
    key.map_err(PastedKeyError::Key)
}

fn from_jwk(text: &str) -> Result<ClientKey, PastedKeyError> {
    let outer: Map<String, Value> = serde_json::from_str(text).map_err(|_| PastedKeyError::Unreadable)?;
    let jwk = match outer.get("jwk") {
        Some(Value::Object(inner)) => inner,
        _ => &outer,
    };
    if SECRET.iter().any(|member| jwk.contains_key(*member) || outer.contains_key(*member)) {
        return Err(PastedKeyError::Private);
    }
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let curve = match (member("kty"), member("crv")) {
        (Some("OKP"), Some("Ed25519")) => "Ed25519",
        (Some("EC"), Some("P-256")) => "P-256",
        (Some(_), _) => return Err(PastedKeyError::Key(ClientKeyError::Curve)),
        (None, _) => return Err(PastedKeyError::Unreadable),
    };
    let x = member("x").ok_or(PastedKeyError::Unreadable)?;
    ClientKey::parse(curve, x, member("y")).map_err(PastedKeyError::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8037, appendix A.2, as JWK and as `openssl pkey -pubout` writes it.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    // Made by `openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout`.
    const P256: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAED8g4Snf3HoIpfgRrFXyuBDCeXG2u\nm4O2F1ZgefhF96iwJymYqt/J22m51sMRwIGkK+fIfGXVj+B66oL0SarggA==\n-----END PUBLIC KEY-----\n";
    const RSA: &str = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCISIAbmn2/snpmk740jg3ZDdL\nwr00q1bWCfyh3+5nfjIfiqOUCZ1FOWRNI4vdHarvn7jfoI9QSuiVGGYke9rjAzsX\nPnV+Ss3pHX2omKh/YPKItmQCFriDCbKyesOETyLFga97WC1388ZFHIwZMUr6eeLb\nPz6BPdg8vbFjSufE+wIDAQAB\n-----END PUBLIC KEY-----\n";

    fn jwk() -> String {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","kid":"kunci-1","use":"sig"}}"#)
    }

    #[test]
    fn a_key_is_the_same_in_each_form_that_people_paste() {
        let spaced = format!("  {}  \r\n", PEM.replace('\n', "  \r\n  "));
        let printed = format!(r#"{{"jwk": {}}}"#, jwk());
        for text in [PEM, &spaced, &jwk(), &printed] {
            let key = NewKey::pasted(text).unwrap();
            assert_eq!((key.curve.as_str(), key.x.as_str(), key.y), ("Ed25519", X, None), "{text}");
        }

        let key = NewKey::pasted(P256).unwrap();
        assert_eq!(key.curve, "P-256");
        let y = key.y.unwrap();
        let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{y}"}}"#, key.x);
        assert_eq!(NewKey::pasted(&jwk).unwrap().y, Some(y));
    }

    #[test]
    fn a_private_key_is_told_from_one_that_cannot_be_read() {
        let private = jwk().replace("\"kid\"", "\"d\"");
        let wrapped = format!(r#"{{"jwk": {private}}}"#);
        for text in [
            &private,
            &wrapped,
            "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        ] {
            assert_eq!(NewKey::pasted(text).unwrap_err(), PastedKeyError::Private, "{text}");
        }
        for text in
            ["", "{", "[]", "{}", "ssh-ed25519 AAAA", &PEM[..60], &PEM.replace("PUBLIC KEY", "CERTIFICATE")]
        {
            assert_eq!(NewKey::pasted(text).unwrap_err(), PastedKeyError::Unreadable, "{text}");
        }
    }

    #[test]
    fn a_key_of_another_kind_and_one_that_is_no_point_are_told_apart() {
        let curve = PastedKeyError::Key(ClientKeyError::Curve);
        for text in [
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            r#"{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}"#,
            r#"{"kty":"OKP","crv":"P-256","x":"AAAA"}"#,
            RSA,
        ] {
            assert_eq!(NewKey::pasted(text).unwrap_err(), curve, "{text}");
        }
        let weak = jwk().replace(X, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(NewKey::pasted(&weak).unwrap_err(), PastedKeyError::Key(ClientKeyError::Point));
        let short = jwk().replace(X, "AAAA");
        assert_eq!(NewKey::pasted(&short).unwrap_err(), PastedKeyError::Key(ClientKeyError::Coordinate));
    }
}
