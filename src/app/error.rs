//! Every way an act can fail. Knows nothing of HTTP.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{
    domain::{
        credential::LinkState,
        eligibility::Unknown,
        fault::Fault,
        letter_template::TemplateRefusal,
        names::{CredentialState, DocumentKind},
        state::{Act, NotPossible, StateName},
    },
    letters::RenderError,
    pades::SignerFailure,
    store::StoreError,
    vault::VaultError,
};

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("nobody is signed in")]
    Unauthenticated,
    #[error("name or password is wrong")]
    WrongCredentials,
    /// The caller is known and may see the thing, but may not do this.
    #[error("not allowed")]
    Forbidden,
    #[error("no decree is in force")]
    NoDecree,
    /// Not there, or the caller may not know that it is.
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("{act} is not possible from {state}")]
    NotPossible {
        act: Act,
        state: StateName,
        /// Who has it in hand now, for the one who lost a race.
        officer: Option<String>,
    },
    /// It was done before and is done once only: `document_in_use`, `task_closed`, `decree_recorded`,
    /// `decree_made_here`, `decree_not_numbered`, `decree_numbered`, `decree_signed`, `decree_ended`, `decree_revoked`,
    /// `job_runs`, `mail_settled`, `webhook_pending`, `client_disabled`, `client_key_retired`; or somebody else does it
    /// now: `import_runs`.
    #[error("done already: {0}")]
    AlreadyDone(&'static str),
    #[error("the drafter may not sign")]
    SignerDraftedIt,
    #[error("who keyed it in may not sign")]
    SignerKeyedItIn,
    #[error("this needs the section head")]
    NeedsSectionHead,
    /// Every fault of the input at once.
    #[error("the input has faults")]
    Invalid(Vec<Fault>),
    #[error("the proof code is wrong")]
    WrongProofCode,
    /// The receipt number is told only to those who may know it.
    #[error("such a request is open already")]
    DuplicateRequest { receipt_number: Option<String> },
    #[error("the verdict changed meanwhile")]
    VerdictChanged,
    #[error("the verdict forbids this decision")]
    VerdictForbids,
    #[error("there is no verdict yet")]
    Undetermined(Vec<Unknown>),
    #[error("documents are neither supplied nor waived")]
    ExemptionsOpen(Vec<DocumentKind>),
    #[error("changed by somebody else meanwhile")]
    Stale,
    #[error("the draft is not the one that was seen")]
    DraftChanged,
    #[error("the same key was used for another body")]
    IdempotencyMismatch,
    #[error("the office has no address yet")]
    OfficeWithoutAddress,
    /// Receipts, lists, copies and letters of imported pairs are not corrected; the letter that they repeat is.
    #[error("this letter is not corrected")]
    NotCorrectable,
    /// A later letter took its place. Names that letter and who signed it.
    #[error("the letter was replaced")]
    LetterReplaced { number: String, dated_on: NaiveDate, signer: Option<String> },
    /// A report is signed once.
    #[error("the report is signed")]
    ReportSigned {
        /// Name and position as printed.
        signatory: String,
        signed_at: DateTime<Utc>,
        zone: chrono_tz::Tz,
    },
    /// In a bundle the e-mail update is signed before the reprint.
    #[error("the other request of the bundle comes first")]
    SiblingFirst,
    #[error("an overdue signature needs a cause")]
    OverdueNeedsCause,
    /// The pair is not in a state that allows it.
    #[error("the pair is {0}")]
    PairNotPossible(CredentialState),
    /// The letter leaves by e-mail: nobody prints it.
    #[error("the letter goes by e-mail")]
    GoesByEmail,
    #[error("the letter was not printed yet")]
    NotPrintedYet,
    #[error("the letter was handed out already")]
    HandedOutAlready,
    #[error("the letter is not with the post")]
    NotPosted,
    /// Nobody tries to deliver it any more.
    #[error("the letter goes nowhere any more")]
    LetterEnded,
    /// It came back or leaves on another way: somebody decides first how it leaves now.
    #[error("another delivery is decided first")]
    NeedsRedelivery,
    #[error("no letter is to be printed")]
    NothingToPrint,
    #[error("the message did not fail")]
    NotFailed,
    /// The address refused lately and gets no mail for now.
    #[error("the address is suppressed")]
    AddressSuppressed,
    /// A one-time link that was used up, closed or has expired.
    #[error("the link has ended")]
    LinkEnded(LinkState),
    #[error("too many attempts")]
    TooManyAttempts { retry_after: TimeDelta },
    #[error("too many uploads at once")]
    UploadsBusy,
    #[error("larger than allowed")]
    TooLarge { limit_bytes: usize },
    #[error("not a PDF, JPEG or PNG")]
    UnsupportedFile,
    /// Who drafted a version of the wording does not approve it.
    #[error("the drafter may not approve")]
    ApproverDraftedIt,
    /// The state of a version does not allow it.
    #[error("not possible on this version: {0}")]
    TemplateNotPossible(TemplateRefusal),
    /// Every fault that keeps a version from being approved.
    #[error("the wording has faults")]
    TemplateFaulty(Vec<Fault>),
    /// A letter cannot be made from these data.
    #[error("the letter cannot be rendered")]
    NotRenderable(#[source] RenderError),
    /// What seals the letters of the office does not answer now.
    #[error("the letter cannot be sealed for now")]
    SignerAway(#[source] SignerFailure),
    /// The letter cannot be sealed until somebody mends certificate or key.
    #[error("the letter cannot be sealed")]
    NotSealable(#[source] SignerFailure),
    /// The database cannot be reached or is overloaded.
    #[error("unavailable for now")]
    Unavailable(#[source] anyhow::Error),
    /// A bug. The source is for the log, never for the client.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl AppError {
    /// One fault.
    pub fn fault(pointer: &str, code: &str, detail: &str) -> Self {
        Self::Invalid(vec![Fault {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        }])
    }
}

impl From<NotPossible> for AppError {
    fn from(error: NotPossible) -> Self {
        Self::NotPossible { act: error.act, state: error.state, officer: None }
    }
}

impl From<TemplateRefusal> for AppError {
    fn from(refusal: TemplateRefusal) -> Self {
        match refusal {
            TemplateRefusal::Drafter => Self::ApproverDraftedIt,
            TemplateRefusal::TooEarly { first } => Self::fault(
                "/in_force_on",
                "too_early",
                &format!(
                    "Isi {first} atau sesudahnya: hari yang sudah dimulai di salah satu kantor tidak dipakai."
                ),
            ),
            TemplateRefusal::NotADraft
            | TemplateRefusal::NotApproved
            | TemplateRefusal::Withdrawn
            | TemplateRefusal::InForce => Self::TemplateNotPossible(refusal),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error.constraint() {
            Some("requests_one_open" | "requests_one_open_per_unknown_sender") => {
                return Self::DuplicateRequest { receipt_number: None };
            }
            Some(
                "drafts_drafter_is_not_signer"
                | "letters_drafter_is_not_signer"
                | "correction_drafts_drafter_is_not_signer",
            ) => {
                return Self::SignerDraftedIt;
            }
            Some("letter_templates_drafter_is_not_approver") => return Self::ApproverDraftedIt,
            Some("drafts_one_open" | "correction_drafts_one_open") => return Self::Stale,
            _ => {}
        }
        match error {
            StoreError::Stale { .. } => Self::Stale,
            StoreError::Database(
                sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_),
            ) => Self::Unavailable(error.into()),
            StoreError::Database(_) | StoreError::Inconsistent { .. } => Self::Internal(error.into()),
        }
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<VaultError> for AppError {
    fn from(error: VaultError) -> Self {
        Self::Internal(error.into())
    }
}
