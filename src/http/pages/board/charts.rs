//! Charts as drawings inside the page: made on the server, styled by classes. Each is drawn twice, for a wide and for a narrow
//! window, so that its words keep their size; the page shows the same numbers in a table.

use std::fmt::Write as _;

use minijinja::Value;
use serde::Serialize;

use crate::http::pages::frame::escape;

/// A chart in its two widths.
#[derive(Serialize)]
pub struct Chart {
    wide: Value,
    narrow: Value,
}

impl Chart {
    fn drawn(said: &str, draw: impl Fn(&mut Drawing)) -> Self {
        let one = |width, labels| {
            let mut drawing = Drawing { svg: String::new(), width, labels };
            draw(&mut drawing);
            let svg = format!(
                r#"<svg class="ak-chart" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{}">{}</svg>"#,
                escape(said),
                drawing.svg
            );
            Value::from_safe_string(svg)
        };
        Self { wide: one(560.0, 10), narrow: one(318.0, 4) }
    }
}

const HEIGHT: f64 = 220.0;
const BOTTOM: f64 = 190.0;
const TOP: f64 = 24.0;
const LEFT: f64 = 40.0;

struct Drawing {
    svg: String,
    width: f64,
    /// Labels that have room under the axis.
    labels: usize,
}

impl Drawing {
    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.svg.write_fmt(part);
    }

    fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: &str, words: &str) {
        let words = escape(words);
        self.add(format_args!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{words}</text>"#
        ));
    }

    /// A line of the grid with what it stands for.
    fn level(&mut self, y: f64, right: f64, words: &str) {
        self.add(format_args!(r#"<path class="gr" d="M{LEFT} {y:.1}H{right:.1}"/>"#));
        self.text("", (LEFT - 6.0, y + 4.0), "end", words);
    }
}

/// Where one of `n` columns stands.
fn column(index: usize, n: usize, right: f64) -> f64 {
    LEFT + (right - LEFT) * float(index) / float(n.saturating_sub(1).max(1))
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few columns")]
fn float(n: usize) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts of letters fit a float exactly")]
fn height(n: i64) -> f64 {
    n as f64
}

/// A round number that is not below any value, and at least 4.
fn ceiling(values: impl Iterator<Item = i64>) -> i64 {
    let most = values.max().unwrap_or(0).max(4);
    let mut step = 1;
    loop {
        for times in [4, 8, 20, 40] {
            if times * step >= most {
                return times * step;
            }
        }
        step *= 10;
    }
}

/// Two rows of counts over the same days; the first solid with round points, the second dashed with square ones.
pub fn two_lines(said: &str, labels: &[String], rows: &[(&str, Vec<i64>); 2]) -> Chart {
    let most = ceiling(rows.iter().flat_map(|(_, counts)| counts.iter().copied()));
    let n = labels.len();
    Chart::drawn(said, |drawing| {
        let right = drawing.width - 96.0;
        let y = |count: i64| BOTTOM - (BOTTOM - TOP) * height(count) / height(most);
        for quarter in 0..=4 {
            drawing.level(y(most * quarter / 4), right, &(most * quarter / 4).to_string());
        }
        let every = n.div_ceil(drawing.labels).max(1);
        for (index, label) in labels.iter().enumerate() {
            // The last day is always named; a label that would touch it is not.
            let last = n - 1 - index;
            if last.is_multiple_of(every) {
                drawing.text("", (column(index, n, right), BOTTOM + 20.0), "middle", label);
            }
        }
        let ends = rows.each_ref().map(|(_, counts)| y(counts.last().copied().unwrap_or(0)) + 4.0);
        let apart = if (ends[0] - ends[1]).abs() < 16.0 { 8.0 } else { 0.0 };
        let upper = usize::from(ends[1] < ends[0]);
        for (which, (name, counts)) in rows.iter().enumerate() {
            let points: Vec<(f64, f64)> = counts
                .iter()
                .enumerate()
                .map(|(index, &count)| (column(index, n, right), y(count)))
                .collect();
            let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            let (class, words) = [("la", "ta"), ("lb", "tb")][which];
            drawing.add(format_args!(r#"<path class="{class}" d="M{}"/>"#, line.join("L")));
            for (x, y) in points {
                if which == 0 {
                    drawing.add(format_args!(r#"<circle class="a" cx="{x:.1}" cy="{y:.1}" r="3"/>"#));
                } else {
                    let (x, y) = (x - 3.0, y - 3.0);
                    drawing.add(format_args!(
                        r#"<rect class="pb" x="{x:.1}" y="{y:.1}" width="6" height="6"/>"#
                    ));
                }
            }
            let shift = if which == upper { -apart } else { apart };
            let last = counts.last().copied().unwrap_or(0);
            drawing.text(words, (right + 9.0, ends[which] + shift), "start", &format!("{name} {last}"));
        }
    })
}

/// Shares of months as points; the axis begins at the share below the lowest one that can be divided by ten, and says so.
pub fn shares(said: &str, months: &[(String, Option<f64>)]) -> Chart {
    let lowest = months.iter().filter_map(|(_, share)| *share).fold(1.0, f64::min);
    let from = ((lowest * 10.0 - 0.5).floor() / 10.0).clamp(0.0, 0.8);
    let n = months.len();
    Chart::drawn(said, |drawing| {
        let right = drawing.width - 20.0;
        let y = |share: f64| BOTTOM - (BOTTOM - TOP) * (share - from) / (1.0 - from);
        for level in [from, f64::midpoint(from, 1.0), 1.0] {
            drawing.level(y(level), right, &format!("{:.0}%", level * 100.0));
        }
        let every = n.div_ceil(drawing.labels + 3).max(1);
        for (index, (label, share)) in months.iter().enumerate() {
            let x = column(index, n, right - 12.0) + 6.0;
            let named = (n - 1 - index).is_multiple_of(every);
            if named {
                drawing.text("", (x, BOTTOM + 20.0), "middle", label);
            }
            let Some(share) = share else { continue };
            let class = if index + 1 == n { "b" } else { "a" };
            drawing.add(format_args!(r#"<path class="ax" d="M{x:.1} {BOTTOM}V{:.1}"/>"#, y(*share)));
            drawing.add(format_args!(r#"<circle class="{class}" cx="{x:.1}" cy="{:.1}" r="5"/>"#, y(*share)));
            if named {
                let words = super::findings::per_cent(*share).to_string();
                drawing.text("v", (x, y(*share) - 10.0), "middle", &words);
            }
        }
    })
}

/// A column of [`columns`].
pub struct Column {
    pub label: String,
    pub load: i64,
    /// The line across it; `None`: nothing is known.
    pub can_do: Option<i64>,
}

/// What is to be done on each day, with a line for what can be done; a load above its line has another colour.
pub fn columns(said: &str, days: &[Column]) -> Chart {
    let most = ceiling(days.iter().flat_map(|day| [day.load, day.can_do.unwrap_or(0)]));
    Chart::drawn(said, |drawing| {
        let right = drawing.width - 8.0;
        let y = |count: i64| BOTTOM - (BOTTOM - TOP) * height(count) / height(most);
        for half in 0..=2 {
            drawing.level(y(most * half / 2), right, &(most * half / 2).to_string());
        }
        let step = (right - LEFT) / float(days.len().max(1));
        let width = (step * 0.62).min(72.0);
        for (index, day) in days.iter().enumerate() {
            let middle = LEFT + step * (float(index) + 0.5);
            let (left, top) = (middle - width / 2.0, y(day.load));
            let over = day.can_do.is_some_and(|can_do| day.load > can_do);
            let class = if over { "f-due_today" } else { "f-on_track" };
            if day.load > 0 {
                let tall = BOTTOM - top;
                drawing.add(format_args!(
                    r#"<rect class="{class}" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{tall:.1}"/>"#
                ));
            }
            let mut above = top;
            if let Some(can_do) = day.can_do {
                let (from, until, line) = (left - 4.0, left + width + 4.0, y(can_do));
                drawing.add(format_args!(r#"<path class="cap" d="M{from:.1} {line:.1}H{until:.1}"/>"#));
                // A number that the line would cross stands above it.
                if line < top && top - line < 22.0 {
                    above = line;
                }
            }
            drawing.text("v", (middle, above - 6.0), "middle", &day.load.to_string());
            drawing.text("", (middle, BOTTOM + 20.0), "middle", &day.label);
        }
    })
}

/// The bar of a row in a table: its parts by threshold, on the scale of the longest row.
pub fn bar(parts: &[(&str, i64)], most: i64) -> Value {
    let mut svg = String::from(
        r#"<svg class="ak-chart" viewBox="0 0 320 18" preserveAspectRatio="none" aria-hidden="true">"#,
    );
    let mut x = 0.8;
    for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let width = (height(*count) * 318.0 / height(most.max(1)) - 1.6).max(1.0);
        let _ = write!(svg, r#"<rect class="{class}" x="{x:.1}" y="2" width="{width:.1}" height="14"/>"#);
        x += width + 1.6;
    }
    svg.push_str("</svg>");
    Value::from_safe_string(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_that_holds_every_value() {
        let ends = [0, 3, 4, 5, 9, 21, 41, 81, 399].map(|most| ceiling([most].into_iter()));
        assert_eq!(ends, [4, 4, 4, 8, 20, 40, 80, 200, 400]);
    }

    #[test]
    fn a_column_above_its_line_looks_otherwise_and_one_without_a_line_has_none() {
        let day = |load, can_do| Column { label: "Rab".to_owned(), load, can_do };
        let drawn = columns("x", &[day(5, Some(4)), day(4, Some(4)), day(3, None), day(0, Some(2))]);
        let drawn = drawn.narrow.to_string();
        let count = |part| drawn.matches(part).count();
        assert_eq!((count("f-due_today"), count("f-on_track"), count("\"cap\"")), (1, 2, 3), "{drawn}");
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows_and_trusts_no_word() {
        let chart = two_lines("<Masuk>", &["1/12".to_owned()], &[("Masuk", vec![1]), ("\"", vec![2])]);
        let drawn = chart.wide.to_string();
        assert!(drawn.contains(r#"role="img" aria-label="&lt;Masuk&gt;""#) && drawn.contains("&quot; 2"));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }
}
