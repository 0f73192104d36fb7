//! Files and folders.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use auth_service::MasterKey;
use docket_process::Fault;

use super::report::Found;

/// Whether only its owner reaches what is in the data folder.
pub(super) fn data_folder(folder: &Path) -> Result<String, Fault> {
    let shown = folder.display();
    match std::fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(format!("{shown} does not exist; docket serve makes it"))
        }
        Err(error) => Err(Fault::new(format!("cannot look at the folder {shown}"), error)),
        Ok(found) if !found.is_dir() => Err(Fault::text(format!("{shown} is no folder: choose another --data-dir"))),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(Fault::text(format!("{shown} is open to other users: run chmod 700 {shown}")))
        }
        Ok(_) => Ok(format!("{shown} is private to its owner")),
    }
}

/// The master key. None is made.
pub(super) fn master_key(config: &auth_service::Config) -> Found<MasterKey> {
    let file = config.master_key_file.clone().unwrap_or_else(|| config.data_dir.join("master.key"));
    let key = MasterKey::read(&file)?;
    Ok((format!("{} is private to its owner", file.display()), key))
}
