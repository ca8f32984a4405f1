#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""appserver.py CODEX CWD SANDBOX ANSWER: one turn of Codex through its app-server, as an
application with a user would have it. What Codex itself asks (may this tool run?) is accepted;
what the MCP server asks is answered with ANSWER: accept, decline or cancel. Prints each question,
and at the end each tool call, one line of JSON."""
import json
import subprocess
import sys

codex, cwd, sandbox, answer = sys.argv[1:]
process = subprocess.Popen([codex, "app-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
thread = None


def send(**message):
    process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()


def tell(kind, value):
    print(json.dumps({"kind": kind, **value}), flush=True)


send(id=1, method="initialize", params={"clientInfo": {"name": "test", "title": "test", "version": "0"},
                                        "capabilities": {"experimentalApi": True}})
send(method="initialized")
send(id=2, method="thread/start", params={"cwd": cwd, "sandbox": sandbox, "approvalPolicy": "on-request"})
for line in process.stdout:
    message = json.loads(line)
    method = message.get("method")
    params = message.get("params", {})
    if "error" in message:
        tell("error", message)
        break
    if message.get("id") == 2 and method is None:
        thread = message["result"]["thread"]["id"]
        send(id=3, method="turn/start", params={"threadId": thread, "input": [{"type": "text", "text": "Delegate it."}]})
    elif method == "mcpServer/elicitation/request":
        codex_asks = "codex_approval_kind" in (params.get("_meta") or {})
        tell("codex" if codex_asks else "server", {"message": params.get("message")})
        action = "accept" if codex_asks else answer
        fields = params.get("requestedSchema", {}).get("properties", {})
        content = {name: True for name in fields} if action == "accept" else None
        send(id=message["id"], result={"action": action, "content": content})
    elif method and "id" in message:
        tell("other", message)
        send(id=message["id"], error={"code": -32601, "message": "not expected"})
    elif method == "item/completed" and params["item"]["type"] == "mcpToolCall":
        tell("call", {"item": params["item"]})
    elif method == "turn/completed":
        break
process.stdin.close()
process.wait()
