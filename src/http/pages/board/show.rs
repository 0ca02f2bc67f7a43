//! The page of figures.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use minijinja::Value;
use serde::Serialize;

use super::{
    PATH,
    charts::{Chart, bar, shares, two_lines},
    findings::{self, per_cent},
};
use crate::{
    app::views::{
        board::{Board, Period, board},
        figures::ByThreshold,
    },
    domain::{
        figures::{Days, Within, last_of_month},
        ids::StaffId,
        names::{Role, Scope},
        office::OfficeCode,
    },
    http::pages::frame::{Page, PageError, Staff, Typed, WATCHES, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("board_page", Method::GET, PATH, WATCHES, || web::to(show))]
}

/// Offices that are shown before the rest is asked for.
const FIRST: usize = 20;

#[derive(Serialize)]
struct View {
    office: Option<OfficeCode>,
    /// The whole scope is wider than what is shown.
    wider: bool,
    /// What links carry on, with its `&`.
    narrowed: String,
    live: String,
    tiles: Vec<Tile>,
    on_time: Share,
    returned: Share,
    this: Named,
    last: Named,
    year: Named,
    flow: (String, Chart),
    months: (String, Chart),
    month_lines: Vec<MonthLine>,
    ages: (String, Vec<Bar>),
    loads: (String, Vec<Bar>),
    /// More offices than are shown.
    more: bool,
    reasons: (String, Vec<Value>),
    kinds: Vec<KindLine>,
    board: Board,
}

#[derive(Serialize)]
struct Tile {
    threshold: &'static str,
    count: i64,
}

#[derive(Serialize)]
struct Share {
    this: Option<i64>,
    last: Option<i64>,
    year: Option<i64>,
}

impl Share {
    fn of(board: &Board, share: impl Fn(&Period) -> Option<f64>) -> Self {
        let per_cent = |period| share(period).map(per_cent);
        Self {
            this: per_cent(&board.this_month),
            last: per_cent(&board.last_month),
            year: per_cent(&board.last_year),
        }
    }
}

/// What templates cannot sum up.
#[derive(Serialize)]
struct Named {
    month: String,
    arrived: i64,
    ended: i64,
    issued: i64,
    returned: i64,
    late: i64,
    undated: i64,
    median: Option<Hours>,
    p90: Option<Hours>,
}

/// Opening hours, written.
#[derive(Serialize)]
struct Hours {
    from: String,
    until: Option<String>,
}

impl Hours {
    fn of(within: Within) -> Self {
        let hours = |minutes: i64| match minutes % 60 {
            0 => (minutes / 60).to_string(),
            _ => format!("{},5", minutes / 60),
        };
        Self { from: hours(within.from_minutes), until: within.until_minutes.map(hours) }
    }
}

/// A month with its days, as links need them.
#[derive(Serialize)]
struct MonthLine {
    name: String,
    #[serde(flatten)]
    days: Days,
    arrived: i64,
    ended: i64,
    late: i64,
    on_time: Option<i64>,
}

#[derive(Serialize)]
struct KindLine {
    kind: crate::domain::names::Kind,
    arrived: i64,
    ended: i64,
    late: i64,
    on_time: Option<i64>,
    median: Option<Hours>,
    p90: Option<Hours>,
}

/// A row of a table with its bar.
#[derive(Serialize)]
struct Bar {
    /// A person, an office, or days.
    name: Option<String>,
    code: Option<OfficeCode>,
    days: i32,
    href: String,
    total: i64,
    by_threshold: ByThreshold,
    on_time: Option<i64>,
    /// The list of what it counts, to which a threshold is added.
    list: String,
    drawing: Value,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let only = match asked.get("kantor") {
        "" => None,
        code => Some(code.parse().map_err(|_| PageError::Unknown)?),
    };
    let board = board(staff.office(), staff.session(), only).await?;
    let every = asked.get("semua") == "ya";
    staff.show("board/board.html", &View::new(&staff, board, only, every))
}

impl View {
    fn new(staff: &Staff, board: Board, only: Option<OfficeCode>, every: bool) -> Self {
        let narrowed = only.map(|code| format!("&kantor={code}")).unwrap_or_default();
        let by = board.open.by_threshold;
        let tile = |threshold, count| Tile { threshold, count };
        let (loads, more) = loads(&board, every);
        let named = |period: &Period| {
            let counted = period.counted;
            Named {
                month: staff.write_month(period.days.from),
                arrived: counted.arrived(),
                ended: counted.ended(),
                issued: counted.issued(),
                returned: counted.returned(),
                late: counted.late(),
                undated: counted.undated(),
                median: period.worked.median.map(Hours::of),
                p90: period.worked.p90.map(Hours::of),
            }
        };
        Self {
            office: only,
            wider: only.is_some() && sees_more_offices(staff),
            live: format!("{PATH}/kabar{}", narrowed.replacen('&', "?", 1)),
            narrowed,
            tiles: vec![
                tile("overdue", by.overdue),
                tile("due_today", by.due_today),
                tile("due_tomorrow", by.due_tomorrow),
                tile("on_track", by.on_track),
            ],
            on_time: Share::of(&board, |period| period.on_time_share),
            returned: Share::of(&board, |period| period.returned_share),
            this: named(&board.this_month),
            last: named(&board.last_month),
            year: named(&board.last_year),
            flow: (findings::flow(&board.days).said(staff), flow(staff, &board)),
            months: (
                findings::on_time(board.this_month.on_time_share, board.last_month.on_time_share).said(staff),
                months(staff, &board),
            ),
            month_lines: month_lines(staff, &board),
            ages: (findings::age(&board.open.by_age).said(staff), ages(&board, only)),
            loads: (findings::load(&board).said(staff), loads),
            more,
            reasons: (findings::returned(&board).said(staff), reasons(&board)),
            kinds: kinds(&board),
            board,
        }
    }
}

/// Whether the whole board of whoever looks is of several offices. Their own account may stand at one of these.
fn sees_more_offices(staff: &Staff) -> bool {
    let roles = &staff.who().colleague.roles;
    roles.iter().any(|(role, scope)| *role == Role::Supervisor && *scope != Scope::Office)
}

fn flow(staff: &Staff, board: &Board) -> Chart {
    let labels: Vec<String> = board.days.iter().map(|line| staff.write_short_date(line.day)).collect();
    let counts = |of: fn(&crate::app::views::board::DayFigures) -> i64| board.days.iter().map(of).collect();
    let (arrived, ended): (Vec<i64>, Vec<i64>) = (counts(|day| day.arrived), counts(|day| day.ended));
    let sum = |counts: &[i64]| counts.iter().sum::<i64>().to_string();
    let said = staff.say("board.flow.said", &[("masuk", &sum(&arrived)), ("selesai", &sum(&ended))]);
    let (first, second) = (staff.say("board.arrived", &[]), staff.say("board.ended", &[]));
    two_lines(&said, &labels, &[(&first, arrived), (&second, ended)])
}

fn months(staff: &Staff, board: &Board) -> Chart {
    let labelled: Vec<(String, Option<f64>)> =
        board.months.iter().map(|line| (staff.write_short_month(line.month), line.on_time_share)).collect();
    let told: Vec<String> = board
        .months
        .iter()
        .filter_map(|line| Some((line.month, per_cent(line.on_time_share?))))
        .map(|(month, share)| format!("{} {share}%", staff.write_month(month)))
        .collect();
    shares(&staff.say("board.on_time.said", &[("bulan", &told.join(", "))]), &labelled)
}

fn month_lines(staff: &Staff, board: &Board) -> Vec<MonthLine> {
    let months = board.months.iter();
    months
        .map(|line| MonthLine {
            name: staff.write_month(line.month),
            days: Days { from: line.month, until: last_of_month(line.month) },
            arrived: line.arrived,
            ended: line.ended,
            late: line.late,
            on_time: line.on_time_share.map(per_cent),
        })
        .collect()
}

fn parts(by: ByThreshold) -> [(&'static str, i64); 4] {
    [
        ("f-overdue", by.overdue),
        ("f-due_today", by.due_today),
        ("f-due_tomorrow", by.due_tomorrow),
        ("f-on_track", by.on_track),
    ]
}

fn ages(board: &Board, only: Option<OfficeCode>) -> Vec<Bar> {
    let lines = &board.open.by_age;
    let most = lines.iter().map(|line| line.total).max().unwrap_or(0);
    let office = only.map(|code| format!("&kantor={code}")).unwrap_or_default();
    lines
        .iter()
        .map(|line| Bar {
            name: None,
            code: None,
            days: line.days,
            href: String::new(),
            list: format!("{PATH}/permohonan?angka=running&umur={}{office}", line.days),
            total: line.total,
            by_threshold: line.by_threshold,
            on_time: None,
            drawing: bar(&parts(line.by_threshold), most),
        })
        .collect()
}

/// Officers of one office, or offices; and whether some are left out.
fn loads(board: &Board, every: bool) -> (Vec<Bar>, bool) {
    let open = &board.open;
    let most = open
        .by_officer
        .iter()
        .map(|line| line.total)
        .chain(open.by_office.iter().map(|line| line.total))
        .max()
        .unwrap_or(0);
    let here = board.scope.office_code.map(|code| format!("kantor={code}&")).unwrap_or_default();
    let in_hand_of = |officer: Option<StaffId>| match officer {
        Some(id) => format!("/antrean?{here}petugas={id}"),
        None => format!("/antrean?{here}keadaan=received"),
    };
    let people = open.by_officer.iter().map(|line| Bar {
        name: line.name.clone(),
        code: None,
        days: 0,
        href: in_hand_of(line.officer_id),
        list: in_hand_of(line.officer_id),
        total: line.total,
        by_threshold: line.by_threshold,
        on_time: None,
        drawing: bar(&parts(line.by_threshold), most),
    });
    #[expect(clippy::cast_precision_loss, reason = "counts of letters fit a float exactly")]
    let on_time = |late: i64, ended: i64| (ended > 0).then(|| per_cent((ended - late) as f64 / ended as f64));
    let offices = open.by_office.iter().map(|line| Bar {
        name: Some(line.name.clone()),
        code: Some(line.office_code),
        days: 0,
        href: format!("{PATH}?kantor={}", line.office_code),
        list: format!("{PATH}/permohonan?angka=running&kantor={}", line.office_code),
        total: line.total,
        by_threshold: line.by_threshold,
        on_time: on_time(line.late, line.ended),
        drawing: bar(&parts(line.by_threshold), most),
    });
    let shown = if every { usize::MAX } else { FIRST };
    (people.chain(offices.take(shown)).collect(), open.by_office.len() > shown)
}

fn reasons(board: &Board) -> Vec<Value> {
    let most = board.returned_for.first().map_or(0, |line| line.returned);
    board.returned_for.iter().map(|line| bar(&[("a", line.returned)], most)).collect()
}

fn kinds(board: &Board) -> Vec<KindLine> {
    board
        .by_kind
        .iter()
        .map(|line| KindLine {
            kind: line.kind,
            arrived: line.counted.arrived(),
            ended: line.counted.ended(),
            late: line.counted.late(),
            on_time: line.on_time_share.map(per_cent),
            median: line.worked.median.map(Hours::of),
            p90: line.worked.p90.map(Hours::of),
        })
        .collect()
}
