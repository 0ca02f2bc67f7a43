use super::{ImportError, Numbered, Summary, record};
use crate::{
    app::Office,
    store::{
        offices::{self, ImportedOffice},
        taxpayers::Imported,
    },
};

/// Adds and renews offices. What an operator entered (address, phone, delivery, signatory) stays; offices that the
/// file does not name stay as they are.
pub async fn import_offices(
    office: &Office,
    rows: &[Numbered<ImportedOffice>],
    source: &str,
) -> Result<Summary, ImportError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let mut summary = Summary::default();
    for Numbered { value, .. } in rows {
        let known = offices::find(&mut tx, value.code).await?.is_some();
        summary.count(match (offices::import(&mut tx, value, now).await?, known) {
            (false, _) => Imported::Unchanged,
            (true, true) => Imported::Changed,
            (true, false) => Imported::Added,
        });
    }
    record(&mut tx, "import_offices", source, summary, now).await?;
    tx.commit().await?;
    Ok(summary)
}
