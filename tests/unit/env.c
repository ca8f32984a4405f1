/* SPDX-License-Identifier: MIT */
#include "env.h"

#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "envtable.h"
#include "secret.h"
#include "t.h"

static const char *
get(char **env, const char *name)
{
	size_t n = strlen(name);

	for (; *env; env++)
		if (!strncmp(*env, name, n) && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static void
test_kept_and_dropped(void)
{
	static const char *const kept[] = { "PATH", "LOGNAME", "TZ", "LC_TIME", "https_proxy",
	    "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CARGO_HOME", "RUSTUP_HOME", "GOPATH",
	    "JAVA_HOME", "CLAUDE_BIN", "JOBDIR_STATE", "ANTHROPIC_BASE_URL", "BRIDGE_DEPTH",
	    "JOBDIR_ID" };
	static const char *const dropped[] = { "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GITHUB_TOKEN",
	    "SSH_AUTH_SOCK", "GIT_DIR", "LD_PRELOAD", "CLAUDE_CONFIG_DIR", "EDITOR",
	    "JOBDIR_SERVICE", "JOBDIR_OTHER", "XDG_RUNTIME_DIR", "AWS_SECRET_ACCESS_KEY" };
	char what[128];

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		char entry[96], *in[] = { entry, NULL }, **out;

		(void)snprintf(entry, sizeof entry, "%s=value", kept[i]);
		(void)snprintf(what, sizeof what, "%s is kept", kept[i]);
		out = env_sanitised(in, NULL);
		OK(out && get(out, kept[i]), what);
		env_free(out);
	}
	for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
		char entry[96], *in[] = { entry, NULL }, **out;

		(void)snprintf(entry, sizeof entry, "%s=value", dropped[i]);
		(void)snprintf(what, sizeof what, "%s is dropped", dropped[i]);
		out = env_sanitised(in, NULL);
		OK(out && !out[0], what);
		env_free(out);
	}
}

static void
test_passthrough(void)
{
	char pass[] = "CODEX_CLAUDE_ENV_PASSTHROUGH= MY_VAR ,MY_TOKEN,GIT_DIR,JOBDIR_SERVICE,B,";
	char a[] = "MY_VAR=1", b[] = "MY_TOKEN=2", c[] = "GIT_DIR=3", d[] = "OTHER=4", e[] = "B=5=6";
	char s[] = "JOBDIR_SERVICE=9", bad[] = "NOVALUE", my[] = "MY_VA=7";
	char *in[] = { pass, a, b, c, d, e, s, bad, my, NULL };
	char set[] = "MY_VAR=new", unset[] = "B", add[] = "GITHUB_TOKEN=given";
	char *extra[] = { set, unset, add, NULL };
	char **out = env_sanitised(in, NULL), **again;

	IS(get(out, "MY_VAR"), "1", "a listed name is passed");
	IS(get(out, "B"), "5=6", "the last of the list too, with its '='");
	OK(!get(out, "MY_TOKEN"), "a secret name is not, though listed");
	OK(!get(out, "GIT_DIR"), "a blocked name is not, though listed");
	OK(!get(out, "JOBDIR_SERVICE"), "nor is one of ours that is not inherited");
	OK(!get(out, "OTHER"), "an unlisted name is not");
	OK(!get(out, "MY_VA"), "nor is the beginning of a listed one");
	again = env_sanitised(out, NULL);
	IS(again ? get(again, "MY_VAR") : NULL, "1", "sanitising twice keeps what once kept");
	env_free(again);
	env_free(out);
	out = env_sanitised(in, extra);
	IS(get(out, "MY_VAR"), "new", "extra replaces");
	OK(!get(out, "B"), "extra removes");
	IS(get(out, "GITHUB_TOKEN"), "given", "extra adds, whatever the name");
	env_free(out);
	out = env_sanitised(NULL, NULL);
	OK(out && !out[0], "no environment is an empty one");
	env_free(out);
}

static void
test_twice(void)
{
	char a[] = "PATH=first", b[] = "PATH=second", *in[] = { a, b, NULL };
	char **out = env_sanitised(in, NULL);

	IS(get(out, "PATH"), "first", "of a name given twice the first counts");
	OK(!out[1], "and it is there once");
	env_free(out);
}

static void
test_secret_names(void)
{
	static const char *const yes[] = { "OPENAI_API_KEY", "openaiApiKey", "GH_TOKEN", "DB_PWD",
	    "password", "client_secret", "AWS_SECRET_ACCESS_KEY", "x-api-key", "MYSQL_PASS",
	    "DATABASE_URL", "SESSION_SECRET", "private_key", "NPM_TOKEN", "GITLAB_PAT", "accessKey" };
	static const char *const no[] = { "PWD", "OLDPWD", "GIT_AUTHOR_NAME", "KEYBOARD", "PATH",
	    "SSH_AUTH_SOCK", "max_tokens", "CLAUDE_CODE_MAX_OUTPUT_TOKENS", "primary_key", "KEY",
	    "XDG_SESSION_ID", "public_key", "TOKEN_FILE", "MONKEY", "passenger", "compass", "" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		OK(secret_name(yes[i], strlen(yes[i])), yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		OK(!secret_name(no[i], strlen(no[i])), no[i]);
}

static void
test_secrets(void)
{
	char a[] = "A_TOKEN=12345678", b[] = "B_TOKEN=1234567", c[] = "HOME=/home/somebody";
	char *in[] = { a, b, c, NULL };
	struct buf out CLEANUP(buf) = BUF_INIT;

	EQ(env_secrets(in, &out), 0, "secrets are collected");
	EQ(out.len, sizeof a, "only the one of 8 bytes with a secret's name");
	IS(out.p, a, "as NAME=VALUE");
}

static void
test_table(void)
{
	size_t n, m;
	const struct env_row *rows = env_rows(&n);
	const struct config_var *vars = config_vars(&m);
	bool reasons = true, secret = false;

	for (size_t i = 0; i < n; i++) {
		reasons = reasons && rows[i].reason && *rows[i].reason;
		secret = secret || (rows[i].rule == ENV_ALLOW &&
		    secret_name(rows[i].name, strlen(rows[i].name)));
	}
	OK(reasons, "every row has its reason");
	for (size_t i = 0; i < m; i++)
		secret = secret || ((vars[i].flags & CONFIG_INHERITED) &&
		    secret_name(vars[i].name, strlen(vars[i].name)));
	OK(!secret, "nothing allowed or inherited has a secret's name");
	OK(env_passable("FOO") && env_passable("PATH"), "harmless names may be passed");
	OK(!env_passable("FOO_SESSION") && !env_passable("my_private_x") && !env_passable("A-B") &&
	    !env_passable("") && !env_passable("1A"), "others may not");
}

int
main(void)
{
	test_kept_and_dropped();
	test_passthrough();
	test_twice();
	test_secret_names();
	test_secrets();
	test_table();
	return t_done();
}
