#!/usr/bin/env python3
"""What an editor shows inside a declared trait: asks rust-analyzer for definitions, hovers, references and diagnostics.

  tests/editor/check.py [RUST_ANALYZER]     default: rust-analyzer on the PATH; skipped with a word where there is none

Makes a small crate in the temporary folder that depends on this one, and prints a line for each question.
"""
import json, os, shutil, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = '''use apiclient::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct User {
    pub id: u64,
}

#[api_client(base_url = "https://api.example.com")]
#[timeout("20s", attempt = "5s")]
pub trait Users {
    /// One user.
    #[get("/users/{id}")]
    async fn user(&self, id: u64) -> Result<User, apiclient::Error>;
    #[post("/users")]
    #[timeout("5s")]
    fn create(&self, #[body] user: &User, #[query] dry_run: bool) -> Call<User>;
    //HALF
}

pub async fn caller(users: &UsersClient) {
    let user = users.user(7).await;
    let _ = users.create(&user.unwrap(), true).await;
    let _ = UsersClient::ENDPOINTS.user.name();
}

fn main() {}
'''
HALF = '#[get("/half/{id}")] async fn half(&self, id: u64) -> Res'


class Server:
    def __init__(self, program, folder):
        self.process = subprocess.Popen([program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.next, self.diagnostics, self.quiet = 0, {}, False

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self):
        length = 0
        while (line := self.process.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "experimental/serverStatus":
            self.quiet = message["params"]["quiescent"]
        elif method and "id" in message:  # a question of the server's: nothing to say
            answer = [None] * len(message["params"].get("items", [])) if method == "workspace/configuration" else None
            self.send({"id": message["id"], "result": answer})
        return message

    def ask(self, method, params):
        self.next += 1
        asked = self.next
        self.send({"id": asked, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == asked and "method" not in message:
                return message.get("result"), message.get("error")

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def settle(self):
        end = time.time() + 900
        while not self.quiet and time.time() < end:
            self.read()


def position(source, marker, offset=0, nth=1):
    at = -1
    for _ in range(nth):
        at = source.index(marker, at + 1)
    before = source[: at + offset]
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else shutil.which("rust-analyzer")
    works = program and subprocess.run([program, "--version"], capture_output=True).returncode == 0
    if not works:
        print("skipped: no rust-analyzer")
        sys.exit(os.environ.get("APICLIENT_REQUIRE") == "1")
    folder = Path(tempfile.mkdtemp(prefix="apiclient-editor-"))
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(f'''[package]
name = "probe"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
apiclient = {{ path = "{ROOT / 'apiclient'}", default-features = false, features = ["tokio"] }}
serde = {{ version = "1", features = ["derive"] }}
''')
    shutil.copy(ROOT / "Cargo.lock", folder)
    main_rs = folder / "src" / "main.rs"
    main_rs.write_text(SOURCE)
    uri = main_rs.as_uri()
    server = Server(program, folder)
    wrong = []

    def expect(what, good, found):
        print(("ok    " if good else "WRONG ") + what + ("" if good else f": {found}"), flush=True)
        if not good:
            wrong.append(what)

    try:
        server.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": {
            "experimental": {"serverStatusNotification": True}, "textDocument": {"publishDiagnostics": {}, "hover": {"contentFormat": ["plaintext"]}}},
            "initializationOptions": {"checkOnSave": False, "cargo": {"buildScripts": {"enable": True}}, "procMacro": {"enable": True}}})
        server.tell("initialized", {})
        server.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "rust", "version": 1, "text": SOURCE}})
        server.settle()
        at = lambda *a: {"textDocument": {"uri": uri}, "position": position(SOURCE, *a)}
        line = lambda *a: position(SOURCE, *a)["line"]

        def lines(result):
            return [d.get("range", d.get("targetSelectionRange"))["start"]["line"] for d in result or [] if (d.get("uri") or d.get("targetUri")) == uri]

        def definition(what, place, wanted):
            result, _ = server.ask("textDocument/definition", at(*place))
            expect(f"definition of {what}", wanted in lines(result), result)

        def hover(what, place, wanted):
            result, _ = server.ask("textDocument/hover", at(*place))
            text = json.dumps(result)
            expect(f"hover on {what}", wanted in text, text[:300])

        definition("a called endpoint", ("users.user(7)", 6), line("fn user"))
        definition("the second endpoint", ("users.create(", 6), line("fn create"))
        definition("a response type", ("Result<User", 7), line("pub struct User"))
        definition("an argument's type", ("user: &User", 7), line("pub struct User"))
        hover("a called endpoint", ("users.user(7)", 6), "One user.")
        hover("a verb", ('#[get("/users/{id}")]', 2), "GET request")
        hover("a policy", ('#[timeout("5s")]', 2), "how long a call may take")
        hover("an option", ("attempt =", 0), "One attempt")
        hover("an argument", ("id: u64) ->", 0), "u64")
        hover("a response type", ("Result<User", 7), "struct User")
        hover("the generated client", ("&UsersClient", 1), "The client of the")
        hover("a tuned call", (".create(&user", 1), "Call<User")
        renamed, error = server.ask("textDocument/rename", {**at("dry_run", 0), "newName": "rehearse"})
        edits = json.dumps(renamed)
        expect("rename of an argument", error is None and edits.count("rehearse") == 1, error or edits[:300])
        renamed, error = server.ask("textDocument/rename", {**at("fn create", 3), "newName": "make"})
        edits = json.dumps(renamed)
        expect("rename of an endpoint", error is None and edits.count('"make"') >= 2, error or edits[:300])
        result, _ = server.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        names = json.dumps(result)
        expect("symbols", all(f'"{n}"' in names for n in ("Users", "user", "create")), names[:300])
        errors = lambda: [d["message"] for d in server.diagnostics.get(uri, []) if d.get("severity") == 1]
        expect("no error in the file", errors() == [], errors())

        half = SOURCE.replace("//HALF", HALF)
        server.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": half}]})
        result, _ = server.ask("textDocument/definition", {"textDocument": {"uri": uri}, "position": position(half, "users.user(7)", 6)})
        expect("definition of another endpoint beside a half-written one", line("fn user") in lines(result), result)
        result, _ = server.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": position(half, "&UsersClient", 1)})
        expect("the client is still known", "The client of the" in json.dumps(result), result)
    finally:
        server.process.kill()
        shutil.rmtree(folder)
    sys.exit(1 if wrong else 0)


main()
