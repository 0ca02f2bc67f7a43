use futures_util::{Stream, StreamExt, TryStreamExt};

use super::{
    Cell, Cover, Export, Format, Piece, Table,
    requests::{threshold_id, whose},
    writing::{Rows, place, written},
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
        views::{
            behind_figure::{LimitIs, Measure, OLDEST, Wanted},
            board::item_name,
            sla_summary::scope,
        },
    },
    domain::{ids::SessionId, indonesian, names::RoundEnding},
    store::{
        self,
        audit::{By, Event},
        summaries::RoundBehind,
    },
};

const COLUMNS: &[&str] = &[
    "Nomor penerimaan",
    "Kantor",
    "Jenis",
    "PKP",
    "Diterima lengkap",
    "Zona",
    "Jatuh tempo",
    "Akhir",
    "Berakhir",
    "Terlambat",
    "Jam buka sampai surat (menit)",
];

/// The rounds behind a figure of the board as a file: exactly those that the figure counts. Who took it, and which, is
/// recorded before the first byte leaves.
///
/// Errors: those of [`crate::app::views::board::board`]; [`AppError::Unavailable`] while too many files are being written.
pub async fn export_rounds(
    office: &Office,
    session: SessionId,
    wanted: &Wanted,
    format: Format,
) -> Result<Export<impl Stream<Item = Piece> + Send + 'static>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (_, offices) = scope(&mut tx, &colleague, wanted.office).await?;
    let place = place(office)?;
    let (names, zone) = whose(&mut tx, &offices).await?;
    let cover = Cover {
        title: format!("Permohonan di balik angka: {}", measure_id(wanted.measure)),
        offices: names,
        filters: filters(office, wanted),
        at: now,
        zone,
        by: taken_by(&colleague),
    };
    let mut event = Event::new(By::Staff(colleague.id), "export_rounds").detail(serde_json::json!({
        "format": format.as_str(), "measure": wanted.measure.as_str(), "office": wanted.office, "kind": wanted.kind,
        "item": wanted.item, "age": wanted.running.age, "limit": wanted.running.limit.map(LimitIs::as_str),
        "due_from": wanted.running.due.0, "due_until": wanted.running.due.1, "days": wanted.measure.has_days().then_some(wanted.days),
    }));
    event.office = colleague.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;

    let day = now.with_timezone(&zone).format("%Y%m%d-%H%M");
    let file_name = format!("angka-{}-{day}.{}", wanted.measure.as_str(), format.as_str());
    let table = Table::begin(format, &cover, COLUMNS).map_err(AppError::Internal)?;
    let (figure, kind) = (wanted.behind(), wanted.kind);
    let rows: Rows = Box::new(move |conn| {
        store::summaries::all_behind(conn, &offices, kind, &figure, now).map_ok(cells).boxed()
    });
    Ok(written(office, place, format, file_name, (table, rows)))
}

pub(super) fn taken_by(colleague: &Colleague) -> String {
    format!("{} ({})", colleague.name, colleague.nip)
}

fn filters(office: &Office, wanted: &Wanted) -> Vec<(String, String)> {
    let mut filters = Vec::new();
    let mut narrowed = |name: &str, value: Option<String>| {
        filters.extend(value.map(|value| (name.to_owned(), value)));
    };
    if wanted.measure.has_days() {
        narrowed("Hari pertama", Some(indonesian::date(wanted.days.from)));
        narrowed("Hari terakhir", Some(indonesian::date(wanted.days.until)));
    }
    narrowed("Jenis", wanted.kind.map(|kind| kind.title().to_owned()));
    narrowed("Kekurangan", wanted.item.as_deref().map(|item| item_name(office, item)));
    narrowed(
        "Umur",
        wanted
            .running
            .age
            .map(|age| if age == OLDEST { format!("{age} hari atau lebih") } else { format!("{age} hari") }),
    );
    narrowed("Ambang", wanted.running.limit.map(|limit| limit_id(limit).to_owned()));
    narrowed("Jatuh tempo dari", wanted.running.due.0.map(indonesian::date));
    narrowed("Jatuh tempo sampai", wanted.running.due.1.map(indonesian::date));
    filters
}

fn cells(row: RoundBehind) -> Vec<Cell> {
    let clock = |at: chrono::DateTime<chrono::Utc>| Cell::Time(at.with_timezone(&row.zone).naive_local());
    vec![
        Cell::Text(row.receipt_number),
        Cell::text(row.office.as_str()),
        Cell::text(row.kind.title()),
        Cell::Text(row.pkp_name),
        clock(row.received_at),
        Cell::text(indonesian::zone_name(row.zone)),
        row.due_on.map_or_else(
            || Cell::text(if row.ended_at.is_some() { "tidak ada" } else { "menunggu kalender" }),
            Cell::Day,
        ),
        Cell::text(row.ending.map_or("Masih berjalan", ending_id)),
        row.ended_at.map_or(Cell::Empty, clock),
        row.breached.map_or(Cell::Empty, |late| Cell::text(if late { "ya" } else { "tidak" })),
        row.worked_minutes.map_or(Cell::Empty, |minutes| Cell::Number(minutes.into())),
    ]
}

pub(super) fn limit_id(limit: LimitIs) -> &'static str {
    match limit {
        LimitIs::At(threshold) => threshold_id(threshold),
        LimitIs::NotKnown => "Menunggu kalender",
    }
}

fn ending_id(ending: RoundEnding) -> &'static str {
    match ending {
        RoundEnding::Granted => "Dikabulkan",
        RoundEnding::Refused => "Ditolak",
        RoundEnding::Returned => "Dikembalikan",
        RoundEnding::Withdrawn => "Ditarik kembali",
    }
}

fn measure_id(measure: Measure) -> &'static str {
    match measure {
        Measure::Arrived => "Masuk",
        Measure::Received => "Diterima pertama kali",
        Measure::Resupplied => "Dilengkapi kembali",
        Measure::Ended => "Selesai",
        Measure::OnTime => "Selesai tepat waktu",
        Measure::Late => "Selesai terlambat",
        Measure::Undated => "Selesai tanpa jatuh tempo",
        Measure::Issued => "Surat terbit",
        Measure::IssuedOnTime => "Surat terbit tepat waktu",
        Measure::IssuedLate => "Surat terbit terlambat",
        Measure::IssuedUndated => "Surat terbit tanpa jatuh tempo",
        Measure::Returned => "Dikembalikan",
        Measure::ReturnedOnTime => "Dikembalikan tepat waktu",
        Measure::ReturnedLate => "Dikembalikan terlambat",
        Measure::ReturnedUndated => "Dikembalikan tanpa jatuh tempo",
        Measure::Withdrawn => "Ditarik kembali",
        Measure::Running => "Masih berjalan",
    }
}
