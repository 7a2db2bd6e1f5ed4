//! The stories: what a visitor does, what arrived, and what did not.

use std::process::ExitCode;

use pugmark_e2e::story::tell_all;

mod before_load;
mod bfcache;
mod calls;
mod clicks;
mod consent;
mod custom;
mod debug;
mod demo;
mod fallback;
mod hostile;
mod hubspot;
mod leaving;
mod npm;
mod options;
mod prepared;
mod sending;
mod storage;
mod studio;
mod tabs;
mod views;
mod visualizer;

fn main() -> ExitCode {
    tell_all(
        &[
            before_load::all(),
            bfcache::all(),
            calls::all(),
            clicks::all(),
            consent::all(),
            custom::all(),
            debug::all(),
            demo::all(),
            fallback::all(),
            hostile::all(),
            hubspot::all(),
            leaving::all(),
            npm::all(),
            options::all(),
            sending::all(),
            storage::all(),
            studio::all(),
            tabs::all(),
            views::all(),
            visualizer::all(),
        ]
        .concat(),
    )
}
