//! Filters of the queue that a person keeps under a name.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    InPath,
    filters::{Filters, PATH},
    queue::{Asides, draw},
};
use crate::{
    app::{
        AppError,
        officer_desk::saved_views::{delete_view, save_view},
    },
    http::pages::frame::{Flash, FormFaults, Page, PageError, ProtectedForm, Typed, Visit, WORKS, page},
    store::desk::SavedView,
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("save_queue_view", Method::POST, "/antrean/tampilan", WORKS, || web::to(save)),
        page("delete_queue_view", Method::POST, "/antrean/tampilan/{view}/hapus", WORKS, || web::to(delete)),
    ]
}

async fn save(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let filters = Filters::of_query(sent.typed.get("query"));
    let name = sent.typed.get("name");
    if filters.query().is_empty() {
        return staff.go_saying(PATH, &Flash::note("views.nothing_to_save"));
    }
    match save_view(staff.office(), staff.session(), name, &filters.query()).await {
        Ok(()) => staff.go_saying(&filters.path(), &Flash::done("views.saved").with("nama", name)),
        Err(AppError::Invalid(faults)) => {
            let asides =
                Asides { faults: FormFaults::told(&staff, "desk", &faults), name, ..Asides::default() };
            draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, filters, "", asides).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn delete(
    visit: Visit,
    InPath(id): InPath<Uuid>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _) = form.from_staff(&visit)?;
    delete_view(staff.office(), staff.session(), id).await?;
    staff.go_saying(PATH, &Flash::done("views.deleted"))
}

/// A saved view as the page shows it.
#[derive(Serialize)]
pub struct View {
    id: String,
    name: String,
    href: String,
    current: bool,
}

pub fn shown(views: &[SavedView], query: &str) -> Vec<View> {
    views
        .iter()
        .map(|view| View {
            id: view.id.to_string(),
            name: view.name.clone(),
            href: Filters::of_query(&view.query).path(),
            current: view.query == query,
        })
        .collect()
}
