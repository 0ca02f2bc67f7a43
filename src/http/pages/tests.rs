use actix_web::{ResponseError, http::StatusCode};

use super::trouble::Trouble;
use crate::domain::credential::LinkState;

#[test]
fn every_trouble_is_a_page_that_says_what_to_do() {
    let states = [LinkState::Open, LinkState::Revealed, LinkState::Closed, LinkState::Expired];
    let troubles = [
        Trouble::Unknown,
        Trouble::WrongForm,
        Trouble::TooOften { seconds: 4 },
        Trouble::Unavailable,
        Trouble::Broken,
    ];
    for trouble in troubles.into_iter().chain(states.map(Trouble::Ended)) {
        let response = trouble.error_response();
        assert_eq!(response.status(), trouble.status_code());
        assert_ne!(response.status(), StatusCode::OK);
        let page = actix_web::body::MessageBody::try_into_bytes(response.into_body()).unwrap();
        assert!(String::from_utf8_lossy(&page).contains("Yang dapat Anda lakukan"), "{trouble:?}");
    }
}
