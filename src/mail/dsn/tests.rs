use proptest::prelude::*;

use super::*;

const OUR_ID: &str = "019f4c20-1000-7000-8000-0000000000e1@example.test";
const OUR_RETURN_PATH: &str = "verp-token-0001@pantulan.example.test";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/dsn/", $name, ".eml"))
    };
}

const REPORTS: [&[u8]; 11] = [
    fixture!("postfix-failed-5-1-1"),
    fixture!("postfix-failed-5-1-1-utf8"),
    fixture!("postfix-failed-5-2-2"),
    fixture!("postfix-failed-5-7-1"),
    fixture!("postfix-failed-5-0-0"),
    fixture!("postfix-delayed-4-2-1"),
    fixture!("postfix-relayed-2-0-0"),
    fixture!("exim-failed-unknown"),
    fixture!("exim-failed-full"),
    fixture!("exchange-failed-5-1-10"),
    fixture!("qmail-failed"),
];

/// Action, status and recipient of the only group.
fn says(report: &[u8]) -> (ReportAction, String, String) {
    let returned = Returned::parse(report);
    assert_eq!(returned.recipients.len(), 1, "{returned:?}");
    let one = &returned.recipients[0];
    let status = one.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    (one.action, status, one.recipient.as_ref().map_or_else(String::new, ToString::to_string))
}

fn failed(status: &str, recipient: &str) -> (ReportAction, String, String) {
    (ReportAction::Failed, status.to_owned(), format!("{recipient}@tujuan.example"))
}

#[test]
fn reports_of_real_servers_are_read() {
    let [unknown, utf8, full, policy, bare, delayed, relayed, exim, exim_full, exchange, qmail] = REPORTS;

    for report in [unknown, utf8, exim, qmail] {
        assert_eq!(says(report), failed("5.1.1", "tidakada"));
    }
    for report in [full, exim_full] {
        assert_eq!(says(report), failed("5.2.2", "penuh"));
    }
    assert_eq!(says(policy), failed("5.7.1", "ditolak"));
    assert_eq!(says(bare), failed("5.0.0", "polos"));
    assert_eq!(says(exchange), failed("5.1.10", "tidakada"));
    assert_eq!(says(delayed).0, ReportAction::Delayed);
    assert_eq!(says(delayed).1, "4.2.1");
    assert_eq!(says(relayed).0, ReportAction::Relayed);
}

#[test]
fn a_report_leads_to_the_mail_by_its_message_id_and_by_its_return_path() {
    for report in REPORTS {
        let returned = Returned::parse(report);
        assert_eq!(returned.about.first().map(String::as_str), Some(OUR_ID));
        assert!(returned.addresses.contains(&OUR_RETURN_PATH.parse().unwrap()), "{returned:?}");
        assert!(returned.from_a_server);
    }
}

#[test]
fn the_words_of_a_server_come_without_addresses() {
    for report in REPORTS {
        for one in Returned::parse(report).recipients {
            assert!(!one.diagnostic.contains('@') && one.diagnostic.chars().count() <= 200, "{one:?}");
        }
    }
    let returned = Returned::parse(REPORTS[0]);
    assert_eq!(
        returned.recipients[0].diagnostic,
        "smtp; 550 5.1.1 [address] Recipient address rejected: User unknown in virtual mailbox table"
    );
}

#[test]
fn a_report_that_returns_only_headers_or_comes_encoded_is_read_alike() {
    let plain = String::from_utf8(REPORTS[0].to_vec()).unwrap();
    let headers_only = plain.replace("Content-Type: message/rfc822", "Content-Type: text/rfc822-headers");
    let returned = Returned::parse(headers_only.as_bytes());
    assert_eq!(returned.about, [OUR_ID]);

    let unix = plain.replace("\r\n", "\n");
    let windows = unix.replace('\n', "\r\n");
    assert_eq!(Returned::parse(unix.as_bytes()), Returned::parse(windows.as_bytes()));
}

#[test]
fn a_report_about_several_recipients_has_each_of_them() {
    let plain = String::from_utf8(REPORTS[0].to_vec()).unwrap();
    let second = "Final-Recipient: rfc822; lain@tujuan.example\nAction: delivered\nStatus: 2.0.0\n\n";
    let two = plain
        .replace("Final-Recipient: rfc822; tidakada", &format!("{second}Final-Recipient: rfc822; tidakada"));
    let actions: Vec<ReportAction> =
        Returned::parse(two.as_bytes()).recipients.iter().map(|one| one.action).collect();

    assert_eq!(actions, [ReportAction::Delivered, ReportAction::Failed]);
}

#[test]
fn recipients_in_a_header_count_when_there_is_no_report() {
    let mail = b"From: Mail Delivery System <Mailer-Daemon@mx.example>\nX-Failed-Recipients: a@tujuan.example,\n b@tujuan.example\n\n550 5.1.1 unknown\n";
    let returned = Returned::parse(mail);

    assert_eq!(returned.recipients.len(), 2);
    assert_eq!(returned.recipients[1].recipient, Some("b@tujuan.example".parse().unwrap()));
    assert_eq!(returned.recipients[1].status, "5.1.1".parse().ok());
}

#[test]
fn what_is_no_report_has_no_recipients_and_still_says_what_it_is_about() {
    let notice = Returned::parse(fixture!("unreadable-notice"));
    assert!(notice.recipients.is_empty() && notice.from_a_server);
    assert!(notice.addresses.contains(&OUR_RETURN_PATH.parse().unwrap()));

    let answer = Returned::parse(fixture!("holiday-answer"));
    assert!(answer.recipients.is_empty() && !answer.from_a_server);
    assert_eq!(answer.about, [OUR_ID]);

    for nothing in [&b""[..], b"\xff\xfe\x00", b"halo"] {
        assert!(Returned::parse(nothing).recipients.is_empty());
    }
}

#[test]
fn messages_inside_messages_do_not_end_the_program() {
    let deep = "Content-Type: message/rfc822\n\n".repeat(36_000);
    let digest = |n| format!("Content-Type: multipart/digest; boundary=b{n}\n\n--b{n}\n\n");
    let digests = (0..18_000).map(digest).collect::<Vec<_>>().concat();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &deep);
    let wrapped = format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}");

    for forged in [deep, digests, wrapped] {
        assert!(Returned::parse(forged.as_bytes()).recipients.is_empty());
    }
}

/// A real report after some hands that do not know what it is.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let cut = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let put = prop::collection::vec(any::<u8>(), 0..40);
    let hands = prop::collection::vec((cut, put), 0..8);
    (prop::sample::select(REPORTS.to_vec()), hands).prop_map(|(report, hands)| {
        let mut bytes = report.to_vec();
        for ((from, length), put) in hands {
            if bytes.is_empty() {
                break;
            }
            let from = from.index(bytes.len());
            let until = from + length.index((bytes.len() - from).min(200) + 1);
            bytes.splice(from..until, put);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_mangled_report_makes_us_panic_keep_an_address_or_too_much(bytes in mangled()) {
        let returned = Returned::parse(&bytes);
        prop_assert!(returned.recipients.len() <= MOST && returned.addresses.len() <= MOST && returned.about.len() <= MOST);
        for one in &returned.recipients {
            prop_assert!(one.action != ReportAction::Unread);
            prop_assert!(!one.diagnostic.contains('@') && !one.diagnostic.chars().any(char::is_control));
            prop_assert!(one.diagnostic.chars().count() <= 200);
        }
        prop_assert_eq!(Returned::parse(&bytes), returned);
    }

    #[test]
    fn no_bytes_make_us_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Returned::parse(&bytes);
    }
}
