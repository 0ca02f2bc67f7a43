//! The steps of a request's life through the real interface, for tests that tell a whole story.

use std::process::Command;

use aktivasi::demo::inbox::mail::ReadableMail;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, TestApp};

pub const NPWP: &str = "99.999.134.2-031.000";
pub const EMAIL: &str = "pajak.tirtaloka@example.com";
pub const NAME: &str = "CV Tirtaloka Semburat Jaya";
pub const SIGNER: &str = "Wisnu Mandalika";

/// Staff and calendar that the seed lacks: a second officer, supervisors, and the years around the test clock.
pub async fn prepare(app: &TestApp) {
    for sql in [
        "insert into calendar_versions (changed_at, changed_by, note) values ('2026-01-01Z', 'test', 'test')",
        "insert into calendar_years (year, calendar_version)
         select year, (select max(calendar_version) from calendar_versions) from unnest(array[2025, 2026, 2027]) as year",
        "insert into staff (staff_id, username, name, nip, office_code, kanwil, password_hash, created_at)
         select ('00000000-0000-7000-8000-0000000000' || n)::uuid, people.username, initcap(people.username),
                lpad(n, 18, '8'), people.office, people.kanwil, staff.password_hash, '2026-01-01Z'
         from (values ('11', 'khusus2', '031', null), ('12', 'khusus.952', '952', null),
                      ('13', 'kanwil', null, 'Kanwil DJP Jakarta Barat'), ('14', 'nasional', null, null))
              as people (n, username, office, kanwil)
         cross join staff where staff.username = 'tpt'",
        "insert into staff_roles (staff_id, role, scope)
         select staff_id, held.role, held.scope from staff join (values ('khusus2', 'special_officer', 'office'),
             ('khusus.952', 'special_officer', 'office'), ('kanwil', 'supervisor', 'kanwil'),
             ('nasional', 'supervisor', 'national')) as held (username, role, scope) using (username)",
        "insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, recorded_at, recorded_by)
         select gen_random_uuid(), staff_id, office_code, 'KEP-' || username, '2026-01-02', '2026-01-05', '2026-01-02Z', 'test'
         from staff where username in ('khusus2', 'khusus.952')",
    ] {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    }
}

/// A confirmed PKP with evidence, registered at 031, whose signer the registry knows.
pub async fn register(app: &TestApp, npwp15: &str, email: &str) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into taxpayers (taxpayer_id, canonical, npwp15, kind, name, office_code, address, city, province, email,
             pkp_status, evidence_case, evidence_number, evidence_on, sppkp_number, sppkp_on, sppkp_office, source, updated_at)
         values ($1, $2, $2, 'entity', $3, '031', 'Jl. Percobaan Cendana No. 13', 'Jakarta Barat', 'DKI Jakarta', $4,
             'confirmed', 'b', 'LHV-529/KPP.031/2019', '2019-06-11', 'S-125PKP/KPP.031/2015', '2015-09-25', '031',
             'test', '2026-01-01Z')",
    )
    .bind(id)
    .bind(npwp15)
    .bind(NAME)
    .bind(email)
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into persons (person_id, taxpayer_id, name, position, capacity, id_kind, id_last4, updated_at)
         values (gen_random_uuid(), $1, $2, 'Direktur Utama', 'pengurus', 'ktp', '7694', '2026-01-01Z')",
    )
    .bind(id)
    .bind(SIGNER)
    .execute(&app.pool)
    .await
    .unwrap();
    id
}

pub async fn uploads(app: &TestApp, token: &str, kind: &str) -> String {
    let mut url = reqwest::Url::parse(&app.url("/documents")).unwrap();
    url.query_pairs_mut().extend_pairs([("kind", kind), ("file_name", "berkas.pdf")]);
    let request = app.client.post(url).bearer_auth(token).body(b"%PDF-1.7 contoh".to_vec());
    Answer::of(request).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// The form of a kind, with everything that its filer must say.
pub fn form(kind: &str, documents: &[String]) -> Value {
    let mut form = json!({
        "kind": kind,
        "office_code": "031",
        "tax_id": NPWP,
        "pkp_name": NAME,
        "pkp_address": "Jl. Percobaan Cendana No. 13, Jakarta Barat",
        "letter": { "number": "014/TSJ/VII/2026", "place": "Jakarta Barat", "date": "2026-07-09" },
        "signer": { "name": SIGNER, "position": "Direktur Utama", "capacity": "pengurus" },
        "email": EMAIL,
        "documents": documents,
    });
    match kind {
        "reprint" => form["reprint"] = json!({ "reason": "illegible" }),
        "move_office" => {
            form["previous_office"] = json!("KPP Pratama Bogor");
            form["old_letter"] = json!({ "number": "S-170/KPP.202/2017", "date": "2017-02-11" });
        }
        _ => {}
    }
    form
}

/// Which documents a kind needs.
fn papers(kind: &str) -> &'static [&'static str] {
    match kind {
        "update_email" => &["application_letter", "identity_card", "original_notice"],
        "move_office" => &["application_letter", "identity_card", "original_notice", "sppkp"],
        _ => &["application_letter", "identity_card"],
    }
}

pub async fn sends(app: &TestApp, token: &str, key: &str, body: &Value) -> Answer {
    let request =
        app.client.post(app.url("/requests")).bearer_auth(token).header("idempotency-key", key).json(body);
    Answer::of(request).await
}

/// Files online, with `change` made to the form; the receipt.
pub async fn files(app: &TestApp, kind: &str, email: &str, change: impl FnOnce(&mut Value)) -> Value {
    let token = app.proves_address(email).await;
    let mut documents = Vec::new();
    for paper in papers(kind) {
        documents.push(uploads(app, &token, paper).await);
    }
    let mut body = form(kind, &documents);
    body["email"] = json!(email);
    change(&mut body);
    sends(app, &token, &Uuid::new_v4().to_string(), &body).await.expect(201)
}

/// Claims a request and drafts a decision; the request as it stands then.
pub async fn drafts(app: &TestApp, officer: &str, id: &str, decision: &str, reasons: Value) -> Value {
    app.post(&format!("/requests/{id}/claim"), Some(officer), json!({})).await.expect(200);
    app.post(
        &format!("/requests/{id}/draft"),
        Some(officer),
        json!({ "decision": decision, "reasons": reasons }),
    )
    .await
    .expect(200)
}

/// Signs the draft that waits.
pub async fn signs(app: &TestApp, head: &str, drafted: &Value) -> Answer {
    let id = drafted["request_id"].as_str().unwrap();
    let digest = format!("\"{}\"", drafted["draft"]["digest"].as_str().unwrap());
    let request = app
        .client
        .post(app.url(&format!("/requests/{id}/signature")))
        .bearer_auth(head)
        .header("if-match", digest)
        .json(&json!({}));
    Answer::of(request).await
}

/// From filing to signature; the request as it stands then.
pub async fn is_granted(app: &TestApp, kind: &str, email: &str) -> Value {
    let receipt = files(app, kind, email, |_| {}).await;
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let drafted = drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
    signs(app, &head, &drafted).await.expect(200)
}

/// Everything that an address got so far.
pub fn mails_to(app: &TestApp, address: &str) -> Vec<ReadableMail> {
    let all = app.smtp.received();
    all.iter()
        .map(|delivery| ReadableMail::parse(&delivery.content))
        .filter(|mail| mail.to.iter().any(|to| to.contains(address)))
        .collect()
}

/// The last path of this sort in the mails of an address.
pub fn link(app: &TestApp, address: &str, start: &str) -> String {
    let mails = mails_to(app, address);
    let texts = mails.iter().rev().filter_map(|mail| mail.text.find(start).map(|at| &mail.text[at..]));
    texts.map(|text| text.split_whitespace().next().unwrap().to_owned()).next().unwrap()
}

pub fn page_url(app: &TestApp, path: &str) -> String {
    format!("http://{}{path}", app.address)
}

/// The text of a PDF as a reader sees it.
pub fn pdf_text(pdf: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("aktivasi-{}.pdf", Uuid::new_v4()));
    std::fs::write(&path, pdf).unwrap();
    let out = Command::new("pdftotext").args(["-layout"]).arg(&path).arg("-").output().unwrap();
    std::fs::remove_file(&path).unwrap();
    String::from_utf8(out.stdout).unwrap()
}

/// What looks like a Kode Aktivasi: three groups of four.
pub fn codes_in(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| {
            word.len() == 14
                && word.split('-').count() == 3
                && word.split('-').all(|group| {
                    group.len() == 4 && group.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                })
        })
        .map(str::to_owned)
        .collect()
}

/// Opens a request by its receipt; the tracking token.
pub async fn opens(app: &TestApp, receipt: &Value) -> String {
    let body =
        json!({ "receipt_number": receipt["receipt_number"], "tracking_code": receipt["tracking_code"] });
    app.post("/tracking", None, body).await.expect(200)["token"].as_str().unwrap().to_owned()
}

/// The tracking token of a fresh request whose NPWP nobody knows.
pub async fn follows(app: &TestApp) -> String {
    let email = format!("{}@example.com", Uuid::new_v4().simple());
    let receipt = files(app, "new_credentials", &email, |_| {}).await;
    opens(app, &receipt).await
}
