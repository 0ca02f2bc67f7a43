//! The pages of other systems in a real browser: pictures of them, and what axe says.

use crate::{browser::Browser, clients::a_client_with_keys, support::TestApp};

#[tokio::test]
async fn other_systems_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        let (client, thumbprint) = a_client_with_keys(&app, 3).await;
        let one = format!("/operator/klien/{client}");
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("pusat", "Pekerjaan").await;
        browser.opens("/operator/klien").await;
        browser.is_pictured("clients").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens(&one).await;
        browser.is_pictured("client").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens(&format!("{one}/kunci/{thumbprint}")).await;
        browser.is_pictured("client-retire").await;
        browser.is_accessible().await;
        browser.opens("/operator/klien/baru").await;
        browser.types("Kunci publik", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5").await;
        browser.presses("Daftarkan sistem").await;
        browser.sees("isian yang perlu diperbaiki").await;
        browser.is_pictured("client-faults").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.types("Nama sistem", "Portal DJP").await;
        browser.presses("Kode Aktivasi Desktop").await;
        browser
            .types(
                "Kunci publik",
                r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            )
            .await;
        browser.presses("Daftarkan sistem").await;
        browser.sees("Portal DJP sudah terdaftar.").await;
        browser.sees("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
