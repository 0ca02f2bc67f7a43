//! How quickly the queue answers officers who work in it, and whether what has ended slows it down.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use tokio::{
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    load::{Prepared, exchange},
    say,
    service::{Jobs, Service},
    usage,
    world::{FIRST_OFFICE, OFFICES, STAFF_PASSWORD, World, sql},
};

/// Officers at the same time.
pub const USERS: u32 = 32;
/// How long an officer looks at a page before the next one.
const THOUGHT: Duration = Duration::from_secs(1);
/// How long each run lasts.
const LASTS: Duration = Duration::from_mins(1);
/// Requests of the office in the first run and in the second, and how many of them are open, at scale 1.
const REQUESTS: [f64; 2] = [10_000.0, 100_000.0];
const OPEN: f64 = 2_000.0;
/// What officers look at in turn: everything, what is late, what is theirs, one kind.
const LOOKS: [&str; 4] =
    ["/antrean", "/antrean?batas=overdue", "/antrean?petugas=saya", "/antrean?jenis=reprint"];

/// One run. Times are those of the client, with the way over the loopback.
pub struct Run {
    pub requests: u32,
    pub open: u32,
    pub pages: u32,
    pub median: Duration,
    pub p99: Duration,
    /// Per page.
    pub service_cpu: Duration,
    pub postgres_cpu: Duration,
}

pub async fn measure(world: &World) -> Result<[Run; 2]> {
    let (open, [few, many]) = (world.count(OPEN), REQUESTS.map(|count| world.count(count)));
    employ(world).await?;
    say(&format!("queue: {few} requests of one office, {open} of them open"));
    fill(world, 0..few, open).await?;
    let service = Service::start(world, Jobs::Wait)?;
    let users = sign_in(service.address).await?;
    let first = one_run(world, &service, &users, few, open).await?;
    say(&format!("queue: {many} requests of one office, {open} of them open"));
    fill(world, few..many, open).await?;
    let second = one_run(world, &service, &users, many, open).await?;
    service.stop()?;
    Ok([first, second])
}

fn office() -> u32 {
    FIRST_OFFICE + OFFICES
}

fn username(user: u32) -> String {
    format!("khusus.{user}")
}

/// An office of its own, with its officers.
async fn employ(world: &World) -> Result<()> {
    let office = office();
    world
        .run(&format!(
            "insert into offices (office_code, name, kanwil, city, province, time_zone, kind, address, phone, drafting_code, updated_at)
             values ('{office}', 'KPP Pratama Antrean', 'Kanwil DJP Ukur', 'Kota Antrean', 'Provinsi Ukur', 'Asia/Jakarta', 'pratama',
                     'Jalan Ukur', '(021) 555000', 'KPP.{office}', now());
             insert into staff (staff_id, username, name, nip, office_code, password_hash, created_at)
             select ({id})::uuid, 'khusus.' || n, 'Petugas ' || n, lpad(n::text, 18, '8'), '{office}', password_hash, now()
             from generate_series(0, {USERS} - 1) n, staff where staff.username = '{measurer}';
             insert into staff_roles (staff_id, role) select staff_id, 'special_officer' from staff where office_code = '{office}'",
            id = officer("n"),
            measurer = crate::world::STAFF_NAME,
        ))
        .await
}

fn officer(n: &str) -> String {
    sql::id(64, n)
}

/// Requests of that office with these numbers; those below `open` are open, due from yesterday to in three days.
async fn fill(world: &World, numbers: std::ops::Range<u32>, open: u32) -> Result<()> {
    let office = office();
    let (id, taxpayer, name, officer) =
        (sql::id(65, "n"), sql::taxpayer("n"), sql::name("n"), officer(&format!("(n % {USERS})")));
    let (from, until) = (numbers.start, numbers.end);
    world
        .run(&format!(
            "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
                 tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position, signer_capacity,
                 pkp_name, pkp_address, email, reprint_reason, previous_office, first_received_at, state, officer_id, outcome, ended_at)
             select ({id})::uuid, '{office}', ({taxpayer})::uuid, kind, 'per24_se20', 'online', 'known', 'proven', 'bench',
                 {npwp}, '1', 'Kota Antrean', '2026-01-05', 'Wisnu Mandalika', 'Direktur', 'pengurus', {name}, 'Jalan Ukur ' || n,
                 {email}, case kind when 'reprint' then 'lost' end, case kind when 'move_office' then 'KPP Pratama Ukur 1' end,
                 now(), state, case when state in ('examining', 'drafted', 'issued') then ({officer})::uuid end,
                 case state when 'issued' then 'granted' end, case state when 'issued' then now() end
             from generate_series({from}, {until} - 1) n
             cross join lateral (select (array['reprint', 'update_email', 'move_office'])[1 + n % 3] as kind,
                 case when n >= {open} then 'issued'
                      else (array['received', 'received', 'received', 'examining', 'examining', 'drafted', 'incomplete'])[1 + n % 7]
                 end as state) as what",
            npwp = sql::npwp15("n"),
            email = sql::email("n"),
        ))
        .await?;
    world
        .run(&format!(
            "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on,
                 tomorrow_from, today_from, due_at, derivation, calendar_version, ended_at, ending, breached)
             select request_id, request_id, '{office}', 1, 'BPE-{office}-20260105-' || lpad(n::text, 6, '0'), day - interval '3 days', 3,
                 (day at time zone 'Asia/Jakarta')::date, day - interval '1 day', day, day + interval '1 day',
                 '{{\"received_at\":\"2026-01-05T02:11:00Z\",\"zone\":\"Asia/Jakarta\",\"received_local\":\"2026-01-05T09:11:00\",\"closes_at\":\"16:00:00\",\"late\":false,\"calendar_version\":\"1\",\"steps\":[{{\"date\":\"2026-01-05\",\"outcome\":\"day_zero\"}}]}}',
                 1, ended_at, ending, case when ended_at is not null then false end
             from (select request_id, n, date_trunc('day', now()) + (n % 5 - 2) * interval '1 day' as day,
                       case when state = 'issued' then first_received_at - interval '3 days' when state = 'incomplete' then first_received_at - interval '3 days' end as ended_at,
                       case state when 'issued' then 'granted' when 'incomplete' then 'returned' end as ending
                   from requests join lateral (select right(request_id::text, 12)) hex(digits) on true
                   cross join lateral (select ('x' || digits)::bit(48)::bigint) number(n)
                   where office_code = '{office}' and n >= {from}) as numbered"
        ))
        .await?;
    world.run("vacuum analyze requests, rounds").await?;
    world.run("checkpoint").await
}

/// The cookies of every officer.
async fn sign_in(address: SocketAddr) -> Result<Vec<String>> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let page = format!("http://{address}/masuk");
    let mut users = Vec::new();
    for user in 0..USERS {
        let form = client.get(&page).send().await?.error_for_status()?;
        let guest = cookies(&form);
        let form = form.text().await?;
        let form = form.split("action=\"/masuk\"").nth(1).and_then(|rest| rest.split("</form>").next());
        let mut fields = hidden(form.context("/masuk has no form")?);
        fields.extend([
            ("username".to_owned(), username(user)),
            ("password".to_owned(), STAFF_PASSWORD.to_owned()),
        ]);
        let answer = client
            .post(&page)
            .header(COOKIE, guest.join("; "))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(&fields)?)
            .send()
            .await?;
        ensure!(answer.status().is_redirection(), "{} does not come in: {}", username(user), answer.status());
        users.push(cookies(&answer).join("; "));
    }
    Ok(users)
}

fn cookies(answer: &reqwest::Response) -> Vec<String> {
    let set = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.filter_map(|value| value.split(';').next())
        .filter(|pair| !pair.ends_with('='))
        .map(str::to_owned)
        .collect()
}

fn encoded(form: &[(String, String)]) -> Result<String> {
    let mut address = reqwest::Url::parse("http://bench/")?;
    address.query_pairs_mut().extend_pairs(form);
    Ok(address.query().unwrap_or_default().to_owned())
}

/// Names and values of the hidden fields of a form.
fn hidden(form: &str) -> Vec<(String, String)> {
    let of = |input: &str, name: &str| {
        let value = input.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&#x2f;", "/"))
    };
    form.split("<input")
        .skip(1)
        .filter_map(|input| input.split('>').next())
        .filter(|input| input.contains("type=\"hidden\""))
        .filter_map(|input| Some((of(input, "name")?, of(input, "value")?)))
        .collect()
}

async fn one_run(
    world: &World,
    service: &Service,
    users: &[String],
    requests: u32,
    open: u32,
) -> Result<Run> {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&world.pool).await?;
    let postmaster = usage::parent(u32::try_from(backend)?)?;
    // First everybody has been on every page: connections are open and statements are prepared.
    let barrier = Arc::new(Barrier::new(users.len() + 1));
    let mut officers = JoinSet::new();
    for (cookie, user) in users.iter().zip(0..) {
        officers.spawn(work(service.address, cookie.clone(), THOUGHT * user / USERS, Arc::clone(&barrier)));
    }
    barrier.wait().await;
    let (cpu, postgres) = (usage::of_process(service.pid())?, usage::of_postgres(postmaster)?);
    let mut each = Vec::new();
    while let Some(done) = officers.join_next().await {
        each.extend(done??);
    }
    each.sort_unstable();
    let pages = u32::try_from(each.len())?;
    Ok(Run {
        requests,
        open,
        pages,
        median: *each.get(each.len() / 2).context("no page was opened")?,
        p99: each[each.len() * 99 / 100],
        service_cpu: usage::of_process(service.pid())?.saturating_sub(cpu) / pages,
        postgres_cpu: usage::of_postgres(postmaster)?.saturating_sub(postgres) / pages,
    })
}

/// One officer: opens a page, looks at it, opens the next.
async fn work(
    address: SocketAddr,
    cookie: String,
    comes_after: Duration,
    barrier: Arc<Barrier>,
) -> Result<Vec<Duration>> {
    let looks = LOOKS.map(|path| Prepared::page(path, &cookie));
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(128 * 1024);
    let mut warmed = Ok(());
    for look in &looks {
        warmed = warmed.and(exchange(&mut stream, look, &mut buffer).await);
    }
    // Also after a failure: the others wait here.
    barrier.wait().await;
    warmed?;
    sleep(comes_after).await;
    let begun = Instant::now();
    let mut each = Vec::new();
    for look in looks.iter().cycle() {
        if begun.elapsed() >= LASTS {
            break;
        }
        let asked = Instant::now();
        exchange(&mut stream, look, &mut buffer).await?;
        each.push(asked.elapsed());
        sleep(THOUGHT).await;
    }
    Ok(each)
}
