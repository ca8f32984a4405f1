/* SPDX-License-Identifier: MIT */
#include "codexconf.h"

#include <errno.h>
#include <string.h>

#include "buf.h"
#include "jsonw.h"
#include "nextaction.h"
#include "num.h"

/* Codex gives a server 11 variables of its environment and those named here. */
static const char *const wanted[] = {
	"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN",
	"ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
};

static const struct {
	const char *tool, *mode, *why;
} approvals[] = {
	{ "claude_task", "approve", "works in a copy of the repository, not in the workspace" },
	{ "claude_apply", "prompt", "changes the workspace: ask the user each time" },
	{ "claude_cleanup", "prompt", "removes old jobs: ask the user each time" },
};

int
codexconf_quote(struct buf *out, const char *s)
{
	(void)buf_addch(out, '"');
	while (*s) {
		int n = num_utf8(s, strlen(s));

		if (!n) {
			errno = EINVAL;
			return -1;
		}
		if (*s == '"' || *s == '\\')
			(void)buf_addf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			(void)buf_addf(out, "\\u%04x", (unsigned)*s);
		else
			(void)buf_add(out, s, (size_t)n);
		s += n;
	}
	return buf_addch(out, '"');
}

static void
write_list(struct buf *out, const char *key, const char *const *list, size_t n)
{
	(void)buf_addf(out, "%s = [", key);
	for (size_t i = 0; i < n; i++)
		(void)buf_addf(out, "%s\n  \"%s\"", i ? "," : "", list[i]);
	(void)buf_addstr(out, ",\n]\n");
}

/* KEY = "value"; nothing when there is none. */
static int
write_var(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return 0;
	(void)buf_addf(out, "%s = ", key);
	return codexconf_quote(out, value) || buf_addch(out, '\n') ? -1 : 0;
}

const char *const codexconf_vars[] = {
	"JOBDIR_TOOL_TIMEOUT_SEC", "JOBDIR_STATE", "CODEX_CLAUDE_ALLOW_ROOTS", "CLAUDE_BIN", NULL,
};

int
codexconf_write(struct buf *out, const struct codexconf *c)
{
	const char *name = c->name ? c->name : CODEXCONF_NAME;

	(void)buf_addf(out,
		"# jobdir: delegate coding tasks to Claude Code. For ~/.codex/config.toml\n"
		"[mcp_servers.%s]\n", name);
	if (write_var(out, "command", c->server))
		return -1;
	(void)buf_addf(out, "startup_timeout_sec = 20\n"
		"tool_timeout_sec = %d   # keep JOBDIR_TOOL_TIMEOUT_SEC below equal to it\n"
		"supports_parallel_tool_calls = true   # or a wait would block a cancel\n",
		CODEXCONF_TIMEOUT_SEC);
	/* What most people want; the advanced tools are offered but not enabled. */
	write_list(out, "enabled_tools", nextaction_default, nextaction_defaults());
	(void)buf_addstr(out, "# Names only: the values stay in your environment.\n");
	write_list(out, "env_vars", wanted, sizeof wanted / sizeof *wanted);
	(void)buf_addstr(out,
		"# Every model has the tools before it, and need not search for them. Without this\n"
		"# line their descriptions cost nothing until a model looks for them.\n"
		"omit_tools_from = [\"code_mode\", \"deferred\"]\n");
	(void)buf_addf(out, "\n[mcp_servers.%s.env]\nJOBDIR_TOOL_TIMEOUT_SEC = \"%d\"\n", name,
		CODEXCONF_TIMEOUT_SEC);
	if (write_var(out, "JOBDIR_STATE", c->state) ||
	    write_var(out, "CODEX_CLAUDE_ALLOW_ROOTS", c->roots) ||
	    write_var(out, "CLAUDE_BIN", c->claude))
		return -1;
	(void)buf_addstr(out, c->others ? c->others : "");
	if (!c->roots)
		(void)buf_addstr(out,
			"# Tasks are taken for directories below projects, work and codex-claude in\n"
			"# your home directory. For others (absolute, ':' between):\n"
			"# CODEX_CLAUDE_ALLOW_ROOTS = \"/srv/code:/home/me/src\"\n");
	for (size_t i = 0; i < sizeof approvals / sizeof *approvals; i++)
		(void)buf_addf(out, "\n[mcp_servers.%s.tools.%s]\n"
			"approval_mode = \"%s\"   # %s\n", name,
			approvals[i].tool, approvals[i].mode, approvals[i].why);
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}

static void
json_list(struct jsonw *w, const char *key, const char *const *list, size_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++)
		jsonw_cstr(w, list[i]);
	jsonw_end(w);
}

void
codexconf_json(struct jsonw *w, const struct codexconf *c)
{
	static const char *const direct[] = { "code_mode", "deferred" };
	CLEANUP(buf) struct buf timeout = BUF_INIT;

	(void)buf_addf(&timeout, "%d", CODEXCONF_TIMEOUT_SEC);
	jsonw_object(w);
	jsonw_mstr(w, "command", c->server);
	jsonw_mint(w, "startup_timeout_sec", 20);
	jsonw_mint(w, "tool_timeout_sec", CODEXCONF_TIMEOUT_SEC);
	jsonw_mbool(w, "supports_parallel_tool_calls", true);
	json_list(w, "enabled_tools", nextaction_default, nextaction_defaults());
	json_list(w, "env_vars", wanted, sizeof wanted / sizeof *wanted);
	json_list(w, "omit_tools_from", direct, 2);
	jsonw_key(w, "env");
	jsonw_object(w);
	jsonw_mstr(w, "JOBDIR_TOOL_TIMEOUT_SEC", timeout.p);
	jsonw_mstr(w, "JOBDIR_STATE", c->state);
	jsonw_mstr(w, "CODEX_CLAUDE_ALLOW_ROOTS", c->roots);
	jsonw_mstr(w, "CLAUDE_BIN", c->claude);
	jsonw_end(w);
	jsonw_key(w, "tools");
	jsonw_object(w);
	for (size_t i = 0; i < sizeof approvals / sizeof *approvals; i++) {
		jsonw_key(w, approvals[i].tool);
		jsonw_object(w);
		jsonw_mstr(w, "approval_mode", approvals[i].mode);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}
