//! The acts on one letter: printed, taken to the post, collected, brought back, sent on another way, given up.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};

use super::{
    PATH,
    letter::{Told, draw},
    posting::day,
};
use crate::{
    app::{
        AppError,
        letters::{
            give_up::give_up,
            hand_out::{Collection, HandOver, Posting, hand_out},
            postal_return::{PostalReturn, record_postal_return},
            print::print_letter,
            redeliver::{NewWay, redeliver},
        },
    },
    domain::{ids::LetterId, names::Delivery},
    http::pages::frame::{
        Access, Flash, FormFaults, InPath, PAPER, Page, PageError, ProtectedForm, SECTION_HEAD, Staff, Typed,
        Visit, WORKS, page, pdf,
    },
};

pub(super) fn pages() -> Vec<Page> {
    let post = |id, path, access: Access, register| page(id, Method::POST, path, access, register);
    vec![
        post("print_letter_on_page", "/surat/{letter_id}/cetak", PAPER, || web::to(print)),
        post("post_letter_on_page", "/surat/{letter_id}/pos", PAPER, || web::to(posted)),
        post("hand_letter_over", "/surat/{letter_id}/serah", PAPER, || web::to(collected)),
        post("bring_letter_back", "/surat/{letter_id}/kempos", PAPER, || web::to(brought_back)),
        post("redirect_letter", "/surat/{letter_id}/kirim-ulang", WORKS, || web::to(redirected)),
        post("give_letter_up", "/surat/{letter_id}/hentikan", SECTION_HEAD, || web::to(given_up)),
    ]
}

/// Why a letter does not go on, when its fresh state says the rest. `None`: a page of its own says it.
pub(super) fn why_not(error: &AppError) -> Option<Flash> {
    let key = match error {
        AppError::GoesByEmail => "post.stop.email",
        AppError::NotPrintedYet => "post.stop.not_printed",
        AppError::HandedOutAlready => "post.stop.handed_out",
        AppError::NotPosted => "post.stop.not_posted",
        AppError::LetterEnded => "post.stop.ended",
        AppError::NeedsRedelivery => "post.stop.redelivery",
        AppError::NotFailed => "post.stop.not_failed",
        AppError::AddressSuppressed => "post.stop.suppressed",
        AppError::NoDecree => "post.stop.no_decree",
        AppError::LetterReplaced { number, .. } => {
            return Some(Flash::stopped("post.stop.replaced").with("nomor", number.clone()));
        }
        _ => return None,
    };
    Some(Flash::stopped(key))
}

/// A form that was opened: who sent it, about which letter.
struct Sent<'a> {
    staff: &'a Staff,
    id: LetterId,
    act: &'static str,
    typed: &'a Typed,
}

impl Sent<'_> {
    /// A field of the form: each begins with the name of its act.
    fn typed(&self, name: &str) -> &str {
        self.typed.get(&format!("{}-{name}", self.act))
    }

    fn path(&self) -> String {
        format!("{PATH}/{}", self.id)
    }

    async fn wrong(&self, faults: FormFaults) -> Result<HttpResponse, PageError> {
        let told = Told { act: self.act, typed: Some(self.typed), faults: faults.within(self.act) };
        draw(self.staff, StatusCode::UNPROCESSABLE_ENTITY, self.id, told).await
    }

    /// Leads back to the letter, or says beside the fields or above the fresh state why it was not done.
    async fn refused(&self, error: AppError) -> Result<HttpResponse, PageError> {
        if let AppError::Invalid(of_act) = &error {
            return self.wrong(FormFaults::told(self.staff, "post", of_act)).await;
        }
        match why_not(&error) {
            Some(flash) => self.staff.go_saying(&self.path(), &flash),
            None => Err(error.into()),
        }
    }

    async fn settled(&self, done: Result<(), AppError>, said: &str) -> Result<HttpResponse, PageError> {
        match done {
            Ok(()) => self.staff.go_saying(&self.path(), &Flash::done(said)),
            Err(error) => self.refused(error).await,
        }
    }
}

async fn print(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let sent = Sent { staff: &staff, id, act: "print", typed: &sent.typed };
    let mut faults = FormFaults::default();
    let Some(reason) = faults.line(&staff, "reason", sent.typed("reason")) else {
        return sent.wrong(faults).await;
    };
    match print_letter(staff.office(), staff.session(), id, &reason).await {
        Ok(printed) => Ok(pdf("surat.pdf", printed.pdf)),
        Err(error) => sent.refused(error).await,
    }
}

async fn posted(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let sent = Sent { staff: &staff, id, act: "post", typed: &sent.typed };
    let mut faults = FormFaults::default();
    let on = day(&staff, &mut faults, "posted_on", sent.typed("posted_on"));
    let tracking_number = sent.typed("tracking_number").parse().ok();
    if tracking_number.is_none() {
        faults.add("tracking_number", staff.say("post.e.tracking_number.shape", &[]));
    }
    let Some(tracking_number) = tracking_number.filter(|_| faults.is_empty()) else {
        return sent.wrong(faults).await;
    };
    let how = HandOver::Posted(Posting { on, tracking_number });
    sent.settled(hand_out(staff.office(), staff.session(), id, &how).await, "post.posted").await
}

async fn collected(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let sent = Sent { staff: &staff, id, act: "hand_over", typed: &sent.typed };
    let mut faults = FormFaults::default();
    let receipt_number =
        faults.line(&staff, "collector-receipt_number", sent.typed("collector-receipt_number"));
    let name = faults.line(&staff, "name", sent.typed("name"));
    let identity = sent.typed("identity").parse().ok();
    let last_four = sent.typed("last_four").parse().ok();
    if identity.is_none() {
        faults.add("identity", staff.say("post.e.identity.required", &[]));
    }
    if last_four.is_none() {
        faults.add("last_four", staff.say("post.e.last_four.shape", &[]));
    }
    if sent.typed("identity_seen").is_empty() {
        faults.add("identity_seen", staff.say("post.e.identity_seen.required", &[]));
    }
    let (Some(receipt_number), Some(name), Some(identity), Some(last_four), true) =
        (receipt_number, name, identity, last_four, faults.is_empty())
    else {
        return sent.wrong(faults).await;
    };
    let how = HandOver::Collected(Collection { receipt_number, name, identity, last_four });
    sent.settled(hand_out(staff.office(), staff.session(), id, &how).await, "post.collected").await
}

async fn brought_back(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let sent = Sent { staff: &staff, id, act: "bring_back", typed: &sent.typed };
    let mut faults = FormFaults::default();
    let on = day(&staff, &mut faults, "returned_on", sent.typed("returned_on"));
    let note = faults.optional_line(&staff, "note", sent.typed("note"));
    let reason = sent.typed("return_reason").parse().ok();
    if reason.is_none() {
        faults.add("return_reason", staff.say("post.e.return_reason.required", &[]));
    }
    let Some(reason) = reason.filter(|_| faults.is_empty()) else {
        return sent.wrong(faults).await;
    };
    let returned = PostalReturn { reason, on, note };
    let done = record_postal_return(staff.office(), staff.session(), id, &returned).await;
    sent.settled(done, "post.brought_back").await
}

async fn redirected(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let sent = Sent { staff: &staff, id, act: "redirect", typed: &sent.typed };
    let mut faults = FormFaults::default();
    let way = match sent.typed("way").parse() {
        Ok(Delivery::Post) => {
            let address = faults.optional_line(&staff, "address", sent.typed("address"));
            Some(NewWay::Post { address })
        }
        Ok(Delivery::Counter) => Some(NewWay::Counter),
        Ok(Delivery::Email) => Some(NewWay::Email),
        Err(_) => {
            faults.add("way", staff.say("post.e.way.required", &[]));
            None
        }
    };
    let reason = faults.line(&staff, "reason", sent.typed("reason"));
    let (Some(way), Some(reason), true) = (way, reason, faults.is_empty()) else {
        return sent.wrong(faults).await;
    };
    let done = redeliver(staff.office(), staff.session(), id, &way, &reason).await;
    sent.settled(done, "post.redirected").await
}

async fn given_up(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let sent = Sent { staff: &staff, id, act: "give_up", typed: &sent.typed };
    let mut faults = FormFaults::default();
    let Some(reason) = faults.line(&staff, "reason", sent.typed("reason")) else {
        return sent.wrong(faults).await;
    };
    sent.settled(give_up(staff.office(), staff.session(), id, &reason).await, "post.given_up").await
}
