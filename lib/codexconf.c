/* SPDX-License-Identifier: MIT */
#include "codexconf.h"

#include <errno.h>
#include <string.h>

#include "buf.h"
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

int
codexconf_write(struct buf *out, const struct codexconf *c)
{
	(void)buf_addstr(out,
		"# jobdir: delegate coding tasks to Claude Code. For ~/.codex/config.toml\n"
		"[mcp_servers.jobdir]\n");
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
		"# Models find the tools by searching. To put them before every model at once, at\n"
		"# the price of their descriptions in every request:\n"
		"# omit_tools_from = [\"code_mode\", \"deferred\"]\n"
		"\n[mcp_servers.jobdir.env]\n");
	(void)buf_addf(out, "JOBDIR_TOOL_TIMEOUT_SEC = \"%d\"\n", CODEXCONF_TIMEOUT_SEC);
	if (write_var(out, "JOBDIR_STATE", c->state) ||
	    write_var(out, "CODEX_CLAUDE_ALLOW_ROOTS", c->roots) ||
	    write_var(out, "CLAUDE_BIN", c->claude))
		return -1;
	if (!c->roots)
		(void)buf_addstr(out,
			"# Tasks are taken for directories below projects, work and codex-claude in\n"
			"# your home directory. For others (absolute, ':' between):\n"
			"# CODEX_CLAUDE_ALLOW_ROOTS = \"/srv/code:/home/me/src\"\n");
	for (size_t i = 0; i < sizeof approvals / sizeof *approvals; i++)
		(void)buf_addf(out, "\n[mcp_servers.jobdir.tools.%s]\n"
			"approval_mode = \"%s\"   # %s\n",
			approvals[i].tool, approvals[i].mode, approvals[i].why);
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}
