use crate::{
    app::AppError,
    domain::{
        event::{EventKind, ReceiverUrl, ReceiverUrlError},
        fault::Faults,
        line::Line,
    },
    store::webhooks::Wanted,
};

/// What an operator typed of a receiver, before anything is checked.
#[derive(Debug, Clone)]
pub struct RawEndpoint {
    pub name: String,
    pub url: String,
    /// `None`: every office.
    pub office_code: Option<String>,
    pub kinds: Vec<String>,
    pub with_personal_data: bool,
}

impl RawEndpoint {
    /// Reads it, or says everything that is wrong with it.
    pub fn read(&self) -> Result<Wanted, AppError> {
        let mut faults = Faults::default();
        let name = Line::<80>::parse(&self.name);
        let name = faults.take("/name", name.map_err(|error| (error.code(), error.detail())));
        let url = self.url.parse::<ReceiverUrl>();
        let told = |error: ReceiverUrlError| (error.code(), error.detail().to_owned());
        let url = faults.take("/url", url.map_err(told));
        let office = self.office_code.as_deref().map(|code| {
            let no_code = |_| ("office", "Isi kode kantor, tiga angka.".to_owned());
            faults.take("/office_code", code.parse().map_err(no_code))
        });
        let mut kinds = Vec::new();
        for (index, kind) in self.kinds.iter().enumerate() {
            let unknown = |_| ("unknown", "Jenis peristiwa ini tidak ada.".to_owned());
            kinds.extend(faults.take(&format!("/kinds/{index}"), kind.parse::<EventKind>().map_err(unknown)));
        }
        kinds.sort_unstable();
        kinds.dedup();
        if self.kinds.is_empty() {
            faults.add("/kinds", "required", "Pilih paling sedikit satu jenis peristiwa.");
        }
        match (name, url, faults.is_empty()) {
            (Some(name), Some(url), true) => Ok(Wanted {
                name: name.as_str().to_owned(),
                url,
                office: office.flatten(),
                kinds,
                with_personal_data: self.with_personal_data,
            }),
            _ => Err(AppError::Invalid(faults.into_vec())),
        }
    }
}
