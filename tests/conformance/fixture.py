#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fixture.py --write DIR: the toolset that the published MCP conformance suite asks for, to be
served with `jobdir-mcp --toolset-dir=DIR`. Run by the server it is the program of all its tools:
fixture --tool=NAME --request=-."""
import json
import os
import shutil
import sys

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
SOUND = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="


def text(words):
    return {"type": "text", "text": words}


def image():
    return {"type": "image", "data": PIXEL, "mimeType": "image/png"}


def embedded(uri, kind, words):
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": words}}


def said(*content, **more):
    return {"content": list(content), **more}


# ---- asking ----

control = None


def tell(line):
    os.write(control.fileno(), json.dumps(line).encode() + b"\n")


def ask(requests, free=False):
    """The answers, or {"cannot": [...]}."""
    tell({"ask": requests, "free": free})
    line = json.loads(control.readline())
    return line.get("answers", line)


def form(message, required=(), **properties):
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": {
        "type": "object", "properties": properties, **({"required": list(required)} if required else {})}}}


def name_form(message="What is your name?"):
    return form(message, ["name"], name={"type": "string"})


def sample(prompt, tokens=100):
    return {"method": "sampling/createMessage", "params": {"messages": [
        {"role": "user", "content": text(prompt)}], "maxTokens": tokens}}


ROOTS = {"method": "roots/list", "params": {}}


def asked(requests, free=False):
    return said(text(json.dumps(ask(requests, free))))


def enums():
    titled = [{"const": f"value{i}", "title": f"{w} Option"} for i, w in enumerate(("First", "Second", "Third"), 1)]
    plain = ["option1", "option2", "option3"]
    return form("Choose", untitledSingle={"type": "string", "enum": plain},
                titledSingle={"type": "string", "oneOf": titled},
                legacyEnum={"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
                untitledMulti={"type": "array", "items": {"type": "string", "enum": plain}},
                titledMulti={"type": "array", "items": {"anyOf": titled}})


def defaults():
    return form("Review", name={"type": "string", "default": "John Doe"},
                age={"type": "integer", "default": 30}, score={"type": "number", "default": 95.5},
                status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
                verified={"type": "boolean", "default": True})


def progress(_):
    for n in (0, 50, 100):
        tell({"progress": n, "total": 100})
    return said(text("done"))


def multi_round(_):
    first = ask({"step1": name_form("Step 1: What is your name?")})
    second = ask({"step2": form("Step 2: What is your favorite color?", ["color"], color={"type": "string"})})
    return said(text(json.dumps([first, second])))


def confirm(_):
    ask({"confirm": form("Please confirm", ["ok"], ok={"type": "boolean"})})
    return said(text("state-ok"))


def capable(_):
    """Whatever the client can do, the first of three."""
    for requests in ({"user_name": name_form()}, {"greeting": sample("Generate a greeting")}, {"client_roots": ROOTS}):
        answers = ask(requests)
        if "cannot" not in answers:
            return said(text(json.dumps(answers)))
    return said(text("nothing can be asked"))


TOOLS = {
    "test_simple_text": lambda a: said(text("This is a simple text response for testing.")),
    "test_image_content": lambda a: said(image()),
    "test_audio_content": lambda a: said({"type": "audio", "data": SOUND, "mimeType": "audio/wav"}),
    "test_embedded_resource": lambda a: said(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
    "test_multiple_content_types": lambda a: said(text("Multiple content types test:"), image(), embedded(
        "test://mixed-content-resource", "application/json", '{"test":"data","value":123}')),
    "test_error_handling": lambda a: said(text("This tool intentionally returns an error for testing"), isError=True),
    "test_tool_with_progress": progress,
    "test_sampling": lambda a: asked({"sample": sample(a["prompt"])}),
    "test_elicitation": lambda a: asked({"user": form(a["message"], ["username", "email"],
                                                      username={"type": "string"}, email={"type": "string"})}),
    "test_elicitation_sep1034_defaults": lambda a: asked({"review": defaults()}),
    "test_elicitation_sep1330_enums": lambda a: asked({"choose": enums()}),
    "test_missing_capability": lambda a: said(text("not to be reached")),
    "test_streaming_elicitation": lambda a: asked({"user_name": name_form()}),
    "test_logging_tool": lambda a: said(text("nothing is logged")),
    "test_input_required_result_elicitation": lambda a: asked({"user_name": name_form()}, free=True),
    "test_input_required_result_sampling": lambda a: asked({"capital_question": sample("What is the capital of France?")}),
    "test_input_required_result_list_roots": lambda a: asked({"client_roots": ROOTS}),
    "test_input_required_result_request_state": confirm,
    "test_input_required_result_tampered_state": confirm,
    "test_input_required_result_multiple_inputs": lambda a: asked({
        "user_name": name_form(), "greeting": sample("Generate a greeting", 50), "client_roots": ROOTS}),
    "test_input_required_result_multi_round": multi_round,
    "test_input_required_result_capabilities": capable,
}
STRINGS = {"test_sampling": ["prompt"], "test_elicitation": ["message"]}
REQUIRES = {"test_missing_capability": {"sampling": {}}}


def write(directory):
    os.makedirs(directory, exist_ok=True)
    shutil.copy(__file__, os.path.join(directory, "fixture"))
    os.chmod(os.path.join(directory, "fixture"), 0o755)
    for name in TOOLS:
        members = STRINGS.get(name, [])
        manifest = {"name": name, "title": name, "description": "For the conformance suite: " + name,
                    "annotations": {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
                    "inputSchema": {"type": "object", "properties": {m: {"type": "string"} for m in members}, "required": members},
                    "toolset": "fixture", "raw": True, "run": ["./fixture"]}
        if name in REQUIRES:
            manifest["requires"] = REQUIRES[name]
        with open(os.path.join(directory, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(manifest, f)


def main():
    global control
    if sys.argv[1] == "--write":
        return write(sys.argv[2])
    control = os.fdopen(int(os.environ["JOBDIR_CONTROL"]), "r", closefd=False)
    name = next(a[7:] for a in sys.argv if a.startswith("--tool="))
    return print(json.dumps(TOOLS[name](json.load(sys.stdin))))


main()
