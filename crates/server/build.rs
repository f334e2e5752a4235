//! Rebuilds the binary when `web/dist`, which it embeds, changes.

fn main() {
    let folder = std::path::Path::new("../../web/dist");
    // Cargo watches existing paths only. On a read-only file system no web app is built later, so errors are ignored.
    let _ = std::fs::create_dir_all(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
}
