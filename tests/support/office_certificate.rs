//! Certificates of an office, made in the test: a root, an authority below it, and the office's own. openssl puts them
//! into a PKCS #12 file, as an office would get it; pyHanko says what it thinks of a seal.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use serde_json::Value;

pub const PASSPHRASE: &str = "frasa-sandi-uji";
pub const NAME: &str = "KPP Pratama Jakarta Palmerah";

/// The kinds of keys that offices have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    P256,
    P384,
    Rsa2048,
}

/// A folder with `office.p12`, `office.key`, `office.pem`, `authority.pem` and `root.pem`, gone after the test.
pub struct OfficeCertificate {
    folder: PathBuf,
}

impl Drop for OfficeCertificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl OfficeCertificate {
    /// In force for every clock of the tests, and of the machine.
    pub fn new(key: Key) -> Self {
        Self::made(key, |_| {})
    }

    /// In force from the first day of a year to the first day of another.
    pub fn in_years(from: i32, to: i32) -> Self {
        Self::made(Key::P256, |office| {
            office.not_before = date_time_ymd(from, 1, 1);
            office.not_after = date_time_ymd(to, 1, 1);
        })
    }

    /// Ends so many days from now, by the clock of the machine.
    pub fn ending_in_days(days: u64) -> Self {
        Self::made(Key::P256, |office| {
            let end = std::time::SystemTime::now() + std::time::Duration::from_secs(days * 86_400);
            office.not_after = end.into();
        })
    }

    pub fn for_encryption_only() -> Self {
        Self::made(Key::P256, |office| office.key_usages = vec![KeyUsagePurpose::KeyEncipherment])
    }

    fn made(key: Key, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let folder = std::env::temp_dir().join(format!("aktivasi-certificate-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let made = Self { folder };
        let authority = |name: &str| {
            let mut parameters = named(name);
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            parameters
        };
        let (root_key, root) = (KeyPair::generate().unwrap(), authority("Akar Uji"));
        made.write("root.pem", &pem("CERTIFICATE", root.self_signed(&root_key).unwrap().der()));
        let root = Issuer::new(root, root_key);
        let (middle_key, middle) = (KeyPair::generate().unwrap(), authority("Penyelenggara Uji"));
        let signed = middle.signed_by(&middle_key, &root).unwrap();
        made.write("authority.pem", &pem("CERTIFICATE", signed.der()));
        let middle = Issuer::new(middle, middle_key);
        let office_key = match key {
            Key::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
            Key::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap(),
            Key::Rsa2048 => {
                made.openssl(&["genrsa", "-out", "rsa.pem", "2048"]);
                let plain = ["pkcs8", "-topk8", "-nocrypt", "-in", "rsa.pem"];
                made.openssl(&[&plain[..], &["-outform", "DER", "-out", "rsa.der"]].concat());
                KeyPair::try_from(std::fs::read(made.path("rsa.der")).unwrap()).unwrap()
            }
        };
        let mut office = named(NAME);
        office.distinguished_name.push(DnType::OrganizationName, "Direktorat Jenderal Pajak");
        office.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        change(&mut office);
        made.write("office.key", &pem("PRIVATE KEY", &office_key.serialize_der()));
        let signed = office.signed_by(&office_key, &middle).unwrap();
        made.write("office.pem", &pem("CERTIFICATE", signed.der()));
        made.write("above.pem", &format!("{}{}", made.read("authority.pem"), made.read("root.pem")));
        made.export("office.p12", &[]);
        made
    }

    /// Another PKCS #12 file of the same, made with more arguments.
    pub fn export(&self, name: &str, more: &[&str]) -> PathBuf {
        let pass = format!("pass:{PASSPHRASE}");
        let mut arguments = vec!["pkcs12", "-export", "-out", name, "-passout", &pass];
        arguments.extend(["-inkey", "office.key", "-in", "office.pem", "-certfile", "above.pem"]);
        arguments.extend(more);
        self.openssl(&arguments);
        self.path(name)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn openssl(&self, arguments: &[&str]) -> String {
        run(Command::new("openssl").args(arguments).current_dir(&self.folder))
    }

    /// What pyHanko says of the signatures in a file, when it trusts the root and nothing else.
    pub fn pyhanko(&self, pdf: &[u8]) -> Vec<Value> {
        let file = self.path("surat.pdf");
        std::fs::write(&file, pdf).unwrap();
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        let said = run(Command::new(scripts.join("pyhanko"))
            .arg(scripts.join("verify_seal.py"))
            .args([file, self.path("root.pem")]));
        serde_json::from_str(&said).unwrap()
    }

    /// What a program of poppler or qpdf says of a file, however it ends.
    pub fn said_by(&self, program: &str, arguments: &[&str], pdf: &[u8]) -> String {
        std::fs::write(self.path("surat.pdf"), pdf).unwrap();
        let output = Command::new(program)
            .args(arguments)
            .arg("surat.pdf")
            .current_dir(&self.folder)
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

fn named(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = date_time_ymd(2015, 1, 1);
    parameters.not_after = date_time_ymd(2049, 12, 31);
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
