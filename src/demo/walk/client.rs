//! The interface and the inbox, as a client sees them.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, header};
use serde_json::Value;

use crate::admin::Failure;

/// How long a mail may be on its way.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Client {
    http: reqwest::Client,
    service: String,
    inbox: String,
}

/// A mail in the inbox.
pub(super) struct Mail {
    id: u64,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) attachments: usize,
}

impl Client {
    pub(super) fn new(http_port: u16, inbox_port: u16) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| Failure::new(format!("no HTTP client can be made: {error}")))?;
        Ok(Self {
            http,
            service: format!("http://127.0.0.1:{http_port}"),
            inbox: format!("http://127.0.0.1:{inbox_port}/api"),
        })
    }

    /// A request to an operation; `bearer` may be empty.
    pub(super) fn call(&self, method: Method, path: &str, bearer: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.service));
        if bearer.is_empty() { request } else { request.bearer_auth(bearer) }
    }

    /// POST with a JSON body.
    pub(super) async fn post(&self, path: &str, bearer: &str, body: &Value) -> Result<Value, Failure> {
        answer(path, self.call(Method::POST, path, bearer).json(body)).await
    }

    pub(super) async fn get(&self, path: &str, bearer: &str) -> Result<Value, Failure> {
        answer(path, self.call(Method::GET, path, bearer)).await
    }

    /// Opens a link of a mail, which changes nothing, then sends its form. Gives the page that comes back.
    pub(super) async fn press(&self, link: &str, tax_id: &str) -> Result<String, Failure> {
        let page = "the page of the password link";
        text(page, self.http.get(link)).await?;
        let digits: String = tax_id.chars().filter(char::is_ascii_digit).collect();
        let form = self.http.post(link).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        text(page, form.body(format!("tax_id={digits}"))).await
    }

    /// The mails to an address, newest first.
    pub(super) async fn mails(&self, to: &str) -> Result<Vec<Mail>, Failure> {
        let all = answer("inbox", self.http.get(format!("{}/messages", self.inbox))).await?;
        let list = all["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut mails: Vec<Mail> = list
            .iter()
            .filter(|mail| {
                mail["to"].as_array().is_some_and(|addresses| addresses.iter().any(|address| address == to))
            })
            .map(|mail| Mail {
                id: mail["id"].as_u64().unwrap_or_default(),
                subject: mail["subject"].as_str().unwrap_or_default().to_owned(),
                text: mail["text"].as_str().unwrap_or_default().to_owned(),
                attachments: mail["attachments"].as_array().map_or(0, Vec::len),
            })
            .collect();
        mails.sort_by_key(|mail| std::cmp::Reverse(mail.id));
        Ok(mails)
    }

    /// Waits for a mail that came after `seen` and that `wanted` takes something from.
    pub(super) async fn wait<T>(
        &self,
        what: &str,
        to: &str,
        seen: u64,
        wanted: impl Fn(&Mail) -> Option<T>,
    ) -> Result<(T, Mail), Failure> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            for mail in self.mails(to).await? {
                if mail.id > seen
                    && let Some(found) = wanted(&mail)
                {
                    return Ok((found, mail));
                }
            }
            if tokio::time::Instant::now() > deadline {
                return Err(Failure::new(format!("no mail with {what} came within 30 seconds")));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The newest mail to an address: what comes later has a greater number.
    pub(super) async fn newest(&self, to: &str) -> Result<u64, Failure> {
        Ok(self.mails(to).await?.first().map_or(0, |mail| mail.id))
    }

    /// An attachment of a mail.
    pub(super) async fn attachment(&self, mail: &Mail, index: usize) -> Result<Vec<u8>, Failure> {
        let url = format!("{}/messages/{}/attachments/{index}", self.inbox, mail.id);
        let bytes = self.http.get(url).send().await.map_err(unanswered)?.bytes().await.map_err(unanswered)?;
        Ok(bytes.to_vec())
    }
}

fn unanswered(error: reqwest::Error) -> Failure {
    Failure::new(format!("no answer: {}; is make run still running?", error.without_url()))
}

async fn text(what: &str, request: RequestBuilder) -> Result<String, Failure> {
    let answer = request.send().await.map_err(unanswered)?;
    let (status, body) = (answer.status(), answer.text().await.map_err(unanswered)?);
    if status.is_success() {
        Ok(body)
    } else {
        Err(Failure::new(format!("{what} answered {status}: {body}")))
    }
}

/// The JSON of an answer; what is no success becomes the failure that it tells.
pub(super) async fn answer(what: &str, request: RequestBuilder) -> Result<Value, Failure> {
    let body = text(what, request).await?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body).map_err(|error| Failure::new(format!("{what} answered no JSON: {error}")))
}
