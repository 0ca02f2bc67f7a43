//! What only a demonstration on one machine needs. Nothing of it runs in `serve`.

pub mod inbox;
