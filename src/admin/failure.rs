//! How a command ends that did not do what it was asked to.

use std::{fmt::Write as _, io};

use crate::app::{AppError, registry::ImportError};

/// What went wrong and what to do about it, ready for stderr.
#[derive(Debug)]
pub struct Failure {
    message: String,
    /// 1: the command failed; 2: it was asked in a wrong way; 75: a mail server is to try again.
    code: u8,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// The command line, a setting or a file is at fault.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// A file whose rows are at fault; nothing of it was taken.
    pub fn rows(path: &std::path::Path, faults: impl IntoIterator<Item = String>) -> Self {
        let mut message =
            format!("{} was not imported; correct these rows and run it again:", path.display());
        for fault in faults {
            let _ = write!(message, "\n  {fault}");
        }
        Self::new(message)
    }

    /// For a mail server: whatever went wrong, the message stays with it and comes again (`EX_TEMPFAIL`).
    #[must_use]
    pub fn to_be_retried(self) -> Self {
        Self { code: 75, ..self }
    }

    pub fn code(&self) -> u8 {
        self.code
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// An import that failed; `path` names the file.
pub(super) fn of_import(path: &std::path::Path, error: ImportError) -> Failure {
    match error {
        ImportError::Rows(faults) => Failure::rows(path, faults.iter().map(ToString::to_string)),
        ImportError::Faulty(faulty) => {
            let more = faulty.total.saturating_sub(u64::try_from(faulty.listed.len()).unwrap_or_default());
            let rest = (more > 0).then(|| format!("and {more} more faults"));
            let others = faulty.others.map(|others| format!("the other rows: {others}"));
            let count = format!("{} faulty rows", faulty.rows);
            let listed = faulty.listed.iter().map(ToString::to_string);
            Failure::rows(path, listed.chain(rest).chain([count]).chain(others))
        }
        ImportError::App(error) => error.into(),
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Invalid(faults) => {
                let told: Vec<String> = faults
                    .iter()
                    .map(|fault| format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.detail))
                    .collect();
                Self::usage(told.join("; "))
            }
            AppError::Unavailable(source) => {
                Self::new(format!("the database cannot be reached: {source:#}; check AKTIVASI_DATABASE_URL"))
            }
            AppError::Internal(source) => Self::new(format!("{source:#}")),
            other => Self::new(other.to_string()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        // A reader that went away (`… | head`) is nobody's fault.
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return Self { message: String::new(), code: 0 };
        }
        Self::new(format!("{error:#}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}
