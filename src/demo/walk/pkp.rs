//! The PKP that a walk invents.

use crate::{
    admin::{
        Failure,
        import::{self, Content, Refused},
    },
    app::{Office, registry::Consent},
    domain::{credential::ActivationCode, tax_id::TaxId},
    vault::entropy::{Entropy, OsEntropy},
};

/// A company of office 031 with evidence and an SPPKP, under a number that no other walk has.
pub(super) struct Pkp {
    pub(super) tax_id: String,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) signer: &'static str,
    pub(super) email: String,
}

impl Pkp {
    /// Imports it as an operator would: a row of taxpayers, a row of persons.
    pub(super) async fn import(office: &Office) -> Result<Self, Failure> {
        let random = uuid::Uuid::new_v4().as_u128();
        let digits = number(random).ok_or_else(|| Failure::new("no number could be invented"))?;
        let serial = &digits[5..9];
        let name = format!("PT Jalan Contoh {serial}");
        let address = format!("Jl. Contoh Nomor {serial}");
        let email = format!("pajak.{:08x}@example.com", random >> 96);
        let taxpayers = format!(
            "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,pkp_status,evidence_case,\
             evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office\n\
             {name},entity,{digits},0{digits},,,031,{address},Jakarta Barat,DKI Jakarta,{email},confirmed,b,\
             LHV-{serial}/KPP.031/2024,2024-03-01,S-{serial}PKP/KPP.031/2020,2020-03-02,031\n"
        );
        let signer = "Wira Contoh";
        let persons = format!(
            "npwp15,name,position,capacity,id_kind,id_last4\n{digits},{signer},Direktur Utama,pengurus,ktp,1234\n"
        );
        take(office, Content::Taxpayers, &taxpayers).await?;
        take(office, Content::Persons, &persons).await?;
        Ok(Self { tax_id: digits, name, address: format!("{address}, Jakarta Barat"), signer, email })
    }

    /// The pair that it got from KPP 202 before it moved here.
    pub(super) async fn import_old_pair(&self, office: &Office) -> Result<(), Failure> {
        let code = ActivationCode::mint(|| {
            let mut byte = [0];
            OsEntropy.fill(&mut byte);
            byte[0]
        });
        let (code, number, email) = (code.grouped(), &self.tax_id, &self.email);
        let pairs = format!(
            "npwp15,activation_code,desktop_code,office_code,letter_number,letter_date,email,state\n\
             {number},{code},{code},202,S-1/KPP.202/2020,2020-02-03,{email},active\n"
        );
        take(office, Content::Credentials, &pairs).await
    }
}

async fn take(office: &Office, content: Content, text: &str) -> Result<(), Failure> {
    let name = "demo walk";
    let text = std::io::Cursor::new(text.to_owned());
    import::import(office, content, Consent::Missing, text, name).await.map_err(|refused| match refused {
        Refused::File(faults) => Failure::rows(name.as_ref(), faults.iter().map(ToString::to_string)),
        Refused::Registry(error) => import::refused(name.as_ref(), error),
    })?;
    Ok(())
}

/// An NPWP of the block 99.999 that is nobody's, with the check digit that holds.
fn number(random: u128) -> Option<String> {
    let serial = format!("99999{:03}", random % 1000);
    let branch = format!("031{:03}", random / 1000 % 1000);
    (0..10)
        .map(|check| format!("{serial}{check}{branch}"))
        .find(|digits| TaxId::parse(digits).is_ok_and(|id| id.suspicion().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_number_is_beyond_suspicion() {
        for random in [0, 1, 999, 123_456_789, u128::MAX] {
            let digits = number(random).unwrap();
            assert!(digits.starts_with("99999") && digits.len() == 15, "{digits}");
            assert_eq!(TaxId::parse(&digits).unwrap().suspicion(), None);
        }
    }
}
