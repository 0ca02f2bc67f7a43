//! An office as its letterhead and its letters name it.

use chrono_tz::Tz;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::{djp, phone};
use crate::{
    domain::{indonesian, names::OfficePaper},
    store::offices::OfficeRow,
};

/// The fields `kop.*` and `kpp.*` of every template.
#[derive(Debug, Clone)]
pub struct OfficeWords {
    /// `KPP Pratama Jakarta Palmerah`
    pub name: String,
    /// `Kantor Pelayanan Pajak Pratama Jakarta Palmerah`
    pub full_name: String,
    pub zone: Tz,
    kanwil_line: String,
    address: String,
    phone: String,
    fax: String,
    emblem: String,
    paper: OfficePaper,
}

impl OfficeWords {
    /// An office without an address is named by its city; acts that need the address ask for it before.
    pub fn new(office: &OfficeRow) -> Self {
        let usable = |text: Option<&str>| text.and_then(phone::first);
        Self {
            name: office.name.clone(),
            full_name: spelled_out(&office.name, "KPP ", "Kantor Pelayanan Pajak "),
            zone: office.zone,
            kanwil_line: spelled_out(
                &office.kanwil,
                "Kanwil DJP ",
                "Kantor Wilayah Direktorat Jenderal Pajak ",
            ),
            address: filled(office.address.as_deref()).unwrap_or(&office.city).to_owned(),
            phone: usable(office.phone.as_deref()).unwrap_or_else(|| "-".to_owned()),
            fax: usable(office.fax.as_deref()).unwrap_or_default(),
            emblem: office.emblem.as_deref().map(|sha256| HEXLOWER.encode(sha256)).unwrap_or_default(),
            paper: office.paper,
        }
    }

    /// The sender of an e-mail that belongs to no office: a proof code, before an office was chosen.
    pub fn headquarters() -> Self {
        Self {
            name: djp::NAME.to_owned(),
            full_name: djp::NAME.to_owned(),
            zone: Tz::Asia__Jakarta,
            kanwil_line: String::new(),
            address: djp::ADDRESS.to_owned(),
            phone: djp::KRING_PAJAK.to_owned(),
            fax: String::new(),
            emblem: String::new(),
            paper: OfficePaper::A4,
        }
    }

    /// `kop`: the lines of the letterhead, in upper case, the hash of the emblem (empty: the placeholder) and the paper.
    /// Data that are kept with a letter pin both.
    pub fn kop(&self) -> Value {
        json!({
            "baris_kanwil": self.kanwil_line.to_uppercase(),
            "baris_kpp": self.full_name.to_uppercase(),
            "alamat": self.address.to_uppercase(),
            "telepon": self.phone,
            "faksimile": self.fax,
            "laman": djp::LAMAN,
            "surel": djp::SUREL,
            "kring_pajak": djp::KRING_PAJAK,
            "lambang": self.emblem,
            "kertas": self.paper.as_str(),
        })
    }

    /// `kpp`: the office in running text.
    pub fn kpp(&self) -> Value {
        json!({
            "nama": self.name,
            "nama_lengkap": self.full_name,
            "alamat": self.address,
            "telepon": self.phone,
            "zona": indonesian::zone_name(self.zone),
            "jam_loket": format!(
                "{}, pukul {} {}", djp::LOKET_DAYS, djp::LOKET_HOURS, indonesian::zone_name(self.zone)
            ),
        })
    }
}

fn spelled_out(name: &str, short: &str, long: &str) -> String {
    name.strip_prefix(short).map_or_else(|| name.to_owned(), |rest| format!("{long}{rest}"))
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::words::samples;

    #[test]
    fn the_letterhead_spells_the_office_out_in_upper_case() {
        let kop = OfficeWords::new(&samples::office()).kop();

        assert_eq!(kop["baris_kanwil"], "KANTOR WILAYAH DIREKTORAT JENDERAL PAJAK JAKARTA BARAT");
        assert_eq!(kop["baris_kpp"], "KANTOR PELAYANAN PAJAK PRATAMA JAKARTA PALMERAH");
        assert_eq!(kop["alamat"], "JALAN S. PARMAN NOMOR 99, JAKARTA BARAT 11410");
        assert_eq!(kop["telepon"], "(021) 5665681");
    }

    #[test]
    fn an_office_without_address_and_telephone_is_named_by_its_city() {
        let mut office = samples::office();
        (office.address, office.phone) = (Some(" ".to_owned()), None);

        let kpp = OfficeWords::new(&office).kpp();

        assert_eq!((&kpp["alamat"], &kpp["telepon"]), (&json!("Jakarta Barat"), &json!("-")));
    }

    #[test]
    fn a_letter_pins_the_emblem_and_the_paper_of_its_office() {
        let mut office = samples::office();
        let before = OfficeWords::new(&office).kop();
        (office.emblem, office.paper) = (Some(vec![0xAB; 32]), OfficePaper::F4);
        let after = OfficeWords::new(&office).kop();

        assert_eq!((&before["lambang"], &before["kertas"]), (&json!(""), &json!("a4")));
        assert_eq!((&after["lambang"], &after["kertas"]), (&json!("ab".repeat(32)), &json!("f4")));
    }

    #[test]
    fn counter_hours_name_the_zone_of_the_office() {
        let mut office = samples::office();
        office.zone = Tz::Asia__Jayapura;

        let kpp = OfficeWords::new(&office).kpp();

        assert_eq!(kpp["jam_loket"], "Senin sampai dengan Jumat, pukul 08.00–16.00 WIT");
    }
}
