//! A printed letter is posted, or collected at the counter against the receipt by somebody whose identity was seen.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::{HeldLetter, hold, may_hand_out};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
    },
    domain::{
        delivery::{IdentityKind, LastFour, TrackingNumber},
        ids::{LetterId, SessionId},
        line::Line,
        names::Delivery,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
        deliveries::NewDelivery,
    },
};

/// How the letter leaves.
#[derive(Debug, Clone)]
pub enum HandOver {
    Posted(Posting),
    /// Collected against a receipt of its request.
    Collected(Collection),
}

#[derive(Debug, Clone)]
pub struct Posting {
    /// `None`: today.
    pub on: Option<NaiveDate>,
    pub tracking_number: TrackingNumber,
}

/// Who collects, as seen at the counter.
#[derive(Debug, Clone)]
pub struct Collection {
    pub receipt_number: Line<60>,
    pub name: Line<120>,
    pub identity: IdentityKind,
    pub last_four: LastFour,
}

pub async fn hand_out(
    office: &Office,
    session: SessionId,
    id: LetterId,
    how: &HandOver,
) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    hand_out_in(office, &mut tx, &colleague, id, how).await?;
    tx.commit().await?;
    Ok(())
}

/// The act, in the caller's transaction.
pub(super) async fn hand_out_in(
    office: &Office,
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: LetterId,
    how: &HandOver,
) -> Result<(), AppError> {
    let now = office.now();
    let held = hold(conn, colleague, id).await?;
    may_hand_out(colleague, &held.letter)?;
    let letter = &held.letter;
    if held.current.way == Delivery::Email {
        return Err(AppError::GoesByEmail);
    }
    if held.current.is_out() {
        return Err(AppError::HandedOutAlready);
    }
    held.still_goes(conn).await?;
    if letter.copy_number.is_some() && matches!(how, HandOver::Posted(_)) {
        return Err(AppError::fault(
            "/way",
            "counter_only",
            "Cetak ulang hanya diserahkan di loket setelah identitas asli dilihat.",
        ));
    }
    if letter.printed_count == 0 {
        return Err(AppError::NotPrintedYet);
    }
    let (number, how) = match how {
        HandOver::Posted(posting) => {
            if held.current.way != Delivery::Post || held.current.handed_out_at.is_some() {
                return Err(AppError::NeedsRedelivery);
            }
            let today = actor::local_day(conn, letter.office, now).await?;
            let issued_on = actor::local_day(conn, letter.office, letter.created_at).await?;
            let on = day("/posted_on", posting.on, (issued_on, today))?;
            let tracking_number = posting.tracking_number.clone();
            (held.current.number, store::deliveries::HandOver::Posted { on, tracking_number })
        }
        HandOver::Collected(collection) => {
            let how = against_receipt(conn, id, collection).await?;
            (at_the_counter(conn, &held, colleague, office).await?, how)
        }
    };
    store::deliveries::hand_out(conn, id, number, &how, colleague.id, now).await.map_err(duplicate)?;
    let detail = match &how {
        store::deliveries::HandOver::Posted { on, tracking_number } => {
            serde_json::json!({ "way": "post", "posted_on": on, "tracking_number": tracking_number.as_str() })
        }
        store::deliveries::HandOver::Collected { receipt_number, identity, .. } => {
            serde_json::json!({ "way": "counter", "receipt_number": receipt_number, "identity": identity })
        }
    };
    store::audit::record(
        conn,
        Event::new(By::Staff(colleague.id), "hand_out_letter")
            .office(letter.office)
            .request(letter.request)
            .subject(id.0)
            .detail(detail),
        now,
    )
    .await?;
    Ok(())
}

/// A day that was typed: not before the first one, not in the future. Today when none was.
pub(super) fn day(
    pointer: &str,
    typed: Option<NaiveDate>,
    (first, today): (NaiveDate, NaiveDate),
) -> Result<NaiveDate, AppError> {
    let day = typed.unwrap_or(today);
    if day > today {
        return Err(AppError::fault(pointer, "future", "Tanggal tidak boleh sesudah hari ini."));
    }
    if day < first {
        return Err(AppError::fault(pointer, "too_early", "Tanggal tidak boleh sebelum surat itu keluar."));
    }
    Ok(day)
}

/// The receipt is what its holder was told to bring: a receipt of another request hands nothing out.
async fn against_receipt(
    conn: &mut PgConnection,
    id: LetterId,
    collection: &Collection,
) -> Result<store::deliveries::HandOver, AppError> {
    let shown = collection.receipt_number.as_str();
    let receipts = store::deliveries::receipts(conn, id).await?;
    let receipt_number =
        receipts.into_iter().find(|receipt| receipt.eq_ignore_ascii_case(shown)).ok_or_else(|| {
            AppError::fault(
                "/collector/receipt_number",
                "wrong_receipt",
                "Nomor ini bukan tanda terima permohonan dari surat ini. Periksa tanda terima yang dibawa.",
            )
        })?;
    Ok(store::deliveries::HandOver::Collected {
        receipt_number,
        name: collection.name.as_str().to_owned(),
        identity: collection.identity,
        last_four: collection.last_four.clone(),
    })
}

/// Whoever comes to the counter gets the letter, also one that waits for the post or came back from it.
async fn at_the_counter(
    conn: &mut PgConnection,
    held: &HeldLetter,
    colleague: &Colleague,
    office: &Office,
) -> Result<i32, AppError> {
    if held.current.way == Delivery::Counter && held.current.handed_out_at.is_none() {
        return Ok(held.current.number);
    }
    let new = NewDelivery {
        letter: held.letter.id,
        way: Delivery::Counter,
        by: colleague.id,
        reason: "Diambil di loket",
        address: None,
    };
    Ok(store::deliveries::begin(conn, &new, office.now()).await?)
}

fn duplicate(error: StoreError) -> AppError {
    match error.constraint() {
        Some("letter_deliveries_tracking") => AppError::fault(
            "/tracking_number",
            "duplicate",
            "Nomor resi ini sudah dipakai untuk surat lain. Periksa resinya.",
        ),
        _ => match error {
            StoreError::Stale { .. } => AppError::HandedOutAlready,
            StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
        },
    }
}
