//! Faults of the rows of a file: told on the command line in English, elsewhere in the words of the catalogue.

/// What a message begins with, and the key of its words.
const KNOWN: [(&str, &str); 43] = [
    ("the file is empty", "op.row.no_header"),
    ("the file cannot be read", "op.row.unreadable"),
    ("is missing in the header", "op.row.column_missing"),
    ("stands twice in the header", "op.row.column_twice"),
    ("is not a column of this file", "op.row.column_unknown"),
    ("contains a line break", "op.row.line_break"),
    ("is not UTF-8", "op.row.utf8"),
    ("is empty although a report", "op.row.case"),
    ("is empty", "op.row.empty"),
    ("is not a date that exists", "op.row.date"),
    ("must be one of", "op.row.one_of"),
    ("must be the last four", "op.row.last_four"),
    ("stands already in row", "op.row.twice"),
    ("the same number stands already", "op.row.twice"),
    ("the same person stands already", "op.row.twice"),
    ("is not an office code", "op.row.office"),
    ("office ", "op.row.office_unknown"),
    ("at least one of npwp15", "op.row.no_number"),
    ("begins with 0 but", "op.row.npwp16"),
    ("is not the NIK", "op.row.npwp16"),
    ("does not begin with the digits", "op.row.nitku"),
    ("only a person has a NIK", "op.row.nik"),
    ("the report of the evidence must", "op.row.report"),
    ("holds a number of the kind", "op.row.number"),
    ("is not an identity number", "op.row.number"),
    ("the e-mail address", "op.row.email"),
    ("the part ", "op.row.email"),
    ("its numbers belong to different", "op.row.two_taxpayers"),
    ("row ", "op.row.same_taxpayer"),
    ("the registry knows no taxpayer", "op.row.unknown_taxpayer"),
    ("is not a calendar file", "op.row.not_ics"),
    ("the file is empty: it holds no event", "op.row.no_event"),
    ("repeats are not read", "op.row.repeats"),
    ("is missing in the event", "op.row.missing"),
    ("must be whole days", "op.row.duration"),
    ("must be after the first day", "op.row.dtend"),
    ("must be a whole day", "op.row.whole_day"),
    ("is longer than 150", "op.row.long_name"),
    ("lies before the first day", "op.row.before_start"),
    ("hours are written", "op.row.hours"),
    ("a block ends after", "op.row.hours_order"),
    ("a day has at most", "op.row.hours_many"),
    ("nothing is known before", "op.row.known_on"),
];

/// The key of the words for a fault, when there are some.
pub fn words_of(message: &str) -> Option<&'static str> {
    let known = KNOWN.iter().filter(|(begin, _)| message.starts_with(begin));
    known.max_by_key(|(begin, _)| begin.len()).map(|(_, key)| *key)
}
