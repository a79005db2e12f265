#!/usr/bin/env python3
"""Real servers to test a client against, all on 127.0.0.1 (standard library only).

  servers.py install NAME...   packages by their ordinary clients (apt-get as root, pip, npm)
  servers.py start NAME...     waits until ready, prints NAME URL PID
  servers.py stop NAME... | --all      by pid, and only what this script started
  servers.py list

State lives in $SERVERS_HOME (default: apiclient-servers in the temporary folder).
"""
import base64, functools, hashlib, os, re, shutil, signal, subprocess, sys, tempfile, time, urllib.request, urllib.error
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The services' own OpenAPI documents; see the README on corpora.
CORPORA = Path(os.environ.get("APICLIENT_CORPORA", HERE.parent.parent.parent / "shared" / "corpora"))
HOME = Path(os.environ.get("SERVERS_HOME", Path(tempfile.gettempdir()) / "apiclient-servers"))
APT = dict(os.environ, DEBIAN_FRONTEND="noninteractive")

def sh(*cmd, **k):
    subprocess.run([str(c) for c in cmd], check=True, **k)

@functools.cache
def apt_update():
    sh("apt-get", "update", "-qq", env=APT)

def apt(*pkgs):
    def run(_):
        if all(subprocess.run(["dpkg", "-s", p], capture_output=True).returncode == 0 for p in pkgs):
            return
        stop_autostart = Path("/usr/sbin/policy-rc.d")  # packages must not start their services
        mine = not stop_autostart.exists()
        if mine:
            stop_autostart.write_text("#!/bin/sh\nexit 101\n")
            stop_autostart.chmod(0o755)
        try:
            apt_update()
            sh("apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *pkgs, env=APT, stdout=subprocess.DEVNULL)
        finally:
            if mine:
                stop_autostart.unlink()
    return run

def both(*installs):
    return lambda d: [install(d) for install in installs]

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

def copy(d, *names):
    for n in names:
        shutil.copy(HERE / n, d / n)

def certs(d):
    """An authority of its own in ca.pem, and what it vouches for in c.pem."""
    if (d / "c.pem").exists():
        return
    quiet = {"stderr": subprocess.DEVNULL, "cwd": d}
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=throw-away authority",
       "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca-key.pem", "-out", "ca.pem", **quiet)
    sh("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "k.pem", "-out", "request.pem", **quiet)
    (d / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    sh("openssl", "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "30",
       "-extfile", "names", "-out", "c.pem", **quiet)

def prep_nginx(d):
    copy(d, "nginx.conf")
    certs(d)
    (d / "nginx.sock").unlink(missing_ok=True)
    (d / "www").mkdir(exist_ok=True)
    (d / "tmp").mkdir(exist_ok=True)
    (d / "www/a.json").write_text('{"v":1}\n')
    (d / "www/big.txt").write_text("x" * 100000)
    for path in (d / "www").iterdir():
        path.chmod(0o644)
    for folder in (d, d / "www", d / "tmp"):  # its workers are somebody else
        folder.chmod(0o755)

def prep_radicale(d):
    sh("htpasswd", "-bc", d / "users", "u", "p", stderr=subprocess.DEVNULL)
    (d / "config").write_text(f"""[server]
hosts = 127.0.0.1:18120
[auth]
type = htpasswd
htpasswd_filename = {d}/users
htpasswd_encryption = md5
delay = 0
[storage]
filesystem_folder = {d}/data
[logging]
level = warning
""")

def prep_registry(d):
    copy(d, "registry.yml")
    sh("htpasswd", "-Bbc", d / "htpasswd", "u", "p", stderr=subprocess.DEVNULL)

def prep_registry_token(d):
    copy(d, "registry-token.yml", "registry-token.mjs")
    certs(d)

def prep_syncthing(d):
    if not (d / "config.xml").exists():
        sh("syncthing", "generate", "--home", d, "--no-default-folder", stdout=subprocess.DEVNULL)
    t = (d / "config.xml").read_text()
    for k in ("globalAnnounceEnabled", "localAnnounceEnabled", "relaysEnabled", "natEnabled", "crashReportingEnabled", "startBrowser"):
        t = re.sub(f"<{k}>[^<]*</{k}>", f"<{k}>false</{k}>", t)
    t = re.sub(r"<urAccepted>[^<]*", "<urAccepted>-1", t)
    t = re.sub(r"<listenAddress>[^<]*", "<listenAddress>tcp://127.0.0.1:18051", t)
    t = re.sub(r"(<gui[^>]*>\s*<address>)[^<]*", r"\g<1>127.0.0.1:18050", t)
    (d / "config.xml").write_text(re.sub(r"<apikey>[^<]*", "<apikey>test-key", t))

def prep_verdaccio(d):
    copy(d, "verdaccio.yaml")
    (d / "htpasswd").write_text("u:{SHA}" + base64.b64encode(hashlib.sha1(b"p").digest()).decode() + "\n")

def write(name, text):
    return lambda d: (d / name).write_text(text)

N = "node_modules/.bin/"
# Half of its answers are a 429.
AIMOCK = '{"fixtures": [{"match": {"userMessage": "hello"}, "response": {"content": "Hi there!"}}]}'
PROM = "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:18060']}]}, {job_name: service, static_configs: [{targets: ['127.0.0.1:18065']}]}]\n"

def prism(port, doc):
    def prepare(d):
        sh(sys.executable, HERE / "openapi_for_prism.py", CORPORA / "openapi" / doc, d / "doc.json")
    return npm("@stoplight/prism-cli@5.14.2"), prepare, [N + "prism", "mock", "-h", "127.0.0.1", "-p", str(port), "doc.json"]

def beside(name, install):
    """The same program as another server's."""
    def run(d):
        (d.parent / name).mkdir(exist_ok=True)
        install(d.parent / name)
    return run

MOTO = pip("moto[dynamodb]==5.2.5", "flask", "flask-cors")

# name: (install, prepare, command (relative to the server's folder), ready URL, environment)
SERVERS = {
    "httpbin": (pip("httpbin", "gunicorn", "brotli"), None, ["venv/bin/gunicorn", "-b", "127.0.0.1:18001", "-k", "gthread", "--threads", "16", "httpbin:app"], "http://127.0.0.1:18001/get", {}),
    "prism-github": (*prism(18010, "github-api.github.com.json.gz"), "http://127.0.0.1:18010/zen", {}),
    "prism-petstore": (*prism(18011, "petstore-3.0.json.gz"), "http://127.0.0.1:18011/", {}),
    "json-server": (npm("json-server@0.17.4"), write("db.json", '{"posts":[' + ",".join('{"id":"%d","title":"t%d"}' % (i, i) for i in range(1, 26)) + "]}"), [N + "json-server", "--host", "127.0.0.1", "--port", "18095", "db.json"], "http://127.0.0.1:18095/posts/1", {}),
    "registry": (apt("docker-registry", "apache2-utils"), prep_registry, ["docker-registry", "serve", "registry.yml"], "http://127.0.0.1:18030/v2/", {}),
    "registry-token": (both(apt("docker-registry"), apt("openssl")), prep_registry_token, ["sh", "-c", "node registry-token.mjs k.pem c.pem 18031 & exec docker-registry serve registry-token.yml"], "http://127.0.0.1:18032/v2/", {"TTL": "2"}),
    "syncthing": (apt("syncthing"), prep_syncthing, ["syncthing", "serve", "--home", "{d}", "--no-browser"], "http://127.0.0.1:18050/", {"STNOUPGRADE": "1", "STNORESTART": "1"}),
    "prometheus": (apt("prometheus"), write("prom.yml", PROM), ["prometheus", "--config.file=prom.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:18060"], "http://127.0.0.1:18060/-/ready", {}),
    "etcd": (apt("etcd-server"), None, ["etcd", "--data-dir", "data", "--listen-client-urls", "http://127.0.0.1:18061", "--advertise-client-urls", "http://127.0.0.1:18061", "--listen-peer-urls", "http://127.0.0.1:18062", "--log-level", "error"], "http://127.0.0.1:18061/health", {}),
    "jupyter": (pip("jupyter-server==2.21.1"), None, ["venv/bin/jupyter", "server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=18070", "--IdentityProvider.token=test-token", "--ServerApp.root_dir={d}/root"], "http://127.0.0.1:18070/api", {}),
    "moto": (MOTO, None, ["venv/bin/moto_server", "-H", "127.0.0.1", "-p", "18080"], "http://127.0.0.1:18080/moto-api/", {}),
    "moto-auth": (beside("moto", MOTO), None, ["../moto/venv/bin/moto_server", "-H", "127.0.0.1", "-p", "18081"], "http://127.0.0.1:18081/moto-api/", {"INITIAL_NO_AUTH_ACTION_COUNT": "3"}),
    "transmission": (apt("transmission-daemon"), lambda d: shutil.copy(HERE / "transmission-settings.json", d / "settings.json"), ["transmission-daemon", "-f", "-g", "{d}"], "http://127.0.0.1:18110/transmission/rpc", {}),
    "oidc": (npm("oidc-provider@9.13.3"), lambda d: copy(d, "oidc-provider.mjs"), ["node", "oidc-provider.mjs", "18020"], "http://127.0.0.1:18020/.well-known/openid-configuration", {"AT_TTL": "2"}),
    "nginx": (both(apt("nginx"), apt("openssl")), prep_nginx, ["/usr/sbin/nginx", "-p", "{d}", "-c", "{d}/nginx.conf"], "http://127.0.0.1:18040/a.json", {}),
    "radicale": (both(pip("radicale"), apt("apache2-utils")), prep_radicale, ["venv/bin/python", "-m", "radicale", "--config", "config"], "http://127.0.0.1:18120/.web/", {}),
    "tinyproxy": (apt("tinyproxy"), write("tinyproxy.conf", "Port 18150\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nMaxClients 50\n"), ["tinyproxy", "-d", "-c", "tinyproxy.conf"], "tcp:18150", {}),
    "aimock": (npm("@copilotkit/aimock@1.43.0"), write("fixtures.json", AIMOCK), [N + "llmock", "-h", "127.0.0.1", "-p", "18100", "-f", "fixtures.json", "--chunk-size", "5", "--chaos-ratelimit", "0.5"], "tcp:18100", {"AIMOCK_API_KEYS": "sk-test"}),
    "verdaccio": (npm("verdaccio@6.8.0", package='{"private":true,"overrides":{"node-fetch":"2.7.0"}}'), prep_verdaccio, [N + "verdaccio", "--config", "verdaccio.yaml", "--listen", "127.0.0.1:18140"], "http://127.0.0.1:18140/-/ping", {}),
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
