#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""httpabuse.py PORT TOKEN LOG: what no gateway may fall for. One TAP line each.

LOG is the provider's: nothing but what is allowed may have reached it.
"""
import os, socket, sys

port, token, log = int(sys.argv[1]), sys.argv[2], sys.argv[3]
H = "Host: 127.0.0.1:%d\r\n" % port
K = "x-api-key: %s\r\n" % token
B = '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"ok"}]}'
L = "Content-Length: %d\r\n" % len(B)
P = "POST /v1/messages HTTP/1.1\r\n"


def talk(data, wait=5):
    """The answer to these bytes, until the other end closes."""
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(wait)
    out = b""
    try:
        s.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        while True:
            got = s.recv(65536)
            if not got:
                break
            out += got
    except socket.timeout:
        return b"TIMEOUT " + out
    except ConnectionError:
        pass
    finally:
        s.close()
    return out


def post(head, body=B):
    return P + head + "\r\n" + body


cases = [
    ("a good request", post(H + K + L), 200),
    ("the token as Bearer", post(H + "Authorization: Bearer %s\r\n" % token + L), 200),
    ("localhost", post("Host: localhost:%d\r\n" % port + K + L), 200),
    ("chunked", post(H + K + "Transfer-Encoding: chunked\r\n", "%x\r\n%s\r\n0\r\n\r\n" % (len(B), B)), 200),
    # who may ask
    ("no token", post(H + L), 401),
    ("a wrong token", post(H + "x-api-key: %s\r\n" % ("0" * len(token)) + L), 401),
    ("half a token", post(H + "x-api-key: %s\r\n" % token[:16] + L), 401),
    ("a longer token", post(H + "x-api-key: %sx\r\n" % token + L), 401),
    ("the token twice over", post(H + "x-api-key: %s%s\r\n" % (token, token) + L), 401),
    ("an empty token", post(H + "x-api-key:\r\n" + L), 401),
    ("two tokens, one right", post(H + K + "x-api-key: y\r\n" + L), 401),
    ("a right and a wrong one", post(H + K + "Authorization: Bearer x\r\n" + L), 401),
    ("Basic", post(H + "Authorization: Basic %s\r\n" % token + L), 401),
    ("the token in the query", "POST /v1/messages?key=%s HTTP/1.1\r\n" % token + H + L + "\r\n" + B, 401),
    ("an Origin", post(H + K + "Origin: http://evil.example\r\n" + L), 403),
    ("an Origin of ours", post(H + K + "Origin: http://127.0.0.1:%d\r\n" % port + L), 403),
    ("Origin null", post(H + K + "Origin: null\r\n" + L), 403),
    ("a preflight", "OPTIONS /v1/messages HTTP/1.1\r\n" + H + "Origin: http://a\r\n\r\n", 403),
    ("another Host", post("Host: evil.example\r\n" + K + L), 403),
    ("another Host with our port", post("Host: evil.example:%d\r\n" % port + K + L), 403),
    ("our Host without its port", post("Host: 127.0.0.1\r\n" + K + L), 403),
    ("our Host with another port", post("Host: 127.0.0.1:1\r\n" + K + L), 403),
    ("Host with a user", post("Host: x@127.0.0.1:%d\r\n" % port + K + L), 403),
    ("no Host", post(K + L), 400),
    ("two Hosts", post(H + H + K + L), 400),
    ("HTTP/1.0 without Host", "HEAD / HTTP/1.0\r\n" + K + "\r\n", 403),
    # what may be asked for
    ("another path", "POST /v1/complete HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 404),
    ("a path above", "POST /v1/../v1/messages HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 404),
    ("a coded path", "POST /v1/%6dessages HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 404),
    ("two slashes", "POST //v1/messages HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 404),
    ("an attempt that is none", "POST /attempt-x/v1/messages HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 404),
    ("a GET of messages", "GET /v1/messages HTTP/1.1\r\n" + H + K + "\r\n", 405),
    ("a DELETE", "DELETE /v1/models HTTP/1.1\r\n" + H + K + "\r\n", 405),
    ("TRACE", "TRACE / HTTP/1.1\r\n" + H + K + "\r\n", 405),
    ("an absolute target", "POST http://127.0.0.1:%d/v1/messages HTTP/1.1\r\n" % port + H + K + L + "\r\n" + B, 400),
    ("another's target", "GET http://evil.example/ HTTP/1.1\r\n" + H + K + "\r\n", 400),
    ("CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n" + H + K + "\r\n", 400),
    ("OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + H + K + "\r\n", 400),
    ("a query with a URL", "POST /v1/messages?u=http://a HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 400),
    ("an upgrade to HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),
    # where it ends
    ("length and chunked", post(H + K + L + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
    ("two lengths", post(H + K + L + L), 400),
    ("two different lengths", post(H + K + L + "Content-Length: 1\r\n"), 400),
    ("a list of lengths", post(H + K + "Content-Length: 5, 5\r\n"), 400),
    ("a signed length", post(H + K + "Content-Length: +71\r\n"), 400),
    ("a negative length", post(H + K + "Content-Length: -1\r\n"), 400),
    ("a hex length", post(H + K + "Content-Length: 0x47\r\n"), 400),
    ("an endless length", post(H + K + "Content-Length: 99999999999999999999\r\n"), 400),
    ("no length", post(H + K), 411),
    ("identity", post(H + K + "Transfer-Encoding: identity\r\n"), 400),
    ("chunked, but not last", post(H + K + "Transfer-Encoding: chunked, gzip\r\n"), 400),
    ("hidden chunked", post(H + K + "Transfer-Encoding: xchunked\r\n"), 400),
    ("chunked in HTTP/1.0", "POST /v1/messages HTTP/1.0\r\n" + H + K + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a chunk of bad size", post(H + K + "Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n"), (400, 0)),
    ("a body with a HEAD", "HEAD / HTTP/1.1\r\n" + H + K + "Content-Length: 5\r\n\r\nhello", 400),
    # bytes
    ("a space before the colon", post(H + K + L + "Transfer-Encoding : chunked\r\n"), 400),
    ("a folded line", post(H + K + L + "X: a\r\n b\r\n"), 400),
    ("no colon", post(H + K + L + "nocolon\r\n"), 400),
    ("NUL in a value", post(H + K + L + "X: a\0b\r\n"), 400),
    ("NUL in the target", "POST /v1/messages\0 HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 400),
    ("a bare CR", post(H + K + L + "X: a\rY: b\r\n"), 400),
    ("a bare LF", post(H + K + L + "X: a\nY: b\r\n"), 400),
    ("LF alone", (P + H + K + L).replace("\r", "") + "\n" + B, 400),
    ("an empty line before", "\r\n" + post(H + K + L), 400),
    ("a tab for a space", "POST\t/v1/messages HTTP/1.1\r\n" + H + K + L + "\r\n" + B, 400),
    ("HTTP/0.9", "GET /v1/models\r\n\r\n", 400),
    ("HTTP/1.9", "POST /v1/messages HTTP/1.9\r\n" + H + K + L + "\r\n" + B, 505),
    ("another expectation", post(H + K + L + "Expect: 200-ok\r\n"), 417),
    # sizes
    ("a head of 40 kB", post(H + K + L + "X: %s\r\n" % ("a" * 40000)), 431),
    ("200 headers", post(H + K + L + "X: a\r\n" * 200), 431),
    ("a head without end", b"POST /v1/messages HTTP/1.1\r\nX: " + b"a" * 70000, 431),
    ("a target of 5 kB", "POST /v1/messages?%s HTTP/1.1\r\n" % ("a" * 5000) + H + K + L + "\r\n" + B, 414),
    ("a body of 40 MB", post(H + K + "Content-Length: 40000000\r\n", ""), 413),
    # bodies
    ("no JSON", post(H + K + "Content-Length: 5\r\n", "hello"), 400),
    ("an array", post(H + K + "Content-Length: 2\r\n", "[]"), 400),
    ("a name twice", post(H + K + "Content-Length: 13\r\n", '{"a":1,"a":2}'), 400),
    ("100,000 brackets", post(H + K + "Content-Length: 100000\r\n", "[" * 100000), 400),
]

bad = 0
for i, (what, data, want) in enumerate(cases, 1):
    before = os.path.getsize(log)
    got = talk(data)
    status = int(got[9:12]) if got.startswith(b"HTTP/1.1 ") and got[9:12].isdigit() else 0
    if got.startswith(b"TIMEOUT"):
        status = -1
    wants = want if isinstance(want, tuple) else (want,)
    reached = os.path.getsize(log) > before
    good = status in wants and reached == (want == 200)
    # nothing that a browser could use, nothing that says what is inside
    good = good and b"Access-Control" not in got and b"icrohttpd" not in got and got.count(b"HTTP/1.1 ") <= 1
    if not good:
        bad += 1
        print("not ok %d - %s: %s, wanted %s, reached the provider: %s" % (i, what, got[:200], want, reached))
# A second request behind the first is never read, whatever it is.
before = sum(1 for _ in open(log))
got = talk(post(H + K + L) + post(H + K + L))
if got.count(b"HTTP/1.1 ") != 1 or sum(1 for _ in open(log)) != before + 1:
    bad += 1
    print("not ok - two requests in one connection:", got[:300])
print("%d abuses, %d bad" % (len(cases) + 1, bad))
sys.exit(bad != 0)
