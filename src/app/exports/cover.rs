use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::indonesian;

/// What a file says of itself before its rows: what it is, of whom, by what it was narrowed, when, and for whom.
#[derive(Debug, Clone)]
pub struct Cover {
    pub title: String,
    pub offices: String,
    pub filters: Vec<(String, String)>,
    /// The moment whose rows these are.
    pub at: DateTime<Utc>,
    pub zone: Tz,
    pub by: String,
}

impl Cover {
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![
            ("Daftar".to_owned(), self.title.clone()),
            ("Kantor".to_owned(), self.offices.clone()),
            ("Keadaan pada".to_owned(), indonesian::day_date_and_time(self.at, self.zone)),
            ("Diambil oleh".to_owned(), self.by.clone()),
        ];
        if self.filters.is_empty() {
            lines.push(("Penyaring".to_owned(), "tanpa penyaring".to_owned()));
        }
        lines.extend(self.filters.iter().cloned());
        lines
    }
}
