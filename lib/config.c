/* SPDX-License-Identifier: MIT */
/*
 * config: the table. Inherited are those that a command run inside a job
 * needs to find the same state and the same limits; never a secret.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "num.h"

#define KEEP CONFIG_INHERITED

static const struct config_var vars[] = {
	/* the jobs */
	{ "JOBDIR_STATE", "$XDG_STATE_HOME/jobdir, ~/.local/state/jobdir", CONFIG_PATH, NULL,
	    "where the jobs are", KEEP | CONFIG_PLACE },
	{ "JOBDIR_DATA", "../share/jobdir beside the commands", CONFIG_PATH, NULL,
	    "recipes, tool manifests, prompts", KEEP | CONFIG_PLACE },
	{ "JOBDIR_CACHES", "-", CONFIG_LIST, NULL,
	    "caches of builds that jobs see and write copies of: paths, names below the home; ':' between",
	    KEEP },
	{ "JOBDIR_SHARE", "those found: node_modules, .venv, target, vendor", CONFIG_LIST, NULL,
	    "directories that git ignores, lent to the tree read-only; ':' between", KEEP },
	{ "JOBDIR_TOOL_TIMEOUT_SEC", "25", CONFIG_INT, "1-86400",
	    "the MCP client's tool timeout; every wait ends before it", 0 },
	{ "JOBDIR_CONFIRM", "ask", CONFIG_WORD, "ask|client",
	    "who confirms a landing that a client asks for: the user, asked through the client; or, "
	    "where it cannot ask, the client itself (confirmed_by_user)", 0 },
	{ "JOBDIR_ASK_TIMEOUT_SEC", "1800", CONFIG_INT, "1-86400",
	    "how long a question to the user waits for an answer", 0 },
	{ "JOBDIR_CALLER", "obey", CONFIG_WORD, "obey|ignore",
	    "the sandbox of the Codex session that calls: what it may not (write in the workspace, the "
	    "network), its jobs may not land and may not have as extra ports", 0 },
	{ "MAX_RUNNING_JOBS", "4", CONFIG_INT, "1-100",
	    "how many jobs run at once; the others queue", KEEP },
	{ "CODEX_CLAUDE_ALLOW_ROOTS", "~/projects:~/work:~/codex-claude", CONFIG_LIST, NULL,
	    "directories below which requests may work; ':' or ',' between", KEEP },
	{ "CODEX_CLAUDE_ENV_PASSTHROUGH", "-", CONFIG_LIST, NULL,
	    "further names that a job inherits; ',' between; never secret ones", KEEP },
	{ "CODEX_HOME", "~/.codex", CONFIG_PATH, NULL,
	    "where the configuration of Codex is", 0 },
	{ "CLAUDE_BIN", "claude", CONFIG_TEXT, NULL,
	    "the Claude Code program", KEEP },
	{ "JOBDIR_CONFINE", "writers require, readers prefer", CONFIG_WORD, "require|prefer|off",
	    "walls around the agent: all of them, those that there are, none", KEEP },
	{ "JOBDIR_ALLOW_READ", "-", CONFIG_LIST, NULL,
	    "further files and directories that an agent may read; ':' between", KEEP },
	{ "JOBDIR_ALLOW_WRITE", "-", CONFIG_LIST, NULL,
	    "further files and directories that an agent may write; ':' between", KEEP },
	{ "JOBDIR_ALLOW_PORT", "-", CONFIG_LIST, NULL,
	    "further TCP ports that an agent may connect to; ',' between", KEEP },
	{ "BRIDGE_DEPTH", "0", CONFIG_INT, "0-1000",
	    "how deep in delegations this is; at 2 nothing is delegated further", KEEP | CONFIG_OURS },

	/* the model */
	{ "ONEAPI_BASE_URL", "ANTHROPIC_BASE_URL", CONFIG_URL, NULL,
	    "the primary gateway: the OpenAI-compatible endpoint", KEEP },
	{ "ONEAPI_API_KEY", "ANTHROPIC_API_KEY", CONFIG_TEXT, NULL,
	    "the key of the primary gateway; handed over by descriptor, never inherited", 0 },
	{ "ANTHROPIC_BASE_URL", "https://api.anthropic.com", CONFIG_URL, NULL,
	    "where the model is", KEEP },
	{ "ANTHROPIC_API_KEY", "-", CONFIG_TEXT, NULL,
	    "the agent's login; handed over by descriptor, never inherited", 0 },
	{ "ANTHROPIC_AUTH_TOKEN", "-", CONFIG_TEXT, NULL,
	    "the agent's login; handed over by descriptor, never inherited", 0 },
	{ "CLAUDE_CODE_OAUTH_TOKEN", "-", CONFIG_TEXT, NULL,
	    "the agent's login; handed over by descriptor, never inherited", 0 },
	{ "CLAUDE_MODEL", "ANTHROPIC_MODEL", CONFIG_TEXT, NULL,
	    "the model's name at the gateway", KEEP },
	{ "ANTHROPIC_MODEL", "Claude Code's", CONFIG_TEXT, NULL,
	    "the model's name", KEEP },
	{ "CLAUDE_CODE_MODEL", "sonnet", CONFIG_TEXT, NULL,
	    "the model's name given to Claude Code when a gateway stands behind it", KEEP },
	{ "USE_OPENAI_ADAPTER", "0", CONFIG_BOOL, NULL,
	    "1: model requests are translated to chat completions at the gateway", KEEP },
	{ "JOBDIR_DOOR", "auto", CONFIG_WORD, "auto|off",
	    "off: the agent has the login itself, and the network that you have", KEEP },
	{ "JOBDIR_LOGIN", "key", CONFIG_TEXT, NULL,
	    "mine (or a file's path): the agent is lent your own login of Claude Code, read-only", KEEP },
	{ "JOBDIR_GATEWAY_PROFILE", "by base URL", CONFIG_TEXT, NULL,
	    "which provider's peculiarities the gateway keeps to", KEEP },
	{ "FALLBACK_BASE_URL", "-", CONFIG_URL, NULL,
	    "the gateway that is asked when the primary one fails", KEEP },
	{ "FALLBACK_API_KEY", "-", CONFIG_TEXT, NULL,
	    "its key; handed over by descriptor, never inherited", 0 },
	{ "FALLBACK_MODEL", "the same model", CONFIG_TEXT, NULL,
	    "the model's name there", KEEP },

	/* the worker toolset */
	{ "SANDBOX_ROOT", "-", CONFIG_PATH, NULL,
	    "start and analyze take only directories and files that resolve inside it", KEEP },
	{ "CLAUDE_PERMISSION_MODE", "acceptEdits", CONFIG_WORD,
	    "default|acceptEdits|plan|dontAsk|bypassPermissions",
	    "permission_mode of start where it is not given", KEEP },
	{ "ALLOW_BYPASS_PERMISSIONS", "0", CONFIG_BOOL, NULL,
	    "1: permits bypassPermissions", KEEP },
	{ "WAIT_DEFAULT_MS", "25000", CONFIG_INT, "0-3600000",
	    "how long wait waits where timeout_ms is not given", 0 },
	{ "DIFF_MAX_BYTES", "8000", CONFIG_INT, "0-1000000",
	    "most bytes of diff in an answer; the job has the whole", 0 },
	{ "INCLUDE_DIFF_DEFAULT", "0", CONFIG_BOOL, NULL,
	    "include_diff of start where it is not given", 0 },
	{ "CHECK_OUTPUT_RESPONSE_MAX", "600", CONFIG_INT, "0-100000",
	    "most bytes of one check's output in an answer", KEEP },
	{ "WORKER_METRICS_FILE", "-", CONFIG_PATH, NULL,
	    "token usage of every model request, JSON Lines, appended", KEEP },
	{ "WORKER_ESCALATE_MODEL", "-", CONFIG_TEXT, NULL,
	    "a stronger model for the last round of repair", KEEP },
	{ "WORKER_ISOLATION", "isolated, landed when verified", CONFIG_WORD, "worktree|none",
	    "isolation of start where it is not given", KEEP },
	{ "JOBDIR_ENABLED_TOOLS", "the default six", CONFIG_TEXT, NULL,
	    "the tools the client has enabled (names, commas between; all): only they are suggested",
	    0 },

	/* set by jobdir itself */
	{ "JOBDIR_ID", "-", CONFIG_TEXT, NULL,
	    "set in a job: its id, by which its processes are known", KEEP | CONFIG_OURS },
	{ "JOBDIR_JOB", "-", CONFIG_PATH, NULL,
	    "set in a job: its directory; the agent does not have it", CONFIG_OURS },
	{ "JOBDIR_CONTROL", "-", CONFIG_INT, "0-1048576",
	    "set by the server: the descriptor for progress lines and questions", CONFIG_OURS },
	{ "JOBDIR_CALLER_SANDBOX", "-", CONFIG_TEXT, NULL,
	    "set by the server: the caller's sandbox, as Codex says it with the call", CONFIG_OURS },
	{ "JOBDIR_SERVICE", "-", CONFIG_TEXT, NULL,
	    "set in a recipe: the socket to its supervisor; the agent never has it", CONFIG_OURS },
	{ "XDG_STATE_HOME", "~/.local/state", CONFIG_PATH, NULL,
	    "see JOBDIR_STATE", KEEP | CONFIG_PLACE },
	{ "XDG_CONFIG_HOME", "~/.config", CONFIG_PATH, NULL,
	    "jobdir/env (NAME=VALUE lines) and jobdir/recipes are below it", KEEP | CONFIG_PLACE },
};

const struct config_var *
config_vars(size_t *n)
{
	*n = sizeof vars / sizeof *vars;
	return vars;
}

const struct config_var *
config_find(const char *name)
{
	for (size_t i = 0; i < sizeof vars / sizeof *vars; i++)
		if (!strcmp(vars[i].name, name))
			return &vars[i];
	return NULL;
}

int
config_type_text(const struct config_var *v, struct buf *out)
{
	static const char *const words[] = {
		[CONFIG_TEXT] = "text", [CONFIG_BOOL] = "0|1", [CONFIG_INT] = "integer ",
		[CONFIG_WORD] = "", [CONFIG_PATH] = "absolute path", [CONFIG_LIST] = "list",
		[CONFIG_URL] = "URL",
	};
	_Static_assert(sizeof words / sizeof *words == CONFIG_TYPES, "every type has its words");

	return buf_addf(out, "%s%s", words[v->type], v->range ? v->range : "");
}

static bool
is_word(const char *range, const char *value)
{
	size_t len = strlen(value);

	for (const char *p = range; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == len && !strncmp(p, value, len))
			return true;
	return false;
}

static bool
is_url(const char *value)
{
	const char *host = !strncmp(value, "https://", 8) ? value + 8 :
		!strncmp(value, "http://", 7) ? value + 7 : "";
	size_t len = strcspn(host, "/?#");

	return len && !memchr(host, '@', len) && !value[strcspn(value, " \t\"\\")];
}

static bool
is_int(const struct config_var *v, const char *value, int64_t *out)
{
	size_t n = strcspn(v->range, "-");
	char low[24] = "";
	int64_t min, max;

	memcpy(low, v->range, n < sizeof low ? n : 0);
	return !num_parse(low, INT64_MIN, INT64_MAX, &min) &&
		!num_parse(v->range + n + 1, INT64_MIN, INT64_MAX, &max) &&
		!num_parse(value, min, max, out);
}

static bool
fits(const struct config_var *v, const char *value)
{
	int64_t n;

	switch (v->type) {
	case CONFIG_BOOL: return !strcmp(value, "0") || !strcmp(value, "1");
	case CONFIG_INT: return is_int(v, value, &n);
	case CONFIG_WORD: return is_word(v->range, value);
	case CONFIG_PATH: return *value == '/';
	case CONFIG_URL: return is_url(value);
	default: return true;
	}
}

int
config_check(const struct config_var *v, const char *value, struct buf *why)
{
	if (!*value || fits(v, value))	/* empty is as good as unset */
		return 0;
	(void)buf_addf(why, "%s must be ", v->name);	/* sticky: no memory, a short message */
	(void)config_type_text(v, why);
	if (v->type == CONFIG_URL)	/* it may hold a password, which is not to be repeated */
		(void)buf_addstr(why, " (http or https) without user, password or blanks");
	else
		(void)buf_addf(why, ", not '%s'", value);
	errno = EINVAL;
	return -1;
}

/* The value to take: the environment's if it is good, else the default. NULL: it is not good. */
static const char *
value_of(const struct config_var *v, struct buf *why)
{
	const char *value = getenv(v->name);

	if (!value || !*value)
		return v->dflt;
	return config_check(v, value, why) ? NULL : value;
}

int
config_int(const char *name, int64_t *out, struct buf *why)
{
	const struct config_var *v = config_find(name);
	const char *value = value_of(v, why);

	return value && is_int(v, value, out) ? 0 : -1;
}

int
config_bool(const char *name, bool *out, struct buf *why)
{
	const char *value = value_of(config_find(name), why);

	*out = value && !strcmp(value, "1");
	return value ? 0 : -1;
}

const char *
config_text(const char *first, const char *second)
{
	const char *v = getenv(first);

	if ((!v || !*v) && second)
		v = getenv(second);
	return v && *v ? v : NULL;
}
