//! Settings from files, profiles and variables: who wins, what is said about mistakes, what is never printed, and what a client
//! in use makes of other ones. The messages are in `tests/snapshots/config.txt`; `APICLIENT_BLESS=1` writes it.

use apiclient::{
    Call, Client, ErrorKind, Method, RateLimit, Retry,
    auth::Bearer,
    config::Config,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use apiclient_tests::root;
use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

/// A folder of its own, which is gone in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("apiclient-config-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Config, apiclient::Error> {
        Config::builder().working_folder(&self.0).variables(variables.iter().copied()).load()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn toml(text: &str) -> Folder {
    let folder = Folder::new();
    folder.write("apiclient.toml", text);
    folder
}

/// As many requests as there are attempts.
fn attempts(clock: &ManualClock, call: Call<()>, stub: &Stub) -> usize {
    let before = stub.requests().len();
    clock.run(call).unwrap_err();
    stub.requests().len() - before
}

mod levels {
    use super::*;

    macro_rules! apis {
        ($($name:ident $(#[$of_trait:meta])? $(, #[$of_method:meta])?;)*) => { $(
            #[api_client(base_url = "http://api.test")]
            $(#[$of_trait])?
            pub trait $name {
                #[get("/a")]
                $(#[$of_method])?
                fn find(&self) -> Call<()>;
            }
        )* };
    }

    apis! {
        Neither;
        OfTrait #[retry(attempts = 4)];
        OfMethod, #[retry(attempts = 5)];
        Both #[retry(attempts = 4)], #[retry(attempts = 5)];
    }

    /// What each level says, the highest first; the last is what nobody says.
    const LEVELS: [(&str, u32); 14] = [
        ("call", 16),
        ("endpoint, variable", 15),
        ("endpoint, profile", 14),
        ("endpoint, file", 13),
        ("method", 5),
        ("builder", 12),
        ("service, variable", 11),
        ("service, profile", 10),
        ("service, file", 9),
        ("defaults, variable", 8),
        ("defaults, profile", 7),
        ("defaults, file", 6),
        ("trait", 4),
        ("crate", 3),
    ];

    fn expected(said: impl Fn(&str) -> bool) -> u32 {
        LEVELS.iter().find(|(level, _)| *level == "crate" || said(level)).unwrap().1
    }

    fn of(level: &str) -> u32 {
        LEVELS.iter().find(|(known, _)| *known == level).unwrap().1
    }

    /// All of what 13 levels can say: 8,192 clients.
    #[test]
    fn the_highest_that_says_something_wins() {
        const IN_FILE: [(&str, &str); 6] = [
            ("endpoint, profile", "profiles.p.services.api.endpoints.find"),
            ("endpoint, file", "services.api.endpoints.find"),
            ("service, profile", "profiles.p.services.api"),
            ("service, file", "services.api"),
            ("defaults, profile", "profiles.p.defaults"),
            ("defaults, file", "defaults"),
        ];
        const IN_VARIABLES: [(&str, &str); 3] = [
            ("endpoint, variable", "APICLIENT_API__ENDPOINTS__FIND__RETRY__ATTEMPTS"),
            ("service, variable", "APICLIENT_API__RETRY__ATTEMPTS"),
            ("defaults, variable", "APICLIENT_DEFAULTS__RETRY__ATTEMPTS"),
        ];
        let folder = Folder::new();
        let clock = ManualClock::new();
        let mut seen = 0;
        for in_file in 0..64_u32 {
            let stub = Stub::with(|_| Ok(Reply::new(503, "")));
            let mut text = "[services.api]\n[profiles.p.services.api]\n".to_owned();
            for (i, (level, table)) in IN_FILE.iter().enumerate() {
                if in_file & (1 << i) != 0 {
                    text = text.replace(&format!("[{table}]\n"), "");
                    writeln!(text, "[{table}.retry]\nattempts = {}", of(level)).unwrap();
                }
            }
            folder.write("apiclient.toml", &text);
            for in_variables in 0..8_u32 {
                let chosen: Vec<_> =
                    IN_VARIABLES.iter().enumerate().filter(|(i, _)| in_variables & (1 << i) != 0).collect();
                let mut variables: Vec<(String, String)> =
                    chosen.iter().map(|(_, (level, name))| ((*name).into(), of(level).to_string())).collect();
                variables.push(("APICLIENT_PROFILE".into(), "p".into()));
                let config = Config::builder().working_folder(&folder.0).variables(variables).load().unwrap();
                for rest in 0..16_u32 {
                    let (of_trait, of_method, of_builder, of_call) =
                        (rest & 1 != 0, rest & 2 != 0, rest & 4 != 0, rest & 8 != 0);
                    let said = |level: &str| match level {
                        "trait" => of_trait,
                        "method" => of_method,
                        "builder" => of_builder,
                        "call" => of_call,
                        _ => {
                            let file = IN_FILE.iter().position(|(l, _)| *l == level);
                            let variable = IN_VARIABLES.iter().position(|(l, _)| *l == level);
                            file.is_some_and(|i| in_file & (1 << i) != 0)
                                || variable.is_some_and(|i| in_variables & (1 << i) != 0)
                        }
                    };
                    macro_rules! call {
                        ($client:ident) => {{
                            let mut builder = $client::builder()
                                .transport(stub.clone())
                                .clock(clock.clone())
                                .retry_budget(100_000);
                            if of_builder {
                                builder = builder.retry(Retry::new().attempts(of("builder")));
                            }
                            // The order in which a builder is told makes no difference.
                            builder
                                .config(&config, "api")
                                .timeout(Duration::from_secs(3600))
                                .build()
                                .unwrap()
                                .find()
                        }};
                    }
                    let mut call = match (of_trait, of_method) {
                        (false, false) => call!(NeitherClient),
                        (true, false) => call!(OfTraitClient),
                        (false, true) => call!(OfMethodClient),
                        (true, true) => call!(BothClient),
                    };
                    if of_call {
                        call = call.retry(Retry::new().attempts(of("call")));
                    }
                    let expected = expected(said);
                    let found = attempts(&clock, call, &stub);
                    assert_eq!(
                        found, expected as usize,
                        "file {in_file:06b}, variables {in_variables:03b}, rest {rest:04b}"
                    );
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 1 << 13);
    }
}

#[api_client(base_url = "http://api.test")]
#[auth(bearer)]
#[auth(admin = basic)]
#[header("X-Tenant", "{tenant}")]
trait Shop {
    #[get("/items")]
    fn items(&self) -> Call<()>;
    #[get("/search")]
    fn search(&self) -> Call<()>;
    #[get("/admin")]
    #[auth(admin)]
    fn admin(&self) -> Call<()>;
}

/// Files: that of the user below that of the working folder, in any of the formats.
#[test]
fn files_lie_one_over_the_other() {
    for (user, working) in [("toml", "yaml"), ("json", "toml"), ("yaml", "json"), ("yml", "yml")] {
        let text = |format: &str, rate: &str, both: &str| match format {
            "toml" => format!(
                "[services.api]\nmax_body = \"{both}\"\nretry.cap = \"{rate}\"\nheaders.x-{rate} = \"1\""
            ),
            "json" => format!(
                r#"{{"services": {{"api": {{"max_body": "{both}", "retry": {{"cap": "{rate}"}}, "headers": {{"x-{rate}": 1}}}}}}}}"#
            ),
            _ => format!(
                "services:\n  api:\n    max_body: {both}\n    retry:\n      cap: {rate}\n    headers:\n      x-{rate}: 1\n"
            ),
        };
        let folder = Folder::new();
        folder.write(&format!("home/apiclient/apiclient.{user}"), &text(user, "1s", "1KiB"));
        folder.write(&format!("work/apiclient.{working}"), &text(working, "2s", "2KiB"));
        let config = Config::builder()
            .working_folder(folder.0.join("work"))
            .user_folder(folder.0.join("home"))
            .variables::<String, String>([])
            .load()
            .unwrap();
        let shown = config.explain().to_string();
        for line in ["max_body", "2KiB", "retry.cap", "2s", "headers.x-1s", "headers.x-2s"] {
            assert!(shown.contains(line), "{line}: {shown}");
        }
        assert!(!shown.contains("1KiB"), "{shown}");
        let name = format!("home/apiclient/apiclient.{user}: services.api.headers.x-1s");
        assert!(shown.contains(&name), "{shown}");
    }
}

/// One file, and nothing else; its name may come from a variable.
#[test]
fn a_file_of_ones_own() {
    let folder = toml("[services.other]\n");
    folder.write("prod.json", r#"{"services": {"api": {}}}"#);
    let path = folder.0.join("prod.json");
    let services = |config: Config| config.services().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        services(Config::builder().file(&path).variables::<String, String>([]).load().unwrap()),
        ["api"]
    );
    assert_eq!(services(folder.load(&[("APICLIENT_CONFIG", path.to_str().unwrap())]).unwrap()), ["api"]);
    assert_eq!(services(folder.load(&[]).unwrap()), ["other"]);
    let missing = Config::builder().file(folder.0.join("nothing.toml")).load().unwrap_err();
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
    let own = folder.write("acme.toml", "[services.mine]\n");
    let acme = Config::builder().name("acme").working_folder(&own.0);
    let acme = acme.variables([("ACME_MINE__TIMEOUT", "1s"), ("APICLIENT_MINE__NONSENSE", "1")]);
    assert!(acme.load().unwrap().explain().to_string().contains("ACME_MINE__TIMEOUT"));
    assert_eq!(
        services(
            Config::builder()
                .working_folder(&own.0)
                .without_working_folder()
                .variables::<String, String>([])
                .load()
                .unwrap()
        ),
        [""; 0]
    );
}

/// Every setting, as it reaches the wire or the client.
#[test]
fn every_setting_arrives() {
    let folder = toml(
        r#"
        [services.shop]
        base_url = "http://shop.test/v2"
        user_agent = "shopper/7"
        headers = { x-plan = "gold", x-key = { env = "KEY" } }
        values.tenant = { env = "TENANT" }
        auth.bearer = { file = "token" }
        auth_for.admin.basic = { user = "root", password = { command = ["printf", "pass"] } }
        timeout = { total = "10s", attempt = "4s", idle = "2s", forward = "X-Time" }
        connect_timeout = "1s"
        max_body = "1KiB"
        retry = { attempts = 2, base = "1ms", cap = "1s", max_retry_after = "5s", on = ["418", "5xx", "timeout"], attempt_header = "X-Try" }
        retry_budget = 100
        rate_limit = { rate = "100/s", burst = 3, cost = 1, full = "reject", headers = "github", warn_below = 1 }
        concurrency = { most = 4, full = "reject" }
        breaker = { ratio = 0.5, min = 10, window = "10s", open = "1s", probes = 2, per = "endpoint" }
        redirects = { most = 3, same_origin = true }
        idempotency_key = { header = "X-Idempotency", quoted = true }
        decompress = false
        addresses = "public_elsewhere"
        allow_origins = ["http://files.test"]
        auth_origins = "http://uploads.test"
        show = { headers = ["x-plan"], query = ["page"], body = ["/error/param"], message = false }
        cookies = true
        stats = false
        [services.shop.endpoints.search]
        timeout = "1s"
        hedge = "p95"
        "#,
    );
    folder.write("token", "t-1\n");
    let config = Config::builder()
        .working_folder(&folder.0)
        .variables([("KEY", "k-1"), ("TENANT", "acme")])
        .trust_working_folder()
        .load()
        .unwrap();
    let stub = Stub::with(|_| Ok(Reply::new(418, "")));
    let clock = ManualClock::new();
    let shop = ShopClient::builder()
        .config(&config, "shop")
        .transport(stub.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    let error = clock.run(shop.items()).unwrap_err();
    assert_eq!(error.attempts(), 2);
    let sent = stub.requests();
    let of = |name: &str| sent[1].headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(sent[1].url(), "http://shop.test/v2/items");
    for (name, value) in [
        ("user-agent", "shopper/7"),
        ("x-plan", "gold"),
        ("x-key", "k-1"),
        ("x-tenant", "acme"),
        ("authorization", "Bearer t-1"),
        ("x-try", "2"),
        ("x-time", "4000"),
    ] {
        assert_eq!(of(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(of("accept-encoding"), None);
    assert!(of("x-idempotency").unwrap().starts_with('"'));
    let tokens = 100 - 14;
    assert_eq!(shop.client().retry_tokens(), tokens);
    clock.run(shop.admin()).unwrap_err();
    let admin = stub.requests().last().unwrap().headers()["authorization"].to_str().unwrap().to_owned();
    assert_eq!(admin, "Basic cm9vdDpwYXNz");
    // Three at once, of which two have been used by two attempts each.
    let limits = shop.client().limits();
    assert_eq!(limits.rates()[0].name(), "client");
    assert_eq!(limits.breakers().len(), 2, "one per method");
    let late = Stub::with_async(|_| Box::pin(std::future::pending()));
    let slow =
        ShopClient::builder().config(&config, "shop").transport(late).clock(clock.clone()).build().unwrap();
    assert!(clock.run(slow.search()).unwrap_err().to_string().contains("within 1s"));
    assert!(clock.run(slow.items()).unwrap_err().to_string().contains("within 4s"));
    // What the builder says wins, but for what nobody else says.
    let own =
        ShopClient::builder().auth(Bearer::new("mine")).header("X-Plan", "own").base_url("http://own.test");
    let own = own
        .value("tenant", "me")
        .config(&config, "shop")
        .transport(stub.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    clock.run(own.items().retry(Retry::none())).unwrap_err();
    let last = stub.requests().pop().unwrap();
    assert_eq!(last.url(), "http://own.test/items");
    let of = |name: &str| last.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        [of("authorization"), of("x-plan"), of("x-tenant"), of("x-key")],
        ["Bearer mine", "own", "me", "k-1"].map(str::to_owned)
    );
}

/// Base URLs with weights, and a client of no trait.
/// What a file does not say any more is not shown, and is not unhealthy for ever.
#[test]
fn a_breaker_that_is_no_more() {
    let folder =
        toml("[services.api]\nbreaker = { min = 2, ratio = 0.5, open = \"5s\" }\nretry = \"none\"\n");
    let (clock, is_down) = (ManualClock::new(), Arc::new(AtomicBool::new(true)));
    let down = is_down.clone();
    let stub = Stub::with(move |_| Ok(Reply::new(if down.load(Ordering::Relaxed) { 503 } else { 204 }, "")));
    let client = Client::builder().config(&folder.load(&[]).unwrap(), "api").base_url("http://api.test");
    let client = client.transport(stub).clock(clock.clone()).build().unwrap();
    let call = || client.call(Method::GET, "/x").fetch::<()>();
    for _ in 0..3 {
        clock.run(call()).unwrap_err();
    }
    assert_eq!(clock.run(client.health()).state().as_str(), "unhealthy");
    is_down.store(false, Ordering::Relaxed);
    // Another breaker is another one, and stands alone.
    folder.write("apiclient.toml", "[services.api]\nbreaker = { min = 9, ratio = 0.5, open = \"5s\" }\n");
    client.reload(&folder.load(&[]).unwrap()).unwrap();
    assert_eq!(client.limits().breakers().len(), 1);
    assert!(clock.run(client.health()).is_healthy(), "{}", clock.run(client.health()));
    folder.write("apiclient.toml", "[services.api]\nbreaker = \"none\"\n");
    client.reload(&folder.load(&[]).unwrap()).unwrap();
    clock.run(call()).unwrap();
    assert!(client.limits().breakers().is_empty());
    assert!(clock.run(client.health()).is_healthy());
}

/// The file of a folder that anybody may have written does not say where somebody's credentials go.
#[test]
fn the_working_folder_is_not_trusted_with_credentials() {
    let (own, working) = (Folder::new(), Folder::new());
    own.write("token", "users-own-token\n");
    own.write("apiclient/apiclient.toml", "[services.shop]\nauth.bearer = { file = \"../token\" }\n");
    let load = |text: &str, trusts: bool| {
        working.write("apiclient.toml", text);
        let config = Config::builder().user_folder(&own.0).working_folder(&working.0);
        let config = config.variables([("APICLIENT_SHOP__VALUES__TENANT", "t")]);
        if trusts { config.trust_working_folder() } else { config }.load()
    };
    let evil = "[services.shop]\nbase_url = \"http://evil.test\"\n";
    let error = load(evil, false).unwrap_err().to_string();
    assert!(
        error.contains("apiclient.toml: services.shop.base_url: the working folder does not say"),
        "{error}"
    );
    let evil_list = "[services.shop]\nbase_url = [\"http://a.test\", \"http://evil.test\"]\n";
    assert!(load(evil_list, false).is_err());
    assert!(load("[services.shop]\nauth_origins = [\"http://evil.test\"]\n", false).is_err());
    load("[services.shop]\ntimeout = \"5s\"\n", false).unwrap();
    load("[services.other]\nbase_url = \"http://other.test\"\nauth.bearer = { env = \"T\" }\n", false)
        .unwrap();
    load(evil, true).unwrap();
    // One that somebody has named is meant.
    let named = working.0.join("apiclient.toml");
    let named = [("APICLIENT_CONFIG", named.to_str().unwrap())];
    working.write("apiclient.toml", "[services.shop]\nauth.bearer = { command = [\"echo\", \"t\"] }\n");
    Config::builder().working_folder(&working.0).variables(named).load().unwrap();
}

/// Words that stand for a setting are a layer like any other.
#[test]
fn words_are_keys_as_well() {
    let shown = |text: &str, variables: &[(&str, &str)]| {
        let all = toml(text).load(variables).unwrap().explain().to_string();
        let rows = all.lines().filter(|line| line.starts_with("  ") && !line.ends_with("say another thing"));
        rows.map(|row| row.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let api = |rest: &str| format!("[services.api]\n{rest}\n");
    assert_eq!(
        shown(&api("redirects = \"same_origin\""), &[("APICLIENT_API__REDIRECTS", "5")]),
        ["redirects.most 5", "redirects.same_origin true"]
    );
    assert_eq!(
        shown(&api("redirects = \"none\""), &[("APICLIENT_API__REDIRECTS__SAME_ORIGIN", "true")]),
        ["redirects.most 0", "redirects.same_origin true"]
    );
    assert_eq!(
        shown(&api("retry = \"none\""), &[("APICLIENT_API__RETRY__BASE", "1s")]),
        ["retry.attempts 1", "retry.base 1s"]
    );
    let key = api("auth.api_key = { key = { env = \"K\" }, header = \"X-Key\" }");
    let rows = shown(&key, &[("APICLIENT_API__AUTH__API_KEY", "k-2")]);
    assert_eq!(rows, ["auth.api_key.key ***", "auth.api_key.header X-Key"]);
    // A level takes back what lower ones say.
    let limited =
        "[defaults]\nrate_limit = \"5/s\"\nconcurrency = 8\n[services.api]\nrate_limit = \"none\"\n";
    let rows = shown(limited, &[("APICLIENT_API__CONCURRENCY", "none")]);
    assert_eq!(rows, ["rate_limit none", "concurrency none"]);
    // What a variable says of values and headers may be a secret.
    let rows = shown(
        &api("values.region = \"eu\""),
        &[("APICLIENT_API__VALUES__TOKEN", "canary"), ("APICLIENT_API__HEADERS__X_PASSPHRASE", "canary")],
    );
    assert_eq!(rows, ["headers.x-passphrase ***", "values.region eu", "values.token ***"]);
    let secret = toml(&api("values.api_key = \"canary\"")).load(&[]).unwrap_err().to_string();
    assert!(secret.contains("values.api_key: a secret does not stand in a file"), "{secret}");
    assert!(!secret.contains("canary"), "{secret}");
}

/// Equal weights are weights, a variable has commas, and a list is not empty.
#[test]
fn base_urls_in_their_corners() {
    let shares = |text: &str, variables: &[(&str, &str)]| {
        let stub = Stub::with(|_| Ok(Reply::new(204, "")));
        let clock = ManualClock::new();
        let client = Client::builder().config(&toml(text).load(variables).unwrap(), "api");
        let client = client.transport(stub.clone()).clock(clock.clone()).build().unwrap();
        for _ in 0..100 {
            clock.run(client.call(Method::GET, "/x").fetch::<()>()).unwrap();
        }
        stub.requests().iter().filter(|sent| sent.url().host() == Some("a.test")).count()
    };
    let equal = "[services.api]\nbase_url = [{ url = \"http://a.test\", weight = 1 }, { url = \"http://b.test\", weight = 1 }]";
    assert!((20..80).contains(&shares(equal, &[])), "they share");
    assert_eq!(shares("[services.api]\nbase_url = [\"http://a.test\", \"http://b.test\"]", &[]), 100);
    assert_eq!(
        shares("[services.api]\n", &[("APICLIENT_API__BASE_URL", "http://a.test,http://b.test")]),
        100
    );
    let wrong = |text: &str| toml(text).load(&[]).unwrap_err().to_string();
    assert!(wrong("[services.api]\nbase_url = []").contains("there is no base URL in the list"));
    let zero = "[services.api]\nbase_url = [{ url = \"http://a.test\", weight = 0 }]";
    assert!(wrong(zero).contains("all weights are 0"));
}

/// What may be printed is checked as on the builder, with file and key.
#[test]
fn what_may_be_shown() {
    let load = |show: &str| toml(&format!("[services.api]\nshow = {{ {show} }}\n")).load(&[]);
    load("headers = [\"content-length\", \"x-plan\"], body = [\"/error/param\"]").unwrap();
    for (show, said) in [
        ("headers = [\"authorization\"]", "show.headers: the header `authorization` is a secret by its name"),
        ("headers = [\"a b\"]", "show.headers: \"a b\" cannot be the name of a header"),
        ("body = [\"error\"]", "show.body: \"error\" is no JSON pointer"),
    ] {
        let error = load(show).unwrap_err().to_string();
        assert!(error.contains(&format!("apiclient.toml: services.api.{said}")), "{error}");
    }
}

/// Variables as people and their tools set them.
#[test]
fn variables_in_their_corners() {
    let folder = toml("[services.github]\nbase_url = \"http://github.test\"\n[services.my-api]\n");
    // A service of its own, with a name like another's.
    let config =
        folder.load(&[("APICLIENT_GITLAB__TIMEOUT", "5s"), ("APICLIENT_GITHUC__BASE_URL", "http://c.test")]);
    assert_eq!(config.unwrap().services().collect::<Vec<_>>(), ["github", "githuc", "gitlab", "my-api"]);
    let slip = folder.load(&[("APICLIENT_GITHUBB__TIMEOUT", "5s")]).unwrap_err().to_string();
    assert!(slip.contains("did you mean APICLIENT_GITHUB__TIMEOUT?"), "{slip}");
    let whose = folder.load(&[("APICLIENT_TIMEOUT", "5s")]).unwrap_err().to_string();
    assert!(whose.contains("of which service? Of all of them: APICLIENT_DEFAULTS__TIMEOUT"), "{whose}");
    // An empty one is none.
    folder.load(&[("APICLIENT_PROFILE", ""), ("APICLIENT_CONFIG", "")]).unwrap();
    // Without a file there is nobody to say that there is a hyphen.
    let alone = Config::builder().without_working_folder();
    let alone = alone.variables([("APICLIENT_YOUR_API__BASE_URL", "http://your.test")]).load().unwrap();
    Client::builder().config(&alone, "your-api").build().unwrap();
}

/// A few names that call each other make gigabytes of a short file.
#[test]
fn yaml_has_no_aliases() {
    let folder = Folder::new();
    let load = |text: &str| folder.write("apiclient.yaml", text).load(&[]);
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nservices: {api: {values: {x: *b}}}\n";
    let error = load(bomb).unwrap_err().to_string();
    assert!(error.contains("apiclient.yaml: line 1 has an anchor or an alias"), "{error}");
    assert!(load("services:\n  api: *other\n").is_err());
    load(
        "services:\n  api: # & all of it\n    base_url: http://api.test/a&b*c\n    values: {pattern: \"*.x &y\", text: a & b}\n",
    )
    .unwrap();
}

/// A program that prints a secret has ten seconds, whatever it leaves behind, and whatever it does with its output.
#[cfg(unix)]
#[test]
fn commands_end() {
    let get = |script: &str| {
        let folder = toml(&format!(
            "[services.api]\nbase_url = \"http://a.test\"\nauth.bearer = {{ command = [\"sh\", \"-c\", \"{script}\"] }}\n"
        ));
        let config =
            Config::builder().working_folder(&folder.0).trust_working_folder().variables([("A", "")]);
        Client::builder().config(&config.load().unwrap(), "api").build()
    };
    get("echo tok; (sleep 60 >&2) &").unwrap();
    get("echo tok; sleep 60 &").unwrap();
    let failed = get("echo canary; exit 3").unwrap_err().to_string();
    assert!(failed.contains("`sh` has failed: exit status: 3") && !failed.contains("canary"), "{failed}");
    let long = get("yes canary | head -c 100000").unwrap_err().to_string();
    assert!(long.contains("it is longer than 64 KiB"), "{long}");
}

/// A profile that says another kind of credentials, or another place of a secret, means that one and no other.
#[test]
fn what_is_said_above_is_not_said_below_as_well() {
    let folder = toml(
        r#"
        [services.shop]
        base_url = "http://shop.test"
        auth.bearer = { env = "TOKEN" }
        auth_for.admin.basic = { user = "ada", password = { env = "PASSWORD" } }
        values = { tenant = "t", env = "a", file = "b" }
        [services.env]
        base_url = "http://env.test"
        [services.keyed]
        base_url = "http://keyed.test"
        auth.api_key = { key = { env = "KEY" }, header = "X-Key" }

        [profiles.dev.services.shop]
        auth.bearer = { command = ["never", "run"] }
        values = { file = "c" }
        [profiles.dev.services.file]
        base_url = "http://file.test"
        [profiles.dev.services.keyed]
        auth.api_key = { query = "key" }

        [profiles.other.services.shop]
        auth.basic = { user = "bob", password = { env = "PASSWORD" } }
        auth_for.admin.bearer = { env = "TOKEN" }
        "#,
    );
    let shown = |profile: &str| {
        let config = Config::builder().working_folder(&folder.0).trust_working_folder().profile(profile);
        let config = config.variables([("TOKEN", "t-1"), ("PASSWORD", "p"), ("KEY", "k")]).load().unwrap();
        config.explain().to_string()
    };
    let dev = shown("dev");
    assert!(dev.contains("*** (command never)") && !dev.contains("variable TOKEN"), "{dev}");
    assert!(dev.contains("values.env") && dev.contains("values.file"), "{dev}");
    assert!(dev.contains("http://env.test") && dev.contains("http://file.test"), "{dev}");
    assert!(dev.contains("auth.api_key.query") && !dev.contains("auth.api_key.header"), "{dev}");
    assert!(dev.contains("*** (variable KEY)") && dev.contains("auth_for.admin.basic.user"), "{dev}");
    let other = shown("other");
    assert!(other.contains("auth.basic.user") && !other.contains("auth.bearer  "), "{other}");
    // Two in the same level are one too many.
    let twice =
        [("TOKEN", "t-1"), ("APICLIENT_SHOP__AUTH__BEARER", "t-2"), ("APICLIENT_SHOP__AUTH__API_KEY", "k")];
    let config = Config::builder().working_folder(&folder.0).variables(twice);
    let error = config.load().unwrap_err().to_string();
    assert!(error.contains("there are credentials of several kinds"), "{error}");
    assert!(other.contains("auth_for.admin.bearer") && !other.contains("auth_for.admin.basic"), "{other}");
}

#[test]
fn several_base_urls() {
    let folder = toml(
        "[services.api]\nbase_url = [{ url = \"http://a.test\", weight = 3 }, \"http://b.test\"]\nredirects = \"none\"\n",
    );
    let stub = Stub::with(|_| Ok(Reply::new(204, "")));
    let clock = ManualClock::new();
    let config = folder.load(&[]).unwrap();
    let client = Client::builder()
        .config(&config, "api")
        .transport(stub.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    for _ in 0..40 {
        clock.run(client.call(Method::GET, "/x").fetch::<()>()).unwrap();
    }
    let to_a = stub.requests().iter().filter(|sent| sent.url().host() == Some("a.test")).count();
    assert!((20..40).contains(&to_a), "{to_a}");
}

/// No secret is in what is printed, wherever it is from.
#[test]
fn secrets_are_never_printed() {
    const CANARY: &str = "canary-5f2e";
    let folder = toml(
        r#"
        [services.shop]
        base_url = "http://shop.test"
        auth.bearer = { env = "TOKEN" }
        auth_for.admin.basic = { user = "root", password = { file = "password" } }
        headers.x-api-key = { command = ["cat", "/nowhere"] }
        values.tenant = { env = "TENANT" }
        "#,
    );
    folder.write("password", CANARY);
    let variables = [
        ("TOKEN", CANARY),
        ("TENANT", CANARY),
        ("APICLIENT_SHOP__AUTH__BEARER", CANARY),
        ("APICLIENT_SHOP__HEADERS__X_API_KEY", CANARY),
    ];
    let config = folder.load(&variables).unwrap();
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(401, "no")));
    let builder = ShopClient::builder().config(&config, "shop").transport(stub.clone()).clock(clock.clone());
    let mut printed = format!("{config:?}{config:#?}{}{builder:?}", config.explain());
    let shop = builder.build().unwrap();
    let error = clock.run(shop.items()).unwrap_err();
    assert_eq!(stub.requests()[0].headers()["authorization"], format!("Bearer {CANARY}"));
    assert_eq!(stub.requests()[0].headers()["x-api-key"], CANARY);
    write!(printed, "{shop:?}{error}{error:?}{error:#?}").unwrap();
    // A secret where none should be.
    for text in [
        "[services.shop]\nauth.bearer = \"canary-5f2e\"",
        "[services.shop]\nauth = \"canary-5f2e\"",
        "[services.shop]\nauth.basic = \"root:canary-5f2e\"",
        "[services.shop]\nheaders.x-api-key = \"canary-5f2e\"",
        "[services.shop]\nheaders.x-plan = \"canary-5f2e\\n.\"",
        "[services.shop]\nbase_url = \"https://root:canary-5f2e@shop.test\"",
        "[services.shop]\nbase_url = [\"https://root:canary-5f2e@shop.test\"]",
        "[services.shop]\nauth.bearer = canary-5f2e",
        "[services.shop]\nauth.token = \"canary-5f2e\"",
        "[services.shop]\nvalues.tenant = [\"canary-5f2e\"]",
    ] {
        let error = toml(text).load(&[]).unwrap_err();
        write!(printed, "{error}{error:?}{error:#?}").unwrap();
    }
    let yaml = Folder::new();
    yaml.write("apiclient.yaml", "services:\n  shop:\n    auth: {bearer: \"canary-5f2e\n  x: [");
    write!(printed, "{:?}", yaml.load(&[]).unwrap_err()).unwrap();
    yaml.write("apiclient.yaml", "services:\n  shop: 1\n canary-5f2e\n");
    write!(printed, "{:?}", yaml.load(&[]).unwrap_err()).unwrap();
    assert!(!printed.contains(CANARY), "{}", printed.replace(CANARY, ">>>HERE<<<"));
}

/// What is wrong, as people read it.
#[test]
fn messages() {
    let mut all = String::new();
    let mut case = |title: &str, extension: &str, text: &str, variables: &[(&str, &str)]| {
        let folder = Folder::new();
        folder.write(&format!("apiclient.{extension}"), text);
        let error = folder.load(variables).map(|config| panic!("{title}: {}", config.explain())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let message = error.to_string().replace(folder.0.to_str().unwrap(), ".");
        writeln!(all, "{title}\n  {}\n", message.replace("; ./", ";\n  ./")).unwrap();
    };
    let of_service = |setting: &str| format!("[services.github]\n{setting}\n");
    for (title, setting) in [
        ("a setting that is misspelled", "timeuot = \"10s\""),
        ("one that nobody knows", "colour = \"blue\""),
        ("a key of a setting that is misspelled", "retry = { atempts = 3 }"),
        ("a duration without a unit", "timeout = 10"),
        ("the same as a text", "timeout = \"10\""),
        ("another unit", "timeout = \"10 minutes\""),
        ("no number", "connect_timeout = \"soon\""),
        ("nothing at all", "timeout = \"0s\""),
        ("too much", "timeout = \"99999999999999999999h\""),
        ("a list for a duration", "timeout.attempt = [\"10s\"]"),
        ("a size of another kind", "max_body = \"64 megs\""),
        ("a rate without a unit", "rate_limit = 5000"),
        ("a rate of another unit", "rate_limit = \"5000/week\""),
        ("a rate limit without a burst", "rate_limit = { rate = \"5/s\", burst = 0 }"),
        ("a word of a set", "rate_limit = { rate = \"5/s\", full = \"rejekt\" }"),
        ("a dialect", "rate_limit = { rate = \"5/s\", headers = \"gitlab\" }"),
        ("no attempts", "retry.attempts = 0"),
        ("half an attempt", "retry.attempts = 2.5"),
        ("no status", "retry.on = [\"5xx\", \"6xx\"]"),
        ("a share above one", "breaker.ratio = 10"),
        ("a place in no order", "hedge = \"p9\""),
        ("no places", "concurrency = 0"),
        ("neither true nor false", "decompress = \"maybe\""),
        ("a URL without a scheme", "base_url = \"api.github.com\""),
        ("a URL with a query", "base_url = \"https://api.github.com?a=b\""),
        ("a header that cannot be", "headers.\"x tenant\" = \"acme\""),
        ("a header of the transport", "headers.content-length = \"7\""),
        ("a secret in a file", "auth.bearer = \"ghp_123\""),
        ("a secret from nowhere", "auth.bearer = {}"),
        ("a secret from two places", "auth.bearer = { env = \"A\", file = \"b\" }"),
        ("a secret from another place", "auth.bearer = { vault = \"a\" }"),
        ("two kinds of credentials", "auth = { bearer = { env = \"A\" }, api_key = { env = \"B\" } }"),
        ("half a login", "auth.basic = { user = \"ada\" }"),
        ("a table that is none", "endpoints = \"search\""),
        ("a setting that an endpoint does not have", "endpoints.search.base_url = \"https://a.test\""),
        ("a command in the working folder", "auth.bearer = { command = [\"pass\", \"github\"] }"),
        ("an origin that is none", "allow_origins = [\"files\"]"),
    ] {
        case(title, "toml", &of_service(setting), &[]);
    }
    case("a table that is misspelled", "toml", "[service.github]\ntimeout = \"1s\"", &[]);
    case("a service that is none", "json", r#"{"services": {"github": 7}}"#, &[]);
    case("a profile that is none", "json", r#"{"profiles": {"dev": "http://a.test"}}"#, &[]);
    case("a key of a profile", "json", r#"{"profiles": {"dev": {"service": {}}}}"#, &[]);
    case("nothing behind a key", "yaml", "services:\n  github:\n    timeout:\n", &[]);
    case("no TOML", "toml", "[services.github\ntimeout = \"1s\"", &[]);
    case("no JSON", "json", "{\"services\": }", &[]);
    case("no YAML", "yaml", "services: [", &[]);
    case("no table at all", "yaml", "- a\n- b\n", &[]);
    case("a profile that is not there", "toml", "profile = \"prd\"\n[profiles.prod]\n[profiles.dev]\n", &[]);
    case("a profile of a variable", "toml", "[profiles.prod]\n", &[("APICLIENT_PROFILE", "staging")]);
    case(
        "a mistake in a profile",
        "toml",
        "profile = \"dev\"\n[profiles.dev.services.github]\ntimeout = \"5\"",
        &[],
    );
    case("a mistake in the defaults", "toml", "[defaults]\ntimeout = \"5\"\n[services.a]\n[services.b]", &[]);
    case(
        "a variable with one underscore",
        "toml",
        "[services.github]",
        &[("APICLIENT_GITHUB_TIMEOUT", "1s")],
    );
    case(
        "a variable of another service",
        "toml",
        "[services.github]",
        &[("APICLIENT_GITHBU__TIMEOUT", "1s")],
    );
    case("a variable without a unit", "toml", "[services.github]", &[("APICLIENT_GITHUB__TIMEOUT", "10")]);
    case(
        "a variable of another setting",
        "toml",
        "[services.github]",
        &[("APICLIENT_GITHUB__RETRY__ATEMPTS", "3")],
    );
    case(
        "several mistakes",
        "toml",
        "[services.github]\ntimeuot = \"1s\"\nmax_body = \"a lot\"\n[services.gitlab]\nretry = 3\n",
        &[],
    );
    let folder = toml("[services.a]\n");
    folder.write("apiclient.json", "{}");
    let error = folder.load(&[]).unwrap_err().to_string().replace(folder.0.to_str().unwrap(), ".");
    writeln!(all, "two files\n  {error}\n").unwrap();
    built(&mut all);
    let path = root().join("tests/snapshots/config.txt");
    if env::var_os("APICLIENT_BLESS").is_some() {
        fs::write(&path, &all).unwrap();
    }
    assert_eq!(all, fs::read_to_string(&path).unwrap(), "APICLIENT_BLESS=1 writes it");
}

/// What is found out when a client is built.
fn built(all: &mut String) {
    let mut case = |title: &str, text: &str, service: &str| {
        let folder = toml(text);
        let config = folder.load(&[("EMPTY", "")]).unwrap();
        let builder = ShopClient::builder()
            .config(&config, service)
            .value("tenant", "a")
            .auth_for("admin", apiclient::auth::Basic::new("a", "b"));
        let builder = builder.transport(Stub::new()).clock(ManualClock::new());
        let message = builder.build().unwrap_err().to_string().replace(folder.0.to_str().unwrap(), ".");
        writeln!(all, "{title}\n  {message}\n").unwrap();
    };
    const TOKEN: &str = "auth.bearer = { file = \"apiclient.toml\" }";
    case("a service that is not there", "[services.shop]\n[services.stock]\n", "shopp");
    case("no service at all", "", "shop");
    case(
        "an endpoint that is not there",
        &format!("[services.shop]\n{TOKEN}\nendpoints.serach.timeout = \"1s\""),
        "shop",
    );
    case("a variable that is not set", "[services.shop]\nauth.bearer = { env = \"NOT_SET\" }", "shop");
    case("a variable that is empty", "[services.shop]\nauth.bearer = { env = \"EMPTY\" }", "shop");
    case("a file that is not there", "[services.shop]\nauth.bearer = { file = \"nothing\" }", "shop");
    case(
        "a token that cannot be sent",
        "[services.shop]\n# two lines\nauth.bearer = { file = \"apiclient.toml\" }",
        "shop",
    );
    case("no credentials", "[services.shop]\n", "shop");
    case(
        "credentials of another kind",
        "[services.shop]\nauth.basic = { user = \"a\", password = { file = \"apiclient.toml\" } }",
        "shop",
    );
}

/// Commands print secrets, if they are allowed to, in time, and well.
#[test]
#[cfg(unix)]
fn commands_print_secrets() {
    let folder = toml("[services.shop]\nauth.bearer = { command = \"echo t-9\" }\n");
    folder.write("fails.toml", "[services.shop]\nauth.bearer = { command = [\"false\"] }\n");
    folder.write("nowhere.toml", "[services.shop]\nauth.bearer = { command = [\"/nowhere/at-all\"] }\n");
    assert!(folder.load(&[]).unwrap_err().to_string().contains("is not run"));
    let build = |file: &str| {
        let config =
            Config::builder().file(folder.0.join(file)).variables::<String, String>([]).load().unwrap();
        let builder = ShopClient::builder().config(&config, "shop").value("tenant", "a").anonymous();
        let stub = Stub::with(|_| Ok(Reply::new(204, "")));
        let clock = ManualClock::new();
        builder.transport(stub.clone()).clock(clock.clone()).build().map(|shop| {
            clock.run(shop.items()).unwrap();
            stub.requests()[0].headers()["authorization"].to_str().unwrap().to_owned()
        })
    };
    // A file that is named may run commands: whoever names it knows it.
    assert_eq!(build("apiclient.toml").unwrap(), "Bearer t-9");
    assert!(build("fails.toml").unwrap_err().to_string().contains("`false` has failed: exit status: 1"));
    assert!(build("nowhere.toml").unwrap_err().to_string().contains("`/nowhere/at-all` cannot be run"));
}

/// A thousand calls under way, and other settings every so often: none of them is lost, and each later one has them.
#[test]
fn a_reload_loses_no_call() {
    let clock = ManualClock::new();
    let stub = {
        use apiclient::time::Clock;
        let clock = clock.clone();
        Stub::with_async(move |_| {
            let sleep = clock.sleep(Duration::from_millis(700));
            Box::pin(async move {
                sleep.await;
                Ok(Reply::new(204, ""))
            })
        })
    };
    let folder = toml(
        "[services.shop]\nrate_limit = \"100/s\"\ntimeout = \"60s\"\nendpoints.search.timeout = \"1s\"\n",
    );
    let config = folder.load(&[]).unwrap();
    let builder = ShopClient::builder().config(&config, "shop").value("tenant", "a").anonymous();
    let shop = builder.transport(stub).clock(clock.clone()).build().unwrap();
    clock.run(async {
        let calls: Vec<_> = (0..1_000).map(|_| shop.items()).collect();
        let all = futures_util::future::join_all(calls);
        let reloads = async {
            use apiclient::time::Clock;
            for (i, rate) in ["50/s", "200/s", "400/s"].into_iter().enumerate() {
                clock.sleep(Duration::from_secs(2)).await;
                folder.write(
                    "apiclient.toml",
                    &format!("[services.shop]\nrate_limit = \"{rate}\"\ntimeout = \"50s\"\n"),
                );
                let reloaded = shop.client().reload(&folder.load(&[]).unwrap()).unwrap();
                match i {
                    0 => assert_eq!(
                        reloaded.to_string(),
                        "changed: endpoints.search.timeout.total, rate_limit.rate, timeout.total"
                    ),
                    _ => assert_eq!(reloaded.changed(), ["rate_limit.rate"]),
                }
                // Whoever is called now has them.
                let quota = shop.client().limits();
                shop.items().await.unwrap();
                assert!(shop.client().limits().rates().len() > quota.rates().len().saturating_sub(1));
            }
        };
        let (results, ()) = futures_util::future::join(all, reloads).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1_000);
    });
    // A method had a limit of its own, and a mistake changes nothing.
    folder
        .write("apiclient.toml", "[services.shop]\ntimeout = \"500ms\"\nbase_url = \"http://other.test\"\n");
    let reloaded = shop.client().reload(&folder.load(&[]).unwrap()).unwrap();
    assert_eq!(reloaded.to_string(), "changed: rate_limit.rate, timeout.total; for another client: base_url");
    assert!(clock.run(shop.items()).unwrap_err().is_timeout());
    folder.write("apiclient.toml", "[services.shop]\nendpoints.nothing.timeout = \"5s\"\n");
    assert!(shop.client().reload(&folder.load(&[]).unwrap()).is_err());
    folder.write("apiclient.toml", "[services.other]\n");
    assert!(
        shop.client()
            .reload(&folder.load(&[]).unwrap())
            .unwrap_err()
            .to_string()
            .contains("no `services.shop`")
    );
    assert!(clock.run(shop.items()).unwrap_err().is_timeout());
    // Clones and other traits share it.
    folder.write("apiclient.toml", "[services.shop]\ntimeout = \"5s\"\n");
    let other = levels::NeitherClient::from_client(shop.client().clone());
    assert!(clock.run(other.find()).unwrap_err().is_timeout());
    shop.clone().client().reload(&folder.load(&[]).unwrap()).unwrap();
    clock.run(other.find()).unwrap();
    clock.run(shop.items()).unwrap();
}

use levels::Neither as _;

/// What a reload does not change keeps its count: nobody gets a second quota by it.
#[test]
fn a_limit_that_stays_keeps_its_count() {
    let folder = toml("[services.shop]\nrate_limit = { rate = \"3/h\", full = \"reject\" }\n");
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(204, "")));
    let builder =
        ShopClient::builder().config(&folder.load(&[]).unwrap(), "shop").value("tenant", "a").anonymous();
    let shop = builder.transport(stub.clone()).clock(clock.clone()).build().unwrap();
    for _ in 0..3 {
        clock.run(shop.items()).unwrap();
    }
    folder.write(
        "apiclient.toml",
        "[services.shop]\nrate_limit = { rate = \"3/h\", full = \"reject\" }\ntimeout = \"5s\"\n",
    );
    shop.client().reload(&folder.load(&[]).unwrap()).unwrap();
    assert_eq!(clock.run(shop.items()).unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(stub.requests().len(), 3);
    let own = ShopClient::builder().rate_limit(RateLimit::new()).value("tenant", "a").anonymous();
    let own = own.transport(stub).clock(clock).build().unwrap();
    assert!(
        own.client()
            .reload(&folder.load(&[]).unwrap())
            .unwrap_err()
            .to_string()
            .contains("without `.config(..)`")
    );
}

/// `from_config`, with the environment and the folder of a process: this test once more.
#[test]
fn a_process_finds_its_files() {
    if env::var_os("CONFIG_CHILD").is_some() {
        match ShopClient::from_config("shop") {
            Ok(shop) => println!("made {:?}", shop.client()),
            Err(e) => println!("failed {e}"),
        }
        return;
    }
    let folder = Folder::new();
    folder
        .write("home/apiclient/apiclient.toml", "[services.shop]\nvalues.tenant = \"a\"\nanonymous = true\n");
    folder.write("work/apiclient.yaml", "services: {shop: {base_url: \"http://work.test\"}}\n");
    let run = |work: &Path, variables: &[(&str, &str)]| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["a_process_finds_its_files", "--exact", "--nocapture"]).current_dir(work);
        command.env("CONFIG_CHILD", "1").env("XDG_CONFIG_HOME", folder.0.join("home"));
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .find(|line| line.contains("made") || line.contains("failed"))
            .unwrap_or_else(|| panic!("{text}"))
            .to_owned()
    };
    let work = folder.0.join("work");
    assert!(run(&work, &[]).contains("http://work.test"));
    assert!(run(&work, &[("APICLIENT_SHOP__BASE_URL", "http://env.test")]).contains("http://env.test"));
    assert!(run(&folder.0, &[]).contains("http://api.test"));
    let failed = run(&folder.0, &[("XDG_CONFIG_HOME", "/nowhere")]);
    assert!(failed.contains("there is no `services.shop` in /nowhere/apiclient/apiclient.{toml,json,yaml} or ./apiclient.{toml,json,yaml}"), "{failed}");
}
