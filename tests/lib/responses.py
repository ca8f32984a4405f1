#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""responses.py SCRIPT.json LOG: a scripted OpenAI Responses API on loopback.

SCRIPT is a list of turns: {"call": NAME, "args": {...}} (a tool of the server jobdir),
{"say": TEXT}, {"item": {...}} (an item of the model's as it is). In args and items, "$job" is the job id and "$token" the preview token last seen in the
conversation. Prints its port; one line of JSON per request goes to LOG."""
import http.server
import json
import re
import sys

script = json.load(open(sys.argv[1]))
log = open(sys.argv[2], "a", buffering=1)
state = {"turn": 0}


def event(kind, **more):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n"


def last(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else ""


def fill(value, text):
    filled = json.dumps(value).replace("$job", last(r"job-\d{8}-\d{6}-[a-z2-7]{8}", text))
    return filled.replace("$token", last(r'preview_token\W+([0-9a-f]{64}|[\w:.-]{20,})', text))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.reply(b'{"models":[]}', "application/json")

    def reply(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = json.loads(raw or b"{}")
        text = json.dumps(asked.get("input", []))
        turn, state["turn"] = state["turn"], state["turn"] + 1
        log.write(json.dumps({"turn": turn, "tools": asked.get("tools"), "input": asked.get("input")}) + "\n")
        step = script[turn] if turn < len(script) else {"say": "end of the script"}
        item = {"type": "message", "role": "assistant", "id": f"m{turn}",
                "content": [{"type": "output_text", "text": step.get("say", "")}]}
        if "item" in step:
            item = {"id": f"i{turn}", **json.loads(fill(step["item"], text))}
        if "call" in step:
            args = fill(step["args"], text)
            item = {"type": "function_call", "id": f"f{turn}", "call_id": f"c{turn}",
                    "namespace": "mcp__jobdir", "name": step["call"], "arguments": args}
        out = event("response.created", response={"id": f"r{turn}"})
        out += event("response.output_item.done", item=item)
        out += event("response.completed", response={"id": f"r{turn}", "usage": {
            "input_tokens": 1, "input_tokens_details": None, "output_tokens": 1,
            "output_tokens_details": None, "total_tokens": 2}})
        self.reply(out.encode(), "text/event-stream")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
