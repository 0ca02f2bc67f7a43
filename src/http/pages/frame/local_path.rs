//! A place within this site to return to: never another site, whoever wrote the link.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

const MOST_BYTES: usize = 500;

/// A path with its query: one slash at the start, visible ASCII, no backslash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalPath(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a path of this site")]
pub struct NotLocal;

impl LocalPath {
    pub fn start() -> Self {
        Self("/".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LocalPath {
    type Err = NotLocal;
    fn from_str(text: &str) -> Result<Self, NotLocal> {
        let plain = text.len() <= MOST_BYTES
            && text.starts_with('/')
            && !text.starts_with("//")
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if plain { Ok(Self(text.to_owned())) } else { Err(NotLocal) }
    }
}

impl TryFrom<String> for LocalPath {
    type Error = NotLocal;
    fn try_from(text: String) -> Result<Self, NotLocal> {
        text.parse()
    }
}

impl From<LocalPath> for String {
    fn from(path: LocalPath) -> Self {
        path.0
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_leads_to_another_site() {
        for local in ["/", "/antrean?jenis=reprint&cari=abc", "/permohonan/1#dokumen"] {
            assert_eq!(local.parse::<LocalPath>().map(|path| path.to_string()), Ok(local.to_owned()));
        }
        let long = format!("/{}", "x".repeat(MOST_BYTES));
        for foreign in [
            "",
            "antrean",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/a\nb",
            "/é",
            &long,
        ] {
            assert_eq!(foreign.parse::<LocalPath>(), Err(NotLocal), "{foreign}");
        }
    }
}
