//! `aktivasi health --url URL`: for the health check of a container, which has no curl.

use std::time::Duration;

use super::Failure;

/// Succeeds when a GET of the address is answered with 2xx within five seconds.
pub async fn run(url: &str) -> Result<(), Failure> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .no_proxy()
        .build()
        .map_err(|error| Failure::new(format!("no HTTP client can be made: {error}")))?;
    let answer = client
        .get(url)
        .send()
        .await
        .map_err(|error| Failure::new(format!("{url} does not answer: {}", error.without_url())))?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{url} answers {}", answer.status())))
    }
}
