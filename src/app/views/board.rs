//! The figures of an office, a Kanwil or the country: what is open now, this month beside the last and that of last year,
//! days and months, why requests went back. All of one moment, and each the number of the rounds behind it.

use std::collections::BTreeMap;

use chrono::{DateTime, Days as ForDays, Months, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    figures::{ByKind, ByThreshold},
    parts::AtOffice,
    sla_summary::{ScopeView, scope, zone},
};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        figures::{Counted, Days, Month, Within, Worked, first_of_month, last_of_month},
        ids::{SessionId, StaffId},
        names::{Kind, Scope},
        office::OfficeCode,
        state::StateName,
    },
    store::{
        self,
        summaries::{Area, Change, Kept, KeptWork, OpenGroup},
    },
};

/// Days that arrivals and completions are told for, today included.
const DAYS: u64 = 28;
/// Months before this one that are told.
const MONTHS: u32 = 12;

#[derive(Debug, Serialize)]
pub struct Board {
    pub as_of: AtOffice,
    pub scope: ScopeView,
    pub open: OpenNow,
    pub this_month: Period,
    /// The same days of the month before.
    pub last_month: Period,
    /// The same days a year before.
    pub last_year: Period,
    pub by_kind: Vec<KindFigures>,
    pub days: Vec<DayFigures>,
    pub months: Vec<MonthFigures>,
    pub returned_for: Vec<ItemFigures>,
    /// `None`: not every office was counted yet.
    pub letters: Option<LetterFigures>,
}

/// The balance of letters as it was counted last, some minutes ago at most.
#[derive(Debug, Serialize)]
pub struct LetterFigures {
    pub counted_at: AtOffice,
    pub issued: i64,
    pub delivered: i64,
    pub pending: i64,
    pub returned: i64,
    pub given_up: i64,
    pub unexplained: i64,
}

/// What is open now.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct OpenNow {
    /// With those that wait for their filers.
    pub total: i64,
    /// The clock runs.
    pub running: i64,
    pub incomplete: i64,
    pub unclaimed: i64,
    pub drafted: i64,
    pub awaiting_calendar: i64,
    pub by_threshold: ByThreshold,
    pub by_kind: ByKind,
    /// Running rounds by days since their receipt; the last one holds all that are older.
    pub by_age: Vec<AgeFigures>,
    /// Of one office; the line without an officer is what nobody took.
    pub by_officer: Vec<OfficerLoad>,
    /// Of a Kanwil or the country; the most urgent first.
    pub by_office: Vec<OfficeLoad>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct AgeFigures {
    pub days: i32,
    pub total: i64,
    pub by_threshold: ByThreshold,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OfficerLoad {
    pub officer_id: Option<StaffId>,
    pub name: Option<String>,
    pub total: i64,
    pub by_threshold: ByThreshold,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OfficeLoad {
    pub office_code: OfficeCode,
    pub name: String,
    pub total: i64,
    pub unclaimed: i64,
    pub by_threshold: ByThreshold,
    /// What the office ended this month, and how much of it late.
    pub ended: i64,
    pub late: i64,
}

/// The rounds of some days.
#[derive(Debug, Serialize)]
pub struct Period {
    #[serde(flatten)]
    pub days: Days,
    #[serde(flatten)]
    pub counted: Counted,
    /// Rounds that ran at the end of the last day.
    pub running: i64,
    pub on_time_share: Option<f64>,
    pub returned_share: Option<f64>,
    /// Of the whole month, also where the days end earlier.
    pub worked: WorkedFigures,
}

/// Opening hours between receipt and letter.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct WorkedFigures {
    /// Letters whose time was measured.
    pub measured: i64,
    pub median: Option<Within>,
    pub p90: Option<Within>,
}

#[derive(Debug, Serialize)]
pub struct KindFigures {
    pub kind: Kind,
    #[serde(flatten)]
    pub counted: Counted,
    pub on_time_share: Option<f64>,
    pub worked: WorkedFigures,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct DayFigures {
    pub day: NaiveDate,
    pub arrived: i64,
    pub ended: i64,
}

#[derive(Debug, Serialize)]
pub struct MonthFigures {
    /// Its first day.
    pub month: NaiveDate,
    pub arrived: i64,
    pub ended: i64,
    pub late: i64,
    pub on_time_share: Option<f64>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ItemFigures {
    pub item: String,
    pub name: String,
    pub returned: i64,
}

/// The figures of the caller's scope, or of one office in it.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope.
pub async fn board(office: &Office, session: SessionId, only: Option<OfficeCode>) -> Result<Board, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::summaries::as_of_one_moment(&mut tx).await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (kind, offices) = scope(&mut tx, &colleague, only).await?;
    let one = offices.first().copied().filter(|_| kind == Scope::Office);
    let zone = zone(&mut tx, offices.first().copied()).await?;
    let today = store::summaries::today(&mut tx, &offices, now).await?.ok_or(AppError::NotFound("office"))?;
    let area = if kind == Scope::National { Area::Country } else { Area::Offices(offices.clone()) };
    let groups = store::summaries::open(&mut tx, &offices, now).await?;
    let past = Past::load(&mut tx, &area, today, today).await?;
    let mut open = OpenNow::of(&groups);
    if one.is_some() {
        open.by_officer = by_officer(&mut tx, &groups).await?;
    } else {
        open.by_office = by_office(&mut tx, &offices, &groups, &past).await?;
    }
    let letters = store::balance::kept(&mut tx, &offices).await?;
    tx.rollback().await?;
    let month = Days::month_until(today);
    let running = open.running;
    Ok(Board {
        as_of: AtOffice(now, zone),
        scope: ScopeView {
            kind,
            office_code: one,
            kanwil: colleague.kanwil.filter(|_| kind == Scope::Kanwil),
            from: month.from,
            until: month.until,
        },
        open,
        this_month: past.period(month, running),
        last_month: past.period(month.months_before(1), running),
        last_year: past.period(month.months_before(12), running),
        by_kind: past.by_kind(month),
        days: past.last_days(today),
        months: past.months(today),
        returned_for: items(office, past.items),
        letters: letters.map(|kept| LetterFigures {
            counted_at: AtOffice(kept.counted_at, zone),
            issued: kept.issued,
            delivered: kept.delivered,
            pending: kept.pending,
            returned: kept.returned,
            given_up: kept.given_up,
            unexplained: kept.unexplained,
        }),
    })
}

/// The figures of one office and a whole month that is over, beside the whole month before.
pub(in crate::app) struct MonthThatIsOver {
    pub this: Period,
    pub before: Period,
    pub by_kind: Vec<KindFigures>,
    pub returned_for: Vec<ItemFigures>,
}

/// By the same summaries as the board; the transaction is of one moment. `today` is that of the office.
pub(in crate::app) async fn month_that_is_over(
    office: &Office,
    conn: &mut PgConnection,
    code: OfficeCode,
    month: Month,
    (now, today): (DateTime<Utc>, NaiveDate),
) -> Result<MonthThatIsOver, AppError> {
    let groups = store::summaries::open(conn, &[code], now).await?;
    let past = Past::load(conn, &Area::Offices(vec![code]), month.last(), today).await?;
    let running = OpenNow::of(&groups).running;
    Ok(MonthThatIsOver {
        this: past.period(month.days(), running),
        before: past.period(month.before().days(), running),
        by_kind: past.by_kind(month.days()),
        returned_for: items(office, past.items),
    })
}

/// The summaries with what is not folded yet added.
struct Past {
    days: BTreeMap<(NaiveDate, Kind), Counted>,
    months: BTreeMap<(NaiveDate, Kind), Counted>,
    worked: BTreeMap<(NaiveDate, Kind), Worked>,
    items: BTreeMap<String, i64>,
    changes: Vec<Change>,
    month_on: NaiveDate,
}

impl Past {
    /// Until a day; months until that of now, so that it is known what came since.
    async fn load(
        conn: &mut PgConnection,
        area: &Area,
        today: NaiveDate,
        now_on: NaiveDate,
    ) -> Result<Self, AppError> {
        let month = Days::month_until(today);
        let (last_month, last_year) = (month.months_before(1), month.months_before(12));
        let from = last_month.from.min(today - ForDays::new(DAYS));
        let mut days = store::summaries::days(conn, area, from, today).await?;
        days.extend(store::summaries::days(conn, area, last_year.from, last_of_month(last_year.from)).await?);
        let first = month.from - Months::new(MONTHS);
        let months = store::summaries::months(conn, area, first, first_of_month(now_on)).await?;
        let wanted = [month.from, last_month.from, last_year.from];
        let worked = store::summaries::worked(conn, area, &wanted).await?;
        let items = store::summaries::items(conn, area, month.from).await?;
        let changes = store::summaries::changes(conn, area).await?;
        let mut past = Self {
            days: sums(&days),
            months: sums(&months),
            worked: steps(&worked),
            items: items.into_iter().collect(),
            changes: Vec::new(),
            month_on: month.from,
        };
        for change in &changes {
            past.add(change);
        }
        past.changes = changes;
        Ok(past)
    }

    /// Changes of days that nobody asked for are added too: nobody looks at them.
    fn add(&mut self, change: &Change) {
        let month_on = first_of_month(change.day_on);
        match change.measure.as_str() {
            "worked" => {
                let step = change.detail.parse().unwrap_or(usize::MAX);
                self.worked.entry((month_on, change.kind)).or_default().add(step, change.amount);
            }
            "returned_for" => {
                if month_on == self.month_on {
                    *self.items.entry(change.detail.clone()).or_default() += change.amount;
                }
            }
            measure => {
                let day = self.days.entry((change.day_on, change.kind)).or_default();
                day.add_named(measure, change.amount);
                let month = self.months.entry((month_on, change.kind)).or_default();
                month.add_named(measure, change.amount);
            }
        }
    }

    fn counted(&self, days: Days, kind: Option<Kind>) -> Counted {
        let mut sum = Counted::default();
        for ((day, of), counted) in &self.days {
            if days.hold(*day) && kind.is_none_or(|kind| kind == *of) {
                sum += *counted;
            }
        }
        sum
    }

    fn worked(&self, month_on: NaiveDate, kind: Option<Kind>) -> WorkedFigures {
        let mut sum = Worked::default();
        for ((month, of), worked) in &self.worked {
            if *month == month_on && kind.is_none_or(|kind| kind == *of) {
                sum += worked;
            }
        }
        WorkedFigures { measured: sum.measured(), median: sum.within(50), p90: sum.within(90) }
    }

    /// What ran at the end of a day: what runs now, without what came and with what ended since.
    fn running_after(&self, day: NaiveDate, running: i64) -> i64 {
        let mut since = Counted::default();
        let end_of_month = last_of_month(day);
        for ((on, _), counted) in &self.days {
            if *on > day && *on <= end_of_month {
                since += *counted;
            }
        }
        for ((month, _), counted) in &self.months {
            if *month > day {
                since += *counted;
            }
        }
        running - since.arrived() + since.ended() + since.withdrawn
    }

    /// `running`: rounds that run now.
    fn period(&self, days: Days, running: i64) -> Period {
        let counted = self.counted(days, None);
        Period {
            days,
            counted,
            running: self.running_after(days.until, running),
            on_time_share: counted.on_time_share(),
            returned_share: counted.returned_share(),
            worked: self.worked(days.from, None),
        }
    }

    fn by_kind(&self, days: Days) -> Vec<KindFigures> {
        let of = |&kind: &Kind| {
            let counted = self.counted(days, Some(kind));
            let worked = self.worked(days.from, Some(kind));
            KindFigures { kind, counted, on_time_share: counted.on_time_share(), worked }
        };
        Kind::ALL.iter().map(of).collect()
    }

    fn last_days(&self, today: NaiveDate) -> Vec<DayFigures> {
        let days = (0..DAYS).rev().filter_map(|back| today.checked_sub_days(ForDays::new(back)));
        days.map(|day| {
            let counted = self.counted(Days { from: day, until: day }, None);
            DayFigures { day, arrived: counted.arrived(), ended: counted.ended() }
        })
        .collect()
    }

    fn months(&self, today: NaiveDate) -> Vec<MonthFigures> {
        let this = first_of_month(today);
        let months = (0..=MONTHS).rev().filter_map(|back| this.checked_sub_months(Months::new(back)));
        months
            .map(|month| {
                let mut sum = Counted::default();
                for (_, counted) in self.months.iter().filter(|((of, _), _)| *of == month) {
                    sum += *counted;
                }
                MonthFigures {
                    month,
                    arrived: sum.arrived(),
                    ended: sum.ended(),
                    late: sum.late(),
                    on_time_share: sum.on_time_share(),
                }
            })
            .collect()
    }
}

fn sums(kept: &[Kept]) -> BTreeMap<(NaiveDate, Kind), Counted> {
    let mut sums: BTreeMap<_, Counted> = BTreeMap::new();
    for row in kept {
        *sums.entry((row.on, row.kind)).or_default() += row.counted;
    }
    sums
}

fn steps(kept: &[KeptWork]) -> BTreeMap<(NaiveDate, Kind), Worked> {
    let mut sums: BTreeMap<_, Worked> = BTreeMap::new();
    for row in kept {
        let worked = sums.entry((row.month_on, row.kind)).or_default();
        for (step, amount) in row.steps.iter().enumerate() {
            worked.add(step, i64::from(*amount));
        }
    }
    sums
}

impl OpenNow {
    /// Every figure is a sum over the same groups, so the totals agree with each other.
    pub(super) fn of(groups: &[OpenGroup]) -> Self {
        let mut open = Self {
            by_age: (0..=store::summaries::OLDEST)
                .map(|days| AgeFigures { days, ..AgeFigures::default() })
                .collect(),
            ..Self::default()
        };
        for group in groups {
            open.total += group.count;
            open.by_kind.add(group.kind, group.count);
            match group.state {
                StateName::Incomplete => {
                    open.incomplete += group.count;
                    continue;
                }
                StateName::Received => open.unclaimed += group.count,
                StateName::Drafted => open.drafted += group.count,
                StateName::Examining | StateName::Issued | StateName::Withdrawn | StateName::Lapsed => {}
            }
            open.running += group.count;
            match group.threshold {
                Some(threshold) => open.by_threshold.add(threshold, group.count),
                None => open.awaiting_calendar += group.count,
            }
            let age = usize::try_from(group.age).unwrap_or_default();
            if let Some(line) = open.by_age.get_mut(age) {
                line.total += group.count;
                if let Some(threshold) = group.threshold {
                    line.by_threshold.add(threshold, group.count);
                }
            }
        }
        open
    }
}

fn running(groups: &[OpenGroup]) -> impl Iterator<Item = &OpenGroup> {
    groups.iter().filter(|group| group.state != StateName::Incomplete)
}

/// Who has how much in hand, by name; last what nobody took.
pub(super) async fn by_officer(
    conn: &mut PgConnection,
    groups: &[OpenGroup],
) -> Result<Vec<OfficerLoad>, AppError> {
    let mut loads: BTreeMap<Option<StaffId>, (i64, ByThreshold)> = BTreeMap::new();
    for group in running(groups) {
        let (total, by_threshold) = loads.entry(group.officer).or_default();
        *total += group.count;
        if let Some(threshold) = group.threshold {
            by_threshold.add(threshold, group.count);
        }
    }
    let ids: Vec<StaffId> = loads.keys().flatten().copied().collect();
    let names = store::staff::names(conn, &ids).await?;
    let mut lines: Vec<OfficerLoad> = loads
        .into_iter()
        .map(|(officer_id, (total, by_threshold))| OfficerLoad {
            officer_id,
            name: officer_id.and_then(|id| names.get(&id).cloned()),
            total,
            by_threshold,
        })
        .collect();
    lines.sort_by(|a, b| (a.name.is_none(), &a.name).cmp(&(b.name.is_none(), &b.name)));
    Ok(lines)
}

async fn by_office(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    groups: &[OpenGroup],
    past: &Past,
) -> Result<Vec<OfficeLoad>, AppError> {
    let mut months: BTreeMap<OfficeCode, Counted> =
        store::summaries::months_of_offices(conn, offices, past.month_on).await?.into_iter().collect();
    for change in &past.changes {
        if first_of_month(change.day_on) == past.month_on {
            months.entry(change.office).or_default().add_named(&change.measure, change.amount);
        }
    }
    let mut loads: BTreeMap<OfficeCode, OfficeLoad> = store::summaries::office_names(conn, offices)
        .await?
        .into_iter()
        .map(|(office_code, name)| {
            let counted = months.get(&office_code).copied().unwrap_or_default();
            let load = OfficeLoad {
                office_code,
                name,
                total: 0,
                unclaimed: 0,
                by_threshold: ByThreshold::default(),
                ended: counted.ended(),
                late: counted.late(),
            };
            (office_code, load)
        })
        .collect();
    for group in running(groups) {
        let Some(load) = loads.get_mut(&group.office) else { continue };
        load.total += group.count;
        if group.state == StateName::Received {
            load.unclaimed += group.count;
        }
        if let Some(threshold) = group.threshold {
            load.by_threshold.add(threshold, group.count);
        }
    }
    let mut lines: Vec<OfficeLoad> = loads.into_values().collect();
    let urgency = |line: &OfficeLoad| {
        let by = line.by_threshold;
        (by.overdue, by.due_today, by.due_tomorrow, line.total)
    };
    lines.sort_by(|a, b| urgency(b).cmp(&urgency(a)).then(a.office_code.cmp(&b.office_code)));
    Ok(lines)
}

/// The most frequent first, in the words of the deficiency list.
fn items(office: &Office, items: BTreeMap<String, i64>) -> Vec<ItemFigures> {
    let mut lines: Vec<ItemFigures> = items
        .into_iter()
        .filter(|(_, returned)| *returned > 0)
        .map(|(item, returned)| ItemFigures { name: item_name(office, &item), item, returned })
        .collect();
    lines.sort_by(|a, b| b.returned.cmp(&a.returned).then(a.item.cmp(&b.item)));
    lines
}

/// The name of a deficiency where it is counted: what is particular to one request stays out.
pub fn item_name(office: &Office, code: &str) -> String {
    let Some(item) = office.templates.deficiency_items().iter().find(|known| known.code == code) else {
        return code.to_owned();
    };
    let words = item.name.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, after)| after));
    let name = words.collect::<String>();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let finding = if item.finding.contains("{{") { "" } else { item.finding.as_str() };
    format!("{name} {finding}").trim().to_owned()
}

/// The offices whose figures the caller may see, by code.
///
/// Errors: [`AppError::Forbidden`] for other roles.
pub async fn offices_to_see(
    office: &Office,
    session: SessionId,
) -> Result<Vec<(OfficeCode, String)>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let (_, offices) = scope(&mut tx, &colleague, None).await?;
    let named = store::summaries::office_names(&mut tx, &offices).await?;
    tx.rollback().await?;
    Ok(named)
}
