use secrecy::ExposeSecret;

use super::*;

const SECRET: &str = "plantedSecret7";

fn environment(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    [
        ("AKTIVASI_DATABASE_URL", "postgres://app@127.0.0.1/app"),
        ("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.id"),
    ]
    .iter()
    .chain(pairs)
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect()
}

fn load(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_layers(None, environment(pairs))
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    load(pairs).unwrap_err().to_string()
}

/// A file that is gone after the test.
struct TempFile(PathBuf);

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl std::ops::Deref for TempFile {
    type Target = std::path::Path;
    fn deref(&self) -> &std::path::Path {
        &self.0
    }
}

fn file(text: &str) -> TempFile {
    let path = std::env::temp_dir().join(format!("aktivasi-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, text).unwrap();
    TempFile(path)
}

#[test]
fn the_defaults_need_only_a_database_and_a_sender() {
    let settings = load(&[]).unwrap();

    assert_eq!(settings.server.bind.to_string(), "127.0.0.1:8080");
    assert!(settings.server.workers);
    assert_eq!(settings.limits.upload_max_bytes, 5 * 1024 * 1024);
    assert_eq!(settings.sessions.access, TimeDelta::minutes(10));
    assert_eq!(settings.smtp.security, SmtpSecurity::Starttls);
    assert_eq!(settings.links.tracking_url.as_str(), "http://127.0.0.1:8080/lacak");
    assert_eq!(settings.links.start_url.as_str(), "http://127.0.0.1:8080");
    assert_eq!(settings.links.account_url.as_str(), "http://127.0.0.1:8080/akun");
}

#[test]
fn domains_are_checked_with_the_name_servers_of_the_system_unless_told_otherwise() {
    let asked = load(&[]).unwrap().mail_domains.unwrap();
    assert!(asked.name_servers.is_empty());
    assert_eq!(asked.timeout.as_secs(), 2);

    let servers = load(&[("AKTIVASI__MAIL_DOMAINS__NAME_SERVERS", "192.0.2.1, [2001:db8::1]:5353")]).unwrap();
    let servers = servers.mail_domains.unwrap().name_servers;
    assert_eq!(
        servers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["192.0.2.1:53", "[2001:db8::1]:5353"]
    );

    assert!(load(&[("AKTIVASI__MAIL_DOMAINS__CHECK", "false")]).unwrap().mail_domains.is_none());
}

#[test]
fn a_missing_required_setting_is_named() {
    let nothing = Settings::from_layers(None, HashMap::new()).unwrap_err().to_string();
    assert!(nothing.starts_with("setting database.url: is required"), "{nothing}");

    let environment = [("AKTIVASI_DATABASE_URL", "postgres://app@localhost/aktivasi")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let no_sender =
        Settings::from_layers(None, environment.into()).unwrap().smtp.sender().unwrap_err().to_string();
    assert!(no_sender.starts_with("setting smtp.from_address: is required"), "{no_sender}");
}

#[test]
fn every_bad_value_names_its_key_and_what_was_expected() {
    for (name, value, key, expected) in [
        ("AKTIVASI__SERVER__BIND", "everywhere", "server.bind", "address and port"),
        ("AKTIVASI__SERVER__PUBLIC_URL", "https://a.go.id/", "server.public_url", "without a slash"),
        ("AKTIVASI__SERVER__WORKERS", "perhaps", "server.workers", "boolean"),
        ("AKTIVASI__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, proxy", "server.trusted_proxies", "IP address"),
        ("AKTIVASI__DATABASE__MAX_CONNECTIONS", "0", "database.max_connections", "from 1 to 1000"),
        ("AKTIVASI__DATABASE__MAX_CONNECTIONS", "ten", "database.max_connections", "integer"),
        ("AKTIVASI__SMTP__PORT", "70000", "smtp.port", "from 1 to 65535"),
        ("AKTIVASI__SMTP__SECURITY", "ssl", "smtp.security", "starttls, tls or plain"),
        ("AKTIVASI__SMTP__FROM_ADDRESS", "nobody", "smtp.from_address", "an e-mail address"),
        ("AKTIVASI__SMTP__BOUNCE_ADDRESS", "bounce", "smtp.bounce_address", "no @"),
        ("AKTIVASI__SMTP__BOUNCE_ADDRESS", "bounce+x@a.id", "smtp.bounce_address", "23 characters"),
        ("AKTIVASI__MAIL_DOMAINS__NAME_SERVERS", "dns.go.id", "mail_domains.name_servers", "192.0.2.1:53"),
        ("AKTIVASI__MAIL_DOMAINS__TIMEOUT_SECONDS", "60", "mail_domains.timeout_seconds", "from 1 to 10"),
        ("AKTIVASI__LIMITS__PROOF_MINUTES", "-5", "limits.proof_minutes", "from 1 to 1440"),
        ("AKTIVASI__LINKS__START_URL", "start", "links.start_url", "web address"),
        ("AKTIVASI__PASSWORDS__MEMORY_KIB", "8", "passwords.memory_kib", "from 7168"),
        ("AKTIVASI__SESSIONS__ABSOLUTE_HOURS", "1", "sessions.absolute_hours", "from 2 to 72"),
        ("AKTIVASI__LOGGING__FORMAT", "xml", "logging.format", "json or text"),
        ("AKTIVASI_HTTP_PORT", "http", "AKTIVASI_HTTP_PORT", "port"),
    ] {
        let message = refusal(&[(name, value)]);
        assert!(message.contains(key) && message.contains(expected), "{name}={value}: {message}");
    }
}

#[test]
fn an_unknown_key_is_named() {
    let in_environment = refusal(&[("AKTIVASI__SERVER__BINDD", "127.0.0.1:1")]);
    assert!(in_environment.contains("server") && in_environment.contains("bindd"), "{in_environment}");

    let in_file = Settings::from_layers(Some(&file("[smpt]\nhost = \"x\"\n")), environment(&[])).unwrap_err();
    assert!(in_file.to_string().contains("smpt"), "{in_file}");
}

#[test]
fn the_environment_beats_the_file_and_the_file_beats_the_defaults() {
    let path = file("[server]\nbind = \"127.0.0.1:7000\"\nworkers = false\n");

    let settings =
        Settings::from_layers(Some(&path), environment(&[("AKTIVASI__SERVER__BIND", "127.0.0.1:7001")]))
            .unwrap();

    assert_eq!(settings.server.bind.port(), 7001);
    assert!(!settings.server.workers);
    assert_eq!(settings.database.max_connections, 20);
}

#[test]
fn the_short_names_of_the_environment_win() {
    let settings = load(&[
        ("AKTIVASI__DATABASE__URL_FILE", "/nowhere"),
        ("AKTIVASI__SERVER__BIND", "0.0.0.0:80"),
        ("AKTIVASI_HTTP_PORT", "9090"),
    ])
    .unwrap();

    assert_eq!(settings.database.url.expose_secret(), "postgres://app@127.0.0.1/app");
    assert_eq!(settings.server.bind.to_string(), "0.0.0.0:9090");
}

#[test]
fn a_secret_can_come_from_a_file() {
    let path = file("  s3cret with 0 digits\n\n");

    let settings = load(&[
        ("AKTIVASI__SMTP__USERNAME", "kpp"),
        ("AKTIVASI__SMTP__PASSWORD_FILE", path.to_str().unwrap()),
    ])
    .unwrap();

    assert_eq!(settings.smtp.credentials.unwrap().password.expose_secret(), "s3cret with 0 digits");
}

#[test]
fn a_password_of_digits_keeps_its_zeros() {
    let settings =
        load(&[("AKTIVASI__SMTP__USERNAME", "kpp"), ("AKTIVASI__SMTP__PASSWORD", "00123")]).unwrap();

    assert_eq!(settings.smtp.credentials.unwrap().password.expose_secret(), "00123");
}

#[test]
fn an_unreadable_secret_file_names_its_key() {
    let message =
        refusal(&[("AKTIVASI__SMTP__USERNAME", "kpp"), ("AKTIVASI__SMTP__PASSWORD_FILE", "/nowhere/at/all")]);

    assert_eq!(message, "setting smtp.password_file: the file /nowhere/at/all cannot be read");
}

#[test]
fn a_secret_given_twice_is_refused() {
    let message = refusal(&[
        ("AKTIVASI__SMTP__PASSWORD", SECRET),
        ("AKTIVASI__SMTP__PASSWORD_FILE", "/nowhere/at/all"),
    ]);

    assert!(message.contains("smtp.password or smtp.password_file, not both"));
    assert!(!message.contains(SECRET));
}

#[test]
fn a_signature_needs_domain_selector_and_key() {
    let key = file("-----BEGIN PRIVATE KEY-----");
    let path = key.to_str().unwrap();
    let all = [
        ("AKTIVASI__DKIM__DOMAIN", "kpp.example"),
        ("AKTIVASI__DKIM__SELECTOR", "aktivasi-2026"),
        ("AKTIVASI__DKIM__PRIVATE_KEY_FILE", path),
    ];

    assert!(load(&[]).unwrap().dkim.is_none());
    assert_eq!(load(&all).unwrap().dkim.unwrap().selector, "aktivasi-2026");
    for (without, key) in [(0, "dkim.domain"), (1, "dkim.selector"), (2, "dkim.private_key_file")] {
        let some: Vec<_> =
            all.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, pair)| *pair).collect();
        let message = refusal(&some);
        assert!(message.starts_with(&format!("setting {key}: is required")), "{message}");
    }
    let gone = refusal(&[all[0], all[1], ("AKTIVASI__DKIM__PRIVATE_KEY_FILE", "/nowhere")]);
    assert_eq!(gone, "setting dkim.private_key_file: the file /nowhere cannot be read");
}

#[test]
fn the_certificates_of_an_in_house_relay_come_from_a_file() {
    let path = file("-----BEGIN CERTIFICATE-----");

    let settings = load(&[("AKTIVASI__SMTP__CA_FILE", path.to_str().unwrap())]).unwrap();

    assert_eq!(settings.smtp.extra_ca_pem.as_deref(), Some(&b"-----BEGIN CERTIFICATE-----"[..]));
    let gone = refusal(&[("AKTIVASI__SMTP__CA_FILE", "/nowhere")]);
    assert_eq!(gone, "setting smtp.ca_file: the file /nowhere cannot be read");
}

#[test]
fn plain_smtp_is_only_allowed_to_this_machine() {
    let message =
        refusal(&[("AKTIVASI__SMTP__SECURITY", "plain"), ("AKTIVASI__SMTP__HOST", "mail.example.id")]);
    assert!(message.starts_with("setting smtp.security: plain is only allowed"));

    for host in ["127.0.0.1", "::1", "localhost"] {
        assert!(load(&[("AKTIVASI__SMTP__SECURITY", "plain"), ("AKTIVASI__SMTP__HOST", host)]).is_ok());
    }
}

#[test]
fn a_fault_in_the_file_names_the_line_and_quotes_nothing() {
    let path = file(&format!("[smtp]\npassword = {SECRET}\n"));

    let error = Settings::from_layers(Some(&path), environment(&[])).unwrap_err();

    assert!(error.to_string().ends_with("line 2 is not valid TOML"), "{error}");
    assert!(!format!("{error:?}").contains(SECRET));
}

#[test]
fn a_file_that_was_named_must_exist() {
    let error = Settings::from_layers(Some(Path::new("/nowhere.toml")), environment(&[])).unwrap_err();

    assert_eq!(error.to_string(), "settings file /nowhere.toml cannot be read");
}

#[test]
fn debug_output_shows_no_secret() {
    let settings = load(&[
        ("AKTIVASI_DATABASE_URL", &format!("postgres://app:{SECRET}@db/app")),
        ("AKTIVASI__SMTP__USERNAME", "kpp"),
        ("AKTIVASI__SMTP__PASSWORD", SECRET),
        ("AKTIVASI__DKIM__DOMAIN", "kpp.example"),
        ("AKTIVASI__DKIM__SELECTOR", "s"),
        ("AKTIVASI__DKIM__PRIVATE_KEY", SECRET),
    ])
    .unwrap();

    assert!(!format!("{settings:?}").contains(SECRET));
}

#[test]
fn the_example_of_deploy_is_a_valid_settings_file() {
    let secret = file("postgres://aktivasi_app:secret@127.0.0.1/aktivasi");
    let secret_path = secret.to_str().unwrap();
    let example = include_str!("../../deploy/settings.example.toml")
        .replace("/etc/aktivasi/secrets/database-url", secret_path)
        .replace("/etc/aktivasi/secrets/smtp-password", secret_path)
        .replace("/etc/aktivasi/secrets/dkim-private-key", secret_path);

    let settings = Settings::from_layers(Some(&file(&example)), environment(&[])).unwrap();

    assert_eq!(settings.server.public_url.as_str(), "https://aktivasi.kpp.example");
    assert_eq!(settings.smtp.security, SmtpSecurity::Starttls);
}

#[test]
fn certificates_belong_to_offices_and_their_secrets_to_files() {
    assert!(load(&[]).unwrap().signature.offices.is_empty());

    let passphrase = file("frasa sandi\n");
    let section = file(&format!(
        "[signature.031]\npkcs12_file = \"/etc/aktivasi/031.p12\"\npassphrase_file = {:?}\n\
         [signature.541]\npkcs11_module = \"/usr/lib/modul.so\"\npkcs11_token = \"kpp-541\"\npin = \"1234\"\n",
        passphrase.display().to_string()
    ));
    let settings = Settings::from_layers(Some(&section), environment(&[])).unwrap();

    let source = |code: &str| &settings.signature.offices[&code.parse().unwrap()];
    assert!(matches!(source("031"), CertificateSource::Pkcs12 { file, passphrase }
        if file.ends_with("031.p12") && passphrase.expose_secret() == "frasa sandi"));
    assert!(matches!(source("541"), CertificateSource::Pkcs11 { token, pin, .. }
        if token == "kpp-541" && pin.expose_secret() == "1234"));
    assert!(!format!("{settings:?}").contains("frasa sandi"));
}

#[test]
fn a_certificate_that_lacks_something_is_named_by_its_office() {
    for (given, said) in [
        (&[("PKCS12_FILE", "/a.p12")][..], "setting signature.031.passphrase: is required"),
        (&[("PKCS11_MODULE", "/m.so"), ("PIN", "1")], "setting signature.031.pkcs11_token: is required"),
        (&[("PKCS11_MODULE", "/m.so"), ("PKCS11_TOKEN", "t")], "setting signature.031.pin: is required"),
        (&[("PASSPHRASE", "rahasia")], "setting signature.031: needs pkcs12_file or pkcs11_module"),
        (&[("PKCS12_FILE", "/a"), ("PKCS11_MODULE", "/m")], "setting signature.031: give pkcs12_file or"),
        (
            &[("PKCS12_FILE", "/a"), ("PASSPHRASE", "b"), ("PIN", "1")],
            "setting signature.031: has keys of a token",
        ),
        (&[("PKCS12FILE", "/a")], "setting signature.031"),
    ] {
        let names: Vec<String> =
            given.iter().map(|(name, _)| format!("AKTIVASI__SIGNATURE__031__{name}")).collect();
        let pairs: Vec<(&str, &str)> =
            names.iter().zip(given).map(|(name, (_, value))| (name.as_str(), *value)).collect();
        let refused = refusal(&pairs);
        assert!(refused.starts_with(said), "{said}: {refused}");
    }
    let refused = refusal(&[("AKTIVASI__SIGNATURE__31__PKCS12_FILE", "/a")]);
    assert!(refused.contains("signature.31: an office code has three digits"), "{refused}");
}
