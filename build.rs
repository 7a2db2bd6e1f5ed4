//! Tells the linker what the tracker needs of memory.

fn main() {
    // A stack of 32 KiB instead of a megabyte: every page has one. The tracker's deepest calls take a few KiB, and one that
    // took more would trap, because nothing lies below the stack.
    println!("cargo:rustc-link-arg-cdylib=-zstack-size=32768");
    println!("cargo:rerun-if-changed=build.rs");
}
