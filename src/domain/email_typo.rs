//! Typing mistakes in the domains of common mailboxes. A suggestion only: the filer decides.

use super::email_address::EmailAddress;

/// Where mailboxes of small businesses mostly are.
const COMMON: [&str; 12] = [
    "gmail.com",
    "yahoo.com",
    "yahoo.co.id",
    "hotmail.com",
    "outlook.com",
    "outlook.co.id",
    "icloud.com",
    "live.com",
    "ymail.com",
    "rocketmail.com",
    "telkom.net",
    "mail.com",
];

/// The address that was probably meant: its domain is one mistake away from a common one.
#[must_use]
pub fn meant(typed: &EmailAddress) -> Option<EmailAddress> {
    let domain = typed.domain();
    if COMMON.contains(&domain) {
        return None;
    }
    let close = COMMON.iter().find(|common| is_one_mistake_away(domain, common))?;
    format!("{}@{close}", typed.local()).parse().ok()
}

/// One letter too many, too few, or another one, or two neighbours swapped.
fn is_one_mistake_away(typed: &str, meant: &str) -> bool {
    let (typed, meant) = (typed.as_bytes(), meant.as_bytes());
    let start = typed.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let (typed, meant) = (&typed[start..], &meant[start..]);
    match (typed, meant) {
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, a @ ..], b) if a == b => true,
        (a, [_, b @ ..]) if a == b => true,
        ([a, b, rest @ ..], [c, d, other @ ..]) => (a, b) == (d, c) && rest == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn suggestion(text: &str) -> Option<String> {
        meant(&text.parse().unwrap()).map(|address| address.to_string())
    }

    #[test]
    fn one_mistake_in_a_common_domain_is_noticed_and_the_rest_stays() {
        for typo in
            ["gmial.com", "gmal.com", "gmaill.com", "gnail.com", "gmail.co", "gmail.con", "ggmail.com"]
        {
            assert_eq!(suggestion(&format!("Budi.S@{typo}")).as_deref(), Some("Budi.S@gmail.com"), "{typo}");
        }
        assert_eq!(suggestion("a@yaho.co.id").as_deref(), Some("a@yahoo.co.id"));
    }

    #[test]
    fn common_domains_and_domains_of_companies_are_left_alone() {
        for right in [
            "gmail.com",
            "yahoo.com",
            "yahoo.co.id",
            "ymail.com",
            "perusahaan.co.id",
            "mail.com",
            "pajak.go.id",
        ] {
            assert_eq!(suggestion(&format!("a@{right}")), None, "{right}");
        }
    }

    proptest! {
        #[test]
        fn any_address_is_looked_at_without_panic(text in "[a-z.]{1,20}@[a-z.é]{1,30}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                let _ = meant(&address);
            }
        }
    }
}
