//! The desk of those who examine, over a browser without script: queue, search, saved views, the screen of a request.

use reqwest::{Method, header::LOCATION};

use crate::{
    story::{self, EMAIL, NAME, NPWP},
    support::TestApp,
    visitor::{Seen, Visitor},
};

/// Names as businesses have them, for requests of every sort.
const NAMES: [&str; 8] = [
    "PT Sarvakala Nusanetra Abhipraya",
    "CV Rupawangi Citrahening",
    "PT Bahtera Quasindo Lintasama",
    "Koperasi Serba Usaha Paguyuban Pedagang Pasar Anyar",
    "PT Kriyamandala Teduhrupa",
    "PT Agrapana Samodra Investama",
    "UD Marapindo Rendang Sejati",
    "PT Megantara Vistaloka Energi",
];

/// Open requests of every kind with due dates around today, the last one waiting for the calendar.
pub async fn queued(app: &TestApp, count: i32) {
    story::prepare(app).await;
    for sql in [
        "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
         select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x' || n, 'provisional',
                ($2::text[])[1 + n % array_length($2, 1)], 'test', '2026-07-01Z'
         from generate_series(1, $1) as n",
        "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position, signer_capacity,
             pkp_name, pkp_address, email, reprint_reason, previous_office, first_received_at, state)
         select taxpayer_id, '031', taxpayer_id, kinds.kind, 'per24_se20', 'online', 'known', 'proven', 'token-ephemeral',
             '999991342031000', '1', 'Jakarta', '2026-07-01', 'A', 'Direktur', 'pengurus', name, 'Jalan 1', 'a@example.com',
             case when kinds.kind = 'reprint' then 'damaged' end,
             case when kinds.kind = 'move_office' then 'KPP Pratama Bogor' end, '2026-07-01Z', 'received'
         from (select *, substr(canonical, 2)::int as n from taxpayers where source = 'test' and $1 > 0 and $2::text[] is not null) as t
         cross join lateral (select (array['new_credentials', 'reprint', 'update_email', 'move_office'])[1 + n % 4] as kind) as kinds",
        "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on,
             tomorrow_from, today_from, due_at, derivation, calendar_version)
         select request_id, request_id, '031', 1, 'BPE-031-20260701-' || lpad(n::text, 5, '0'), '2026-07-01 02:11Z', 3,
             (day at time zone 'Asia/Jakarta')::date, day - interval '1 day', day, day + interval '1 day',
             case when day is null then null else '{\"received_at\":\"2026-07-01T02:11:00Z\",\"zone\":\"Asia/Jakarta\",\"received_local\":\"2026-07-01T09:11:00\",\"closes_at\":\"16:00:00\",\"late\":false,\"calendar_version\":\"1\",\"steps\":[{\"date\":\"2026-07-01\",\"outcome\":\"day_zero\"}]}'::jsonb end,
             case when day is null then null else 1 end
         from (select request_id, n, case when n = $1 then null
                   else timestamptz '2026-07-06 17:00Z' + (n / 3) * interval '1 day' end as day
               from (select request_id, substr(canonical, 2)::int as n
                     from requests join taxpayers using (taxpayer_id) where source = 'test' and $2::text[] is not null) as numbered) as due",
    ] {
        sqlx::query(sql).bind(count).bind(NAMES.as_slice()).execute(&app.pool).await.unwrap();
    }
}

/// A request of a registered PKP, and where its screen is.
async fn a_request(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let receipt = story::files(app, "new_credentials", EMAIL, |_| {}).await;
    format!("/permohonan/{}", receipt["request_id"].as_str().unwrap())
}

/// The words of the rows of the list.
fn rows(seen: &Seen) -> usize {
    seen.html.matches("<tr role=\"row\" data-row").count()
}

/// The page with slashes and ampersands as they are.
fn plain(seen: &Seen) -> String {
    seen.html.replace("&#x2f;", "/").replace("&amp;", "&")
}

/// The part of the page from one mark to another.
fn part(seen: &Seen, from: &str, to: &str) -> String {
    plain(seen).split(from).nth(1).unwrap_or_default().split(to).next().unwrap().to_owned()
}

#[tokio::test]
async fn the_screen_says_what_the_registry_changed_since_the_receipt() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let before = officer.opens(&path).await.expect(200);
        assert!(!before.says("Data registrasi berubah"), "{}", before.text());
        let csv = "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,pkp_status,evidence_case,\
             evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office\n\
             CV Tirtaloka Semburat Jaya,entity,999991342031000,,,,031,Jl. Baru No. 1,Jakarta Barat,DKI Jakarta,,revoked,b,\
             LHV-529/KPP.031/2019,2019-06-11,,,\n";
        app.imports(aktivasi::admin::import::Content::Taxpayers, csv).await;
        let after = officer.opens(&path).await.expect(200);
        assert!(after.says("Data registrasi berubah sejak permohonan diterima"), "{}", after.text());
        assert!(after.says("Dikukuhkan") && after.says("Dicabut"), "{}", after.text());
        assert!(
            after.says("Jl. Percobaan Cendana No. 13, Jakarta Barat, DKI Jakarta")
                && after.says("Jl. Baru No. 1, Jakarta Barat, DKI Jakarta")
                && after.says("sumber: test.csv"),
            "{}",
            after.text()
        );
        assert!(!after.says("KPP terdaftar"), "the office is the same");
    })
    .await;
}

#[tokio::test]
async fn the_queue_shows_the_soonest_due_first_and_each_number_leads_to_its_rows() {
    TestApp::run(|app| async move {
        queued(&app, 24).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let queue = officer.opens("/antrean").await.expect(200);

        assert!(queue.says("24 permohonan terbuka") && queue.says("1 permohonan menunggu kalender"));
        assert_eq!(rows(&queue), 24);
        let first = queue.html.find("Lewat, 7 Jul").unwrap();
        assert!(first < queue.html.find("Sen 13 Jul").unwrap() && queue.html.contains("BPE 0701-00001"));
        for tile in plain(&queue).split("<a class=\"ak-tile\"").skip(1) {
            let href = tile.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
            let count = tile.split("<b>").nth(1).unwrap().split("</b>").next().unwrap();
            let narrowed = officer.opens(href).await.expect(200);
            assert_eq!(rows(&narrowed).to_string(), count, "{href}");
        }
    })
    .await;
}

#[tokio::test]
async fn filters_stand_in_the_address_and_may_leave_nothing() {
    TestApp::run(|app| async move {
        queued(&app, 12).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let reprints = officer.opens("/antrean?jenis=reprint&keadaan=&batas=&petugas=").await.expect(200);
        assert_eq!(rows(&reprints), 3);
        assert!(reprints.says("3 permohonan cocok dengan saringan."));
        assert!(reprints.html.contains("<option value=\"reprint\" selected>"));

        let mine = officer.opens("/antrean?petugas=saya").await.expect(200);

        assert!(mine.says("Tidak ada permohonan yang cocok dengan saringan ini."));
        let odd = officer.opens("/antrean?jenis=%3Cb%3E&jenis=x&setelah=abc&batas=kapan").await.expect(200);
        assert_eq!(rows(&odd), 12);
    })
    .await;
}

#[tokio::test]
async fn a_long_queue_is_read_page_by_page() {
    TestApp::run(|app| async move {
        queued(&app, 120).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let mut path = "/antrean".to_owned();
        let mut seen = Vec::new();
        for expected in [50, 50, 20] {
            let page = officer.opens(&path).await.expect(200);
            assert_eq!(rows(&page), expected, "{path}");
            let html = plain(&page);
            seen.extend(html.split("href=\"/permohonan/").skip(1).map(|rest| rest[..36].to_owned()));
            let next = html.split("href=\"/antrean?setelah=").nth(1);
            path = next
                .map(|rest| format!("/antrean?setelah={}", rest.split('"').next().unwrap()))
                .unwrap_or_default();
        }
        assert!(path.is_empty());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 120);
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_numbers_and_misspelt_names_and_its_address_tells_neither() {
    TestApp::run(|app| async move {
        queued(&app, 16).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = story::files(&app, "update_email", EMAIL, |_| {}).await;
        let number = receipt["receipt_number"].as_str().unwrap();
        let officer = Visitor::staff(&app, "khusus").await;
        let queue = officer.opens("/antrean").await;

        let by_receipt = officer.sends(&queue, "/antrean/cari", &[("q", &number.to_lowercase())]).await;
        assert_eq!(by_receipt.path, format!("/permohonan/{}", receipt["request_id"].as_str().unwrap()));
        for typed in [NPWP, "999991342031000", "0999991342031000", "99 999 134 2 031 000", "tirtalka sembrat"] {
            let found = officer.sends(&queue, "/antrean/cari", &[("q", typed)]).await.expect(200);
            assert!(rows(&found) == 1 && found.says(NAME), "{typed}: {}", found.text());
            for told in ["99999", "tirta", "sembrat"] {
                assert!(!found.path.to_lowercase().contains(told), "{}", found.path);
            }
        }
        let close = officer.sends(&queue, "/antrean/cari", &[("q", "Rupawanggi Citrahning")]).await.expect(200);
        assert!(rows(&close) == 2 && close.says("CV Rupawangi Citrahening"));
        let nothing = officer.sends(&queue, "/antrean/cari", &[("q", "Zzyzx Wurst")]).await.expect(200);
        assert!(nothing.says("Tidak ditemukan"));
        let looks = "select count(*) from audit_events where act = 'search_requests' and detail::text !~* 'tirta|rupa'";
        assert_eq!(app.count(looks).await, 7);

        let stranger = Visitor::staff(&app, "khusus2").await;
        let other = stranger.opens(&close.path).await.expect(200);
        assert!(other.says("Pencarian ini tidak dapat dibuka lagi.") && !other.html.contains("Rupawanggi"));
    })
    .await;
}

#[tokio::test]
async fn a_search_that_would_find_everything_says_so_and_keeps_what_was_typed() {
    TestApp::run(|app| async move {
        queued(&app, 3).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let queue = officer.opens("/antrean").await;
        let short = officer.sends(&queue, "/antrean/cari", &[("q", "PT")]).await.expect(422);

        assert!(short.says("Tulis sekurang-kurangnya tiga huruf.") && short.html.contains("value=\"PT\""));
        assert!(short.html.contains("href=\"#q\"") && short.html.contains("<title>Galat:"));
    })
    .await;
}

#[tokio::test]
async fn the_most_urgent_request_is_taken_next_until_nothing_waits() {
    TestApp::run(|app| async move {
        queued(&app, 2).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let mut queue = officer.opens("/antrean").await;
        for last in ["000000000001", "000000000002"] {
            let taken = officer.sends(&queue, "/antrean/berikutnya", &[]).await.expect(200);
            assert!(taken.path.ends_with(last), "{}", taken.path);
            assert!(taken.says("Permohonan sekarang ada pada Anda."));
            queue = officer.opens("/antrean").await;
        }
        assert!(queue.says("Anda memegang 2"));

        let none = officer.sends(&queue, "/antrean/berikutnya", &[]).await.expect(200);

        assert!(none.says("Tidak ada permohonan yang menunggu."));
        sqlx::query("update decrees set revoked_on = in_force_on").execute(&app.pool).await.unwrap();
        let refused = officer.sends(&queue, "/antrean/berikutnya", &[]).await.expect(200);
        assert!(refused.says("Tidak ada keputusan penunjukan Petugas Khusus yang berlaku"));
    })
    .await;
}

#[tokio::test]
async fn filters_are_kept_under_a_name_of_ones_own() {
    TestApp::run(|app| async move {
        queued(&app, 8).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let narrowed = officer.opens("/antrean?jenis=reprint&petugas=saya").await;
        let nameless = officer.sends(&narrowed, "/antrean/tampilan", &[("name", " ")]).await.expect(422);
        assert!(nameless.says("Wajib diisi."));
        let kept =
            officer.sends(&narrowed, "/antrean/tampilan", &[("name", "Cetak ulang saya")]).await.expect(200);
        assert_eq!(kept.path, "/antrean?jenis=reprint&petugas=saya");
        let again =
            officer.sends(&narrowed, "/antrean/tampilan", &[("name", "cetak ulang SAYA")]).await.expect(422);
        assert!(
            again.says("Anda sudah memakai nama ini.") && again.html.contains("value=\"cetak ulang SAYA\"")
        );

        let queue = officer.opens("/antrean").await;
        assert!(
            plain(&queue).contains("<a href=\"/antrean?jenis=reprint&petugas=saya\">Cetak ulang saya</a>")
        );
        assert!(!Visitor::staff(&app, "khusus2").await.opens("/antrean").await.says("Cetak ulang saya"));
        let action = part(&kept, "action=\"/antrean/tampilan/", "\"");
        let action = format!("/antrean/tampilan/{action}");
        let gone = officer.sends(&kept, &action, &[]).await.expect(200);
        assert!(gone.says("Tampilan dihapus.") && !gone.says("Cetak ulang saya"));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_take_one_request_the_loser_sees_who_won_and_how_it_stands() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let (one, two) = (Visitor::staff(&app, "khusus").await, Visitor::staff(&app, "khusus2").await);
        let (seen_by_one, seen_by_two) =
            (one.opens(&path).await.expect(200), two.opens(&path).await.expect(200));
        let take = format!("{path}/ambil");
        let (first, second) =
            tokio::join!(one.sends(&seen_by_one, &take, &[]), two.sends(&seen_by_two, &take, &[]));

        let (won, lost, winner) =
            if first.status.is_success() { (first, second, "Khusus") } else { (second, first, "Khusus2") };
        let won = won.expect(200);
        assert!(won.says("Permohonan sekarang ada pada Anda."), "{}", won.text());
        let lost = lost.expect(409);
        assert!(lost.says(&format!("baru saja diambil oleh {winner} ")), "{winner}: {}", lost.text());
        assert!(lost.says("Diteliti") && !lost.html.contains(&format!("action=\"{take}\"")));
        assert_eq!(app.count("select count(*) from audit_events where act = 'claim'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_screen_shows_request_verdict_papers_and_history_to_those_who_may_see_them() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let screen = officer.opens(&path).await.expect(200);
        for words in [
            NAME,
            "Memenuhi syarat",
            "LHV-529/KPP.031/2019, 11 Juni 2019",
            "99.999.134.2-031.000",
            "Surat permohonan",
            "Identitas",
            "Diterima lengkap",
            "Mengapa jatuh temponya tanggal ini?",
        ] {
            assert!(screen.says(words), "{words}: {}", screen.text());
        }
        let document =
            format!("{path}/berkas/{}", part(&screen, "<iframe src=\"", "#").rsplit('/').next().unwrap());
        let paper = officer.asks(Method::GET, &document, None, &[]).await;
        assert_eq!(paper.status, 200);
        assert_eq!(paper.headers["content-type"], "application/pdf");
        assert!(paper.headers["content-disposition"].to_str().unwrap().starts_with("inline"));
        assert_eq!(paper.headers["x-frame-options"], "SAMEORIGIN");
        assert!(
            paper.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'self'")
        );

        let second = part(&screen, "aria-current=\"true\">", "</ul>");
        let tab = second.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        let turned = officer.opens(tab.split('#').next().unwrap()).await.expect(200);
        assert!(turned.html.contains("data-turns=\"0\""));
        let counter = Visitor::staff(&app, "tpt").await;
        let seen = counter.opens(&path).await.expect(200);
        assert!(seen.says(NAME) && !seen.says("Memenuhi syarat"));
        let supervisor = Visitor::staff(&app, "kanwil").await;
        let seen = supervisor.opens(&path).await.expect(200);
        assert!(seen.says("Berkas hanya dibuka oleh petugas kantor"));
        assert_eq!(supervisor.asks(Method::GET, &document, None, &[]).await.status, 403);
        Visitor::staff(&app, "khusus.952").await.opens(&path).await.expect(404);
        officer.opens("/permohonan/bukan-id").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn the_checklist_remembers_and_only_who_has_the_request_in_hand_fills_it_in() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let before = officer.opens(&path).await;
        assert!(before.says("0 dari") && !before.html.contains("type=\"radio\""));
        let screen = officer.sends(&before, &format!("{path}/ambil"), &[]).await.expect(200);
        let check = format!("{path}/periksa");

        let fields = [("item-application_letter", "present"), ("item-identity_card", "mismatch")];
        let kept = officer.sends(&screen, &check, &fields).await.expect(200);

        assert!(kept.says("Pemeriksaan tersimpan.") && kept.says("2 dari"));
        let again = officer.opens(&path).await;
        assert!(again.html.contains("name=\"item-identity_card\" value=\"mismatch\" checked"));
        let other = Visitor::staff(&app, "khusus2").await;
        assert!(other.opens(&path).await.says("Tidak sesuai"));
        let lost = other.sends(&again, &check, &[("item-identity_card", "present")]).await;
        assert_ne!(lost.status, 200);
        assert_eq!(app.count("select count(*) from checks where mark = 'present'").await, 1);
        officer.sends(&again, &check, &[("item-sppkp", "present")]).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn notes_stay_and_what_was_typed_too_long_is_not_lost() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let screen = officer.opens(&path).await;
        let write = format!("{path}/catatan");
        let kept =
            officer.sends(&screen, &write, &[("note", "Direktur <baru>\r\nsejak Mei")]).await.expect(200);
        assert!(kept.says("Direktur <baru>") && kept.html.contains("Direktur &lt;baru&gt;"));
        let long = "panjang ".repeat(200);
        let refused = officer.sends(&screen, &write, &[("note", &long)]).await.expect(422);

        assert!(refused.says("Catatan paling panjang 1.000 karakter.") && refused.html.contains(long.trim()));
        assert!(refused.html.contains("href=\"#note\""));
        assert!(officer.sends(&screen, &write, &[("note", " ")]).await.expect(422).says("Isi catatan."));
        assert_eq!(app.count("select count(*) from notes").await, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_opens_a_request_that_somebody_else_has_open_is_told() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let (one, two) = (Visitor::staff(&app, "khusus").await, Visitor::staff(&app, "khusus2").await);
        assert!(!one.opens(&path).await.says("Sedang dibuka juga"));
        let second = two.opens(&path).await;
        assert!(second.says("Sedang dibuka juga oleh"), "{}", second.text());
        let told = one.opens(&format!("{path}/hadir")).await.expect(200);
        assert!(told.html.contains("Khusus2"), "{}", told.html);

        app.advance(chrono::TimeDelta::minutes(4));

        assert!(!one.opens(&path).await.says("Sedang dibuka juga"));
    })
    .await;
}

#[tokio::test]
async fn the_section_head_hands_a_request_over_and_a_change_in_between_loses_no_reason() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let head = Visitor::staff(&app, "kasi").await;
        let officer = Visitor::staff(&app, "khusus").await;
        let seen = head.opens(&path).await.expect(200);
        let give = format!("{path}/alihkan");
        let nobody =
            head.sends(&seen, &give, &[("reason", "Beban kerja"), ("officer_id", "")]).await.expect(422);
        assert!(nobody.says("Pilih petugas yang menerima") && nobody.html.contains("value=\"Beban kerja\""));
        let other = part(&seen, "<option value=\"00000000-0000-7000-8000-000000000011\">", "<");
        assert_eq!(other, "Khusus2");
        let screen = officer.opens(&path).await;
        let screen = officer.sends(&screen, &format!("{path}/ambil"), &[]).await.expect(200);
        let fields = [("reason", "Beban kerja"), ("officer_id", "00000000-0000-7000-8000-000000000011")];

        let late = head.sends(&seen, &give, &fields).await.expect(409);

        assert!(late.says("berubah sejak Anda membukanya") && late.says("Beban kerja"));
        let done = head.sends(&late, &give, &fields).await.expect(200);
        assert!(done.says("Permohonan dialihkan.") && done.says("Dialihkan ke petugas lain"));
        let lost = officer.sends(&screen, &format!("{path}/lepas"), &[]).await;
        assert!(matches!(lost.status.as_u16(), 403 | 409), "{}", lost.text());
    })
    .await;
}

#[tokio::test]
async fn an_officer_of_no_decree_reads_why_nothing_can_be_done() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let screen = officer.opens(&path).await.expect(200);
        sqlx::query("update decrees set revoked_on = in_force_on").execute(&app.pool).await.unwrap();

        let refused = officer.sends(&screen, &format!("{path}/ambil"), &[]).await.expect(403);

        assert!(refused.says("Tidak ada keputusan penunjukan Petugas Khusus yang berlaku"));
        let home = officer.asks(Method::GET, "/", None, &[]).await;
        assert_eq!(home.headers[LOCATION], "/antrean");
    })
    .await;
}

#[tokio::test]
async fn several_are_taken_at_once_and_each_row_says_who_has_it() {
    TestApp::run(|app| async move {
        queued(&app, 3).await;
        let officer = Visitor::staff(&app, "khusus").await;
        let queue = officer.opens("/antrean").await.expect(200);
        let ids: Vec<String> = queue
            .html
            .split("name=\"request\" value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 3);
        let none = officer.sends(&queue, "/antrean/ambil", &[]).await.expect(200);
        assert!(none.says("Pilih dahulu permohonan"));
        // A colleague is faster with one of them.
        let other = app.signs_in("khusus2").await;
        app.post(&format!("/requests/{}/claim", ids[1]), Some(&other), serde_json::json!({}))
            .await
            .expect(200);

        let chosen: Vec<(&str, &str)> = ids.iter().map(|id| ("request", id.as_str())).collect();
        let taken = officer.sends(&queue, "/antrean/ambil", &chosen).await.expect(200);

        assert!(taken.says("2 dari 3 permohonan ada di tangan Anda"), "{}", taken.text());
        assert!(taken.says("sudah diambil Khusus2"), "{}", taken.text());
        let again = officer.sends(&queue, "/antrean/ambil", &chosen).await.expect(200);
        assert!(again.says("2 dari 3 permohonan ada di tangan Anda"), "pressing twice answers alike");
        assert_eq!(app.count("select count(*) from audit_events where act = 'claim'").await, 3);
        let counter = Visitor::staff(&app, "tpt").await.opens("/antrean").await.expect(200);
        assert!(!counter.html.contains("/antrean/ambil"), "the counter takes nothing in hand");
    })
    .await;
}
