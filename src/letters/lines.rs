//! Words, their widths, and the lines they fill.

use textwrap::core::Fragment;
use textwrap::wrap_algorithms::{Penalties, wrap_first_fit, wrap_optimal_fit};

use super::blocks::{FaceName, Line};
use super::drawing::{Draw, RuleKind, Run};
use super::fonts::Fonts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Justified,
    Centre,
    Right,
}

#[derive(Debug, Clone)]
struct Piece {
    text: String,
    face: FaceName,
    struck: bool,
    width: f32,
}

/// What is never broken: pieces of text without a space between them.
#[derive(Debug, Clone)]
struct Word {
    pieces: Vec<Piece>,
    width: f32,
    space: f32,
}

impl Fragment for Word {
    fn width(&self) -> f64 {
        f64::from(self.width)
    }

    fn whitespace_width(&self) -> f64 {
        f64::from(self.space)
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

/// Natural width of the whole line.
pub fn natural_width(fonts: &Fonts, line: &Line, size: f32) -> f32 {
    line.iter().map(|span| fonts.width(span.face, &span.text, size)).sum()
}

/// Width of the widest word.
pub fn widest_word(fonts: &Fonts, line: &Line, size: f32) -> f32 {
    words(fonts, line, size, f32::MAX).iter().map(|word| word.width).fold(0.0, f32::max)
}

/// The drawings of each printed line that `line` needs in `width`; baselines are at zero.
pub fn set(fonts: &Fonts, line: &Line, x: f32, width: f32, size: f32, align: Align) -> Vec<Vec<Draw>> {
    let words = words(fonts, line, size, width);
    let lines = wrap_optimal_fit(&words, &[f64::from(width)], &Penalties::default())
        .unwrap_or_else(|_| wrap_first_fit(&words, &[f64::from(width)]));
    let last = lines.len().saturating_sub(1);
    lines
        .iter()
        .enumerate()
        .map(|(index, words)| {
            let align = if align == Align::Justified && index == last { Align::Left } else { align };
            draw(fonts, words, x, width, size, align)
        })
        .collect()
}

fn words(fonts: &Fonts, line: &Line, size: f32, available: f32) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for span in line {
        for (index, part) in span.text.split(' ').enumerate() {
            if index > 0 {
                open = false;
                if let Some(word) = words.last_mut() {
                    word.space = fonts.width(FaceName::Regular, " ", size);
                }
            }
            if part.is_empty() {
                continue;
            }
            for (number, text) in fitting(fonts, span.face, part, size, available).into_iter().enumerate() {
                let width = fonts.width(span.face, &text, size);
                let piece = Piece { text, face: span.face, struck: span.struck, width };
                match words.last_mut() {
                    Some(word) if open && number == 0 && word.width + width <= available => {
                        word.width += width;
                        word.pieces.push(piece);
                    }
                    _ => words.push(Word { pieces: vec![piece], width, space: 0.0 }),
                }
                open = true;
            }
        }
    }
    words
}

/// A word wider than the line is cut where it can be read on: after a sign, or else anywhere.
fn fitting(fonts: &Fonts, face: FaceName, text: &str, size: f32, available: f32) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while fonts.width(face, rest, size) > available {
        let mut end = 0;
        let mut after_sign = None;
        for (at, character) in rest.char_indices() {
            let next = at + character.len_utf8();
            if fonts.width(face, &rest[..next], size) > available && end > 0 {
                break;
            }
            end = next;
            if matches!(character, '/' | '-' | '.' | '@' | '_' | ',') {
                after_sign = Some(next);
            }
        }
        let cut = after_sign.filter(|at| *at * 2 >= end).unwrap_or(end);
        let (head, tail) = rest.split_at(cut);
        parts.push(head.to_owned());
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}

fn draw(fonts: &Fonts, words: &[Word], x: f32, width: f32, size: f32, align: Align) -> Vec<Draw> {
    let Some((last, others)) = words.split_last() else { return Vec::new() };
    let natural = others.iter().map(|word| word.width + word.space).sum::<f32>() + last.width;
    let gaps = others.iter().filter(|word| word.space > 0.0).count();
    let space = fonts.width(FaceName::Regular, " ", size);
    let stretch = match align {
        Align::Justified if gaps > 0 => {
            let each = (width - natural) / f32::from(u16::try_from(gaps).unwrap_or(u16::MAX));
            // A line of two or three long words looks better ragged than torn apart.
            if each > 5.0 * space { 0.0 } else { each }
        }
        Align::Justified | Align::Left | Align::Centre | Align::Right => 0.0,
    };
    let start = match align {
        Align::Left | Align::Justified => x,
        Align::Centre => x + (width - natural) / 2.0,
        Align::Right => x + width - natural,
    };

    let mut runs = Vec::new();
    let mut strikes: Vec<(f32, f32)> = Vec::new();
    let mut at = start;
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1);
        for (number, piece) in word.pieces.iter().enumerate() {
            let ends_word = number + 1 == word.pieces.len();
            let spaced = ends_word && next.is_some() && word.space > 0.0;
            let gap = if spaced { word.space + stretch } else { 0.0 };
            let mut text = piece.text.clone();
            if spaced {
                text.push(' ');
            }
            if piece.struck {
                let follows =
                    ends_word && next.is_some_and(|word| word.pieces.first().is_some_and(|p| p.struck));
                let end = at + piece.width + if follows { gap } else { 0.0 };
                match strikes.last_mut() {
                    Some(strike) if (strike.1 - at).abs() < 0.01 => strike.1 = end,
                    _ => strikes.push((at, end)),
                }
            }
            runs.push(Run { text, face: piece.face, stretch: if spaced { stretch } else { 0.0 } });
            at += piece.width + gap;
            // The space is drawn in the face of its word; where that face has another width, make up for it.
            if spaced && let Some(run) = runs.last_mut() {
                run.stretch += word.space - fonts.width(piece.face, " ", size);
            }
        }
    }

    let mut draws = vec![Draw::Text { x: start, y: 0.0, size, runs }];
    let height = -size * 0.27;
    draws.extend(strikes.into_iter().map(|(from, to)| Draw::Rule {
        from: (from, height),
        to: (to, height),
        weight: 0.8,
        kind: RuleKind::Strike,
    }));
    draws
}
