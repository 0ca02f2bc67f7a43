use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::vault::entropy::SeededEntropy;

fn entropy() -> SeededEntropy {
    SeededEntropy::new([3; 32])
}

fn generated() -> KeyFile {
    KeyFile::generate(&entropy(), "2026-11-22").unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("aktivasi-{}-{name}", uuid::Uuid::now_v7()));
    fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn a_new_file_has_one_active_key_for_each_purpose() {
    let file = generated();

    let ids: Vec<&str> = file.keys().iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, ["seal-2026-11-22", "lookup-2026-11-22", "token-2026-11-22", "session-2026-11-22"]);
    assert!(file.keys().iter().all(|key| key.active));
}

#[test]
fn a_written_file_reads_back_the_same_and_only_its_owner_may_read_it() {
    let path = folder("roundtrip").join("keys.toml");

    generated().create(&path).unwrap();

    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(*KeyFile::load(&path).unwrap().to_toml(), *generated().to_toml());
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays behind");
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let path = folder("exists").join("keys.toml");
    fs::write(&path, "precious").unwrap();

    let refused = generated().create(&path);

    assert!(matches!(refused, Err(KeyFileError::Exists { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let path = folder("mode").join("keys.toml");
    generated().create(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

    let refused = KeyFile::load(&path).unwrap_err();

    assert!(matches!(refused, KeyFileError::Permissions { mode: 0o640, .. }));
}

#[test]
fn an_added_key_waits_until_it_is_made_active() {
    let next: KeyId = "seal-next".parse().unwrap();

    let added = generated().with_new_key(next.clone(), KeyPurpose::Seal, &entropy()).unwrap();
    assert!(!added.keys().iter().any(|key| key.id == next && key.active));

    let active = added.with_active(&next).unwrap();
    let seal: Vec<(&str, bool)> = active
        .keys()
        .iter()
        .filter(|key| key.purpose == KeyPurpose::Seal)
        .map(|key| (key.id.as_str(), key.active))
        .collect();
    assert_eq!(seal, [("seal-2026-11-22", false), ("seal-next", true)]);
}

#[test]
fn a_second_lookup_key_is_refused() {
    let refused = generated().with_new_key("lookup-2".parse().unwrap(), KeyPurpose::Lookup, &entropy());

    assert!(matches!(refused, Err(KeyFileError::SecondLookup)));
}

#[test]
fn an_id_may_not_occur_twice() {
    let refused = generated().with_new_key("token-2026-11-22".parse().unwrap(), KeyPurpose::Seal, &entropy());

    assert!(matches!(refused, Err(KeyFileError::Duplicate { .. })));
}

#[test]
fn two_active_keys_of_one_purpose_are_refused() {
    let text = generated().with_new_key("seal-next".parse().unwrap(), KeyPurpose::Seal, &entropy()).unwrap();
    let text = text.to_toml().replace("active = false", "active = true");

    let refused = KeyFile::parse(&text).unwrap_err();

    assert!(matches!(refused, KeyFileError::Active { purpose: KeyPurpose::Seal, found: 2 }));
}

#[test]
fn a_fault_names_the_line_and_never_the_secret() {
    let text = generated().to_toml().replacen("secret = \"", "secret = ", 1);

    let refused = KeyFile::parse(&text).unwrap_err();

    assert_eq!(refused.to_string().split(':').next(), Some("key file line 7"));
    let planted = text.lines().find_map(|line| line.strip_prefix("secret = ")).unwrap();
    assert!(!format!("{refused} {refused:?}").contains(planted.trim_matches('"')));
}

#[test]
fn a_short_secret_is_refused_by_the_name_of_its_key() {
    let text = "[[key]]\nid = \"a\"\npurpose = \"seal\"\nsecret = \"c2hvcnQ=\"\nactive = true\n";

    let refused = KeyFile::parse(text).unwrap_err();

    assert_eq!(refused.to_string(), "key a: the secret must be 32 bytes in base64");
}

#[test]
fn debug_output_shows_no_secret() {
    let file = generated();

    let debug = format!("{file:?}");

    assert!(debug.contains("KeyBytes(hidden)"));
    assert!(!debug.contains(&STANDARD.encode(file.keys()[0].secret.expose())));
}
