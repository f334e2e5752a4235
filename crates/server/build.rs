//! The web app is taken from `web/dist` into the program: built later or anew, it is to be taken in again.

fn main() {
    let folder = std::path::Path::new("../../web/dist");
    // Cargo looks for changes only in what is there. Where nothing can be written, there is no web app to come either.
    let _ = std::fs::create_dir_all(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
}
