use super::{ImportError, Numbered, Summary, record};
use crate::{
    app::{Office, recompute_due_dates::recompute_in},
    domain::indonesian::zone_name,
    store::{
        calendar,
        offices::{self, ImportedOffice},
        taxpayers::Imported,
    },
};

/// Adds and renews offices. What an operator entered (address, phone, delivery, signatory) stays; offices that the
/// file does not name stay as they are.
///
/// Where the zone of an office changes, its days begin at another moment: that is a change of the calendar, and the due date
/// of each of its open rounds is computed anew in the same transaction.
pub async fn import_offices(
    office: &Office,
    rows: &[Numbered<ImportedOffice>],
    source: &str,
) -> Result<Summary, ImportError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let mut summary = Summary::default();
    let mut moved_zones = Vec::new();
    for Numbered { value, .. } in rows {
        if offices::find(&mut tx, value.code).await?.is_some_and(|known| known.zone != value.zone) {
            moved_zones.push(value);
        }
    }
    if !moved_zones.is_empty() {
        let codes: Vec<String> = moved_zones.iter().map(|moved| moved.code.into()).collect();
        // From here on nobody opens a round until this is done.
        let note = format!("{source}: zona waktu {}", codes.join(", "));
        calendar::new_version(&mut tx, "console", &note, now).await?;
    }
    for Numbered { value, .. } in rows {
        let known = offices::find(&mut tx, value.code).await?.is_some();
        summary.count(match (offices::import(&mut tx, value, now).await?, known) {
            (false, _) => Imported::Unchanged,
            (true, true) => Imported::Changed,
            (true, false) => Imported::Added,
        });
    }
    let mut moved = 0;
    for ImportedOffice { code, zone, .. } in moved_zones {
        let reason = format!("waktu kantor kini {}", zone_name(*zone));
        moved += recompute_in(office, &mut tx, Some(*code), &reason, now).await?.len();
    }
    record(&mut tx, "import_offices", source, summary, now).await?;
    tx.commit().await?;
    if moved > 0 {
        office.wake().ring();
    }
    Ok(summary)
}
