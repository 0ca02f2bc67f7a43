//! Words, their widths, and the lines they fill.

use textwrap::core::Fragment;
use textwrap::wrap_algorithms::{Penalties, wrap_first_fit, wrap_optimal_fit};

use super::blocks::{FaceName, Line};
use super::drawing::{Draw, RuleKind, Run};
use super::fonts::Fonts;
use super::hyphenation::SOFT_HYPHEN;
use super::structure::Mark;

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

/// What is never broken: pieces of text without a space or a place to divide a word between them.
#[derive(Debug, Clone)]
struct Word {
    pieces: Vec<Piece>,
    width: f32,
    /// Of the space after it; 0 when the next fragment goes on with the same word.
    space: f32,
    /// Of the hyphen that is printed when a line ends here; 0 where the word is not divided.
    hyphen: f32,
}

impl Fragment for Word {
    fn width(&self) -> f64 {
        f64::from(self.width)
    }

    fn whitespace_width(&self) -> f64 {
        f64::from(self.space)
    }

    fn penalty_width(&self) -> f64 {
        f64::from(self.hyphen)
    }
}

/// Natural width of the whole line.
pub fn natural_width(fonts: &Fonts, line: &Line, size: f32) -> f32 {
    line.iter().map(|span| fonts.width(span.face, &span.text.replace(SOFT_HYPHEN, ""), size)).sum()
}

/// Width of the widest word.
pub fn widest_word(fonts: &Fonts, line: &Line, size: f32) -> f32 {
    words(fonts, line, size, f32::MAX, false).iter().map(|word| word.width).fold(0.0, f32::max)
}

/// The drawings of each printed line that `line` needs in `width`; baselines are at zero. Only justified text divides
/// its words.
pub fn set(fonts: &Fonts, line: &Line, x: f32, width: f32, size: f32, align: Align) -> Vec<Vec<Draw>> {
    let words = words(fonts, line, size, width, align == Align::Justified);
    // A division costs as much as a line that is a quarter too loose, and two in a row look like a ladder. Nothing is as
    // bad as a line that runs into the margin: any other way of breaking is cheaper.
    let penalties = Penalties { hyphen_penalty: 900, overflow_penalty: 1_000_000, ..Penalties::default() };
    let lines = wrap_optimal_fit(&words, &[f64::from(width)], &penalties)
        .unwrap_or_else(|_| wrap_first_fit(&words, &[f64::from(width)]));
    let last = lines.len().saturating_sub(1);
    lines
        .iter()
        .enumerate()
        .map(|(index, words)| {
            let align = if align == Align::Justified && index == last { Align::Left } else { align };
            let mut draws = draw(fonts, &joined(fonts, words, size), x, width, size, align);
            if index < last && words.last().is_some_and(|word| word.space > 0.0) {
                end_with_a_space(&mut draws);
            }
            draws
        })
        .collect()
}

/// Nobody sees it; whoever hears or copies the text gets the words of two lines apart.
fn end_with_a_space(draws: &mut [Draw]) {
    if let Some(Draw::Text { runs, .. }) = draws.first_mut()
        && let Some(run) = runs.last_mut()
    {
        run.text.push(' ');
    }
}

fn words(fonts: &Fonts, line: &Line, size: f32, available: f32, divide: bool) -> Vec<Word> {
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
            let syllables: Vec<String> = if divide && !span.struck {
                part.split(SOFT_HYPHEN).map(str::to_owned).collect()
            } else {
                vec![part.replace(SOFT_HYPHEN, "")]
            };
            let last = syllables.len() - 1;
            for (number, text) in syllables.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                let hyphen = if number < last { fonts.width(span.face, "-", size) } else { 0.0 };
                for (cut, text) in fitting(fonts, span.face, text, size, available).into_iter().enumerate() {
                    let width = fonts.width(span.face, &text, size);
                    let piece = Piece { text, face: span.face, struck: span.struck, width };
                    match words.last_mut() {
                        Some(word) if open && cut == 0 && number == 0 && word.width + width <= available => {
                            word.width += width;
                            word.hyphen = hyphen;
                            word.pieces.push(piece);
                        }
                        _ => words.push(Word { pieces: vec![piece], width, space: 0.0, hyphen }),
                    }
                    open = true;
                }
            }
        }
    }
    words
}

/// The fragments of one printed line as whole words, with the hyphen where the last of them is divided.
fn joined(fonts: &Fonts, fragments: &[Word], size: f32) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut goes_on = false;
    for fragment in fragments {
        match words.last_mut() {
            Some(word) if goes_on => {
                for piece in &fragment.pieces {
                    match word.pieces.last_mut() {
                        Some(last) if last.face == piece.face && last.struck == piece.struck => {
                            last.text.push_str(&piece.text);
                        }
                        _ => word.pieces.push(piece.clone()),
                    }
                }
                word.space = fragment.space;
                word.hyphen = fragment.hyphen;
            }
            _ => words.push(fragment.clone()),
        }
        goes_on = fragment.hyphen > 0.0;
    }
    if let Some(piece) =
        words.last_mut().filter(|word| word.hyphen > 0.0).and_then(|word| word.pieces.last_mut())
    {
        // Looks like a hyphen; whoever copies or hears the text gets the word whole.
        piece.text.push(SOFT_HYPHEN);
    }
    for word in &mut words {
        for piece in &mut word.pieces {
            piece.width = fonts.width(piece.face, &piece.text, size);
        }
        word.width = word.pieces.iter().map(|piece| piece.width).sum();
    }
    words
}

/// A word wider than the line is cut where it can be read on: after a sign, or else anywhere.
fn fitting(fonts: &Fonts, face: FaceName, text: &str, size: f32, available: f32) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && fonts.width(face, rest, size) > available {
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

    let mut draws = vec![Draw::Text { x: start, y: 0.0, size, runs, mark: Mark::Artifact }];
    let height = -size * 0.27;
    draws.extend(strikes.into_iter().map(|(from, to)| Draw::Rule {
        from: (from, height),
        to: (to, height),
        weight: 0.8,
        kind: RuleKind::Strike,
    }));
    draws
}
