//! A PKP takes a letter of its own once more.

use super::{live, owner};
use crate::{
    app::{
        AppError, Office,
        letters::still_stands,
        render_letter::{RenderedLetter, render_letter},
        words::extras::AccountChange,
    },
    domain::ids::{AccountSessionId, LetterId},
    store::{self, letters::OwnLetter},
};

/// A letter as its file: `surat-S-412-KPP.025-2026.pdf`.
#[derive(Debug)]
pub struct Downloaded {
    pub letter: RenderedLetter,
    pub file_name: String,
}

/// The real bytes of a letter to this PKP: with a code they go on record and are told, as a code that is shown.
///
/// Errors: [`AppError::Unauthenticated`]; [`AppError::NotFound`] for letters of others; [`AppError::LetterReplaced`].
pub async fn download_letter(
    office: &Office,
    session: AccountSessionId,
    id: LetterId,
) -> Result<Downloaded, AppError> {
    // Rendered before the act: no rendering happens inside a transaction.
    {
        let mut tx = office.begin().await?;
        let seen = live(office, &mut tx, session, office.now()).await?;
        own(&store::letters::to_taxpayer(&mut tx, seen.taxpayer).await?, id)?;
        still_stands(&mut tx, id).await?;
    }
    let rendered = render_letter(office, id).await?;

    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let letters = store::letters::to_taxpayer(&mut tx, owner.pair.taxpayer).await?;
    let letter = own(&letters, id)?;
    still_stands(&mut tx, id).await?;
    if letter.credential.is_some() {
        owner.done(office, &mut tx, "download_letter", AccountChange::LetterDownloaded, now).await?;
    }
    let file_name = format!("surat-{}.pdf", letter.number.replace(['/', ' '], "-"));
    tx.commit().await?;
    office.wake.ring();
    Ok(Downloaded { letter: rendered, file_name })
}

fn own(letters: &[OwnLetter], id: LetterId) -> Result<&OwnLetter, AppError> {
    letters.iter().find(|letter| letter.id == id).ok_or(AppError::NotFound("letter"))
}
