# SPDX-License-Identifier: MIT
"""property.py ROUNDS [SEED [ROUND]]: random trees and edits against git and a byte compare.

Each round: a repository, a job's tree, random edits, then
  diff    the sealed tree has exactly the bytes and modes that are in the tree; the patch is
          the bytes of `git diff`, and plain `git apply` makes the sealed tree of it
  export  the branch's tree is the sealed tree
  apply   every conflict and nothing else is listed; what lands is byte for byte what
          this model says (merges by `git merge-file`); index, HEAD and stash are as before
Rounds depend on SEED and their number alone. ROUND runs that one, and keeps its files.
"""
import base64, hashlib, json, os, random, shutil, subprocess, sys, tempfile

TOP = os.fsencode(tempfile.mkdtemp(prefix="exact-"))
ENV = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "JOBDIR_STATE"))}
ENV.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null", LC_ALL="C",
           JOBDIR_STATE=os.fsdecode(TOP) + "/state", GIT_CEILING_DIRECTORIES=os.fsdecode(TOP),
           HOME=os.fsdecode(TOP))
IDENT = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"]
# No two fold together; none is .git.
NAMES = [b"a", b"b.c", b"c d", b"-dash", b"new\nline", b"t\tab", b"q\"uote", b"back\\slash", b"\xff\xfe",
         "é".encode(), "日本".encode(), b"x" * 200, b"*", b"[k]", b":(top)", b"m.txt", b"n.txt", b"o", b"p.sh",
         b"~r", b"!s", b"#t", b"u ", b" v", b"\xe2\x80\xaew", b"\x01", b"..x", b"y..", b"z.bin"]


def run(*args, cwd=None, ok=(0,), env=None, stdin=b""):
    p = subprocess.run(args, cwd=cwd, env=dict(ENV, **(env or {})), input=stdin,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert p.returncode in ok, (args, p.returncode, p.stderr[-2000:], p.stdout[-500:])
    return p


def git(*args, cwd, **kw):
    return run("git", *IDENT, *args, cwd=cwd, **kw).stdout


def walk(top):
    """What is there: {path: (mode, bytes)}; directories only by what is in them."""
    out, todo = {}, [b""]
    while todo:
        d = todo.pop()
        for e in os.scandir(os.path.join(top, d)):
            rel = os.path.join(d, e.name)
            if not d and e.name in (b".git",):
                continue
            if e.is_symlink():
                out[rel] = ("120000", os.readlink(e.path))
            elif e.is_dir():
                todo.append(rel)
            else:
                with open(e.path, "rb") as f:
                    out[rel] = ("100755" if os.stat(e.path).st_mode & 0o100 else "100644", f.read())
    return out


def put(top, path, thing):
    full = os.path.join(top, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    if os.path.lexists(full):
        os.unlink(full)
    if thing[0] == "120000":
        os.symlink(thing[1], full)
        return
    with open(full, "wb") as f:
        f.write(thing[1])
    os.chmod(full, 0o755 if thing[0] == "100755" else 0o644)


def drop(top, path):
    """Remove it, and the directories that it leaves empty."""
    os.unlink(os.path.join(top, path))
    while path := os.path.dirname(path):
        try:
            os.rmdir(os.path.join(top, path))
        except OSError:
            return


def oid(kind, thing):
    h = hashlib.new(kind)
    h.update(b"blob %d\0" % len(thing[1]) + thing[1])
    return h.hexdigest()


class Round:
    def __init__(self, seed, n):
        self.r = random.Random(f"{seed}-{n}")
        self.dir = os.path.join(TOP, b"r%d" % n)
        self.ws = os.path.join(self.dir, b"ws")
        self.kind = self.r.choice(["sha1", "sha1", "sha256"])

    def text(self, lines=None):
        r = self.r
        end = r.choice([b"\n"] * 4 + [b"\r\n"])
        n = r.choice([0, 1, 3, 12, 40]) if lines is None else lines
        out = end.join(b"%d %s" % (r.randrange(6), r.choice([b"alpha", b"beta", b"", b"\xc3\xa9", b"\xff"]))
                       for _ in range(n))
        return out + (end if n and r.random() < 0.8 else b"")

    def bytes(self):
        r = self.r
        if r.random() < 0.2:
            return r.randbytes(r.choice([1, 7, 300, 5000])) + b"\0"
        return self.text()

    def thing(self):
        r = self.r
        if r.random() < 0.12:
            return ("120000", r.choice([b"a", b"nowhere", b"x\ny", b"\xff"]))
        return (r.choice(["100644"] * 4 + ["100755"]), self.bytes())

    def path(self):
        return b"/".join(self.r.sample(NAMES, self.r.choice([1, 1, 2, 2, 3, 5])))

    def room(self, have, path):
        """No file may be a directory of another, nor the other way round."""
        return not any(p == path or p.startswith(path + b"/") or path.startswith(p + b"/") for p in have)

    def edit_text(self, data):
        r = self.r
        lines = data.split(b"\n")
        for _ in range(r.choice([1, 1, 2])):
            i = r.randrange(len(lines))
            what = r.random()
            if what < 0.5:
                lines[i] = b"edited %d" % r.randrange(100)
            elif what < 0.8:
                lines.insert(i, b"added %d" % r.randrange(100))
            elif len(lines) > 1:
                del lines[i]
        return b"\n".join(lines)

    def edit(self, top, have, steps):
        """Random edits of a checkout; have is what is in it, and is kept so."""
        r = self.r
        for _ in range(steps):
            what = r.random()
            old = r.choice(sorted(have)) if have else None
            if what < 0.25 or old is None:
                p = self.path()
                if self.room(have, p):
                    have[p] = self.thing()
                    put(top, p, have[p])
            elif what < 0.55:
                mode, data = have[old]
                if mode != "120000":
                    have[old] = (mode, self.edit_text(data) if r.random() < 0.8 else self.bytes())
                    put(top, old, have[old])
            elif what < 0.68:
                drop(top, old)
                del have[old]
            elif what < 0.78:
                mode, data = have[old]
                if mode != "120000":
                    have[old] = ("100644" if mode == "100755" else "100755", data)
                    put(top, old, have[old])
            elif what < 0.86:
                have[old] = self.thing()
                put(top, old, have[old])
            elif what < 0.94:
                p = self.path()
                rest = {k: v for k, v in have.items() if k != old}
                if self.room(rest, p):
                    thing = have.pop(old)
                    drop(top, old)
                    put(top, p, thing)
                    have[p] = thing
            else:                    # a file becomes a directory
                p = old + b"/" + r.choice(NAMES)
                drop(top, old)
                del have[old]
                if self.room(have, p):
                    have[p] = self.thing()
                    put(top, p, have[p])

    def make(self, n):
        r = self.r
        os.makedirs(self.ws)
        git("init", "-q", "--object-format=" + self.kind, cwd=self.ws)
        have = {}
        for _ in range(r.choice([1, 5, 25])):
            p = self.path()
            if self.room(have, p):
                have[p] = self.thing()
                put(self.ws, p, have[p])
        git("add", "-A", cwd=self.ws)
        git("commit", "-q", "--allow-empty", "-m", "base", cwd=self.ws)
        self.snapshot = r.random() < 0.25
        if r.random() < 0.3:
            put(self.ws, b"stashed", ("100644", b"s\n"))
            git("stash", "push", "-q", "-u", cwd=self.ws)
        if self.snapshot:
            self.edit(self.ws, have, r.choice([1, 4]))
        self.base = dict(have)
        self.job(n)
        policy = "snapshot" if self.snapshot else "committed"
        run("jobdir-tree", "-q", "--dirty=" + policy, "make", self.id)

    def job(self, n):
        ws = os.fsdecode(self.ws)
        self.id = "job-20261121-110000-" + "".join(self.r.choices("abcdefghijklmnopqrstuvwxyz234567", k=8))
        self.jd = os.path.join(TOP, b"state/jobs/20261121", self.id.encode())
        os.makedirs(self.jd, mode=0o700)
        files = {"job.json": {"format": 1, "id": self.id, "created": "2026-11-21T11:00:00.000Z",
                 "recipe": "write", "cwd": ws, "workspace": {"root": ws, "prefix": "", "common":
                 ws + "/.git", "slug": "x-0123456789abcdef"}, "params": {}, "env": {},
                 "timeout_ms": 1000, "grace_ms": 1000, "contain": "auto", "slots": 4, "depth": 0},
                 "end.json": {"state": "succeeded", "stage": "run", "code": 0, "signal": None,
                 "started": None, "ended": "2026-11-21T11:00:01.000Z", "duration_ms": 1,
                 "by": "supervise"}}
        for name, what in files.items():
            with open(os.path.join(self.jd, name.encode()), "w") as f:
                json.dump(what, f)
        for name in (b"lock", b"tree.lock"):
            open(os.path.join(self.jd, name), "w").close()

    def agent(self):
        """The agent's edits, sometimes staged or committed by its own git."""
        r, tree = self.r, os.path.join(self.jd, b"tree")
        have = dict(self.base)
        for _ in range(r.choice([1, 2])):
            self.edit(tree, have, r.choice([1, 3, 10]))
            if r.random() < 0.3:
                git("add", "-A", cwd=tree)
                if r.random() < 0.6:
                    git("commit", "-qm", "agent", "--allow-empty", cwd=tree)
        assert walk(tree) == have
        self.want = have

    def sealed(self):
        run("jobdir-diff", "-q", "--seal", "--stat", self.id)
        ctl = os.path.join(self.jd, b"ctl.git")
        with open(os.path.join(self.jd, b"changes.json")) as f:
            c = self.change = json.load(f)
        assert c["refused"] == [], c["refused"]
        rows = git("ls-tree", "-r", "-z", c["tree"], cwd=ctl).split(b"\0")[:-1]
        got = {}
        for row in rows:
            meta, path = row.split(b"\t", 1)
            mode, _, o = meta.decode().split()
            got[path] = (mode, o)
        assert got == {p: (t[0], oid(self.kind, t)) for p, t in self.want.items()}
        with open(os.path.join(self.jd, b"changes.patch"), "rb") as f:
            patch = f.read()
        args = ["diff-tree", "-p", "--binary", "--full-index", "--no-renames", c["base"]["tree"], c["tree"]]
        assert patch == git(*args, cwd=ctl), "the patch is not git's"
        assert hashlib.sha256(patch).hexdigest() == c["patch"]["sha256"]
        there = os.path.join(self.dir, b"patched")
        os.mkdir(there)
        if self.kind != "sha1":     # outside a repository git apply knows no other
            git("init", "-q", "--object-format=" + self.kind, cwd=there)
        for p, t in self.base.items():
            put(there, p, t)
        # git apply itself cannot read what git diff writes of these (jobdir-diff(1), CAVEATS)
        odd = any(b" /" in p for p in set(self.base) | set(self.want))
        if odd:
            return
        if patch:
            name = os.path.join(self.jd, b"changes.patch")
            git("apply", "--check", name, cwd=there)
            git("apply", "--whitespace=nowarn", name, cwd=there)
        assert walk(there) == self.want, "git apply made something else of the patch"

    def exported(self):
        changed = self.want != self.base
        before = self.quiet()
        run("jobdir-export", "--branch=out", self.id, ok=(0 if changed else 1,))
        assert self.quiet() == before
        if not changed:
            return
        assert git("rev-parse", "out^{tree}", cwd=self.ws).decode().strip() == self.change["tree"]
        git("fsck", "--full", "--strict", "--no-dangling", cwd=self.ws)

    def quiet(self):
        """What nothing of ours may touch."""
        with open(os.path.join(self.ws, b".git/index"), "rb") as f:
            index = f.read()
        with open(os.path.join(self.ws, b".git/HEAD"), "rb") as f:
            head = f.read()
        return index, head, git("stash", "list", cwd=self.ws), git("rev-parse", "HEAD", cwd=self.ws)

    def user(self, now):
        """The user goes on: edits, deletes, makes what the job made; maybe commits."""
        r = self.r
        share = r.choice([0.05, 0.3])
        for p in sorted(set(self.base) | set(self.want)):
            if r.random() > share:
                continue
            what = r.random()
            if p in now and what < 0.6 and now[p][0] != "120000":
                now[p] = (now[p][0], self.edit_text(now[p][1]))
                put(self.ws, p, now[p])
            elif p in now and what < 0.75:
                drop(self.ws, p)
                del now[p]
            elif p in now and what < 0.85 and now[p][0] != "120000":
                now[p] = ("100755" if now[p][0] == "100644" else "100644", now[p][1])
                put(self.ws, p, now[p])
            elif p in self.want and self.room(set(now) - {p}, p):
                now[p] = self.want[p] if r.random() < 0.6 else self.thing()
                put(self.ws, p, now[p])
        if r.random() < 0.4:
            git("add", "-A", cwd=self.ws)
            git("commit", "-qm", "user", "--allow-empty", cwd=self.ws)

    def merge(self, n, b, j):
        if any(b"\0" in x[1] for x in (n, b, j)):
            return None
        names = []
        for name, x in ((b"n", n), (b"b", b), (b"j", j)):
            names.append(os.path.join(self.dir, name))
            with open(names[-1], "wb") as f:
                f.write(x[1])
        p = run("git", "merge-file", "-p", *names, cwd=self.dir, ok=range(256))
        return p.stdout if p.returncode == 0 else None

    def crlf(self, x):
        return (x[0], x[1].replace(b"\n", b"\r\n"))

    def decide(self, b, j, n):
        """The one file: ("already" | "write" | "delete" | "conflict", what is there then)."""
        if n == j:
            return "already", n
        if n == b:
            return ("write", j) if j else ("delete", None)
        if not (n and b and j) or "120000" in (n[0], b[0], j[0]):
            return "conflict", n
        eol = [(x[1].count(b"\r\n"), x[1].count(b"\n"), x[1].count(b"\r")) for x in (n, b, j)]
        if eol[0][0] == eol[0][1] == eol[0][2] > 0 and not any(b"\0" in x[1] for x in (n, b, j)) and all(
                e[1] > 0 and e[2] == 0 for e in eol[1:]):
            b, j = self.crlf(b), self.crlf(j)
        data = n[1]
        if n[1] == b[1]:
            data = j[1]
        elif n[1] != j[1] and j[1] != b[1]:
            data = self.merge(n, b, j)
            if data is None:
                return "conflict", n
        then = (j[0] if n[0] == b[0] else n[0], data)
        return ("already" if then == n else "write"), then

    def model(self, now):
        paths = {p for p in set(self.base) | set(self.want) if self.base.get(p) != self.want.get(p)}
        d = {p: self.decide(self.base.get(p), self.want.get(p), now.get(p)) for p in paths}
        bad = {p for p in paths if d[p][0] == "conflict"}
        gone = {p for p in paths if d[p][0] == "delete"}
        for p in paths - bad:
            if d[p][0] != "write":
                continue
            up = p
            while up := os.path.dirname(up):
                if up in now and up not in gone:
                    bad.add(p)
            if any(q.startswith(p + b"/") and q not in gone for q in now):
                bad.add(p)
        return d, bad

    def applied(self):
        now = walk(self.ws)
        assert now == self.base, "making the job touched the workspace"
        if self.r.random() < 0.7:
            self.user(now)
        d, bad = self.model(now)
        before = self.quiet()
        p = run("jobdir-apply", "--preview", "--json", self.id, ok=(0, 1))
        with open(os.path.join(self.jd, b"apply/preview.json")) as f:
            plan = json.load(f)["plan"]
        name = lambda e: base64.b64decode(e["path_base64"]) if "path_base64" in e else os.fsencode(e["path"])
        assert {name(e) for e in plan["conflicts"]} == bad, ({name(e) for e in plan["conflicts"]} ^ bad, plan)
        assert p.returncode == (1 if bad else 0)
        run("jobdir-apply", "--yes", self.id, ok=(1 if bad else 0,))
        if not bad:
            for path, (_, then) in d.items():
                now.pop(path, None)
                if then:
                    now[path] = then
        assert walk(self.ws) == now, "the workspace is not what the plan says"
        assert self.quiet() == before, "index, HEAD or stash changed"
        ours = os.path.join(self.ws, b".git/jobdir")
        assert not os.path.exists(ours) or os.listdir(ours) == [b"lock"]
        return "conflict" if bad else "landed"


def main():
    rounds = int(sys.argv[1])
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.SystemRandom().randrange(1 << 32))
    one = int(sys.argv[3]) if len(sys.argv) > 3 else None
    failed, said = 0, {"landed": 0, "conflict": 0}
    for n in [one] if one is not None else range(rounds):
        r = Round(seed, n)
        try:
            r.make(n)
            r.agent()
            r.sealed()
            r.exported()
            said[r.applied()] += 1
        except Exception as e:     # every round is judged
            failed += 1
            print(f"not ok: SEED={seed} ROUND={n}: {type(e).__name__}: {str(e)[:3000]}", flush=True)
        if one is not None:
            print(f"kept: {os.fsdecode(r.dir)} {os.fsdecode(r.jd)}")
            break
        shutil.rmtree(r.dir, ignore_errors=True)
        shutil.rmtree(r.jd, ignore_errors=True)
    else:
        shutil.rmtree(TOP, ignore_errors=True)
    print(f"SEED={seed}: {rounds} rounds, {failed} failed, {said['landed']} landed, {said['conflict']} in conflict")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
