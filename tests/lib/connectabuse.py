#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""connectabuse.py PORT TOKEN: what no CONNECT proxy may fall for. One TAP line each that is bad.

good.example is on the gateway's list and is 127.0.0.1; slow.example is on it and no name server
answers for it; dead.example is on it and there is no way to it. Listens on 127.0.0.1:443 itself:
what arrives there has passed. Exit 4: that port is not ours.
"""
import base64, socket, sys, threading

port, token = int(sys.argv[1]), sys.argv[2]
try:
    end = socket.create_server(("127.0.0.1", 443), backlog=64)
except OSError as e:
    print(e)
    sys.exit(4)
arrived = []


def echo(c):
    """Everything back, then what is left when the other end is done."""
    arrived.append(c)
    n = 0
    while d := c.recv(65536):
        n += len(d)
        c.sendall(d)
    c.sendall(b"<%d>" % n)
    c.close()


def serve():
    while True:
        threading.Thread(target=echo, args=(end.accept()[0],), daemon=True).start()


threading.Thread(target=serve, daemon=True).start()


def key(text):
    return "Proxy-Authorization: Basic %s\r\n" % base64.b64encode(text.encode()).decode()


def dial(data):
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(20)
    s.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
    return s


def rest(s):
    """The answer; a tunnel is used up first."""
    try:
        out = s.recv(65536)
    except (socket.timeout, ConnectionError) as e:
        return repr(e).encode()
    try:
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    try:
        while got := s.recv(65536):
            out += got
    except socket.timeout:
        return b"TIMEOUT " + out
    except ConnectionError:
        pass
    s.close()
    return out


G = "good.example:443"
K = key("jobdir:" + token)


def c(target=G, host=None, auth=K, more="", version="HTTP/1.1"):
    return "CONNECT %s %s\r\n%s%s%s\r\n" % (target, version,
        "" if host == "" else "Host: %s\r\n" % (host or target), auth, more)


cases = [
    ("a host of the list", c(), 200),
    ("in capitals", c("GOOD.Example:443"), 200),
    ("Host without the port", c(host="good.example"), 200),
    ("another user", c(auth=key("x:" + token)), 200),
    ("a body of nothing", c(more="Content-Length: 0\r\n"), 200),
    # who may ask
    ("no token", c(auth=""), 407),
    ("a wrong token", c(auth=key("jobdir:" + "0" * len(token))), 407),
    ("half a token", c(auth=key("jobdir:" + token[:16])), 407),
    ("the token and more", c(auth=key("jobdir:" + token + "x")), 407),
    ("the token as the user", c(auth=key(token + ":")), 407),
    ("the token alone", c(auth=key(token)), 407),
    ("the token twice", c(auth=K + K), 407),
    ("Bearer", c(auth="Proxy-Authorization: Bearer %s\r\n" % token), 407),
    ("for another server", c(auth=K.replace("Proxy-", "")), 407),
    ("no base64", c(auth="Proxy-Authorization: Basic !!!!\r\n"), 407),
    ("nothing", c(auth="Proxy-Authorization: Basic\r\n"), 407),
    ("a lot", c(auth="Proxy-Authorization: Basic %s\r\n" % ("QUFB" * 1000)), 407),
    ("an Origin", c(more="Origin: http://a\r\n"), 403),
    # where to
    ("another host", c("evil.example:443"), 403),
    ("another host without a token", c("evil.example:443", auth=""), 407),
    ("another port", c("good.example:80"), 403),
    ("port 22", c("good.example:22"), 403),
    ("no port", c("good.example"), 403),
    ("an empty port", c("good.example:"), 403),
    ("a port with a zero", c("good.example:0443"), 403),
    ("a port that turns around", c("good.example:65979"), 403),
    ("a port and more", c("good.example:443x"), 403),
    ("two ports", c("good.example:443:443"), 403),
    ("an address", c("127.0.0.1:443"), 403),
    ("an address in brackets", c("[::1]:443"), 403),
    ("a mapped address", c("[::ffff:127.0.0.1]:443"), 403),
    ("a number", c("2130706433:443"), 403),
    ("localhost", c("localhost:443"), 403),
    ("a name below it", c("a.good.example:443"), 403),
    ("a name that ends so", c("xgood.example:443"), 403),
    ("a name that begins so", c("good.example.evil.example:443"), 403),
    ("a dot at its end", c("good.example.:443"), 403),
    ("a user in front", c("a@good.example:443"), 403),
    ("a path behind", c("good.example:443/"), (400, 403)),
    ("a coded name", c("good%2eexample:443"), 403),
    ("a URL", c("https://good.example:443", host=G), (400, 403)),
    ("another Host", c(host="evil.example:443"), 400),
    ("our own Host", c(host="127.0.0.1:%d" % port), 400),
    ("no Host", c(host=""), 400),
    ("two Hosts", c(more="Host: %s\r\n" % G), 400),
    ("HTTP/1.0 without Host", c(host="", version="HTTP/1.0"), 400),
    ("HTTP/2", c(version="HTTP/2.0"), 505),
    # what else
    ("a GET", "GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\n" + K + "\r\n", 405),
    ("a POST of messages", "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nx-api-key: %s\r\nContent-Length: 2\r\n\r\n{}" % (port, token), 405),
    ("HEAD /", "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n" % (port, K), 405),
    ("connect in small letters", c().replace("CONNECT", "connect"), 400),
    ("a body", c(more="Content-Length: 5\r\n") + "hello", 400),
    ("a chunked body", c(more="Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400),
    ("two lengths", c(more="Content-Length: 0\r\nContent-Length: 5\r\n"), 400),
    ("NUL in the target", c("good.example\0:443", host=G), 400),
    ("a blank in the target", c("good.example:443 evil.example:443", host=G), 400),
    ("a bare CR", c(more="X: a\rY: b\r\n"), 400),
    ("a bare LF", c().replace("\r", ""), 400),
    ("a space before the colon", c(more="X : a\r\n"), 400),
    ("a folded line", c(more="X: a\r\n b\r\n"), 400),
    ("a head of 40 kB", c(more="X: %s\r\n" % ("a" * 40000)), 431),
    ("a target of 5 kB", c("a" * 5000 + ":443"), 414),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),
    ("no way to it", c("dead.example:443"), 502),
]

bad = 0


def check(good, *what):
    global bad
    if not good:
        bad += 1
        print("not ok -", *what)


for what, data, want in cases:
    before = len(arrived)
    got = rest(dial(data))
    status = int(got[9:12]) if got.startswith(b"HTTP/1.1 ") and got[9:12].isdigit() else 0
    wants = want if isinstance(want, tuple) else (want,)
    check(status in wants and (len(arrived) > before) == (want == 200) and token.encode() not in got and
          b"Access-Control" not in got, "%s: %s, wanted %s, arrived: %s" % (what, got[:200], want, len(arrived) > before))
# Bytes pass as they are, what was sent before the answer too, and half a connection may end.
s = dial(c() + "early")
big = bytes(range(256)) * 16000
got = b""
reader = threading.Thread(target=lambda: s.sendall(big) or s.shutdown(socket.SHUT_WR))
reader.start()
while d := s.recv(65536):
    got += d
reader.join()
want = b"HTTP/1.1 200 Connection established\r\n\r\nearly" + big + b"<%d>" % (len(big) + 5)
check(got == want, "a tunnel: %d bytes, wanted %d" % (len(got), len(want)))
# A second CONNECT in it is nothing but bytes.
got = rest(dial(c() + c("evil.example:443")))
check(got.count(b"HTTP/1.1 200") == 1 and b"CONNECT evil" in got, "a tunnel in a tunnel:", got[:200])
# A name that takes for ever holds nobody up, and who leaves meanwhile harms nobody.
slow = [dial(c("slow.example:443")) for i in range(8)]
for i in range(4):
    check(rest(dial(c())).startswith(b"HTTP/1.1 200"), "beside a slow name")
slow[0].setblocking(False)
try:
    check(False, "a slow name was answered:", slow[0].recv(100))
except BlockingIOError:
    pass
for s in slow:
    s.close()
check(rest(dial(c())).startswith(b"HTTP/1.1 200"), "after clients that left")
# More tunnels than there may be: the next is told so; when some end there is room again.
many = []
for i in range(128):
    s = dial(c())
    check(s.recv(100).startswith(b"HTTP/1.1 200"), "tunnel %d" % i)
    many.append(s)
check(rest(dial(c())).startswith(b"HTTP/1.1 503"), "one too many")
many.pop().close()
for i in range(1000):
    got = rest(dial(c()))
    if not got.startswith(b"HTTP/1.1 503"):
        break
check(got.startswith(b"HTTP/1.1 200"), "room again:", got[:100])
print("%d abuses, %d bad" % (len(cases) + 5, bad))
sys.exit(bad != 0)
