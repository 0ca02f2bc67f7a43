//! What is printed when the demonstration is ready.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use secrecy::ExposeSecret;

use super::{Place, staff};
use crate::admin::Failure;

/// Addresses, log-ins, a walk in `curl`, and the line that says it is ready.
pub(super) fn print(
    place: &Place,
    service: &SocketAddr,
    inbox: &SocketAddr,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let logins = staff::read(&place.staff_file())?;
    writeln!(out, "\nService   http://{service}      contract: http://{service}/docs")?;
    writeln!(out, "Inbox     http://{inbox}      every e-mail of the service ends up here")?;
    writeln!(out, "\nLog-ins   (kept in {})", place.staff_file().display())?;
    for login in &logins {
        writeln!(out, "  {:<12} {}", login.username, login.password.expose_secret())?;
    }
    walk(service, inbox, place, out)?;
    writeln!(out, "READY http://{service}")?;
    Ok(out.flush()?)
}

fn walk(service: &SocketAddr, inbox: &SocketAddr, place: &Place, out: &mut impl Write) -> io::Result<()> {
    let staff = place.staff_file();
    let staff = staff.display();
    writeln!(
        out,
        r#"
A walk with curl and jq: paste it into another terminal (make demo-walk plays it for all four kinds).

  API=http://{service}/api/v1 INBOX=http://{inbox}/api
  say() {{ curl -sS --fail-with-body -H 'Content-Type: application/json' "$@"; }}
  mail() {{ curl -sS $INBOX/messages | jq -r "[.messages[] | select(.subject | test(\"$1\"))][0]"; }}
  # 1. Prove an address: a code arrives in the inbox.
  PROOF=$(say $API/email-proofs -d '{{"email":"pajak.tirtaloka@example.com","office_code":"031"}}' | jq -r .proof_id)
  sleep 2; CODE=$(mail "(?i)kode" | jq -r .text | grep -oE '\b[0-9]{{6}}\b' | head -n 1)
  PRF=$(say $API/email-proofs/$PROOF/confirmation -d "{{\"code\":\"$CODE\"}}" | jq -r .token)
  # 2. Documents and the request.
  printf '%%PDF-1.4\n%%%%EOF\n' > /tmp/surat.pdf
  up() {{ curl -sS --fail-with-body -H "Authorization: Bearer $PRF" -H 'Content-Type: application/pdf' --data-binary @/tmp/surat.pdf "$API/documents?kind=$1&file_name=$1.pdf" | jq -r .id; }}
  LETTER=$(up application_letter) CARD=$(up identity_card)
  RECEIPT=$(say $API/requests -H "Authorization: Bearer $PRF" -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" -d "{FORM}")
  echo "$RECEIPT" | jq .; ID=$(echo "$RECEIPT" | jq -r .request_id)
  # 3. The officer claims and drafts, the section head signs.
  login() {{ say $API/sessions -d "$(awk -F'\t' -v u=$1 '$1==u{{printf "{{\"username\":\"%s\",\"password\":\"%s\"}}",$1,$2}}' {staff})" | jq -r .access_token; }}
  OFFICER=$(login khusus.031) HEAD=$(login kasi.031)
  say $API/requests/$ID/claim -H "Authorization: Bearer $OFFICER" -d '{{}}' | jq .state
  say $API/requests/$ID/draft -H "Authorization: Bearer $OFFICER" -d '{{"decision":"grant","reasons":[]}}' | jq .state
  DIGEST=$(say $API/requests/$ID -H "Authorization: Bearer $HEAD" | jq -r .draft.digest)
  say $API/requests/$ID/signature -H "Authorization: Bearer $HEAD" -H "If-Match: \"$DIGEST\"" -d '{{}}' | jq .state
  # 4. The letter, in the inbox: http://{inbox}
"#
    )
}

/// The sample PKP of office 031, who has no pair yet; escaped for double quotes of the shell.
const FORM: &str = r#"{\"kind\":\"new_credentials\",\"office_code\":\"031\",\"tax_id\":\"99.999.134.2-031.000\",\"pkp_name\":\"CV Tirtaloka Semburat Jaya\",\"pkp_address\":\"Jl. Percobaan Cendana No. 13, RT 003/RW 003, Jakarta Barat\",\"letter\":{\"number\":\"001/DEMO/2026\",\"place\":\"Jakarta\",\"date\":\"$(date +%F)\"},\"signer\":{\"name\":\"Wisnu Mandalika\",\"position\":\"Direktur Utama\",\"capacity\":\"pengurus\"},\"email\":\"pajak.tirtaloka@example.com\",\"documents\":[\"$LETTER\",\"$CARD\"],\"cannot_supply\":[]}"#;
