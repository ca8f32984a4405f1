/* SPDX-License-Identifier: MIT */
/*
 * fault: run a command and, at exactly one system call of one of its
 * processes, let something go wrong. The usage text below says all.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "faultcall.h"
#include "faultplan.h"
#include "num.h"

static const char usage[] =
	"usage: fault [-W] [-a ROLE:N ACTION] [-c CALLS] [-r FILE] [-T SEC] [-t FILE]\n"
	"             [--] prog [arg ...]\n"
	"\n"
	"Runs prog and follows everything it starts, until all of it has ended. Each\n"
	"process has a role: 0 is prog, 0.0 the first that 0 started (fork, vfork or\n"
	"clone; threads too), 0.0.2 the third of 0.0; it keeps it over exec. Its\n"
	"system calls are counted from 1 (those of prog from its exec on).\n"
	"\n"
	"  -t FILE    trace: one line ROLE N CALL ERRORS per call, where ERRORS are\n"
	"             those it may give (and \"short\": it moves a count of bytes);\n"
	"             \"# ROLE PROGRAM\" for each exec\n"
	"  -a ROLE:N  the point: when ROLE enters its N-th call; * is any; with +N the N-th\n"
	"             of those that -c names\n"
	"  -c CALLS   only these are points, e.g. fsync,renameat2 (still counted with all)\n"
	"  -r FILE    what came of it: \"reached ROLE N CALL\", \"spared ...\" (the call\n"
	"             cannot fail so) or \"unreached\"\n"
	"  -T SEC     then say who is where, kill all, exit 124\n"
	"\n"
	"ACTION is one of:\n"
	"  -k         kill the process (SIGKILL; the call is not executed)\n"
	"  -K         kill all of them\n"
	"  -e ERRNO   the call fails: ENOSPC EIO EMFILE ENOMEM EINTR EACCES\n"
	"  -E ERRNO   and from then on every call of the run that may give this error\n"
	"             (reads and writes: those of files, not of pipes nor of\n"
	"             standard input, output and error)\n"
	"  -p BYTES   a read or write moves at most so many\n"
	"  -S SIGNAL  the process gets this signal (a number)\n"
	"  -H HOOK    the process stands still while sh -c HOOK runs, at every point that\n"
	"             matches; it finds FAULT_ROLE, FAULT_N, FAULT_CALL, FAULT_PID in its\n"
	"             environment. With -W the others stop too, at their next call.\n"
	"\n"
	"The exit status is that of prog (128+N: killed by N). Nothing of the run outlives\n"
	"fault. Linux 5.3 and later, x86-64 and aarch64. Examples:\n"
	"\n"
	"  fault -t trace jobdir-spawn true\n"
	"  fault -a 0.0:40 -k jobdir-spawn true\n"
	"  fault -a '*:*' -c fsync -H 'cp disk.img $FAULT_ROLE-$FAULT_N' -W jobdir-spawn true\n";

struct run {
	struct plan plan;
	struct tasks tasks;
	pid_t root;
	bool started;		/* root has exec'ed */
	int status;
	const char *report;
	int64_t limit_ms;
};

static volatile sig_atomic_t late;

static void
on_alarm(int sig)
{
	(void)sig;
	late++;
}

static void
resume(struct task *t, int sig)
{
	/* ESRCH: killed meanwhile; its end is reported. */
	(void)ptrace(PTRACE_SYSCALL, t->pid, NULL, (void *)(long)sig);
}

static void
on_syscall(struct run *r, struct task *t)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, (void *)sizeof(info), &info) < 0)
		return;		/* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		t->nr = (long)info.entry.nr;
		if ((t->pid != r->root || r->started) &&
		    plan_entry(&r->plan, &r->tasks, t, t->nr, (const uint64_t *)info.entry.args))
			return;
	} else {
		t->nr = -1;
		plan_exit(t);
	}
	resume(t, 0);
}

/* t has started another process, which may or may not have reported yet. */
static void
on_child(struct run *r, struct task *t)
{
	unsigned long pid;
	struct task *child;

	if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &pid) < 0)
		return;
	child = task_find(&r->tasks, (pid_t)pid);
	if (!child)
		child = task_add(&r->tasks, (pid_t)pid);
	task_child(t, child);
	if (child->held) {
		child->held = false;
		resume(child, 0);
	}
}

static void
on_exec(struct run *r, struct task *t)
{
	unsigned long former;
	char path[64], exe[4096];
	ssize_t n;

	if (t->pid == r->root)
		r->started = true;
	if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &former) == 0 && (pid_t)former != t->pid)
		task_gone(&r->tasks, (pid_t)former);
	if (!r->plan.trace)
		return;
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)t->pid);
	n = readlink(path, exe, sizeof(exe));
	fprintf(r->plan.trace, "# %s %.*s\n", t->role ? t->role : "?", n < 0 ? 1 : (int)n,
		n < 0 ? "?" : exe);
}

static void
on_stop(struct run *r, pid_t pid, int st)
{
	struct task *t = task_find(&r->tasks, pid);
	int sig = WSTOPSIG(st), event = st >> 16;

	if (!t)
		t = task_add(&r->tasks, pid);
	if (r->plan.killing)
		(void)kill(pid, SIGKILL);
	if (!t->role) {
		t->held = true;
		return;
	}
	switch (event) {
	case 0:
		if (sig == (SIGTRAP | 0x80))
			on_syscall(r, t);
		else
			resume(t, sig);
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_child(r, t);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(r, t);
		break;
	case PTRACE_EVENT_STOP:
		if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU) {
			(void)ptrace(PTRACE_LISTEN, pid, NULL, NULL);	/* until it is continued */
			return;
		}
		break;
	default:
		break;
	}
	resume(t, 0);
}

static void
on_end(struct run *r, pid_t pid, int st)
{
	for (size_t i = 0; i < r->tasks.n; i++)
		if (r->tasks.p[i]->hook == pid) {
			r->tasks.p[i]->hook = 0;
			resume(r->tasks.p[i], 0);
			return;
		}
	if (pid == r->root)
		r->status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
	task_gone(&r->tasks, pid);
}

static void
too_late(struct run *r)
{
	for (size_t i = 0; i < r->tasks.n; i++) {
		const struct task *t = r->tasks.p[i];

		warnx("time is over: %s (pid %d) is at its call %ld, %s", t->role ? t->role : "?",
		      (int)t->pid, t->n, t->nr < 0 ? "and runs" : call_name(t->nr));
	}
	plan_killall(&r->plan, &r->tasks);
	r->status = 124;
}

static void
loop(struct run *r)
{
	bool killed = false;
	pid_t pid;
	int st;

	for (;;) {
		pid = waitpid(-1, &st, __WALL);
		if (pid < 0 && errno == ECHILD)
			break;
		if (pid < 0 && errno != EINTR)
			die_sys("cannot wait");
		if (late && !killed) {
			too_late(r);
			killed = true;
		}
		if (pid < 0)
			continue;
		if (WIFSTOPPED(st))
			on_stop(r, pid, st);
		else
			on_end(r, pid, st);
	}
	if (killed)
		r->status = 124;
}

static void
start(struct run *r, char *argv[])
{
	int go[2];
	char c;

	if (pipe2(go, O_CLOEXEC) < 0 || (r->root = fork()) < 0)
		die_sys("cannot start '%s'", argv[0]);
	if (r->root == 0) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(127);
		(void)signal(SIGPIPE, SIG_DFL);		/* err_init() ignored them */
		(void)signal(SIGXFSZ, SIG_DFL);
		execvp(argv[0], argv);
		warn("cannot run '%s'", argv[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	task_name(task_add(&r->tasks, r->root), "0");
	if (ptrace(PTRACE_SEIZE, r->root, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0)
		die_sys("cannot trace '%s'", argv[0]);
	/* It must be stopped once to be followed from call to call. */
	if (ptrace(PTRACE_INTERRUPT, r->root, NULL, NULL) < 0 || write(go[1], "", 1) != 1)
		die_sys("cannot trace '%s'", argv[0]);
	close(go[0]);
	close(go[1]);
}

static void
point(struct plan *p, char *arg)
{
	char *colon = strchr(arg, ':');
	int64_t n = 0;

	p->nth = colon && colon[1] == '+';
	if (!colon || (strcmp(colon + 1, "*") != 0 &&
	    num_parse(colon + 1 + p->nth, 1, INT32_MAX, &n) < 0))
		die(EXIT_USAGE, "not a point: '%s'; use ROLE:N", arg);
	*colon = '\0';
	p->role = strcmp(arg, "*") == 0 ? NULL : arg;
	p->n = n;
}

static void
action(struct plan *p, int c, const char *arg)
{
	int64_t n = 0;

	if (p->act != PLAN_NONE)
		die(EXIT_USAGE, "more than one action");
	if ((c == 'e' || c == 'E') && !(p->err = call_errno(arg)))
		die(EXIT_USAGE, "unknown error: '%s'", arg);
	if ((c == 'p' || c == 'S') && num_parse(arg, c == 'S', c == 'S' ? 64 : INT32_MAX, &n) < 0)
		die(EXIT_USAGE, "not a number: '%s'", arg);
	p->act = c == 'k' ? PLAN_KILL : c == 'K' ? PLAN_KILLALL : c == 'e' ? PLAN_FAIL :
		 c == 'E' ? PLAN_STICKY : c == 'p' ? PLAN_SHORT : c == 'S' ? PLAN_SIGNAL : PLAN_HOOK;
	p->bytes = n;
	p->sig = (int)n;
	p->hook = arg;
}

static void
parse(struct run *r, int argc, char *argv[])
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	bool at = false;
	int c;

	while ((c = getopt_long(argc, argv, "+a:c:e:hkp:r:t:E:H:KS:T:W", longs, NULL)) != -1)
		switch (c) {
		case 'a': point(&r->plan, optarg); at = true; break;
		case 'c': r->plan.calls = optarg; break;
		case 'h': fputs(usage, stdout); exit(fflush(stdout) ? EXIT_TEMP : 0);
		case 'r': r->report = optarg; break;
		case 't':
			r->plan.trace = fopen(optarg, "we");
			if (!r->plan.trace)
				die_sys("cannot write '%s'", optarg);
			break;
		case 'T':
			if (num_duration(optarg, &r->limit_ms) < 0)
				die(EXIT_USAGE, "not a time: '%s'", optarg);
			break;
		case 'W': r->plan.world = true; break;
		case '?': exit(EXIT_USAGE);
		default: action(&r->plan, c, optarg);
		}
	if (optind == argc || at != (r->plan.act != PLAN_NONE))
		die(EXIT_USAGE, optind == argc ? "nothing to run; see --help" :
		    "a point (-a) and an action belong together; see --help");
}

static int
report(const struct run *r)
{
	FILE *f = r->report ? fopen(r->report, "we") : NULL;

	if (r->report && !f)
		return -1;
	if (f && fprintf(f, "%s%s%s\n", r->plan.spared ? "spared" : r->plan.reached ? "reached" :
			 "unreached", r->plan.reached ? " " : "", r->plan.at) < 0)
		return -1;
	if (f && fclose(f))
		return -1;
	return r->plan.trace ? fclose(r->plan.trace) : 0;
}

int
main(int argc, char *argv[])
{
	struct run r = { .status = 0 };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { .it_interval.tv_usec = 100000 };	/* again: none is missed */

	err_init(argc, argv, "fault");
	parse(&r, argc, argv);
	start(&r, argv + optind);
	if (r.limit_ms) {
		it.it_value.tv_sec = r.limit_ms / 1000;
		it.it_value.tv_usec = r.limit_ms % 1000 * 1000;
		if (sigaction(SIGALRM, &sa, NULL) < 0 || setitimer(ITIMER_REAL, &it, NULL) < 0)
			die_sys("cannot set the limit");
	}
	loop(&r);
	if (report(&r) < 0)
		die_sys("cannot write what came of it");
	return r.status;
}
