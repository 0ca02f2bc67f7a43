//! Loads what an e-mail says when it is sent.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgConnection;

use super::{Addressee, OfficeWords, email_bodies, extras, item_data, phrases, staff_mails};
use crate::{
    app::{AppError, Office},
    domain::{
        ids::TaxpayerId,
        request::{Request, Round},
    },
    letters::{EmailKind, ItemText},
    store::{
        self,
        letters::{Letter, LetterRowKind},
        links::NotUsLink,
        messages::Message,
        offices::OfficeRow,
    },
};

/// The data of the template of this message, with empty placeholders for secrets.
///
/// # Errors
/// [`AppError::Internal`] when the message lacks an id or the extras ([`extras`]) that its kind needs.
pub async fn email_data(
    office: &Office,
    conn: &mut PgConnection,
    message: &Message,
) -> Result<Value, AppError> {
    let kind: EmailKind = message.kind.parse().map_err(internal)?;
    let row = match message.office {
        Some(code) => Some(needed(store::offices::find(conn, code).await?, kind, "office")?),
        None => None,
    };
    let words = row.as_ref().map_or_else(OfficeWords::headquarters, OfficeWords::new);
    let rules = &office.rules;
    let frame = email_bodies::frame(&words, &rules.links, &rules.sender, &message.help_desk_number);
    let mail = Mail { office, message, kind, words, row };
    Ok(phrases::merged(frame, mail.body(conn).await?))
}

/// A message on its way.
struct Mail<'a> {
    office: &'a Office,
    message: &'a Message,
    kind: EmailKind,
    words: OfficeWords,
    row: Option<OfficeRow>,
}

impl Mail<'_> {
    async fn body(&self, conn: &mut PgConnection) -> Result<Value, AppError> {
        let zone = self.words.zone;
        match self.kind {
            EmailKind::ProofCode => self.proof_code(conn).await,
            EmailKind::Receipt => {
                let (request, round) = self.request(conn).await?;
                Ok(to_filer(&request, &round, email_bodies::receipt(&round, zone)))
            }
            EmailKind::ReturnedIncomplete => self.returned(conn).await,
            EmailKind::LetterDelivery => self.letter_delivery(conn).await,
            EmailKind::PasswordLink => self.password(conn).await,
            EmailKind::ChangeNoticeOldAddress => {
                let extra: extras::ChangeNotice = self.extra()?;
                self.to_pkp(conn, email_bodies::change_notice(&extra, zone)).await
            }
            EmailKind::ReprintNotice => {
                let copy = self.letter(conn).await?;
                self.to_pkp(conn, email_bodies::reprint_notice(&copy)).await
            }
            EmailKind::AccountChanged => {
                let extra: extras::AccountChanged = self.extra()?;
                self.to_pkp(conn, email_bodies::account_changed(&extra, zone)).await
            }
            EmailKind::AccountSuspended => {
                let extra: extras::Suspended = self.extra()?;
                self.to_pkp(conn, email_bodies::suspended(&extra, zone)).await
            }
            EmailKind::ForgotPasswordAttempt => {
                let extra: extras::ForgottenAttempt = self.extra()?;
                self.to_pkp(conn, email_bodies::forgotten_attempt(&extra, zone)).await
            }
            EmailKind::DueDateChanged => {
                let extra: extras::DueChanged = self.extra()?;
                let (request, round) = self.request(conn).await?;
                needed(round.due.as_ref(), self.kind, "due date")?;
                Ok(to_filer(&request, &round, email_bodies::due_changed(&extra, &round)))
            }
            EmailKind::RequestEnded => self.ended(conn).await,
            EmailKind::UnknownSenderNotice => {
                let (request, round) = self.request(conn).await?;
                let body = phrases::merged(
                    email_bodies::about(&request, &round),
                    email_bodies::unknown_sender(request.first_received_at, zone),
                );
                self.to_pkp(conn, body).await
            }
            EmailKind::PostalReturn => {
                let extra: extras::CameBack = self.extra()?;
                let (request, round) = self.request(conn).await?;
                let letter = self.letter(conn).await?;
                let templates = &self.office.templates;
                let body = email_bodies::came_back(&extra, &letter, &request, &round, templates);
                Ok(to_filer(&request, &round, body))
            }
            EmailKind::DueReminderOfficer
            | EmailKind::DueReminderSectionHead
            | EmailKind::DueReminderSupervisor => {
                let row = needed(self.row.as_ref(), self.kind, "office")?;
                staff_mails::reminder(self.office, conn, self.message, row).await
            }
            EmailKind::SupervisorDigest => staff_mails::digest(self.office, &self.extra()?),
        }
    }

    async fn proof_code(&self, conn: &mut PgConnection) -> Result<Value, AppError> {
        let id = needed(self.message.proof, self.kind, "proof")?;
        let proof = needed(store::proofs::find(conn, id).await?, self.kind, "proof")?;
        Ok(email_bodies::proof_code(self.message.created_at, proof.code_expires_at, self.words.zone))
    }

    async fn returned(&self, conn: &mut PgConnection) -> Result<Value, AppError> {
        let (request, round) = self.request(conn).await?;
        let row = needed(self.row.as_ref(), self.kind, "office")?;
        let returns = store::returns::of_request(conn, request.id).await?;
        let last = needed(returns.into_iter().find(|found| found.round == round.id), self.kind, "return")?;
        let texts: Vec<ItemText> = last
            .items
            .iter()
            .map(|item| self.office.templates.item_text(&item.code, &item_data(&item.values, row)))
            .collect::<Result<_, _>>()
            .map_err(AppError::NotRenderable)?;
        let zone = self.words.zone;
        let body =
            email_bodies::returned(&texts, last.returned_at, last.supply_by_on, round.limit_days, zone);
        Ok(to_filer(&request, &round, body))
    }

    async fn letter_delivery(&self, conn: &mut PgConnection) -> Result<Value, AppError> {
        let (request, round) = self.request(conn).await?;
        let letter = self.letter(conn).await?;
        let taxpayer = store::taxpayers::get(conn, request.taxpayer).await?;
        let to = match letter.kind {
            LetterRowKind::RefusalNotice => Addressee::refused(&request, &taxpayer),
            LetterRowKind::ActivationNotice | LetterRowKind::EmailChangeNotice => {
                Addressee::granted(&request, &taxpayer)
            }
            LetterRowKind::Receipt | LetterRowKind::DeficiencyList => Addressee::as_filed(&request.filed),
        };
        let previous = previous_office_name(conn, &request).await?;
        let about = phrases::merged(email_bodies::addressed(&to), email_bodies::about(&request, &round));
        let replaced = store::corrections::replaced_by(conn, letter.id).await?;
        let replaced = replaced.as_ref().map(|(number, on)| (number.as_str(), *on));
        let templates = &self.office.templates;
        let body = email_bodies::letter_delivery(&letter, replaced, &request, previous.as_deref(), templates);
        Ok(phrases::merged(about, body))
    }

    async fn password(&self, conn: &mut PgConnection) -> Result<Value, AppError> {
        let until = match self.message.link {
            Some(id) => {
                Some(needed(store::links::find_password_link(conn, id).await?, self.kind, "link")?.expires_at)
            }
            None => None,
        };
        let kind = match self.message.request {
            Some(id) => store::requests::find(conn, id).await?.map(|request| request.kind),
            None => None,
        };
        self.to_pkp(conn, email_bodies::password(until, kind, self.words.zone)).await
    }

    async fn ended(&self, conn: &mut PgConnection) -> Result<Value, AppError> {
        let extra: extras::Ended = self.extra()?;
        let (request, round) = self.request(conn).await?;
        let last = store::returns::of_request(conn, request.id).await?.pop();
        let body = email_bodies::ended(&extra, last.map(|last| last.supply_by_on));
        Ok(to_filer(&request, &round, body))
    }

    /// To an address of the PKP.
    async fn to_pkp(&self, conn: &mut PgConnection, body: Value) -> Result<Value, AppError> {
        let not_us = self.not_us(conn).await?;
        let id = needed(self.taxpayer(conn, not_us.as_ref()).await?, self.kind, "taxpayer")?;
        let taxpayer = store::taxpayers::get(conn, id).await?;
        let link = email_bodies::not_us(not_us.map(|link| link.expires_at), self.words.zone);
        let to = email_bodies::addressed(&Addressee::registered(&taxpayer));
        Ok(phrases::merged(phrases::merged(to, link), body))
    }

    async fn not_us(&self, conn: &mut PgConnection) -> Result<Option<NotUsLink>, AppError> {
        match self.message.not_us {
            Some(id) => {
                Ok(Some(needed(store::links::find_not_us(conn, id).await?, self.kind, "not-us link")?))
            }
            None => Ok(None),
        }
    }

    /// Whose account it is about, by any id on the message.
    async fn taxpayer(
        &self,
        conn: &mut PgConnection,
        not_us: Option<&NotUsLink>,
    ) -> Result<Option<TaxpayerId>, AppError> {
        if let Some(link) = not_us {
            return Ok(Some(link.taxpayer));
        }
        if let Some(id) = self.message.request {
            return Ok(store::requests::find(conn, id).await?.map(|request| request.taxpayer));
        }
        let linked = match self.message.link {
            Some(id) => store::links::find_password_link(conn, id).await?.map(|link| link.credential),
            None => None,
        };
        match self.message.credential.or(linked) {
            Some(id) => {
                Ok(store::credentials::find_unlocked(conn, id).await?.map(|credential| credential.taxpayer))
            }
            None => Ok(None),
        }
    }

    /// The request, and its round: that of the letter on the message, else the current one.
    async fn request(&self, conn: &mut PgConnection) -> Result<(Request, Round), AppError> {
        let id = needed(self.message.request, self.kind, "request")?;
        let request = needed(store::requests::find(conn, id).await?, self.kind, "request")?;
        let mut rounds = store::rounds::of_request(conn, id).await?;
        let of_letter = match self.message.letter {
            Some(_) => {
                let letter = self.letter(conn).await?;
                rounds.iter().position(|round| round.id == letter.round)
            }
            None => None,
        };
        let round = match of_letter {
            Some(index) => Some(rounds.swap_remove(index)),
            None => rounds.pop(),
        };
        Ok((request, needed(round, self.kind, "round")?))
    }

    async fn letter(&self, conn: &mut PgConnection) -> Result<Letter, AppError> {
        let id = needed(self.message.letter, self.kind, "letter")?;
        needed(store::letters::find(conn, id).await?, self.kind, "letter")
    }

    fn extra<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_json::from_value(self.message.data.clone()).map_err(internal)
    }
}

/// To the address on the request, which need not belong to the PKP: nothing but what was filed.
fn to_filer(request: &Request, round: &Round, body: Value) -> Value {
    let to = email_bodies::addressed(&Addressee::as_filed(&request.filed));
    phrases::merged(phrases::merged(to, email_bodies::about(request, round)), body)
}

/// The name of the previous office when people typed its code.
async fn previous_office_name(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Option<String>, AppError> {
    let typed = request.filed.previous_office.as_ref().and_then(|line| line.as_str().parse().ok());
    match typed {
        Some(code) => Ok(store::offices::find(conn, code).await?.map(|office| office.name)),
        None => Ok(None),
    }
}

fn needed<T>(value: Option<T>, kind: EmailKind, what: &str) -> Result<T, AppError> {
    value.ok_or_else(|| AppError::Internal(anyhow::anyhow!("the e-mail {kind} lacks its {what}")))
}

fn internal(error: impl Into<anyhow::Error>) -> AppError {
    AppError::Internal(error.into())
}
