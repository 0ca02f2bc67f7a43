//! The PKP as a letter or an e-mail addresses it.

use serde_json::{Value, json};

use crate::{
    domain::{
        names::{Capacity, Sender},
        request::{Filed, Request},
        tax_id::TaxId,
    },
    store::taxpayers::Taxpayer,
};

/// Name, number and address of the PKP, from the registry or from the request alone.
///
/// Registry facts go only to addresses that belong to the PKP; whoever filed from an unknown address reads back what
/// they wrote and learns nothing.
#[derive(Debug, Clone)]
pub struct Addressee {
    name: String,
    /// `None` for a pair whose taxpayer has no number in the registry.
    tax_id: Option<TaxId>,
    address: String,
    entity: bool,
}

impl Addressee {
    /// As the filer wrote it.
    pub fn as_filed(filed: &Filed) -> Self {
        Self {
            name: filed.pkp_name.as_str().to_owned(),
            tax_id: Some(filed.tax_id.clone()),
            address: filed.pkp_address.as_str().to_owned(),
            // A representative may act for either; without "Pengurus" the address is right for both.
            entity: filed.signer_capacity == Capacity::Pengurus,
        }
    }

    /// As the registry knows it.
    pub fn registered(taxpayer: &Taxpayer) -> Self {
        Self {
            name: taxpayer.name.clone(),
            tax_id: [&taxpayer.npwp15, &taxpayer.npwp16, &taxpayer.nitku, &taxpayer.nik]
                .into_iter()
                .flatten()
                .find_map(|number| TaxId::parse(number).ok()),
            address: taxpayer.address_line(),
            entity: taxpayer.is_entity(),
        }
    }

    /// For what grants a request: the officer has made sure of the PKP. The number is the one of the request.
    pub fn granted(request: &Request, taxpayer: &Taxpayer) -> Self {
        Self { tax_id: Some(request.filed.tax_id.clone()), ..Self::registered(taxpayer) }
    }

    /// For what refuses a request: as filed when an unknown address asked, or the registry does not know the PKP.
    pub fn refused(request: &Request, taxpayer: &Taxpayer) -> Self {
        match request.sender {
            Sender::Known | Sender::Counter | Sender::Post if taxpayer.is_registered() => {
                Self::granted(request, taxpayer)
            }
            Sender::Known | Sender::Counter | Sender::Post | Sender::Unknown => {
                Self::as_filed(&request.filed)
            }
        }
    }

    /// `pkp`
    pub fn pkp(&self) -> Value {
        let number = |text: fn(&TaxId) -> String| self.tax_id.as_ref().map_or_else(|| "-".to_owned(), text);
        json!({
            "nama": self.name,
            "npwp": number(TaxId::formatted),
            "npwp_tersamar": number(TaxId::masked),
            "alamat": self.address,
            "badan": self.entity,
        })
    }

    /// `penerima.sapaan`
    pub fn salutation(&self) -> String {
        if self.entity { format!("Pengurus {}", self.name) } else { self.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::words::samples;

    #[test]
    fn whoever_files_from_an_unknown_address_reads_no_registry_facts_in_a_refusal() {
        let request = Request { sender: Sender::Unknown, ..samples::request() };
        let taxpayer = Taxpayer { name: "Nama Rahasia".to_owned(), ..samples::taxpayer() };

        let pkp = Addressee::refused(&request, &taxpayer).pkp();

        assert_eq!(pkp["nama"], request.filed.pkp_name.as_str());
        assert_eq!(pkp["alamat"], request.filed.pkp_address.as_str());
    }

    #[test]
    fn the_pkp_itself_is_addressed_as_the_registry_knows_it() {
        let taxpayer = Taxpayer { name: "CV Nama Resmi".to_owned(), ..samples::taxpayer() };

        let addressee = Addressee::refused(&samples::request(), &taxpayer);

        assert_eq!(addressee.salutation(), "Pengurus CV Nama Resmi");
        assert_eq!(addressee.pkp()["npwp"], "99.999.134.2-031.000");
    }

    #[test]
    fn a_provisional_taxpayer_is_addressed_as_filed() {
        let taxpayer =
            Taxpayer { kind: "provisional".to_owned(), address: String::new(), ..samples::taxpayer() };

        let request = samples::request();

        assert_eq!(
            Addressee::refused(&request, &taxpayer).pkp()["alamat"],
            request.filed.pkp_address.as_str()
        );
    }
}
