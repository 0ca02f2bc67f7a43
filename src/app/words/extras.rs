//! What an act freezes in `messages.data` when it enqueues an e-mail. Everything else is read from rows when it is sent.
//!
//! | kind | ids on the message | `data` |
//! |---|---|---|
//! | `proof_code` | proof | none |
//! | `receipt` | request, letter | none |
//! | `returned_incomplete` | request, letter | none |
//! | `letter_delivery` | request, letter | none |
//! | `password_link` | request or none, link; or credential when the office sends passwords | none |
//! | `change_notice_old_address` | request, `not_us` | [`ChangeNotice`] |
//! | `reprint_notice` | request, letter (the copy), `not_us` | none |
//! | `account_changed` | credential, `not_us` or none | [`AccountChanged`] |
//! | `account_suspended` | credential | [`Suspended`] |
//! | `forgot_password_attempt` | credential | [`ForgottenAttempt`] |
//! | `due_date_changed` | request | [`DueChanged`] |
//! | `request_ended` | request | [`Ended`] |
//! | `unknown_sender_notice` | request, `not_us` | none |
//! | `postal_return` | request, letter | [`CameBack`] |
//! | `due_reminder_…` | none | `notices::Reminder`: ids |
//! | `supervisor_digest` | none | `notices::DigestFigures` |

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    delivery::ReturnReason,
    names::{Capacity, named},
};

/// `change_notice_old_address`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNotice {
    pub old_masked: String,
    pub new_masked: String,
    pub changed_at: DateTime<Utc>,
    pub signer_masked: String,
    pub capacity: Capacity,
}

named! {
    /// What changed about an account.
    AccountChange {
        Password = "password",
        DesktopCode = "desktop_code",
        SuspensionLifted = "suspension_lifted",
        Revoked = "revoked",
        CodeShown = "code_shown",
        DesktopCodeShown = "desktop_code_shown",
        LetterDownloaded = "letter_downloaded",
    }
}

impl AccountChange {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Password => "password diganti",
            Self::DesktopCode => "Kode Aktivasi Desktop dibuat baru",
            Self::SuspensionLifted => "penangguhan dibuka",
            Self::Revoked => "Kode Aktivasi dan password dicabut",
            Self::CodeShown => "Kode Aktivasi ditampilkan",
            Self::DesktopCodeShown => "Kode Aktivasi Desktop ditampilkan",
            Self::LetterDownloaded => "surat yang memuat Kode Aktivasi diunduh",
        }
    }
}

named! {
    /// On which way an account changed.
    ChangeWay { Account = "account", Link = "link", Office = "office" }
}

impl ChangeWay {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Account => "melalui akun PKP",
            Self::Link => "melalui tautan sekali pakai",
            Self::Office => "oleh petugas kantor",
        }
    }
}

/// `account_changed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChanged {
    pub change: AccountChange,
    pub way: ChangeWay,
    pub at: DateTime<Utc>,
}

named! {
    /// Why code and password were suspended.
    SuspensionReason {
        NotUs = "not_us",
        OwnWish = "own_wish",
        PostalReturn = "postal_return",
        SecurityCheck = "security_check",
    }
}

impl SuspensionReason {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NotUs => "ada pernyataan bahwa perubahan atau permohonan bukan permintaan PKP",
            Self::OwnWish => "atas permintaan PKP",
            Self::PostalReturn => "surat pos kembali dan alamat belum dapat dipastikan",
            Self::SecurityCheck => "pemeriksaan keamanan oleh kantor",
        }
    }
}

/// `account_suspended`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    pub reason: SuspensionReason,
    pub at: DateTime<Utc>,
    /// For the help desk.
    pub event_number: String,
    /// When the office opens next; `None` while it is open.
    pub opens_at: Option<DateTime<Utc>>,
}

/// `forgot_password_attempt`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgottenAttempt {
    pub at: DateTime<Utc>,
}

/// `due_date_changed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueChanged {
    /// `None`: it waited for a calendar.
    pub old_due_on: Option<NaiveDate>,
    /// Why, within a table: `kalender hari libur tahun 2027 telah dimuat`.
    pub reason: String,
}

named! {
    /// How a request ended without a letter.
    EndedHow { Lapsed = "lapsed", Withdrawn = "withdrawn" }
}

impl EndedHow {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Lapsed => "gugur",
            Self::Withdrawn => "ditarik kembali",
        }
    }
}

/// `request_ended`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub how: EndedHow,
}

/// `postal_return`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameBack {
    pub reason: ReturnReason,
    pub returned_on: NaiveDate,
    pub keep_until: NaiveDate,
    /// `None`: the reader need not be the PKP and is not told where the letter went.
    pub address_masked: Option<String>,
}
