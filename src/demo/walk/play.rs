//! The steps of a walk.

use chrono::Utc;
use reqwest::{Method, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    client::{Client, answer},
    pkp::Pkp,
};
use crate::{
    admin::Failure,
    clock::{Clock, SystemClock},
    demo::staff::Login,
};

const OFFICE: &str = "031";
/// The smallest thing that is a PDF by its content.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

pub(super) struct Play {
    client: Client,
    pkp: Pkp,
    /// Moved here from KPP 202, with the pair from there.
    mover: Pkp,
    logins: Vec<Login>,
}

/// One request of the walk.
struct Scene<'a> {
    pkp: &'a Pkp,
    kind: &'static str,
    /// Beside the application letter and the identity card.
    documents: &'static [&'static str],
    /// Fields of the form that this kind has.
    extra: Value,
    email: String,
}

impl Play {
    pub(super) fn new(client: Client, pkp: Pkp, mover: Pkp, logins: Vec<Login>) -> Self {
        Self { client, pkp, mover, logins }
    }

    /// New credentials with the password by link, its reprint and a new address; then another PKP that moved here, with
    /// the password by e-mail.
    pub(super) async fn whole(&self) -> Result<(), Failure> {
        told(&format!("{} and {} imported", self.pkp.name, self.mover.name));
        self.deliver_passwords_by("link").await?;
        let first = self.scene("new_credentials", &[], json!({})).await?;
        told(&format!("letter {first} in the inbox"));
        self.scene("reprint", &["damaged_letter"], json!({ "reprint": { "reason": "damaged" } })).await?;
        let new_address = format!("baru.{}", self.pkp.email);
        let update = Scene {
            pkp: &self.pkp,
            kind: "update_email",
            documents: &["original_notice"],
            extra: json!({}),
            email: new_address,
        };
        self.play(&update).await?;
        self.deliver_passwords_by("email").await?;
        let old = json!({ "previous_office": "202", "old_letter": { "number": "S-1/KPP.202/2020", "date": "2020-02-03" } });
        let moved = Scene {
            pkp: &self.mover,
            kind: "move_office",
            documents: &["original_notice", "sppkp"],
            extra: old,
            email: self.mover.email.clone(),
        };
        self.play(&moved).await?;
        self.deliver_passwords_by("link").await?;
        told("all four kinds, both ways of the password");
        Ok(())
    }

    async fn scene(
        &self,
        kind: &'static str,
        documents: &'static [&'static str],
        extra: Value,
    ) -> Result<String, Failure> {
        self.play(&Scene { pkp: &self.pkp, kind, documents, extra, email: self.pkp.email.clone() }).await
    }

    /// From the proof of the address to the letter in the inbox. Gives the number of the letter.
    async fn play(&self, scene: &Scene<'_>) -> Result<String, Failure> {
        let proof = self.prove(&scene.email).await?;
        let filed = self.file(scene, &proof).await?;
        let seen = self.client.newest(&scene.email).await?;
        let number = self.decide(scene.kind, &filed).await?;
        let ((), mail) = self
            .client
            .wait("the letter", &scene.email, seen, |mail| {
                (mail.attachments > 0 && mail.subject.contains(&number)).then_some(())
            })
            .await?;
        if !self.client.attachment(&mail, 0).await?.starts_with(b"%PDF") {
            return Err(Failure::new("the attachment of the mail is no PDF"));
        }
        told(&format!("{}: PDF in the inbox of {}", scene.kind, scene.email));
        // A reprint changes no password.
        if scene.kind != "reprint" {
            self.password(scene, seen).await?;
        }
        Ok(number)
    }

    async fn prove(&self, email: &str) -> Result<String, Failure> {
        let seen = self.client.newest(email).await?;
        let asked =
            self.client.post("/email-proofs", "", &json!({ "email": email, "office_code": OFFICE })).await?;
        let (code, _) = self.client.wait("the code", email, seen, |mail| six_digits(&mail.text)).await?;
        let path = format!("/email-proofs/{}/confirmation", text(&asked, "proof_id")?);
        let proven = self.client.post(&path, "", &json!({ "code": code })).await?;
        told(&format!("{email} proven by the code in the inbox"));
        text(&proven, "token")
    }

    async fn file(&self, scene: &Scene<'_>, proof: &str) -> Result<String, Failure> {
        let mut documents = Vec::new();
        for kind in ["application_letter", "identity_card"].iter().chain(scene.documents) {
            let path = format!("/documents?kind={kind}&file_name={kind}.pdf");
            let upload = self.client.call(Method::POST, &path, proof);
            let stored =
                answer(&path, upload.header(header::CONTENT_TYPE, "application/pdf").body(PDF)).await?;
            documents.push(text(&stored, "id")?);
        }
        told(&format!("{}: {} documents uploaded", scene.kind, documents.len()));
        let filing = self.client.call(Method::POST, "/requests", proof);
        let filing = filing
            .header("Idempotency-Key", uuid::Uuid::new_v4().to_string())
            .json(&Self::form(scene, &documents));
        let receipt = answer("/requests", filing).await?;
        told(&format!("{}: received as {}", scene.kind, text(&receipt, "receipt_number")?));
        text(&receipt, "request_id")
    }

    fn form(scene: &Scene<'_>, documents: &[String]) -> Value {
        let now: chrono::DateTime<Utc> = SystemClock.now();
        let mut form = json!({
            "kind": scene.kind,
            "office_code": OFFICE,
            "tax_id": scene.pkp.tax_id,
            "pkp_name": scene.pkp.name,
            "pkp_address": scene.pkp.address,
            "letter": { "number": "001/JALAN", "place": "Jakarta Barat", "date": now.date_naive() },
            "signer": { "name": scene.pkp.signer, "position": "Direktur Utama", "capacity": "pengurus" },
            "email": scene.email,
            "documents": documents,
        });
        if let (Value::Object(form), Value::Object(extra)) = (&mut form, &scene.extra) {
            form.extend(extra.clone());
        }
        form
    }

    /// Claim, draft, signature. Gives the number of the letter.
    async fn decide(&self, kind: &str, request: &str) -> Result<String, Failure> {
        let officer = self.sign_in("khusus.031").await?;
        self.client.post(&format!("/requests/{request}/claim"), &officer, &json!({})).await?;
        let grant = json!({ "decision": "grant", "reasons": [] });
        let drafted = self.client.post(&format!("/requests/{request}/draft"), &officer, &grant).await?;
        told(&format!("{kind}: claimed and drafted"));
        let head = self.sign_in("kasi.031").await?;
        let path = format!("/requests/{request}/signature");
        let digest = format!("\"{}\"", text(&drafted["draft"], "digest")?);
        let signing =
            self.client.call(Method::POST, &path, &head).header(header::IF_MATCH, digest).json(&json!({}));
        let signed = answer(&path, signing).await?;
        let letters = signed["letters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let number =
            letters.iter().rev().find_map(|letter| letter["number"].as_str()).unwrap_or("-").to_owned();
        told(&format!("{kind}: signed, letter {number}"));
        Ok(number)
    }

    async fn sign_in(&self, username: &str) -> Result<String, Failure> {
        let login = self
            .logins
            .iter()
            .find(|login| login.username == username)
            .ok_or_else(|| Failure::new(format!("the demonstration has no account {username}")))?;
        let body = json!({ "username": username, "password": login.password.expose_secret() });
        text(&self.client.post("/sessions", "", &body).await?, "access_token")
    }

    /// The password comes by a mail of its own: itself, or a link to the page that shows it.
    async fn password(&self, scene: &Scene<'_>, seen: u64) -> Result<(), Failure> {
        let (link, _) = self
            .client
            .wait("the password", &scene.email, seen, |mail| {
                mail.subject.ends_with("Password e-Nofa").then(|| link(&mail.text))
            })
            .await?;
        let Some(link) = link else {
            told(&format!("{}: password in a mail of its own", scene.kind));
            return Ok(());
        };
        if !self.client.press(&link, &scene.pkp.tax_id).await?.contains("class=\"ak-password\"") {
            return Err(Failure::new("the page of the password link shows no password"));
        }
        told(&format!(
            "{}: password shown by the one-time link, which came in a mail of its own",
            scene.kind
        ));
        Ok(())
    }

    /// The operator sets how the office delivers passwords.
    async fn deliver_passwords_by(&self, way: &str) -> Result<(), Failure> {
        let operator = self.sign_in("operator").await?;
        let path = format!("/office-settings/{OFFICE}");
        let mut settings = self.client.get(&path, &operator).await?;
        let version = format!("\"v{}\"", settings["version"]);
        let Value::Object(fields) = &mut settings else {
            return Err(Failure::new("no settings of the office"));
        };
        fields.retain(|name, _| !matches!(name.as_str(), "version" | "office_code" | "name" | "time_zone"));
        fields.insert("password_delivery".to_owned(), json!(way));
        let saving =
            self.client.call(Method::PUT, &path, &operator).header(header::IF_MATCH, version).json(&settings);
        answer(&path, saving).await?;
        told(&format!("office {OFFICE} delivers passwords by {way}"));
        Ok(())
    }
}

fn told(step: &str) {
    println!("✓ {step}");
}

fn text(value: &Value, field: &str) -> Result<String, Failure> {
    value[field].as_str().map(str::to_owned).ok_or_else(|| Failure::new(format!("the answer has no {field}")))
}

/// The first run of exactly six digits.
fn six_digits(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).map(str::to_owned)
}

/// The link to the page that shows a password.
fn link(text: &str) -> Option<String> {
    text.split_whitespace()
        .find(|word| word.contains("/p/akp_"))
        .map(|word| word.trim_end_matches('.').to_owned())
}
