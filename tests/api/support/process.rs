//! The real program as a process of its own, on the database of a test.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
};

use aktivasi::vault::{entropy::SeededEntropy, key_file::KeyFile};
use tokio::sync::watch;

use super::{SEED, TestApp};
use crate::smtp_peer::DEADLINE;

/// Killed when it goes out of scope.
pub struct Process {
    child: Arc<Mutex<Child>>,
    logs: watch::Receiver<String>,
}

impl TestApp {
    /// `aktivasi worker`, ready when it says so.
    pub async fn starts_worker(&self) -> Process {
        self.starts_worker_with(&[]).await
    }

    /// The same with some settings of its own.
    pub async fn starts_worker_with(&self, settings: &[(&str, &str)]) -> Process {
        let process = self.starts("worker", settings);
        process.says("working on jobs").await;
        process
    }

    /// `aktivasi serve` on a free port, and where it listens.
    pub async fn starts_service(&self, settings: &[(&str, &str)]) -> (Process, String) {
        let process = self.starts("serve", settings);
        let line = process.says("\"serving\"").await;
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        (process, format!("http://{}", line["address"].as_str().unwrap()))
    }

    /// What `aktivasi serve` says when it does not start with these settings.
    pub fn refuses_to_serve(&self, settings: &[(&str, &str)]) -> String {
        let (mut program, keys) = self.program();
        let output = program.arg("serve").envs(settings.iter().copied()).output().unwrap();
        std::fs::remove_file(keys).unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// A command of the console, run to its end.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let (mut program, keys) = self.program();
        let output = program.args(arguments).output().unwrap();
        std::fs::remove_file(keys).unwrap();
        output
    }

    /// A command of the console with this on its standard input; the process, which may still wait for something.
    pub fn calls(&self, arguments: &[&str], input: Vec<u8>, settings: &[(&str, &str)]) -> Called {
        let (mut command, keys) = self.program();
        let command = command.args(arguments).envs(settings.iter().copied());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that is killed or refuses early reads no further.
        std::thread::spawn(move || stdin.write_all(&input));
        Called { child, keys }
    }

    /// The program with the settings of a test, and its key file.
    fn program(&self) -> (Command, PathBuf) {
        let keys = std::env::temp_dir().join(format!("aktivasi-keys-{}.toml", uuid::Uuid::new_v4()));
        // The keys that the vault of the test was made with: sealed codes and tokens hold in every process.
        KeyFile::generate(&SeededEntropy::new(SEED), "ephemeral").unwrap().create(&keys).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_aktivasi"));
        program
            .env_clear()
            .env("AKTIVASI_DATABASE_URL", self.database_url())
            .env("AKTIVASI_HTTP_PORT", "0")
            .env("AKTIVASI__DATABASE__MAX_CONNECTIONS", "20")
            .env("AKTIVASI__KEYS__FILE", &keys)
            .env("AKTIVASI__SMTP__PORT", self.smtp.port().to_string())
            .env("AKTIVASI__SMTP__SECURITY", "plain")
            .env("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.test")
            .env("AKTIVASI__PASSWORDS__MEMORY_KIB", "8192")
            .env("AKTIVASI__PASSWORDS__ITERATIONS", "1")
            .env("AKTIVASI__LOGGING__FILTER", "info,aktivasi=trace");
        (program, keys)
    }

    fn starts(&self, command: &str, settings: &[(&str, &str)]) -> Process {
        let (mut program, keys) = self.program();
        let mut child = program
            .arg(command)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (tell, logs) = watch::channel(String::new());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                tell.send_modify(|all| {
                    all.push_str(&line);
                    all.push('\n');
                });
            }
            let _ = std::fs::remove_file(keys);
        });
        Process { child: Arc::new(Mutex::new(child)), logs }
    }

    /// What a killed worker had leased is free again. A lease lasts a minute of real time; this is the same as waiting
    /// for its end.
    pub async fn leases_run_out(&self) {
        sqlx::query("update jobs set leased_until = now() where leased_until is not null")
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("update webhook_endpoints set leased_until = now() where leased_until is not null")
            .execute(&self.pool)
            .await
            .unwrap();
    }
}

/// A command that was called.
pub struct Called {
    child: Child,
    keys: PathBuf,
}

impl Called {
    /// Its exit code and what it wrote, when it has ended.
    pub async fn ends(self) -> (Option<i32>, String) {
        let ended = tokio::task::spawn_blocking(|| self.child.wait_with_output().unwrap());
        let output = tokio::time::timeout(DEADLINE, ended).await.unwrap().unwrap();
        let _ = std::fs::remove_file(self.keys);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let _ = std::fs::remove_file(self.keys);
    }
}

impl Process {
    /// SIGKILL: it does nothing more. Returns when it is gone.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM: it ends in its own time.
    pub fn terminate(&self) {
        let id = self.child.lock().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Whether it ended well, as soon as it has.
    pub async fn ended(&self) -> bool {
        let child = Arc::clone(&self.child);
        let waiting = tokio::task::spawn_blocking(move || child.lock().unwrap().wait().unwrap());
        tokio::time::timeout(DEADLINE, waiting).await.unwrap().unwrap().success()
    }

    /// The first line of its log with this text, as soon as it is there.
    pub async fn says(&self, text: &str) -> String {
        let mut logs = self.logs.clone();
        let find = |all: &str| all.lines().find(|line| line.contains(text)).map(str::to_owned);
        let said = tokio::time::timeout(DEADLINE, logs.wait_for(|all| find(all).is_some())).await;
        let Ok(Ok(all)) = said else { panic!("it did not say {text}: {}", self.logs()) };
        find(&all).unwrap()
    }

    /// Everything it logged so far.
    pub fn logs(&self) -> String {
        self.logs.borrow().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}
