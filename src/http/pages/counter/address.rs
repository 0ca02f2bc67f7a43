//! The address of a filer at the counter. A code goes to it, they read it out from their phone, and the form carries the
//! proof from press to press; what was proven for one address counts for no other.

use serde::Serialize;

use crate::{
    app::{
        AppError,
        email_proof::{confirm_email_proof, request_email_proof},
        limits::CallerAddress,
    },
    domain::{email_address::EmailAddress, ids::ProofId},
    http::pages::{
        email_doubt::EmailDoubt,
        frame::{FormFaults, PageError, Staff, Typed, seconds},
        said::email_fault,
    },
};

#[derive(Default, Serialize)]
pub(super) struct Address {
    /// The proof whose code was sent.
    asked: Option<ProofId>,
    /// The token of the proven address.
    token: Option<String>,
    doubt: EmailDoubt,
    #[serde(skip)]
    email: String,
}

impl Address {
    pub(super) fn of(typed: &Typed) -> Self {
        let email = typed.get("email").to_owned();
        if email.is_empty() || !email.eq_ignore_ascii_case(typed.get("proof_email")) {
            return Self { email, ..Self::default() };
        }
        let token = Some(typed.get("proof_token")).filter(|token| !token.is_empty()).map(str::to_owned);
        Self { asked: typed.get("proof").parse().ok(), token, email, doubt: EmailDoubt::default() }
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A code was sent and not read out yet.
    pub(super) fn waits(&self) -> bool {
        self.asked.is_some() && self.token.is_none()
    }

    /// The proof is over: another code has to be sent.
    pub(super) fn forget(&mut self) {
        self.asked = None;
        self.token = None;
    }

    /// Sends a code. A doubtful address is told beside it: the code that comes, or does not, decides.
    pub(super) async fn send_code(
        &mut self,
        staff: &Staff,
        from: CallerAddress,
        faults: &mut FormFaults,
    ) -> Result<(), PageError> {
        let address = match self.email.parse::<EmailAddress>() {
            Ok(address) => address,
            Err(error) => {
                faults.add("email", staff.say(email_fault(error), &[]));
                return Ok(());
            }
        };
        let office = staff.who().colleague.office.map(|code| code.as_str().to_owned()).unwrap_or_default();
        let session = Some(staff.session());
        match request_email_proof(staff.office(), &self.email, &office, session, from).await {
            Ok(asked) => self.asked = Some(asked.proof),
            Err(AppError::TooManyAttempts { retry_after }) => {
                faults.add("email", staff.say("e.email_code.wait", &[("n", &seconds(retry_after))]));
            }
            Err(error) => return Err(error.into()),
        }
        self.doubt = EmailDoubt::of(staff, &address).await;
        Ok(())
    }

    /// Tries the code that was read out.
    pub(super) async fn try_code(
        &mut self,
        staff: &Staff,
        code: &str,
        faults: &mut FormFaults,
    ) -> Result<(), PageError> {
        let Some(asked) = self.asked.filter(|_| self.token.is_none()) else { return Ok(()) };
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let said = match confirm_email_proof(staff.office(), asked, &digits).await {
            Ok(proven) => {
                self.token = Some(proven.token);
                return Ok(());
            }
            Err(AppError::WrongProofCode) => staff.say("filing.code.wrong", &[]),
            Err(AppError::NotFound(_)) => staff.say("e.email_code.expired", &[]),
            Err(AppError::TooManyAttempts { retry_after }) => {
                staff.say("sign_in.wait", &[("n", &seconds(retry_after))])
            }
            Err(error) => return Err(error.into()),
        };
        faults.add("code", said);
        Ok(())
    }
}
