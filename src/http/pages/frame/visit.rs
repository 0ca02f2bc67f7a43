//! Who looks at a page, how they want it, and the answer they get.

use std::{ops::Deref, rc::Rc};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{
            ACCEPT, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE, VARY,
        },
    },
    web::Data,
};
use chrono::{Datelike, NaiveDate};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cookies::Cookie,
    dates,
    flash::Flash,
    local_path::LocalPath,
    navigation::{self, Access},
    preferences::{Language, Preferences},
    templates::{self, Frame as FrameView},
    trouble::PageError,
    words,
};
use crate::{
    app::{
        AppError, Office,
        browser::Holder,
        callers::{Caller, ProofToken},
        page_session::{self, AtWork},
    },
    domain::ids::{AccountSessionId, RequestId, SessionId},
    http::{Frame, assets, headers::SITE_POLICY, pages::access_to},
};

const FLASH_PURPOSE: &str = "flash";
/// Below this, compressing costs more than it saves.
const WORTH_COMPRESSING: usize = 1_000;

/// One look at a page. Cheap to clone.
#[derive(Clone)]
pub struct Visit(Rc<Seen>);

struct Seen {
    office: Data<Office>,
    https: bool,
    gzip: bool,
    preferences: Preferences,
    holder: Holder,
    /// The guest has no cookie yet.
    new_guest: bool,
    at_work: Option<AtWork>,
    /// A session that the browser points to and that is over.
    ended: Option<SessionId>,
    flash: Option<Flash>,
    /// The session of an account that this browser points to; whether it lives is read by the act.
    account: Option<AccountSessionId>,
    /// The request that this browser opened with its tracking code.
    tracked: Option<RequestId>,
    /// The filing that this browser goes on with.
    filing: Option<ProofToken>,
    path: LocalPath,
    /// Whom the page is for.
    access: Access,
}

/// A look of a member of staff.
#[derive(Clone)]
pub struct Staff {
    visit: Visit,
    who: AtWork,
}

impl Deref for Staff {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Staff {
    pub fn session(&self) -> SessionId {
        self.who.colleague.session
    }

    pub fn who(&self) -> &AtWork {
        &self.who
    }
}

impl Seen {
    fn bare(request: &HttpRequest) -> Option<Self> {
        let office = request.app_data::<Data<Office>>()?.clone();
        let https = https(request);
        let headers = request.headers();
        let guest = Cookie::Guest.read(headers, https).and_then(|text| text.parse().ok());
        let tracked =
            Cookie::Tracking.read(headers, https).and_then(|token| match office.identify(token)? {
                Caller::Tracking(id) => Some(id),
                Caller::Stranger
                | Caller::Staff(_)
                | Caller::Proof(_)
                | Caller::Service(_)
                | Caller::Account(_) => None,
            });
        let account =
            Cookie::Account.read(headers, https).and_then(|cookie| office.read_account_cookie(cookie));
        Some(Self {
            office,
            https,
            gzip: assets::takes_gzip(request),
            preferences: Cookie::Preferences.read(headers, https).map(Preferences::read).unwrap_or_default(),
            holder: Holder::Guest(guest.unwrap_or_else(Uuid::new_v4)),
            new_guest: guest.is_none(),
            at_work: None,
            ended: None,
            flash: None,
            account,
            tracked,
            filing: Cookie::Filing.read(headers, https).and_then(ProofToken::parse),
            path: request.uri().to_string().parse().unwrap_or_else(|_| LocalPath::start()),
            access: access_to(request.method(), request.match_pattern().as_deref()),
        })
    }
}

/// Whether a script asks without anybody at the page: that uses no session, so that a board on a wall does not keep one
/// alive.
fn asks_by_itself(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key("x-by-itself") || headers.get(ACCEPT).is_some_and(|kind| kind == "text/event-stream")
}

fn https(request: &HttpRequest) -> bool {
    request.app_data::<Data<Frame>>().is_some_and(|frame| frame.https)
}

impl Visit {
    /// What the request says by itself, without a look at the database. `None`: there is no office to visit.
    pub(super) fn bare(request: &HttpRequest) -> Option<Self> {
        Some(Self(Rc::new(Seen::bare(request)?)))
    }

    /// A look at a page whose address holds all that is needed: nobody is known there, no cookie is set, and nothing is
    /// compressed, because it may show a secret. `?bahasa=` chooses the language of this one page.
    pub(in crate::http::pages) fn linked(request: &HttpRequest) -> Option<Self> {
        let mut seen = Seen::bare(request)?;
        (seen.new_guest, seen.gzip) = (false, false);
        if let Some(language) = Language::asked(request.query_string()) {
            seen.preferences.language = language;
        }
        Some(Self(Rc::new(seen)))
    }

    /// The same look, whose answer shows a secret and is not compressed.
    pub(in crate::http::pages) fn uncompressed(&self) -> Self {
        let seen = &self.0;
        Self(Rc::new(Seen {
            office: seen.office.clone(),
            gzip: false,
            at_work: seen.at_work.clone(),
            flash: seen.flash.clone(),
            filing: seen.filing.clone(),
            path: seen.path.clone(),
            ..*seen.as_ref()
        }))
    }

    /// The visitor of a request, or `None` when the database cannot say.
    pub(super) async fn read(request: &HttpRequest) -> Option<Self> {
        Self::of(request.clone()).await.ok()
    }

    async fn of(request: HttpRequest) -> Result<Self, PageError> {
        if let Some(known) = request.extensions().get::<Self>() {
            return Ok(known.clone());
        }
        let mut seen = Seen::bare(&request).ok_or(PageError::Broken)?;
        let office = seen.office.clone();
        let session = Cookie::Session
            .read(request.headers(), seen.https)
            .and_then(|cookie| office.read_session_cookie(cookie));
        if let Some(session) = session {
            let found = if asks_by_itself(&request) {
                page_session::look(&office, session).await?
            } else {
                page_session::resume(&office, session).await?
            };
            match found {
                Some(at_work) => (seen.holder, seen.at_work) = (Holder::Session(session), Some(at_work)),
                None => seen.ended = Some(session),
            }
        }
        seen.flash = Cookie::Flash
            .read(request.headers(), seen.https)
            .and_then(|note| office.open_note(FLASH_PURPOSE, "", note))
            .and_then(|text| serde_json::from_slice(&text).ok());
        let visit = Self(Rc::new(seen));
        request.extensions_mut().insert(visit.clone());
        Ok(visit)
    }

    /// The same browser, with a session that has just begun.
    pub async fn signed_in(&self, session: SessionId) -> Result<Self, PageError> {
        let at_work = page_session::resume(self.office(), session).await?;
        let seen = &self.0;
        Ok(Self(Rc::new(Seen {
            office: seen.office.clone(),
            https: seen.https,
            gzip: seen.gzip,
            preferences: seen.preferences,
            holder: Holder::Session(session),
            new_guest: false,
            at_work,
            ended: None,
            flash: None,
            account: seen.account,
            tracked: seen.tracked,
            filing: seen.filing.clone(),
            path: seen.path.clone(),
            access: seen.access,
        })))
    }

    pub fn office(&self) -> &Office {
        &self.0.office
    }

    /// Staff with a live session whom the page is for, before anything they sent is looked at; anybody else is asked to sign in.
    /// What they may do there is for the act to decide.
    pub fn staff(&self) -> Result<Staff, PageError> {
        let who = self.0.at_work.clone().ok_or(PageError::SignIn(None))?;
        if !self.0.access.includes(Some(&who)) {
            return Err(AppError::Forbidden.into());
        }
        Ok(Staff { visit: self.clone(), who })
    }

    pub fn at_work(&self) -> Option<&AtWork> {
        self.0.at_work.as_ref()
    }

    /// The session of an account that this browser points to.
    pub fn account(&self) -> Option<AccountSessionId> {
        self.0.account
    }

    /// The request that this browser may follow.
    pub fn tracked(&self) -> Option<RequestId> {
        self.0.tracked
    }

    /// The token of the filing that this browser goes on with.
    pub fn filing(&self) -> Option<&ProofToken> {
        self.0.filing.as_ref()
    }

    pub fn preferences(&self) -> Preferences {
        self.0.preferences
    }

    /// A text of the catalogue in the language of the visitor.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let text = words::word(self.0.preferences.language, key).unwrap_or(key);
        words::fill(text, |name| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// A text without places, when the catalogue has it.
    pub fn known(&self, key: &str) -> Option<String> {
        words::word(self.0.preferences.language, key).map(str::to_owned)
    }

    /// A day as the visitor reads it.
    pub fn write_date(&self, on: NaiveDate) -> String {
        dates::write(self.0.preferences.language, dates::Style::Date, &on.to_string()).unwrap_or_default()
    }

    /// `22 Des`
    pub fn write_short_date(&self, on: NaiveDate) -> String {
        dates::write(self.0.preferences.language, dates::Style::Short, &on.to_string()).unwrap_or_default()
    }

    /// `Desember 2026`
    pub fn write_month(&self, on: NaiveDate) -> String {
        format!("{} {}", dates::month(self.0.preferences.language, on), on.year())
    }

    /// `Des 26`
    pub fn write_short_month(&self, on: NaiveDate) -> String {
        format!("{} {:02}", dates::short_month(self.0.preferences.language, on), on.year() % 100)
    }

    pub fn path(&self) -> &LocalPath {
        &self.0.path
    }

    /// Whether we gave this token to this browser: to its session, also one that is over, or to the guest.
    pub(super) fn gave(&self, token: &str) -> bool {
        let ended = self.0.ended.map(Holder::Session);
        ended.into_iter().chain([self.0.holder]).any(|holder| self.office().form_token_matches(holder, token))
    }

    pub(super) fn ended(&self) -> Option<SessionId> {
        self.0.ended
    }

    /// How the browser is called when nobody is signed in.
    pub(in crate::http::pages) fn guest(&self) -> String {
        match self.0.holder {
            Holder::Guest(id) | Holder::Session(SessionId(id)) => id.to_string(),
        }
    }

    /// A page.
    pub fn show(&self, template: &str, view: &impl Serialize) -> Result<HttpResponse, PageError> {
        self.show_as(StatusCode::OK, template, view)
    }

    /// A page with another status, as of a form with faults.
    pub fn show_as(
        &self,
        status: StatusCode,
        template: &str,
        view: &impl Serialize,
    ) -> Result<HttpResponse, PageError> {
        let html = templates::render(self.0.preferences.language, template, &self.frame(), view)?;
        let mut response = HttpResponse::build(status);
        response
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, SITE_POLICY))
            .insert_header((CONTENT_LANGUAGE, self.0.preferences.language.code()))
            .insert_header((VARY, "Cookie, Accept-Encoding"));
        let guest = Cookie::Guest.set(&self.guest(), self.0.https).filter(|_| self.0.new_guest);
        let read = Cookie::Flash.remove(self.0.https).filter(|_| self.0.flash.is_some());
        for cookie in [guest, read].into_iter().flatten() {
            response.append_header((SET_COOKIE, cookie));
        }
        if self.0.gzip && html.len() > WORTH_COMPRESSING {
            return Ok(response
                .insert_header((CONTENT_ENCODING, "gzip"))
                .body(assets::gzip_quick(html.as_bytes())));
        }
        Ok(response.body(html))
    }

    /// Leads on after an act, so that loading again repeats nothing.
    pub fn go(&self, path: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
    }

    /// Leads on, and says there what was done.
    pub fn go_saying(&self, path: &str, flash: &Flash) -> Result<HttpResponse, PageError> {
        let text = serde_json::to_vec(flash).map_err(|error| AppError::Internal(error.into()))?;
        let note = self.office().seal_note(FLASH_PURPOSE, "", &text)?;
        let mut response = HttpResponse::SeeOther();
        response.insert_header((LOCATION, path));
        if let Some(cookie) = Cookie::Flash.set(&note, self.0.https) {
            response.append_header((SET_COOKIE, cookie));
        }
        Ok(response.finish())
    }

    /// Sets or removes a cookie of an answer that is made already.
    pub(in crate::http::pages) fn remember(&self, response: &mut HttpResponse, kept: &Remembered) {
        let https = self.0.https;
        let cookie = match kept {
            Remembered::Session(session) => {
                Cookie::Session.set(&self.office().session_cookie(*session), https)
            }
            Remembered::NoSession => Cookie::Session.remove(https),
            Remembered::Account(session) => {
                Cookie::Account.set(&self.office().account_cookie(*session), https)
            }
            Remembered::NoAccount => Cookie::Account.remove(https),
            Remembered::Preferences(wanted) => Cookie::Preferences.set(&wanted.write(), https),
            Remembered::Tracking(token) => Cookie::Tracking.set(token, https),
            Remembered::NoTracking => Cookie::Tracking.remove(https),
            Remembered::Filing(token) => Cookie::Filing.set(token, https),
            Remembered::NoFiling => Cookie::Filing.remove(https),
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }

    fn frame(&self) -> FrameView<'_> {
        let seen = &self.0;
        FrameView {
            preferences: seen.preferences,
            path: seen.path.as_str(),
            navigation: navigation::items(seen.at_work.as_ref(), seen.path.as_str()),
            who: seen.at_work.as_ref().map(templates::Who::of),
            flash: seen.flash.as_ref(),
            token: seen.office.form_token(seen.holder),
            once: Uuid::new_v4().simple().to_string(),
        }
    }
}

/// What a browser shall remember from now on.
pub enum Remembered {
    Session(SessionId),
    NoSession,
    /// A PKP in its account.
    Account(AccountSessionId),
    NoAccount,
    Preferences(Preferences),
    /// The token of a request that was opened with its code.
    Tracking(String),
    NoTracking,
    /// The token of a filing.
    Filing(String),
    NoFiling,
}

impl FromRequest for Visit {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

impl FromRequest for Staff {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = Visit::of(request.clone());
        Box::pin(async move { visit.await?.staff() })
    }
}
