//! The pairs of a taxpayer, for the staff of the office that serves it. Never a code, never a password.

use super::{AppError, Office};
use crate::{
    app::actor,
    domain::{ids::SessionId, names::Role, tax_id::TaxId},
    store::{
        self,
        audit::{By, Event},
        credentials::Credential,
        links::PasswordLink,
        taxpayers::Taxpayer,
    },
};

#[derive(Debug)]
pub struct PairView {
    pub pair: Credential,
    pub links: Vec<PasswordLink>,
}

#[derive(Debug)]
pub struct TaxpayerPairs {
    pub taxpayer: Taxpayer,
    pub pairs: Vec<PairView>,
}

/// Pairs that this office issued. A taxpayer that this office neither serves nor issued a pair to is not found.
pub async fn find_credentials(
    office: &Office,
    session: SessionId,
    tax_id: &TaxId,
) -> Result<TaxpayerPairs, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let works_here = [Role::Counter, Role::SpecialOfficer, Role::SectionHead]
        .iter()
        .any(|wanted| colleague.roles.iter().any(|(role, _)| role == wanted));
    let own = match colleague.office {
        Some(own) if works_here || colleague.acting.is_some() => own,
        _ => return Err(AppError::Forbidden),
    };
    let not_found = AppError::NotFound("taxpayer");
    let taxpayer = store::taxpayers::find_by_tax_id(&mut tx, tax_id).await?.ok_or(not_found)?;
    let mut pairs = Vec::new();
    for pair in store::credentials::of_taxpayer(&mut tx, taxpayer.id).await? {
        if pair.office == own.as_str() {
            let links = store::links::of_credential(&mut tx, pair.id).await?;
            pairs.push(PairView { pair, links });
        }
    }
    if pairs.is_empty() && taxpayer.office != Some(own) {
        return Err(AppError::NotFound("taxpayer"));
    }
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_credentials").office(own).taxpayer(taxpayer.id),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(TaxpayerPairs { taxpayer, pairs })
}
