//! The emblem of the letterhead where an office has given none: a plain five-sided shield, imitating nobody's.

/// Rings in a square with sides of 1, from its left top corner; a ring inside another one is a hole in it.
pub const PLACEHOLDER: [&[(f32, f32)]; 4] = [
    &[(0.5, 0.02), (0.96, 0.36), (0.79, 0.95), (0.21, 0.95), (0.04, 0.36)],
    &[(0.5, 0.055), (0.925, 0.373), (0.768, 0.92), (0.232, 0.92), (0.075, 0.373)],
    &[(0.5, 0.1), (0.885, 0.388), (0.742, 0.885), (0.258, 0.885), (0.115, 0.388)],
    &[(0.5, 0.115), (0.87, 0.394), (0.732, 0.87), (0.268, 0.87), (0.13, 0.394)],
];
