/* SPDX-License-Identifier: MIT */
/* envfile and the checks of config. */
#include "t.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "envfile.h"

static char dir[] = "/tmp/jobdir-env-XXXXXX";
static char path[300];

static int
load(const char *text, size_t len, struct buf *secrets, struct buf *why)
{
	FILE *f = fopen(path, "w");

	buf_reset(why);
	if (!f || fwrite(text, 1, len, f) != len || fclose(f) || chmod(path, 0600))
		return -2;
	return envfile_load(secrets, why);
}

static int
load_text(const char *text, struct buf *why)
{
	return load(text, strlen(text), NULL, why);
}

static void
refused(const char *text, const char *says)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	EQ(load_text(text, &why), -1, text);
	EQ(errno, EINVAL, "is EINVAL");
	OK(strstr(why.p, says) != NULL, says);
}

static void
test_lines(void)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	OK(!setenv("T_SET", "real", 1), "a variable is set");
	OK(!setenv("T_EMPTY", "", 1), "and one is empty");
	EQ(load_text("T_SET=file\nT_EMPTY=file\nexport T_A=x y \n T_B=\"q '# \"\r\n\r\nT_C='z'\nT_D=", &why), 0,
		"a good one");
	IS(getenv("T_SET"), "real", "the real environment wins");
	IS(getenv("T_EMPTY"), "", "also when empty");
	IS(getenv("T_A"), "x y", "export, blanks inside");
	IS(getenv("T_B"), "q '# ", "double quotes, carriage return");
	IS(getenv("T_C"), "z", "single quotes");
	IS(getenv("T_D"), "", "empty, without a newline");
	refused("# c\n\nT_SET=file\nexport T_X = x\n", "line 4");
	refused("T_E=\"open\n", "open quote");
	refused("nothing\n", "not NAME=VALUE");
	refused("JOBDIR_STATE=/x\n", "JOBDIR_STATE is not taken");
	refused("BRIDGE_DEPTH=0\n", "not taken");
	refused("LD_PRELOAD=/x.so\n", "not taken");
	refused("WAIT_DEFAULT_MS=soon\n", "WAIT_DEFAULT_MS must be integer 0-3600000, not 'soon'");
	refused("WORKER_ISOLATION=tree\n", "worktree|none");
	refused("FALLBACK_API_KEY=short\n", "cannot be redacted");
	EQ(load("T_F=a\0b\n", 8, NULL, &why), -1, "no NUL");
}

static void
test_secrets(void)
{
	struct buf why CLEANUP(buf) = BUF_INIT, secrets CLEANUP(buf) = BUF_INIT;
	static const char text[] = "ONEAPI_API_KEY=sk-0123456789\nFALLBACK_API_KEY=\nCLAUDE_MODEL=m\n";

	OK(!unsetenv("ONEAPI_API_KEY") && !unsetenv("CLAUDE_MODEL"), "start");
	EQ(load(text, strlen(text), &secrets, &why), 0, "a file with a secret");
	OK(!getenv("ONEAPI_API_KEY"), "it never enters the environment");
	IS(getenv("CLAUDE_MODEL"), "m", "what is no secret does");
	EQ(secrets.len, sizeof "ONEAPI_API_KEY=sk-0123456789", "the secret, and not the empty one");
	IS(envfile_secret(&secrets, "ONEAPI_API_KEY"), "sk-0123456789", "is found");
	OK(!envfile_secret(&secrets, "FALLBACK_API_KEY"), "an empty one is none");
	OK(!setenv("ONEAPI_API_KEY", "from-environment", 1), "set");
	IS(envfile_secret(&secrets, "ONEAPI_API_KEY"), "from-environment", "the environment wins");
	buf_reset(&secrets);
	EQ(envfile_secrets(&secrets, &why), 0, "both together");
	OK(memmem(secrets.p, secrets.len, "sk-0123", 7) == NULL, "here too");
}

static void
test_mode(void)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	EQ(load_text("T_G=1\n", &why), 0, "ours alone");
	OK(!chmod(path, 0620), "the group may write");
	EQ(envfile_load(NULL, &why), -1, "refused");
	EQ(errno, EPERM, "by policy");
	OK(strstr(why.p, "others may write it") != NULL, "and said");
	OK(!chmod(path, 0602), "everybody may write");
	EQ(envfile_load(NULL, &why), -1, "refused");
	OK(!unlink(path) && !mkfifo(path, 0600), "a fifo");
	EQ(envfile_load(NULL, &why), -1, "is refused and not waited for");
	OK(!unlink(path), "clean up");
}

static void
test_config(void)
{
	static const char *const good[][2] = {
		{ "MAX_RUNNING_JOBS", "100" }, { "USE_OPENAI_ADAPTER", "1" }, { "SANDBOX_ROOT", "/a" },
		{ "ONEAPI_BASE_URL", "https://h:1/v1" }, { "WORKER_ISOLATION", "none" },
		{ "WORKER_ISOLATION", "" }, { "CLAUDE_MODEL", "anything goes" },
	};
	static const char *const bad[][2] = {
		{ "MAX_RUNNING_JOBS", "0" }, { "MAX_RUNNING_JOBS", "101" }, { "USE_OPENAI_ADAPTER", "yes" },
		{ "SANDBOX_ROOT", "a" }, { "ONEAPI_BASE_URL", "ftp://h" }, { "ONEAPI_BASE_URL", "https://" },
		{ "ONEAPI_BASE_URL", "https://u:pw@h/" }, { "WORKER_ISOLATION", "work" },
	};
	struct buf why CLEANUP(buf) = BUF_INIT;
	int64_t n;
	bool b;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		EQ(config_check(config_find(good[i][0]), good[i][1], &why), 0, good[i][1]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_reset(&why);
		EQ(config_check(config_find(bad[i][0]), bad[i][1], &why), -1, bad[i][1]);
		OK(!strncmp(why.p, bad[i][0], strlen(bad[i][0])), "named");
		OK(!strstr(why.p, "pw"), "no password in the message");
	}
	OK(!unsetenv("WAIT_DEFAULT_MS") && !config_int("WAIT_DEFAULT_MS", &n, &why) && n == 25000,
		"a default");
	OK(!setenv("WAIT_DEFAULT_MS", "7", 1) && !config_int("WAIT_DEFAULT_MS", &n, &why) && n == 7,
		"a value");
	OK(!setenv("WAIT_DEFAULT_MS", "x", 1) && config_int("WAIT_DEFAULT_MS", &n, &why), "nonsense");
	OK(!unsetenv("INCLUDE_DIFF_DEFAULT") && !config_bool("INCLUDE_DIFF_DEFAULT", &b, &why) && !b,
		"no");
	OK(!setenv("INCLUDE_DIFF_DEFAULT", "1", 1) && !config_bool("INCLUDE_DIFF_DEFAULT", &b, &why) && b,
		"yes");
}

int
main(void)
{
	struct buf why CLEANUP(buf) = BUF_INIT;
	char sub[256];

	OK(mkdtemp(dir) != NULL, "a directory");
	OK(!setenv("XDG_CONFIG_HOME", dir, 1), "is the configuration's");
	EQ(envfile_load(NULL, &why), 0, "no file is no error");
	(void)snprintf(sub, sizeof sub, "%s/jobdir", dir);
	(void)snprintf(path, sizeof path, "%s/env", sub);
	OK(!mkdir(sub, 0700), "make the directory");
	test_lines();
	test_secrets();
	test_mode();
	OK(!rmdir(sub) && !rmdir(dir), "clean up");
	test_config();
	return t_done();
}
