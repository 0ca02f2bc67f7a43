//! An office small enough to count by hand: 031 on Monday, 13 July 2026, at 08.00, open for eight hours a day.

use chrono::TimeDelta;

use crate::{story, support::TestApp};

pub const KHUSUS: &str = "00000000-0000-7000-8000-000000000002";
pub const KHUSUS2: &str = "00000000-0000-7000-8000-000000000011";

/// The request of a number.
pub fn request(n: u32) -> String {
    format!("00000000-0000-7000-a000-{n:012}")
}

/// Moves the clock to that Monday. `khusus` holds seven requests that are due tomorrow (1001 to 1007) and has drafted one
/// that is due today (1031), `khusus2` holds one of tomorrow (1011), and nobody took one of Wednesday (1021). With
/// `history`, the first completed 40 in the last twenty business days, the other 80; what came before, what was
/// withdrawn and what 952 did does not count.
pub async fn small_office(app: &TestApp, history: bool) {
    story::prepare(app).await;
    app.advance(TimeDelta::hours(64));
    let rows = "
        create temporary table rows (n int, office text, officer text, state text, at timestamptz, due_on date);
        insert into rows
        select n, '031', 'khusus', 'examining', null, '2026-07-14'::date from generate_series(1001, 1007) as n
        union all values (1011, '031', 'khusus2', 'examining', null::timestamptz, '2026-07-14'::date),
            (1021, '031', null, 'received', null, '2026-07-15'), (1031, '031', 'khusus', 'drafted', null, '2026-07-13')";
    let ended = "
        insert into rows
        select n, '031', 'khusus', 'issued', '2026-06-15 01:00Z'::timestamptz, null::date from generate_series(1, 40) as n
        union all select n, '031', 'khusus2', 'issued', '2026-07-10 08:00Z'::timestamptz, null::date from generate_series(41, 119) as n
        union all values (120, '031', 'khusus2', 'returned', '2026-07-10 08:00Z'::timestamptz, null::date),
            (121, '031', 'khusus2', 'issued', '2026-06-14 16:59Z', null), (122, '031', null, 'withdrawn', '2026-07-09Z', null),
            (123, '952', 'khusus.952', 'issued', '2026-07-09Z', null)";
    let written = "
        insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
        select id, 'kecil' || n, 'provisional', 'PT Contoh ' || n, 'kecil', '2026-06-01Z'
        from rows, lateral (select ('00000000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid as id) as ids;
        insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
            tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position, signer_capacity,
            pkp_name, pkp_address, email, first_received_at, state, officer_id, outcome, ended_at, withdrawn_reason)
        select id, office, id, 'new_credentials', 'per24_se20', 'online', 'known', 'proven', 'token-ephemeral', '999991342031000',
            '1', 'Jakarta', '2026-06-01', 'A', 'Direktur', 'pengurus', 'PT Contoh ' || n, 'Jalan 1', 'a@example.com', '2026-06-12 02:00Z',
            case state when 'returned' then 'incomplete' else state end,
            case when state in ('examining', 'drafted', 'issued') then staff_id end, case state when 'issued' then 'granted' end,
            case when state in ('issued', 'withdrawn') then at end, case state when 'withdrawn' then 'own' end
        from rows left join staff on username = officer,
            lateral (select ('00000000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid as id) as ids;
        insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on, tomorrow_from,
            today_from, due_at, derivation, calendar_version, ended_at, ending, breached)
        select id, id, office, 1, 'BPE-031-20260612-' || lpad(n::text, 5, '0'), '2026-06-12 02:00Z', 3, due_on,
            midnight - interval '2 days', midnight - interval '1 day', midnight,
            case when due_on is null then null else '{\"received_at\":\"2026-06-12T02:00:00Z\",\"zone\":\"Asia/Jakarta\",\"received_local\":\"2026-06-12T09:00:00\",\"closes_at\":\"16:00:00\",\"late\":false,\"calendar_version\":\"1\",\"steps\":[{\"date\":\"2026-06-12\",\"outcome\":\"day_zero\"}]}'::jsonb end,
            case when due_on is null then null else 1 end, at,
            case state when 'issued' then 'granted' when 'returned' then 'returned' when 'withdrawn' then 'withdrawn' end,
            case when at is null then null else false end
        from rows, lateral (select ('00000000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid as id,
            (due_on + 1)::timestamp at time zone 'Asia/Jakarta' as midnight) as ids;
        insert into returns (return_id, request_id, round_id, items, returned_by, returned_at, supply_by_on, lapses_at)
        select id, id, id, '[]', staff_id, at, '2026-07-24', '2026-07-24 17:00Z'
        from rows join staff on username = officer,
            lateral (select ('00000000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid as id) as ids
        where state = 'returned';
        drop table rows";
    let mut tx = app.pool.begin().await.unwrap();
    for part in [Some(rows), history.then_some(ended), Some(written)].into_iter().flatten() {
        sqlx::raw_sql(part).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}
