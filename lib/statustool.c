/* SPDX-License-Identifier: MIT */
#include "statustool.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "answer.h"
#include "buf.h"
#include "clock.h"
#include "guard.h"
#include "job.h"
#include "jsonw.h"
#include "machine.h"
#include "num.h"
#include "repo.h"
#include "runs.h"
#include "workspace.h"

#define RUNS_SHOWN 5
#define LOOK 50				/* newest jobs of the workspace */
#define STALE_MS (24 * 3600 * 1000LL)
#define CONNECT_MS 1000

struct errors {
	struct buf text;
	struct jsonw w;
};

/* ---- what was delegated ---- */

struct tally {
	const struct root *root;
	const char *cwd;
	struct buf entries_text, trees_text;
	struct jsonw entries, trees;
	int shown, ntrees, stale, looked;
	const char *words[12];		/* lifecycles met, and how often */
	int times[12], nwords;
};

static void
count_word(struct tally *t, const char *word)
{
	int i = 0;

	while (i < t->nwords && strcmp(t->words[i], word))
		i++;
	if (i == t->nwords && i < (int)(sizeof t->words / sizeof *t->words))
		t->words[t->nwords++] = word;
	if (i < t->nwords)
		t->times[i]++;
}

static void
count_run(struct tally *t, const struct run *r, const struct job *j, const struct job_status *st)
{
	int64_t ended;

	if (r->tree) {
		t->ntrees++;
		t->stale += st->ended && !clock_parse(st->ended, &ended) &&
			clock_wall_ms() - ended > STALE_MS;
		jsonw_cstr(&t->trees, j->id);
	}
	if (t->shown == RUNS_SHOWN)
		return;
	t->shown++;
	count_word(t, r->lifecycle);
	run_entry(&t->entries, r, j, st);
}

static int
visit(const char *id, void *arg)
{
	struct tally *t = arg;
	struct job_status st;
	struct run r = { 0 };
	struct job j;

	if (job_open_id(&j, t->root, id) < 0)
		return ++t->looked >= LOOK;
	if (!job_status(&j, t->root, &st)) {
		if (!run_read(&r, &j, &st) && r.cwd && !strcmp(r.cwd, t->cwd))
			count_run(t, &r, &j, &st);
		run_release(&r);
		job_status_release(&st);
	}
	job_close(&j);
	return ++t->looked >= LOOK;
}

/* cwd NULL: refused; then there is nothing to tell. */
static void
put_runs(struct jsonw *w, const char *cwd)
{
	struct tally t = { .cwd = cwd };
	struct root root = { .fd = -1 };
	struct workspace ws;

	buf_init(&t.entries_text);
	buf_init(&t.trees_text);
	jsonw_init(&t.entries, &t.entries_text);
	jsonw_init(&t.trees, &t.trees_text);
	jsonw_array(&t.entries);
	jsonw_array(&t.trees);
	t.root = &root;
	if (cwd && !root_open(&root, false) && !workspace_find(cwd, &ws)) {
		(void)job_each(&root, ws.slug, 0, visit, &t);	/* what was found until then counts */
		workspace_release(&ws);
	}
	if (root.fd >= 0)
		root_close(&root);
	jsonw_end(&t.entries);
	jsonw_end(&t.trees);
	jsonw_mint(w, "delegated_worktrees_count", t.ntrees);
	jsonw_key(w, "delegated_worktrees");
	jsonw_raw(w, t.trees_text.p, t.trees_text.len);
	jsonw_mint(w, "stale_worktrees_count", t.stale);
	jsonw_key(w, "recent_runs");
	jsonw_object(w);
	jsonw_key(w, "entries");
	jsonw_raw(w, t.entries_text.p, t.entries_text.len);
	jsonw_key(w, "lifecycle_counts");
	jsonw_object(w);
	for (int i = 0; i < t.nwords; i++)
		jsonw_mint(w, t.words[i], t.times[i]);
	jsonw_end(w);
	jsonw_end(w);
	buf_release(&t.entries_text);
	buf_release(&t.trees_text);
}

/* ---- the environment: that it is set, never to what ---- */

static const char *
first_set(const char *a, const char *b)
{
	const char *v = getenv(a);

	return v && *v ? v : b ? getenv(b) : NULL;
}

static void
put_set(struct jsonw *w, const char *member, const char *a, const char *b, const char *word)
{
	const char *v = first_set(a, b);

	jsonw_mstr(w, member, v && *v ? word : "unset");
}

/* Does somebody listen there? 0, or -1+errno. */
static int
try_connect(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	CLEANUP(fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof errno;
	int err = 0;

	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&to, sizeof to))
		return 0;
	if (errno != EINPROGRESS)
		return -1;
	if (poll(&p, 1, CONNECT_MS) != 1)
		err = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -1;
	errno = err;
	return err ? -1 : 0;
}

/* A proxy on this machine, with its port: is it reachable from here? */
static void
put_local_proxy(struct jsonw *w, const char *url)
{
	static const char *const hosts[] = { "127.0.0.1:", "localhost:", "[::1]:" };
	const char *at = url ? strstr(url, "://") : NULL;
	char digits[8] = "";
	int64_t port;

	at = at ? at + 3 : url;
	for (size_t i = 0; at && i < sizeof hosts / sizeof *hosts; i++) {
		size_t n = strlen(hosts[i]), d;

		if (strncmp(at, hosts[i], n))
			continue;
		d = strspn(at + n, "0123456789");
		memcpy(digits, at + n, d < sizeof digits ? d : 0);
		if (!d || d >= sizeof digits || num_parse(digits, 1, 65535, &port) < 0)
			return;
		jsonw_key(w, "local_proxy_host");
		jsonw_str(w, hosts[i], n - 1);
		jsonw_mint(w, "local_proxy_port", port);
		int failed = try_connect((int)port) < 0 ? errno : 0;

		jsonw_mbool(w, "local_proxy_reachable", !failed);
		jsonw_mstr(w, "local_proxy_error", failed ? strerror(failed) : NULL);
		jsonw_mbool(w, "likely_sandbox_blocked", failed == EPERM || failed == EACCES ||
			failed == ETIMEDOUT);
		jsonw_mstr(w, "recommendation", failed ? "start the proxy, or take it out of the "
			"server's environment" : NULL);
		return;
	}
}

static void
put_environment(struct jsonw *w)
{
	const char *proxy = first_set("HTTPS_PROXY", "https_proxy");

	if (!proxy || !*proxy)
		proxy = first_set("HTTP_PROXY", "http_proxy");
	jsonw_key(w, "environment_diagnostics");
	jsonw_object(w);
	jsonw_mbool(w, "proxy_env_present", proxy && *proxy);
	put_set(w, "http_proxy", "HTTP_PROXY", "http_proxy", "set-redacted");
	put_set(w, "https_proxy", "HTTPS_PROXY", "https_proxy", "set-redacted");
	put_set(w, "no_proxy", "NO_PROXY", "no_proxy", "set");
	put_set(w, "anthropic_base_url", "ANTHROPIC_BASE_URL", NULL, "set-redacted");
	put_set(w, "anthropic_auth_token", "ANTHROPIC_AUTH_TOKEN", NULL, "set-redacted");
	put_set(w, "anthropic_api_key", "ANTHROPIC_API_KEY", NULL, "set-redacted");
	put_local_proxy(w, proxy);
	jsonw_end(w);
}

/* ---- the answer ---- */

static void
put_machine(struct jsonw *w, struct errors *e, const struct machine *m)
{
	static const char *const login[] = {
		[MACHINE_LOGIN_NONE] = "not authenticated", [MACHINE_LOGIN_FILE] = "unknown",
		[MACHINE_LOGIN_LENT] = "authenticated", [MACHINE_LOGIN_BAD] = "not authenticated",
		[MACHINE_LOGIN_ENV] = "authenticated",
	};

	jsonw_mbool(w, "claude_available", m->claude != NULL);
	jsonw_key(w, "claude_version");
	jsonw_cstr(w, m->claude);
	jsonw_mstr(w, "auth_status", login[m->login]);
	jsonw_mbool(w, "git_available", m->git != NULL);
	if (!m->claude)
		jsonw_cstr(&e->w, m->claude_why);
	if (m->login == MACHINE_LOGIN_BAD)
		jsonw_cstr(&e->w, m->login_why);
	else if (m->login != MACHINE_LOGIN_ENV && m->login != MACHINE_LOGIN_LENT)
		jsonw_cstr(&e->w, "no login for Claude Code in the environment");
	if (!m->git)
		jsonw_cstr(&e->w, "git cannot be run");
	if (!m->state_writable || !m->state_locks)
		jsonw_cstr(&e->w, m->state_why ? m->state_why : "the state root cannot be used");
}

static char *
put_workspace(struct jsonw *w, struct errors *e, const char *cwd, bool git)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	char *path = NULL;
	CLEANUP(fd) int fd = guard_cwd(cwd, &path, &why);
	struct git_repo repo = { .root = NULL };
	bool is_repo = false;

	if (fd < 0)
		jsonw_cstr(&e->w, why.p);
	else if (git)
		is_repo = !git_discover(path, &repo, &why);
	jsonw_mbool(w, "cwd_valid", fd >= 0);
	jsonw_mbool(w, "cwd_is_git_repo", is_repo);
	jsonw_mbool(w, "worktree_capable", is_repo && !repo.unborn);
	if (is_repo)
		git_repo_release(&repo);
	if (fd >= 0)
		return path;
	free(path);
	return NULL;
}

static void
put_execution(struct jsonw *w, int64_t started)
{
	jsonw_key(w, "execution");
	jsonw_object(w);
	jsonw_mint(w, "exit_code", 0);
	jsonw_mint(w, "duration_ms", clock_boot_ms() - started);
	jsonw_mbool(w, "timed_out", false);
	jsonw_mstr(w, "stdout_tail", "");
	jsonw_mstr(w, "stderr_tail", "");
	jsonw_end(w);
}

int
statustool(struct buf *out, const char *cwd)
{
	struct errors e = { .text = BUF_INIT };
	int64_t started = clock_boot_ms();
	CLEANUP(free) char *path = NULL;
	struct machine m;
	struct jsonw w;

	if (machine_look(&m))
		return -1;
	jsonw_init(&e.w, &e.text);
	jsonw_array(&e.w);
	jsonw_init(&w, out);
	jsonw_object(&w);
	put_machine(&w, &e, &m);
	path = put_workspace(&w, &e, cwd, m.git != NULL);
	put_runs(&w, path);
	answer_agent_words(&w, "recent_runs.entries.summary");
	put_environment(&w);
	put_execution(&w, started);
	jsonw_end(&e.w);
	jsonw_key(&w, "errors");
	jsonw_raw(&w, e.text.p, e.text.len);
	jsonw_key(&w, "warnings");
	jsonw_raw(&w, e.text.p, e.text.len);
	jsonw_end(&w);
	machine_release(&m);
	buf_release(&e.text);
	return buf_ok(out) ? 0 : -1;
}
