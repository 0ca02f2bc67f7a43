use crate::support::{Answer, TestApp};

fn pdf(bytes: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.resize(bytes, b'x');
    pdf
}

const STORED: &str = "select count(*) from documents";
const CHUNKS: &str = "select count(*) from document_chunks";

#[tokio::test]
async fn a_document_is_judged_by_its_content_and_stored_sealed() {
    TestApp::run(|app| async move {
        let token = app.proves_address("a@example.com").await;

        let stored = app.uploads(&token, "../ktp.exe", pdf(600_000)).await.expect(201);

        assert_eq!(stored["media_type"], "application/pdf");
        assert_eq!(stored["file_name"], "ktp.exe");
        assert_eq!(stored["byte_count"], 600_000);
        assert_eq!(app.count(CHUNKS).await, 3);
        assert_eq!(
            app.count("select count(*) from document_chunks where position('xxxx'::bytea in sealed) > 0")
                .await,
            0
        );
        app.uploads(&token, "a.pdf", b"MZ executable".to_vec())
            .await
            .is_problem(415, "unsupported-media-type");
        app.uploads(&token, "a.pdf", Vec::new()).await.is_problem(415, "unsupported-media-type");
        app.uploads("prf_unknown", "a.pdf", pdf(20)).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn a_document_that_is_too_large_leaves_nothing() {
    TestApp::run(|app| async move {
        let token = app.proves_address("a@example.com").await;
        app.uploads(&token, "a.pdf", pdf(5 * 1024 * 1024)).await.expect(201);

        let refused = app.uploads(&token, "a.pdf", pdf(5 * 1024 * 1024 + 1)).await;

        refused.is_problem(413, "too-large");
        assert_eq!(refused.json["limit_bytes"], 5 * 1024 * 1024);
        assert_eq!(app.count(STORED).await, 1);
    })
    .await;
}

#[tokio::test]
async fn uploads_at_once_cannot_exceed_the_limit_of_their_owner() {
    TestApp::run(|app| async move {
        let token = app.proves_address("a@example.com").await;
        for _ in 0..9 {
            app.uploads(&token, "a.pdf", pdf(20)).await.expect(201);
        }

        let both =
            futures_util::join!(app.uploads(&token, "b.pdf", pdf(20)), app.uploads(&token, "c.pdf", pdf(20)));

        let mut statuses = [both.0.status, both.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
        assert_eq!(app.count(STORED).await, 10);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_leaves_nothing() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    TestApp::run(|app| async move {
        let token = app.proves_address("a@example.com").await;
        let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
        let head = format!(
            "POST /api/v1/documents?kind=sppkp&file_name=a.pdf HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 400000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&pdf(300_000)).await.unwrap();
        stream.shutdown().await.unwrap();
        // Ends when the server has dealt with the broken-off request.
        let _ = stream.read_to_end(&mut Vec::new()).await;

        app.uploads(&token, "b.pdf", pdf(20)).await.expect(201);
        assert_eq!(app.count(STORED).await, 1);
        assert_eq!(app.count(CHUNKS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn only_the_owner_throws_an_unused_document_away() {
    TestApp::run(|app| async move {
        let owner = app.proves_address("a@example.com").await;
        let other = app.proves_address("b@example.com").await;
        let id = app.uploads(&owner, "a.pdf", pdf(20)).await.expect(201)["id"].as_str().unwrap().to_owned();
        let discard = |token: &str| {
            Answer::of(app.client.delete(app.url(&format!("/documents/{id}"))).bearer_auth(token))
        };

        discard(&other).await.is_problem(404, "not-found");
        assert_eq!(discard(&owner).await.status, 204);
        assert_eq!(app.count(CHUNKS).await, 0);
        discard(&owner).await.is_problem(404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn only_the_counter_uploads_among_staff() {
    TestApp::run(|app| async move {
        let counter = app.signs_in("tpt").await;
        let head = app.signs_in("kasi").await;

        app.uploads(&counter, "a.pdf", pdf(20)).await.expect(201);
        app.uploads(&head, "a.pdf", pdf(20)).await.is_problem(403, "forbidden");
    })
    .await;
}
