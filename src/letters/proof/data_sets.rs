//! Data for trying a letter out, made from what its front matter says of each field.

use serde_json::Value;

use super::DataSet;
use crate::letters::letter_template::LetterTemplate;

/// Rows that a list is made to have.
const MANY: usize = 12;
/// The longest date that there is.
const LONGEST_DATE: &str = "30 September 2026";

/// Each of them holds something else that a person may type or an import may bring.
const HOSTILE: [&str; 6] = [
    r#"O'Reilly & "Söhne" <b>*tebal*</b> ~~x~~ {{ x }} {% if %} | \ `kode` # 1. -"#,
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW\
     WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW\
     WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "a. (satu) \\n [tautan](http://x.example) ![g](g.png) <!-- kop --> ``` --- | --- |",
    "Đặng Ñandú Müller Šimůnek “Ça va’ — ½ €5",
    "..........................................................................................................",
    "1. > # ** ]] )) %% endobj stream /JS (x) <</A 1>>",
];

/// Characters that no letter prints: a picture, three scripts, directions, marks, controls, a code point of our own.
const UNPRINTABLE: [char; 11] = [
    '\u{1F600}',
    'ع',
    '漢',
    'ไ',
    '\u{202E}',
    '\u{200B}',
    '\u{301}',
    '\u{7}',
    '\u{FFFD}',
    '\u{10F02A}',
    '\u{AD}',
];

/// One set of data, once for each choice that the front matter names and each truth value.
pub fn of(template: &LetterTemplate, set: DataSet) -> Vec<Value> {
    let mut base = template.sample();
    let mut choices = Vec::new();
    for (path, field) in &template.matter().fields {
        let form = field.shape.as_str();
        let Some(value) = at(&mut base, path) else { continue };
        match (value, Form::of(form)) {
            (Value::Bool(_), _) => choices.push((path, vec![Value::Bool(false), Value::Bool(true)])),
            (_, Form::Choice) => choices.push((path, alternatives(form))),
            (value, form) => change(value, path, form, set),
        }
    }
    if set == DataSet::Minimal {
        nothing(template, &mut base);
    }
    let mut all = vec![base.clone()];
    for (path, values) in choices {
        for value in values {
            let mut data = base.clone();
            if let Some(place) = at(&mut data, path)
                && *place != value
            {
                *place = value;
                all.push(data);
            }
        }
    }
    all
}

/// The sample with one field that cannot be printed, for each text: the field, the character, the data.
pub fn unprintable(template: &LetterTemplate) -> Vec<(String, char, Value)> {
    let mut cases = Vec::new();
    let mut characters = UNPRINTABLE.iter().copied().cycle();
    for (path, field) in &template.matter().fields {
        let mut data = template.sample();
        // The address in a QR code is not set in a face.
        if Form::of(&field.shape) == Form::Choice || path == "surat.tautan_periksa" {
            continue;
        }
        let Some(character) = characters.next() else { break };
        let text = first_text(at(&mut data, path));
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            text.push(character);
            cases.push((path.clone(), character, data));
        }
    }
    cases
}

/// What a field may hold, as its front matter says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Choice,
    Date,
    Number,
    Text { may_be_empty: bool },
}

impl Form {
    fn of(form: &str) -> Self {
        match form {
            _ if form.contains(" | ") => Self::Choice,
            _ if form.starts_with("date text") => Self::Date,
            "integer" => Self::Number,
            _ => Self::Text { may_be_empty: form.contains("may be empty") },
        }
    }
}

fn alternatives(form: &str) -> Vec<Value> {
    form.split(" | ")
        .map(|choice| match choice {
            "empty" => Value::String(String::new()),
            choice => choice.parse::<u64>().map_or_else(|_| Value::String(choice.to_owned()), Value::from),
        })
        .collect()
}

fn change(value: &mut Value, path: &str, form: Form, set: DataSet) {
    match set {
        DataSet::Sample | DataSet::Minimal => {}
        DataSet::Longest => match form {
            Form::Date => *value = LONGEST_DATE.into(),
            Form::Number => *value = 99_999.into(),
            Form::Text { .. } | Form::Choice => {
                fill_lists(value);
                each_text(value, &mut |text| *text = longer(path, text));
            }
        },
        DataSet::Hostile => {
            let mut next = path.len();
            fill_lists(value);
            each_text(value, &mut |text| {
                HOSTILE[next % HOSTILE.len()].clone_into(text);
                next += 1;
            });
        }
    }
}

/// The example again and again up to what the field of a form takes; letters of an enumeration stay letters.
fn longer(path: &str, text: &str) -> String {
    let most = match path.rsplit('.').next() {
        _ if text.len() <= 2 => text.len(),
        Some("nama" | "nama_lengkap") => 150,
        Some("nip" | "npwp" | "telepon" | "faksimile" | "kode_cetak" | "kode_lacak") => 60,
        Some(name) if name.contains("nomor") => 60,
        _ => 250,
    };
    let again = format!("{} ", if text.is_empty() { "Contoh" } else { text });
    again.chars().cycle().take(most).collect::<String>().trim_end().to_owned()
}

fn fill_lists(value: &mut Value) {
    if let Value::Array(rows) = value {
        if rows.is_empty() {
            rows.push("Contoh".into());
        }
        let rows_of_example = rows.clone();
        rows.extend(rows_of_example.into_iter().cycle().take(MANY));
    }
}

fn nothing(template: &LetterTemplate, data: &mut Value) {
    for (path, field) in &template.matter().fields {
        if let Some(value) = at(data, path) {
            if field.shape.contains("or null") {
                *value = Value::Null;
            } else if let Form::Text { may_be_empty: true } = Form::of(&field.shape) {
                *value = if value.is_array() { Value::Array(Vec::new()) } else { "".into() };
            } else if let Value::Array(rows) = value {
                rows.truncate(1);
            }
        }
    }
}

fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(rows) => rows.iter_mut().for_each(|row| each_text(row, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn first_text(value: Option<&mut Value>) -> Option<&mut String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Array(rows) => first_text(rows.first_mut()),
        Value::Object(fields) => first_text(fields.values_mut().next()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The value of a declared field; none where the field is a group whose parts are declared too.
fn at<'d>(data: &'d mut Value, path: &str) -> Option<&'d mut Value> {
    path.split('.').try_fold(data, |value, name| value.get_mut(name))
}
