//! A printed letter is posted, or collected at the counter after the identity was seen.

use super::{may_hand_out, still_stands, visible_letter};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{LetterId, SessionId},
        line::Line,
        names::Delivery,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
    },
};

/// How the letter leaves.
#[derive(Debug, Clone)]
pub enum HandOver {
    Posted {
        tracking_number: Line<60>,
    },
    /// Collected by somebody whose identity was seen.
    Collected,
}

pub async fn hand_out(
    office: &Office,
    session: SessionId,
    id: LetterId,
    how: &HandOver,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let letter = visible_letter(&mut tx, &colleague, id).await?;
    may_hand_out(&colleague, &letter)?;
    still_stands(&mut tx, id).await?;
    if letter.delivery == Delivery::Email {
        return Err(AppError::GoesByEmail);
    }
    if letter.copy_number.is_some() && matches!(how, HandOver::Posted { .. }) {
        return Err(AppError::fault(
            "/way",
            "counter_only",
            "Cetak ulang hanya diserahkan di loket setelah identitas asli dilihat.",
        ));
    }
    if letter.printed_count == 0 {
        return Err(AppError::NotPrintedYet);
    }
    let (way, tracking_number) = match how {
        HandOver::Posted { tracking_number } => (Delivery::Post, Some(tracking_number.as_str())),
        HandOver::Collected => (Delivery::Counter, None),
    };
    store::letters::hand_out(&mut tx, id, way, tracking_number, colleague.id, now).await.map_err(
        |error| match error {
            StoreError::Stale { .. } => AppError::HandedOutAlready,
            StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
        },
    )?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "hand_out_letter")
            .office(letter.office)
            .request(letter.request)
            .subject(id.0)
            .detail(serde_json::json!({ "way": way })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
