/* SPDX-License-Identifier: MIT */
#include "checkreport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "checkup.h"
#include "clock.h"
#include "codexconf.h"
#include "env.h"
#include "jsonw.h"
#include "proc.h"
#include "store.h"
#include "which.h"

#define SERVER "codex reports"
#define HOOK "codex hook"

enum { ASK_MS = 20000, ANSWER_MAX = 4 << 20 };

/* What it needs besides what every program gets. */
static char **
make_env(void)
{
	const char *home = getenv("CODEX_HOME");
	CLEANUP(buf) struct buf b = BUF_INIT;
	char *extra[] = { NULL, NULL };

	if (home && buf_addf(&b, "CODEX_HOME=%s", home) < 0)
		return NULL;
	extra[0] = home ? b.p : NULL;
	return env_sanitised(environ, extra);
}

/* ---- codex mcp list --json ---- */

static bool
is_ours(const struct json *d, int server)
{
	CLEANUP(free) char *command = json_cstr(d, json_path(d, server, "transport.command"));
	const char *base = command ? strrchr(command, '/') : NULL;

	return command && !strcmp(base ? base + 1 : command, "jobdir-mcp");
}

static int
judge_servers(struct checkup *c, const struct json *d)
{
	int ours = JSON_ABSENT;

	for (int n = json_first(d, 0); n >= 0 && ours < 0; n = json_next(d, n))
		if (is_ours(d, n))
			ours = n;
	CLEANUP(free) char *name = json_get_cstr(d, ours, "name");
	CLEANUP(free) char *why = json_get_cstr(d, ours, "disabled_reason");
	int tools = json_get(d, ours, "enabled_tools");

	if (ours < 0)
		return checkup_add(c, SERVER, CHECKUP_WARN, "jobdir setup --write",
			"it sees no server that runs jobdir-mcp");
	if (!json_get_bool(d, ours, "enabled", true))
		return checkup_add(c, SERVER, CHECKUP_WARN, "set enabled = true in its section",
			"the server '%s' is disabled%s%s", name ? name : "", why ? ": " : "",
			why ? why : "");
	if (json_type(d, tools) == JSON_T_ARRAY)
		return checkup_add(c, SERVER, CHECKUP_OK, NULL,
			"the server '%s' is enabled, with %zu tools", name ? name : "",
			json_len(d, tools));
	return checkup_add(c, SERVER, CHECKUP_OK, NULL, "the server '%s' is enabled",
		name ? name : "");
}

static int
look_at_servers(struct checkup *c, const char *codex, char **envp, int dir)
{
	CLEANUP(buf) struct buf out = BUF_INIT, err = BUF_INIT;
	const char *argv[] = { codex, "mcp", "list", "--json", NULL };
	const struct proc_spec spec = { .argv = (char *const *)(void *)argv, .envp = envp,
		.cwd_fd = dir };
	struct json d = { 0 };
	int status = 0, got;

	if (proc_run(&spec, NULL, 0, &out, ANSWER_MAX, &err, ASK_MS, &status) < 0)
		return checkup_add(c, SERVER, CHECKUP_WARN, "codex mcp list", "codex cannot be asked: %s",
			strerror(errno));
	buf_setlen(&err, strcspn(err.p, "\n"));
	if (status || json_parse(&d, out.p, out.len, NULL) != JSON_OK)
		return checkup_add(c, SERVER, CHECKUP_FAIL, "codex mcp list", "codex mcp list: %s",
			err.len ? err.p : "no answer that can be read");
	got = judge_servers(c, &d);
	json_release(&d);
	return got;
}

/* ---- codex app-server: hooks/list ---- */

static int
write_question(struct buf *b, const char *dir)
{
	struct jsonw w;

	(void)buf_addstr(b, "{\"id\":1,\"method\":\"initialize\",\"params\":{\"clientInfo\":{\"name\":"
		"\"jobdir-doctor\",\"version\":\"" JOBDIR_VERSION "\"}}}\n{\"method\":\"initialized\"}\n"
		"{\"id\":2,\"method\":\"hooks/list\",\"params\":{\"cwds\":");
	jsonw_init(&w, b);
	jsonw_array(&w);
	jsonw_cstr(&w, dir);
	jsonw_end(&w);
	return buf_addstr(b, "}}\n");
}

/* Is this line the answer? Then it is in d, which borrows it. */
static bool
is_answer(const char *p, size_t len, struct json *d)
{
	if (json_parse(d, p, len, NULL))
		return false;
	if (json_get_int(d, 0, "id", 0) == 2 && json_get(d, 0, "method") < 0)
		return true;
	json_release(d);
	return false;
}

/* Read lines until the answer: its place in b, or -1. It leaves when its input ends, so that stays open. */
static ssize_t
await(int from, struct buf *b, struct json *d)
{
	int64_t deadline = clock_boot_ms() + ASK_MS;
	size_t at = 0;
	char piece[8192], *nl;

	for (;;) {
		struct pollfd p = { .fd = from, .events = POLLIN };
		int64_t left = deadline - clock_boot_ms();

		while ((nl = memchr(b->p + at, '\n', b->len - at))) {
			if (is_answer(b->p + at, (size_t)(nl - b->p) - at, d))
				return (ssize_t)at;
			at = (size_t)(nl - b->p) + 1;
		}
		if (left <= 0 || b->len > ANSWER_MAX || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return -1;
		ssize_t n = p.revents ? read(from, piece, sizeof piece) : 0;
		if ((p.revents && n <= 0) || (n > 0 && buf_add(b, piece, (size_t)n) < 0))
			return -1;
	}
}

static int
judge_hook(struct checkup *c, const struct json *d)
{
	int data = json_path(d, 0, "result.data");

	for (int n = json_first(d, data); n >= 0; n = json_next(d, n))
		for (int h = json_first(d, json_get(d, n, "hooks")); h >= 0; h = json_next(d, h)) {
			CLEANUP(free) char *command = json_get_cstr(d, h, "command");
			CLEANUP(free) char *trust = json_get_cstr(d, h, "trustStatus");
			bool good = trust && (!strcmp(trust, "trusted") || !strcmp(trust, "managed"));

			if (!command || !strstr(command, "jobdir-gate"))
				continue;
			good = good && json_get_bool(d, h, "enabled", true);
			return checkup_add(c, HOOK, good ? CHECKUP_OK : CHECKUP_WARN,
				"review it in Codex: /hooks",
				"the Stop hook of the review gate is %s%s",
				trust ? trust : "not judged",
				good || !trust || strcmp(trust, "trusted") ? "" : ", but disabled");
		}
	return checkup_add(c, HOOK, CHECKUP_OK, NULL, "none of ours; only the review gate needs one");
}

static int
look_at_hook(struct checkup *c, const char *codex, char **envp, int dir, const char *name)
{
	CLEANUP(buf) struct buf ask = BUF_INIT, said = BUF_INIT;
	const char *argv[] = { codex, "app-server", NULL };
	int in[2], out[2], status, got;
	struct json d = { 0 };
	struct proc p;

	if (pipe2(in, O_CLOEXEC) < 0)
		return -1;
	CLEANUP(fd) int in_read = in[0], in_write = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return -1;
	CLEANUP(fd) int out_read = out[0], out_write = out[1];
	const struct proc_fd fds[] = { { in_read, 0 }, { out_write, 1 } };
	const struct proc_spec spec = { .argv = (char *const *)(void *)argv, .envp = envp, .cwd_fd = dir,
		.fds = fds, .nfds = 2, .deathsig = true };

	if (write_question(&ask, name) < 0 || proc_start(&p, &spec, NULL) < 0)
		return checkup_add(c, HOOK, CHECKUP_WARN, "codex app-server", "codex cannot be asked: %s",
			strerror(errno));
	cleanup_fd(&out_write);
	out_write = -1;
	/* A few hundred bytes: the pipe takes them; without a reader left we would get SIGPIPE. */
	if (store_write_all(in_write, ask.p, ask.len) < 0 || await(out_read, &said, &d) < 0)
		got = checkup_add(c, HOOK, CHECKUP_WARN, "codex app-server",
			"this codex does not tell of its hooks");
	else
		got = judge_hook(c, &d);
	json_release(&d);
	(void)proc_kill(&p, SIGKILL);	/* fails only when it is gone */
	(void)proc_wait(&p, &status);	/* it told what it had to */
	return got;
}

int
checkreport(struct checkup *c, const char *dir)
{
	CLEANUP(free) char *codex = which("codex", getenv("PATH"));
	CLEANUP(fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char **envp;
	int got;

	if (!codex || fd < 0)
		return 0;		/* another row says so */
	envp = make_env();
	if (!envp)
		return -1;
	got = look_at_servers(c, codex, envp, fd);
	if (!got)
		got = look_at_hook(c, codex, envp, fd, dir);
	env_free(envp);
	return got;
}
