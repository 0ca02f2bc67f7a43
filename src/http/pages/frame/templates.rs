//! Templates of the pages: inside the binary, one environment for each language, every value escaped.
//!
//! A template holds no text for people: `t("key")` takes it from the catalogues.

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value,
    value::{Kwargs, Serde},
};
use serde::Serialize;

use super::{
    dates, flash::Flash, icons, navigation::Item, preferences::Language, preferences::Preferences,
    trouble::PageError, words,
};
use crate::{
    app::page_session::AtWork,
    domain::{indonesian, names::Role, tax_id::TaxId},
    http::assets,
};

/// What all areas share.
const SHARED: &[(&str, &str)] = &[
    ("frame.html", include_str!("../../templates/frame.html")),
    ("office.html", include_str!("../../templates/office.html")),
    ("public.html", include_str!("../../templates/public.html")),
    ("parts/protected.html", include_str!("../../templates/parts/protected.html")),
    ("parts/brand.html", include_str!("../../templates/parts/brand.html")),
    ("parts/flash.html", include_str!("../../templates/parts/flash.html")),
    ("parts/language.html", include_str!("../../templates/parts/language.html")),
    ("parts/preferences.html", include_str!("../../templates/parts/preferences.html")),
    ("parts/fields.html", include_str!("../../templates/parts/fields.html")),
    ("parts/request.html", include_str!("../../templates/parts/request.html")),
    ("stopped.html", include_str!("../../templates/stopped.html")),
    ("resume.html", include_str!("../../templates/resume.html")),
];

fn sources() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    [
        SHARED,
        crate::http::pages::linked::TEMPLATES,
        crate::http::pages::account::TEMPLATES,
        crate::http::pages::board::TEMPLATES,
        crate::http::pages::calculator::TEMPLATES,
        crate::http::pages::corrections::TEMPLATES,
        crate::http::pages::counter::TEMPLATES,
        crate::http::pages::everyone::TEMPLATES,
        crate::http::pages::head::TEMPLATES,
        crate::http::pages::help::TEMPLATES,
        crate::http::pages::notices::TEMPLATES,
        crate::http::pages::patterns::TEMPLATES,
        crate::http::pages::officer::TEMPLATES,
        crate::http::pages::taxpayer::TEMPLATES[0],
        crate::http::pages::taxpayer::TEMPLATES[1],
        crate::http::pages::operator::TEMPLATES,
        crate::http::pages::post::TEMPLATES,
        crate::http::pages::reports::TEMPLATES,
    ]
    .into_iter()
    .flatten()
}

static INDONESIAN: LazyLock<Result<Environment<'static>, Error>> =
    LazyLock::new(|| environment(Language::Id));
static ENGLISH: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| environment(Language::En));

/// What the frame of every page shows.
#[derive(Serialize)]
pub struct Frame<'a> {
    pub preferences: Preferences,
    pub path: &'a str,
    pub navigation: Vec<Item>,
    pub who: Option<Who<'a>>,
    pub flash: Option<&'a Flash>,
    /// For the form fields that prove a form to be ours.
    pub token: String,
    pub once: String,
}

/// Who is signed in, as the head of a page says it.
#[derive(Serialize)]
pub struct Who<'a> {
    name: &'a str,
    role: Option<&'static str>,
    acting: Option<&'a str>,
    office: Option<&'a str>,
}

impl<'a> Who<'a> {
    pub fn of(at_work: &'a AtWork) -> Self {
        let who = &at_work.colleague;
        // The role that decides most of the day comes first.
        let order =
            [Role::Operator, Role::SectionHead, Role::SpecialOfficer, Role::Supervisor, Role::Counter];
        let role = order.into_iter().find(|role| who.roles.iter().any(|(held, _)| held == role));
        Self {
            name: &who.name,
            role: role.map(Role::as_str),
            acting: who.acting.as_deref(),
            office: at_work.office_name.as_deref(),
        }
    }
}

fn environment(language: Language) -> Result<Environment<'static>, Error> {
    words::check().map_err(|fault| Error::new(ErrorKind::InvalidOperation, fault))?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_global("style", assets::page_styles());
    environment.add_global("font", assets::font_path());
    environment.add_global("script", assets::script_path());
    environment.add_global("linked_style", assets::style_path());
    environment.add_global("language", language.code());
    environment.add_function("t", move |key: &str, values: Kwargs| text(language, key, &values));
    environment.add_function("icon", |name: &str, label: Option<&str>| {
        icons::svg(name, label)
            .map(Value::from_safe_string)
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no icon {name}")))
    });
    for (name, style) in dates::Style::ALL {
        environment.add_filter(name, move |text: &str| {
            dates::write(language, style, text)
                .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "neither a day nor an instant"))
        });
    }
    environment.add_filter("npwp", |digits: &str| {
        TaxId::parse(digits).map_or_else(|_| digits.to_owned(), |tax_id| tax_id.formatted())
    });
    environment.add_filter("thousands", indonesian::thousands);
    for (name, source) in sources() {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// A text of the catalogue. Values are escaped, `**bold**` becomes bold.
fn text(language: Language, key: &str, values: &Kwargs) -> Result<Value, Error> {
    let missing = || Error::new(ErrorKind::InvalidOperation, format!("there is no text {key}"));
    let text = words::word(language, key).ok_or_else(missing)?;
    let value = |name: &str| {
        let value: Value = values.get(name).ok()?;
        Some(if value.is_safe() { value.to_string() } else { escape(&value.to_string()) })
    };
    // The stars of a value, as of a masked name, stay stars.
    let escaped = escape(text);
    let parts = escaped.split("**").enumerate().map(|(index, part)| match index % 2 {
        0 => words::fill(part, value),
        _ => format!("<strong>{}</strong>", words::fill(part, value)),
    });
    let filled: String = parts.collect();
    values.assert_all_used()?;
    Ok(Value::from_safe_string(filled))
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Whether all templates and catalogues can be read. Called at start, so that a broken one never waits for its first
/// reader.
pub fn check_templates() -> Result<(), &'static Error> {
    INDONESIAN.as_ref().and(ENGLISH.as_ref()).map(|_| ())
}

/// A page as HTML. The fields of the view are there by their names, the frame as `page`.
pub fn render(
    language: Language,
    template: &str,
    frame: &Frame<'_>,
    view: &impl Serialize,
) -> Result<String, PageError> {
    let environment = match language {
        Language::Id => &*INDONESIAN,
        Language::En => &*ENGLISH,
    };
    let context = minijinja::context! { page => Value::from(Serde(frame)), ..Value::from(Serde(view)) };
    let rendered = environment
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|environment| environment.get_template(template).map_err(|error| error.to_string()))
        .and_then(|template| template.render(context).map_err(|error| error.to_string()));
    rendered.map_err(|error| {
        // The message names template and line; values are not part of it.
        tracing::error!(template, error, "page cannot be rendered");
        PageError::Broken
    })
}

#[cfg(test)]
mod tests;
