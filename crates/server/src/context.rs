//! What every command works with: the data directory, the settings, how to ask and how to print.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use countersign_store::{OpenMode, Store, StoreError, View};

use crate::checkpoint_file::{CheckpointFile, Standing, compare};
use crate::cli::Global;
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::{Choice, Database};
use crate::desk::{Actor, Desk, Operation};
use crate::failure::{Exit, Failure};
use crate::input::Input;
use crate::jobs;
use crate::output::Output;
use crate::random::Random;
use crate::remote::Logins;
use crate::seller::{DataDir, Keys, Passphrase, Seller, lock_keys, write_in_force};

/// The size of a log in which a shop has been founded and nothing else has happened.
const FOUNDED_SIZE: u64 = 1;
/// The Unix users, one a line: name, password, number.
const USERS_FILE: &str = "/etc/passwd";

/// What every command works with.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) data: DataDir,
    pub(crate) output: Output,
    pub(crate) input: Input,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    config: Option<PathBuf>,
    /// The database that was named beside the settings.
    database: Option<String>,
    /// Whether the data directory was named.
    is_named: bool,
    is_remote: bool,
}

/// A shop whose data is open: the desk, and in whose name it is used.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) desk: Desk,
    pub(crate) database: Database,
    pub(crate) checkpoint: CheckpointFile,
    actor: Actor,
}

impl Context {
    pub(crate) fn new(global: &Global, output: Output) -> Result<Self, Failure> {
        Ok(Self {
            data: DataDir::at(match &global.at.data {
                Some(path) => path.clone(),
                None => default_directory("countersign", "name it with --data DIR or OPD_DATA")?,
            }),
            output,
            input: Input::new(global.no_input),
            clock: Clock::system(),
            random: Random::system(),
            config: global.config.clone(),
            database: global.database.clone(),
            is_named: global.at.data.is_some(),
            is_remote: global.at.remote,
        })
    }

    /// Where logins are kept.
    pub(crate) fn logins() -> Result<Logins, Failure> {
        Logins::of_this_user()
    }

    /// Whether the desk's commands work at the data directory: if it is named, or is there, or if
    /// nobody signed in elsewhere.
    pub(crate) fn works_here(&self) -> Result<bool, Failure> {
        if self.is_remote {
            return Ok(false);
        }
        if self.is_named || self.data.path().exists() {
            return Ok(true);
        }
        Ok(Self::logins()?.read()?.is_none())
    }

    /// The settings: the file that was named, else `opd.toml` if there is one, the environment, and what
    /// was typed.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let default = Some(self.data.config_file()).filter(|path| path.exists());
        let file = self.config.clone().or(default);
        let mut settings = Settings::load(file.as_deref(), &environment)?;
        if self.database.is_some() {
            settings.storage.database.clone_from(&self.database);
        }
        Ok(settings)
    }

    /// The passphrase of the service keys, if they have one.
    pub(crate) fn service_passphrase() -> Result<Option<Passphrase>, Failure> {
        Ok(Passphrase::from_environment(&environment)?)
    }

    /// The seller's certificates and keys.
    pub(crate) fn seller(&self) -> Result<Seller, Failure> {
        self.seller_with(Keys::All)
    }

    fn seller_with(&self, keys: Keys) -> Result<Seller, Failure> {
        let passphrase = Self::service_passphrase()?;
        Ok(Seller::load_with(keys, &self.data, passphrase.as_ref())?)
    }

    /// Opens the shop, unless its database is known to have held more. A server may be running beside.
    pub(crate) async fn shop(&self) -> Result<Shop, Failure> {
        self.shop_with(Keys::All).await
    }

    /// The same, but keys may be lost: to replace them, and for nothing else.
    pub(crate) async fn shop_with(&self, keys: Keys) -> Result<Shop, Failure> {
        let shop = self.open(keys).await?;
        if !shop.lacks_nothing().await? {
            let file = shop.checkpoint.path().display();
            self.output.message(&format!(
                "warning: {file} is not there, so nothing shows whether this database is the newest"
            ));
        }
        Ok(shop)
    }

    /// Refuses what is done at the data directory only, if the desk elsewhere was asked for.
    pub(crate) fn must_not_be_elsewhere(&self) -> Result<(), Failure> {
        if self.is_remote {
            return Err(operators_own());
        }
        Ok(())
    }

    /// Refuses what is done at the data directory only, if the desk that is meant is elsewhere.
    pub(crate) fn must_be_here(&self) -> Result<(), Failure> {
        if self.works_here()? {
            return Ok(());
        }
        Err(operators_own())
    }

    /// Opens the shop, whatever is known of its log.
    pub(crate) async fn shop_as_it_is(&self) -> Result<Shop, Failure> {
        self.open(Keys::All).await
    }

    /// Opens the shop by its newest statement. Nothing is asked about its log.
    async fn open(&self, keys: Keys) -> Result<Shop, Failure> {
        self.must_be_here()?;
        let settings = self.settings()?;
        let seller = self.seller_with(keys)?;
        self.warn_of_another_owner();
        let database = self.database(&settings)?.open(OpenMode::Existing).await?;
        let seller = self.newest(seller, database.store().as_ref()).await?;
        let checkpoint = CheckpointFile::of(&settings.log, &self.data);
        let desk = Desk::new(
            database.store(),
            Arc::new(seller),
            self.clock.clone(),
            self.random,
            Arc::new(settings),
        );
        Ok(Shop {
            desk,
            database,
            checkpoint,
            actor: Actor::operator(&unix_user()),
        })
    }

    /// Puts the next seller statement in force, if all keys that it needs are here but those that the seller
    /// may lack.
    pub(crate) fn put_in_force(
        &self,
        seller: &Seller,
        statement_der: Vec<u8>,
    ) -> Result<Seller, Failure> {
        let passphrase = Self::service_passphrase()?;
        let next = seller.followed_by(&self.data, passphrase.as_ref(), statement_der)?;
        write_in_force(&self.data, &next)?;
        Ok(next)
    }

    /// The seller by the newest statement in the log: a command that died after its commit has not put
    /// it in force. What makes no sense there, `opd log verify` tells.
    async fn newest(&self, seller: Seller, store: &dyn Store) -> Result<Seller, Failure> {
        let mut view = store.read().await?;
        let stored = match view.seller_statement().await {
            Ok(Some(stored)) => stored,
            Ok(None) | Err(StoreError::Inconsistent { .. }) => return Ok(seller),
            Err(error) => return Err(error.into()),
        };
        drop(view);
        let said = countersign_connection::seller_statement(&stored.der, seller.root());
        let Some(said) = said
            .ok()
            .filter(|said| said.number > seller.statement().number)
        else {
            return Ok(seller);
        };
        let number = said.number;
        // Another command may be about to put it in force, and one after it may have gone on.
        let _lock = lock_keys(&self.data)?;
        let seller = self.seller_with(seller.keys())?;
        if number <= seller.statement().number {
            return Ok(seller);
        }
        let passphrase = Self::service_passphrase()?;
        let next = seller.followed_by(&self.data, passphrase.as_ref(), stored.der);
        let next = next.map_err(Failure::from).map_err(|failure| {
            let message = format!(
                "keys/ is older than the database, whose seller statement {number} cannot be put in \
                 force: {}",
                failure.message
            );
            Failure { message, ..failure }
        })?;
        // Where a key is lost, this statement cannot be in force by itself: the one that replaces the key
        // follows it, and puts both in force.
        if next.lost().is_empty() {
            write_in_force(&self.data, &next)?;
            self.output.message(&format!(
                "Seller statement {number} was committed before, and is in force now."
            ));
        }
        Ok(next)
    }

    /// What root creates here, the server's own user could not open afterwards.
    fn warn_of_another_owner(&self) {
        let me = rustix::process::geteuid().as_raw();
        let owner = std::fs::metadata(self.data.path()).map(|data| data.uid());
        if owner.is_ok_and(|owner| owner != me) {
            let data = self.data.path().display();
            self.output.message(&format!(
                "warning: {data} belongs to another user; better run opd as that user"
            ));
        }
    }

    /// Which database is, or is to be, the shop's.
    pub(crate) fn database(&self, settings: &Settings) -> Result<Choice, Failure> {
        Choice::of(&settings.storage, &self.data)
    }
}

impl Shop {
    /// Does something, durably, in the operator's name.
    pub(crate) async fn run<O: Operation>(&self, operation: O) -> Result<O::Answer, Failure> {
        let answer = self.desk.run(&self.actor, operation).await?;
        jobs::remember(&self.desk, &self.checkpoint, None).await?;
        Ok(answer)
    }

    /// Refuses a database that is older than what is remembered of its log, or differs from it: what
    /// is signed on top of it could contradict what was signed before. False if there is a log, and
    /// nothing is remembered of it.
    async fn lacks_nothing(&self) -> Result<bool, Failure> {
        let mut view = self.look().await?;
        let Some(known) = self.checkpoint.read(self.desk.seller())? else {
            let head = view.log_head().await?;
            return Ok(head.is_none_or(|head| head.tree.size() <= FOUNDED_SIZE));
        };
        let file = self.checkpoint.path().display();
        let message = match compare(view.as_mut(), &known).await? {
            Standing::Holds => return Ok(true),
            Standing::Lacks { known, here } => format!(
                "the database is older than its log: it holds {here} statements, and {file} \
                 remembers {known}"
            ),
            Standing::Differs { known } => format!(
                "the database is not the one whose log {file} remembers: its first {known} \
                 statements differ"
            ),
        };
        Err(Failure::new(Exit::Failure, message).advise(
            "put the newest database back; if it is lost, opd log recover opens a log that follows \
             this one",
        ))
    }

    /// Looks at what is stored, at one moment.
    pub(crate) async fn look(&self) -> Result<Box<dyn View>, Failure> {
        Ok(self.desk.store().read().await?)
    }
}

fn operators_own() -> Failure {
    Failure::new(
        Exit::Usage,
        "this is the operator's, and works at the seller's data directory only",
    )
    .advise(
        "ask the operator, or run it on the server with --data DIR; what works from here is in \
         docs/guide/clerks.md",
    )
}

pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A folder of this name in `$XDG_DATA_HOME`, by the XDG base directory specification.
pub(crate) fn default_directory(name: &str, advice: &str) -> Result<PathBuf, Failure> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|share| share.join(name))
        .ok_or_else(|| {
            Failure::new(Exit::Usage, "it is not known where the data directory is").advise(advice)
        })
}

/// The name of whoever runs this, for the audit; the number where it has no name.
fn unix_user() -> String {
    let number = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string(USERS_FILE).unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    name.unwrap_or(number)
}
