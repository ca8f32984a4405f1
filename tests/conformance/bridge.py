#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bridge.py COMMAND [ARG...]: an MCP server on stdio as one on Streamable HTTP, for the
published conformance suite, which tests over HTTP only. Prints its port.

Messages pass as they are. What is the transport's is done here: sessions (a process each),
streams, HTTP statuses, the headers that must agree with the body, Host and Origin. Requests
without a handshake (revision 2026-07-28) share one process; as their senders know nothing of
each other, their ids and progress tokens are renamed on the way in and back on the way out."""
import http.server
import itertools
import json
import queue
import subprocess
import sys
import threading
import urllib.parse
import uuid

STATELESS = "2026-07-28"
META = "io.modelcontextprotocol/"
END = object()


class Server:
    """A process; every line it writes goes to the stream that it belongs to."""

    def __init__(self):
        self.lock = threading.Lock()
        self.streams = []       # open requests, oldest first
        self.process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self.read, daemon=True).start()

    def send(self, message):
        with self.lock:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            stream = self.find(message)
            if stream:
                stream.put(message)
        for stream in list(self.streams):
            stream.messages.put(END)

    def find(self, message):
        token = message.get("params", {}).get("progressToken") if "method" in message else None
        for stream in list(self.streams):
            if "method" not in message and stream.id == message.get("id"):
                return stream
            if token is not None and stream.token == token:
                return stream
        # A request of the server's: of the call that came last.
        return self.streams[-1] if "method" in message and self.streams else None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Stream:
    """One request, what came for it, and the names it has on the other side."""

    def __init__(self, server, message, rename=None):
        self.server, self.messages = server, queue.Queue()
        self.theirs, self.their_token = message["id"], token_of(message)
        self.id, self.token = self.theirs, self.their_token
        if rename is not None:
            message = json.loads(json.dumps(message))
            message["id"] = self.id = f"{rename}"
            if self.token is not None:
                message["params"]["_meta"]["progressToken"] = self.token = f"t{rename}"
        server.streams.append(self)
        server.send(message)

    def put(self, message):
        if "method" not in message:
            message["id"] = self.theirs
        elif "progressToken" in message.get("params", {}):
            message["params"]["progressToken"] = self.their_token
        self.messages.put(message)

    def close(self):
        self.server.streams.remove(self)


def token_of(message):
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta.get("progressToken") if isinstance(meta, dict) else None


def meta_of(message):
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta if isinstance(meta, dict) else {}


sessions = {}
shared = None
counter = itertools.count(1)
shared_lock = threading.Lock()


def shared_server():
    global shared
    with shared_lock:
        if shared is None:
            shared = Server()
        return shared


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def plain(self, status, value=None, headers=()):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code, words, message_id=None):
        self.plain(status, {"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": words}})

    def is_local(self):
        names = [urllib.parse.urlsplit("//" + self.headers.get("Host", "")).hostname]
        if self.headers.get("Origin"):
            names.append(urllib.parse.urlsplit(self.headers["Origin"]).hostname)
        return all(n in ("localhost", "127.0.0.1", "::1") for n in names)

    def do_GET(self):
        self.plain(405, headers=[("Allow", "POST, DELETE")])

    def do_DELETE(self):
        server = sessions.pop(self.headers.get("Mcp-Session-Id"), None)
        if server:
            server.close()
        self.plain(200 if server else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.is_local():
            return self.refuse(403, -32000, "not from this machine")
        try:
            message = json.loads(body)
        except ValueError:
            return self.refuse(400, -32700, "not JSON")
        version = self.headers.get("MCP-Protocol-Version")
        said = meta_of(message).get(META + "protocolVersion")
        session = self.headers.get("Mcp-Session-Id")
        if version and said and version != said:
            return self.refuse(400, -32020, "the header names another version", message.get("id"))
        if session is None and (said or version == STATELESS):
            return self.stateless(message)
        return self.handshaken(message, session)

    # ---- 2026-07-28 ----

    def stateless(self, message):
        if "id" not in message:
            shared_server().send(message)
            return self.plain(202)
        stream = Stream(shared_server(), message, next(counter))
        try:
            self.answer(stream)
        finally:
            stream.close()

    # ---- with a handshake ----

    def handshaken(self, message, session):
        headers = []
        if message.get("method") == "initialize":
            session = uuid.uuid4().hex
            sessions[session] = Server()
            headers = [("Mcp-Session-Id", session)]
        server = sessions.get(session)
        if server is None:
            return self.refuse(404 if session else 400, -32000, "no such session", message.get("id"))
        if "method" not in message or "id" not in message:
            server.send(message)
            return self.plain(202)
        stream = Stream(server, message)
        try:
            self.answer(stream, headers)
        finally:
            stream.close()

    # ---- both ----

    def answer(self, stream, headers=()):
        """JSON if the answer is all there is, else a stream of events."""
        first = stream.messages.get()
        if first is END:
            return self.refuse(500, -32603, "the server ended", stream.theirs)
        if "method" not in first:
            code = first.get("error", {}).get("code")
            return self.plain({-32601: 404, -32602: 400, -32020: 400, -32021: 400, -32022: 400}.get(code, 200)
                              if isinstance(stream.id, str) else 200, first, headers)
        self.send_response(200)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while first is not END:
            self.wfile.write(b"event: message\ndata: " + json.dumps(first).encode() + b"\n\n")
            self.wfile.flush()
            if "method" not in first:
                return None
            first = stream.messages.get()
        return None


class Http(http.server.ThreadingHTTPServer):
    daemon_threads = True


httpd = Http(("127.0.0.1", 0), Handler)
print(httpd.server_port, flush=True)
httpd.serve_forever()
