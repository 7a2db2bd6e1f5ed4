//! The collector's command.

fn main() {}
