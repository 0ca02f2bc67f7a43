//! Why a letter is signed after its due date: one cause of a list that is data, and a sentence where the cause needs one.

use sqlx::PgConnection;

use crate::{
    app::{AppError, Office, actor},
    domain::{ids::SessionId, line::Line},
    store::{self, overdue_causes::OverdueCause},
};

/// What the signer says.
#[derive(Debug, Clone)]
pub struct StatedCause {
    pub code: String,
    pub detail: Option<Line<500>>,
}

/// The causes that can be chosen. For staff.
pub async fn overdue_causes(office: &Office, session: SessionId) -> Result<Vec<OverdueCause>, AppError> {
    let mut tx = office.begin().await?;
    actor::authenticate(&mut tx, session, office.now()).await?.works_on_requests()?;
    Ok(store::overdue_causes::list(&mut tx).await?)
}

/// The cause is on the list and says enough.
///
/// # Errors
/// [`AppError::OverdueNeedsCause`] without one, [`AppError::Invalid`] for one that is not on the list or needs a sentence.
pub(super) async fn check_cause(
    conn: &mut PgConnection,
    stated: Option<&StatedCause>,
) -> Result<(), AppError> {
    let stated = stated.ok_or(AppError::OverdueNeedsCause)?;
    let listed = store::overdue_causes::list(conn).await?;
    let cause = listed.iter().find(|cause| cause.code == stated.code).ok_or_else(|| {
        AppError::fault("/overdue_cause_code", "unknown", "Pilih sebab keterlambatan dari daftar.")
    })?;
    if cause.needs_detail && stated.detail.is_none() {
        return Err(AppError::fault(
            "/overdue_cause",
            "required",
            "Jelaskan sebab keterlambatan dalam satu kalimat.",
        ));
    }
    Ok(())
}
