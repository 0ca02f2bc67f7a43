//! Somebody else's system: it receives events over TLS, checks their signatures by itself, and answers as a test says.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aktivasi::webhook::{Callable, Sender};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};

use crate::smtp_peer::{DEADLINE, own_certificate};

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answers {
    Status(u16),
    /// This status to bodies with this text in them; 200 to others.
    StatusTo(String, u16),
    Redirect(String),
    /// Nothing, for as long as the caller waits.
    Nothing,
    /// 200 with a body that has no end.
    Endless,
}

/// One message as it came.
#[derive(Debug, Clone)]
pub struct Came {
    pub head: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    pub json: Value,
}

impl Came {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap()
    }

    /// Which of these secrets it is signed with: HMAC by the other library of the tests.
    pub fn signed_with(&self, secrets: &[&str]) -> Vec<bool> {
        let text = [
            self.id().as_bytes(),
            b".",
            self.headers["webhook-timestamp"].as_bytes(),
            b".",
            self.body.as_slice(),
        ];
        let text = text.concat();
        let signatures: Vec<&str> = self.headers["webhook-signature"].split(' ').collect();
        let signs = |secret: &str| {
            let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
            let right = format!("v1,{}", STANDARD.encode(ring::hmac::sign(&key, &text)));
            signatures.contains(&right.as_str())
        };
        let found: Vec<bool> = secrets.iter().map(|secret| signs(secret)).collect();
        assert_eq!(
            signatures.len(),
            found.iter().filter(|found| **found).count(),
            "a signature is of no secret"
        );
        found
    }
}

pub struct WebhookPeer {
    port: u16,
    ca_pem: Vec<u8>,
    answers: Arc<Mutex<Answers>>,
    came: watch::Sender<Vec<Came>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl WebhookPeer {
    pub async fn start() -> Self {
        let (tls, ca_pem) = own_certificate();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::new(Mutex::new(Answers::Status(204)));
        let came = watch::Sender::new(Vec::new());
        let (says, keeps) = (Arc::clone(&answers), came.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, says, keeps) = (tls.clone(), Arc::clone(&says), keeps.clone());
                tokio::spawn(async move {
                    // A caller that breaks off shows in what came.
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let Some(message) = read(&mut stream).await else { return };
                    let body = String::from_utf8(message.body.clone()).unwrap();
                    let answer = says.lock().unwrap().clone();
                    keeps.send_modify(|all| all.push(message));
                    let status = match answer {
                        Answers::Status(status) => status,
                        Answers::StatusTo(text, status) => {
                            if body.contains(&text) {
                                status
                            } else {
                                200
                            }
                        }
                        Answers::Redirect(to) => {
                            let text = format!(
                                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
                            );
                            let _ = stream.write_all(text.as_bytes()).await;
                            let _ = stream.shutdown().await;
                            return;
                        }
                        Answers::Nothing => {
                            // Until the caller hangs up.
                            let _ = stream.read(&mut [0; 1]).await;
                            return;
                        }
                        Answers::Endless => {
                            let _ = stream
                                .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                                .await;
                            while stream.write_all(b"8\r\nxxxxxxxx\r\n").await.is_ok() {}
                            return;
                        }
                    };
                    let text = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
                    let _ = stream.write_all(text.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, ca_pem, answers, came, accepting }
    }

    pub fn answers(&self, answers: Answers) {
        *self.answers.lock().unwrap() = answers;
    }

    /// By its name, so that the address is looked up.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/peristiwa?dari=aktivasi", self.port)
    }

    pub fn ca_pem(&self) -> &[u8] {
        &self.ca_pem
    }

    /// A sender that trusts it, and may call this machine.
    pub fn sender(&self) -> Sender {
        let callable = Callable::with(vec!["127.0.0.0/8".parse().unwrap()]);
        Sender::new(callable, Some(self.ca_pem())).unwrap()
    }

    /// Everything that came so far, in its order.
    pub fn came(&self) -> Vec<Came> {
        self.came.borrow().clone()
    }

    /// The kinds of it.
    pub fn kinds(&self) -> Vec<String> {
        self.came().iter().map(|message| message.kind().to_owned()).collect()
    }

    /// Everything that came, as soon as there are so many.
    pub async fn wait_for(&self, n: usize) -> Vec<Came> {
        let mut came = self.came.subscribe();
        let reached = tokio::time::timeout(DEADLINE, came.wait_for(|all| all.len() >= n)).await;
        let Ok(Ok(all)) = reached else { panic!("only {} of {n} came", self.came().len()) };
        all.clone()
    }
}

impl Drop for WebhookPeer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Came> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        let n = stream.read(&mut piece).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&piece[..n]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let headers: HashMap<String, String> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers["content-length"].parse().unwrap();
    while bytes.len() < end + length {
        let n = stream.read(&mut piece).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&piece[..n]);
    }
    let body = bytes[end..].to_vec();
    let json = serde_json::from_slice(&body).unwrap();
    Some(Came { head, headers, body, json })
}
