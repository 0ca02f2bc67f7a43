use std::sync::Arc;

use chrono::DateTime;
use proptest::prelude::*;
use sqlx::{PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

use super::{codes::CodeOf, links::Presented, *};
use crate::{
    app::office::Rules,
    clock::SystemClock,
    domain::ids::{CredentialId, LinkId, NotUsId, TaxpayerId},
    letters::Templates,
    settings::Settings,
    store::links::{NotUsLink, PasswordLink},
    vault::{Vault, key_file::KeyPurpose},
};

/// An office without a database: nothing here reaches for one.
fn office() -> Office {
    let environment = [
        ("AKTIVASI_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
        ("AKTIVASI__SERVER__PUBLIC_URL", "https://aktivasi.example"),
        ("AKTIVASI__SMTP__FROM_ADDRESS", "kirim@aktivasi.example"),
    ];
    let environment =
        environment.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let settings = Settings::from_layers(None, environment).unwrap();
    let mut rules = Rules::new(&settings, "kirim@aktivasi.example".parse().unwrap());
    rules.passwords = crate::settings::PasswordSettings { memory_kib: 64, iterations: 1, parallelism: 1 };
    Office::new(
        PgPool::connect_lazy_with(PgConnectOptions::new_without_pgpass()),
        Arc::new(SystemClock),
        Arc::new(Vault::ephemeral([7; 32]).unwrap()),
        Arc::new(Templates::embedded().unwrap()),
        rules,
    )
}

fn token_key(office: &Office) -> String {
    office.vault.active_key(KeyPurpose::Token).to_string()
}

fn password_link(office: &Office, id: u128, generation: i32) -> PasswordLink {
    PasswordLink {
        id: LinkId(Uuid::from_u128(id)),
        credential: CredentialId(Uuid::nil()),
        office: "031".parse().unwrap(),
        generation,
        key_id: token_key(office),
        expires_at: DateTime::from_timestamp(604_800, 0).unwrap(),
        first_revealed_at: None,
        reveals: 0,
        closed_at: None,
    }
}

fn not_us_link(office: &Office, id: u128) -> NotUsLink {
    NotUsLink {
        id: NotUsId(Uuid::from_u128(id)),
        taxpayer: TaxpayerId(Uuid::nil()),
        office: "031".parse().unwrap(),
        request: None,
        cause: "reprint".to_owned(),
        key_id: token_key(office),
        expires_at: DateTime::from_timestamp(604_800, 0).unwrap(),
        used_at: None,
    }
}

#[tokio::test]
async fn a_link_is_found_and_verified_by_its_token_alone() {
    let office = office();
    let (password, not_us) = (password_link(&office, 7, 1), not_us_link(&office, 7));
    let url = links::password_url(&office, &password).unwrap();
    let token = url.strip_prefix("https://aktivasi.example/p/").unwrap();
    let other = links::not_us_url(&office, &not_us).unwrap();
    let other = Presented::parse(other.strip_prefix("https://aktivasi.example/n/").unwrap()).unwrap();

    let presented = Presented::parse(token).unwrap();

    assert_eq!(presented.password_link(), password.id);
    assert_eq!(other.not_us(), not_us.id);
    assert!(links::is_for_password_link(&office, &password, &presented).unwrap());
    assert!(links::is_for_not_us(&office, &not_us, &other).unwrap());
    assert!(!links::is_for_not_us(&office, &not_us, &presented).unwrap());
    assert!(!links::is_for_password_link(&office, &password, &other).unwrap());
    assert!(!links::is_for_password_link(&office, &password_link(&office, 7, 2), &presented).unwrap());
    assert!(!links::is_for_password_link(&office, &password_link(&office, 8, 1), &presented).unwrap());
}

#[tokio::test]
async fn what_is_no_token_is_refused_before_any_row_is_read() {
    let office = office();
    let url = links::password_url(&office, &password_link(&office, 7, 1)).unwrap();
    let token = url.strip_prefix("https://aktivasi.example/p/").unwrap();

    for wrong in ["", "akp_", &token[1..], &format!("{token}x"), &token.replace('_', "é"), &"ä".repeat(69)]
    {
        assert!(Presented::parse(wrong).is_none());
    }
}

#[tokio::test]
async fn an_activation_code_opens_only_in_its_own_row_and_column() {
    let office = office();
    let pair = CredentialId(Uuid::from_u128(1));
    let code = codes::mint(&office);

    let stored = codes::seal(&office, pair, CodeOf::Account, &code).unwrap();

    assert!(codes::open(&office, pair, CodeOf::Account, &stored.sealed).unwrap() == code);
    assert!(codes::open(&office, pair, CodeOf::Desktop, &stored.sealed).is_err());
    let other = CredentialId(Uuid::from_u128(2));
    assert!(codes::open(&office, other, CodeOf::Account, &stored.sealed).is_err());
    assert_eq!(stored.lookup, codes::lookup(&office, CodeOf::Account, &code));
    assert_ne!(stored.lookup, codes::lookup(&office, CodeOf::Desktop, &code));
}

#[tokio::test]
async fn a_fresh_password_is_kept_as_an_argon2id_hash_that_only_it_matches() {
    let office = office();
    let password = passwords::mint(&office);
    let hash = passwords::hash(&office, &password).await.unwrap();

    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    assert!(office.passwords.verify(Some(hash.clone()), password.reveal().into()).await.unwrap());
    assert!(!office.passwords.verify(Some(hash), "another".into()).await.unwrap());
}

#[tokio::test]
async fn the_bytes_of_a_letter_open_only_for_their_letter() {
    let office = office();
    let letter = LetterId(Uuid::from_u128(1));

    let sealed = seal_letter(&office, letter, b"%PDF").unwrap();

    assert_eq!(open_letter(&office, letter, &sealed).unwrap(), b"%PDF");
    assert!(open_letter(&office, LetterId(Uuid::from_u128(2)), &sealed).is_err());
}

#[test]
fn a_biased_draw_is_thrown_away_and_leading_zeros_are_kept() {
    let mut bytes = [0xff; 8];
    assert_eq!(first_unbiased(&bytes), None);
    bytes[4..].copy_from_slice(&42_u32.to_be_bytes());
    assert_eq!(first_unbiased(&bytes), Some("000042".to_owned()));
    assert_eq!(UNBIASED_BELOW % PROOF_CODES, 0);
}

#[tokio::test]
async fn a_proof_code_is_six_digits_and_only_that_proof_takes_it() {
    let office = office();
    let key = token_key(&office);
    proptest!(ProptestConfig::with_cases(64), |(id: u128)| {
        let proof = ProofId(Uuid::from_u128(id));
        let code = proof_code(&office, proof, &key).unwrap();
        prop_assert_eq!(code.len(), 6);
        prop_assert!(code.bytes().all(|digit| digit.is_ascii_digit()));
        prop_assert_eq!(&code, &proof_code(&office, proof, &key).unwrap());
        let typed = format!(" {} {}", &code[..3], &code[3..]);
        prop_assert!(proof_code_matches(&office, proof, &key, &typed).unwrap());
        prop_assert!(!proof_code_matches(&office, proof, &key, &code[1..]).unwrap());
    });
}
