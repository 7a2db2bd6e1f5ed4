//! Makes a release notice that the library or the demo shop it carries has changed. Debug builds read both from
//! their folders and need not be built again.

fn main() {
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed=build.rs");
    if is_release {
        println!("cargo::rerun-if-changed=../../pkg");
        println!("cargo::rerun-if-changed=../../www");
    }
}
