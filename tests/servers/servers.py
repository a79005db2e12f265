#!/usr/bin/env python3
"""Real servers to test a client against, all on 127.0.0.1 (standard library only).

  servers.py install NAME...   packages by their ordinary clients (pip, npm)
  servers.py start NAME...     waits until ready, prints NAME URL PID
  servers.py stop NAME... | --all      by pid, and only what this script started
  servers.py list

State lives in $SERVERS_HOME (default: apiclient-servers in the temporary folder).
"""
import os, re, shutil, signal, subprocess, sys, tempfile, time, urllib.request, urllib.error
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The services' own OpenAPI documents; see the README on corpora.
CORPORA = Path(os.environ.get("APICLIENT_CORPORA", HERE.parent.parent.parent / "shared" / "corpora"))
HOME = Path(os.environ.get("SERVERS_HOME", Path(tempfile.gettempdir()) / "apiclient-servers"))

def sh(*cmd, **k):
    subprocess.run([str(c) for c in cmd], check=True, **k)

def pip(*pkgs):
    def run(d):
        if not (d / "venv" / "ok").exists():
            sh(sys.executable, "-m", "venv", d / "venv")
            sh(d / "venv/bin/pip", "install", "-q", *pkgs)
            (d / "venv" / "ok").touch()
    return run

def npm(*pkgs, package='{"private":true,"type":"module"}'):
    def run(d):
        if not (d / "node_modules").exists():
            (d / "package.json").write_text(package)
            sh("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", d, *pkgs)
    return run

N = "node_modules/.bin/"

def prism(port, doc):
    def prepare(d):
        sh(sys.executable, HERE / "openapi_for_prism.py", CORPORA / "openapi" / doc, d / "doc.json")
    return npm("@stoplight/prism-cli@5.14.2"), prepare, [N + "prism", "mock", "-h", "127.0.0.1", "-p", str(port), "doc.json"]

# name: (install, prepare, command (relative to the server's folder), ready URL, environment)
SERVERS = {
    "httpbin": (pip("httpbin", "gunicorn", "brotli"), None, ["venv/bin/gunicorn", "-b", "127.0.0.1:18001", "-k", "gthread", "--threads", "16", "httpbin:app"], "http://127.0.0.1:18001/get", {}),
    "prism-github": (*prism(18010, "github-api.github.com.json.gz"), "http://127.0.0.1:18010/zen", {}),
    "prism-petstore": (*prism(18011, "petstore-3.0.json.gz"), "http://127.0.0.1:18011/", {}),
    "json-server": (npm("json-server@0.17.4"), lambda d: (d / "db.json").write_text('{"posts":[' + ",".join('{"id":"%d","title":"t%d"}' % (i, i) for i in range(1, 26)) + "]}"), [N + "json-server", "--host", "127.0.0.1", "--port", "18095", "db.json"], "http://127.0.0.1:18095/posts/1", {}),
}

def answers(url):
    if url.startswith("tcp:"):
        import socket
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", int(url[4:]))) == 0
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as e:
        return e.code < 500
    except OSError:
        return False
    return True

def start(n):
    inst, prep, cmd, url, env = SERVERS[n]
    d = HOME / n
    d.mkdir(parents=True, exist_ok=True)
    pidfile = d / "pid"
    if answers(url):
        sys.exit(f"{n}: something answers at {url} already")
    inst(d)
    if prep:
        prep(d)
    env = dict(os.environ, **{k: v.replace("{d}", str(d)) for k, v in env.items()}, **{k: os.environ[k] for k in env if k in os.environ})
    (d / "root").mkdir(exist_ok=True)
    p = subprocess.Popen([c.replace("{d}", str(d)) for c in cmd], cwd=d, env=env, stdin=subprocess.DEVNULL,
                         stdout=open(d / "log", "wb"), stderr=subprocess.STDOUT, start_new_session=True)
    pidfile.write_text(str(p.pid))
    end = time.time() + 120
    while not answers(url):
        if p.poll() is not None or time.time() > end:
            stop(n)
            sys.exit(f"{n}: not ready; see {d / 'log'}")
        time.sleep(0.1)
    print(n, url, p.pid, flush=True)

def stop(n):
    pidfile = HOME / n / "pid"
    if pidfile.exists():
        pid = int(pidfile.read_text())
        try:
            ours = Path(f"/proc/{pid}/cwd").resolve() == (HOME / n).resolve()
        except OSError:
            ours = False
        if not ours and Path(f"/proc/{pid}").exists():  # the pid went to somebody else
            pidfile.unlink()
            return
        for sig, wait in ((signal.SIGTERM, 5), (signal.SIGKILL, 1)):
            try:
                os.killpg(pid, sig)  # the session that start() made: the server and its children
            except ProcessLookupError:
                break
            end = time.time() + wait
            while time.time() < end:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass
                try:
                    os.killpg(pid, 0)
                except ProcessLookupError:
                    break
                time.sleep(0.05)
        pidfile.unlink()

def main():
    what, names = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if what == "list":
        for n, s in SERVERS.items():
            print(n, s[3])
    elif what in ("install", "start", "stop") and names:
        if what == "stop" and names == ["--all"]:
            names = list(SERVERS)
        for n in names:
            if what == "install":
                (HOME / n).mkdir(parents=True, exist_ok=True)
                SERVERS[n][0](HOME / n)
            else:
                {"start": start, "stop": stop}[what](n)
    else:
        sys.exit(__doc__)

main()
