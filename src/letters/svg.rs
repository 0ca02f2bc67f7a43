//! A laid-out letter as drawings for screens, one for each page. Every word and line stands where the PDF has it, and
//! words stay words: they can be read out, searched and copied.

use std::fmt::Write as _;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::blocks::FaceName;
use super::drawing::{Draw, INK_WEIGHT, Laid, Run};
use super::emblem;
use super::fonts::Fonts;
use super::hyphenation::SOFT_HYPHEN;
use super::qr_code::DarkBox;

/// A page: what stands inside of an `<svg>` with this `viewBox`, in points. Values are escaped.
#[derive(Clone, PartialEq)]
pub struct DrawnPage {
    pub width: f32,
    pub height: f32,
    pub drawing: String,
}

/// A letter holds names and addresses: its words never show in logs.
impl std::fmt::Debug for DrawnPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DrawnPage")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

/// `emblem` is a PNG file; without one the placeholder is drawn.
pub fn pages(fonts: &Fonts, letter: &Laid, emblem: Option<&[u8]>) -> Vec<DrawnPage> {
    let emblem = emblem.map(|file| STANDARD.encode(file));
    letter
        .pages
        .iter()
        .map(|page| {
            let mut drawing = String::new();
            for draw in page {
                put(&mut drawing, fonts, emblem.as_deref(), draw);
            }
            DrawnPage { width: letter.paper.width(), height: letter.paper.height(), drawing }
        })
        .collect()
}

/// Writing into a text cannot fail.
fn put(out: &mut String, fonts: &Fonts, emblem: Option<&str>, draw: &Draw) {
    match draw {
        Draw::Text { x, y, size, runs, .. } => text(out, fonts, (*x, *y), *size, runs),
        Draw::Rule { from, to, weight, .. } => {
            let ((x1, y1), (x2, y2)) = (from, to);
            let _ = writeln!(
                out,
                "<path class=\"ln\" d=\"M{x1:.2} {y1:.2}L{x2:.2} {y2:.2}\" stroke-width=\"{weight}\"/>"
            );
        }
        Draw::Modules { left, top, side, dark, .. } => {
            let _ = write!(out, "<path transform=\"translate({left:.2} {top:.2}) scale({side:.4})\" d=\"");
            for DarkBox { column, row, width, height } in dark {
                let _ = write!(out, "M{column} {row}h{width}v{height}h-{width}z");
            }
            out.push_str("\"/>\n");
        }
        Draw::Emblem { x, y, side, .. } => match emblem {
            Some(file) => {
                let _ = writeln!(
                    out,
                    "<image x=\"{x:.2}\" y=\"{y:.2}\" width=\"{side:.2}\" height=\"{side:.2}\" \
                     href=\"data:image/png;base64,{file}\"/>"
                );
            }
            None => shield(out, (*x, *y), *side),
        },
        Draw::Ink { x, y, unit, ink, .. } => {
            let weight = INK_WEIGHT / unit;
            let _ = writeln!(
                out,
                "<path class=\"ln\" transform=\"translate({x:.2} {y:.2}) scale({unit:.4})\" stroke-width=\"{weight:.2}\" \
                 stroke-linecap=\"round\" stroke-linejoin=\"round\" d=\"{}\"/>",
                ink.path()
            );
        }
    }
}

fn shield(out: &mut String, (x, y): (f32, f32), side: f32) {
    out.push_str("<path fill-rule=\"evenodd\" d=\"");
    for ring in emblem::PLACEHOLDER {
        for (index, (px, py)) in ring.iter().enumerate() {
            let act = if index == 0 { 'M' } else { 'L' };
            let _ = write!(out, "{act}{:.2} {:.2}", x + px * side, y + py * side);
        }
        out.push('z');
    }
    out.push_str("\"/>\n");
}

/// A line. Each piece begins where the PDF has it, so that another face of the same widths changes nothing.
fn text(out: &mut String, fonts: &Fonts, (x, y): (f32, f32), size: f32, runs: &[Run]) {
    let _ = write!(out, "<text y=\"{y:.2}\" font-size=\"{size}\">");
    let mut at = x;
    for runs in runs.chunk_by(|before, after| before.face == after.face && before.stretch == 0.0) {
        let Some(first) = runs.first() else { continue };
        let words: String = runs.iter().map(|run| run.text.as_str()).collect();
        // A browser that lacks the face sets the words as wide as the paper does.
        let (seen, space) = words.split_at(words.trim_end().len());
        let width = fonts.width(first.face, seen, size);
        let _ = write!(
            out,
            "<tspan x=\"{at:.2}\" textLength=\"{width:.2}\" lengthAdjust=\"spacingAndGlyphs\"{}>",
            class(first.face)
        );
        escape(out, seen);
        out.push_str("</tspan>");
        out.push_str(space);
        at += runs.iter().map(|run| fonts.width(run.face, &run.text, size) + run.stretch).sum::<f32>();
    }
    out.push_str("</text>\n");
}

const fn class(face: FaceName) -> &'static str {
    match face {
        FaceName::Regular => "",
        FaceName::Bold => " class=\"b\"",
        FaceName::Italic => " class=\"i\"",
        FaceName::Mono => " class=\"m\"",
    }
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Where a word is divided, the face draws a hyphen; a screen would not.
            SOFT_HYPHEN => out.push('-'),
            other => out.push(other),
        }
    }
}
