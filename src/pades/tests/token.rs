//! A token of SoftHSM, filled as an operator fills one.

use std::{path::Path, process::Command};

use secrecy::SecretString;

use super::{Key, OfficeCertificate, sealed};
use crate::pades::open_token;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "483920";

/// SoftHSM reads where its tokens are from the environment of the process, so the test runs in a process of its own:
/// this one, begun again for this test only.
#[test]
fn a_key_in_a_token_seals_and_a_wrong_pin_is_named() {
    const INSIDE: &str = "AKTIVASI_TEST_TOKEN";
    let Some(folder) = std::env::var_os(INSIDE) else {
        let certificates = [Key::P256, Key::P384, Key::Rsa2048].map(OfficeCertificate::new);
        let folder = certificates[0].path("tokens");
        std::fs::create_dir(&folder).unwrap();
        certificates[0].write("softhsm2.conf", &format!("directories.tokendir = {}\n", folder.display()));
        let configuration = certificates[0].path("softhsm2.conf");
        for (certificate, label) in certificates.iter().zip(["P256", "P384", "Rsa2048"]) {
            fill(certificate, label, &configuration);
        }
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pades::tests::token::a_key_in_a_token_seals_and_a_wrong_pin_is_named"])
            .env("SOFTHSM2_CONF", configuration)
            .env(INSIDE, certificates[0].path(""))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success() && said.contains("1 passed"), "{said}");
        for (certificate, label) in certificates.iter().zip(["P256", "P384", "Rsa2048"]) {
            let pdf = std::fs::read(certificates[0].path(&format!("{label}.pdf"))).unwrap();
            assert_eq!(certificate.pyhanko(&pdf)[0]["bottom_line"], true, "{label}");
        }
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let open = |token: &str, pin: &str| open_token(Path::new(MODULE), token, &SecretString::from(pin));
    for label in ["P256", "P384", "Rsa2048"] {
        let token = open(label, PIN).unwrap_or_else(|fault| panic!("{label}: {fault}"));
        let (_, signed) = runtime.block_on(sealed(token.as_ref()));
        std::fs::write(Path::new(&folder).join(format!("{label}.pdf")), signed.pdf).unwrap();
    }
    let fault = |token: &str, pin: &str| open(token, pin).err().unwrap().to_string();
    assert_eq!(fault("Lain", PIN), "pkcs11_token: there is no token with the label Lain");
    assert_eq!(fault("P256", "111111"), "pin: is refused by the token P256");
    let nowhere = open_token(Path::new("/nowhere.so"), "P256", &SecretString::from(PIN)).err().unwrap();
    assert!(nowhere.to_string().starts_with("pkcs11_module: /nowhere.so"), "{nowhere}");
}

/// A key and its certificate under one number, as tokens hold them.
fn fill(certificate: &OfficeCertificate, label: &str, configuration: &Path) {
    let tool = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .env("SOFTHSM2_CONF", configuration)
            .current_dir(certificate.path(""))
            .output()
            .unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let token = ["--token", label, "--pin", PIN];
    tool("softhsm2-util", &["--init-token", "--free", "--label", label, "--so-pin", "765432", "--pin", PIN]);
    tool(
        "softhsm2-util",
        &[&["--import", "office.key", "--label", "kunci", "--id", "01"], &token[..]].concat(),
    );
    let module = ["--module", MODULE, "--login", "--token-label", label, "--pin", PIN];
    for (name, id) in [("office", "01"), ("authority", "02")] {
        let (pem, der) = (format!("{name}.pem"), format!("{name}.der"));
        certificate.openssl(&["x509", "-in", &pem, "-outform", "DER", "-out", &der]);
        let object = ["--write-object", &der, "--type", "cert", "--id", id, "--label", name];
        tool("pkcs11-tool", &[&module[..], &object[..]].concat());
    }
}
