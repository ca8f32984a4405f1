/* SPDX-License-Identifier: MIT */
/*
 * envtable: the rows. The first that matches decides; what is in no row is
 * dropped unless the user names it.
 */
#include "envtable.h"

#include <stdbool.h>
#include <string.h>

static const struct env_row table[] = {
	{ "PATH", ENV_ALLOW, "finding programs" },
	{ "HOME", ENV_ALLOW, "the user's files" },
	{ "SHELL", ENV_ALLOW, "the agent's Bash tool" },
	{ "USER", ENV_ALLOW, "who it is" },
	{ "LOGNAME", ENV_ALLOW, "who it is" },
	{ "TERM", ENV_ALLOW, "how output looks" },
	{ "LANG", ENV_ALLOW, "language and character set" },
	{ "LANGUAGE", ENV_ALLOW, "language and character set" },
	{ "LC_*", ENV_ALLOW, "language and character set" },
	{ "TZ", ENV_ALLOW, "local time" },
	{ "TMPDIR", ENV_ALLOW, "temporary files" },
	{ "TEMP", ENV_ALLOW, "temporary files" },
	{ "TMP", ENV_ALLOW, "temporary files" },
	{ "NO_COLOR", ENV_ALLOW, "how output looks" },
	{ "CI", ENV_ALLOW, "test suites ask" },
	{ "HTTP_PROXY", ENV_ALLOW, "the way out" },
	{ "HTTPS_PROXY", ENV_ALLOW, "the way out" },
	{ "ALL_PROXY", ENV_ALLOW, "the way out" },
	{ "NO_PROXY", ENV_ALLOW, "the way out" },
	{ "http_proxy", ENV_ALLOW, "the way out; curl reads only this case" },
	{ "https_proxy", ENV_ALLOW, "the way out" },
	{ "all_proxy", ENV_ALLOW, "the way out" },
	{ "no_proxy", ENV_ALLOW, "the way out" },
	{ "SSL_CERT_FILE", ENV_ALLOW, "which authorities are trusted" },
	{ "SSL_CERT_DIR", ENV_ALLOW, "which authorities are trusted" },
	{ "CURL_CA_BUNDLE", ENV_ALLOW, "which authorities are trusted" },
	{ "REQUESTS_CA_BUNDLE", ENV_ALLOW, "which authorities are trusted" },
	{ "GIT_SSL_CAINFO", ENV_ALLOW, "which authorities are trusted" },
	{ "NODE_EXTRA_CA_CERTS", ENV_ALLOW, "which authorities are trusted" },
	{ "NODE_ENV", ENV_ALLOW, "tool chain" },
	{ "NVM_DIR", ENV_ALLOW, "tool chain" },
	{ "VOLTA_HOME", ENV_ALLOW, "tool chain" },
	{ "PNPM_HOME", ENV_ALLOW, "tool chain" },
	{ "BUN_INSTALL", ENV_ALLOW, "tool chain" },
	{ "DENO_DIR", ENV_ALLOW, "tool chain" },
	{ "CARGO_HOME", ENV_ALLOW, "tool chain" },
	{ "CARGO_TARGET_DIR", ENV_ALLOW, "tool chain" },
	{ "RUSTUP_HOME", ENV_ALLOW, "tool chain" },
	{ "RUSTUP_TOOLCHAIN", ENV_ALLOW, "tool chain" },
	{ "GOPATH", ENV_ALLOW, "tool chain" },
	{ "GOROOT", ENV_ALLOW, "tool chain" },
	{ "GOBIN", ENV_ALLOW, "tool chain" },
	{ "GOCACHE", ENV_ALLOW, "tool chain" },
	{ "GOMODCACHE", ENV_ALLOW, "tool chain" },
	{ "GOPROXY", ENV_ALLOW, "tool chain" },
	{ "GOFLAGS", ENV_ALLOW, "tool chain" },
	{ "GOTOOLCHAIN", ENV_ALLOW, "tool chain" },
	{ "JAVA_HOME", ENV_ALLOW, "tool chain" },
	{ "JDK_HOME", ENV_ALLOW, "tool chain" },
	{ "M2_HOME", ENV_ALLOW, "tool chain" },
	{ "MAVEN_HOME", ENV_ALLOW, "tool chain" },
	{ "GRADLE_HOME", ENV_ALLOW, "tool chain" },
	{ "GRADLE_USER_HOME", ENV_ALLOW, "tool chain" },
	{ "ANDROID_HOME", ENV_ALLOW, "tool chain" },
	{ "ANDROID_SDK_ROOT", ENV_ALLOW, "tool chain" },
	{ "PYENV_ROOT", ENV_ALLOW, "tool chain" },
	{ "VIRTUAL_ENV", ENV_ALLOW, "tool chain" },
	{ "CONDA_PREFIX", ENV_ALLOW, "tool chain" },
	{ "UV_CACHE_DIR", ENV_ALLOW, "tool chain" },
	{ "PIP_INDEX_URL", ENV_BLOCK, "often holds a password" },
	{ "RBENV_ROOT", ENV_ALLOW, "tool chain" },
	{ "GEM_HOME", ENV_ALLOW, "tool chain" },
	{ "GEM_PATH", ENV_ALLOW, "tool chain" },
	{ "DOTNET_ROOT", ENV_ALLOW, "tool chain" },
	{ "ASDF_DIR", ENV_ALLOW, "tool chain" },
	{ "ASDF_DATA_DIR", ENV_ALLOW, "tool chain" },
	{ "MISE_DATA_DIR", ENV_ALLOW, "tool chain" },
	{ "NIX_PATH", ENV_ALLOW, "tool chain" },
	{ "NIX_PROFILES", ENV_ALLOW, "tool chain" },
	{ "NIX_SSL_CERT_FILE", ENV_ALLOW, "which authorities are trusted" },
	{ "PKG_CONFIG_PATH", ENV_ALLOW, "tool chain" },
	{ "XDG_CACHE_HOME", ENV_ALLOW, "the user's caches" },
	{ "XDG_DATA_HOME", ENV_ALLOW, "the user's data" },
	{ "XDG_RUNTIME_DIR", ENV_BLOCK, "sockets of the user's session" },
	{ "ANTHROPIC_SMALL_FAST_MODEL", ENV_ALLOW, "the model's name" },
	{ "ANTHROPIC_DEFAULT_OPUS_MODEL", ENV_ALLOW, "the model's name" },
	{ "ANTHROPIC_DEFAULT_SONNET_MODEL", ENV_ALLOW, "the model's name" },
	{ "ANTHROPIC_DEFAULT_HAIKU_MODEL", ENV_ALLOW, "the model's name" },
	{ "CLAUDE_CODE_USE_BEDROCK", ENV_ALLOW, "which service; its login is a file" },
	{ "CLAUDE_CODE_USE_VERTEX", ENV_ALLOW, "which service; its login is a file" },
	{ "AWS_REGION", ENV_ALLOW, "which service" },
	{ "AWS_DEFAULT_REGION", ENV_ALLOW, "which service" },
	{ "AWS_PROFILE", ENV_ALLOW, "which service" },
	{ "CLOUD_ML_REGION", ENV_ALLOW, "which service" },
	{ "ANTHROPIC_VERTEX_PROJECT_ID", ENV_ALLOW, "which service" },

	{ "CLAUDE_CONFIG_DIR", ENV_BLOCK, "always the job's own" },
	{ "CLAUDECODE", ENV_BLOCK, "says that the caller is the agent" },
	{ "CLAUDE_CODE_ENTRYPOINT", ENV_BLOCK, "says that the caller is the agent" },
	{ "ANTHROPIC_CUSTOM_HEADERS", ENV_BLOCK, "may hold a login" },
	{ "SSH_AGENT_PID", ENV_BLOCK, "the user's keys" },
	{ "SSH_ASKPASS", ENV_BLOCK, "the user's keys" },
	{ "GIT_*", ENV_BLOCK, "would lead git to another repository or program" },
	{ "LD_PRELOAD", ENV_BLOCK, "loads code into every program" },
	{ "LD_AUDIT", ENV_BLOCK, "loads code into every program" },
	{ "BASH_ENV", ENV_BLOCK, "runs code in every shell" },
	{ "ENV", ENV_BLOCK, "runs code in every shell" },
	{ "BASH_FUNC_*", ENV_BLOCK, "runs code in every shell" },
	{ "PROMPT_COMMAND", ENV_BLOCK, "runs code in every shell" },
	{ "DATABASE_URL", ENV_BLOCK, "often holds a password" },
	{ "DSN", ENV_BLOCK, "often holds a password" },
	{ "JOBDIR_*", ENV_BLOCK, "ours: inherited or set, as lib/config says" },
	{ "AUTH", ENV_BLOCK_WORD, "a secret's name" },
	{ "COOKIE", ENV_BLOCK_WORD, "a secret's name" },
	{ "SESSION", ENV_BLOCK_WORD, "a secret's name" },
	{ "PRIVATE", ENV_BLOCK_WORD, "a secret's name" },
	{ "KEY", ENV_BLOCK_WORD, "a secret's name" },
	{ "SECRET", ENV_BLOCK_WORD, "a secret's name" },
	{ "TOKEN", ENV_BLOCK_WORD, "a secret's name" },
	{ "CREDENTIAL", ENV_BLOCK_WORD, "a secret's name" },
	{ "PASSWORD", ENV_BLOCK_WORD, "a secret's name" },
	{ "PASSWD", ENV_BLOCK_WORD, "a secret's name" },
	{ "PASSPHRASE", ENV_BLOCK_WORD, "a secret's name" },
};

const struct env_row *
env_rows(size_t *n)
{
	*n = sizeof table / sizeof *table;
	return table;
}

static bool
matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	return pattern[n - 1] == '*' ? !strncmp(pattern, name, n - 1) : !strcmp(pattern, name);
}

const struct env_row *
env_row(const char *name)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].rule == ENV_BLOCK_WORD ? strcasestr(name, table[i].name) != NULL :
		    matches(table[i].name, name))
			return &table[i];
	return NULL;
}
