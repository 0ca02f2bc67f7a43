//! A domain that takes no mail is doubted, and only doubted.

use std::time::{Duration, Instant};

use aktivasi::mail::{MailDomains, Takes};

use crate::{
    browser::Browser,
    dns_peer::DnsPeer,
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

const PATH: &str = "/ajukan/mulai/belum-punya";
const PROOFS: &str = "select count(*) from email_proofs";

fn asking(peer: &DnsPeer, timeout: Duration) -> MailDomains {
    MailDomains::new(&[peer.address()], timeout).unwrap()
}

#[tokio::test]
async fn a_domain_takes_no_mail_only_when_the_dns_says_so_clearly() {
    let peer = DnsPeer::start().await;
    let domains = asking(&peer, Duration::from_secs(10));
    for (domain, takes) in [
        ("menerima.co.id", Takes::Mail),
        ("tanpa-mx.co.id", Takes::Mail),
        ("enam.co.id", Takes::Mail),
        ("menolak.co.id", Takes::NoMail),
        ("kosong.co.id", Takes::NoMail),
        ("tidak-ada.co.id", Takes::NoMail),
        ("rusak.co.id", Takes::Unknown),
    ] {
        assert_eq!(domains.takes(domain).await, takes, "{domain}");
        assert_eq!(domains.takes(domain).await, takes, "{domain}, remembered");
    }
}

#[tokio::test]
async fn a_name_server_that_does_not_answer_costs_no_more_than_the_timeout() {
    let peer = DnsPeer::start().await;
    let domains = asking(&peer, Duration::from_secs(1));
    let began = Instant::now();
    assert_eq!(domains.takes("diam.co.id").await, Takes::Unknown);
    assert!(began.elapsed() < Duration::from_secs(8));

    let gone = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let domains = MailDomains::new(&[gone], Duration::from_secs(1)).unwrap();
    assert_eq!(domains.takes("menerima.co.id").await, Takes::Unknown);
}

async fn types(visitor: &Visitor<'_>, page: &Seen, email: &str, more: &[(&str, &str)]) -> Seen {
    let mut fields = vec![("office_code", "031"), ("email", email), ("email_repeat", email)];
    fields.extend(more);
    visitor.sends(page, PATH, &fields).await
}

#[tokio::test]
async fn who_types_an_address_without_mail_is_asked_once_and_goes_on_in_one_press() {
    let peer = DnsPeer::start().await;
    TestApp::run_as(
        |office| office.asking(asking(&peer, Duration::from_secs(10))),
        |app| async move {
            story::prepare(&app).await;
            let visitor = Visitor::new(&app);
            let page = visitor.opens(PATH).await.expect(200);
            let doubted = types(&visitor, &page, "budi@menolak.co.id", &[]).await.expect(422);
            assert!(
                doubted.says("Domain menolak.co.id tampaknya tidak menerima email."),
                "{}",
                doubted.text()
            );
            assert!(doubted.html.contains("value=\"budi@menolak.co.id\""), "nothing typed is lost");
            assert!(doubted.html.contains("<option value=\"031\" selected>"));
            assert_eq!(app.count(PROOFS).await, 0);

            let right = types(&visitor, &doubted, "budi@menerima.co.id", &[]).await.expect(200);
            assert!(right.path.starts_with(&format!("{PATH}/kode/")), "{}", right.path);

            let kept =
                types(&visitor, &doubted, "budi@menolak.co.id", &[("keep", "budi@menolak.co.id")]).await;
            assert!(kept.expect(200).path.starts_with(&format!("{PATH}/kode/")));
            // Who corrects it to another one without mail is asked again.
            let keep = [("keep", "budi@menolak.co.id")];
            let other = types(&visitor, &doubted, "budi@tidak-ada.co.id", &keep).await.expect(422);
            assert!(other.says("Domain tidak-ada.co.id"), "{}", other.text());
            let broken = types(&visitor, &doubted, "budi@rusak.co.id", &[]).await.expect(200);
            assert!(
                broken.path.starts_with(&format!("{PATH}/kode/")),
                "nobody is stopped by a broken name server"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn the_doubt_is_accessible_and_fits_every_screen() {
    let peer = DnsPeer::start().await;
    TestApp::run_as(
        |office| office.asking(asking(&peer, Duration::from_secs(10))),
        |app| async move {
            story::prepare(&app).await;
            let browser = Browser::start(&app.page("")).await;
            browser.opens(PATH).await;
            browser.chooses("Ditujukan kepada Kepala KPP", "KPP Pratama Jakarta Palmerah (031)").await;
            browser.types("Alamat email", "budi@menolak.co.id").await;
            browser.types("Ketik sekali lagi alamat email", "budi@menolak.co.id").await;
            browser.presses("Kirim kode").await;
            browser.sees("Domain menolak.co.id tampaknya tidak menerima email.").await;
            browser.is_pictured("email-no-mail").await;
            browser.fits_every_width().await;
            browser.is_accessible().await;
            browser.presses("Alamat sudah benar, kirim kode").await;
            browser.sees("Kode bukti email").await;
            browser.close().await;
        },
    )
    .await;
}
