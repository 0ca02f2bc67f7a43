//! A person with a browser that knows no script: cookies, links, forms.

use std::{collections::BTreeMap, sync::Mutex};

use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, COOKIE, HeaderMap, LOCATION, SET_COOKIE},
};

use crate::support::{PASSWORD, TestApp, queue_up::Call};

pub struct Visitor<'a> {
    app: &'a TestApp,
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page as it arrived.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Where the visitor is after every redirect.
    pub path: String,
    pub html: String,
}

impl<'a> Visitor<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        // A connection that was idle while others were busy is being closed by the server: each call has its own.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0);
        let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app, client, cookies: Mutex::default() }
    }

    pub async fn staff(app: &'a TestApp, username: &str) -> Self {
        let visitor = Self::new(app);
        visitor.signs_in(username).await;
        visitor
    }

    pub async fn signs_in(&self, username: &str) -> Seen {
        let page = self.opens("/masuk").await;
        self.sends(&page, "/masuk", &[("username", username), ("password", PASSWORD)]).await
    }

    /// Opens a path and follows where it leads.
    pub async fn opens(&self, path: &str) -> Seen {
        self.follows(Method::GET, path, None).await
    }

    /// Fills and sends the form of a page that acts on this path, with the hidden fields that it has.
    pub async fn sends(&self, page: &Seen, action: &str, fields: &[(&str, &str)]) -> Seen {
        let mut all = page.hidden(action);
        all.retain(|(name, _)| !fields.iter().any(|(typed, _)| typed == name));
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.follows(Method::POST, action, Some(all)).await
    }

    /// The form filled but not sent yet: what is pressed at the same time as something else. Leads nowhere.
    pub fn is_about_to_send(&self, page: &Seen, action: &str, fields: &[(&str, &str)]) -> Call<Seen> {
        let mut all = page.hidden(action);
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.is_about_to_press(action, &all)
    }

    /// The same for a form of these fields alone.
    pub fn is_about_to_press(&self, action: &str, fields: &[(String, String)]) -> Call<Seen> {
        let request = self.client.post(self.app.page(action)).header(ACCEPT, "text/html");
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(encoded(fields));
        let (request, action) = (request.header(COOKIE, self.cookie()), action.to_owned());
        Box::pin(async move { Seen::of(&action, request.send().await.unwrap()).await })
    }

    fn cookie(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let all: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        all.join("; ")
    }

    /// One request, without following.
    pub async fn asks(
        &self,
        method: Method,
        path: &str,
        form: Option<&[(String, String)]>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let body =
            form.map(|form| ("application/x-www-form-urlencoded".to_owned(), encoded(form).into_bytes()));
        self.calls(method, path, body, headers).await
    }

    /// Opens a stream of events, as the script of a page does.
    pub async fn listens(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(self.app.page(path)).header(ACCEPT, "text/event-stream");
        request.header(COOKIE, self.cookie()).send().await.unwrap()
    }

    /// Sends a file with the form of a page that acts on this path, and follows where it leads.
    pub async fn sends_file(&self, page: &Seen, action: &str, kind: &str, name: &str, bytes: &[u8]) -> Seen {
        self.sends_file_with(page, action, &[("kind", kind)], name, bytes).await
    }

    /// The same with other fields beside the hidden ones of the form.
    pub async fn sends_file_with(
        &self,
        page: &Seen,
        action: &str,
        more: &[(&str, &str)],
        name: &str,
        bytes: &[u8],
    ) -> Seen {
        let boundary = "batas-dari-sebuah-berkas";
        let mut fields = page.hidden(action);
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut body = Vec::new();
        for (name, value) in fields {
            let part =
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"berkas\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
        let seen = self
            .calls(
                Method::POST,
                action,
                Some((format!("multipart/form-data; boundary={boundary}"), body)),
                &[],
            )
            .await;
        self.follows_on(seen).await
    }

    /// The proof that forms of this visitor carry.
    pub async fn token(&self) -> Vec<(String, String)> {
        let mut fields = self.opens("/").await.hidden("/pilihan");
        fields.retain(|(name, _)| name == "_csrf");
        fields
    }

    async fn calls(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let mut request = self.client.request(method, self.app.page(path)).header(ACCEPT, "text/html");
        let cookie = self.cookie();
        if !cookie.is_empty() {
            request = request.header(COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((media_type, bytes)) = body {
            request = request.header("content-type", media_type).body(bytes);
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if rest.contains("Max-Age=0") {
                cookies.remove(name)
            } else {
                cookies.insert(name.to_owned(), value.to_owned())
            };
        }
        Seen::of(path, response).await
    }

    async fn follows(&self, method: Method, path: &str, form: Option<Vec<(String, String)>>) -> Seen {
        let seen = self.asks(method, path, form.as_deref(), &[]).await;
        self.follows_on(seen).await
    }

    async fn follows_on(&self, mut seen: Seen) -> Seen {
        for _ in 0..5 {
            if seen.status != StatusCode::SEE_OTHER {
                return seen;
            }
            let to = seen.leads().to_owned();
            seen = self.asks(Method::GET, &to, None, &[]).await;
        }
        panic!("{} leads on and on", seen.path);
    }

    pub fn forgets(&self, cookie: &str) {
        self.cookies.lock().unwrap().remove(cookie);
    }

    pub fn holds(&self, cookie: &str) -> bool {
        self.cookies.lock().unwrap().contains_key(cookie)
    }
}

fn encoded(form: &[(String, String)]) -> String {
    let mut url = reqwest::Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}

impl Seen {
    async fn of(path: &str, response: reqwest::Response) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            path: path.to_owned(),
            html: response.text().await.unwrap(),
        }
    }

    /// Where the answer leads, when it leads anywhere.
    pub fn leads(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.path, self.text());
        self
    }

    /// What a person reads.
    pub fn text(&self) -> String {
        unescaped(&without_tags(&self.html)).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    fn form(&self, action: &str) -> &str {
        let begins = format!("action=\"{action}\"");
        // What the page is for stands in its main part; its head and foot have forms for the same place.
        let main =
            self.html.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap_or_default();
        let form = [main, self.html.as_str()].into_iter().find_map(|part| {
            part.split("<form")
                .skip(1)
                .filter(|form| unescaped(form.split('>').next().unwrap_or_default()).contains(&begins))
                .last()
        });
        form.unwrap_or_else(|| panic!("{} has no form for {action}: {}", self.path, self.text()))
            .split("</form>")
            .next()
            .unwrap()
    }

    /// Where its links and pictures lead that begin so.
    pub fn leads_to(&self, start: &str) -> Vec<String> {
        let html = unescaped(&self.html);
        let all = ["href=\"", "src=\""].into_iter().flat_map(|attribute| html.split(attribute).skip(1));
        let to = all.map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
        to.filter(|to| to.starts_with(start)).collect()
    }

    /// The links that begin so and hold a number, with that number.
    pub fn figures(&self, start: &str) -> Vec<(usize, String)> {
        let links = self.html.split("<a ").skip(1).filter_map(|link| {
            let (tag, rest) = link.split_once('>')?;
            let words = without_tags(rest.split("</a>").next()?);
            let digits = |letter: &char| letter.is_ascii_digit() || *letter == '.';
            let begins = words.find(|letter: char| letter.is_ascii_digit())?;
            let number: String = words[begins..].chars().take_while(digits).filter(|l| *l != '.').collect();
            Some((number.parse().ok()?, attribute(tag, "href")))
        });
        links.filter(|(_, to)| to.starts_with(start)).collect()
    }

    /// How many rows its list has.
    pub fn rows(&self) -> usize {
        self.html.matches("<tr role=\"row\" data-row").count()
    }

    /// The hidden fields of a form.
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        self.form(action)
            .split("<input")
            .skip(1)
            .filter(|input| input.contains("type=\"hidden\""))
            .map(|input| (attribute(input, "name"), attribute(input, "value")))
            .collect()
    }
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text
}

fn attribute(tag: &str, name: &str) -> String {
    let tag = tag.split('>').next().unwrap_or_default();
    let value = tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    unescaped(value.unwrap_or_default())
}

fn unescaped(text: &str) -> String {
    text.replace("&#x2f;", "/")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
