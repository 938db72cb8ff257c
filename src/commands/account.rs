//! `account add|reset|list`.

use super::{Outcome, Settings};
use crate::kit::clock::Clock;
use crate::kit::error::Error;
use crate::kit::words::Words;
use crate::people::commands::{account_add, account_list, account_reset, departments_import};
use clap::Subcommand;
use std::path::PathBuf;

/// What is done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account of any post and print its first password
    Add {
        /// What is typed at sign-in
        login: String,
        /// The person's name
        name: String,
        /// keeper, acceptor, shift_leader, dispatcher, department_desk, crew_member, leader, system_admin,
        /// security_admin or audit_admin
        post: String,
        /// The department's code
        #[arg(long)]
        department: Option<String>,
    },
    /// Give an account a first password again, take its second factors, unlock and activate it
    Reset {
        /// What is typed at sign-in
        login: String,
    },
    /// Print every account
    List,
    /// Bring in the tree of departments from a list (code,name_zh,name_en,parent_code,kind,phone)
    Departments {
        /// The list
        file: PathBuf,
        /// Only say what would come of it
        #[arg(long)]
        dry_run: bool,
    },
}

/// Does it.
pub(super) async fn account(settings: &Settings, command: AccountCommand) -> Outcome {
    let sources = settings.sources()?;
    let (words, now) = (Words::load(&sources).0, Clock::system().now());
    let say = |error: Error| match error {
        Error::Refused(refusal) => {
            let args: Vec<(&str, String)> = refusal.args.clone();
            words.say("en", refusal.key, &args).unwrap_or_else(|| refusal.key.to_owned())
        }
        Error::NotFound => "there is no such account".to_owned(),
        other => other.to_string(),
    };
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    match command {
        AccountCommand::Add { login, name, post, department } => {
            crate::out!("{}", account_add(&db, now, &login, &name, &post, department).await.map_err(say)?);
        }
        AccountCommand::Reset { login } => crate::out!("{}", account_reset(&db, now, &login).await.map_err(say)?),
        AccountCommand::Departments { file, dry_run } => {
            let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let came = departments_import(&db, now, &text, dry_run).await.map_err(say)?;
            for refusal in &came.bad {
                let line = refusal.args.iter().find(|(name, _)| *name == "line").map_or("?", |(_, line)| line.as_str());
                let sentence = words.say("en", refusal.key, &refusal.args);
                eprintln!("{}:{line}: {}", file.display(), sentence.as_deref().unwrap_or(refusal.key));
            }
            let would = if dry_run { "would be " } else { "" };
            crate::out!(
                "{} {would}added, {} {would}brought up to date, {} bad",
                came.made,
                came.renamed,
                came.bad.len()
            );
        }
        AccountCommand::List => {
            for line in account_list(&db, now).await.map_err(say)? {
                crate::out!("{line}");
            }
        }
    }
    Ok(())
}
