//! How many statements a page sends to the database: a handful, however many rows there are.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    sync::{LazyLock, Mutex, Once},
};

use aktivasi::http::{pages::site, request_id};
use reqwest::Method;
use serde_json::json;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    officer::queued,
    post::{paper_letter, prints_all},
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

/// Requests that are counted begin so.
const COUNTED: &str = "hitung-";
/// What the service says when it computes a password.
pub const PASSWORDS: &str = "aktivasi::passwords";
/// A list with its counts, or a form.
const LIST: usize = 12;
/// The screen of one thing, with everything that belongs to it.
const SCREEN: usize = 30;
/// The working screen of a request: what four acts tell, each in its transaction.
const WORKING_SCREEN: usize = 70;

/// The statements of each request that is counted, by their first words.
static SENT: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// Hears of statements and of passwords only, and keeps those of requests that are counted.
struct Counter;

#[derive(Default)]
struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["sqlx::query", PASSWORDS].contains(&metadata.target())
    }

    fn event(&self, event: &Event<'_>) {
        let Some(id) = request_id::current().filter(|id| id.starts_with(COUNTED)) else { return };
        let mut summary = Summary::default();
        event.record(&mut summary);
        if event.metadata().target() == PASSWORDS {
            PASSWORDS.clone_into(&mut summary.0);
        }
        SENT.lock().unwrap().entry(id).or_default().push(summary.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// From now on work is counted. Before anything else: whoever asked earlier whether anybody listens remembers the answer.
pub fn listens() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Counter).unwrap());
}

/// The ids that paths of the site are filled with.
pub type Ids = BTreeMap<&'static str, String>;

/// Everything that the pages of staff list, `count` times.
pub async fn world(app: &TestApp, count: i32) -> Ids {
    queued(app, count).await;
    story::register(app, "999991342031000", story::EMAIL).await;
    let (letter, _) = paper_letter(app).await;
    let officer = app.signs_in("khusus").await;
    let correction =
        json!({ "reason": "Salah ketik", "corrections": { "pkp_name": "CV Tirtaloka Semburat Raya" } });
    let correction =
        app.post(&format!("/letters/{letter}/corrections"), Some(&officer), correction).await.expect(201);
    story::register(app, "999991516041000", "lain@example.com").await;
    let receipt = story::files(app, "new_credentials", "lain@example.com", |form| {
        form["tax_id"] = json!("999991516041000");
    })
    .await;
    let request = receipt["request_id"].as_str().unwrap().to_owned();
    story::drafts(app, &officer, &request, "grant", json!([])).await;
    let operator = app.signs_in("operator").await;
    let khusus: uuid::Uuid = sqlx::query_scalar("select staff_id from staff where username = 'khusus'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let decree = json!({
        "dated_on": "2026-07-10", "in_force_on": "2026-07-11",
        "officers": [{ "staff_id": khusus, "rank": "Penata Muda/III.a", "position": "Pelaksana" }],
        "signatory": { "name": "Hartati Contoh", "nip": "197002021995031999" },
    });
    let decree = app.post("/offices/031/decree-documents", Some(&operator), decree).await.expect(201);
    for sql in MORE {
        let done =
            sqlx::query(sql).bind(count).bind(&request).bind(&letter).execute(&app.pool).await.unwrap();
        assert!(done.rows_affected() > 0, "nothing to copy: {sql}");
    }
    prints_all(&Visitor::staff(app, "tpt").await).await;
    for sql in MORE_AFTER_PRINT {
        sqlx::query(sql).bind(count).execute(&app.pool).await.unwrap();
    }
    let batch: uuid::Uuid = sqlx::query_scalar(
        "select batch_id from print_batches order by created_at, printed_count desc limit 1",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into monthly_reports (report_id, office_code, month_on, made_at)
         values ('00000000-0000-7000-8000-0000000000e1', '031', '2026-06-01', '2026-07-01Z')",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let (client, thumbprint) = crate::clients::a_client_with_keys(app, count).await;
    let endpoint = crate::receivers::a_receiver_with_log(app, count).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    BTreeMap::from([
        ("{client}", client),
        ("{thumbprint}", thumbprint),
        ("{endpoint}", endpoint),
        ("{request_id}", request),
        ("{letter_id}", letter),
        ("{correction_id}", text(&correction["correction_id"])),
        ("{decree}", text(&decree["decree_document_id"])),
        ("{batch_id}", batch.to_string()),
        ("{staff}", khusus.to_string()),
        ("{office}", "031".to_owned()),
        ("{month}", "2026-06".to_owned()),
    ])
}

/// The rows of the drafted request and of the letter once more for each number. `$1` how many, `$2` the request, `$3` the letter.
const MORE: [&str; 10] = [
    "insert into messages select copy.* from messages, generate_series(1, $1) as n,
         lateral jsonb_populate_record(messages, jsonb_build_object(
             'message_id', ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid)) as copy
     where messages.request_id = $2::uuid and messages.kind = 'receipt' and $3::text is not null",
    "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
     select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'y' || n, 'provisional', 'PT ' || n, 'clone', '2026-07-01Z'
     from generate_series(1, $1) as n where $2::text is not null and $3::text is not null",
    "insert into requests select copy.* from requests, generate_series(1, $1) as n,
         lateral (select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid as id) as ids,
         lateral jsonb_populate_record(requests, jsonb_build_object('request_id', id, 'taxpayer_id', id)) as copy
     where requests.request_id = $2::uuid and $3::text is not null",
    "insert into rounds select copy.* from rounds, generate_series(1, $1) as n,
         lateral (select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid as id) as ids,
         lateral jsonb_populate_record(rounds, jsonb_build_object('request_id', id, 'round_id', id,
             'receipt_number', 'BPE-031-20260702-' || lpad(n::text, 5, '0'))) as copy
     where rounds.request_id = $2::uuid and $3::text is not null",
    "insert into drafts select copy.* from drafts, generate_series(1, $1) as n,
         lateral (select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid as id) as ids,
         lateral jsonb_populate_record(drafts, jsonb_build_object('draft_id', id, 'request_id', id, 'round_id', id)) as copy
     where drafts.request_id = $2::uuid and $3::text is not null",
    "with given as (update letter_series set last_number = last_number + $1 where series = 'S' returning last_number)
     insert into letters select copy.* from letters, given, generate_series(1, $1) as n,
         lateral jsonb_populate_record(letters, jsonb_build_object(
             'letter_id', ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid,
             'sequence', last_number - $1 + n, 'number', 'S-' || (last_number - $1 + n) || '/KPP.031/2026',
             'verification_token', null)) as copy
     where letters.letter_id = $3::uuid and $2::text is not null",
    "insert into correction_drafts select copy.* from correction_drafts, generate_series(1, $1) as n,
         lateral (select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid as id) as ids,
         lateral jsonb_populate_record(correction_drafts, jsonb_build_object('correction_id', id, 'letter_id', id)) as copy
     where correction_drafts.letter_id = $3::uuid and $2::text is not null",
    "insert into staff select copy.* from staff, generate_series(1, $1) as n,
         lateral jsonb_populate_record(staff, jsonb_build_object('staff_id', gen_random_uuid(),
             'username', 'pegawai' || n, 'name', 'Pegawai ' || n, 'nip', lpad(n::text, 18, '7'))) as copy
     where staff.username = 'tpt' and $2::text is not null and $3::text is not null",
    "insert into staff_roles (staff_id, role, scope)
     select staff_id, 'special_officer', 'office' from staff
     where username like 'pegawai%' and $1 > 0 and $2::text is not null and $3::text is not null",
    "insert into jobs (queue, payload, run_at, created_at, finished_at, buried, failed_reason)
     select 'send_message', jsonb_build_object('message_id', message_id), created_at, created_at, created_at, true, 'panicked'
     from (select * from messages limit 1) as one, generate_series(1, $1) where $2::text is not null and $3::text is not null",
];

const MORE_AFTER_PRINT: [&str; 3] = [
    "insert into print_batches select copy.* from (select * from print_batches limit 1) as one, generate_series(1, $1) as n,
         lateral jsonb_populate_record(null::print_batches,
             to_jsonb(one) || jsonb_build_object('batch_id', md5('tumpukan' || n)::uuid, 'created_at', one.created_at + interval '1 hour')) as copy",
    "insert into decree_documents select copy.* from (select * from decree_documents limit 1) as one, generate_series(1, $1) as n,
         lateral jsonb_populate_record(null::decree_documents,
             to_jsonb(one) || jsonb_build_object('decree_document_id', md5('kep' || n)::uuid)) as copy",
    "insert into messages select copy.* from (select * from messages where letter_id is null limit 1) as one, generate_series(1, $1) as n,
         lateral jsonb_populate_record(null::messages, to_jsonb(one) || jsonb_build_object('message_id', gen_random_uuid(),
             'fate', 'given_up', 'help_desk_number', 'E-20260710-9' || lpad(n::text, 4, '0'))) as copy",
];

/// Pages with a list that their plain address does not show.
const ALSO: [&str; 8] = [
    "/papan/permohonan?angka=running",
    "/papan/permohonan?angka=arrived&dari=2026-07-01&sampai=2026-07-31",
    "/surat?lihat=pos",
    "/surat?lihat=loket",
    "/operator/pekerjaan?keadaan=berhenti",
    "/operator/email?lihat=ditahan",
    "/neraca/surat?golongan=pending",
    "/operator/kep?kantor=031",
];

/// A path with the id of a thing that is there, where there is one of its sort.
pub fn filled(ids: &Ids, path: &str) -> String {
    let missing = ids.get("{request_id}").map_or("", String::as_str);
    let of = |part| ids.get(part).map_or(missing, String::as_str);
    let parts = path.split('/').map(|part| if part.starts_with('{') { of(part) } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn paths(ids: &Ids) -> Vec<String> {
    let site = site().into_iter().filter(|page| page.operation.method == "GET");
    let pages = site.map(|page| filled(ids, page.operation.path)).filter(|path| !path.contains(".pdf"));
    pages.chain(ALSO.map(str::to_owned)).collect()
}

/// A request and the work that it was: its statements by their first words, and each password that was computed.
pub async fn work_of(
    visitor: &Visitor<'_>,
    method: Method,
    path: &str,
    form: Option<&[(String, String)]>,
) -> (Seen, Vec<String>) {
    let id = format!("{COUNTED}{}", uuid::Uuid::new_v4());
    let seen = visitor.asks(method, path, form, &[("x-request-id", &id)]).await;
    let sent = SENT.lock().unwrap().remove(&id).unwrap_or_default();
    (seen, sent)
}

/// The path and the statements of each page that a role gets, by role and by the place of the page in the table.
type Counts = BTreeMap<(&'static str, usize), (String, Vec<String>)>;

async fn counted(count: i32) -> Counts {
    let found = Mutex::new(Counts::new());
    TestApp::run(|app| {
        let found = &found;
        async move {
            let ids = world(&app, count).await;
            for who in ["tpt", "khusus", "kasi", "kanwil", "operator", "pusat"] {
                let visitor = Visitor::staff(&app, who).await;
                for (number, path) in paths(&ids).into_iter().enumerate() {
                    let (seen, mut sent) = work_of(&visitor, Method::GET, &path, None).await;
                    sent.retain(|one| one != PASSWORDS);
                    if seen.status.is_success() {
                        found.lock().unwrap().insert((who, number), (path, sent));
                    }
                }
            }
        }
    })
    .await;
    found.into_inner().unwrap()
}

/// The pages of one thing; every other page is a list or a form.
fn bound(path: &str) -> usize {
    const ONE: [&str; 9] = [
        "/papan",
        "/permohonan/",
        "/tanda-tangan/0",
        "/surat/0",
        "/ralat/",
        "/loket/0",
        "/laporan/0",
        "/operator/kep/",
        "/operator/pengguna/",
    ];
    let is_request = path.strip_prefix("/permohonan/").is_some_and(|rest| !rest.contains('/'));
    if is_request {
        WORKING_SCREEN
    } else if ONE.iter().any(|start| path.starts_with(start)) {
        SCREEN
    } else {
        LIST
    }
}

#[tokio::test]
async fn no_page_sends_more_statements_for_more_rows_and_none_sends_many() {
    listens();
    let (few, many) = (counted(3).await, counted(30).await);

    assert!(few.len() > 60, "only {} pages were counted", few.len());
    let mut wrong = Vec::new();
    for ((who, number), (path, sent)) in &many {
        let (_, with_few) = few.get(&(*who, *number)).unwrap_or_else(|| panic!("{who} {path}"));
        if sent.len() != with_few.len() {
            wrong.push(format!(
                "{who} {path}: {} with 3 rows, {} with 30: {sent:?}",
                with_few.len(),
                sent.len()
            ));
        }
        if sent.len() > bound(path) {
            wrong.push(format!("{who} {path}: {} statements: {sent:?}", sent.len()));
        }
    }
    let most = many.values().map(|(path, sent)| (sent.len(), path)).max().unwrap();
    println!("{} pages, at most {} statements ({})", many.len(), most.0, most.1);
    assert!(most.0 > LIST, "nothing was counted");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
