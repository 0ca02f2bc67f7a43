use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// The start of a web address: `http` or `https`, a host, perhaps a path; no slash at the end, no user, no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    https: bool,
    loopback: bool,
}

/// The text is not such an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a web address such as https://aktivasi.example.go.id, without a slash at the end")]
pub struct PublicUrlError;

impl PublicUrl {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// Whether only this machine can reach it.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The address of a path that starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(input: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(input).map_err(|_| PublicUrlError)?;
        let host = url.host_str().ok_or(PublicUrlError)?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && !input.ends_with('/')
            && !input.contains(char::is_whitespace);
        if !plain || !matches!(url.scheme(), "http" | "https") {
            return Err(PublicUrlError);
        }
        Ok(Self {
            https: url.scheme() == "https",
            loopback: super::network::is_loopback_host(host),
            text: input.to_owned(),
        })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_and_host_without_a_slash_at_the_end() {
        for good in ["https://a.go.id", "http://127.0.0.1:8080", "https://a.go.id/aktivasi"] {
            assert_eq!(good.parse::<PublicUrl>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a.go.id",
            "https://a.go.id/",
            "ftp://a.go.id",
            "https://",
            "https://u:p@a.go.id",
            "https://a?b",
            "https://a b",
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(PublicUrlError), "{bad}");
        }
    }

    #[test]
    fn it_knows_whether_strangers_can_reach_it() {
        assert!("http://127.0.0.1:8080".parse::<PublicUrl>().unwrap().is_loopback());
        assert!("http://localhost".parse::<PublicUrl>().unwrap().is_loopback());
        assert!("http://[::1]:80".parse::<PublicUrl>().unwrap().is_loopback());
        assert!(!"https://a.go.id".parse::<PublicUrl>().unwrap().is_loopback());
    }
}
