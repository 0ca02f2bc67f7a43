//! The signing desk as its people use it, without script.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

pub const NUMBERS: [&str; 3] = ["999991342031000", "999991516041000", "999991680061000"];
const DESK: &str = "/tanda-tangan";

/// Grants that wait for a signature, each of a PKP of its own. The addresses are those of the registry.
pub async fn drafts(app: &TestApp, count: usize) -> Vec<Value> {
    let officer = app.signs_in("khusus").await;
    let mut drafts = Vec::new();
    for (index, number) in NUMBERS.iter().take(count).enumerate() {
        let email = format!("pajak{index}@example.com");
        story::register(app, number, &email).await;
        let receipt =
            story::files(app, "new_credentials", &email, |form| form["tax_id"] = json!(number)).await;
        let id = receipt["request_id"].as_str().unwrap().to_owned();
        drafts.push(story::drafts(app, &officer, &id, "grant", json!([])).await);
        app.advance(TimeDelta::seconds(1));
    }
    drafts
}

fn id(draft: &Value) -> &str {
    draft["request_id"].as_str().unwrap()
}

fn receipt(draft: &Value) -> &str {
    draft["rounds"][0]["receipt_number"].as_str().unwrap()
}

/// What can be ticked, or will be signed, on a page.
fn named(seen: &Seen) -> Vec<String> {
    let values = seen.html.split("name=\"draft\" value=\"").skip(1);
    values.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn chooses_all(visitor: &Visitor<'_>, desk: &Seen) -> Seen {
    let chosen = named(desk);
    let fields: Vec<(&str, &str)> = chosen.iter().map(|value| ("draft", value.as_str())).collect();
    let confirm = visitor.sends(desk, "/tanda-tangan/periksa", &fields).await.expect(200);
    assert_eq!(named(&confirm), chosen);
    confirm
}

async fn signs(visitor: &Visitor<'_>, confirm: &Seen) -> Seen {
    let chosen = named(confirm);
    let fields: Vec<(&str, &str)> = chosen.iter().map(|value| ("draft", value.as_str())).collect();
    visitor.sends(confirm, DESK, &fields).await.expect(200)
}

async fn signs_all(visitor: &Visitor<'_>, desk: &Seen) -> Seen {
    signs(visitor, &chooses_all(visitor, desk).await).await
}

#[tokio::test]
async fn a_section_head_reads_the_letter_with_dots_and_signs_it() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let draft = drafts(&app, 1).await.remove(0);
        let visitor = Visitor::new(&app);
        let desk = visitor.signs_in("kasi").await.expect(200);
        assert_eq!(desk.path, DESK, "the day of a section head begins here");
        assert!(desk.says("Menunggu tanda tangan 1 surat") && desk.says(receipt(&draft)));
        assert!(desk.says("disusun Khusus"));

        let page = visitor.opens(&format!("{DESK}/{}", id(&draft))).await.expect(200);
        assert!(page.says("Pemberitahuan Kode Aktivasi") && page.says(story::NAME), "{}", page.text());
        assert!(page.html.contains("••••") && story::codes_in(&page.text()).is_empty());
        assert!(page.says("Kode disembunyikan"));
        let pdf = visitor.opens(&format!("{DESK}/{}/surat.pdf", id(&draft))).await.expect(200);
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert_eq!(app.count("select count(*) from audit_events where act = 'view_draft'").await, 2);

        let signed = visitor.sends(&page, DESK, &[]).await.expect(200);

        assert!(signed.says("1 dari 1 berhasil"), "{}", signed.text());
        assert!(signed.says("ditandatangani dengan nomor S-1/KPP.031/2026"));
        assert!(signed.says("Tidak ada konsep yang menunggu tanda tangan"));
    })
    .await;
}

#[tokio::test]
async fn many_are_signed_at_once_and_each_row_says_what_came_of_it() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let drafts = drafts(&app, 3).await;
        let visitor = Visitor::staff(&app, "kasi").await;
        let desk = visitor.opens(DESK).await.expect(200);
        let order: Vec<usize> = drafts.iter().map(|draft| desk.html.find(receipt(draft)).unwrap()).collect();
        assert!(order.is_sorted(), "the most urgent comes first");

        let confirm = chooses_all(&visitor, &desk).await;
        // Another head sends one back while this one is reading.
        app.employs("kasi2", "section_head", "031").await;
        let other = app.signs_in("kasi2").await;
        let reason = json!({ "reason": "Periksa alamat" });
        app.post(&format!("/requests/{}/send-back", id(&drafts[1])), Some(&other), reason).await.expect(200);

        let result = signs(&visitor, &confirm).await;

        assert!(result.says("2 dari 3 berhasil"), "{}", result.text());
        assert!(result.says("nomor S-1/KPP.031/2026") && result.says("nomor S-2/KPP.031/2026"));
        assert!(result.says("konsep dikirim balik oleh Kasi2 pukul 16.00 WIB"), "{}", result.text());
        assert_eq!(app.count("select count(*) from letters where signed_by is not null").await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_late_is_signed_with_its_cause_only() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let draft = drafts(&app, 1).await.remove(0);
        app.advance(TimeDelta::days(10));
        let visitor = Visitor::staff(&app, "kasi").await;
        let page = visitor.opens(&format!("{DESK}/{}", id(&draft))).await.expect(200);
        let field = format!("cause-{}", id(&draft));
        let cause = "Gangguan <b>jaringan</b> kantor 13 Juli";

        let beside = format!("detail-{}", id(&draft));

        let missing = visitor.sends(&page, DESK, &[(&field, "  ")]).await.expect(422);
        assert!(missing.says("Pilih alasan mengapa"), "{}", missing.text());
        assert!(
            missing.html.contains(&format!("href=\"#{field}\"")) && missing.html.contains("<title>Galat:")
        );
        let unlisted = visitor.sends(&page, DESK, &[(&field, "malas")]).await.expect(422);
        assert!(unlisted.says("Pilih alasan mengapa"), "{}", unlisted.text());
        let bare = visitor.sends(&page, DESK, &[(&field, "other")]).await.expect(422);
        assert!(bare.says("Jelaskan dalam satu kalimat"), "{}", bare.text());
        assert!(bare.html.contains("<option value=\"other\" selected>"), "nothing chosen is lost");
        let wrong = [(field.as_str(), "other"), (&beside, "a\u{1F600}b")];
        let wrong = visitor.sends(&missing, DESK, &wrong).await.expect(422);
        assert!(
            wrong.says("tidak dapat dicetak") && wrong.html.contains("a\u{1F600}b"),
            "nothing typed is lost"
        );
        let right = [(field.as_str(), "system_outage"), (&beside, cause)];
        let signed = visitor.sends(&wrong, DESK, &right).await.expect(200);

        assert!(signed.says("1 dari 1 berhasil"));
        let kept: (String, String) = sqlx::query_as("select overdue_cause_code, overdue_cause from rounds")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(kept, ("system_outage".to_owned(), cause.to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_draft_goes_back_with_a_reason_and_whoever_comes_late_hears_of_it() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let draft = drafts(&app, 1).await.remove(0);
        app.employs("kasi2", "section_head", "031").await;
        let (one, two) = (Visitor::staff(&app, "kasi").await, Visitor::staff(&app, "kasi2").await);
        let path = format!("{DESK}/{}", id(&draft));
        let (page, seen) = (one.opens(&path).await.expect(200), two.opens(&path).await.expect(200));
        let back = format!("{path}/kirim-balik");

        let empty = one.sends(&page, &back, &[("reason", " ")]).await.expect(422);
        assert!(empty.says("Isi apa yang perlu diperbaiki"));
        let done = one.sends(&empty, &back, &[("reason", "Alamat PKP salah ketik")]).await.expect(200);
        assert!(done.says(&format!("Konsep {} dikirim balik", receipt(&draft))), "{}", done.text());

        for late in [
            two.sends(&seen, DESK, &[]).await,
            two.sends(&seen, &back, &[("reason", "x")]).await,
            two.opens(&path).await,
        ] {
            let late = late.expect(200);
            assert!(late.path.starts_with("/tanda-tangan?hasil="), "{}", late.path);
            assert!(late.says("konsep dikirim balik oleh Kasi pukul"), "{}", late.text());
        }
        let reason: String =
            sqlx::query_scalar("select sent_back_reason from drafts").fetch_one(&app.pool).await.unwrap();
        assert_eq!(reason, "Alamat PKP salah ketik");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_press_at_once_one_signs_and_the_other_hears_who() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        drafts(&app, 1).await;
        app.employs("kasi2", "section_head", "031").await;
        let (one, two) = (Visitor::staff(&app, "kasi").await, Visitor::staff(&app, "kasi2").await);
        let mine = chooses_all(&one, &one.opens(DESK).await).await;
        let theirs = chooses_all(&two, &two.opens(DESK).await).await;

        let (first, second) = tokio::join!(signs(&one, &mine), signs(&two, &theirs));

        let won = [&first, &second].iter().filter(|seen| seen.says("1 dari 1 berhasil")).count();
        assert_eq!(won, 1, "{} | {}", first.text(), second.text());
        let lost = if first.says("1 dari 1 berhasil") { &second } else { &first };
        let winner = if first.says("1 dari 1 berhasil") { "Kasi" } else { "Kasi2" };
        assert!(
            lost.says(&format!("sudah ditandatangani {winner} pukul 16.00 WIB, nomor S-1/KPP.031/2026")),
            "{}",
            lost.text()
        );
        assert_eq!(app.count("select count(*) from letters where signed_by is not null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn pressing_twice_signs_once_and_answers_alike() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        drafts(&app, 2).await;
        let visitor = Visitor::staff(&app, "kasi").await;
        let confirm = chooses_all(&visitor, &visitor.opens(DESK).await.expect(200)).await;

        let (first, again) = tokio::join!(signs(&visitor, &confirm), signs(&visitor, &confirm));

        for seen in [&first, &again] {
            assert!(seen.says("2 dari 2 berhasil"), "{}", seen.text());
        }
        assert_eq!(app.count("select count(*) from letters where signed_by is not null").await, 2);
        assert_eq!(
            app.count("select max(last_number)::bigint from letter_series where series = 'S'").await,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn who_acts_for_the_section_head_signs_within_the_dates_and_not_what_they_keyed_in() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let drafts = drafts(&app, 2).await;
        sqlx::query(
            "insert into acting_appointments (acting_id, staff_id, office_code, kind, from_on, until_on, recorded_at, recorded_by)
             select gen_random_uuid(), staff_id, '031', 'Plh.', '2026-07-10', '2026-07-10', '2026-07-01Z', 'test'
             from staff where username in ('khusus2', 'khusus')",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        let drafter = Visitor::staff(&app, "khusus").await;
        let desk = drafter.opens(DESK).await.expect(200);
        assert!(desk.says("Plh. Kepala Seksi Pelayanan"), "{}", desk.text());
        assert!(desk.says("Anda yang menyusun; pejabat lain menandatangani.") && named(&desk).is_empty());
        let own = drafter.opens(&format!("{DESK}/{}", id(&drafts[0]))).await.expect(200);
        assert!(own.says("Anda yang menyusun") && named(&own).is_empty());
        let forced = format!("{}.{}", id(&drafts[0]), drafts[0]["draft"]["digest"].as_str().unwrap());
        let desk = drafter.opens(DESK).await;
        let refused = drafter.sends(&desk, "/tanda-tangan/periksa", &[("draft", &forced)]).await.expect(200);
        assert!(refused.says("Tidak ada yang dapat ditandatangani"));

        let stand_in = Visitor::staff(&app, "khusus2").await;
        let desk = stand_in.opens(DESK).await.expect(200);
        let signed = signs_all(&stand_in, &desk).await;
        assert!(signed.says("2 dari 2 berhasil"), "{}", signed.text());
        let officials = stand_in.opens("/tanda-tangan/pejabat").await.expect(200);
        assert!(officials.says("Khusus2 Plh. 10 Jul 10 Jul Berlaku hari ini"), "{}", officials.text());

        app.advance(TimeDelta::days(1));
        let over = Visitor::staff(&app, "khusus2").await;
        over.opens(DESK).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn nobody_else_finds_the_desk_or_a_draft_of_another_office() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let draft = drafts(&app, 1).await.remove(0);
        let elsewhere = Visitor::staff(&app, "kasi.952").await;
        let desk = elsewhere.opens(DESK).await.expect(200);
        assert!(!desk.says(receipt(&draft)));
        for path in ["", "/surat.pdf"] {
            elsewhere.opens(&format!("{DESK}/{}{path}", id(&draft))).await.expect(404);
        }
        for username in ["tpt", "khusus", "operator", "kanwil"] {
            let visitor = Visitor::staff(&app, username).await;
            visitor.opens(DESK).await.expect(403);
            visitor.opens(&format!("{DESK}/{}", id(&draft))).await.expect(403);
        }
        let forged = elsewhere.opens("/tanda-tangan?hasil=AAAA").await.expect(200);
        assert!(!forged.says("berhasil"));
    })
    .await;
}

#[tokio::test]
async fn what_the_form_says_otherwise_stands_out() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, NUMBERS[0], story::EMAIL).await;
        let receipt = story::files(&app, "new_credentials", story::EMAIL, |form| {
            form["pkp_address"] = json!("Jl. Lama No. 1, Depok");
        })
        .await;
        let officer = app.signs_in("khusus").await;
        let id = receipt["request_id"].as_str().unwrap();
        story::drafts(&app, &officer, id, "grant", json!([])).await;
        let page = Visitor::staff(&app, "kasi").await.opens(&format!("{DESK}/{id}")).await.expect(200);

        assert!(page.html.contains("<mark>Jl. Lama No. 1, Depok</mark>"), "{}", page.text());
        assert!(page.says("Formulir: Jl. Lama No. 1, Depok Data: Jl. Percobaan Cendana No. 13"));
        assert!(!page.html.contains(&format!("<mark>{}</mark>", story::NAME)));
    })
    .await;
}

#[tokio::test]
async fn a_correction_waits_beside_the_drafts_and_is_signed_with_the_letter_in_sight() {
    TestApp::run(|app| async move {
        let (letter, _) = crate::post::on_paper(&app).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let path = format!("/surat/{letter}/ralat");
        let form = officer.opens(&path).await.expect(200);
        let empty = officer.sends(&form, &path, &[("reason", "Salah ketik")]).await.expect(422);
        assert!(
            empty.says("sekurang-kurangnya satu hal yang diralat") && empty.html.contains("Salah ketik"),
            "{}",
            empty.text()
        );
        let same = [("reason", "Salah ketik"), ("corrections-pkp_name", story::NAME)];
        let same = officer.sends(&empty, &path, &same).await.expect(422);
        assert!(same.says("Sama dengan yang tercetak; kosongkan."), "{}", same.text());
        let right = [("reason", "Salah ketik"), ("corrections-pkp_name", "CV Tirtaloka Semburat Raya")];
        let sheet = officer.sends(&same, &path, &right).await.expect(200);
        assert!(sheet.says("Konsep ralat menunggu tanda tangan.") && !sheet.says("Tandatangani ralat"));

        let head = Visitor::staff(&app, "kasi").await;
        let desk = head.opens(DESK).await.expect(200);
        assert!(desk.says("Ralat yang menunggu") && desk.says("S-1/KPP.031/2026"), "{}", desk.text());
        let page = head.opens(&sheet.path).await.expect(200);
        assert!(
            page.says("Tertulis: CV Tirtaloka Semburat Jaya")
                && page.says("Seharusnya: CV Tirtaloka Semburat Raya"),
            "{}",
            page.text()
        );
        assert!(page.html.contains("••••") && story::codes_in(&page.text()).is_empty());
        let back = format!("{}/kirim-balik", sheet.path);
        let none = head.sends(&page, &back, &[]).await.expect(422);
        let sign = format!("{}/tanda-tangan", sheet.path);
        let signed = head.sends(&none, &sign, &[]).await.expect(200);

        assert!(signed.says("Ralat ditandatangani.") && signed.says("S-2/KPP.031/2026"), "{}", signed.text());
        let late = head.sends(&none, &sign, &[]).await;
        assert!(late.says("S-2/KPP.031/2026"), "{}", late.text());
        let old = head.opens(&format!("/surat/{letter}")).await.expect(200);
        assert!(old.says("Surat ini sudah diganti dengan S-2/KPP.031/2026"));
    })
    .await;
}

#[tokio::test]
async fn reasons_of_a_refusal_are_put_right_with_their_evidence() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", story::EMAIL).await;
        let receipt = story::files(&app, "reprint", story::EMAIL, |_| {}).await;
        let (khusus, kasi) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let reason = json!([{ "code": "identitas_tidak_sesuai",
                              "evidence": { "ba_nomor": "BA-4/KPP.031/2026", "ba_tanggal": "2026-07-10" } }]);
        let id = receipt["request_id"].as_str().unwrap();
        let drafted = story::drafts(&app, &khusus, id, "refuse", reason).await;
        let signed = story::signs(&app, &kasi, &drafted).await.expect(200);
        let letters = signed["letters"].as_array().unwrap();
        let letter = letters.iter().find(|letter| letter["number"].is_string()).unwrap();
        let letter = letter["letter_id"].as_str().unwrap();
        let path = format!("/surat/{letter}/ralat");
        let officer = Visitor::staff(&app, "khusus").await;

        let form = officer.opens(&path).await.expect(200);
        assert!(form.says("Tercetak pada surat"), "{}", form.text());
        let why = ("reason", "Nomor berita acara keliru");
        let wrong = ("corrections-reasons", "yes");
        let none = officer.sends(&form, &path, &[why, wrong]).await.expect(422);
        assert!(none.says("Pilih sekurang-kurangnya satu alasan penolakan."), "{}", none.text());
        let code = ("alasan", "identitas_tidak_sesuai");
        let day = ("bukti-identitas_tidak_sesuai-ba_tanggal", "2026-07-10");
        let bad = ("bukti-identitas_tidak_sesuai-ba_tanggal", "kemarin");
        let number = ("bukti-identitas_tidak_sesuai-ba_nomor", "BA-5/KPP.031/2026");
        let undated = officer.sends(&form, &path, &[why, wrong, code, bad, number]).await.expect(422);
        assert!(
            undated.says("Isi tanggal yang benar.") && undated.html.contains("kemarin"),
            "{}",
            undated.text()
        );
        let sheet = officer.sends(&form, &path, &[why, wrong, code, day, number]).await.expect(200);

        assert!(sheet.says("BA-4/KPP.031/2026") && sheet.says("BA-5/KPP.031/2026"), "{}", sheet.text());
        let untouched = officer.sends(&form, &path, &[why, code, day, number]).await.expect(422);
        assert!(untouched.says("sekurang-kurangnya satu hal yang diralat"), "{}", untouched.text());
    })
    .await;
}

#[tokio::test]
async fn the_register_of_a_month_is_looked_over_before_it_is_printed() {
    TestApp::run(|app| async move {
        crate::post::on_paper(&app).await;
        let head = Visitor::staff(&app, "kasi").await;
        let page = head.opens("/buku-agenda").await.expect(200);
        assert!(page.says("Juli 2026") && page.says("1 nomor, dari 1 sampai dengan 1"), "{}", page.text());
        assert!(page.says("Nomor berurutan tanpa celah."));
        let paper = page.leads_to("/buku-agenda/unduh.pdf").remove(0);
        assert_eq!(head.opens(&paper).await.expect(200).headers["content-type"], "application/pdf");
        assert_eq!(
            app.count("select count(*) from audit_events where act = 'view_monthly_register'").await,
            1
        );
        let wrong = head.opens("/buku-agenda?bulan=2&tahun=26").await.expect(422);
        assert!(wrong.says("Isi tahun antara 2015 dan 2100.") && wrong.html.contains("value=\"26\""));
        sqlx::query("update letters set sequence = 3, number = 'S-3/KPP.031/2026' where sequence = 1")
            .execute(&app.pool)
            .await
            .unwrap();
        let gap = head.opens("/buku-agenda").await.expect(200);
        assert!(gap.says("Celah pada nomor: 1, 2"), "{}", gap.text());
        let kanwil = Visitor::staff(&app, "kanwil").await;
        kanwil.opens("/buku-agenda?bulan=7&tahun=2026&kantor=952").await.expect(404);
    })
    .await;
}
