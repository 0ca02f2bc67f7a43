//! A file of the registry, taken in by sets: its rows are copied beside the registry, compared, and only what differs is
//! written. One import at a time; everything in the transaction of the caller.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, postgres::PgCopyIn};
use uuid::Uuid;

use super::{StoreError, taxpayers::ImportedTaxpayer};
use crate::domain::{
    names::{EvidenceCase, PkpStatus},
    office::OfficeCode,
};

/// Takes the place of the one import that may run; `false` when another one has it. From here on no statement of the
/// transaction ends by its time, joins are made by whole tables, since nothing is known of the rows that come, and no
/// statement is compiled: that takes seconds for each, whatever the number of rows.
pub async fn begin(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let free = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtext('taxpayer_import_rows')) as "free!""#
    )
    .fetch_one(&mut *conn)
    .await?;
    if free {
        sqlx::query!(
            "select set_config('statement_timeout', '0', true) as time, set_config('enable_nestloop', 'off', true) as joins,
                    set_config('work_mem', '64MB', true) as memory, set_config('jit', 'off', true) as compiled"
        )
        .fetch_one(conn)
        .await?;
    }
    Ok(free)
}

/// Rows on their way in.
pub struct Incoming<'c>(PgCopyIn<&'c mut PgConnection>);

pub async fn receive(conn: &mut PgConnection) -> Result<Incoming<'_>, StoreError> {
    let copy = conn
        .copy_in_raw(
            "copy taxpayer_import_rows (row_number, taxpayer_id, canonical, npwp15, npwp16, nik, nitku, kind, name,
                 office_code, address, city, province, email, pkp_status, evidence_case, evidence_number, evidence_on,
                 sppkp_number, sppkp_on, sppkp_office) from stdin",
        )
        .await?;
    Ok(Incoming(copy))
}

impl Incoming<'_> {
    /// Rows as [`write_row`] wrote them.
    pub async fn send(&mut self, rows: &[u8]) -> Result<(), StoreError> {
        self.0.send(rows).await?;
        Ok(())
    }

    /// How many there were.
    pub async fn end(self) -> Result<u64, StoreError> {
        Ok(self.0.finish().await?)
    }
}

/// Writes one row in the text form of `copy`.
pub fn write_row(out: &mut String, row: u64, new_id: Uuid, taxpayer: &ImportedTaxpayer) {
    let day = |on: Option<NaiveDate>| on.map(|on| on.to_string());
    let (evidence_on, sppkp_on) = (day(taxpayer.evidence_on), day(taxpayer.sppkp_on));
    // Writing into a text does not fail.
    let _ = write!(out, "{row}\t{new_id}");
    for value in [
        Some(taxpayer.canonical.as_str()),
        taxpayer.npwp15.as_deref(),
        taxpayer.npwp16.as_deref(),
        taxpayer.nik.as_deref(),
        taxpayer.nitku.as_deref(),
        Some(&taxpayer.kind),
        Some(&taxpayer.name),
        Some(taxpayer.office.as_str()),
        Some(&taxpayer.address),
        Some(&taxpayer.city),
        Some(&taxpayer.province),
        taxpayer.email.as_deref(),
        taxpayer.status.map(PkpStatus::as_str),
        taxpayer.evidence_case.map(EvidenceCase::as_str),
        taxpayer.evidence_number.as_deref(),
        evidence_on.as_deref(),
        taxpayer.sppkp_number.as_deref(),
        sppkp_on.as_deref(),
        taxpayer.sppkp_office.as_ref().map(OfficeCode::as_str),
    ] {
        out.push('\t');
        match value {
            Some(value) => push_escaped(out, value),
            None => out.push_str("\\N"),
        }
    }
    out.push('\n');
}

fn push_escaped(out: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // The database has no such character.
            '\0' => {}
            other => out.push(other),
        }
    }
}

/// Rows that cannot be taken, of which the first are named. They are gone from the rows that are compared.
#[derive(Debug, Default)]
pub struct Refused {
    pub total: u64,
    pub first: Vec<RefusedRow>,
}

#[derive(Debug)]
pub struct RefusedRow {
    pub row: u64,
    /// The number that stands in an earlier row, and that row; without one, the numbers are those of two taxpayers.
    pub twin: Option<(String, u64)>,
}

struct TwinRow {
    total: i64,
    row_number: i64,
    column_name: String,
    first_row: i64,
}

fn line(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn refused(rows: Vec<TwinRow>) -> Refused {
    Refused {
        total: rows.first().map_or(0, |row| line(row.total)),
        first: rows
            .into_iter()
            .map(|row| RefusedRow {
                row: line(row.row_number),
                twin: Some((row.column_name, line(row.first_row))),
            })
            .collect(),
    }
}

/// Refuses rows that repeat a number of an earlier row, in whichever form. Whether there are any is asked of short hashes
/// first; who repeats whom, of the numbers themselves.
pub async fn refuse_twins(conn: &mut PgConnection, most: i64) -> Result<Refused, StoreError> {
    let any = sqlx::query_scalar!(
        r#"select exists(
               select from (
                   select row_number, hashtextextended(npwp15, 0) as hash from taxpayer_import_rows where npwp15 is not null
                   union all select row_number, hashtextextended(npwp16, 0) from taxpayer_import_rows where npwp16 is not null
                   union all select row_number, hashtextextended(nik, 0) from taxpayer_import_rows where nik is not null
                   union all select row_number, hashtextextended(nitku, 0) from taxpayer_import_rows where nitku is not null
                   union all select row_number, hashtextextended(canonical, 0) from taxpayer_import_rows
                       where canonical is distinct from npwp16
               ) as numbers
               group by hash having min(row_number) <> max(row_number)) as "any!""#
    )
    .fetch_one(&mut *conn)
    .await?;
    if !any {
        return Ok(Refused::default());
    }
    let rows = sqlx::query_as!(
        TwinRow,
        r#"with numbers as (
               select row_number, 'npwp15' as column_name, npwp15 as digits from taxpayer_import_rows where npwp15 is not null
               union all select row_number, 'npwp16', npwp16 from taxpayer_import_rows where npwp16 is not null
               union all select row_number, 'nik', nik from taxpayer_import_rows where nik is not null
               union all select row_number, 'nitku', nitku from taxpayer_import_rows where nitku is not null
               union all select row_number, 'npwp15', canonical from taxpayer_import_rows where canonical is distinct from npwp16
           ), twice as (
               select digits, min(row_number) as first_row from numbers
               group by digits having min(row_number) <> max(row_number)
           ), later as (
               select distinct on (row_number) row_number, column_name, first_row
               from numbers join twice using (digits) where row_number <> first_row
               order by row_number, first_row, column_name
           ), gone as (
               delete from taxpayer_import_rows as one using later where one.row_number = later.row_number
           )
           select count(*) over () as "total!", row_number as "row_number!", column_name as "column_name!",
                  first_row as "first_row!"
           from later order by row_number limit $1"#,
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(refused(rows))
}

/// Finds whom each row is about by the numbers that the registry holds.
pub async fn match_numbers(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into taxpayer_import_matches (row_number, taxpayer_id)
         select row_number, known.taxpayer_id from taxpayer_import_rows as one join taxpayers as known using (npwp15)
         union
         select row_number, known.taxpayer_id from taxpayer_import_rows as one join taxpayers as known using (npwp16)
         union
         select row_number, known.taxpayer_id from taxpayer_import_rows as one join taxpayers as known using (nik)
         union
         select row_number, known.taxpayer_id from taxpayer_import_rows as one join taxpayers as known using (nitku)"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Refuses rows whose numbers belong to different taxpayers of the registry.
pub async fn refuse_mixed(conn: &mut PgConnection, most: i64) -> Result<Refused, StoreError> {
    let rows = sqlx::query!(
        r#"with mixed as (
               select row_number from taxpayer_import_matches group by row_number having count(*) > 1
           ), gone as (
               delete from taxpayer_import_rows as one using mixed where one.row_number = mixed.row_number
           ), unmatched as (
               delete from taxpayer_import_matches as one using mixed where one.row_number = mixed.row_number
           )
           select count(*) over () as "total!", row_number as "row_number!" from mixed order by row_number limit $1"#,
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(Refused {
        total: rows.first().map_or(0, |row| line(row.total)),
        first: rows.iter().map(|row| RefusedRow { row: line(row.row_number), twin: None }).collect(),
    })
}

/// Refuses rows about a taxpayer of the registry that an earlier row is about.
pub async fn refuse_same(conn: &mut PgConnection, most: i64) -> Result<Refused, StoreError> {
    let rows = sqlx::query_as!(
        TwinRow,
        r#"with twice as (
               select taxpayer_id, min(row_number) as first_row from taxpayer_import_matches
               group by taxpayer_id having count(*) > 1
           ), later as (
               select row_number, first_row from taxpayer_import_matches join twice using (taxpayer_id)
               where row_number <> first_row
           ), gone as (
               delete from taxpayer_import_rows as one using later where one.row_number = later.row_number
           ), unmatched as (
               delete from taxpayer_import_matches as one using later where one.row_number = later.row_number
           )
           select count(*) over () as "total!", row_number as "row_number!", '' as "column_name!", first_row as "first_row!"
           from later order by row_number limit $1"#,
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(refused(rows))
}

/// Finds whom the other rows are about: a number that somebody filed under before the registry knew it, or the same
/// number in another form.
pub async fn match_canonical(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into taxpayer_import_matches (row_number, taxpayer_id)
         select distinct on (row_number) row_number, known.taxpayer_id
         from (select row_number, canonical, true as first from taxpayer_import_rows
               union all select row_number, npwp16, false from taxpayer_import_rows where npwp16 is not null
               union all select row_number, nik, false from taxpayer_import_rows where nik is not null) as one
         join taxpayers as known on known.canonical = one.canonical and (one.first or known.kind = 'provisional')
         where not exists (select from taxpayer_import_matches as found where found.row_number = one.row_number)
         and not exists (select from taxpayer_import_matches as found where found.taxpayer_id = known.taxpayer_id)
         order by row_number, one.first desc"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the changes of a file are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changed {
    pub taxpayers: u64,
    /// Open requests of those whose office, status or address changed.
    pub open_requests: u64,
}

/// Renews the taxpayers whose row says something else, and logs each change. Evidence and SPPKP that a row does not
/// know stay. The address of an account is never touched.
pub async fn change(
    conn: &mut PgConnection,
    source: &str,
    now: DateTime<Utc>,
) -> Result<Changed, StoreError> {
    let counted = sqlx::query!(
        r#"with wanted as (
               select known.taxpayer_id, one.kind, one.name, one.npwp15, one.npwp16, one.nik, one.nitku, one.office_code,
                      one.address, one.city, one.province, one.email, one.pkp_status,
                      case when one.canonical = known.canonical or exists(
                               select from taxpayers as other
                               where other.canonical = one.canonical and other.taxpayer_id <> known.taxpayer_id)
                           then known.canonical else one.canonical end as canonical,
                      case when one.evidence_case is null then known.evidence_case else one.evidence_case end as evidence_case,
                      case when one.evidence_case is null then known.evidence_number else one.evidence_number end as evidence_number,
                      case when one.evidence_case is null then known.evidence_on else one.evidence_on end as evidence_on,
                      case when one.sppkp_number is null then known.sppkp_number else one.sppkp_number end as sppkp_number,
                      case when one.sppkp_number is null then known.sppkp_on else one.sppkp_on end as sppkp_on,
                      case when one.sppkp_number is null then known.sppkp_office else one.sppkp_office end as sppkp_office
               from taxpayer_import_matches
               join taxpayer_import_rows as one using (row_number)
               join taxpayers as known on known.taxpayer_id = taxpayer_import_matches.taxpayer_id
           ), changing as materialized (
               select wanted.*, to_jsonb(known) as before,
                      (wanted.office_code, wanted.pkp_status, wanted.address, wanted.city, wanted.province)
                      is distinct from (known.office_code, known.pkp_status, known.address, known.city, known.province) as tells
               from wanted join taxpayers as known using (taxpayer_id)
               where (wanted.canonical, wanted.kind, wanted.name, wanted.npwp15, wanted.npwp16, wanted.nik, wanted.nitku,
                      wanted.office_code, wanted.address, wanted.city, wanted.province, wanted.email, wanted.pkp_status,
                      wanted.evidence_case, wanted.evidence_number, wanted.evidence_on, wanted.sppkp_number, wanted.sppkp_on,
                      wanted.sppkp_office)
                     is distinct from
                     (known.canonical, known.kind, known.name, known.npwp15, known.npwp16, known.nik, known.nitku,
                      known.office_code, known.address, known.city, known.province, known.email, known.pkp_status,
                      known.evidence_case, known.evidence_number, known.evidence_on, known.sppkp_number, known.sppkp_on,
                      known.sppkp_office)
               for no key update of known
           ), written as (
               update taxpayers as known
               set canonical = changing.canonical, kind = changing.kind, name = changing.name, npwp15 = changing.npwp15,
                   npwp16 = changing.npwp16, nik = changing.nik, nitku = changing.nitku, office_code = changing.office_code,
                   address = changing.address, city = changing.city, province = changing.province, email = changing.email,
                   pkp_status = changing.pkp_status, evidence_case = changing.evidence_case,
                   evidence_number = changing.evidence_number, evidence_on = changing.evidence_on,
                   sppkp_number = changing.sppkp_number, sppkp_on = changing.sppkp_on, sppkp_office = changing.sppkp_office,
                   source = $1, updated_at = $2, version = known.version + 1
               from changing where known.taxpayer_id = changing.taxpayer_id
               returning known.taxpayer_id, to_jsonb(known) as after
           ), logged as (
               insert into taxpayer_changes (taxpayer_id, changed_at, changed_by, before, after)
               select taxpayer_id, $2, $1, before, after from changing join written using (taxpayer_id)
           )
           select (select count(*) from changing) as "taxpayers!",
                  (select count(*) from requests join changing using (taxpayer_id)
                   where tells and state in ('received', 'examining', 'drafted', 'incomplete')) as "open_requests!""#,
        source,
        now
    )
    .fetch_one(conn)
    .await?;
    Ok(Changed { taxpayers: line(counted.taxpayers), open_requests: line(counted.open_requests) })
}

/// Adds the taxpayers that the registry does not know. That is no change: what they were at first, since when and from
/// which file is in their row, and later in the `before` of their first change.
pub async fn add(conn: &mut PgConnection, source: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let added = sqlx::query!(
        "insert into taxpayers (taxpayer_id, canonical, kind, name, npwp15, npwp16, nik, nitku, office_code, address, city,
                                province, email, pkp_status, evidence_case, evidence_number, evidence_on, sppkp_number,
                                sppkp_on, sppkp_office, source, updated_at)
         select taxpayer_id, canonical, kind, name, npwp15, npwp16, nik, nitku, office_code, address, city, province,
                email, pkp_status, evidence_case, evidence_number, evidence_on, sppkp_number, sppkp_on, sppkp_office, $1, $2
         from taxpayer_import_rows as one
         where not exists (select from taxpayer_import_matches as found where found.row_number = one.row_number)",
        source,
        now
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected())
}

/// Empties what the import stood in.
pub async fn clear(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("delete from taxpayer_import_rows").execute(&mut *conn).await?;
    sqlx::query!("delete from taxpayer_import_matches").execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_holds_cannot_break_out_of_its_column() {
        let mut out = String::new();
        push_escaped(&mut out, "PT \\N\tTanda\nBaris\r\0\\.");
        assert_eq!(out, "PT \\\\N\\tTanda\\nBaris\\r\\\\.");
    }
}
