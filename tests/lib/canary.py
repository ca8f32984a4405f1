#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""canary.py: secrets to plant, and to look for afterwards, in any encoding.

  make FILE             new secrets: values (of variables) and tokens (of vendors' formats)
  say FILE NAME         the secret NAME
  forms FILE NAME...    each in every encoding, a line each
  json FILE             the secrets and forms, for scripts of models
  find FILE PATH...     where any is found below PATH, but for what is raw by design; 1 if
  watch FILE            argv of our commands, argv and environment of what descends from
                        jobdir-supervise, again and again until standard input ends; then
                        what was found there, 1 if any; the first line says "ready"

Not only whole secrets are looked for: 15 bytes of one are always found, 12 mostly.
"""
import base64, html, json, os, random, re, select, shlex, string, sys, urllib.parse

RAW = re.compile(r"/(tree|home|prompt\.md|changes\.patch|[a-z]+\.git)(/|$)")
WINDOW = 12


def make():
    r = random.SystemRandom()
    some = lambda n, of=string.ascii_letters + string.digits: "".join(r.choice(of) for _ in range(n))
    upper, lower = string.ascii_uppercase + string.digits, "0123456789abcdef"
    odd = lambda: some(7) + "/+" + some(5) + '"' + some(4) + " " + some(5) + "\\" + some(4) + "&<'$" + some(6)
    pem = "\n".join(some(64, string.ascii_letters + string.digits + "+/") for _ in range(4))
    return {
        "values": {"CANARY_TOKEN": odd(), "FILE_PASSWORD": odd(), "PLAIN_SECRET": some(40),
                   "ANTHROPIC_API_KEY": "sk-test-" + some(32)},
        "tokens": {"prompt": "ghp_" + some(36), "repository": "AKIA" + some(16, upper), "tool": "glpat-" + some(20),
                   "model": "xoxb-" + "1234567890-" + some(24), "page": "npm_" + some(36),
                   "assigned": some(20) + "9" + some(11), "pem": pem, "stderr": "hf_" + some(34),
                   "denied": "sk_live_" + some(24), "secret": some(30) + "7"},
    }


def forms(s):
    b = s.encode()
    j = json.dumps(s)[1:-1]
    # Bytes beside it that are none of those that may stand between digits.
    yield s
    yield j
    yield json.dumps(j)[1:-1]
    yield j.replace("/", "\\/")
    yield urllib.parse.quote(s, safe="")
    yield urllib.parse.quote_plus(s)
    yield "".join("%%%02x" % c for c in b)
    for pad in ("", "a", "ab"):
        yield base64.b64encode(pad.encode() + b + b"tail").decode()
        yield base64.urlsafe_b64encode(pad.encode() + b).decode()
    yield base64.b64encode(b"user:" + b).decode()
    wrapped = base64.encodebytes(b"x" * 50 + b + b"y" * 40).decode()
    yield wrapped.rstrip("\n")
    yield json.dumps(wrapped)[1:-1]
    yield b.hex()
    yield b.hex().upper()
    yield b.hex(" ")
    yield b.hex(":")
    yield html.escape(s)
    yield "".join("&#x%x;" % c if chr(c) in "&<>\"'/" else chr(c) for c in b)
    yield shlex.quote(s)
    yield '"' + re.sub(r'([\\"$`])', r"\\\1", s) + '"'


def unescape(t):
    t = re.sub(r"\\u00([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), t)
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), t, flags=re.S)


def views(t):
    """The text as it is, and as it reads decoded."""
    yield "plain", t
    once = unescape(t)
    yield "escaped", once
    yield "escaped twice", unescape(once)
    yield "url", urllib.parse.unquote(t, "latin-1")
    yield "url +", urllib.parse.unquote_plus(t, "latin-1")
    yield "html", html.unescape(t)
    yield "quoted", once.replace("'\"'\"'", "'").replace("'\\''", "'")


def windows(s, n, step=4):
    return {s[i:i + n] for i in range(0, max(1, len(s) - n + 1), step)}


def needles(secrets):
    for name, s in [*secrets["values"].items(), *secrets["tokens"].items()]:
        # a header of a token's kind (ghp_) is no secret, and a short part of a key is not one
        body = s if name in secrets["values"] else re.sub(r"^[a-zA-Z_]+[_-]", "", s)
        yield name, "", windows(body, WINDOW)
        if name not in secrets["values"]:
            continue		# encoded, nobody can know a token
        hexed = s.encode().hex()
        yield name, "hex", windows(hexed, 2 * WINDOW, 8)
        for shift in range(3):
            core = base64.b64encode(b"\0" * shift + s.encode()).decode()
            core = core[(8 * shift + 5) // 6:8 * (shift + len(s.encode())) // 6].replace("+", "-").replace("/", "_")
            yield name, "base64", windows(core, 16)


def search(text, wanted):
    """wanted: needles(), as a list. Yields (name, encoding)."""
    texts = {t: v for v, t in views(text)}
    packed = re.sub(r"\s|\\[nr]", "", text)
    b64 = packed.replace("\\/", "/").replace("+", "-").replace("/", "_")
    hexed = re.sub(r"[ :,-]|\\x|0x", "", packed).lower()
    for name, kind, set_ in wanted:
        where = [("hex", hexed)] if kind == "hex" else [("base64", b64)] if kind else [(v, t) for t, v in texts.items()]
        for view, t in where:
            hit = next((w for w in set_ if w in t), None)
            if hit:
                yield name, view, hit
                break


def files(path):
    if not os.path.isdir(path):
        yield path
        return
    for top, dirs, names in os.walk(path):
        dirs[:] = [d for d in dirs if not os.path.islink(top + "/" + d)]
        for n in names:
            if not RAW.search((top + "/" + n)[len(path):]) and os.path.isfile(top + "/" + n):
                yield top + "/" + n


def find(secrets, paths):
    wanted, bad = list(needles(secrets)), 0
    for path in paths:
        for f in files(path):
            text = open(f, "rb").read().decode("latin-1") + "\n" + f
            for name, view, hit in search(text, wanted):
                i = max(0, text.find(hit) - 60)
                print(f"{f}: {name} ({view}) ...{text[i:i + 140]!r}")
                bad = 1
    return bad


def parents():
    tree = {}
    for p in os.listdir("/proc"):
        if p.isdigit():
            try:
                stat = open(f"/proc/{p}/stat", "rb").read().decode("latin-1")
            except OSError:
                continue
            tree[int(p)] = (int(stat[stat.rindex(")") + 2:].split()[1]), stat[stat.index("(") + 1:stat.rindex(")")])
    return tree


def of_a_job(pid, tree):
    while pid in tree:
        if tree[pid][1] == "jobdir-supervis":	# as the kernel cuts it
            return True
        pid = tree[pid][0]
    return False


def watch(secrets):
    wanted = [(n, k, w) for n, k, w in needles(secrets)]
    mine, found, seen, rounds, names = os.getpid(), set(), set(), 0, set()
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0] or not rounds:
        rounds += 1
        tree = parents()
        for pid, (_, name) in tree.items():
            if pid == mine:
                continue
            for what in ("cmdline", "environ"):
                if not of_a_job(pid, tree) and (what == "environ" or not name.startswith("jobdir")):
                    continue
                try:
                    text = open(f"/proc/{pid}/{what}", "rb").read().decode("latin-1")
                except OSError:
                    continue
                if what == "environ":
                    names.add(name)
                if hash(text) in seen:
                    continue
                seen.add(hash(text))
                for n, view, hit in search(text, wanted):
                    found.add(f"{what} of {name}: {n} ({view})")
    print(f"{rounds} looks at: {' '.join(sorted(names))}")
    print(*sorted(found), sep="\n")
    return 1 if found else 0


def main():
    verb, path, *rest = sys.argv[1:]
    if verb == "make":
        json.dump(make(), open(path, "w"))
        return 0
    secrets = json.load(open(path))
    every = {**secrets["values"], **secrets["tokens"]}
    if verb == "say":
        sys.stdout.write(every[rest[0]])
        return 0
    if verb == "forms":
        for n in rest:
            print(*forms(every[n]), sep="\n")
        return 0
    return find(secrets, rest) if verb == "find" else watch(secrets)


sys.exit(main())
