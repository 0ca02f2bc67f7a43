//! The receiving half of SMTP: one session, told what to answer by its [`Desk`].
//!
//! Enough of RFC 5321 for one client that behaves: EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, QUIT, STARTTLS when the
//! desk offers it. No log-in, no relaying, no queue.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// A larger message is refused with 552.
pub const MAX_MESSAGE_BYTES: usize = 32 * 1024 * 1024;
const MAX_LINE_BYTES: u64 = 64 * 1024;
const MAX_RECIPIENTS: usize = 100;
/// A client that says nothing for this long is gone.
const IDLE: Duration = Duration::from_mins(5);

/// A message as it came: the envelope, and the content without dot stuffing and without the final dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub from: String,
    pub to: Vec<String>,
    pub content: Vec<u8>,
    /// Whether it came over TLS.
    pub encrypted: bool,
}

/// The moments at which a desk decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A client has connected; the answer is the greeting.
    Greeting,
    Mail,
    Recipient,
    /// The DATA command, before any content.
    Data,
    /// The first line of the content has come. Only [`Verdict::HangUp`] means anything here.
    InContent,
}

/// What the session does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    GoOn,
    /// Answer with this line, for instance `550 5.1.1 No such user`.
    Answer(String),
    /// Close the connection without a word.
    HangUp,
}

/// Who decides about a session's mail and keeps it.
pub trait Desk: Send + Sync + 'static {
    /// Whether EHLO offers STARTTLS in the clear.
    fn offers_starttls(&self) -> bool {
        false
    }

    /// Asked at each [`Moment`] before the answer is given.
    fn decide(&self, moment: Moment) -> impl Future<Output = Verdict> + Send;

    /// A whole message has arrived and has not been answered yet.
    fn take(&self, delivery: Delivery) -> impl Future<Output = Verdict> + Send;
}

/// How a session ended.
pub enum Ended<S> {
    Closed,
    /// The client was told to begin TLS on this stream; a new session without greeting follows on the encrypted one.
    StartTls(S),
}

/// Serves one client until it quits, hangs up or is hung up on.
///
/// # Errors
/// When the connection breaks.
pub async fn serve<S, D>(stream: S, desk: &D, encrypted: bool) -> std::io::Result<Ended<S>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    D: Desk,
{
    let mut session = Session { stream: BufReader::new(stream), desk, encrypted, from: None, to: vec![] };
    // After STARTTLS the greeting is not repeated.
    if !encrypted && session.decide(Moment::Greeting, "220 aktivasi.invalid ESMTP").await? == Next::Close {
        return Ok(Ended::Closed);
    }
    loop {
        let Some(line) = session.line().await? else { return Ok(Ended::Closed) };
        match session.command(&line).await? {
            Next::Command => {}
            Next::StartTls if session.stream.buffer().is_empty() => {
                return Ok(Ended::StartTls(session.stream.into_inner()));
            }
            // Commands sent ahead of the handshake must not be taken for encrypted ones.
            Next::StartTls | Next::Close => return Ok(Ended::Closed),
        }
    }
}

#[derive(PartialEq, Eq)]
enum Next {
    Command,
    Close,
    StartTls,
}

struct Session<'d, S, D> {
    stream: BufReader<S>,
    desk: &'d D,
    encrypted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send, D: Desk> Session<'_, S, D> {
    async fn command(&mut self, line: &str) -> std::io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.forget();
                let tls =
                    if self.desk.offers_starttls() && !self.encrypted { "250-STARTTLS\r\n" } else { "" };
                self.say(&format!(
                    "250-aktivasi.invalid\r\n{tls}250-SIZE {MAX_MESSAGE_BYTES}\r\n250 8BITMIME"
                ))
                .await
            }
            "HELO" => {
                self.forget();
                self.say("250 aktivasi.invalid").await
            }
            "STARTTLS" if self.desk.offers_starttls() && !self.encrypted => {
                self.say("220 2.0.0 Ready to start TLS").await?;
                Ok(Next::StartTls)
            }
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.recipient(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.forget();
                self.say("250 2.0.0 Ok").await
            }
            "NOOP" => self.say("250 2.0.0 Ok").await,
            "QUIT" => {
                self.say("221 2.0.0 Bye").await?;
                Ok(Next::Close)
            }
            _ => self.say("502 5.5.2 Command not recognized").await,
        }
    }

    async fn mail(&mut self, rest: &str) -> std::io::Result<Next> {
        let Some(from) = path(rest, "FROM:") else {
            return self.say("501 5.5.4 Syntax: MAIL FROM:<address>").await;
        };
        if self.from.is_some() {
            return self.say("503 5.5.1 Nested MAIL command").await;
        }
        let next = self.desk.decide(Moment::Mail).await;
        if next == Verdict::GoOn {
            self.from = Some(from);
        }
        self.answer(next, "250 2.1.0 Ok").await
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<Next> {
        let Some(to) = path(rest, "TO:") else {
            return self.say("501 5.5.4 Syntax: RCPT TO:<address>").await;
        };
        if self.from.is_none() {
            return self.say("503 5.5.1 Need MAIL command").await;
        }
        if self.to.len() == MAX_RECIPIENTS {
            return self.say("452 4.5.3 Too many recipients").await;
        }
        let next = self.desk.decide(Moment::Recipient).await;
        if next == Verdict::GoOn {
            self.to.push(to);
        }
        self.answer(next, "250 2.1.5 Ok").await
    }

    async fn data(&mut self) -> std::io::Result<Next> {
        if self.to.is_empty() {
            return self.say("503 5.5.1 Need RCPT command").await;
        }
        let verdict = self.desk.decide(Moment::Data).await;
        let refused = verdict != Verdict::GoOn;
        let next = self.answer(verdict, "354 End data with <CR><LF>.<CR><LF>").await?;
        if refused {
            return Ok(next);
        }
        let mut content = Vec::new();
        let mut too_large = false;
        let mut first = true;
        loop {
            let line = self.raw_line().await?;
            if !line.ends_with(b"\n") {
                return Ok(Next::Close);
            }
            if first && self.desk.decide(Moment::InContent).await == Verdict::HangUp {
                return Ok(Next::Close);
            }
            first = false;
            if line == b".\r\n" {
                break;
            }
            too_large |= content.len() + line.len() > MAX_MESSAGE_BYTES;
            if !too_large {
                content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            }
        }
        let from = self.from.take().unwrap_or_default();
        let to = std::mem::take(&mut self.to);
        if too_large {
            return self.say("552 5.3.4 Message too big").await;
        }
        let delivery = Delivery { from, to, content, encrypted: self.encrypted };
        let verdict = self.desk.take(delivery).await;
        self.answer(verdict, "250 2.0.0 Ok: taken").await
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn decide(&mut self, moment: Moment, yes: &str) -> std::io::Result<Next> {
        let verdict = self.desk.decide(moment).await;
        self.answer(verdict, yes).await
    }

    async fn answer(&mut self, verdict: Verdict, yes: &str) -> std::io::Result<Next> {
        match verdict {
            Verdict::GoOn => self.say(yes).await,
            Verdict::Answer(line) => self.say(&line).await,
            Verdict::HangUp => Ok(Next::Close),
        }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<Next> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(Next::Command)
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let line = self.raw_line().await?;
        Ok(line.ends_with(b"\n").then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    /// The next line with its end; without one when the client hung up or the line is too long.
    async fn raw_line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(MAX_LINE_BYTES);
        match tokio::time::timeout(IDLE, limited.read_until(b'\n', &mut line)).await {
            Ok(read) => read.map(|_| line),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

/// The address of `FROM:<a@b> SIZE=1`; an empty one is the null sender.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let rest = rest.trim_start();
    let head = rest.get(..keyword.len()).filter(|head| head.eq_ignore_ascii_case(keyword))?;
    let (address, _) = rest.get(head.len()..)?.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Shelf(Mutex<Vec<Delivery>>);

    impl Desk for Shelf {
        async fn decide(&self, _: Moment) -> Verdict {
            Verdict::GoOn
        }

        async fn take(&self, delivery: Delivery) -> Verdict {
            self.0.lock().unwrap().push(delivery);
            Verdict::GoOn
        }
    }

    async fn talk(said: &str) -> (String, Vec<Delivery>) {
        let shelf = Shelf::default();
        let (client, server) = tokio::io::duplex(1 << 16);
        let (mut answers, mut commands) = tokio::io::split(client);
        let mut heard = String::new();
        let both = async {
            commands.write_all(said.as_bytes()).await.unwrap();
            commands.shutdown().await.unwrap();
            answers.read_to_string(&mut heard).await.unwrap();
        };
        let ((), ended) = tokio::join!(both, async { serve(server, &shelf, false).await.map(drop) });
        ended.unwrap();
        (heard, shelf.0.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_message_is_kept_without_dot_stuffing_and_without_the_final_dot() {
        let (heard, kept) = talk(
            "EHLO me\r\nMAIL FROM:<a@example.com> SIZE=9\r\nrcpt to:<b@example.com>\r\nDATA\r\n\
             Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n",
        )
        .await;

        assert!(heard.contains("354 ") && heard.ends_with("221 2.0.0 Bye\r\n"), "{heard}");
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].from, "a@example.com");
        assert_eq!(kept[0].to, ["b@example.com"]);
        assert_eq!(kept[0].content, b"Subject: x\r\n\r\n.dot\r\n");
    }

    #[tokio::test]
    async fn a_message_cut_off_in_the_middle_is_not_kept() {
        let (_, kept) =
            talk("HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nSubject: x\r\n").await;

        assert!(kept.is_empty());
    }

    #[tokio::test]
    async fn commands_out_of_order_are_refused() {
        let (heard, kept) =
            talk("RCPT TO:<b@example.com>\r\nDATA\r\nMAIL b@example.com\r\nSTARTTLS\r\nQUIT\r\n").await;

        let codes: Vec<&str> = heard.lines().map(|line| &line[..3]).collect();
        assert_eq!(codes, ["220", "503", "503", "501", "502", "221"]);
        assert!(kept.is_empty());
    }
}
