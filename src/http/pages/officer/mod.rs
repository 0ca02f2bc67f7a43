//! Pages of those who examine requests.

use super::frame::Page;

pub const TEMPLATES: &[(&str, &str)] = &[];

pub fn pages() -> Vec<Page> {
    Vec::new()
}
