//! A command line program with a session that is kept in a file, for a shop that this program brings along.
//!
//! ```text
//! cargo run --example session
//! ```
//!
//! Without a command it starts the shop and then itself, once for each command: what one process has logged in to the next one uses.
//! With one it is such a program: `session login ada`, with the password in `SHOP_PASSWORD`, `session cart`, `session logout`; `SHOP_URL` says where
//! the shop is and `SHOP_FILE` where the session is kept. Any number of them may run at a time.

use apiclient::{
    Secret,
    auth::{AuthError, FileStore, Renewing, Token, TokenKey},
    prelude::*,
};
use serde::Deserialize;
use std::{
    env,
    error::Error,
    process::{Command, ExitCode},
    time::Duration,
};

#[derive(Deserialize)]
pub struct Session {
    id: Secret,
    seconds: u64,
}

#[api_client]
pub trait Login {
    #[post("/sessions")]
    fn log_in(&self, #[field] user: &str, #[field] password: &str) -> Call<Session>;
}

#[api_client]
#[auth(session)]
pub trait Shop {
    #[get("/cart")]
    fn cart(&self) -> Call<Vec<String>>;

    #[delete("/sessions")]
    fn log_out(&self) -> Call<()>;
}

/// The session of the file; `who` logs in where there is none.
fn session(url: &str, who: Option<(String, String)>) -> Result<Renewing, Box<dyn Error>> {
    let login = LoginClient::builder().base_url(url).build()?;
    let session = Renewing::by(move |_| {
        let call = who.as_ref().map(|(user, password)| login.log_in(user, password));
        async move {
            let nobody = || AuthError::reauth_required("nobody is logged in: say `session login`");
            let session = call.ok_or_else(nobody)?.await?;
            Ok(Token::new(session.id).expires_in(Duration::from_secs(session.seconds)))
        }
    });
    let store = FileStore::new(env::var("SHOP_FILE")?);
    Ok(session.stored(store, TokenKey::new("shop")).in_cookie("sid"))
}

/// One command of the program.
async fn run(command: &str, user: Option<String>) -> Result<(), Box<dyn Error>> {
    let url = env::var("SHOP_URL")?;
    let who = user.map(|user| Ok::<_, env::VarError>((user, env::var("SHOP_PASSWORD")?))).transpose()?;
    let session = session(&url, who)?;
    let shop = ShopClient::builder().base_url(url).auth(session.clone()).build()?;
    match command {
        "login" => {
            // The call logs in, since there is no session any more; and it shows that it is good.
            session.forget().await?;
            println!("logged in, {} things in the cart", shop.cart().await?.len());
        }
        "cart" => println!("{}", shop.cart().await?.join(", ")),
        "logout" => {
            shop.log_out().await?;
            session.forget().await?;
            println!("logged out");
        }
        other => return Err(format!("`{other}` is no command: there are login, cart and logout").into()),
    }
    Ok(())
}

/// What somebody would type, one after the other.
async fn story() -> Result<(), Box<dyn Error>> {
    let url = apiclient_examples::shop::serve().await?;
    let directory = env::temp_dir().join(format!("apiclient-session-{}", std::process::id()));
    for arguments in [&["cart"][..], &["login", "ada"], &["cart"], &["cart"], &["logout"], &["cart"]] {
        println!("$ session {}", arguments.join(" "));
        let mut program = Command::new(env::current_exe()?);
        program.args(arguments).env("SHOP_URL", &url).env("SHOP_PASSWORD", "correct horse");
        program.env("SHOP_FILE", directory.join("session.json"));
        tokio::task::spawn_blocking(move || program.status()).await??;
    }
    Ok(std::fs::remove_dir_all(directory)?)
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let done = match arguments.next() {
        Some(command) => run(&command, arguments.next()).await,
        None => story().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            println!("error: {e}");
            ExitCode::FAILURE
        }
    }
}
