//! Imports and changes of the calendar against a real database.
