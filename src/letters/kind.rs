//! The closed lists of letters and e-mails.

use std::fmt;
use std::str::FromStr;

/// A name that is not in the closed list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known kind of {0}")]
pub struct UnknownKind(&'static str);

/// A letter that is rendered as PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LetterKind {
    /// The taxpayer's own request letter (*Surat Permohonan*).
    ApplicationLetter,
    /// *Bukti Penerimaan Surat* or *Bukti Penerimaan Elektronik*.
    Receipt,
    /// *Daftar Kekurangan*: what is missing, before receipt or after examination.
    DeficiencyList,
    /// *Pemberitahuan Kode Aktivasi*, its archive sheet and its reprints.
    ActivationNotice,
    /// *Penolakan Permohonan*.
    RefusalNotice,
    /// *Pemberitahuan Perubahan Email*.
    EmailChangeNotice,
    /// *Lembar Pengawasan Arus Dokumen*: the way of a request through the office.
    RoutingSlip,
    /// *Keputusan Penunjukan Petugas Khusus*, for a signature in ink.
    SpecialOfficerDecree,
    /// *Buku Agenda*: the register of a month.
    MonthlyRegister,
    /// *Laporan Bulanan*: the figures of a month, signed by the office.
    MonthlyReport,
    /// The list on top of a print batch. No letter, so that it stands in no list of kinds.
    PrintList,
}

impl LetterKind {
    /// Every kind of letter, in the order of this list.
    pub const ALL: [Self; 10] = [
        Self::ApplicationLetter,
        Self::Receipt,
        Self::DeficiencyList,
        Self::ActivationNotice,
        Self::RefusalNotice,
        Self::EmailChangeNotice,
        Self::RoutingSlip,
        Self::SpecialOfficerDecree,
        Self::MonthlyRegister,
        Self::MonthlyReport,
    ];

    /// The fields that a letter of this kind shows in every version of its wording: without them it would not be that
    /// letter, or could not be checked.
    pub const fn always_shown(self) -> &'static [&'static str] {
        match self {
            Self::ApplicationLetter => &["permohonan.pilihan", "pemohon.nama", "pkp.nama", "pkp.npwp"],
            Self::Receipt => {
                &["pkp.nama", "tanda_terima.kode_lacak", "tanda_terima.nomor", "tanda_terima.salinan"]
            }
            Self::DeficiencyList => &["kekurangan.butir", "pkp.nama"],
            Self::ActivationNotice => &[
                "cetak_ulang",
                "kredensial.kode_cetak",
                "penandatangan.nama",
                "pkp.nama",
                "surat.nomor",
                "surat.tanggal",
                "surat.tautan_periksa",
            ],
            Self::RefusalNotice => &[
                "alasan",
                "penandatangan.nama",
                "pkp.nama",
                "surat.nomor",
                "surat.tanggal",
                "surat.tautan_periksa",
            ],
            Self::EmailChangeNotice => &[
                "penandatangan.nama",
                "perubahan.email_baru_tersamar",
                "pkp.nama",
                "surat.nomor",
                "surat.tanggal",
                "surat.tautan_periksa",
            ],
            Self::RoutingSlip => &["lpad.baris"],
            Self::SpecialOfficerDecree => &["keputusan.nomor", "keputusan.petugas"],
            Self::MonthlyRegister => &["agenda.baris"],
            Self::MonthlyReport => &["laporan.angka", "laporan.bulan", "penandatangan.nama"],
            Self::PrintList => &["cetak.baris"],
        }
    }

    /// Whether an official of the office signs it, so that its file can be sealed.
    pub const fn is_signed(self) -> bool {
        matches!(
            self,
            Self::ActivationNotice | Self::RefusalNotice | Self::EmailChangeNotice | Self::MonthlyReport
        )
    }

    /// The identifier: also the name of the template file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationLetter => "application_letter",
            Self::Receipt => "receipt",
            Self::DeficiencyList => "deficiency_list",
            Self::ActivationNotice => "activation_notice",
            Self::RefusalNotice => "refusal_notice",
            Self::EmailChangeNotice => "email_change_notice",
            Self::RoutingSlip => "routing_slip",
            Self::SpecialOfficerDecree => "special_officer_decree",
            Self::MonthlyRegister => "monthly_register",
            Self::MonthlyReport => "monthly_report",
            Self::PrintList => "print_list",
        }
    }
}

impl fmt::Display for LetterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LetterKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind("letter"))
    }
}

/// An e-mail that the service sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EmailKind {
    /// Six digits that prove an address.
    ProofCode,
    /// The receipt, attached.
    Receipt,
    /// The request was returned as incomplete.
    ReturnedIncomplete,
    /// The letter, attached.
    LetterDelivery,
    /// The one-time link, or the password itself when the office chose so.
    PasswordLink,
    /// To the address that was replaced.
    ChangeNoticeOldAddress,
    /// A letter was printed again.
    ReprintNotice,
    /// Something about the account changed.
    AccountChanged,
    /// Code and password are suspended.
    AccountSuspended,
    /// "Lupa password" was tried with something that does not fit.
    ForgotPasswordAttempt,
    /// The due date was computed late or moved.
    DueDateChanged,
    /// The request lapsed or was withdrawn.
    RequestEnded,
    /// Somebody filed from an address that the office does not know.
    UnknownSenderNotice,
    /// The post brought a letter back.
    PostalReturn,
    /// A limit comes near: to the officer who has the request in hand.
    DueReminderOfficer,
    /// The same, one step up.
    DueReminderSectionHead,
    /// The same, one more.
    DueReminderSupervisor,
    /// The summary of a morning.
    SupervisorDigest,
}

impl EmailKind {
    /// Every kind, in the order of this list.
    pub const ALL: [Self; 18] = [
        Self::ProofCode,
        Self::Receipt,
        Self::ReturnedIncomplete,
        Self::LetterDelivery,
        Self::PasswordLink,
        Self::ChangeNoticeOldAddress,
        Self::ReprintNotice,
        Self::AccountChanged,
        Self::AccountSuspended,
        Self::ForgotPasswordAttempt,
        Self::DueDateChanged,
        Self::RequestEnded,
        Self::UnknownSenderNotice,
        Self::PostalReturn,
        Self::DueReminderOfficer,
        Self::DueReminderSectionHead,
        Self::DueReminderSupervisor,
        Self::SupervisorDigest,
    ];

    /// The identifier: also the name of the template file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProofCode => "proof_code",
            Self::Receipt => "receipt",
            Self::ReturnedIncomplete => "returned_incomplete",
            Self::LetterDelivery => "letter_delivery",
            Self::PasswordLink => "password_link",
            Self::ChangeNoticeOldAddress => "change_notice_old_address",
            Self::ReprintNotice => "reprint_notice",
            Self::AccountChanged => "account_changed",
            Self::AccountSuspended => "account_suspended",
            Self::ForgotPasswordAttempt => "forgot_password_attempt",
            Self::DueDateChanged => "due_date_changed",
            Self::RequestEnded => "request_ended",
            Self::UnknownSenderNotice => "unknown_sender_notice",
            Self::PostalReturn => "postal_return",
            Self::DueReminderOfficer => "due_reminder_officer",
            Self::DueReminderSectionHead => "due_reminder_section_head",
            Self::DueReminderSupervisor => "due_reminder_supervisor",
            Self::SupervisorDigest => "supervisor_digest",
        }
    }
}

impl EmailKind {
    /// Whether it reminds a member of staff of a limit; such a mail goes out in the hours of their office only.
    pub const fn is_reminder(self) -> bool {
        matches!(self, Self::DueReminderOfficer | Self::DueReminderSectionHead | Self::DueReminderSupervisor)
    }

    /// Whether it is for a member of staff and not for a filer or a PKP.
    pub const fn is_for_staff(self) -> bool {
        self.is_reminder() || matches!(self, Self::SupervisorDigest)
    }
}

impl fmt::Display for EmailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EmailKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind("e-mail"))
    }
}
