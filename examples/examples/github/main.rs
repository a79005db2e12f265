//! A small tool for GitHub, around the client in `api.rs`.
//!
//! ```text
//! cargo run --example github -- repo rust-lang rust
//! cargo run --example github -- issues rust-lang rust bug
//! GITHUB_TOKEN=.. cargo run --example github -- me
//! cargo run --example github -- --base-url http://127.0.0.1:18010 repo octocat hello-world
//! ```

#![allow(dead_code, reason = "the client has more than this tool uses")]

mod api;

use api::{GitHub, GitHubClient, IssueFilter, Page, State};
use apiclient::auth::Bearer;
use std::{error::Error, process::ExitCode};

const USAGE: &str = "github [--base-url URL] COMMAND
  repo OWNER REPO               one repository
  issues OWNER REPO [LABELS]    its open issues
  pulls OWNER REPO              its open pull requests
  readme OWNER REPO             where its README is
  release OWNER REPO            its latest release
  search WORDS                  repositories
  user NAME                     somebody
  me                            who the token in GITHUB_TOKEN belongs to
  zen                           a piece of wisdom";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            let mut next = e.source();
            while let Some(cause) = next {
                eprintln!("  {cause}");
                next = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut builder = GitHubClient::builder();
    if args.first().is_some_and(|arg| arg == "--base-url") {
        let url = args.get(1).cloned().ok_or("`--base-url` needs a URL")?;
        builder = builder.base_url(url);
        args.drain(..2);
    }
    builder = match std::env::var("GITHUB_TOKEN") {
        Ok(token) => builder.auth(Bearer::new(token)),
        // Much of it is open to everybody.
        Err(_) => builder.anonymous(),
    };
    let github = builder.build()?;
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    command(&github, &words).await
}

async fn command(github: &dyn GitHub, words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["repo", owner, repo] => {
            let repo = github.repo(owner, repo).await?;
            println!(
                "{}, {} stars\n{}",
                repo.full_name,
                repo.stargazers_count,
                repo.description.unwrap_or_default()
            );
        }
        ["issues", owner, repo, ref labels @ ..] => {
            let labels = labels.first().copied();
            let filter = IssueFilter {
                state: Some(State::Open),
                labels,
                per_page: Some(20),
                ..IssueFilter::default()
            };
            let page = github.issues(owner, repo, &filter).send().await?;
            for issue in page.body() {
                println!("#{:<6} {}", issue.number, issue.title);
            }
            if page
                .headers()
                .get("link")
                .is_some_and(|link| link.to_str().is_ok_and(|l| l.contains("rel=\"next\"")))
            {
                println!("..");
            }
        }
        ["pulls", owner, repo] => {
            for pull in github
                .pulls(owner, repo, Some(State::Open), None, Page { per_page: Some(20), page: None })
                .await?
            {
                println!("#{:<6} {} ({} into {})", pull.number, pull.title, pull.head.r#ref, pull.base.r#ref);
            }
        }
        ["readme", owner, repo] => {
            let readme = github.readme(owner, repo, None).await?;
            println!("{}, {} bytes, {}", readme.path, readme.size, readme.sha);
        }
        ["release", owner, repo] => {
            let release = github.latest_release(owner, repo).await?;
            println!("{} {}", release.tag_name, release.name.unwrap_or_default());
        }
        ["search", ref words @ ..] if !words.is_empty() => {
            let found = github
                .search_repos(&words.join(" "), Some("stars"), None, Page { per_page: Some(10), page: None })
                .await?;
            println!("{} found", found.total_count);
            for repo in found.items {
                println!("{:>7} {}", repo.stargazers_count, repo.full_name);
            }
        }
        ["user", name] => println!("{:?}", github.user(name).await?),
        ["me"] => println!("{:?}", github.me().await?),
        ["zen"] => println!("{}", github.zen().await?),
        _ => return Err(USAGE.into()),
    }
    Ok(())
}
