use std::collections::{BTreeSet, HashMap};

use super::{ImportError, Numbered, RowFault, Source, Summary, all_or_nothing, unknown_office};
use crate::{
    app::Office,
    domain::{ids::TaxpayerId, office::OfficeCode},
    store::{
        StoreError, offices,
        taxpayers::{self, ImportedTaxpayer},
    },
};

/// Adds and renews taxpayers. The address of an account is never touched. A number belongs to one taxpayer: a row
/// that claims the numbers of two, or one that another row claims as well, is a fault.
pub async fn import_taxpayers(
    office: &Office,
    rows: &[Numbered<ImportedTaxpayer>],
    source: impl Into<Source<'_>>,
) -> Result<Summary, ImportError> {
    let now = office.now();
    let source = source.into();
    let mut tx = office.begin().await?;
    let keeper = source.keeper(office, &mut tx).await?;
    let offices: BTreeSet<OfficeCode> =
        offices::list(&mut tx, "").await?.into_iter().map(|office| office.code).collect();
    let mut faults = Vec::new();
    let mut claimed: HashMap<TaxpayerId, u64> = HashMap::new();
    for Numbered { row, value } in rows {
        if !offices.contains(&value.office) {
            faults.push(unknown_office(*row, "office_code", value.office));
        }
        if let Some(code) = value.sppkp_office.filter(|code| !offices.contains(code)) {
            faults.push(unknown_office(*row, "sppkp_office", code));
        }
        let claims = taxpayers::registered_under(&mut tx, value).await?;
        if claims.len() > 1 {
            faults.push(RowFault::new(
                *row,
                "npwp15",
                "its numbers belong to different taxpayers of the registry",
            ));
        }
        for id in claims {
            if let Some(first) = claimed.insert(id, *row) {
                faults.push(RowFault::new(
                    *row,
                    "npwp15",
                    format!("row {first} is the same taxpayer of the registry"),
                ));
            }
        }
    }
    all_or_nothing(faults)?;

    let mut summary = Summary::default();
    for Numbered { row, value } in rows {
        let (_, outcome) = taxpayers::import(&mut tx, value, source.name, now)
            .await
            .map_err(|error| taken_meanwhile(*row, error))?;
        summary.count(outcome);
    }
    source.end(tx, &keeper, ("import_taxpayers", summary), now).await
}

/// Another transaction, or a filing under another form of the number, came first.
fn taken_meanwhile(row: u64, error: StoreError) -> ImportError {
    let is_a_number =
        error.constraint().is_some_and(|name| name.starts_with("taxpayers_") && name.ends_with("_key"));
    if is_a_number {
        return ImportError::Rows(vec![RowFault::new(
            row,
            "npwp15",
            "one of its numbers belongs to another taxpayer",
        )]);
    }
    error.into()
}
