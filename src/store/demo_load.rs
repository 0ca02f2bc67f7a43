//! Rows of `aktivasi demo load`, many with one statement.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, to_json},
};
use crate::domain::{
    ids::StaffId,
    names::{Kind, Outcome, RoundEnding},
    office::OfficeCode,
    request::RoundDue,
    state::StateName,
};

/// An office that requests are loaded for.
#[derive(Debug, Clone)]
pub struct Place {
    pub code: OfficeCode,
    pub zone: chrono_tz::Tz,
    pub officers: Vec<StaffId>,
    /// Taxpayers that there are, numbered from 1.
    pub taxpayers: i64,
}

#[derive(Debug, Clone)]
pub struct LoadedRequest {
    pub id: Uuid,
    pub office: OfficeCode,
    /// Number of its taxpayer.
    pub taxpayer: i64,
    pub kind: Kind,
    pub received_at: DateTime<Utc>,
    pub state: StateName,
    pub officer: Option<StaffId>,
    /// Who had it before it went back.
    pub proposed: Option<StaffId>,
    /// Of a letter.
    pub refused: Option<bool>,
    pub withdrawn: bool,
    pub ended_at: Option<DateTime<Utc>>,
    pub round: i32,
}

#[derive(Debug, Clone)]
pub struct LoadedRound {
    pub id: Uuid,
    pub request: Uuid,
    pub office: OfficeCode,
    pub number: i32,
    /// Of its receipt, at the office.
    pub day: NaiveDate,
    pub received_at: DateTime<Utc>,
    pub due: RoundDue,
    pub ended_at: Option<DateTime<Utc>>,
    pub ending: Option<RoundEnding>,
    pub breached: Option<bool>,
    pub late_letter: bool,
    pub worked_minutes: Option<i32>,
    /// What it was returned for.
    pub item: Option<&'static str>,
    pub returned_by: StaffId,
}

/// What was recorded about a request: its past is replayed from it.
#[derive(Debug, Clone)]
pub struct LoadedRecord {
    pub at: DateTime<Utc>,
    pub request: Uuid,
    pub office: OfficeCode,
    pub act: &'static str,
    /// An officer; `None`: the filer or the loader.
    pub by: Option<StaffId>,
    pub outcome: Option<Outcome>,
    pub withdrawn: bool,
}

/// Whether there is anything that is not of a demonstration.
pub async fn holds_real_data(conn: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select exists(select from staff where not demo) as "real!""#)
        .fetch_one(conn)
        .await?)
}

/// Whether requests were loaded before.
pub async fn is_loaded(conn: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select exists(select from taxpayers where source = 'demo load') as "loaded!""#)
        .fetch_one(conn)
        .await?)
}

/// Taxpayers, and three officers with a decree for every office. Nobody can sign in as one of them.
pub async fn prepare(
    conn: &mut PgConnection,
    taxpayers: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Place>, StoreError> {
    sqlx::query!(
        "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
         select ('d0000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'muat-' || n, 'provisional',
                'PT Contoh Muatan ' || n, 'demo load', $2
         from generate_series(1, $1::bigint) as n",
        taxpayers,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into staff (staff_id, username, name, nip, office_code, password_hash, demo, created_at)
         select ('d1000000-0000-7000-8000-' || lpad(office_code || n, 12, '0'))::uuid, 'muat.' || office_code || '.' || n,
                (array['Ayu', 'Bima', 'Citra'])[n] || ' Contoh ' || office_code, '19' || lpad(office_code || n, 16, '0'),
                office_code, '', true, $1
         from offices, generate_series(1, 3) as n",
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into staff_roles (staff_id, role) select staff_id, 'special_officer' from staff where username like 'muat.%'"
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, recorded_at, recorded_by)
         select gen_random_uuid(), staff_id, office_code, 'KEP-DEMO', '2010-01-01', '2010-01-01', $1, 'demo load'
         from staff where username like 'muat.%'",
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"select office_code as "office_code!", time_zone as "time_zone!", array_agg(staff_id) as "officers!"
           from offices join staff using (office_code) where username like 'muat.%'
           group by office_code, time_zone order by office_code"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Place {
            code: Column("offices", "office_code").parse(&row.office_code)?,
            zone: Column("offices", "time_zone").parse(&row.time_zone)?,
            officers: row.officers.into_iter().map(StaffId).collect(),
            taxpayers,
        })
    })
    .collect()
}

/// The version of the calendar that due dates name; a first one where there is none.
pub async fn calendar_version(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<i64, StoreError> {
    if let Some(version) = sqlx::query_scalar!("select max(calendar_version) from calendar_versions")
        .fetch_one(&mut *conn)
        .await?
    {
        return Ok(version);
    }
    Ok(sqlx::query_scalar!(
        "insert into calendar_versions (changed_at, changed_by, note) values ($1, 'demo load', 'demo load')
         returning calendar_version",
        now
    )
    .fetch_one(conn)
    .await?)
}

/// Writes requests with their rounds, returns and records.
pub async fn write(
    conn: &mut PgConnection,
    requests: &[LoadedRequest],
    rounds: &[LoadedRound],
    records: &[LoadedRecord],
) -> Result<(), StoreError> {
    insert_requests(conn, requests).await?;
    insert_rounds(conn, rounds).await?;
    insert_records(conn, records).await?;
    let returned: Vec<&LoadedRound> = rounds.iter().filter(|round| round.item.is_some()).collect();
    sqlx::query!(
        "insert into returns (return_id, request_id, round_id, items, returned_by, returned_at, supply_by_on, lapses_at)
         select gen_random_uuid(), request, round, jsonb_build_array(jsonb_build_object('code', item)), officer, at,
                (at + interval '14 days')::date, at + interval '15 days'
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[]) as r (request, round, item, officer, at)",
        &returned.iter().map(|round| round.request).collect::<Vec<_>>(),
        &returned.iter().map(|round| round.id).collect::<Vec<_>>(),
        &returned.iter().filter_map(|round| round.item.map(str::to_owned)).collect::<Vec<_>>(),
        &returned.iter().map(|round| round.returned_by.0).collect::<Vec<_>>(),
        &returned.iter().filter_map(|round| round.ended_at).collect::<Vec<_>>()
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_requests(conn: &mut PgConnection, requests: &[LoadedRequest]) -> Result<(), StoreError> {
    let each = |of: fn(&LoadedRequest) -> String| requests.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position, signer_capacity,
             pkp_name, pkp_address, email, reprint_reason, previous_office, first_received_at, state, officer_id, proposed_officer, outcome,
             ended_at, withdrawn_reason, round_number)
         select id, office, ('d0000000-0000-7000-8000-' || lpad(taxpayer::text, 12, '0'))::uuid, kind, regime_code, 'online', 'known',
                'proven', 'demo', lpad(taxpayer::text, 15, '0'), 'S-' || taxpayer, 'Jakarta', received_at::date, 'Direktur Contoh',
                'Direktur', 'pengurus', 'PT Contoh Muatan ' || taxpayer, 'Jalan Contoh 1', 'muat' || taxpayer || '@demo.example',
                case kind when 'reprint' then 'damaged' end, case kind when 'move_office' then office end,
                received_at, state, officer, proposed, case refused when true then 'refused' when false then 'granted' end, ended_at,
                case when withdrawn then 'own' end, round
         from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::uuid[], $8::boolean[],
                     $9::boolean[], $10::timestamptz[], $11::integer[], $12::uuid[])
              as r (id, office, taxpayer, kind, received_at, state, officer, refused, withdrawn, ended_at, round, proposed),
              (select regime_code from regimes where is_default) as regime",
        &requests.iter().map(|request| request.id).collect::<Vec<_>>(),
        &each(|request| request.office.to_string()),
        &requests.iter().map(|request| request.taxpayer).collect::<Vec<_>>(),
        &each(|request| request.kind.as_str().to_owned()),
        &requests.iter().map(|request| request.received_at).collect::<Vec<_>>(),
        &each(|request| request.state.as_str().to_owned()),
        &requests.iter().map(|request| request.officer.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &requests.iter().map(|request| request.refused).collect::<Vec<_>>() as &[Option<bool>],
        &requests.iter().map(|request| request.withdrawn).collect::<Vec<_>>(),
        &requests.iter().map(|request| request.ended_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &requests.iter().map(|request| request.round).collect::<Vec<_>>(),
        &requests.iter().map(|request| request.proposed.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_rounds(conn: &mut PgConnection, rounds: &[LoadedRound]) -> Result<(), StoreError> {
    let mut derivations = Vec::with_capacity(rounds.len());
    for round in rounds {
        derivations.push(to_json(&round.due.derivation)?);
    }
    let at = |of: fn(&LoadedRound) -> DateTime<Utc>| rounds.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on,
             tomorrow_from, today_from, due_at, derivation, calendar_version, ended_at, ending, breached, worked_minutes,
             overdue_cause_code)
         select id, request, office, number,
                'BPE-' || office || '-' || to_char(day, 'YYYYMMDD') || '-' || lpad(nextval('receipt_numbers')::text, 8, '0'),
                received_at, 3, due_on, tomorrow_from, today_from, due_at, derivation, version, ended_at, ending, breached,
                worked, case when late then 'workload' end
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::date[], $6::timestamptz[], $7::date[],
                     $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::jsonb[], $12::bigint[], $13::timestamptz[],
                     $14::text[], $15::boolean[], $16::integer[], $17::boolean[])
              as r (id, request, office, number, day, received_at, due_on, tomorrow_from, today_from, due_at, derivation,
                    version, ended_at, ending, breached, worked, late)",
        &rounds.iter().map(|round| round.id).collect::<Vec<_>>(),
        &rounds.iter().map(|round| round.request).collect::<Vec<_>>(),
        &rounds.iter().map(|round| round.office.to_string()).collect::<Vec<_>>(),
        &rounds.iter().map(|round| round.number).collect::<Vec<_>>(),
        &rounds.iter().map(|round| round.day).collect::<Vec<_>>(),
        &at(|round| round.received_at),
        &rounds.iter().map(|round| round.due.due_on).collect::<Vec<_>>(),
        &at(|round| round.due.instants.tomorrow_from),
        &at(|round| round.due.instants.today_from),
        &at(|round| round.due.instants.due_at),
        &derivations,
        &rounds.iter().map(|round| round.due.calendar_version).collect::<Vec<_>>(),
        &rounds.iter().map(|round| round.ended_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &rounds.iter().map(|round| round.ending.map(|ending| ending.as_str().to_owned())).collect::<Vec<_>>()
            as &[Option<String>],
        &rounds.iter().map(|round| round.breached).collect::<Vec<_>>() as &[Option<bool>],
        &rounds.iter().map(|round| round.worked_minutes).collect::<Vec<_>>() as &[Option<i32>],
        &rounds.iter().map(|round| round.late_letter).collect::<Vec<_>>()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// In their order, which is that of the acts of each request.
async fn insert_records(conn: &mut PgConnection, records: &[LoadedRecord]) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into audit_events (at, actor_kind, actor_id, act, office_code, request_id, detail)
         select at, case when by is not null then 'staff' when act in ('file_request', 'resupply', 'withdraw') then 'taxpayer' else 'system' end,
                by, act, office, request,
                case when outcome is not null then jsonb_build_object('outcome', outcome)
                     when withdrawn then jsonb_build_object('reason', 'own') else '{}' end
         from unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::boolean[])
              with ordinality as r (at, by, act, office, request, outcome, withdrawn, place)
         order by place",
        &records.iter().map(|record| record.at).collect::<Vec<_>>(),
        &records.iter().map(|record| record.by.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &records.iter().map(|record| record.act.to_owned()).collect::<Vec<_>>(),
        &records.iter().map(|record| record.office.to_string()).collect::<Vec<_>>(),
        &records.iter().map(|record| record.request).collect::<Vec<_>>(),
        &records.iter().map(|record| record.outcome.map(|outcome| outcome.as_str().to_owned())).collect::<Vec<_>>()
            as &[Option<String>],
        &records.iter().map(|record| record.withdrawn).collect::<Vec<_>>()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Folds what the rows changed.
pub async fn fold(conn: &mut PgConnection) -> Result<(), StoreError> {
    super::summaries::fold(conn, i32::MAX).await?;
    Ok(())
}
