#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""redactcorpus.py secrets|clean [SEED]: lines for jobdir-redact.

secrets: LINE, a tab, the secret in it: tokens as their vendors document them, in the
syntaxes of code, configuration, shells and data. Made anew, so that no secret, and nothing
that a scanner would take for one, is in the tree.
clean: what looks like a secret and is none: lock files, checksums, object ids, UUIDs, public
keys, certificates, placeholders, code that handles secrets, our own ids. None may change.

redactcorpus.py judge FILE REDACTED: FILE as "secrets" made it, REDACTED its first column,
redacted. A secret counts as found when no 12 bytes of it are left. Prints the misses and
"N of M"; exits 1 below 99.5 %.
"""
import base64, hashlib, json, random, string, sys, uuid

r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2].isdigit() else 7)
AN, LN, UN = string.ascii_letters + string.digits, string.ascii_lowercase + string.digits, string.ascii_uppercase + string.digits
HX, DG, TK, B64 = "0123456789abcdef", string.digits, AN + "_-", AN + "+/"


def some(of, n):
    while True:
        s = "".join(r.choice(of) for _ in range(n))
        # what is all letters, or ends in a mark, is no token that was ever given out
        if (n < 12 or any(c.isdigit() for c in s)) and s[0].isalnum() and s[-1].isalnum():
            return s


def b64(n):
    return base64.b64encode(r.randbytes(n)).decode()


def url64(n):
    return base64.urlsafe_b64encode(r.randbytes(n)).decode().rstrip("=")


def guid():
    return str(uuid.UUID(bytes=r.randbytes(16), version=4))


def jwt():
    part = lambda d: base64.urlsafe_b64encode(json.dumps(d).encode()).decode().rstrip("=")
    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part({"sub": some(DG, 10), "iat": 1516239022}), url64(32)))


# Tokens that their prefix gives away, whatever they stand in.
def tokens():
    u = guid
    yield from (p + some(AN, 36) for p in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"))
    yield from (p + some(TK, 20) for p in ("glpat-", "gldt-", "glrt-", "glcbt-", "glsoat-"))
    yield from (p + some(UN, 16) for p in ("AKIA", "ASIA"))
    yield from (p + some(AN, 24) for p in ("sk_live_", "rk_live_", "sk_test_", "vcp_"))
    yield from (p + some(HX, 64) for p in ("dop_v1_", "doo_v1_", "dor_v1_", "sgd_"))
    yield from (p + some(HX, 40) for p in ("sqp_", "squ_", "sqa_", "glptt-", "pul-", "shippo_live_"))
    yield from (p + some(HX, 32) for p in ("shpat_", "shpca_", "shppa_", "shpss_", "key-", "dapi"))
    yield from ("github_pat_" + some(AN, 22) + "_" + some(AN, 59), "glptt-" + some(HX, 40), "ATBB" + some(AN, 32),
                "ATATT3" + some(AN, 180) + "=" + some(UN, 8), "sk-ant-api03-" + some(TK, 93) + "AA", "sk-" + some(AN, 48),
                "sk-proj-" + some(AN, 40) + "T3BlbkFJ" + some(AN, 40), "hf_" + some(AN, 34), "xai-" + some(AN, 80), "gsk_" + some(AN, 52),
                "r8_" + some(AN, 37), "pplx-" + some(AN, 48), "nvapi-" + some(TK, 64), "AIza" + some(TK, 35), "ya29." + some(TK, 60),
                "GOCSPX-" + some(TK, 28), "1//0" + some(TK, 60), "lin_api_" + some(AN, 40), "ntn_" + some(AN, 46), "secret_" + some(AN, 43),
                "figd_" + some(TK, 40), "pat" + some(AN, 14) + "." + some(HX, 64), "HRKU-" + u(), "fo1_" + some(TK, 43), "hvs." + some(TK, 90),
                "atlasv1." + some(TK, 64), "dp.pt." + some(AN, 43), "ops_eyJ" + some(B64, 240), "sha256~" + some(TK, 43), "AVNS_" + some(TK, 19),
                "CCIPAT_" + some(AN, 22) + "_" + some(HX, 40), "bkua_" + some(HX, 40), "dt0c01." + some(UN, 24) + "." + some(UN, 64),
                "glsa_" + some(AN, 32) + "_" + some(HX, 8), "sntrys_" + some(B64, 80), "sntryu_" + some(HX, 64), "NRAK-" + some(UN, 27),
                "NRII-" + some(TK, 32), "phx_" + some(AN, 43), "pypi-AgEIcHlwaS5vcmc" + some(TK, 150), "rubygems_" + some(HX, 48),
                "dckr_pat_" + some(TK, 27), "whsec_" + some(AN, 32), "sq0csp-" + some(TK, 43), "sq0atp-" + some(TK, 22),
                "access_token$production$" + some(LN, 16) + "$" + some(HX, 32), "rzp_live_" + some(AN, 14), "EZAK" + some(AN, 54),
                "xoxb-" + some(DG, 12) + "-" + some(DG, 12) + "-" + some(AN, 24), "xoxp-" + some(DG, 12) + "-" + some(DG, 12) + "-" + some(HX, 32),
                "xapp-1-A" + some(UN, 10) + "-" + some(DG, 13) + "-" + some(HX, 64), "SG." + some(TK, 22) + "." + some(TK, 43),
                "xkeysib-" + some(HX, 64) + "-" + some(AN, 16), "mlsn." + some(HX, 64), "re_" + some(AN, 8) + "_" + some(AN, 24),
                "pat-na1-" + u(), "EAA" + "C" + some(AN, 120), "sbp_" + some(HX, 40), "sb_secret_" + some(TK, 31), "CFPAT-" + some(TK, 43),
                "PMAK-" + some(HX, 24) + "-" + some(HX, 34), "pscale_tkn_" + some(TK, 43), "dbtu_" + some(TK, 40), "tskey-auth-k" + some(AN, 10) + "CNTRL-" + some(AN, 32),
                "AGE-SECRET-KEY-1" + some("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58), jwt(), "LTAI" + some(AN, 20), "AQVN" + some(TK, 36),
                "fio-u-" + some(TK, 64), "duffel_live_" + some(TK, 43), "lsv2_pt_" + some(HX, 32) + "_" + some(HX, 10), "pcsk_" + some(AN, 60))


ANYWHERE = ("the key %s was refused", '{"a": "%s"}', "{\\\"a\\\": \\\"%s\\\"}", "A=%s", "a: %s", "a = '%s'", "<a>%s</a>", "curl -H 'x-a: %s' h",
            "https://h.example/?a=%s&b=1", "[%s]", "| x | %s |", "f(\"%s\", 1);", "\x1b[32m%s\x1b[0m", "at 12:01 %s, then", "--with=%s", "#define A \"%s\"")

# Values that only their name gives away.
NAMES = ("password", "db_password", "DB_PASSWORD", "dbPassword", "api_key", "apiKey", "API_KEY", "client_secret", "clientSecret",
         "access_token", "accessToken", "ACCESS_TOKEN", "auth_token", "secret_key", "SECRET_KEY", "private_key", "refresh_token",
         "webhook_secret", "encryption_key", "signing_secret", "smtp_pass", "mysql_pwd", "redis_password", "session_secret", "app.secret",
         "spring.datasource.password", "aws_secret_access_key", "OPENAI_API_KEY", "bot_token", "deploy_key_secret", "passphrase")
ASSIGNED = ("%s=%s", "export %s=%s", "%s = \"%s\"", "%s: %s", "%s: \"%s\"", "\"%s\": \"%s\"", "{\"%s\":\"%s\",\"x\":1}", "{\\\"%s\\\":\\\"%s\\\"}",
            "'%s' => '%s',", "const %s = '%s';", "%s := \"%s\"", "<%s>%s</%s>", "--%s %s", "--%s=%s", "set %s \"%s\"", "self.%s = '%s'",
            "$%s = \"%s\";", "ENV %s %s", "setenv(\"%s\", \"%s\", 1);", "config['%s'] = '%s'", "%s: str = \"%s\"", "let %s: &str = \"%s\";",
            "<add key=\"%s\" value=\"%s\"/>", "{\"name\": \"%s\", \"value\": \"%s\"}", "private static final String %s = \"%s\";", "?%s=%s&x=1")
VALUES = (lambda: some(AN, 20), lambda: some(AN, 32), lambda: some(AN, 40), lambda: b64(30), lambda: url64(32), lambda: some(LN, 24))
PASSWORDS = (lambda: some(AN, 12), lambda: "Tr0ub4dor&" + some(DG, 1), lambda: some(AN, 10) + "!" + some(AN, 6), lambda: some(AN, 16) + "#" + some(AN, 3))
OTHER = (("postgres://app:%s@db.example:5432/x", lambda: some(AN, 18)), ("redis://:%s@cache:6379", lambda: some(AN, 20)),
         ("https://%s@git.example/r.git", lambda: some(AN, 40)), ("amqp://u:%s@mq/", lambda: some(AN, 14)), ("mongodb+srv://u:%s@c.example/", lambda: some(AN, 16)),
         ("Authorization: Bearer %s", lambda: some(AN, 40)), ("Authorization: Basic %s", lambda: base64.b64encode(("u:" + some(AN, 18)).encode()).decode()),
         ("\"Authorization\": \"token %s\"", lambda: some(HX, 40)), ("-H 'Authorization: Bearer %s'", lambda: url64(40)), ("x-api-key: %s", lambda: some(AN, 32)),
         ("Cookie: session=%s; theme=dark", lambda: some(AN, 32)), ("Set-Cookie: sid=%s; HttpOnly", lambda: some(AN, 32)),
         ("//registry.npmjs.org/:_authToken=%s", guid), ("machine h login u password %s", lambda: some(AN, 16)),
         ("https://hooks.slack.com/services/%s", lambda: "T" + some(UN, 8) + "/B" + some(UN, 8) + "/" + some(AN, 24)),
         ("https://discord.com/api/webhooks/%s", lambda: some(DG, 18) + "/" + some(TK, 68)), ("AccountKey=%s;", lambda: b64(64)),
         ("https://api.telegram.org/bot%s/getMe", lambda: some(DG, 10) + ":A" + some(TK, 34)), ("SharedAccessKey=%s", lambda: b64(32)),
         ("X-Amz-Signature=%s", lambda: some(HX, 64)), ("PrivateKey = %s", lambda: b64(32)), ("PresharedKey = %s", lambda: b64(32)))
# Vendors whose tokens have no mark of their own: their name stands in that of the variable.
NEAR = (("MISTRAL_API_KEY", AN, 32), ("COHERE_API_KEY", AN, 40), ("DEEPGRAM_API_KEY", HX, 40), ("DATADOG_API_KEY", HX, 32),
        ("CLOUDFLARE_API_TOKEN", TK, 40), ("FASTLY_API_TOKEN", TK, 32), ("CIRCLE_TOKEN", HX, 40), ("SENTRY_AUTH_TOKEN", HX, 64),
        ("TWILIO_AUTH_TOKEN", HX, 32), ("MAILGUN_API_KEY", HX, 32), ("ALGOLIA_API_KEY", HX, 32), ("DROPBOX_TOKEN", AN, 60),
        ("LINODE_TOKEN", HX, 64), ("NETLIFY_AUTH_TOKEN", TK, 43), ("VERCEL_TOKEN", AN, 24), ("CODECOV_TOKEN", AN, 32), ("ZENDESK_TOKEN", AN, 40),
        ("TWITTER_BEARER_TOKEN", AN, 50), ("OKTA_TOKEN", "0" + AN, 42), ("ELASTIC_API_KEY", AN, 60), ("BINANCE_SECRET", AN, 64))


def secrets():
    for _ in range(2):
        for t in tokens():
            for shape in r.sample(ANYWHERE, 6):
                yield shape % t, t
    for name in NAMES:
        for shape in ASSIGNED:
            password = any(w in name.lower() for w in ("pass", "pwd"))
            v = r.choice(PASSWORDS if password else VALUES)()
            if not password and shape in ("--%s %s", "ENV %s %s", "?%s=%s&x=1"):
                v = some(AN, 32)
            if any(c in v for c in "&#!") and '"' not in shape and "'" not in shape:
                v = some(AN, 14)
            yield shape % ((name, v, name) if shape.count("%s") == 3 else (name, v)), v
    for shape, make in OTHER:
        for _ in range(4):
            v = make()
            yield shape % v, v
    for name, of, n in NEAR:
        for shape in ("%s=%s", "\"%s\": \"%s\"", "%s: '%s'", "const %s = \"%s\";"):
            v = some(of, n)
            yield shape % (name, v), v


def sri():
    return "sha512-" + base64.b64encode(r.randbytes(64)).decode()


def clean():
    sha = lambda: hashlib.sha256(r.randbytes(9)).hexdigest()
    git = lambda: hashlib.sha1(r.randbytes(9)).hexdigest()
    word = lambda: some(string.ascii_lowercase, r.randrange(3, 11))
    for _ in range(120):
        yield '      "integrity": "%s",' % sri()
        yield '  resolved "https://registry.yarnpkg.com/%s/-/%s-4.%d.1.tgz#%s"' % (word(), word(), r.randrange(90), git())
        yield '"node_modules/%s": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/a/-/a-1.2.3.tgz", "integrity": "%s"}' % (word(), sri())
        yield 'checksum = "%s"' % sha()
        yield 'source = "git+https://github.com/%s/%s?branch=main#%s"' % (word(), word(), git())
        yield "github.com/%s/%s v0.%d.0 h1:%s" % (word(), word(), r.randrange(40), base64.b64encode(r.randbytes(32)).decode())
        yield "golang.org/x/%s v0.0.0-20%012d-%s/go.mod h1:%s" % (word(), r.randrange(10**12), git()[:12], base64.b64encode(r.randbytes(32)).decode())
        yield '    {file = "%s-1.0-py3-none-any.whl", hash = "sha256:%s"},' % (word(), sha())
        yield "    --hash=sha256:%s \\" % sha()
        yield "%s  %s.tar.gz" % (sha(), word())
        yield "%s  %s.iso" % (hashlib.md5(r.randbytes(9)).hexdigest(), word())
        yield "commit %s" % git()
        yield "index %s..%s 100644" % (git()[:10], git()[:10])
        yield "%s (HEAD -> main, tag: v1.%d) %s the %s" % (git()[:9], r.randrange(9), word(), word())
        yield "parent %s\ntree %s" % (git(), git())
        yield "id: %s" % guid()
        yield '{"uuid": "%s", "session_id": "%s", "requestId": "req_%s"}' % (guid(), guid(), some(AN, 24))
        yield "FROM debian@sha256:%s" % sha()
        yield "image: ghcr.io/%s/%s@sha256:%s" % (word(), word(), sha())
        yield "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA%s %s@example" % (base64.b64encode(r.randbytes(33)).decode(), word())
        yield "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ%s %s@host" % (base64.b64encode(r.randbytes(372)).decode(), word())
        yield "untrusted comment: minisign public key %s" % some("0123456789ABCDEF", 16)
        yield "RW%s" % base64.b64encode(r.randbytes(40)).decode()
        yield "job-20261121-%06d-%s %s" % (r.randrange(240000), some("abcdefghijkmnpqrstuvwxyz23456789", 8), r.choice(("running", "succeeded")))
        yield '{"preview_token": "%s"}' % sha()
        yield "0x%016x 0x%012x in %s () from /lib/x86_64-linux-gnu/lib%s.so.6" % (r.getrandbits(60), r.getrandbits(44), word(), word())
        yield "src/%s/%s.c:%d:%d: warning: unused variable '%s' [-Wunused-variable]" % (word(), word(), r.randrange(999), r.randrange(80), word())
        yield "data:image/png;base64,%s" % base64.b64encode(r.randbytes(60)).decode()
        yield "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----" % "\n".join(base64.b64encode(r.randbytes(48)).decode() for _ in range(3))
        yield "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----" % base64.b64encode(r.randbytes(48)).decode()
        yield "SHA256:%s" % base64.b64encode(r.randbytes(32)).decode().rstrip("=")
        yield 'ETag: "%s"' % hashlib.md5(r.randbytes(5)).hexdigest()
        yield "build %s of %s took %d ms" % (git()[:12], word(), r.randrange(9000))
    yield from """password = input("Password: ")
password=
PASSWORD=changeme
api_key = os.environ["API_KEY"]
token = get_token(request)
const token = await auth.getToken();
"password": "<your password>"
secret: ${SECRET}
secret: {{ .Values.secret }}
API_KEY=your_api_key_here
API_KEY=xxxxxxxxxxxxxxxxxxxxxxxx
AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
sk-...
sk-your-key-here
Authorization: Bearer <token>
Authorization: Bearer $TOKEN
curl -u user:password https://example.com
postgres://user:password@localhost/db
https://user:pass@example.com/
if (!password) throw new Error("password required");
struct token *token = token_new(lexer, TOKEN_IDENTIFIER);
token_type = "identifier"
max_tokens: 4096
{"input_tokens": 1200, "output_tokens": 350, "cache_read_input_tokens": 80000}
primary_key = "user_id"
key: value
<input type="password" name="password" autocomplete="current-password">
keyboard_shortcut = "ctrl+shift+p"
author = "Jane Doe <jane@example.org>"
tokenizer.json: 100%|##########| 1.2M/1.2M
passed: 31, failed: 0
private void setPassword(String password) { this.password = password; }
foreign_key: "organization_id"
SSH_AUTH_SOCK=/run/user/1000/keyring/ssh
PASSWORD_FILE=/run/secrets/db_password
KEY_PATH=./certs/server.pem
password: !vault |
public_key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
secretName: my-app-tls
secretKeyRef: {name: db, key: password}
- name: DB_PASSWORD
  valueFrom: {secretKeyRef: {name: db, key: password}}
passwordHash := bcrypt.GenerateFromPassword(password, cost)
JWT_ALGORITHM=RS256
The token is sent in the Authorization header, see section 4.2 of the manual.
[REDACTED:github]
password=[REDACTED:assignment]""".split("\n")


def judge(made, redacted):
    rows = [l.rstrip("\n").rsplit("\t", 1) for l in open(made)]
    out = [l.rstrip("\n") for l in open(redacted)]
    assert len(rows) == len(out), (len(rows), len(out))
    missed = [(line, secret) for (line, secret), o in zip(rows, out)
              if any(secret[i:i + 12] in o for i in range(max(1, len(secret) - 11)))]
    for line, _ in missed[:60]:
        print("missed:", line)
    print(f"{len(rows) - len(missed)} of {len(rows)}")
    return len(missed) > 0.005 * len(rows)


if sys.argv[1] == "judge":
    sys.exit(judge(*sys.argv[2:]))
if sys.argv[1] == "secrets":
    for line, secret in secrets():
        print(line + "\t" + secret)
else:
    print(*clean(), sep="\n")
