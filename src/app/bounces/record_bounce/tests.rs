use super::*;

fn message(fate: Fate, kind: &str, smtp_message_id: Option<&str>) -> Message {
    let at = DateTime::from_timestamp(0, 0).unwrap();
    Message {
        id: MessageId(Uuid::nil()),
        help_desk_number: "E-20260710-000001".to_owned(),
        office: None,
        request: None,
        kind: kind.to_owned(),
        email: "pajak@example.com".parse().unwrap(),
        letter: None,
        link: None,
        not_us: None,
        proof: None,
        credential: (kind == "password_link").then_some(crate::domain::ids::CredentialId(Uuid::nil())),
        data: serde_json::json!({}),
        fate,
        fate_at: at,
        smtp_message_id: smtp_message_id.map(str::to_owned),
        created_at: at,
        replaces: None,
    }
}

#[test]
fn only_a_failure_of_a_mail_that_is_out_or_on_its_way_bounces_it() {
    let after = |fate| effect(ReportAction::Failed, &message(fate, "receipt", None), None);

    assert_eq!(after(Fate::Queued), ReportEffect::Bounced);
    assert_eq!(after(Fate::Accepted), ReportEffect::Bounced);
    assert_eq!(after(Fate::GivenUp), ReportEffect::Bounced);
    assert_eq!(after(Fate::Bounced), ReportEffect::Noted);
    assert_eq!(after(Fate::Superseded), ReportEffect::Overtaken);
    for action in ReportAction::ALL.iter().filter(|action| **action != ReportAction::Failed) {
        for fate in Fate::ALL {
            assert_eq!(effect(*action, &message(*fate, "receipt", None), None), ReportEffect::Noted);
        }
    }
}

#[test]
fn the_failure_of_an_older_password_says_nothing_of_the_newer_one() {
    let mail = |fate, last| message(fate, "password_link", last);
    let failed = |message: &Message, about| effect(ReportAction::Failed, message, about);

    assert_eq!(failed(&mail(Fate::Queued, None), Some("1@x")), ReportEffect::Noted);
    assert_eq!(failed(&mail(Fate::Accepted, Some("2@x")), Some("1@x")), ReportEffect::Overtaken);
    assert_eq!(failed(&mail(Fate::Accepted, Some("2@x")), Some("2@x")), ReportEffect::Bounced);
    assert_eq!(failed(&mail(Fate::Accepted, Some("2@x")), None), ReportEffect::Bounced);
}

#[test]
fn a_message_id_of_ours_begins_with_the_id_of_the_mail() {
    let id: Uuid = "019f4c20-1000-7000-8000-0000000000e1".parse().unwrap();

    for ours in [format!("{id}@example.test"), format!("{id}.3.0a0b0c0d@example.test")] {
        assert_eq!(message_of(&ours), Some(MessageId(id)), "{ours}");
    }
    for strange in [
        format!("{id}"),
        format!("{id}x@example.test"),
        "@".to_owned(),
        "ä@x".to_owned(),
        format!("{{{id}}}@x"),
    ] {
        assert_eq!(message_of(&strange), None, "{strange}");
    }
}

#[test]
fn of_several_recipients_ours_speaks_and_then_a_failure() {
    let said = |recipient: &str, action| RecipientReport {
        recipient: recipient.parse().ok(),
        action,
        status: None,
        diagnostic: recipient.to_owned(),
    };
    let to = "Pajak@example.com".parse().unwrap();
    let all = [
        said("lain@example.com", ReportAction::Relayed),
        said("rusak@example.com", ReportAction::Failed),
        said("pajak@example.com", ReportAction::Delivered),
    ];

    assert_eq!(said_of(&all, &to).unwrap().diagnostic, "pajak@example.com");
    assert_eq!(said_of(&all[..2], &to).unwrap().diagnostic, "rusak@example.com");
    assert_eq!(said_of(&[], &to), None);
}
