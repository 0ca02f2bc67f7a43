//! What the registry may hold of one taxpayer: rules that its files and the interface share.

use super::{names::named, tax_id::TaxId};

named! {
    /// Who a row of the registry is.
    TaxpayerKind {
        Entity = "entity",
        /// A branch with its own pengukuhan is its own taxpayer.
        Branch = "branch",
        Person = "person",
    }
}

/// The numbers of one taxpayer, each in the place of its kind.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    pub npwp15: Option<TaxId>,
    pub npwp16: Option<TaxId>,
    pub nik: Option<TaxId>,
    pub nitku: Option<TaxId>,
}

/// Numbers that cannot be those of one taxpayer. What only the registry can know is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    NoNumber,
    /// The 16-digit NPWP begins with 0 and is not 0 and the 15 digits.
    NotOfNpwp15,
    /// The 16-digit NPWP of a resident is the NIK.
    NotTheNik,
    /// The NITKU does not begin with the 16-digit NPWP.
    NotOfNpwp16,
    NikOfNoPerson,
}

impl Contradiction {
    /// The number at fault.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::NoNumber => "npwp15",
            Self::NotOfNpwp15 | Self::NotTheNik => "npwp16",
            Self::NotOfNpwp16 => "nitku",
            Self::NikOfNoPerson => "nik",
        }
    }
}

impl Numbers {
    /// Everything that is contradicted. `kind` may not be known, when it was not understood.
    #[must_use]
    pub fn contradictions(&self, kind: Option<TaxpayerKind>) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if self.first().is_none() {
            found.push(Contradiction::NoNumber);
        }
        if let (Some(npwp15), Some(npwp16)) = (&self.npwp15, &self.npwp16)
            && npwp16.as_npwp15().is_some_and(|by_npwp16| by_npwp16 != npwp15.digits())
        {
            found.push(Contradiction::NotOfNpwp15);
        }
        if let (Some(nik), Some(npwp16)) = (&self.nik, &self.npwp16)
            && nik != npwp16
        {
            found.push(Contradiction::NotTheNik);
        }
        if let (Some(nitku), Some(npwp16)) = (&self.nitku, &self.npwp16)
            && !nitku.digits().starts_with(npwp16.digits())
        {
            found.push(Contradiction::NotOfNpwp16);
        }
        match kind {
            Some(TaxpayerKind::Entity | TaxpayerKind::Branch) if self.nik.is_some() => {
                found.push(Contradiction::NikOfNoPerson);
            }
            Some(TaxpayerKind::Entity | TaxpayerKind::Branch | TaxpayerKind::Person) | None => {}
        }
        found
    }

    fn first(&self) -> Option<&TaxId> {
        [&self.npwp15, &self.npwp16, &self.nik, &self.nitku].into_iter().flatten().next()
    }

    /// [`TaxId::canonical`] of the first of them; empty where there is none.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.first().map(TaxId::canonical).unwrap_or_default()
    }

    /// Whether a number, in any of its forms, is one of them.
    #[must_use]
    pub fn hold(&self, number: &TaxId) -> bool {
        use super::tax_id::RegistryColumn as Column;
        number.registry_keys().iter().any(|key| {
            let own = match key.column {
                Column::Npwp15 => &self.npwp15,
                Column::Npwp16 => &self.npwp16,
                Column::Nik => &self.nik,
                Column::Nitku => &self.nitku,
            };
            own.as_ref().is_some_and(|own| own.digits() == key.digits)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_of_theirs_in_any_form() {
        let npwp15 = TaxId::parse("999991342031000").ok();
        let numbers = Numbers { npwp15, ..Numbers::default() };
        for form in ["99.999.134.2-031.000", "0999991342031000", "0999991342031000000000"] {
            assert!(numbers.hold(&TaxId::parse(form).unwrap()), "{form}");
        }
        assert!(!numbers.hold(&TaxId::parse("999991003001000").unwrap()));
        assert!(!numbers.hold(&TaxId::parse("0999991342031000000001").unwrap()), "a branch is its own");
    }

    #[test]
    fn without_a_number_nobody_is_meant() {
        assert_eq!(Numbers::default().contradictions(None), [Contradiction::NoNumber]);
    }
}
