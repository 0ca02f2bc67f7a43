//! Seals as a PDF reader, an attacker and an operator see them.

#[path = "../../tests/support/office_certificate.rs"]
#[expect(dead_code, reason = "shared with another test binary, which uses another part of it")]
mod office_certificate;
mod token;

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::json;

use super::{CertificateChain, PdfSigner, SignedPdf, SignerFailure, open_file, sign, unsigned_length};
use crate::letters::{LetterKind, Rendered, Templates};
use office_certificate::{Key, NAME, OfficeCertificate, PASSPHRASE};

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());

fn now() -> DateTime<Utc> {
    "2026-07-15T02:30:00Z".parse().unwrap()
}

fn letter(chain: &CertificateChain) -> Rendered {
    let template = TEMPLATES.built_in(LetterKind::ActivationNotice).unwrap();
    TEMPLATES.render_sealed(template, &template.sample(), Some(&chain.display_name())).unwrap()
}

fn passphrase() -> SecretString {
    SecretString::from(PASSPHRASE)
}

fn signer(certificate: &OfficeCertificate) -> Arc<dyn PdfSigner> {
    open_file(&certificate.path("office.p12"), &passphrase()).unwrap()
}

async fn sealed(by: &dyn PdfSigner) -> (Rendered, SignedPdf) {
    let chain = by.chain().await.unwrap();
    let rendered = letter(&chain);
    let area = rendered.signature.unwrap();
    let signed = sign(by, chain, rendered.pdf.clone(), area, now()).await.unwrap();
    (rendered, signed)
}

#[tokio::test]
async fn pyhanko_and_poppler_trust_a_seal_of_every_kind_of_key() {
    for key in [Key::P256, Key::P384, Key::Rsa2048] {
        let certificate = OfficeCertificate::new(key);

        let (_, signed) = sealed(signer(&certificate).as_ref()).await;

        let said = certificate.pyhanko(&signed.pdf);
        assert_eq!(
            said,
            [json!({
                "field": "SegelElektronik",
                "subfilter": "/ETSI.CAdES.detached",
                "intact": true,
                "valid": true,
                "trusted": true,
                "coverage": "ENTIRE_FILE",
                "bottom_line": true,
                "signer": format!("Organization: Direktorat Jenderal Pajak, Common Name: {NAME}"),
                "attributes": ["content_type", "message_digest", "signing_certificate_v2"],
                "time": "2026-07-15T02:30:00+00:00",
            })],
            "{key:?}"
        );
        let poppler = certificate.said_by("pdfsig", &["-nocert"], &signed.pdf);
        for line in
            ["Signature is Valid.", "Total document signed", "Signature Type: ETSI.CAdES.detached", NAME]
        {
            assert!(poppler.contains(line), "{key:?}: {line} is missing in {poppler}");
        }
        let qpdf = certificate.said_by("qpdf", &["--check"], &signed.pdf);
        assert!(qpdf.contains("No syntax or stream encoding errors found"), "{qpdf}");
    }
}

#[tokio::test]
async fn the_letter_as_it_was_rendered_is_the_beginning_of_the_sealed_file() {
    let certificate = OfficeCertificate::new(Key::P256);

    let (rendered, signed) = sealed(signer(&certificate).as_ref()).await;

    assert!(signed.pdf.starts_with(&rendered.pdf));
    assert_eq!(signed.unsigned_length, rendered.pdf.len());
    assert_eq!(unsigned_length(&signed.pdf), Some(rendered.pdf.len()));
    assert_eq!(unsigned_length(&rendered.pdf), None);
}

#[tokio::test]
async fn the_same_letter_time_and_key_give_the_same_bytes() {
    for key in [Key::P256, Key::P384, Key::Rsa2048] {
        let certificate = OfficeCertificate::new(key);
        let signer = signer(&certificate);

        let (_, first) = sealed(signer.as_ref()).await;
        let (_, second) = sealed(signer.as_ref()).await;

        assert!(first.pdf == second.pdf, "{key:?}");
    }
}

#[tokio::test]
async fn a_changed_byte_is_detected_wherever_it_is() {
    let certificate = OfficeCertificate::new(Key::P256);
    let (_, signed) = sealed(signer(&certificate).as_ref()).await;
    let text = String::from_utf8_lossy(&signed.pdf).into_owned();
    let own = signed.pdf.iter().rposition(|byte| *byte == b'/').unwrap();
    assert!(text.contains("/M(D:20260715023000Z)"));

    // In the letter, in the time of the seal, and in what follows the seal.
    let month = signed.pdf.windows(6).position(|window| window == b"(D:202").unwrap() + 8;
    for (at, byte) in [(signed.unsigned_length / 2, None), (month, Some(b'8')), (own + 1, Some(b'Q'))] {
        let mut forged = signed.pdf.clone();
        forged[at] = byte.unwrap_or(forged[at] ^ 1);
        let poppler = certificate.said_by("pdfsig", &["-nocert"], &forged);
        assert!(!poppler.contains("Signature is Valid."), "at {at}: {poppler}");
    }
    let mut longer = signed.pdf.clone();
    longer.extend(b"\n% lagi\n");
    let poppler = certificate.said_by("pdfsig", &["-nocert"], &longer);
    assert!(!poppler.contains("Total document signed"), "{poppler}");
}

#[tokio::test]
async fn the_seal_surrounds_the_signature_block_and_is_read_out_after_it() {
    let certificate = OfficeCertificate::new(Key::P256);
    let (rendered, signed) = sealed(signer(&certificate).as_ref()).await;
    let area = rendered.signature.unwrap();

    let document = lopdf::Document::load_mem(&signed.pdf).unwrap();
    let page = document.get_pages()[&area.page];
    let widget = document.get_page_annotations(page).unwrap()[0];
    assert_eq!(widget.get(b"FT").unwrap().as_name().unwrap(), b"Sig");
    let rectangle: Vec<f32> = widget
        .get(b"Rect")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge.as_float().unwrap())
        .collect();
    assert_eq!(rectangle, [area.left, area.bottom, area.right, area.top]);

    // Every word of the block is inside the frame, and no other.
    let [left, top] = [area.left, 841.89 - area.top].map(|edge| edge.round().to_string());
    let [width, height] =
        [area.right - area.left, area.top - area.bottom].map(|length| length.round().to_string());
    let number = area.page.to_string();
    let arguments = ["-f", &number, "-l", &number, "-x", &left, "-y", &top, "-W", &width, "-H", &height];
    std::fs::write(certificate.path("surat.pdf"), &signed.pdf).unwrap();
    let block = std::process::Command::new("pdftotext")
        .args(arguments)
        .args(["surat.pdf", "-"])
        .current_dir(certificate.path(""))
        .output()
        .unwrap();
    let block = String::from_utf8(block.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(block.starts_with("a.n. Kepala Kantor"), "{block}");
    for words in ["Ditandatangani secara elektronik", "NIP", "disegel secara elektronik", NAME] {
        assert!(block.contains(words), "{words} is missing in {block}");
    }
    assert!(block.ends_with("(Direktorat Jenderal Pajak)."), "{block}");

    let tree = certificate.said_by("pdfinfo", &["-struct-text"], &signed.pdf);
    let (before, after) = tree.split_once("Form").unwrap_or_else(|| panic!("{tree}"));
    assert!(before.contains("disegel secara elektronik") && after.contains("tidak dipungut biaya"), "{tree}");
}

#[tokio::test]
async fn a_letter_without_a_certificate_does_not_mention_a_seal() {
    let kind = LetterKind::ActivationNotice;
    let plain = TEMPLATES.render(kind, &TEMPLATES.sample(kind)).unwrap();
    let certificate = OfficeCertificate::new(Key::P256);

    let text = certificate.said_by("pdftotext", &["-q"], &plain.pdf);

    assert!(!text.contains("segel") && unsigned_length(&plain.pdf).is_none());
}

#[test]
fn a_file_in_the_old_encryption_opens_and_a_wrong_passphrase_is_named() {
    let certificate = OfficeCertificate::new(Key::P256);
    let old = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    let old = certificate.export("old.p12", &old);
    assert!(open_file(&old, &passphrase()).is_ok());

    let fault = |path: &str, passphrase: &str| {
        open_file(&certificate.path(path), &SecretString::from(passphrase)).err().unwrap().to_string()
    };
    assert!(fault("office.p12", "salah").starts_with("passphrase: does not open "));
    assert!(fault("none.p12", PASSPHRASE).contains("cannot be read"));
    assert!(fault("office.pem", PASSPHRASE).contains("is not a PKCS #12 file"));
}

#[tokio::test]
async fn a_certificate_that_is_not_in_force_or_not_for_signatures_signs_nothing() {
    let ended = OfficeCertificate::in_years(2020, 2026);
    let signer = signer(&ended);
    let chain = signer.chain().await.unwrap();
    let rendered = letter(&chain);
    let area = rendered.signature.unwrap();
    let refused = sign(signer.as_ref(), Arc::clone(&chain), rendered.pdf, area, now()).await.unwrap_err();
    assert!(matches!(&refused, SignerFailure::Refused(why) if why.contains("was valid until 2026-01-01")));
    let early: DateTime<Utc> = "2019-12-31T00:00:00Z".parse().unwrap();
    assert!(chain.check(early).unwrap_err().to_string().contains("valid from 2020-01-01"));

    let encrypts = OfficeCertificate::for_encryption_only();
    let fault = open_file(&encrypts.path("office.p12"), &passphrase()).err().unwrap().to_string();
    assert!(fault.contains("not for signatures"), "{fault}");
}

#[tokio::test]
async fn people_are_told_thirty_days_before_a_certificate_ends() {
    let chain = signer(&OfficeCertificate::in_years(2020, 2027)).chain().await.unwrap();
    let at = |text: &str| text.parse().unwrap();

    assert_eq!(chain.ending(at("2026-12-01T23:59:59Z")), None);
    assert_eq!(chain.ending(at("2026-12-02T00:00:00Z")), Some(at("2027-01-01T00:00:00Z")));
    assert_eq!(chain.ending(at("2027-02-01T00:00:00Z")), Some(at("2027-01-01T00:00:00Z")));
}

/// A service that answers over the network: with what another signer says, or with nonsense.
struct Service {
    announced: Arc<dyn PdfSigner>,
    answers: Box<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>,
    asks: Arc<dyn PdfSigner>,
    about: Option<[u8; 32]>,
}

#[async_trait]
impl PdfSigner for Service {
    async fn chain(&self) -> Result<Arc<CertificateChain>, SignerFailure> {
        self.announced.chain().await
    }

    async fn sign(&self, document: &[u8; 32]) -> Result<Vec<u8>, SignerFailure> {
        let answer = self.asks.sign(self.about.as_ref().unwrap_or(document)).await?;
        Ok((self.answers)(answer))
    }
}

#[tokio::test]
async fn an_answer_that_does_not_verify_is_never_put_on_a_letter() {
    let (own, other) = (OfficeCertificate::new(Key::P256), OfficeCertificate::new(Key::P256));
    let (own, other) = (signer(&own), signer(&other));
    let service = |asks: &Arc<dyn PdfSigner>, about, answers| Service {
        announced: Arc::clone(&own),
        answers,
        asks: Arc::clone(asks),
        about,
    };
    let as_it_is = || Box::new(|answer| answer);

    let honest = service(&own, None, as_it_is());
    sealed(&honest).await;

    for (liar, why) in [
        (service(&own, Some([7; 32]), as_it_is()), "about another document"),
        (service(&other, None, as_it_is()), "with another certificate"),
        (service(&own, None, Box::new(|_| b"maaf".to_vec())), "not a CMS"),
        (
            service(
                &own,
                None,
                Box::new(|mut answer| {
                    let last = answer.len() - 1;
                    answer[last] ^= 1;
                    answer
                }),
            ),
            "does not verify",
        ),
    ] {
        let chain = liar.chain().await.unwrap();
        let rendered = letter(&chain);
        let area = rendered.signature.unwrap();
        let failure = sign(&liar, chain, rendered.pdf, area, now()).await.unwrap_err();
        assert!(matches!(&failure, SignerFailure::Away(said) if said.contains(why)), "{why}: {failure}");
    }
}
