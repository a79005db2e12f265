//! A generated cargo project: a module per case, built in one batch. A module that does not compile is taken out and
//! reported, and the others are built again.

use super::lab::Trial;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where a project is generated and built.
#[derive(Debug)]
pub struct Workshop {
    name: String,
    folder: PathBuf,
    target: PathBuf,
    environment: Vec<(String, OsString)>,
}

/// What became of the modules.
#[derive(Debug, Default)]
pub struct Results {
    /// The first error of each module that does not compile, with its code in brackets.
    pub errors: BTreeMap<usize, String>,
    pub trials: BTreeMap<usize, Trial>,
}

/// Errors of a later stage of the compiler show only once those of an earlier one are gone.
const ROUNDS: usize = 8;

impl Workshop {
    /// A project `name` below a folder of the target directory: `env!("CARGO_TARGET_TMPDIR")`.
    pub fn new(tmp: &str, name: &str) -> Self {
        let tests = Path::new(tmp).join("../tests");
        Workshop {
            name: format!("corpus-{name}"),
            folder: tests.join(name),
            target: tests.join("target"),
            environment: Vec::new(),
        }
    }

    /// What the project finds in its environment when it runs.
    pub fn environment(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Builds and runs the modules.
    ///
    /// # Panics
    ///
    /// Where the project cannot be built for a reason that is no module's.
    pub fn run(&self, modules: &BTreeMap<usize, String>) -> Results {
        self.prepare(modules);
        let mut left: Vec<usize> = modules.keys().copied().collect();
        let mut results = Results::default();
        for _ in 0..ROUNDS {
            self.write("src/main.rs", &main_of(&left));
            let build = self.build();
            if let Some(program) = build.program {
                results.trials = self.call(&program);
                return results;
            }
            assert!(!build.errors.is_empty(), "the project cannot be built: {}", build.lost);
            left.retain(|case| !build.errors.contains_key(case));
            results.errors.extend(build.errors);
        }
        panic!("after {ROUNDS} rounds there still are modules that do not compile");
    }

    fn prepare(&self, modules: &BTreeMap<usize, String>) {
        fs::create_dir_all(self.folder.join("src")).expect("a folder for the project");
        let root = crate::root();
        // The versions that the workspace was built with.
        fs::copy(root.join("Cargo.lock"), self.folder.join("Cargo.lock"))
            .expect("the workspace has its lock");
        self.write("Cargo.toml", &manifest(&self.name, &root));
        for (case, text) in modules {
            self.write(&format!("src/case_{case}.rs"), text);
        }
    }

    /// Leaves a file that is the same as it is, so that nothing is built for it.
    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(&path, text).expect("a file of the project");
        }
    }

    fn build(&self) -> Build {
        let offline = self.cargo(&["--offline"]);
        match offline.program.is_none() && offline.errors.is_empty() {
            true => self.cargo(&[]),
            false => offline,
        }
    }

    fn cargo(&self, more: &[&str]) -> Build {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--message-format=json", "--quiet"]).args(more);
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        let output = command.output().expect("cargo is here");
        let mut build =
            Build { lost: String::from_utf8_lossy(&output.stderr).into_owned(), ..Build::default() };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Ok(message) = serde_json::from_str(line) {
                build.read(&message, &self.name);
            }
        }
        build
    }

    fn call(&self, program: &str) -> BTreeMap<usize, Trial> {
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let output = Command::new(program).envs(environment).output().expect("what was built can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the generated program failed: {said}");
        let text = String::from_utf8_lossy(&output.stdout);
        let trials = text.lines().filter_map(|line| serde_json::from_str::<Trial>(line).ok());
        trials.map(|trial| (trial.case, trial)).collect()
    }
}

#[derive(Default)]
struct Build {
    program: Option<String>,
    errors: BTreeMap<usize, String>,
    /// What belongs to no module.
    lost: String,
}

impl Build {
    fn read(&mut self, message: &Value, name: &str) {
        let ours = message["target"]["name"] == name;
        match message["reason"].as_str() {
            Some("compiler-artifact") if ours => {
                self.program = message["executable"].as_str().map(str::to_owned);
            }
            Some("compiler-message") if message["message"]["level"] == "error" => {
                self.error(&message["message"]);
            }
            _ => {}
        }
    }

    fn error(&mut self, message: &Value) {
        let said = message["message"].as_str().unwrap_or_default();
        let text = match message["code"]["code"].as_str() {
            Some(code) => format!("{said} [{code}]"),
            None => said.to_owned(),
        };
        let spans = message["spans"].as_array().map_or(&[][..], Vec::as_slice);
        match spans.iter().find_map(case_of) {
            Some(case) => drop(self.errors.entry(case).or_insert(text)),
            None => {
                let _ = writeln!(self.lost, "{}", message["rendered"].as_str().unwrap_or(said));
            }
        }
    }
}

/// The module that a span is in, or the one that the macro was written in.
fn case_of(span: &Value) -> Option<usize> {
    let file = span["file_name"].as_str()?;
    let case =
        file.strip_suffix(".rs").and_then(|f| f.rsplit_once("case_")).and_then(|(_, n)| n.parse().ok());
    case.or_else(|| case_of(&span["expansion"]["span"]))
}

fn main_of(cases: &[usize]) -> String {
    let mut out = String::from("#![allow(warnings)]\n");
    for case in cases {
        let _ = writeln!(out, "mod case_{case};");
    }
    out.push_str("fn main() {\n    apiclient_tests::corpus::lab::drive(&[\n");
    for case in cases {
        let _ = writeln!(out, "        ({case}, case_{case}::run),");
    }
    out.push_str("    ]);\n}\n");
    out
}

fn manifest(name: &str, root: &Path) -> String {
    let path = |package: &str| {
        let path = fs::canonicalize(root.join(package)).expect("the workspace has its packages");
        format!("{:?}", path.display().to_string())
    };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         apiclient = {{ path = {}, default-features = false, features = [\"reqwest\", \"blocking\", \"testing\"] }}\n\
         apiclient-tests = {{ path = {} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n\n[workspace]\n\n[profile.dev]\ndebug = false\n",
        path("apiclient"),
        path("tests"),
    )
}
