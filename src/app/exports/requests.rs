use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures_util::{Stream, StreamExt, TryStreamExt};
use sqlx::PgConnection;

use super::{
    Cell, Cover, Export, Format, Piece, Table,
    writing::{Rows, place, written},
};
use crate::{
    app::{
        AppError, Office,
        actor::Colleague,
        views::list_requests::{InHandOf, narrowed, reader, round_runs},
    },
    domain::{
        ids::SessionId,
        indonesian,
        names::{Kind, Sender},
        office::OfficeCode,
        state::StateName,
        working_days::{Threshold, threshold},
    },
    store::{
        self,
        audit::{By, Event},
        queue::{ExportRow, Filter},
    },
};

const COLUMNS: &[&str] = &[
    "Nomor penerimaan",
    "Kantor",
    "Jenis",
    "Keadaan",
    "Putaran",
    "PKP",
    "NPWP (disamarkan)",
    "Pengirim",
    "Diterima lengkap",
    "Zona",
    "Jatuh tempo",
    "Ambang",
    "Petugas",
];

/// What is asked for. Without a state: what is open, as in the list.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub format: Format,
    /// `None`: every office that the caller may see.
    pub office: Option<OfficeCode>,
    pub kind: Option<Kind>,
    pub state: Option<StateName>,
    pub threshold: Option<Threshold>,
    pub officer: Option<InHandOf>,
}

/// The list of requests as a file: the rows, rights and masks of the list. Who took it, and by which filters, is recorded
/// before the first byte leaves.
///
/// Errors: [`AppError::Forbidden`] for staff who process no requests; [`AppError::Unavailable`] while too many files are
/// being written.
pub async fn export_requests(
    office: &Office,
    session: SessionId,
    asked: Asked,
) -> Result<Export<impl Stream<Item = Piece> + Send + 'static>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, offices) = reader(office, &mut tx, session).await?;
    let place = place(office)?;
    let filter = Filter {
        kind: asked.kind,
        state: asked.state,
        threshold: asked.threshold,
        officer: asked.officer.map(|officer| match officer {
            InHandOf::Me => colleague.id,
            InHandOf::Officer(id) => id,
        }),
        open_only: true,
        offices: narrowed(offices, asked.office)?,
        ..Filter::default()
    };
    let holder = match filter.officer {
        Some(id) => store::staff::find(&mut tx, id).await?.map(|staff| staff.name),
        None => None,
    };
    let (names, zone) = whose(&mut tx, &filter.offices).await?;
    let cover = cover(&colleague, asked, holder, names, (now, zone));
    let mut event = Event::new(By::Staff(colleague.id), "export_requests").detail(serde_json::json!({
        "format": asked.format.as_str(), "kind": asked.kind, "state": asked.state, "threshold": asked.threshold,
        "officer": filter.officer, "office": asked.office,
    }));
    event.office = colleague.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;

    let day = now.with_timezone(&zone).format("%Y%m%d-%H%M");
    let file_name = format!("permohonan-{day}.{}", asked.format.as_str());
    let table = Table::begin(asked.format, &cover, COLUMNS).map_err(AppError::Internal)?;
    let rows: Rows = Box::new(move |conn| {
        store::queue::export(conn, &filter, now).map_ok(move |row| cells(row, now).into()).boxed()
    });
    Ok(written(office, place, asked.format, file_name, (table, rows)))
}

fn cells(row: ExportRow, now: DateTime<Utc>) -> [Cell; 13] {
    let threshold = row.due.filter(|_| round_runs(row.state)).map(|due| threshold(&due, now));
    [
        Cell::Text(row.receipt_number),
        Cell::text(row.office.as_str()),
        Cell::text(row.kind.title()),
        Cell::text(state_id(row.state)),
        Cell::Number(row.round_number.into()),
        Cell::Text(row.pkp_name),
        Cell::Text(indonesian::masked_tax_id(&row.tax_id)),
        Cell::text(match row.sender {
            Sender::Known => "dikenal",
            Sender::Unknown => "tidak dikenal",
            Sender::Counter => "loket",
            Sender::Post => "pos",
        }),
        Cell::Time(row.received_at.with_timezone(&row.zone).naive_local()),
        Cell::text(indonesian::zone_name(row.zone)),
        row.due_on.map_or_else(|| Cell::text("menunggu kalender"), Cell::Day),
        threshold.map_or(Cell::Empty, |threshold| Cell::text(threshold_id(threshold))),
        row.officer.map_or(Cell::Empty, Cell::Text),
    ]
}

/// The names of the offices, or how many there are; and the zone whose hour the cover names.
pub(super) async fn whose(conn: &mut PgConnection, codes: &[OfficeCode]) -> Result<(String, Tz), AppError> {
    let first = *codes.first().ok_or(AppError::Forbidden)?;
    let row = store::offices::find(conn, first).await?.ok_or(AppError::NotFound("office"))?;
    let said = match codes.len() {
        1 => format!("{first} {}", row.name),
        many => format!("{many} kantor dalam kewenangan pengambil"),
    };
    Ok((said, row.zone))
}

fn cover(
    colleague: &Colleague,
    asked: Asked,
    holder: Option<String>,
    offices: String,
    (at, zone): (DateTime<Utc>, Tz),
) -> Cover {
    let mut filters = Vec::new();
    let mut narrowed = |name: &str, value: Option<String>| {
        filters.extend(value.map(|value| (name.to_owned(), value)));
    };
    narrowed("Jenis", asked.kind.map(|kind| kind.title().to_owned()));
    narrowed("Keadaan", asked.state.map(|state| state_id(state).to_owned()));
    narrowed("Ambang", asked.threshold.map(|threshold| threshold_id(threshold).to_owned()));
    narrowed("Petugas", holder);
    let title = match asked.state {
        Some(_) => "Permohonan",
        None => "Permohonan terbuka",
    };
    Cover {
        title: title.to_owned(),
        offices,
        filters,
        at,
        zone,
        by: format!("{} ({})", colleague.name, colleague.nip),
    }
}

pub(super) fn state_id(state: StateName) -> &'static str {
    match state {
        StateName::Received => "Belum diambil",
        StateName::Examining => "Diteliti",
        StateName::Drafted => "Menunggu tanda tangan",
        StateName::Incomplete => "Menunggu pemohon",
        StateName::Issued => "Terbit",
        StateName::Withdrawn => "Ditarik kembali",
        StateName::Lapsed => "Gugur",
    }
}

pub(super) fn threshold_id(threshold: Threshold) -> &'static str {
    match threshold {
        Threshold::OnTrack => "Sesuai waktu",
        Threshold::DueTomorrow => "Jatuh tempo hari kerja berikutnya",
        Threshold::DueToday => "Jatuh tempo hari ini",
        Threshold::Overdue => "Lewat jatuh tempo",
    }
}
