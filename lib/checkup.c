/* SPDX-License-Identifier: MIT */
#include "checkup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "envfile.h"
#include "guard.h"
#include "home.h"
#include "json.h"
#include "jsonw.h"
#include "landlock.h"
#include "level.h"
#include "machine.h"
#include "proc.h"

enum { ASK_MS = 60000, ANSWER_MAX = 1 << 20 };

const char *
checkup_state_name(enum checkup_state s)
{
	static const char *const names[] = { "ok", "warn", "fail" };

	return names[s];
}

int
checkup_add(struct checkup *c, const char *name, enum checkup_state state, const char *mend,
	const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	struct checkup_row *r = reallocarray(c->rows, c->n + 1, sizeof *r);
	va_list ap;

	if (!r)
		return -1;
	c->rows = r;
	va_start(ap, fmt);
	(void)buf_vaddf(&b, fmt, ap);	/* sticky: buf_steal tells */
	va_end(ap);
	r[c->n] = (struct checkup_row){ name, state, buf_steal(&b), state == CHECKUP_OK ? NULL : mend };
	c->failed |= state == CHECKUP_FAIL;
	return r[c->n++].detail ? 0 : -1;
}

/* ---- the kernel ---- */

/* The level that jobs get here, and what would raise it. */
static int
look_at_walls(struct checkup *c, bool pidns)
{
	CLEANUP(buf) struct buf lacks = BUF_INIT;
	struct level l;
	bool full;
	struct jsonw w;

	level_probe(&l);
	full = level_full(&l, pidns);
	if (full && l.mounts && pidns)
		return checkup_add(c, "walls", CHECKUP_OK, NULL,
			"full level: own mounts, network and processes; files, sockets, system calls");
	jsonw_init(&w, &lacks);
	jsonw_array(&w);
	level_missing(&l, &w);
	jsonw_end(&w);
	return checkup_add(c, "walls", CHECKUP_WARN, level_raise(&l, pidns), "%s; missing: %s", full ?
		"confined, with less than own namespaces give" :
		"below what write jobs want: they refuse to start without --confine=prefer", lacks.p);
}

static int
look_at_kernel(struct checkup *c, const struct machine *m)
{
	int abi = landlock_abi();

	if (checkup_add(c, "landlock", abi >= 2 ? CHECKUP_OK : CHECKUP_WARN,
		"boot a kernel with Landlock: add landlock to the lsm= parameter",
		abi > 0 ? "ABI %d" : "not to be had", abi) < 0)
		return -1;
	if (checkup_add(c, "pid namespace", m->pidns ? CHECKUP_OK : CHECKUP_WARN,
		"sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000",
		"%s", m->pidns ? "can be made" : "cannot be made: user namespaces are not permitted") < 0)
		return -1;
	return look_at_walls(c, m->pidns);
}

/* ---- programs and state ---- */

static int
look_at_programs(struct checkup *c, const struct machine *m)
{
	CLEANUP(free) char *codex = machine_version("codex");

	if (checkup_add(c, "git", m->git ? CHECKUP_OK : CHECKUP_FAIL, "sudo apt-get install git", "%s",
		m->git ? m->git : "cannot be run") < 0 ||
	    checkup_add(c, "claude", m->claude ? CHECKUP_OK : CHECKUP_FAIL,
		"npm install -g @anthropic-ai/claude-code, or set CLAUDE_BIN", "%s",
		m->claude ? m->claude : m->claude_why) < 0)
		return -1;
	return checkup_add(c, "codex", codex ? CHECKUP_OK : CHECKUP_WARN, "npm install -g @openai/codex",
		"%s", codex ? codex : "not found; only needed to delegate from it");
}

static int
look_at_state(struct checkup *c, const struct machine *m)
{
	bool good = m->state_writable && m->state_locks;

	return checkup_add(c, "state root", good ? CHECKUP_OK : CHECKUP_FAIL,
		"export JOBDIR_STATE=DIR, on a local file system", "%s%s%s", m->state ? m->state :
		"cannot be made", good ? ": durable and lockable" : ": ", good ? "" : m->state_why ?
		m->state_why : !m->state_writable ? "cannot be written" : "locks do not work");
}

/* ---- configuration ---- */

static int
look_at_settings(struct checkup *c, struct buf *secrets)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	const struct config_var *v;
	size_t n, set = 0;
	bool bad = false;

	if (envfile_secrets(secrets, &why) < 0)
		return checkup_add(c, "env file", CHECKUP_FAIL, "edit it; chmod 600 ~/.config/jobdir/env",
			"%s", why.p);
	v = config_vars(&n);
	for (size_t i = 0; i < n; i++) {
		const char *value = getenv(v[i].name);

		set += value && *value;
		if (!value || !config_check(&v[i], value, &why))
			continue;
		if (checkup_add(c, "configuration", CHECKUP_FAIL, "correct it where it is set", "%s",
		    why.p) < 0)
			return -1;
		buf_reset(&why);
		bad = true;
	}
	return bad ? 0 :
		checkup_add(c, "configuration", CHECKUP_OK, NULL, "%zu variables set, all good", set);
}

static int
look_at_login(struct checkup *c, const struct machine *m, const struct buf *secrets)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	const char *gateway = config_text("ONEAPI_BASE_URL", NULL);
	bool key = envfile_secret(secrets, "ONEAPI_API_KEY") != NULL;
	bool lent = m->login == MACHINE_LOGIN_LENT;
	bool login = lent || m->login == MACHINE_LOGIN_ENV ||
		(m->login != MACHINE_LOGIN_BAD && gateway && key);

	if (checkup_add(c, "login", login ? CHECKUP_OK : CHECKUP_FAIL,
		"put ANTHROPIC_API_KEY=…, ONEAPI_BASE_URL=… and ONEAPI_API_KEY=…, or "
		"JOBDIR_LOGIN=mine into ~/.config/jobdir/env",
		"%s", m->login == MACHINE_LOGIN_BAD ? m->login_why :
		lent ? "Claude Code's own file, lent to jobs read-only" :
		login ? gateway && key ? "a gateway and its key" : "a key or token" :
		m->login == MACHINE_LOGIN_FILE ? "only Claude Code's own file, which jobs are not lent" :
		"no key") < 0)
		return -1;
	if (!config_text("SANDBOX_ROOT", NULL))
		return checkup_add(c, "worker", CHECKUP_WARN, "export SANDBOX_ROOT=$HOME/projects",
			"SANDBOX_ROOT is not set: start and analyze refuse everything");
	CLEANUP(free) char *root = guard_sandbox_root(&why);

	return checkup_add(c, "worker", root ? CHECKUP_OK : CHECKUP_FAIL,
		"export SANDBOX_ROOT=$HOME/projects", "%s", root ? root : why.p);
}

int
checkup_machine(struct checkup *c)
{
	CLEANUP(buf) struct buf secrets = BUF_INIT;
	struct machine m;
	int got;

	/* First the settings: they say where Claude Code is. */
	if (look_at_settings(c, &secrets) < 0 || machine_look(&m) < 0)
		return -1;
	got = look_at_kernel(c, &m) < 0 || look_at_programs(c, &m) < 0 || look_at_state(c, &m) < 0 ||
		look_at_login(c, &m, &secrets) < 0 ? -1 : 0;
	explicit_bzero(secrets.p, secrets.len);
	machine_release(&m);
	return got;
}

/* ---- the network ---- */

/* analyze makes the request: it has the key, the retries and the library. */
static int
ask(struct checkup *c, const char *name, const char *route)
{
	CLEANUP(free) char *program = home_command("analyze");
	CLEANUP(buf) struct buf out = BUF_INIT, err = BUF_INIT;
	const char *argv[] = { program, route, "--json", "--cache-ttl=0", "--max-tokens=16",
		"--question=Answer with the word OK.", NULL };
	const struct proc_spec spec = { .argv = (char *const *)(void *)argv, .cwd_fd = -1 };
	struct json d = { 0 };
	int status, got;

	if (!program || proc_run(&spec, NULL, 0, &out, ANSWER_MAX, &err, ASK_MS, &status) < 0)
		return checkup_add(c, name, CHECKUP_FAIL, "install jobdir-analyze beside this program",
			"cannot run jobdir-analyze: %s", strerror(errno));
	buf_setlen(&err, strcspn(err.p, "\n"));
	if (status || json_parse(&d, out.p, out.len, NULL) != JSON_OK)
		return checkup_add(c, name, CHECKUP_FAIL, "see env.example: URL, key and model's name",
			"%s", err.len ? err.p : "no answer");
	CLEANUP(free) char *model = json_get_cstr(&d, 0, "model");

	got = checkup_add(c, name, CHECKUP_OK, NULL, "%s answered, %lld tokens in, %lld out",
		model ? model : "it",
		(long long)json_get_int(&d, json_get(&d, 0, "usage"), "input_tokens", 0),
		(long long)json_get_int(&d, json_get(&d, 0, "usage"), "output_tokens", 0));
	json_release(&d);
	return got;
}

int
checkup_network(struct checkup *c)
{
	if (ask(c, "primary gateway", "--route=primary") < 0)
		return -1;
	if (!config_text("FALLBACK_BASE_URL", NULL))
		return checkup_add(c, "fallback gateway", CHECKUP_OK, NULL, "none is configured");
	return ask(c, "fallback gateway", "--route=fallback");
}

void
checkup_release(struct checkup *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->rows[i].detail);
	free(c->rows);
	*c = (struct checkup){ .rows = NULL };
}
