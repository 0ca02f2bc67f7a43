//! Filling the wording in: one Jinja environment per use, strict about fields, and errors without values.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fmt;

use super::data_field::field_with;
use super::error::{RenderError, TemplateError};
use super::literal;

/// Steps of Jinja for one text. The register of a month with tens of thousands of rows takes fewer; a loop in a loop that
/// somebody wrote by mistake ends.
const FUEL: u64 = 10_000_000;

/// What happens to a value on its way into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Hidden from Markdown, revealed by the layout.
    Hidden,
    /// Hidden in the same way; what an e-mail cannot hold gives way.
    Email,
    /// Plain text on one line.
    OneLine,
}

/// Wording that is parsed and ready to be filled in. Never changes after loading.
pub struct Wording {
    environment: Environment<'static>,
    sources: BTreeMap<String, Source>,
}

struct Source {
    text: Cow<'static, str>,
    /// Lines of the file above this text, for line numbers that an editor shows.
    lines_above: usize,
}

/// Where a field is used first.
pub struct FieldPlace {
    pub field: String,
    pub template: String,
    pub line: usize,
}

/// Carries the faults of a value through Jinja's own error type.
#[derive(Debug, Clone, Copy)]
enum ValueFault {
    NotText,
    Reserved(u32),
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value cannot be printed")
    }
}

impl std::error::Error for ValueFault {}

impl ValueFault {
    fn raise(self) -> minijinja::Error {
        minijinja::Error::new(ErrorKind::InvalidOperation, "a value cannot be printed").with_source(self)
    }
}

fn printed(value: &Value, values: Values) -> Result<String, ValueFault> {
    use minijinja::value::ValueKind;
    let text = match value.kind() {
        ValueKind::String | ValueKind::Number => value.to_string(),
        _ => return Err(ValueFault::NotText),
    };
    match values {
        Values::Hidden => literal::hide(&text).map_err(ValueFault::Reserved),
        Values::Email => Ok(literal::hide_in_email(&text)),
        Values::OneLine => Ok(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()),
    }
}

impl Wording {
    pub fn new(values: Values) -> Result<Self, TemplateError> {
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        let syntax = syntax.map_err(|error| TemplateError::Syntax {
            template: "the syntax of all templates".into(),
            line: 1,
            reason: error.to_string(),
        })?;
        // No filters and no functions: a value is printed as the program wrote it.
        let mut environment = Environment::empty();
        environment.add_test("defined", minijinja::tests::is_defined);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(syntax);
        // Debug mode would keep the data inside errors.
        environment.set_debug(false);
        environment.set_fuel(Some(FUEL));
        environment.set_formatter(move |output, _state, value| {
            if value.is_undefined() {
                return Err(minijinja::Error::from(ErrorKind::UndefinedError));
            }
            let text = printed(value, values).map_err(ValueFault::raise)?;
            output.write_str(&text).map_err(minijinja::Error::from)
        });
        Ok(Self { environment, sources: BTreeMap::new() })
    }

    /// Adds one text under the name that `include` and [`Wording::fill`] use.
    pub fn add(
        &mut self,
        name: &str,
        text: impl Into<Cow<'static, str>>,
        lines_above: usize,
    ) -> Result<(), TemplateError> {
        let text = text.into();
        self.sources.insert(name.into(), Source { text: text.clone(), lines_above });
        self.environment.add_template_owned(name.to_owned(), text).map_err(|error| TemplateError::Syntax {
            template: name.into(),
            line: error.line().unwrap_or(1) + lines_above,
            reason: error.detail().unwrap_or("cannot be read").into(),
        })
    }

    /// Every field that the text and the pieces it includes may look up, with the place where it is used.
    pub fn fields(&self, name: &str) -> Result<Vec<FieldPlace>, TemplateError> {
        let mut found = Vec::new();
        let mut visited = BTreeSet::new();
        self.collect_fields(name, name, &mut visited, &mut found)?;
        Ok(found)
    }

    fn collect_fields(
        &self,
        from: &str,
        name: &str,
        visited: &mut BTreeSet<String>,
        found: &mut Vec<FieldPlace>,
    ) -> Result<(), TemplateError> {
        if !visited.insert(name.to_owned()) {
            return Ok(());
        }
        let (Some(source), Ok(template)) = (self.sources.get(name), self.environment.get_template(name))
        else {
            return Err(TemplateError::Syntax {
                template: from.into(),
                line: 1,
                reason: format!("there is no piece {name}"),
            });
        };
        let fields: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        for field in fields {
            let at = source.text.find(&field).unwrap_or(0);
            let line = source.text[..at].lines().count().max(1) + source.lines_above;
            found.push(FieldPlace { field, template: name.to_owned(), line });
        }
        for included in includes(&source.text) {
            self.collect_fields(name, included, visited, found)?;
        }
        Ok(())
    }

    /// The text with its fields filled in.
    ///
    /// # Errors
    /// A missing field (with the list in `known`), a value that is not text, a code point that is reserved.
    pub fn fill(
        &self,
        name: &str,
        data: &serde_json::Value,
        known: &[String],
    ) -> Result<String, RenderError> {
        let context = Value::from(minijinja::value::Serde(data));
        self.environment
            .get_template(name)
            .and_then(|template| template.render(context))
            .map_err(|error| self.explain(name, &error, data, known))
    }

    /// Turns Jinja's error into ours: place and field, never a value.
    fn explain(
        &self,
        name: &str,
        error: &minijinja::Error,
        data: &serde_json::Value,
        known: &[String],
    ) -> RenderError {
        let (innermost, fault) = innermost(error);
        let template = innermost.name().unwrap_or(name).to_owned();
        let source = self.sources.get(&template);
        let line = innermost.line().unwrap_or(1) + source.map_or(0, |source| source.lines_above);
        let field = source
            .zip(innermost.range())
            .and_then(|(source, range)| source.text.get(range))
            .map_or("?", |text| text.split("{{").last().unwrap_or(text).trim())
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_owned();
        match (fault, innermost.kind()) {
            (Some(ValueFault::NotText), _) => RenderError::NotText { template, line, field },
            (Some(ValueFault::Reserved(code_point)), _) => {
                let field = char::from_u32(code_point).and_then(|character| field_with(data, character));
                RenderError::Unprintable { template, code_point, field }
            }
            (None, ErrorKind::UndefinedError) => {
                RenderError::MissingField { template, line, field, known: known.to_vec() }
            }
            (None, _) => RenderError::Evaluation { template, line },
        }
    }
}

/// The pieces that a text names.
pub fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.split("{% include \"").skip(1).filter_map(|rest| rest.split_once('"').map(|(name, _)| name))
}

fn innermost(error: &minijinja::Error) -> (&minijinja::Error, Option<ValueFault>) {
    let mut current = error;
    loop {
        match current.source() {
            Some(source) => match source.downcast_ref::<minijinja::Error>() {
                Some(inner) => current = inner,
                None => return (current, source.downcast_ref::<ValueFault>().copied()),
            },
            None => return (current, None),
        }
    }
}
