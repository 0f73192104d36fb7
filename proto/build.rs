//! Makes Rust code and a descriptor set from the contracts, without an installed protoc.

use std::error::Error;
use std::path::{Path, PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=docket");
    println!("cargo::rerun-if-changed=google");

    let mut files = Vec::new();
    collect(&root.join("docket"), &mut files)?;
    // No contract imports the details of errors, and reflection has to explain them all the same.
    collect(&root.join("google"), &mut files)?;
    files.sort();
    let descriptors = protox::compile(&files, [&root])?;
    std::fs::write(out.join("docket.bin"), descriptors.encode_to_vec())?;

    tonic_prost_build::configure()
        // google.rpc has one Rust home, which also builds and reads error details.
        .extern_path(".google.rpc", "::tonic_types::pb")
        .bytes(".")
        .compile_fds(descriptors)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
