//! The sample data, through the real imports.

use crate::{
    admin::{
        Failure,
        import::{self, Content, Refused},
    },
    app::{Office, registry::Consent, sample_offices},
};

/// In this order: each file names what an earlier one brought.
const FILES: [(Content, &str, &str); 5] = [
    (Content::Offices, "offices.csv", include_str!("../../data/offices.csv")),
    (Content::Calendar, "holidays-id.csv", include_str!("../../data/holidays-id.csv")),
    (Content::Taxpayers, "sample/taxpayers.csv", include_str!("../../data/sample/taxpayers.csv")),
    (Content::Persons, "sample/persons.csv", include_str!("../../data/sample/persons.csv")),
    (Content::Credentials, "sample/credentials.csv", include_str!("../../data/sample/credentials.csv")),
];

pub(super) async fn import(office: &Office) -> Result<(), Failure> {
    for (content, name, text) in FILES {
        let told = import::import(office, content, Consent::Missing, text.as_bytes(), name).await.map_err(
            |refused| match refused {
                Refused::File(faults) => Failure::rows(name.as_ref(), faults.iter().map(ToString::to_string)),
                Refused::Registry(error) => import::refused(name.as_ref(), error),
            },
        )?;
        println!("{name}: {told}");
    }
    for (code, address, phone) in
        super::staff::OFFICES.map(|office| (office.code, office.address, office.phone))
    {
        sample_offices::complete(office, code, address, phone).await?;
    }
    Ok(())
}
