//! `aktivasi demo load`: years of requests as offices might have had them, to look at figures and to measure them.
//!
//! More come on Mondays and in spring, few on days off and at night; offices differ in size and in how fast they are; some
//! requests are returned and completed again, withdrawn, or late. The end of the period is now, so what has not ended by
//! then is open. Due dates are counted by the calendar of each office. What was open in the last [`RECORDED`] days has the
//! records of its acts, from which a past moment is rebuilt. The same numbers make the same requests. There are no letters,
//! mails or papers behind them.

mod calendar;
mod life;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use sqlx::PgPool;
use uuid::{Builder, Uuid};

use crate::{
    admin::Failure,
    clock::{Clock, SystemClock},
    domain::{
        ids::StaffId,
        names::{Kind, Outcome, RoundEnding},
        request::RoundDue,
        state::StateName,
        working_days::{Calendar, due, local_midnight},
    },
    store::{
        StoreError,
        demo_load::{self, LoadedRecord, LoadedRequest, LoadedRound, Place},
    },
};
use life::Life;

/// How much, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub requests: u32,
    /// How many days they came in, today the last.
    pub days: u32,
    pub now: DateTime<Utc>,
}

/// `aktivasi demo load`.
pub async fn run(requests: u32, years: u32) -> Result<(), Failure> {
    let place = super::Place::from_environment()?;
    let pool = PgPool::connect(&place.database_url)
        .await
        .map_err(|error| Failure::new(format!("the database does not answer: {error}")))?;
    let told = |error: StoreError| Failure::new(format!("the requests cannot be loaded: {error}"));
    let mut conn = pool.acquire().await.map_err(|error| told(error.into()))?;
    if demo_load::holds_real_data(&mut conn).await.map_err(told)? {
        return Err(Failure::new("this database has staff who are not of the demo; nothing was loaded"));
    }
    if demo_load::is_loaded(&mut conn).await.map_err(told)? {
        return Err(Failure::new("requests were loaded before; make clean-data begins anew"));
    }
    drop(conn);
    let rounds = load(&pool, Plan { requests, days: years.saturating_mul(YEAR), now: SystemClock.now() })
        .await
        .map_err(told)?;
    println!("{requests} requests of {years} years with {rounds} rounds are there; see /papan");
    Ok(())
}

/// Requests that one statement writes.
const BATCH: usize = 4_000;
/// Requests of one taxpayer, about; of less than a year, one: two of a kind are never open.
const OF_ONE: u32 = 5;
const YEAR: u32 = 365;
/// Days back for which acts are recorded.
const RECORDED: TimeDelta = TimeDelta::days(100);

/// Writes the requests of a plan. Returns how many rounds they had.
pub async fn load(pool: &PgPool, plan: Plan) -> Result<u64, StoreError> {
    let mut conn = pool.acquire().await?;
    let of_one = if plan.days < YEAR { 1 } else { OF_ONE };
    let taxpayers = plan.requests.div_ceil(of_one).max(2_000).min(plan.requests);
    let places = demo_load::prepare(&mut conn, i64::from(taxpayers), plan.now).await?;
    let calendar_version = demo_load::calendar_version(&mut conn, plan.now).await?;
    let mut calendars = Vec::with_capacity(places.len());
    for place in &places {
        calendars.push(calendar::of_office(&mut conn, place, plan).await?);
    }
    let mut world = World::new(places, calendars, plan, calendar_version);
    let mut rounds = 0;
    let mut batch = Batch::default();
    for (day, count) in world.arrivals() {
        for _ in 0..count {
            world.request(day, &mut batch);
            if batch.requests.len() == BATCH {
                rounds += batch.write(pool).await?;
            }
        }
    }
    rounds += batch.write(pool).await?;
    Ok(rounds)
}

#[derive(Default)]
struct Batch {
    requests: Vec<LoadedRequest>,
    rounds: Vec<LoadedRound>,
    records: Vec<LoadedRecord>,
}

impl Batch {
    /// One transaction: no request is without its rounds.
    async fn write(&mut self, pool: &PgPool) -> Result<u64, StoreError> {
        let mut tx = pool.begin().await?;
        demo_load::write(&mut tx, &self.requests, &self.rounds, &self.records).await?;
        demo_load::fold(&mut tx).await?;
        tx.commit().await?;
        let written = self.rounds.len() as u64;
        self.requests.clear();
        self.rounds.clear();
        self.records.clear();
        Ok(written)
    }
}

/// Small numbers that look random and are the same each time (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// 0 to `sides` - 1.
    fn roll(&mut self, sides: u32) -> u32 {
        u32::try_from(self.next() % u64::from(sides.max(1))).unwrap_or_default()
    }

    /// The place of one of the weights, the heavier the more often.
    fn pick(&mut self, weights: &[u32]) -> usize {
        let mut left = self.roll(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }
}

struct World {
    plan: Plan,
    places: Vec<Place>,
    /// Cumulative sizes of the offices.
    sizes: Vec<u32>,
    /// Of each office.
    calendars: Vec<Calendar>,
    calendar_version: i64,
    taxpayers: u32,
    dice: Dice,
    number: u32,
}

impl World {
    fn new(places: Vec<Place>, calendars: Vec<Calendar>, plan: Plan, calendar_version: i64) -> Self {
        let mut dice = Dice(0x616b_7469_7661_7369);
        let mut sum = 0;
        let sizes = places
            .iter()
            .map(|_| {
                sum += 3 + dice.roll(10) * (1 + dice.roll(3));
                sum
            })
            .collect();
        Self {
            taxpayers: u32::try_from(places.first().map_or(1, |place| place.taxpayers)).unwrap_or(1),
            plan,
            places,
            sizes,
            calendars,
            calendar_version,
            dice,
            number: 0,
        }
    }

    /// How many requests come on each day; together those of the plan.
    fn arrivals(&self) -> Vec<(NaiveDate, u32)> {
        let last = self.plan.now.date_naive();
        let first = last - Days::new(u64::from(self.plan.days));
        let weights: Vec<(NaiveDate, u64)> =
            first.iter_days().take_while(|day| *day <= last).map(|day| (day, self.busy(day))).collect();
        let sum: u64 = weights.iter().map(|(_, weight)| weight).sum();
        let (mut passed, mut given) = (0, 0);
        weights
            .into_iter()
            .map(|(day, weight)| {
                passed += weight;
                let until = u64::from(self.plan.requests) * passed / sum.max(1);
                let count = u32::try_from(until - given).unwrap_or_default();
                given = until;
                (day, count)
            })
            .collect()
    }

    fn busy(&self, day: NaiveDate) -> u64 {
        let works = self.calendars.first().is_some_and(|days| days.is_business_day(day) == Ok(true));
        let weekday = match day.weekday() {
            Weekday::Mon => 125,
            Weekday::Tue => 110,
            Weekday::Wed => 100,
            Weekday::Thu => 95,
            Weekday::Fri => 80,
            Weekday::Sat | Weekday::Sun => 60,
        };
        // Tax returns are due in March and April; the year ends in December.
        let season = [120, 100, 135, 130, 90, 85, 100, 95, 95, 100, 105, 115][day.month0() as usize % 12];
        let grown = 100 + u64::from(u32::try_from(day.year() - 2010).unwrap_or_default()) * 5;
        weekday * season * grown / if works { 1 } else { 9 }
    }

    fn request(&mut self, day: NaiveDate, batch: &mut Batch) {
        let size = self.dice.roll(self.sizes.last().copied().unwrap_or(1));
        let at = self.sizes.partition_point(|sum| *sum <= size).min(self.places.len() - 1);
        let place = self.places[at].clone();
        let Some(received_at) = self.hour_of(day, place.zone, true) else { return };
        let received_at = received_at.min(self.plan.now - TimeDelta::minutes(1));
        let kind = Kind::ALL[self.dice.pick(&[45, 30, 17, 8]) % Kind::ALL.len()];
        self.number += 1;
        let id = self.id(received_at);
        let officer =
            place.officers[self.dice.roll(u32::try_from(place.officers.len()).unwrap_or(1)) as usize];
        let mut request = LoadedRequest {
            id,
            office: place.code,
            taxpayer: i64::from(self.number % self.taxpayers.max(1)) + 1,
            kind,
            received_at,
            state: StateName::Received,
            officer: None,
            proposed: None,
            refused: None,
            withdrawn: false,
            ended_at: None,
            round: 1,
        };
        let mut life = Life::begins(&request, officer);
        // A fifth of the offices is slow.
        let slow = at % 5 == 0;
        let mut begins = received_at;
        let mut rounds = Vec::new();
        for number in 1..=3 {
            request.round = number;
            let ending = match self.dice.pick(&[84, 6, if number == 1 { 8 } else { 2 }, 2]) {
                0 => RoundEnding::Granted,
                1 => RoundEnding::Refused,
                2 => RoundEnding::Returned,
                _ => RoundEnding::Withdrawn,
            };
            let Some(round) = self.round(at, &request, (begins, ending, slow), officer) else { return };
            let until = round.ended_at.unwrap_or(self.plan.now);
            let (taken, drafted) = (i64::from(5 + self.dice.roll(85)), i64::from(10 + self.dice.roll(110)));
            let ended_at = round.ended_at;
            rounds.push(round);
            let Some(ended_at) = ended_at else {
                match self.dice.pick(&[40, 45, 15]) {
                    // Who had it before it was completed is asked first.
                    0 => request.proposed = (number > 1).then_some(officer),
                    in_hand => {
                        (request.state, request.officer) = (StateName::Examining, Some(officer));
                        life.is_claimed(&self.calendars[at], begins, taken, until);
                        if in_hand == 2 {
                            request.state = StateName::Drafted;
                            life.is_drafted(drafted, until);
                        }
                    }
                }
                break;
            };
            if ending != RoundEnding::Withdrawn {
                life.is_claimed(&self.calendars[at], begins, taken, until);
            }
            match ending {
                RoundEnding::Granted | RoundEnding::Refused => {
                    (request.state, request.officer) = (StateName::Issued, Some(officer));
                    let refused = ending == RoundEnding::Refused;
                    (request.refused, request.ended_at) = (Some(refused), Some(ended_at));
                    life.is_drafted(drafted, until);
                    life.is_signed(ended_at, if refused { Outcome::Refused } else { Outcome::Granted });
                    break;
                }
                RoundEnding::Withdrawn => {
                    request.state = StateName::Withdrawn;
                    request.withdrawn = true;
                    life.is_withdrawn(ended_at);
                    request.ended_at = Some(ended_at);
                    break;
                }
                RoundEnding::Returned => {
                    life.is_returned(ended_at);
                    let back = ended_at + TimeDelta::minutes(i64::from(600 + self.dice.roll(14_000)));
                    let lapses = self.dice.roll(100) < 15 || number == 3;
                    let lapsed_at = ended_at + TimeDelta::days(15);
                    if lapses && lapsed_at < self.plan.now {
                        request.state = StateName::Lapsed;
                        request.ended_at = Some(lapsed_at);
                        life.lapses(lapsed_at);
                        break;
                    }
                    if lapses || back >= self.plan.now {
                        request.state = StateName::Incomplete;
                        request.proposed = Some(officer);
                        break;
                    }
                    begins = back;
                    life.is_resupplied(back);
                }
            }
        }
        batch.rounds.extend(rounds);
        if request.ended_at.is_none_or(|at| at > self.plan.now - RECORDED) {
            batch.records.extend(life.into_records());
        }
        batch.requests.push(request);
    }

    /// A round that ends in this way, unless that is still to come. `None`: no calendar reaches so far.
    fn round(
        &mut self,
        at: usize,
        request: &LoadedRequest,
        (received_at, ending, slow): (DateTime<Utc>, RoundEnding, bool),
        officer: StaffId,
    ) -> Option<LoadedRound> {
        let (zone, office) = (self.places[at].zone, self.places[at].code);
        let due = {
            let calendar = &self.calendars[at];
            RoundDue::new(due(calendar, received_at, 3).ok()?, self.calendar_version)?
        };
        let days = if slow { [8, 20, 30, 32, 10] } else { [20, 35, 28, 14, 3] };
        let ended_at = self.end_of(at, received_at, days).filter(|at| *at < self.plan.now);
        let letter = matches!(ending, RoundEnding::Granted | RoundEnding::Refused);
        let calendar = &self.calendars[at];
        let worked = |at| calendar.working_time(received_at, at).ok().map(|time| time.num_minutes());
        let worked_minutes = ended_at
            .filter(|_| letter)
            .and_then(worked)
            .map(|minutes| i32::try_from(minutes).unwrap_or(i32::MAX));
        let breached = ended_at.map(|at| at >= due.instants.due_at);
        let items =
            ["identitas_tidak_terbaca", "identitas_tidak_ada", "tanda_tangan_tidak_ada", "salah_kantor"];
        let item = items[self.dice.pick(&[50, 25, 15, 10]) % items.len()];
        Some(LoadedRound {
            id: self.id(received_at),
            request: request.id,
            office,
            number: request.round,
            day: received_at.with_timezone(&zone).date_naive(),
            received_at,
            due,
            ended_at,
            ending: ended_at.map(|_| ending),
            breached,
            late_letter: breached == Some(true) && letter,
            worked_minutes,
            item: ended_at.filter(|_| ending == RoundEnding::Returned).map(|_| item),
            returned_by: officer,
        })
    }

    /// When it ends: so many business days later as the weights say, in opening hours.
    fn end_of(&mut self, at: usize, received_at: DateTime<Utc>, weights: [u32; 5]) -> Option<DateTime<Utc>> {
        let days = self.dice.pick(&weights);
        let days = if days == 4 { days + self.dice.roll(4) as usize } else { days };
        let zone = self.places[at].zone;
        let mut day = received_at.with_timezone(&zone).date_naive();
        let calendar = &self.calendars[at];
        let mut left = days;
        while left > 0 || calendar.is_business_day(day) != Ok(true) {
            day = day.succ_opt()?;
            if calendar.is_business_day(day) == Ok(true) {
                left = left.saturating_sub(1);
            }
        }
        let at = self.hour_of(day, zone, false)?;
        Some(at.max(received_at + TimeDelta::minutes(20)))
    }

    /// An instant of a day there: office hours, and for what comes online also the evening.
    fn hour_of(&mut self, day: NaiveDate, zone: Tz, online: bool) -> Option<DateTime<Utc>> {
        let hours = [0, 1, 4, 12, 16, 15, 8, 10, 13, 9, 4, 2, 2, 2, 1, 1, 0];
        let until = if online { hours.len() } else { 10 };
        let hour = 6 + i64::try_from(self.dice.pick(&hours[..until])).ok()?;
        let second = i64::from(self.dice.roll(3_600));
        let midnight = local_midnight(zone, day)?;
        let at =
            midnight + TimeDelta::hours(hour.max(8 - 2 * i64::from(online))) + TimeDelta::seconds(second);
        Some(at)
    }

    /// In the order of time, as the ids of the service are.
    fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.dice.next().to_le_bytes());
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
