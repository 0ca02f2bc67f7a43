//! The few cookies of the pages. Values are of letters, digits, `-`, `_` and `.`, so nothing is ever quoted.

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// Points to a session of staff.
    Session,
    /// Points to a session of a PKP in its account.
    Account,
    /// Tells one guest from another.
    Guest,
    /// Language, colours, density.
    Preferences,
    /// What the next page shall say once.
    Flash,
    /// Opens the request that the visitor follows, for half an hour.
    Tracking,
    /// Goes on with a filing that was begun.
    Filing,
}

const A_YEAR: &str = "; Max-Age=31536000";

impl Cookie {
    /// Behind https the prefix binds the cookie to this very host: no sibling of our domain can plant one.
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-aktivasi-sesi",
            (Self::Session, false) => "aktivasi-sesi",
            (Self::Account, true) => "__Host-aktivasi-akun",
            (Self::Account, false) => "aktivasi-akun",
            (Self::Guest, true) => "__Host-aktivasi-tamu",
            (Self::Guest, false) => "aktivasi-tamu",
            (Self::Preferences, true) => "__Host-aktivasi-pilihan",
            (Self::Preferences, false) => "aktivasi-pilihan",
            (Self::Flash, true) => "__Host-aktivasi-kabar",
            (Self::Flash, false) => "aktivasi-kabar",
            (Self::Tracking, true) => "__Host-aktivasi-lacak",
            (Self::Tracking, false) => "aktivasi-lacak",
            (Self::Filing, true) => "__Host-aktivasi-ajuan",
            (Self::Filing, false) => "aktivasi-ajuan",
        }
    }

    /// The value that the browser sent.
    pub fn read(self, headers: &HeaderMap, https: bool) -> Option<&str> {
        let name = self.name(https);
        headers
            .get_all(COOKIE)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The header that sets it; only preferences outlive the browser.
    pub fn set(self, value: &str, https: bool) -> Option<HeaderValue> {
        self.header(value, if self == Self::Preferences { A_YEAR } else { "" }, https)
    }

    /// The header that removes it.
    pub fn remove(self, https: bool) -> Option<HeaderValue> {
        self.header("", "; Max-Age=0", https)
    }

    fn header(self, value: &str, age: &str, https: bool) -> Option<HeaderValue> {
        let secure = if https { "; Secure" } else { "" };
        let name = self.name(https);
        HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=1; xaktivasi-sesi=no; aktivasi-sesi=yes; b=2"));

        assert_eq!(Cookie::Session.read(&headers, false), Some("yes"));
        assert_eq!(Cookie::Session.read(&headers, true), None);
        assert_eq!(Cookie::Guest.read(&headers, false), None);
    }

    #[test]
    fn no_script_reads_a_cookie_and_behind_https_it_never_travels_open() {
        for cookie in [
            Cookie::Session,
            Cookie::Account,
            Cookie::Guest,
            Cookie::Preferences,
            Cookie::Flash,
            Cookie::Tracking,
            Cookie::Filing,
        ] {
            let open = cookie.set("x", false).unwrap();
            let secure = cookie.set("x", true).unwrap();
            for header in [&open, &secure] {
                assert!(header.to_str().unwrap().contains("; Path=/; HttpOnly; SameSite=Lax"));
            }
            assert!(!open.to_str().unwrap().contains("Secure"));
            assert!(secure.to_str().unwrap().starts_with("__Host-"));
            assert!(secure.to_str().unwrap().contains("; Secure"));
        }
    }
}
