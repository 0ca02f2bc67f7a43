//! The closed lists of the field, with the one name that each has in the database and in the interface.

/// Declares an enum whose variants have one text form, used by serde, SQL and URLs alike.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::domain::names::UnknownName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::domain::names::UnknownName { list: stringify!($name) }),
                }
            }
        }
    };
}
pub(crate) use named;

/// A text that is not on one of the closed lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of {list}")]
pub struct UnknownName {
    pub list: &'static str,
}

named! {
    /// The four kinds of request. `NewCredentials` and `MoveOffice` share one option of the form.
    Kind {
        NewCredentials = "new_credentials",
        Reprint = "reprint",
        UpdateEmail = "update_email",
        MoveOffice = "move_office",
    }
}

impl Kind {
    /// As people read it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::NewCredentials => "Kode Aktivasi dan Password",
            Self::Reprint => "Cetak Ulang Kode Aktivasi",
            Self::UpdateEmail => "Update Email",
            Self::MoveOffice => "Kode Aktivasi dan Password (pindah KPP)",
        }
    }

    /// The option of the form that is left unstruck.
    #[must_use]
    pub fn form_option(self) -> &'static str {
        match self {
            Self::NewCredentials | Self::MoveOffice => "kode_password",
            Self::Reprint => "cetak_ulang",
            Self::UpdateEmail => "update_email",
        }
    }
}

named! {
    /// What a filer sets out to ask for: one of the kinds, or reprint and e-mail update together.
    Wanted {
        NewCredentials = "new_credentials",
        Reprint = "reprint",
        UpdateEmail = "update_email",
        MoveOffice = "move_office",
        Bundle = "bundle",
    }
}

impl Wanted {
    /// The kind of the form; a bundle names none.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::NewCredentials => Some(Kind::NewCredentials),
            Self::Reprint => Some(Kind::Reprint),
            Self::UpdateEmail => Some(Kind::UpdateEmail),
            Self::MoveOffice => Some(Kind::MoveOffice),
            Self::Bundle => None,
        }
    }

    /// The requests that it becomes.
    #[must_use]
    pub fn kinds(self) -> Vec<Kind> {
        self.kind().map_or_else(|| vec![Kind::UpdateEmail, Kind::Reprint], |kind| vec![kind])
    }
}

named! {
    /// How a request reached the office.
    Channel { Online = "online", Counter = "counter", Post = "post" }
}

named! {
    /// What we know of who sent it. `Known`: proven address of the account or the registry.
    Sender { Known = "known", Unknown = "unknown", Counter = "counter", Post = "post" }
}

named! {
    /// Whether the address was proven by a code.
    AddressProof { Proven = "proven", Unproven = "unproven" }
}

named! {
    /// In which capacity the signer of the request letter signs.
    Capacity { Pkp = "pkp", Pengurus = "pengurus", Kuasa = "kuasa" }
}

named! {
    /// Why a letter is printed again.
    ReprintReason {
        Lost = "lost",
        Damaged = "damaged",
        Illegible = "illegible",
        NeverReceived = "never_received",
    }
}

named! {
    /// Documents that a policy may ask for.
    DocumentKind {
        ApplicationLetter = "application_letter",
        IdentityCard = "identity_card",
        PowerOfAttorney = "power_of_attorney",
        PoliceLossReport = "police_loss_report",
        DamagedLetter = "damaged_letter",
        OriginalNotice = "original_notice",
        Sppkp = "sppkp",
    }
}

impl DocumentKind {
    /// As the receipt lists it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ApplicationLetter => "Surat Permohonan",
            Self::IdentityCard => "Identitas penanda tangan",
            Self::PowerOfAttorney => "Surat kuasa",
            Self::PoliceLossReport => "Surat keterangan kehilangan dari kepolisian",
            Self::DamagedLetter => "Surat yang rusak",
            Self::OriginalNotice => "Asli surat Pemberitahuan Kode Aktivasi",
            Self::Sppkp => "SPPKP dari kantor baru",
        }
    }

    /// The deficiency item (`letter-templates/deficiency-items.csv`) that says it is missing.
    #[must_use]
    pub fn missing_item(self) -> &'static str {
        match self {
            Self::ApplicationLetter => "surat_permohonan_tidak_ada",
            Self::IdentityCard => "identitas_tidak_ada",
            Self::PowerOfAttorney => "surat_kuasa_tidak_ada",
            Self::PoliceLossReport => "surat_kehilangan_tidak_ada",
            Self::DamagedLetter => "surat_rusak_tidak_ada",
            Self::OriginalNotice => "surat_lama_tidak_ada",
            Self::Sppkp => "sppkp_baru_tidak_ada",
        }
    }
}

impl DocumentKind {
    /// The document that answers an item of the list of deficiencies; `None` where a field of the form does, or any.
    #[must_use]
    pub fn of_item(code: &str) -> Option<Self> {
        const ANSWERS: [(&str, DocumentKind); 11] = [
            ("surat_permohonan_", DocumentKind::ApplicationLetter),
            ("tanda_tangan_", DocumentKind::ApplicationLetter),
            ("pilihan_", DocumentKind::ApplicationLetter),
            ("salah_kantor", DocumentKind::ApplicationLetter),
            ("tanggal_surat_", DocumentKind::ApplicationLetter),
            ("identitas_", DocumentKind::IdentityCard),
            ("surat_kuasa_", DocumentKind::PowerOfAttorney),
            ("surat_kehilangan_", DocumentKind::PoliceLossReport),
            ("surat_rusak_", DocumentKind::DamagedLetter),
            ("surat_lama_", DocumentKind::OriginalNotice),
            ("sppkp_", DocumentKind::Sppkp),
        ];
        ANSWERS.iter().find(|(begin, _)| code.starts_with(begin)).map(|(_, kind)| *kind)
    }
}

named! {
    /// Roles of staff.
    Role {
        Counter = "counter",
        SpecialOfficer = "special_officer",
        SectionHead = "section_head",
        Supervisor = "supervisor",
        Operator = "operator",
    }
}

named! {
    /// How far a supervisor or operator sees.
    Scope { Office = "office", Kanwil = "kanwil", National = "national" }
}

named! {
    /// How the password reaches the PKP.
    PasswordDelivery { Link = "link", Email = "email" }
}

named! {
    /// How a letter leaves the office.
    Delivery { Email = "email", Post = "post", Counter = "counter" }
}

named! {
    /// What an office prints its letters on.
    OfficePaper { A4 = "a4", F4 = "f4" }
}

named! {
    /// What a signed letter says.
    Outcome { Granted = "granted", Refused = "refused" }
}

named! {
    /// What an officer drafts.
    Decision { Grant = "grant", Refuse = "refuse" }
}

impl Decision {
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Grant => Outcome::Granted,
            Self::Refuse => Outcome::Refused,
        }
    }
}

named! {
    /// Why a request was withdrawn.
    WithdrawnReason { Own = "own", Moved = "moved", Displaced = "displaced" }
}

named! {
    /// How a round ended.
    RoundEnding { Granted = "granted", Refused = "refused", Returned = "returned", Withdrawn = "withdrawn" }
}

impl From<Outcome> for RoundEnding {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Granted => Self::Granted,
            Outcome::Refused => Self::Refused,
        }
    }
}

named! {
    /// State of a pair of code and password.
    CredentialState {
        Active = "active",
        Suspended = "suspended",
        Superseded = "superseded",
        Revoked = "revoked",
    }
}

named! {
    /// Status of the VAT registration.
    PkpStatus { Confirmed = "confirmed", Revoked = "revoked" }
}

named! {
    /// Evidence of the PKP status. A1, A2, B grant; R1, R2, R3 refuse (PER-24/PJ/2012 Pasal 8(3)).
    EvidenceCase { A1 = "a1", A2 = "a2", B = "b", R1 = "r1", R2 = "r2", R3 = "r3" }
}

named! {
    /// What the fate of an e-mail may be.
    Fate {
        Queued = "queued",
        Accepted = "accepted",
        Bounced = "bounced",
        GivenUp = "given_up",
        Superseded = "superseded",
    }
}
