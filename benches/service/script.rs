//! From the statements of one intake to a pgbench script that makes the same intake for any row.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::{
    statement_log::Statement,
    world::{Spread, World, sql, value},
};

/// The row number in the script.
const N: &str = ":n::integer";
/// Where ids that the service makes begin, see [`sql::id`].
const FIRST_NEW_ID: usize = 16;

pub struct Script {
    statements: Vec<String>,
    /// The office of the captured intake, as it stands in `statements`.
    office: String,
}

impl Script {
    /// `shown` is the row whose intake was captured.
    pub async fn of(world: &World, captured: &[Statement], shown: u32) -> Result<Self> {
        let mut known = known_values(shown);
        let mut statements = Vec::new();
        for statement in captured {
            let types = types(world, &statement.sql, statement.parameters.len()).await?;
            let mut written = Vec::new();
            for (parameter, kind) in statement.parameters.iter().zip(&types) {
                written.push(match parameter {
                    None => format!("null::{kind}"),
                    Some(text) => {
                        add_new_values(&mut known, text);
                        format!("({})::{kind}", expression(&known, text))
                    }
                });
            }
            statements.push(filled(&statement.sql, &written));
        }
        Ok(Self { statements, office: literal(&value::office(shown, Spread::AllOffices)) })
    }

    /// How many statements an intake has, its beginning and its end included.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// The script for pgbench; it counts rows from `:first`, each client its own `:each` rows.
    pub fn text(&self, spread: Spread) -> String {
        let office = match spread {
            Spread::AllOffices => sql::office(N),
            Spread::OneOffice => literal(&value::office(0, Spread::OneOffice)),
        };
        let mut text = "\\set n :first + :client_id * :each + :k\n\\set k :k + 1\n".to_owned();
        for statement in &self.statements {
            text.push_str(&statement.replace(&format!("({})", self.office), &format!("({office})")));
            text.push_str(";\n");
        }
        text
    }
}

/// Values that belong to the row, with the SQL that makes them for any row.
fn known_values(n: u32) -> Vec<(String, String)> {
    let token_hash = {
        use sha2::{Digest, Sha256};
        format!("\\x{}", aktivasi::app::signing::digest::hex(&Sha256::digest(value::token(n))))
    };
    vec![
        (token_hash, sql::token_hash(N)),
        (value::taxpayer(n), sql::taxpayer(N)),
        (value::proof(n), sql::proof(N)),
        (value::letter(n), sql::letter(N)),
        (value::card(n), sql::card(N)),
        (value::npwp15(n), sql::npwp15(N)),
        (value::email(n), sql::email(N)),
        (value::key(n), sql::key(N)),
        (value::name(n), sql::name(N)),
    ]
}

/// Ids and receipt numbers that the service made for this intake.
fn add_new_values(known: &mut Vec<(String, String)>, text: &str) {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
    for word in text.split(|character| !is_part(character)) {
        if known.iter().any(|(value, _)| value == word) {
            continue;
        }
        if word.len() == 36 && uuid::Uuid::try_parse(word).is_ok() {
            known.push((word.to_owned(), sql::id(FIRST_NEW_ID + known.len(), N)));
        } else if word.starts_with("BPE-") && word.len() > 16 {
            known.push((word.to_owned(), format!("'BPE-bench-' || {N}")));
        }
    }
}

/// SQL of type text that makes `text` out of the values it holds.
fn expression(known: &[(String, String)], text: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let next = known
            .iter()
            .filter_map(|(value, sql)| rest.find(value.as_str()).map(|at| (at, value, sql)))
            .min_by_key(|(at, ..)| *at);
        let Some((at, value, sql)) = next else { break };
        if at > 0 {
            parts.push(literal(&rest[..at]));
        }
        parts.push(sql.clone());
        rest = &rest[at + value.len()..];
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(literal(rest));
    }
    parts.join(" || ")
}

/// A quoted string without colons: pgbench would take them for variables.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace(':', "\\x3a"))
}

/// The statement with SQL in place of `$1`, `$2` …
fn filled(statement: &str, written: &[String]) -> String {
    let mut text = statement.to_owned();
    // From the last one, so that $1 is not found in $10; what is put in holds no dollar.
    for (index, sql) in written.iter().enumerate().rev() {
        text = text.replace(&format!("${}", index + 1), sql);
    }
    text
}

/// The types of the parameters, as the server infers them.
async fn types(world: &World, statement: &str, count: usize) -> Result<Vec<String>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut connection = world.pool.acquire().await?;
    connection.execute(AssertSqlSafe(format!("prepare bench as {statement}"))).await?;
    let row = sqlx::query(
        "select parameter_types::text[] as types from pg_prepared_statements where name = 'bench'",
    )
    .fetch_one(&mut *connection)
    .await
    .context("the types of a statement")?;
    connection.execute("deallocate bench").await?;
    Ok(row.try_get("types")?)
}
