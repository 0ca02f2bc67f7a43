//! The icons of the pages: our own, drawn on 20 by 20, in the colour of the text.

/// `(name, drawing)`.
const ICONS: [(&str, &str); 23] = [
    (
        "overdue",
        r#"<path class="f" d="M6.4 1.6h7.2l4.8 4.8v7.2l-4.8 4.8H6.4l-4.8-4.8V6.4z"/><path class="k" d="M10 5.6v5.4M10 14.2v.1"/>"#,
    ),
    (
        "due_today",
        r#"<path class="f" d="M10 2.2 18.6 17.4H1.4z"/><path class="k" d="M10 7.6v4.6M10 14.8v.1"/>"#,
    ),
    (
        "due_tomorrow",
        r#"<circle cx="10" cy="10" r="7.2"/><path class="f" d="M10 2.8a7.2 7.2 0 0 1 0 14.4z"/>"#,
    ),
    ("on_track", r#"<circle cx="10" cy="10" r="7.2"/><path d="M6.8 10.2l2.2 2.2 4.2-4.6"/>"#),
    ("no_calendar", r#"<circle cx="10" cy="10" r="7.2" stroke-dasharray="3 2.4"/>"#),
    ("tick", r#"<path d="m4 10.5 4 4 8-9"/>"#),
    ("cross", r#"<path d="m5 5 10 10M15 5 5 15"/>"#),
    ("info", r#"<circle cx="10" cy="10" r="7.2"/><path d="M10 9.2v4.6M10 6.4v.1"/>"#),
    (
        "question",
        r#"<circle cx="10" cy="10" r="7.2"/><path d="M7.8 8a2.2 2.2 0 1 1 3.3 2c-.8.4-1.1.8-1.1 1.6M10 14v.1"/>"#,
    ),
    ("document", r#"<path d="M4.5 2h7l4 4v12h-11z"/><path d="M11.5 2v4h4"/>"#),
    ("search", r#"<circle cx="8.6" cy="8.6" r="5.4"/><path d="m12.6 12.6 4.6 4.6"/>"#),
    ("lock", r#"<rect x="4.5" y="9" width="11" height="8" rx="1.5"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>"#),
    ("mail", r#"<rect x="2.5" y="4.5" width="15" height="11" rx="1.5"/><path d="m3 5.5 7 5.5 7-5.5"/>"#),
    (
        "print",
        r#"<path d="M6 7V2.8h8V7M6 14.5H3.5V7h13v7.5H14"/><rect x="6" y="11.5" width="8" height="5.7"/>"#,
    ),
    (
        "person",
        r#"<circle cx="10" cy="6.5" r="3.4"/><path d="M3.5 17.2c.6-3.6 3.2-5.2 6.5-5.2s5.9 1.6 6.5 5.2"/>"#,
    ),
    ("upload", r#"<path d="M10 13.5V3M6 6.8 10 3l4 3.8M3.5 13v4h13v-4"/>"#),
    ("clock", r#"<circle cx="10" cy="10" r="7.2"/><path d="M10 5.8V10l3 2"/>"#),
    ("key", r#"<circle cx="6.5" cy="13.5" r="3.5"/><path d="M9 11 16.5 3.5M13.5 6.5l2.5 2.5"/>"#),
    (
        "both",
        r#"<circle cx="6" cy="7" r="3"/><path d="M8.2 9.1 12 13m-1.6-1.6-1.6 1.6M12 4.5h5.5v4H12zM3 14h5v3.5H3zM12 4.8l2.8 2 2.7-2"/>"#,
    ),
    ("move", r#"<path d="M2.5 6.5h13M12 3l3.5 3.5L12 10M17.5 13.5h-13M8 10l-3.5 3.5L8 17"/>"#),
    ("back", r#"<path d="M12.5 4 6.5 10l6 6"/>"#),
    ("next", r#"<path d="m7.5 4 6 6-6 6"/>"#),
    (
        "keyboard",
        r#"<rect x="1.8" y="5" width="16.4" height="10" rx="1.5"/><path d="M5 8.2v.1M8.3 8.2v.1M11.7 8.2v.1M15 8.2v.1M6.5 11.8h7"/>"#,
    ),
];

/// The drawing of an icon. With a label it is a picture with words; without, the words stand beside it.
pub fn svg(name: &str, label: Option<&str>) -> Option<String> {
    let (_, drawing) = ICONS.iter().find(|(known, _)| *known == name)?;
    let meaning = match label {
        Some(label) => format!(r#"role="img" aria-label="{}""#, super::templates::escape(label)),
        None => r#"aria-hidden="true""#.to_owned(),
    };
    Some(format!(r#"<svg class="ak-ico" viewBox="0 0 20 20" {meaning}>{drawing}</svg>"#))
}
