//! The page of the inbox and its JSON interface.

use std::{io, net::TcpListener, sync::Arc};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    http::header::{
        Charset, ContentDisposition, ContentType, DispositionParam, DispositionType, ExtendedValue,
    },
    middleware::DefaultHeaders,
    web::{self, Data, Path, Query},
};
use minijinja::{Environment, value::Serde};
use serde::{Deserialize, Serialize};

use super::{
    mailbox::{Kept, Mailbox},
    view::{MessageBody, Reading, Row},
};

/// Nothing but our own style sheet and form; no script at all.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
/// The HTML of a mail: its own styles, nothing loaded, nothing run, an origin of its own; links open another tab.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

struct Site {
    mailbox: Arc<Mailbox>,
    pages: Environment<'static>,
}

pub(super) fn server(listener: TcpListener, mailbox: Arc<Mailbox>) -> io::Result<Server> {
    let mut pages = Environment::new();
    let sources = [
        ("frame.html", include_str!("pages/frame.html")),
        ("list.html", include_str!("pages/list.html")),
        ("mail.html", include_str!("pages/mail.html")),
        ("missing.html", include_str!("pages/missing.html")),
    ];
    for (name, source) in sources {
        pages.add_template(name, source).map_err(io::Error::other)?;
    }
    let site = Data::new(Site { mailbox, pages });
    let headers = || {
        DefaultHeaders::new()
            .add(("Content-Security-Policy", POLICY))
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Referrer-Policy", "no-referrer"))
            .add(("Cache-Control", "no-store"))
    };
    let server = HttpServer::new(move || {
        App::new().wrap(headers()).app_data(site.clone()).configure(routes).default_service(web::to(missing))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(list))
        .route("/pesan/{id}", web::get().to(read))
        .route("/pesan/{id}/html", web::get().to(html))
        .route("/inbox.css", web::get().to(style))
        .service(
            web::resource("/api/messages").route(web::get().to(api_list)).route(web::delete().to(api_clear)),
        )
        .route("/api/messages/{id}", web::get().to(api_find))
        .route("/api/messages/{id}/attachments/{index}", web::get().to(api_attachment));
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    cari: String,
}

async fn list(site: Data<Site>, search: Query<Search>) -> HttpResponse {
    #[derive(Serialize)]
    struct View {
        title: &'static str,
        search: String,
        mails: Vec<Row>,
    }
    let wanted = search.cari.trim().to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    let mails = site.mailbox.list(|kept| kept.to.iter().any(|to| holds(to)) || holds(&kept.mail.subject));
    let mails = mails.iter().map(|kept| Row::of(kept)).collect();
    site.page("list.html", View { title: "Kotak masuk", search: search.cari.trim().to_owned(), mails })
}

async fn read(site: Data<Site>, id: Path<String>) -> HttpResponse {
    #[derive(Serialize)]
    struct View {
        title: String,
        mail: Reading,
    }
    match site.find(&id) {
        Some(kept) => {
            let view = View { title: kept.mail.subject.clone(), mail: Reading::of(&kept) };
            site.page("mail.html", view)
        }
        None => missing(site).await,
    }
}

/// The mail as a mail program shows it, for the frame on its page.
async fn html(site: Data<Site>, id: Path<String>) -> HttpResponse {
    let kept = site.find(&id);
    let Some(html) = kept.as_ref().and_then(|kept| kept.mail.html.as_deref()) else {
        return missing(site).await;
    };
    HttpResponse::Ok()
        .insert_header(("Content-Security-Policy", MAIL_POLICY))
        .content_type(ContentType::html())
        .body(html.replace("<a href=", "<a target=\"_blank\" rel=\"noopener noreferrer\" href="))
}

async fn missing(site: Data<Site>) -> HttpResponse {
    #[derive(Serialize)]
    struct View {
        title: &'static str,
    }
    let mut answer = site.page("missing.html", View { title: "Tidak ditemukan" });
    *answer.status_mut() = actix_web::http::StatusCode::NOT_FOUND;
    answer
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("pages/inbox.css"))
}

#[derive(Deserialize)]
struct Recipient {
    to: Option<String>,
}

/// Newest first; `to` is a whole address, whatever its case.
async fn api_list(site: Data<Site>, wanted: Query<Recipient>) -> HttpResponse {
    #[derive(Serialize)]
    struct Body<'a> {
        messages: Vec<MessageBody<'a>>,
    }
    let matches = |kept: &Kept| match &wanted.to {
        Some(wanted) => kept.to.iter().any(|to| to.eq_ignore_ascii_case(wanted.trim())),
        None => true,
    };
    let mails = site.mailbox.list(matches);
    HttpResponse::Ok().json(Body { messages: mails.iter().map(|kept| MessageBody::of(kept)).collect() })
}

async fn api_clear(site: Data<Site>) -> HttpResponse {
    site.mailbox.clear();
    HttpResponse::NoContent().finish()
}

async fn api_find(site: Data<Site>, id: Path<String>) -> HttpResponse {
    site.find(&id).map_or_else(api_missing, |kept| HttpResponse::Ok().json(MessageBody::of(&kept)))
}

async fn api_attachment(site: Data<Site>, path: Path<(String, String)>) -> HttpResponse {
    let (id, index) = path.into_inner();
    let Some(kept) = site.find(&id) else { return api_missing() };
    let Some(file) = index.parse::<usize>().ok().and_then(|index| kept.mail.attachments.get(index)) else {
        return api_missing();
    };
    let name = DispositionParam::FilenameExt(ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: file.filename.clone().into_bytes(),
    });
    let disposition = ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![name] };
    let media_type = file.media_type.parse().map_or_else(|_| ContentType::octet_stream(), ContentType);
    HttpResponse::Ok().insert_header(media_type).insert_header(disposition).body(file.bytes.clone())
}

fn api_missing() -> HttpResponse {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
    }
    HttpResponse::NotFound().json(Body { error: "no such message or attachment" })
}

impl Site {
    fn find(&self, id: &str) -> Option<Arc<Kept>> {
        self.mailbox.find(id.parse().ok()?)
    }

    fn page(&self, name: &str, view: impl Serialize) -> HttpResponse {
        let page = self.pages.get_template(name).and_then(|page| page.render(Serde(view)));
        match page {
            Ok(page) => HttpResponse::Ok().content_type(ContentType::html()).body(page),
            Err(error) => {
                tracing::error!(%error, "a page of the demo inbox could not be rendered");
                HttpResponse::InternalServerError().finish()
            }
        }
    }
}
