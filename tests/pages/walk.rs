//! Every route of the site, from its own table.

use aktivasi::{
    domain::names::Role,
    http::{
        headers::SITE_POLICY,
        pages::{frame::Access, site},
    },
};
use reqwest::{Method, StatusCode, header::LOCATION};

use crate::{
    queries::{filled as filled_with, world},
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

/// One person for each role, and nobody.
const PEOPLE: [Option<&str>; 6] =
    [None, Some("tpt"), Some("khusus"), Some("kasi"), Some("operator"), Some("kanwil")];

async fn visitor<'a>(app: &'a TestApp, who: Option<&str>) -> Visitor<'a> {
    match who {
        Some(username) => Visitor::staff(app, username).await,
        None => Visitor::new(app),
    }
}

/// A request that is there, so that paths lead somewhere.
async fn a_request(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, "999991342031000", story::EMAIL).await;
    let receipt = story::files(app, "new_credentials", story::EMAIL, |_| {}).await;
    receipt["request_id"].as_str().unwrap().to_owned()
}

fn filled(path: &str, request: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { request } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn is_safe(seen: &Seen, at: &str) {
    let header = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    assert_eq!(header("cache-control"), "no-store", "{at}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{at}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{at}");
    if header("content-type").starts_with("text/html") {
        assert_eq!(header("content-security-policy"), SITE_POLICY, "{at}");
        assert!(seen.html.starts_with("<!doctype html>"), "{at}");
    } else {
        assert!(header("content-security-policy").contains("default-src 'none'"), "{at}");
    }
}

#[tokio::test]
async fn every_page_answers_every_role_and_sends_strangers_to_the_sign_in() {
    TestApp::run(|app| async move {
        let request = a_request(&app).await;
        for who in PEOPLE {
            let visitor = visitor(&app, who).await;
            for page in site().into_iter().filter(|page| page.operation.method == "GET") {
                let path = filled(page.operation.path, &request);
                let seen = visitor.asks(Method::GET, &path, None, &[]).await;
                let at = format!("{who:?} {path}: {}", seen.status);
                is_safe(&seen, &at);
                assert!(!seen.status.is_server_error(), "{at} {}", seen.text());
                if who.is_none() && page.access != Access::Everyone {
                    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{at}");
                    assert!(seen.headers[LOCATION].to_str().unwrap().starts_with("/masuk?back="), "{at}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_form_acts_without_the_proof_that_it_is_ours() {
    TestApp::run(|app| async move {
        let request = a_request(&app).await;
        for who in PEOPLE {
            let visitor = visitor(&app, who).await;
            let rows = "select count(*) from audit_events";
            let before = app.count(rows).await;
            for page in site().into_iter().filter(|page| page.operation.method == "POST") {
                let path = filled(page.operation.path, &request);
                let at = format!("{who:?} {path}");
                let bare = visitor.asks(Method::POST, &path, Some(&[]), &[]).await;
                is_safe(&bare, &at);
                assert!(
                    matches!(bare.status.as_u16(), 303 | 403 | 409),
                    "{at} without a token: {} {}",
                    bare.status,
                    bare.text()
                );
                let forged =
                    visitor.asks(Method::POST, &path, Some(&[]), &[("sec-fetch-site", "cross-site")]).await;
                is_safe(&forged, &at);
                assert_eq!(forged.status, StatusCode::FORBIDDEN, "{at} from another site");
            }
            assert_eq!(app.count(rows).await, before, "{who:?} changed something");
        }
    })
    .await;
}

/// The people of each role, the national operator beside the one of an office.
const ROLES: [(&str, Role); 6] = [
    ("tpt", Role::Counter),
    ("khusus", Role::SpecialOfficer),
    ("kasi", Role::SectionHead),
    ("kanwil", Role::Supervisor),
    ("operator", Role::Operator),
    ("pusat", Role::Operator),
];

/// Pages that the table gives to a role, and that are refused to this person all the same: what they show belongs to a part of
/// the role only.
const NARROWER: &[(&str, &str)] = &[
    ("operator", "/operator/data"),
    ("operator", "/operator/kalender/impor"),
    ("operator", "/operator/email/asing/{kept}"),
];

#[tokio::test]
async fn every_page_of_staff_is_seen_by_its_roles_and_refused_to_all_others() {
    TestApp::run(|app| async move {
        let ids = world(&app, 1).await;
        let mut wrong = Vec::new();
        for (who, role) in ROLES {
            let visitor = Visitor::staff(&app, who).await;
            for page in site().into_iter().filter(|page| page.operation.method == "GET") {
                let Access::Roles(roles) = page.access else { continue };
                let seen =
                    visitor.asks(Method::GET, &filled_with(&ids, page.operation.path), None, &[]).await;
                let narrower = NARROWER.contains(&(who, page.operation.path));
                let may = roles.contains(&role) && !narrower;
                let refused = seen.status == StatusCode::FORBIDDEN;
                if may == refused {
                    wrong.push(format!("(\"{who}\", \"{}\"), // {}", page.operation.path, seen.status));
                }
                if refused {
                    assert!(
                        seen.html.contains("<main"),
                        "{who} {}: the refusal is a page",
                        page.operation.path
                    );
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn every_form_of_staff_is_refused_to_all_other_roles_before_anything_else_is_said() {
    TestApp::run(|app| async move {
        let ids = world(&app, 1).await;
        let mut wrong = Vec::new();
        for (who, role) in ROLES {
            let visitor = Visitor::staff(&app, who).await;
            let token = visitor.token().await;
            for page in site().into_iter().filter(|page| page.operation.method == "POST") {
                let Access::Roles(roles) = page.access else { continue };
                if roles.contains(&role) {
                    continue;
                }
                let path = filled_with(&ids, page.operation.path);
                let seen = visitor.asks(Method::POST, &path, Some(&token), &[]).await;
                if seen.status != StatusCode::FORBIDDEN {
                    wrong.push(format!("{who} {path}: {}", seen.status));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}

#[test]
fn no_two_routes_have_one_name_or_one_place() {
    let mut names = std::collections::BTreeSet::new();
    let mut places = std::collections::BTreeSet::new();
    for page in site() {
        assert!(names.insert(page.operation.id), "{} is there twice", page.operation.id);
        assert!(
            places.insert((page.operation.method.to_string(), page.operation.path)),
            "{}",
            page.operation.path
        );
    }
}
