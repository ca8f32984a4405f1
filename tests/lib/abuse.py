# SPDX-License-Identifier: MIT
"""abuse.py SERVER CASE [NUMBER]: one kind of abuse against a fresh MCP server.

The rules of every case (security.md, 8): each request is answered once, what is
no message is answered with an error, the server lives on (it answers a ping),
stays below 64 MiB, and leaves with 0 within a second of the end of its input.
NUMBER makes the long ones longer or shorter. JSON_SUITE names the directory of
the public test suite, JOBDIR_STATE and WORKSPACE where jobs are and may work.
"""
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import time

MEMORY = 64 << 20
PATIENCE = 60


class Server:
    def __init__(self):
        self.p = subprocess.Popen([SERVER, "--toolset=all"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        for f in (self.p.stdin, self.p.stdout):
            os.set_blocking(f.fileno(), False)
        self.have = b""
        self.lines = []

    def read(self, timeout):
        """What is there within timeout; False at the end of the output."""
        fd = self.p.stdout.fileno()
        if not select.select([fd], [], [], timeout)[0]:
            return True
        try:
            got = os.read(fd, 1 << 16)
        except BlockingIOError:
            return True
        *whole, self.have = (self.have + got).split(b"\n")
        self.lines += whole
        return bool(got)

    def send(self, data):
        """All of it, reading meanwhile."""
        fd, end, data = self.p.stdin.fileno(), time.monotonic() + PATIENCE, memoryview(data)
        while data:
            assert time.monotonic() < end, "the server does not read"
            if select.select([self.p.stdout.fileno()], [fd], [], 1)[1]:
                data = data[os.write(fd, data[:1 << 16]):]
            self.read(0)

    def answers(self, n):
        """At least n lines, parsed."""
        end = time.monotonic() + PATIENCE
        while len(self.lines) < n:
            assert time.monotonic() < end, "%d of %d answers" % (len(self.lines), n)
            assert self.read(1), "the server ended"
        return [json.loads(x) for x in self.lines]

    def memory(self):
        with open("/proc/%d/status" % self.p.pid) as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) << 10

    def leave(self):
        """End of input: everything must have been answered, nothing more comes."""
        if not INSTRUMENTED:
            assert self.memory() <= MEMORY, "%d bytes of memory" % self.memory()
        begin = time.monotonic()
        self.p.stdin.close()
        while self.read(5):
            pass
        assert self.p.wait(5) == 0, "exit status %d" % self.p.returncode
        assert time.monotonic() - begin < 1 * SLOW, "left after %.1f s" % (time.monotonic() - begin)
        assert not self.have, "half a line"
        return [json.loads(x) for x in self.lines]


def ping(i):
    return b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % i


PONG = {"jsonrpc": "2.0", "id": 999, "result": {}}


def none(data, code, same=None):
    """data is no message: answered once with this code and a null id (or its own)."""
    s = Server()
    s.send(data + ping(999))
    s.answers(2)
    got = s.leave()
    assert len(got) == 2, got
    assert got[0]["error"]["code"] == code and got[0]["id"] == same, got[0]
    assert got[1] == PONG, got[1]


def quiet(data):
    """data asks for nothing: only the ping is answered."""
    s = Server()
    s.send(data + ping(999))
    s.answers(1)
    assert s.leave() == [PONG]


def request(members, code=None):
    """One request with the id 1: a result, or an error with this code."""
    s = Server()
    s.send(b'{"jsonrpc":"2.0","id":1,%s}\n' % members + ping(999))
    s.answers(2)
    got = {a["id"]: a for a in s.leave()}
    assert len(got) == 2, got
    assert got[1].get("error", {}).get("code") == code, got[1]


# What is none of JSON, or none of JSON-RPC.
NOTHING = {
    "brackets": (b"[" * 100000 + b"\n", -32700),
    "braces": (b'{"a":' * 100000 + b"\n", -32700),
    "deep-129": (b"[" * 129 + b"]" * 129 + b"\n", -32700),
    "line-64-MiB": (b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (64 << 20) + b'"}\n', -32600),
    "line-8-MiB-and-1": (b'"' + b"x" * ((8 << 20) - 1) + b'"\n', -32600),
    "string-8-MiB": (b'"' + b"x" * ((8 << 20) - 2) + b'"\n', -32600),
    "nul": (b'{"jsonrpc":"2.0","id":1,\0"method":"ping"}\n', -32700),
    "nuls": (b"\0" * 100000 + b"\n", -32700),
    "bad-utf-8": (b'{"jsonrpc":"2.0","id":1,"method":"p\xff"}\n', -32700),
    "overlong-utf-8": (b'{"jsonrpc":"2.0","id":1,"method":"p\xc0\xaf"}\n', -32700),
    "surrogate-utf-8": (b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"ping"}\n', -32700),
    "utf-16": ('{"jsonrpc":"2.0","id":1}'.encode("utf-16") + b"\n", -32700),
    "duplicate-keys": (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}\n', -32700),
    "duplicate-keys-escaped": (b'{"jsonrpc":"2.0","id":1,"\\u0069d":2,"method":"ping"}\n', -32700),
    "bom": (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}\n', -32700),
    "batch": (b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]\n', -32600),
    "batch-empty": (b"[]\n", -32600),
    "scalars": (b"7\n", -32600),
    "two-on-a-line": (ping(1)[:-1] + ping(2), -32700),
    "id-null": (b'{"jsonrpc":"2.0","id":null,"method":"ping"}\n', -32600),
    "id-true": (b'{"jsonrpc":"2.0","id":true,"method":"ping"}\n', -32600),
    "id-array": (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}\n', -32600),
    "id-object": (b'{"jsonrpc":"2.0","id":{},"method":"ping"}\n', -32600),
    "id-giant": (b'{"jsonrpc":"2.0","id":"%s","method":"ping"}\n' % (b"i" * 5000), -32600),
}
# What is not to be answered.
QUIET = {
    "blank-lines": b"\n\r\n   \n\t\n" * 1000,
    "answers-nobody-asked-for": b'{"jsonrpc":"2.0","id":5,"result":{}}\n{"jsonrpc":"2.0","id":5,"error":{"code":1,"message":"m"}}\n',
    "notifications": b'{"jsonrpc":"2.0","method":"notifications/x","params":{"a":[1]}}\n' * 20000,
    "cancel-nothing": b"".join(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}\n' % i
                               for i in (b"1", b'"1"', b"null", b"[]", b"{}", b"1e999", b'"\\u0000"')),
    "call-without-id": b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"claude_jobs","arguments":{"cwd":"/"}}}\n',
}
# Requests with a wrong or strange part.
REQUESTS = {
    "params-array": (b'"method":"tools/list","params":[]', -32602),
    "params-scalar": (b'"method":"ping","params":7', -32602),
    "method-number": (b'"method":7', -32600),
    "method-missing": (b'"x":1', -32600),
    "method-giant": (b'"method":"%s"' % (b"m" * 1000000), -32601),
    "method-with-nul": (b'"method":"pi\\u0000ng"', -32600),
    "cursor-wrong": (b'"method":"tools/list","params":{"cursor":"../x"}', -32602),
    "tool-unknown": (b'"method":"tools/call","params":{"name":"%s"}' % (b"n" * 100000), -32602),
    "arguments-huge": (b'"method":"tools/call","params":{"name":"claude_jobs","arguments":{"cwd":"%s"}}' % (b"/x" * 3000000), None),
    "arguments-array": (b'"method":"tools/call","params":{"name":"claude_jobs","arguments":[1]}', None),
    "arguments-deep": (b'"method":"tools/call","params":{"name":"claude_jobs","arguments":%s1%s}' % (b'{"a":' * 120, b"}" * 120), None),
    "members-many": (b'"method":"ping","params":{%s}' % b",".join(b'"m%d":0' % i for i in range(100000)), None),
    "uri-hostile": (b'"method":"resources/read","params":{"uri":"job://../../etc/passwd"}', -32602),
}


def suite():
    """Every one-line file of the public suite as a message."""
    files = sorted(os.listdir(os.environ["JSON_SUITE"]))
    n = 0
    for name in files:
        with open(os.path.join(os.environ["JSON_SUITE"], name), "rb") as f:
            text = f.read().rstrip(b"\n")
        if b"\n" in text or not text.strip(b" \t\r"):
            continue
        n += 1
        value = json.loads(text) if taken(name) and text[:1] == b"{" else {}
        none(text + b"\n", -32600 if taken(name) else -32700, value.get("id"))
    assert n >= 300, "%d files" % n


def taken(name):
    """Is it JSON to us? Duplicate names are not; a lone surrogate is, and a number of any size."""
    if name.startswith("i_"):
        return name.startswith(("i_number", "i_object_key_lone")) or (
            "surrogate" in name and "UTF" not in name) or "inverted" in name
    return name.startswith("y_") and "duplicated_key" not in name


def ids():
    """Ids come back as they were written."""
    odd = [b"0", b"-1", b"1.5", b"1e3", b"-0", b"12345678901234567890123", b'""', b'"x\\"y"', b'"\\u00e9"',
           '"é"'.encode(), b'"\\ud800"', b'" "', b'"null"']
    s = Server()
    for i in odd:
        s.send(b'{"jsonrpc":"2.0","id":%s,"method":"ping"}\n' % i)
    s.answers(len(odd))
    s.leave()
    assert s.lines == [b'{"jsonrpc":"2.0","id":%s,"result":{}}' % i for i in odd], s.lines


def largest():
    """A message of exactly 8 MiB is one."""
    head, tail = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"', b'"}}'
    s = Server()
    s.send(head + b"y" * ((8 << 20) - len(head) - len(tail)) + tail + b"\n")
    assert s.answers(1) == [{"jsonrpc": "2.0", "id": 1, "result": {}}]
    s.leave()


def bytewise():
    """One byte at a time."""
    s = Server()
    for b in b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","x":"\xe2\x82\xac"}}\r\n' + ping(2):
        s.send(bytes([b]))
    assert [a["id"] for a in s.answers(2)] == [1, 2]
    s.leave()


def pipelined():
    n = NUMBER or 20000
    s = Server()
    s.send(b"".join(map(ping, range(n))))
    assert [a["id"] for a in s.answers(n)] == list(range(n))
    assert len(s.leave()) == n


def deaf():
    """A reader that never reads: the server stops reading, and does not grow."""
    s = Server()
    fd, sent, still = s.p.stdin.fileno(), 0, 0
    while still < 3:
        assert sent < MEMORY, "the server goes on reading"
        if select.select([], [fd], [], 0.2)[1]:
            sent += os.write(fd, b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n' * 50)
            still = 0
        else:
            still += 1
    assert INSTRUMENTED or s.memory() <= MEMORY, "%d bytes of memory" % s.memory()
    s.p.stdin.close()
    begin = time.monotonic()
    assert s.p.wait(10) == 0
    assert time.monotonic() - begin < 2 * SLOW


def epipe():
    """Nobody will read: the server ends, also while its input stays open."""
    s = Server()
    s.send(ping(1))
    s.answers(1)
    s.p.stdout.close()
    try:
        while s.p.poll() is None:
            select.select([], [s.p.stdin.fileno()], [], 1)
            os.write(s.p.stdin.fileno(), ping(2))
    except BrokenPipeError:
        pass
    assert s.p.wait(5) == 0, s.p.returncode


def cut():
    """The end of input at every byte of a session."""
    text = ping(1) + b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n' + (
        b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"claude_jobs","arguments":{"cwd":"/"}}}\n')
    for at in range(0, len(text) + 1, NUMBER or 1):
        s = Server()
        s.send(text[:at])
        got = s.leave()
        want = text[:at].count(b"\n")
        assert [a["id"] for a in got][:want] == [1, 2, 3][:want] and len(got) == want, (at, got)


def races():
    """A call and its cancel: at most one answer each, and the server can do the next."""
    n = NUMBER or 200
    s = Server()
    for i in range(n):
        s.send(b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"claude_jobs","arguments":{"cwd":"%s"}}}\n'
               % (i, os.environ["WORKSPACE"].encode()))
        if i % 4:
            s.read(random.random() * 0.004 * (i % 4))
        s.send(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}\n' % i)
    s.send(ping(999999))
    while s.lines.count(ping(999999)[:-1].replace(b'"method":"ping"', b'"result":{}')) < 1:
        assert s.read(PATIENCE)
    got = [a["id"] for a in s.leave()]
    assert len(got) == len(set(got)), "answered twice"


def call_task(s, i):
    s.send(b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"claude_task","arguments":'
           b'{"cwd":"%s","task":"say %d","mode":"read","background":true}}}\n'
           % (i, os.environ["WORKSPACE"].encode(), random.getrandbits(60)))


def killed():
    """SIGKILL of the server at every moment of a call: a job is there whole, or not at all."""
    s = Server()
    begin = time.monotonic()
    call_task(s, 1)
    assert not s.answers(1)[0]["result"]["isError"], s.lines
    whole = time.monotonic() - begin
    s.leave()
    n = NUMBER or 25
    for i in range(n):
        s = Server()
        s.send(ping(1))
        s.answers(1)
        call_task(s, 2)
        s.read(whole * 1.2 * i / n)
        s.p.kill()
        s.p.wait()
    state = os.environ["JOBDIR_STATE"]
    end = time.monotonic() + PATIENCE
    while os.listdir(state + "/running"):
        assert time.monotonic() < end, "running: %s" % os.listdir(state + "/running")
        time.sleep(0.05)
    days = [d for d in os.scandir(state + "/jobs")]
    jobs = [j for d in days for j in os.scandir(d)]
    assert len(jobs) > n // 4, "%d jobs of %d calls" % (len(jobs), n)
    for j in jobs:
        assert not j.name.startswith("."), "half a job: %s" % j.name
        with open(j.path + "/end.json") as f:
            assert json.load(f)["by"] == "supervise", j.name


CASES = {f.__name__: f for f in (suite, ids, largest, bytewise, pipelined, deaf, epipe, cut, races, killed)}
CASES.update({k: lambda v=v: none(*v) for k, v in NOTHING.items()})
CASES.update({k: lambda v=v: quiet(v) for k, v in QUIET.items()})
CASES.update({k: lambda v=v: request(*v) for k, v in REQUESTS.items()})
GROUPS = {"nothing": NOTHING, "quiet": QUIET, "requests": REQUESTS}

SERVER, wanted, NUMBER = sys.argv[1], sys.argv[2], int((sys.argv + ["0"])[3])
INSTRUMENTED = "/asan/" in SERVER
SLOW = 20 if INSTRUMENTED else 5    # a loaded machine
failed = 0
for case in GROUPS.get(wanted, [wanted]):
    try:
        CASES[case]()
        print("ok", case)
    except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired) as e:
        print("not ok %s: %s" % (case, str(e)[:300]))
        failed = 1
sys.exit(failed)
