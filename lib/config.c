/* SPDX-License-Identifier: MIT */
/*
 * config: the table. Inherited are those that a command run inside a job
 * needs to find the same state and the same limits; never a secret.
 */
#include "config.h"

#include <string.h>

static const struct config_var vars[] = {
	{ "JOBDIR_STATE", "$XDG_STATE_HOME/jobdir, ~/.local/state/jobdir",
	    "where the jobs are", true },
	{ "JOBDIR_DATA", "../share/jobdir beside the commands",
	    "recipes, tool manifests, prompts", true },
	{ "JOBDIR_SHARE", "those found: node_modules, .venv, target, vendor",
	    "directories that git ignores, lent to the tree read-only; ':' between", true },
	{ "JOBDIR_TOOL_TIMEOUT_SEC", "25",
	    "the MCP client's tool timeout; every wait ends before it", false },
	{ "MAX_RUNNING_JOBS", "4",
	    "how many jobs run at once, 1 to 100; the others queue", true },
	{ "CODEX_CLAUDE_ALLOW_ROOTS", "~/projects:~/work:~/codex-claude",
	    "directories below which requests may work; ':' or ',' between", true },
	{ "CODEX_CLAUDE_ENV_PASSTHROUGH", "-",
	    "further names that a job inherits; ',' between; never secret ones", true },
	{ "CLAUDE_BIN", "claude",
	    "the Claude Code program", true },
	{ "BRIDGE_DEPTH", "0",
	    "how deep in delegations this is; at 2 nothing is delegated further", true },
	{ "ANTHROPIC_BASE_URL", "https://api.anthropic.com",
	    "where the model is", true },
	{ "ANTHROPIC_MODEL", "Claude Code's",
	    "the model's name", true },
	{ "ANTHROPIC_API_KEY", "-",
	    "the agent's login; handed over by descriptor, never inherited", false },
	{ "ANTHROPIC_AUTH_TOKEN", "-",
	    "the agent's login; handed over by descriptor, never inherited", false },
	{ "CLAUDE_CODE_OAUTH_TOKEN", "-",
	    "the agent's login; handed over by descriptor, never inherited", false },
	{ "JOBDIR_ID", "-",
	    "set in a job: its id, by which its processes are known", true },
	{ "JOBDIR_JOB", "-",
	    "set in a job: its directory; the agent does not have it", false },
	{ "JOBDIR_CONTROL", "-",
	    "set by the server: the descriptor for progress lines", false },
	{ "JOBDIR_SERVICE", "-",
	    "set in a recipe: the socket to its supervisor; the agent never has it", false },
	{ "XDG_STATE_HOME", "~/.local/state",
	    "see JOBDIR_STATE", true },
	{ "XDG_CONFIG_HOME", "~/.config",
	    "jobdir/env (NAME=VALUE lines) and jobdir/recipes are below it", true },
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
