use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};

use super::{
    Cell, Cover, Export, Format, Piece, Table,
    requests::{state_id, threshold_id},
    rounds::{limit_id, taken_by},
    writing::{Rows, place, written},
};
use crate::{
    app::{
        AppError, Office, actor,
        views::{
            list_requests::Page,
            parts::AtOffice,
            past::{Narrowed, PastRow, past},
        },
    },
    domain::{ids::SessionId, indonesian, office::OfficeCode},
    store::{
        self,
        audit::{By, Event},
    },
};

const COLUMNS: &[&str] = &[
    "Nomor penerimaan",
    "Jenis",
    "Keadaan saat itu",
    "Putaran",
    "PKP",
    "Diterima lengkap",
    "Zona",
    "Jatuh tempo saat itu",
    "Ambang saat itu",
    "Petugas saat itu",
    "Keadaan sekarang",
];

const NOT_KNOWN: &str = "tidak diketahui";

/// The queue of an office at a past moment as a file: the rows of the page, by the same filters. Who took it is recorded before
/// the first byte leaves.
///
/// Errors: those of [`past`]; [`AppError::Unavailable`] while too many files are being written.
pub async fn export_past(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    moment: DateTime<Utc>,
    narrowed: Narrowed,
    format: Format,
) -> Result<Export<impl Stream<Item = Piece> + Send + 'static>, AppError> {
    let place = place(office)?;
    let all = Page { limit: i64::MAX, after: None };
    let then = past(office, session, code, moment, narrowed, all).await?;
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let holder = match narrowed.officer {
        Some(id) => store::staff::find(&mut tx, id).await?.map(|staff| staff.name),
        None => None,
    };
    let AtOffice(_, zone) = then.at;
    let mut filters = filters(narrowed, holder);
    if filters.is_empty() {
        filters.push(("Penyaring".to_owned(), "tanpa penyaring".to_owned()));
    }
    filters.push(("Disusun kembali pada".to_owned(), indonesian::day_date_and_time(now, zone)));
    let cover = Cover {
        title: "Antrean pada saat lampau".to_owned(),
        offices: format!("{code} {}", then.office_name),
        filters,
        at: moment,
        zone,
        by: taken_by(&colleague),
    };
    let mut event = Event::new(By::Staff(colleague.id), "export_past").detail(serde_json::json!({
        "format": format.as_str(), "office": code, "moment": moment, "state": narrowed.state, "officer": narrowed.officer,
        "kind": narrowed.kind, "limit": narrowed.limit.map(store::summaries::LimitIs::as_str),
    }));
    event.office = colleague.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;

    let day = moment.with_timezone(&zone).format("%Y%m%d-%H%M");
    let file_name = format!("antrean-{code}-{day}.{}", format.as_str());
    let table = Table::begin(format, &cover, COLUMNS).map_err(AppError::Internal)?;
    let cells: Vec<Vec<Cell>> = then.items.into_iter().map(cells).collect();
    let rows: Rows = Box::new(move |_| stream::iter(cells).map(Ok).boxed());
    Ok(written(office, place, format, file_name, (table, rows)))
}

fn filters(narrowed: Narrowed, holder: Option<String>) -> Vec<(String, String)> {
    let named = [
        ("Ambang saat itu", narrowed.limit.map(|limit| limit_id(limit).to_owned())),
        ("Keadaan saat itu", narrowed.state.map(|state| state_id(state).to_owned())),
        ("Petugas saat itu", holder),
        ("Jenis", narrowed.kind.map(|kind| kind.title().to_owned())),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn cells(row: PastRow) -> Vec<Cell> {
    let AtOffice(received_at, zone) = row.received_at;
    vec![
        Cell::Text(row.receipt_number),
        Cell::text(row.kind.title()),
        Cell::text(row.state.map_or(NOT_KNOWN, state_id)),
        Cell::Number(row.round_number.into()),
        Cell::Text(row.pkp_name),
        Cell::Time(received_at.with_timezone(&zone).naive_local()),
        Cell::text(indonesian::zone_name(zone)),
        row.due_on.map_or_else(|| Cell::text("menunggu kalender"), Cell::Day),
        match row.threshold {
            Some(threshold) => Cell::text(threshold_id(threshold)),
            None if !row.threshold_known => Cell::text(NOT_KNOWN),
            None => Cell::Empty,
        },
        match (row.officer, row.state) {
            (Some(officer), _) => Cell::Text(officer.name),
            (None, None) => Cell::text(NOT_KNOWN),
            (None, Some(_)) => Cell::Empty,
        },
        Cell::text(state_id(row.state_now)),
    ]
}
