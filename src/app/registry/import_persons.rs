use std::fmt;

use super::{ImportError, Numbered, Source, Summary, all_or_nothing, registered};
use crate::{
    app::Office,
    domain::tax_id::TaxId,
    store::taxpayers::{self, Imported, ImportedPerson},
};

/// A person who may sign for a taxpayer. `Debug` shows nothing of the person.
#[derive(Clone)]
pub struct PersonEntry {
    /// Any number that the registry knows the taxpayer by.
    pub taxpayer: TaxId,
    pub person: ImportedPerson,
}

impl fmt::Debug for PersonEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonEntry(..)")
    }
}

/// Adds and renews persons who may sign; nobody is removed.
pub async fn import_persons(
    office: &Office,
    rows: &[Numbered<PersonEntry>],
    source: impl Into<Source<'_>>,
) -> Result<Summary, ImportError> {
    let now = office.now();
    let source = source.into();
    let mut tx = office.begin().await?;
    let keeper = source.keeper(office, &mut tx).await?;
    let mut faults = Vec::new();
    let mut summary = Summary::default();
    for Numbered { row, value } in rows {
        let Some(taxpayer) = registered(&mut tx, *row, &value.taxpayer, &mut faults).await? else { continue };
        let known = taxpayers::knows_person(&mut tx, taxpayer.id, &value.person).await?;
        let written = taxpayers::import_person(&mut tx, taxpayer.id, &value.person, now).await?;
        summary.count(match (written, known) {
            (false, _) => Imported::Unchanged,
            (true, true) => Imported::Changed,
            (true, false) => Imported::Added,
        });
    }
    all_or_nothing(faults)?;
    source.end(tx, &keeper, ("import_persons", summary), now).await
}
