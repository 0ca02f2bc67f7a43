//! Whether an address can be one at all, as far as the DNS says.

use super::Office;
use crate::{domain::email_address::EmailAddress, mail::Takes};

/// Whether the domain of an address takes no mail. Only a clear answer counts: when nobody may be asked, or nobody
/// answers in time, every domain takes mail.
pub async fn takes_no_mail(office: &Office, email: &EmailAddress) -> bool {
    let Some(domains) = office.mail_domains.clone() else { return false };
    let domain = email.domain().to_owned();
    // On the runtime of the acts: the connections to name servers live as long as it does.
    let asked = office.see_through(async move { Ok(domains.takes(&domain).await) }).await;
    matches!(asked, Ok(Takes::NoMail))
}
