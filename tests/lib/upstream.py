#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""upstream.py LOG [CERT KEY]: a provider on 127.0.0.1, chat completions and Anthropic.

Prints its port. What it does is the first user text of the request, word by word: the
n-th request with that text does the n-th word (the last one again and again). Appends a
JSON line per request to LOG: path, headers (names in lower case), body.
"""
import http.server, json, ssl, sys, threading, time

log, lock, seen = open(sys.argv[1], "a", buffering=1), threading.Lock(), {}


def text_of(body):
    c = body["messages"][0]["content"]
    return c if isinstance(c, str) else "".join(p.get("text", "") for p in c)


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def whole(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        names = [h[0].lower() for h in headers]
        if "content-type" not in names:
            self.send_header("Content-Type", "application/json")
        for h in headers:
            self.send_header(*h)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Set-Cookie", "a=b")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def events(self):
        if "/messages" in self.path:
            def e(name, **more):
                return "event: %s\ndata: %s\n\n" % (name, json.dumps({"type": name, **more}))
            yield e("message_start", message={"id": "msg_1", "usage": {"input_tokens": 7, "cache_read_input_tokens": 3}})
            yield e("content_block_start", index=0, content_block={"type": "text", "text": ""})
            yield e("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello"})
            yield e("content_block_stop", index=0)
            yield e("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 5})
            yield e("message_stop")
        else:
            def d(v):
                return "data: %s\n\n" % json.dumps(v)
            yield d({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
            yield d({"choices": [{"index": 0, "delta": {"content": "Hel"}}]})
            yield d({"choices": [{"index": 0, "delta": {"content": "lo"}}]})
            yield d({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            yield d({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5,
                     "prompt_tokens_details": {"cached_tokens": 3}}})
            yield "data: [DONE]\n\n"

    def good(self, body):
        if body.get("stream"):
            self.begin()
            for e in self.events():
                self.piece(e)
            self.piece("")
        elif "/messages" in self.path:
            self.whole(200, {"id": "msg_1", "type": "message", "content": [{"type": "text", "text": "Hello"}],
                             "usage": {"input_tokens": 7, "output_tokens": 5}}, [("request-id", "req_1")])
        else:
            self.whole(200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"},
                             "finish_reason": "stop"}], "usage": {"prompt_tokens": 10, "completion_tokens": 5}})

    def act(self, word, body):
        key = self.headers.get("Authorization", self.headers.get("x-api-key", ""))
        if word.isdigit():
            self.whole(int(word), {"error": {"type": "api_error", "message": "no: " + key}})
        elif word.startswith("after"):      # after3: 429, come back in so many seconds
            self.whole(429, {"error": {"message": "slowly"}}, [("Retry-After", word[5:])])
        elif word == "never":
            self.whole(500, {"error": {"type": "api_error", "message": "never"}}, [("x-should-retry", "false")])
        elif word == "html":
            self.whole(502, b"<html><h1>Bad Gateway</h1>", [("Content-Type", "text/html")])
        elif word == "redirect":
            self.whole(307, b"", [("Location", "http://127.0.0.1:1/steal")])
        elif word == "drop":
            self.close_connection = True
        elif word in ("cut", "cut0", "reset"):
            self.begin()
            for i, e in enumerate(self.events()):
                if word == "cut0" or i == 3:
                    break
                self.piece(e)
            self.wfile.flush()
            self.connection.close() if word == "reset" else self.connection.shutdown(2)
            self.close_connection = True
        elif word == "hang":
            self.begin()
            for i, e in enumerate(self.events()):
                if i == 3:
                    break
                self.piece(e)
            self.rfile.read(1)              # until the other end leaves
            with lock:
                log.write(json.dumps({"left": True}) + "\n")
            self.close_connection = True
        elif word == "mute":                # silent for longer than a ping
            time.sleep(11)
            self.good(body)
        elif word == "flood":               # more than any buffer
            self.begin()
            for e in list(self.events())[:3]:
                self.piece(e)
            for i in range(4000):
                self.piece("data: %s\n\n" % json.dumps({"choices": [{"index": 0, "delta": {"content": "x" * 5000}}]}))
                with lock:
                    seen["sent"] = i
            for e in list(self.events())[3:]:
                self.piece(e)
            self.piece("")
        else:
            self.good(body)

    def answer(self, body):
        with lock:
            log.write(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                                  "body": body}) + "\n")
            text = text_of(body) if body else "ok"
            n = seen[text] = seen.get(text, 0) + 1
        words = text.split() or ["ok"]
        self.act(words[min(n, len(words)) - 1], body or {})

    def do_POST(self):
        try:
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        except (BrokenPipeError, ConnectionResetError, OSError):
            self.close_connection = True

    def do_GET(self):
        self.answer(None)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Provider)
if len(sys.argv) > 3:
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = c.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
