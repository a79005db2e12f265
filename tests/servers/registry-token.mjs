// Token issuer for docker-registry's "token" auth (RS256 JWT with x5c), node only.
//   openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=test -keyout k.pem -out c.pem
//   node registry-token.mjs k.pem c.pem [port]      (default 18031)
// GET /token?service=S&scope=repository:a/b:pull,push   Basic u:p  -> {"token":..., "expires_in":...}
// TTL (seconds) comes from the environment, default 60. Counts are at /count.
import http from 'node:http';
import fs from 'node:fs';
import crypto from 'node:crypto';
const [key, cert, port] = [process.argv[2], process.argv[3], Number(process.argv[4] || 18031)];
const pem = fs.readFileSync(key);
const x5c = [fs.readFileSync(cert, 'utf8').replace(/-----[A-Z ]+-----|\s/g, '')];
const b64 = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');
const ttl = Number(process.env.TTL || 60);
let issued = 0;
http.createServer((q, r) => {
  const u = new URL(q.url, 'http://x');
  if (u.pathname === '/count') return r.end(String(issued));
  if (q.headers.authorization !== 'Basic ' + Buffer.from('u:p').toString('base64')) {
    r.writeHead(401, { 'www-authenticate': 'Basic realm="tokens"' });
    return r.end('{"details":"incorrect username or password"}');
  }
  const access = u.searchParams.getAll('scope').map((s) => {
    const [type, name, actions] = s.split(':');
    return { type, name, actions: actions.split(',') };
  });
  const now = Math.floor(Date.now() / 1000);
  const body = b64({ alg: 'RS256', typ: 'JWT', x5c }) + '.' + b64({
    iss: 'test-issuer', sub: 'u', aud: u.searchParams.get('service'), nbf: now - 5, iat: now, exp: now + ttl,
    jti: crypto.randomUUID(), access });
  const sig = crypto.sign('sha256', Buffer.from(body), pem).toString('base64url');
  issued++;
  r.setHeader('content-type', 'application/json');
  r.end(JSON.stringify({ token: body + '.' + sig, expires_in: ttl, issued_at: new Date(now * 1000).toISOString() }));
}).listen(port, '127.0.0.1', () => console.log('ready'));
