//! How a person wants the pages. Kept in a cookie, so that the server draws them right at once.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Id,
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system of the person is set.
    #[default]
    Auto,
    Light,
    Dark,
}

/// The height of rows in the lists of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    #[default]
    Padat,
    Lega,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Preferences {
    pub language: Language,
    pub theme: Theme,
    pub density: Density,
    /// Whether single keys act (WCAG 2.1.4).
    pub keys: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { language: Language::Id, theme: Theme::Auto, density: Density::Padat, keys: true }
    }
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Id, Self::En];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// The language that the query of an address asks for with `bahasa`.
    pub fn asked(query: &str) -> Option<Self> {
        let wanted = query.split('&').find_map(|part| part.strip_prefix("bahasa="))?;
        Self::ALL.into_iter().find(|language| language.code() == wanted)
    }
}

impl Theme {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Density {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Padat => "padat",
            Self::Lega => "lega",
        }
    }
}

impl Preferences {
    /// Reads the cookie; words that we do not know leave the usual.
    pub fn read(cookie: &str) -> Self {
        cookie.split('.').fold(Self::default(), |wanted, word| match word {
            "en" => Self { language: Language::En, ..wanted },
            "light" => Self { theme: Theme::Light, ..wanted },
            "dark" => Self { theme: Theme::Dark, ..wanted },
            "lega" => Self { density: Density::Lega, ..wanted },
            "nokeys" => Self { keys: false, ..wanted },
            _ => wanted,
        })
    }

    pub fn write(self) -> String {
        let keys = if self.keys { "keys" } else { "nokeys" };
        [self.language.code(), self.theme.code(), self.density.code(), keys].join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back() {
        for language in Language::ALL {
            for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
                for (density, keys) in [(Density::Padat, false), (Density::Lega, true)] {
                    let chosen = Preferences { language, theme, density, keys };
                    assert_eq!(Preferences::read(&chosen.write()), chosen);
                }
            }
        }
        assert_eq!(Preferences::read("fr.neon"), Preferences::default());
        assert_eq!(Language::asked("token=x&bahasa=en"), Some(Language::En));
        assert_eq!([Language::asked("bahasa=fr"), Language::asked("")], [None, None]);
    }
}
