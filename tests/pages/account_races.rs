//! Two at once in the account of a PKP, and the work that tells right from wrong: the last committed counts, what was ended stays
//! ended, and whoever is refused learns nothing from how it was done.

use std::sync::Arc;

use reqwest::Method;

use crate::{
    account::{NPWP, a_pair, at_home, code_of_letter, comes},
    queries::{PASSWORDS, listens, work_of},
    story,
    support::{TestApp, queue_up::Call},
    visitor::{Seen, Visitor},
};

const LOCK_TAXPAYERS: &str = "select from taxpayers for update";
const LIVE: &str = "select count(*) from account_sessions where ended_at is null";
const NEW: [&str; 2] = ["kuda-lari-di-pantai", "perahu-di-tepi-danau"];

async fn signing_in(app: &Arc<TestApp>, password: &str) -> Call<Seen> {
    let visitor = Visitor::new(app);
    let page = visitor.opens("/akun/masuk").await.expect(200);
    visitor.is_about_to_send(&page, "/akun/masuk", &[("npwp", NPWP), ("password", password)])
}

/// The link of the warning that a shown code sends.
async fn a_warning(app: &TestApp, visitor: &Visitor<'_>) -> String {
    let home = visitor.opens("/akun").await.expect(200);
    visitor.sends(&home, "/akun/kode", &[("kode", "account")]).await.expect(200);
    app.run_ready_jobs().await;
    story::link(app, story::EMAIL, "/n/")
}

fn not_us(app: &TestApp, warning: &str) -> Call<Seen> {
    Visitor::new(app).is_about_to_press(warning, &[])
}

#[tokio::test]
async fn of_two_resets_at_once_the_last_code_counts_and_the_first_code_stays() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (one, home) = at_home(&app, &password).await;
        let (two, _) = at_home(&app, &password).await;
        let account = story::codes_in(&one.sends(&home, "/akun/kode", &[("kode", "account")]).await.text());
        let mut calls = Vec::new();
        for visitor in [&one, &two] {
            let page = visitor.opens("/akun/desktop").await.expect(200);
            calls.push(visitor.is_about_to_send(&page, "/akun/desktop", &[]));
        }

        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert!(answers.iter().all(|answer| answer.status == 303 && answer.leads().starts_with("/akun")));
        let shown = async |visitor: &Visitor<'_>, which: &str| {
            let home = visitor.opens("/akun").await.expect(200);
            story::codes_in(&visitor.sends(&home, "/akun/kode", &[("kode", which)]).await.text())
        };
        let desktop = shown(&one, "desktop").await;
        assert_eq!(desktop.len(), 1);
        assert_eq!(shown(&two, "desktop").await, desktop, "both see the same code");
        assert_ne!(desktop, account);
        assert_eq!(shown(&one, "account").await, account);
        let done = "select count(*) from audit_events where act = 'reset_desktop_code'";
        assert_eq!(app.count(done).await, 2);
    })
    .await;
}

/// Whether "not us" or the sign-in is first at the lock: no session is left.
async fn not_us_against_sign_in(not_us_first: bool) {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, _) = at_home(&app, &password).await;
        let warning = a_warning(&app, &visitor).await;
        let mut calls = vec![not_us(&app, &warning), signing_in(&app, &password).await];
        if !not_us_first {
            calls.reverse();
        }

        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses, if not_us_first { [200, 403] } else { [303, 200] });
        assert_eq!(app.count(LIVE).await, 0, "nobody is signed in to a suspended pair");
        assert_eq!(visitor.opens("/akun").await.path, "/akun/masuk");
    })
    .await;
}

#[tokio::test]
async fn a_suspended_pair_has_no_session_whoever_signs_in_at_the_same_time() {
    not_us_against_sign_in(true).await;
    not_us_against_sign_in(false).await;
}

/// Whether "not us" or the reset is first at the lock.
async fn not_us_against_reset(not_us_first: bool) {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, _) = at_home(&app, &password).await;
        let warning = a_warning(&app, &visitor).await;
        let page = visitor.opens("/akun/desktop").await.expect(200);
        let mut calls = vec![not_us(&app, &warning), visitor.is_about_to_send(&page, "/akun/desktop", &[])];
        if !not_us_first {
            calls.reverse();
        }

        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        let reset = &answers[usize::from(not_us_first)];
        assert_eq!(reset.leads().starts_with("/akun/masuk"), not_us_first, "{}", reset.leads());
        let done = "select count(*) from audit_events where act = 'reset_desktop_code'";
        assert_eq!(app.count(done).await, i64::from(!not_us_first));
        assert_eq!(app.count("select count(*) from credentials where state = 'suspended'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_a_code_for_a_pair_that_was_suspended_meanwhile() {
    not_us_against_reset(true).await;
    not_us_against_reset(false).await;
}

#[tokio::test]
async fn of_two_new_passwords_at_once_the_first_counts_and_ends_the_session_of_the_other() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (one, _) = at_home(&app, &password).await;
        let (two, _) = at_home(&app, &password).await;
        let mut calls = Vec::new();
        for (visitor, new) in [(&one, NEW[0]), (&two, NEW[1])] {
            let page = visitor.opens("/akun/password").await.expect(200);
            let fields = [("password", password.as_str()), ("new_password", new), ("repeated", new)];
            calls.push(visitor.is_about_to_send(&page, "/akun/password", &fields));
        }

        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert!(!answers[0].leads().starts_with("/akun/masuk"), "{}", answers[0].leads());
        assert!(
            answers[1].leads().starts_with("/akun/masuk"),
            "{} {}",
            answers[1].status,
            answers[1].leads()
        );
        assert_eq!(two.opens("/akun").await.path, "/akun/masuk");
        comes(&Visitor::new(&app), NPWP, NEW[1]).await.expect(422);
        at_home(&app, NEW[0]).await;
    })
    .await;
}

#[tokio::test]
async fn an_old_password_opens_nothing_once_a_new_one_was_committed_while_it_was_compared() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, _) = at_home(&app, &password).await;
        let page = visitor.opens("/akun/password").await.expect(200);
        let fields = [("password", password.as_str()), ("new_password", NEW[0]), ("repeated", NEW[0])];
        let change = visitor.is_about_to_send(&page, "/akun/password", &fields);
        let calls = vec![change, signing_in(&app, &password).await];

        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!([&answers[0], &answers[1]].map(|answer| answer.status.as_u16()), [303, 422]);
        assert_eq!(app.count(LIVE).await, 1, "only whoever changed it is signed in");
    })
    .await;
}

#[tokio::test]
async fn signing_in_wrongly_is_the_same_work_whatever_is_wrong() {
    listens();
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        story::register(&app, "999991516041000", "lain@example.com").await;
        let tries = [
            ("wrong password", NPWP, "bukan-password-ini"),
            ("no pair", "999991516041000", "bukan-password-ini"),
            ("unknown number", "99.999.389.2-321.000", "bukan-password-ini"),
            ("password of another", "999991516041000", password.as_str()),
        ];
        let mut works = Vec::new();
        for (what, npwp, password) in tries {
            let visitor = Visitor::new(&app);
            let page = visitor.opens("/akun/masuk").await.expect(200);
            let mut form = page.hidden("/akun/masuk");
            form.extend(
                [("npwp", npwp), ("password", password)].map(|(name, value)| (name.into(), value.into())),
            );
            let (seen, work) = work_of(&visitor, Method::POST, "/akun/masuk", Some(&form)).await;
            assert_eq!(seen.status, 422, "{what}");
            assert_eq!(work.iter().filter(|one| *one == PASSWORDS).count(), 2, "{what}: {work:?}");
            assert!(work.len() > 8, "{what}: {work:?}");
            works.push((what, work));
        }
        for (what, work) in &works {
            assert_eq!(work, &works[0].1, "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_forgotten_password_is_the_same_work_for_right_and_wrong() {
    listens();
    TestApp::run(|app| async move {
        a_pair(&app).await;
        let code = code_of_letter(&app);
        let tries = [
            ("right", NPWP, code.as_str(), story::EMAIL),
            ("wrong address", NPWP, code.as_str(), "lain@example.com"),
            ("unknown number", "99.999.389.2-321.000", code.as_str(), "tiada@example.com"),
        ];
        let mut works = Vec::new();
        for (what, npwp, code, email) in tries {
            let visitor = Visitor::new(&app);
            let page = visitor.opens("/akun/lupa").await.expect(200);
            let mut form = page.hidden("/akun/lupa");
            let typed = [("npwp", npwp), ("kode", code), ("email", email)];
            form.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
            let (seen, work) = work_of(&visitor, Method::POST, "/akun/lupa", Some(&form)).await;
            assert!(seen.status.is_success() || seen.status.is_redirection(), "{what}");
            assert!(work.len() > 8, "{what}: {work:?}");
            works.push((what, work));
        }
        for (what, work) in &works {
            assert_eq!(work, &works[0].1, "{what}");
        }
    })
    .await;
}
