//! What the server was asked, read from its own log: the comparison cannot drift from the program.

use anyhow::{Context, Result};
use sqlx::Row;

use crate::world::World;

const MARK: &str = "@@bench ";

/// A statement with its parameters as text.
#[derive(Debug, Clone)]
pub struct Statement {
    pub sql: String,
    pub parameters: Vec<Option<String>>,
}

/// A log that is being written.
pub struct StatementLog {
    path: String,
    begun_at: i64,
    prefix: String,
}

/// Makes the server write down what the service asks.
pub async fn begin(world: &World) -> Result<StatementLog> {
    let row = sqlx::query(
        "select current_setting('data_directory') || '/../server.log' as path, current_setting('log_line_prefix') as prefix",
    )
    .fetch_one(&world.pool)
    .await?;
    let (path, prefix): (String, String) = (row.try_get("path")?, row.try_get("prefix")?);
    let begun_at = size(world, &path).await.context("scripts/cluster keeps the log beside the data")?;
    world
        .run(&format!("alter role aktivasi_app in database {} set log_statement = 'all'", world.database()))
        .await?;
    set_prefix(world, &format!("{MARK}%p ")).await?;
    Ok(StatementLog { path, begun_at, prefix })
}

impl StatementLog {
    /// Stops it and returns the statements of the last transaction that made a request.
    pub async fn end(self, world: &World) -> Result<Vec<Statement>> {
        world
            .run(&format!("alter role aktivasi_app in database {} reset log_statement", world.database()))
            .await?;
        set_prefix(world, &self.prefix).await?;
        let length = size(world, &self.path).await? - self.begun_at;
        let text: String = sqlx::query_scalar("select pg_read_file($1, $2, $3)")
            .bind(&self.path)
            .bind(self.begun_at)
            .bind(length)
            .fetch_one(&world.pool)
            .await?;
        transactions(&text)
            .into_iter()
            .rfind(|statements| statements.iter().any(|one| one.sql.contains("insert into requests")))
            .context("the log of the server shows no intake")
    }
}

async fn size(world: &World, path: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select (pg_stat_file($1)).size").bind(path).fetch_one(&world.pool).await?)
}

async fn set_prefix(world: &World, prefix: &str) -> Result<()> {
    world.run(&format!("alter system set log_line_prefix = '{prefix}'")).await?;
    world.run("select pg_reload_conf()").await?;
    // Backends hear of it at their next statement; the service has not started yet.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Ok(())
}

/// The transactions of the log, in the order of their ends.
fn transactions(log: &str) -> Vec<Vec<Statement>> {
    let mut open: Vec<(&str, Vec<Statement>)> = Vec::new();
    let mut ended = Vec::new();
    // Further lines of an entry begin with a tab.
    let text = log.replace("\n\t", "\n ");
    for entry in text.split(MARK).skip(1) {
        let Some((pid, entry)) = entry.split_once(' ') else { continue };
        let entry = entry.trim_end();
        let known = open.iter().position(|(owner, _)| *owner == pid);
        if let Some(sql) = asked(entry) {
            let at = known.unwrap_or_else(|| {
                open.push((pid, Vec::new()));
                open.len() - 1
            });
            let statements = &mut open[at].1;
            if sql.eq_ignore_ascii_case("begin") {
                statements.clear();
            }
            let is_end = sql.eq_ignore_ascii_case("commit");
            statements.push(Statement { sql: sql.to_owned(), parameters: Vec::new() });
            if is_end {
                ended.push(std::mem::take(statements));
            }
        } else if let (Some(values), Some(at)) = (given(entry), known)
            && let Some(last) = open[at].1.last_mut()
        {
            last.parameters = values;
        }
    }
    ended
}

/// `LOG:  execute name: SQL` or `LOG:  statement: SQL`
fn asked(entry: &str) -> Option<&str> {
    let said = entry.strip_prefix("LOG:")?.trim_start();
    if let Some(sql) = said.strip_prefix("statement: ") {
        return Some(sql);
    }
    Some(said.strip_prefix("execute ")?.split_once(": ")?.1)
}

/// `DETAIL:  Parameters: $1 = 'text', $2 = NULL`, in small letters before PostgreSQL 16.
fn given(entry: &str) -> Option<Vec<Option<String>>> {
    let said = entry.strip_prefix("DETAIL:")?.trim_start();
    let mut rest = said.strip_prefix("Parameters: ").or_else(|| said.strip_prefix("parameters: "))?;
    let mut values = Vec::new();
    while let Some((_, value)) = rest.split_once(" = ") {
        if let Some(quoted) = value.strip_prefix('\'') {
            let end = end_of_quoted(quoted)?;
            values.push(Some(quoted[..end].replace("''", "'")));
            rest = &quoted[end + 1..];
        } else {
            values.push(None);
            rest = value.strip_prefix("NULL")?;
        }
    }
    Some(values)
}

/// Where the quote ends that is not doubled.
fn end_of_quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return Some(at),
            _ => at += 1,
        }
    }
    None
}
