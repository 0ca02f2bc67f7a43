//! What the queue is narrowed by, as it stands in an address: words of the closed lists and ids of staff only.

use serde::Serialize;

use crate::{
    app::{
        officer_desk::queue::Narrowed,
        views::list_requests::{InHandOf, Page, Wanted, read_cursor},
    },
    domain::{names::Kind, office::OfficeCode, state::StateName, working_days::Threshold},
    http::pages::frame::Typed,
};

pub const PATH: &str = "/antrean";
const ME: &str = "saya";

/// The filters of the queue. What is not on a list is no filter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filters {
    /// One of several offices that this person sees.
    pub office: Option<OfficeCode>,
    pub kind: Option<Kind>,
    pub state: Option<StateName>,
    pub threshold: Option<Threshold>,
    pub officer: Option<InHandOf>,
}

impl Filters {
    pub fn read(asked: &Typed) -> Self {
        Self {
            office: asked.get("kantor").parse().ok(),
            kind: asked.get("jenis").parse().ok(),
            state: asked.get("keadaan").parse().ok().filter(|state| is_open(*state)),
            threshold: Threshold::parse(asked.get("batas")),
            officer: match asked.get("petugas") {
                ME => Some(InHandOf::Me),
                id => id.parse().ok().map(InHandOf::Officer),
            },
        }
    }

    /// Reads a part of an address that [`Self::query`] made.
    pub fn of_query(query: &str) -> Self {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self::read(&Typed(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }

    pub fn wanted(self, after: &str) -> Wanted {
        Wanted {
            office: self.office,
            kind: self.kind,
            state: self.state,
            threshold: self.threshold,
            officer: self.officer,
            receipt_number: None,
            page: Page { after: read_cursor(after), ..Page::default() },
        }
    }

    pub fn narrowed(self) -> Narrowed {
        Narrowed { kind: self.kind, state: self.state, threshold: self.threshold, officer: self.officer }
    }

    /// As it stands in an address; empty without a filter.
    pub fn query(self) -> String {
        let named = self.named();
        let parts = [
            ("kantor", named.kantor.as_str()),
            ("batas", named.batas),
            ("jenis", named.jenis),
            ("keadaan", named.keadaan),
            ("petugas", &named.petugas),
        ];
        let set = parts.iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    pub fn path(self) -> String {
        match self.query() {
            query if query.is_empty() => PATH.to_owned(),
            query => format!("{PATH}?{query}"),
        }
    }

    pub fn named(self) -> Named {
        Named {
            kantor: self.office.map(|code| code.to_string()).unwrap_or_default(),
            batas: self.threshold.map_or("", Threshold::as_str),
            jenis: self.kind.map_or("", Kind::as_str),
            keadaan: self.state.map_or("", StateName::as_str),
            petugas: match self.officer {
                None => String::new(),
                Some(InHandOf::Me) => ME.to_owned(),
                Some(InHandOf::Officer(id)) => id.to_string(),
            },
        }
    }
}

/// The filters by the names of their fields.
#[derive(Debug, Serialize)]
pub struct Named {
    pub kantor: String,
    pub batas: &'static str,
    pub jenis: &'static str,
    pub keadaan: &'static str,
    pub petugas: String,
}

/// States that the queue shows.
pub const OPEN: [StateName; 4] =
    [StateName::Received, StateName::Examining, StateName::Drafted, StateName::Incomplete];

fn is_open(state: StateName) -> bool {
    OPEN.contains(&state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_survive_in_the_address() {
        let query = "kantor=031&batas=due_today&jenis=reprint&keadaan=examining&petugas=saya";
        assert_eq!(Filters::of_query(query).query(), query);
        assert_eq!(Filters::of_query(query).path(), format!("/antrean?{query}"));
        assert_eq!(Filters::default().path(), "/antrean");
    }

    #[test]
    fn what_is_not_on_a_list_is_no_filter() {
        for query in ["jenis=<b>", "keadaan=issued", "batas=besok", "petugas=../x", "halaman=3", "jenis"] {
            assert_eq!(Filters::of_query(query).query(), "", "{query}");
        }
    }
}
