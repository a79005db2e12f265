//! The corpus of URI templates.
