//! Which database a command works on.

use std::path::{Path, PathBuf};

use docket_process::Fault;
use docket_storage::{DatabaseUrl, Db, Role, connect, require_current_schema};

/// The name of the SQLite file in the data folder.
const FILE: &str = "docket.db";

/// Flags of commands that work on a database, the same as those of the servers.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Flags {
    /// Folder with the SQLite file
    #[arg(long, env = "DOCKET_DATA_DIR", value_name = "FOLDER", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
    /// PostgreSQL database to use instead: postgres://user:password@host:port/name
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL")]
    pub(crate) database_url: Option<DatabaseUrl>,
}

impl Flags {
    /// The address of the database.
    pub(crate) fn url(&self) -> DatabaseUrl {
        url(self.database_url.as_ref(), &self.data_dir)
    }

    /// Opens an existing database with the schema of this program.
    pub(crate) async fn open(&self, role: Role) -> Result<Db, Fault> {
        let url = self.url();
        require_existing(&url)?;
        let db = connect(&url, role).await?;
        require_current_schema(&db).await.map_err(|error| Fault::new(url, error))?;
        Ok(db)
    }
}

/// The named database, or the one in the data folder.
pub(crate) fn url(named: Option<&DatabaseUrl>, data_dir: &Path) -> DatabaseUrl {
    named.cloned().unwrap_or_else(|| DatabaseUrl::sqlite(data_dir.join(FILE)))
}

/// Refuses an SQLite file that does not exist. Opening it would create it, and a mistyped folder would look like one
/// without accounts.
pub(crate) fn require_existing(url: &DatabaseUrl) -> Result<(), Fault> {
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => {
            Err(Fault::text(format!("there is no database {}: docket serve makes one", path.display())))
        }
        _ => Ok(()),
    }
}
