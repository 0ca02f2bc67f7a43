//! The client of `docs/reference-client.py`, as somebody would run it, against real processes.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::{
    mail_signature::python,
    smtp_peer::DEADLINE,
    support::{Answer, TestApp},
    verify_codes::has_a_pair,
};

const QUESTION: &str = "99.999.134.2-031.000\tR2P2-QVRD-NFDX\n";
const TOKENS: &str = "select count(*) from audit_events where act = 'issue_client_token'";

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference-client.py")
}

/// The client, which asks whenever it is told to.
struct Asking {
    _child: Child,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Asking {
    async fn asks(&mut self) -> Value {
        self.stdin.write_all(QUESTION.as_bytes()).await.unwrap();
        let line = tokio::time::timeout(DEADLINE, self.answers.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line.unwrap()).unwrap()
    }
}

/// A system with a key that the client made itself.
struct System {
    id: String,
    key: PathBuf,
    audience: String,
}

impl System {
    async fn registered(app: &TestApp) -> Self {
        let operator = app.signs_in("pusat").await;
        let scopes = ["credentials:activation", "credentials:desktop"];
        let entry = json!({ "name": "e-Faktur", "office_code": null, "scopes": scopes });
        let client = app.post("/clients", Some(&operator), entry).await.expect(201);
        let id = client["client_id"].as_str().unwrap().to_owned();
        let key = std::env::temp_dir().join(format!("aktivasi-client-{}.json", uuid::Uuid::new_v4()));
        let made = Command::new(python()).arg(script()).arg("new-key").arg(&key).output().await.unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        app.post(&format!("/clients/{id}/keys"), Some(&operator), made).await.expect(201);
        Self { id, key, audience: app.office().page_link("/api/v1/oauth/token") }
    }

    fn starts(&self, url: &str) -> Asking {
        let mut child = Command::new(python())
            .arg(script())
            .args(["verify", "--url", url, "--client", &self.id, "--audience", &self.audience, "--key"])
            .arg(&self.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Asking { _child: child, stdin, answers: BufReader::new(stdout).lines() }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.key);
    }
}

/// One address before both replicas: each connection goes to the other one than the last.
async fn balances(one: &str, two: &str) -> String {
    let replicas = [one, two].map(|url| url.strip_prefix("http://").unwrap().to_owned());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let turn = AtomicUsize::new(0);
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            let replica = replicas[turn.fetch_add(1, Ordering::Relaxed) % 2].clone();
            tokio::spawn(async move {
                let mut service = TcpStream::connect(&replica).await.unwrap();
                // The client closes when it has its answer.
                let _ = copy_bidirectional(&mut caller, &mut service).await;
            });
        }
    });
    format!("http://{address}")
}

/// The next key's time has come. It would in ten minutes of real time; this is the same as waiting for it.
async fn time_passes(app: &TestApp) {
    let moved = sqlx::query("update token_keys set signs_from = now() where signs_from > now()")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(moved.rows_affected(), 1);
}

fn rotates(app: &TestApp, arguments: &[&str]) {
    let done = app.command(&[&["key", "rotate-tokens"], arguments].concat());
    assert!(done.status.success(), "{done:?}");
    assert!(String::from_utf8(done.stdout).unwrap().contains(" signs from "));
}

async fn published(app: &TestApp, base: &str) -> usize {
    let list = Answer::of(app.client.get(format!("{base}/.well-known/jwks.json"))).await.expect(200);
    list["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn no_call_of_the_reference_client_fails_while_keys_rotate_under_two_replicas() {
    TestApp::run(|app| async move {
        app.lives_now();
        has_a_pair(&app).await;
        let system = System::registered(&app).await;
        let (_one, first) = app.starts_service(&[]).await;
        let (_two, second) = app.starts_service(&[("AKTIVASI__SERVER__WORKERS", "false")]).await;
        let front = balances(&first, &second).await;
        let expected = json!({
            "status": "active", "codes": ["activation"], "scopes": ["credentials:activation", "credentials:desktop"],
        });
        let mut busy = system.starts(&front);
        assert_eq!(busy.asks().await, expected);
        let stop = Arc::new(AtomicBool::new(false));
        let (told, wanted) = (Arc::clone(&stop), expected.clone());
        let load = tokio::spawn(async move {
            let mut asked = 0;
            while !told.load(Ordering::Relaxed) || asked < 4 {
                assert_eq!(busy.asks().await, wanted);
                asked += 1;
            }
            busy
        });

        rotates(&app, &[]);
        for replica in [&first, &second] {
            assert_eq!(published(&app, replica).await, 2, "{replica}");
        }
        time_passes(&app).await;
        // A client that comes now gets a token of the next key; both replicas take it, and that of the key before.
        let mut late = system.starts(&front);
        for _ in 0..3 {
            assert_eq!(late.asks().await, expected);
        }
        stop.store(true, Ordering::Relaxed);
        let mut busy = load.await.unwrap();
        assert_eq!(app.count(TOKENS).await, 2, "a client needed another token although no key was revoked");
        let signers = "select count(distinct detail ->> 'signed_by') from audit_events where act = 'issue_client_token'";
        assert_eq!(app.count(signers).await, 2);

        rotates(&app, &["--at-once"]);

        assert_eq!(busy.asks().await, expected);
        assert_eq!(late.asks().await, expected);
        assert_eq!(app.count(TOKENS).await, 4);
        for replica in [&first, &second] {
            assert_eq!(published(&app, replica).await, 1, "{replica}");
        }
        let answers = "select count(*) from audit_events where act = 'verify_credential' and detail ->> 'status' <> 'active'";
        assert_eq!(app.count(answers).await, 0);
    })
    .await;
}
