/* SPDX-License-Identifier: MIT */
#include "faultplan.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "faultcall.h"
#include "faultregs.h"

static void
trace(struct plan *p, const struct task *t, long nr)
{
	const char *sep = " ";

	fprintf(p->trace, "%s %ld %s", t->role, t->n, call_name(nr));
	for (int e = call_next(0); e; e = call_next(e))
		if (call_gives(nr, e)) {
			fprintf(p->trace, "%s%s", sep, call_errname(e));
			sep = ",";
		}
	fprintf(p->trace, "%s\n", call_count(nr) < 0 ? "" : *sep == ',' ? ",short" : " short");
}

/* From then on: a full disk fills no pipes, and is not where messages go. */
static bool
applies(const struct plan *p, const struct task *t, long nr, uint64_t fd)
{
	char path[64];
	struct stat st;

	if (!call_gives(nr, p->err))
		return false;
	if (call_count(nr) < 0 && nr != SYS_close && nr != SYS_writev && nr != SYS_readv)
		return true;
	if (fd <= STDERR_FILENO)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)t->pid, (int)fd);
	return stat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
}

static void
fail(struct plan *p, struct task *t, long nr, const uint64_t *args)
{
	enum call_fail how = call_fail(nr);

	if (how == CALL_NEVER) {
		p->spared = true;
		return;
	}
	if (how == CALL_BRK) {
		t->arg = regs_arg(t->pid, 0, 0) == 0;
		t->argno = 0;
		t->argval = args[0];
		return;
	}
	if (how == CALL_SKIP && regs_skip(t->pid) < 0)
		return;
	t->ret = true;
	t->retval = -p->err;
}

static void
cut(struct plan *p, struct task *t, long nr, const uint64_t *args)
{
	int i = call_count(nr);

	if (i < 0 || args[i] <= (uint64_t)p->bytes) {
		p->spared = true;
		return;
	}
	t->arg = regs_arg(t->pid, i, (uint64_t)p->bytes) == 0;
	t->argno = i;
	t->argval = args[i];
}

static int
hook(struct plan *p, struct task *t, long nr)
{
	char n[32], pid[32];
	pid_t child = fork();
	int st;

	if (child < 0)
		die_sys("cannot fork");
	if (child == 0) {
		snprintf(n, sizeof(n), "%ld", t->n);
		snprintf(pid, sizeof(pid), "%d", (int)t->pid);
		if (!setenv("FAULT_ROLE", t->role, 1) && !setenv("FAULT_N", n, 1) &&
		    !setenv("FAULT_CALL", call_name(nr), 1) && !setenv("FAULT_PID", pid, 1))
			execl("/bin/sh", "sh", "-c", p->hook, (char *)NULL);
		_exit(127);
	}
	if (!p->world) {
		t->hook = child;
		return 1;
	}
	while (waitpid(child, &st, 0) < 0 && errno == EINTR)
		;
	return 0;
}

void
plan_killall(struct plan *p, struct tasks *all)
{
	p->killing = true;
	for (size_t i = 0; i < all->n; i++)
		(void)kill(all->p[i]->pid, SIGKILL);	/* or it has gone by itself */
}

static bool
matches(struct plan *p, const struct task *t, long nr)
{
	if (p->act == PLAN_NONE || (p->role && strcmp(p->role, t->role) != 0) ||
	    (p->calls && !call_listed(p->calls, call_name(nr))))
		return false;
	return p->n == 0 || p->n == (p->nth ? ++p->seen : t->n);
}

int
plan_entry(struct plan *p, struct tasks *all, struct task *t, long nr, const uint64_t *args)
{
	t->n++;
	if (p->trace)
		trace(p, t, nr);
	if (p->act == PLAN_STICKY && p->reached && applies(p, t, nr, args[0])) {
		fail(p, t, nr, args);
		return 0;
	}
	if (!matches(p, t, nr) || (p->reached && p->act != PLAN_HOOK))
		return 0;
	p->reached = true;
	snprintf(p->at, sizeof(p->at), "%s %ld %s", t->role, t->n, call_name(nr));
	switch (p->act) {
	case PLAN_KILL:
		(void)kill(t->pid, SIGKILL);
		break;
	case PLAN_KILLALL:
		plan_killall(p, all);
		break;
	case PLAN_FAIL:
	case PLAN_STICKY:
		fail(p, t, nr, args);
		break;
	case PLAN_SHORT:
		cut(p, t, nr, args);
		break;
	case PLAN_SIGNAL:
		(void)kill(t->pid, p->sig);
		break;
	case PLAN_HOOK:
		return hook(p, t, nr);
	case PLAN_NONE:
		break;
	}
	return 0;
}

void
plan_exit(struct task *t)
{
	if (t->arg)
		(void)regs_arg(t->pid, t->argno, t->argval);	/* ESRCH: killed meanwhile */
	if (t->ret)
		(void)regs_return(t->pid, t->retval);
	t->arg = t->ret = false;
}
