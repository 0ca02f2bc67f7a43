//! Typed identifiers: an id of one thing cannot be passed for an id of another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A request of a PKP.
    RequestId,
    /// One round of a request, from complete receipt to its end.
    RoundId,
    /// What an officer decided and a section head signs.
    DraftId,
    LetterId,
    /// Letters that are printed in one go.
    PrintBatchId,
    MessageId,
    DocumentId,
    TaxpayerId,
    CredentialId,
    StaffId,
    SessionId,
    /// A PKP in its account.
    AccountSessionId,
    ProofId,
    /// What was typed into "Lupa password".
    ForgottenId,
    /// A one-time password link.
    LinkId,
    /// A "this was not us" link.
    NotUsId,
    TaskId,
    BundleId,
    /// The report of a month of an office.
    ReportId,
    /// A version of the wording of a letter.
    TemplateId,
    /// What is put right in a signed letter, and its signature.
    CorrectionId,
    /// A decree that is made here.
    DecreeDocumentId,
    /// The scan of a signed decree.
    ScanId,
    /// A filing that was begun and not sent yet.
    FilingId,
    /// A receiver of events.
    EndpointId,
    /// What happened, as other systems know it.
    EventId,
    /// That a person was told of a limit that comes near.
    NoticeId,
    /// Another system of the DJP.
    ClientId,
    /// A key that signs access tokens.
    TokenKeyId,
}
