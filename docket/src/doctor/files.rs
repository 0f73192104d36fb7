//! Checks of files and folders.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use auth_service::MasterKey;
use docket_process::Fault;

use super::report::Found;

/// Checks that only its owner can access the data folder.
pub(super) fn data_folder(folder: &Path) -> Result<String, Fault> {
    let shown = folder.display();
    match std::fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(format!("{shown} does not exist; docket serve creates it"))
        }
        Err(error) => Err(Fault::new(format!("cannot access the folder {shown}"), error)),
        Ok(found) if !found.is_dir() => Err(Fault::text(format!("{shown} is not a folder: choose another --data-dir"))),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(Fault::text(format!("{shown} is accessible to other users: run chmod 700 {shown}")))
        }
        Ok(_) => Ok(format!("{shown} is private to its owner")),
    }
}

/// Reads the master key. Does not create one.
pub(super) fn master_key(config: &auth_service::Config) -> Found<MasterKey> {
    let file = config.master_key_file.clone().unwrap_or_else(|| config.data_dir.join("master.key"));
    let key = MasterKey::read(&file)?;
    Ok((format!("{} is private to its owner", file.display()), key))
}
