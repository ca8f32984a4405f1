/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "env.h"
#include "envfile.h"
#include "jobroot.h"
#include "lock.h"
#include "ownlogin.h"
#include "proc.h"
#include "redactown.h"
#include "store.h"

#define PROBE ".tmp-setup"

/* The first line that PROGRAM --version prints; NULL and *why when it does not. */
static char *
version_of(const char *program, char **why)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	CLEANUP(buf) struct buf err = BUF_INIT;
	CLEANUP(buf) struct buf said = BUF_INIT;
	char *argv[] = { (char *)program, (char []){ "--version" }, NULL };
	struct proc_spec spec = { .argv = argv, .cwd_fd = -1 };
	char **envp = env_sanitised(environ, NULL);	/* asked its version, it needs no secret */
	int status;

	if (!envp)
		return NULL;
	spec.envp = envp;
	if (proc_run(&spec, NULL, 0, &out, 4096, &err, MACHINE_LOOK_MS, &status))
		(void)buf_addf(&said, "cannot run '%s': %s", program, strerror(errno));
	else if (status || !out.len)
		(void)buf_addf(&said, "'%s --version' failed: %.200s", program, err.p);
	env_free(envp);
	if (said.len) {
		CLEANUP(buf) struct buf shown = BUF_INIT;

		if (why && !redact_text(said.p, said.len, &shown))
			*why = buf_steal(&shown);
		return NULL;
	}
	buf_setlen(&out, strcspn(out.p, "\r\n"));
	return buf_steal(&out);
}

char *
machine_version(const char *program)
{
	return version_of(program, NULL);
}

static enum machine_login
find_lent(char **login_why)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *path = ownlogin_find(clock_wall_ms(), NULL, &why);

	if (!path)
		*login_why = buf_steal(&why);
	return path ? MACHINE_LOGIN_LENT : MACHINE_LOGIN_BAD;
}

static enum machine_login
find_login(char **login_why)
{
	CLEANUP(buf) struct buf path = BUF_INIT, secrets = BUF_INIT, why = BUF_INIT;
	const char *dir = getenv("CLAUDE_CONFIG_DIR"), *home = getenv("HOME");

	if (ownlogin_wanted())
		return find_lent(login_why);
	if (envfile_secrets(&secrets, &why) == 0)
		for (const char *p = secrets.p; p < secrets.p + secrets.len;) {
			char name[ENV_NAME];

			p += env_entry(p, name);
			if (env_is_login(name))
				return MACHINE_LOGIN_ENV;
		}
	if (!dir && !home)
		return MACHINE_LOGIN_NONE;
	if (buf_addf(&path, "%s%s/.credentials.json", dir ? dir : home, dir ? "" : "/.claude"))
		return MACHINE_LOGIN_NONE;
	return faccessat(AT_FDCWD, path.p, R_OK, AT_EACCESS) ? MACHINE_LOGIN_NONE :
		MACHINE_LOGIN_FILE;
}

static void
look_at_state(struct machine *m)
{
	struct root r;
	int works = -1;

	if (root_open(&r, true)) {
		m->state_why = root_why(errno);
		return;
	}
	m->state = steal_ptr(&r.path);
	m->state_writable = !store_replace(r.fd, PROBE, "", 0, STORE_NOSYNC);
	if (m->state_writable) {
		(void)unlinkat(r.fd, PROBE, 0);	/* debris at worst */
		works = lock_works(r.fd);
	}
	if (works < 0)
		m->state_why = strdup(strerror(errno));
	m->state_locks = works == 1;
	root_close(&r);
}

/* As supervise does it: root needs no user namespace. */
static bool
can_make_pidns(void)
{
	int flags = CLONE_NEWPID | CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0), status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (!pid)
		_exit(unshare(flags) != 0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return status == 0;
}

int
machine_look(struct machine *m)
{
	const char *bin = getenv("CLAUDE_BIN");

	memset(m, 0, sizeof *m);
	m->claude = version_of(bin && *bin ? bin : "claude", &m->claude_why);
	m->git = version_of("git", NULL);
	m->login = find_login(&m->login_why);
	look_at_state(m);
	m->pidns = can_make_pidns();
	if (m->claude || m->claude_why)
		return 0;
	machine_release(m);
	errno = ENOMEM;
	return -1;
}

void
machine_release(struct machine *m)
{
	free(m->claude);
	free(m->claude_why);
	free(m->git);
	free(m->login_why);
	free(m->state);
	free(m->state_why);
	memset(m, 0, sizeof *m);
}
