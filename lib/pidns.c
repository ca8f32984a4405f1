/* SPDX-License-Identifier: MIT */
#include "pidns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "ownnet.h"
#include "store.h"

enum kind { READY, FAILED, STARTED, ENDED };

struct report {
	enum kind kind;
	int err;			/* FAILED */
	int value;			/* READY: own /proc; ENDED: status */
	char stage[24];			/* FAILED */
};

struct world {
	uid_t uid;
	gid_t gid;
	bool userns;
	bool own_proc;
	int report;
	int door;			/* -1: the network is everybody's */
	const uint16_t *ports;		/* that lead out as well */
	size_t nports;
};

/* ---- inside: the steps ---- */

static int
write_file(const char *name, const char *text)
{
	CLEANUP(fd) int fd = open(name, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : store_write_all(fd, text, strlen(text));
}

/* The user stays who he is: one uid and one gid, mapped to themselves. */
static int
map_user(struct world *w)
{
	char text[64];

	if (!w->userns)
		return 0;
	/* Our parent is not dumpable, and what is in /proc/self would be root's. */
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return -1;
	(void)snprintf(text, sizeof text, "%u %u 1\n", w->uid, w->uid);		/* fits */
	if (write_file("/proc/self/uid_map", text) < 0 ||
	    write_file("/proc/self/setgroups", "deny") < 0)
		return -1;
	(void)snprintf(text, sizeof text, "%u %u 1\n", w->gid, w->gid);		/* fits */
	return write_file("/proc/self/gid_map", text);
}

/* What is mounted in here stays in here; what is unmounted outside goes here too. */
static int
part_mounts(struct world *w)
{
	(void)w;
	return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
}

/* In a container whose /proc has masks the kernel refuses a fresh one. */
static int
mount_proc(struct world *w)
{
	w->own_proc = !mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	return 0;
}

static int
own_net(struct world *w)
{
	return w->door < 0 ? 0 : ownnet_make(w->door, w->ports, w->nports);
}

/* For the same user no capability is needed to signal and reap. Root stays root. */
static int
drop_capabilities(struct world *w)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -1;
	return w->userns ? (int)syscall(SYS_capset, &head, none) : 0;
}

static const struct step {
	const char *name;
	int (*run)(struct world *w);
} steps[] = {
	{ "user map", map_user },
	{ "mounts", part_mounts },
	{ "proc", mount_proc },
	{ "network", own_net },
};

/* ---- inside: init ---- */

/* Who cannot report must end: our parent waits for the report, or for our end. */
static void
tell(const struct world *w, enum kind kind, int err, int value, const char *stage)
{
	struct report r = { .kind = kind, .err = err, .value = value };

	(void)strncpy(r.stage, stage, sizeof r.stage - 1);
	if (store_write_all(w->report, &r, sizeof r) < 0)
		_exit(1);
}

/* Reap all that is dead. True: there is nobody left at all. */
static bool
reap(const struct world *w, pid_t payload)
{
	for (;;) {
		int st;
		pid_t pid = waitpid(-1, &st, WNOHANG);

		if (pid == payload)
			tell(w, ENDED, 0, st, "");
		else if (!pid)
			return false;
		else if (pid < 0 && errno != EINTR)
			return true;
	}
}

static void
serve(const struct world *w, pid_t payload)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	for (;;) {
		int sig = sigwaitinfo(&set, &info);

		if (sig == SIGCHLD && reap(w, payload))
			return;
		if (sig == SIGTERM) {
			(void)kill(-1, SIGTERM);	/* everybody but us; ESRCH: nobody */
			(void)kill(-1, SIGCONT);	/* who is stopped could not obey */
		}
	}
}

/* Nothing of the payload's stays open here: its readers must see its end. */
static void
let_go(const struct world *w)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);	/* they were /dev/null before */
	proc_keep_fds(&w->report, 1);
}

static void
keep_for(const struct proc_spec *spec, int go, const struct world *w)
{
	int keep[PROC_FDS_MAX + 4];
	size_t n = 0;

	for (size_t i = 0; i < spec->nfds && i < PROC_FDS_MAX; i++)
		keep[n++] = spec->fds[i].from;
	keep[n++] = spec->cwd_fd;
	keep[n++] = go;
	keep[n++] = w->report;
	keep[n++] = w->door;
	proc_keep_fds(keep, n);
}

static _Noreturn void
init_main(struct world *w, const struct proc_spec *spec, int go)
{
	const char *stage = "";
	struct proc payload;
	sigset_t all;
	char word;

	keep_for(spec, go, w);
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);	/* blocked, TERM reaches even a pid 1 */
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (!steps[i].run(w))
			continue;
		tell(w, FAILED, errno, 0, steps[i].name);
		_exit(1);
	}
	/* Changing credentials may have cleared it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	tell(w, READY, 0, w->own_proc, "");
	/* End of file: our parent died before the line above could see it. */
	if (store_read_some(go, &word, 1) != 1)
		_exit(1);
	/* Only now: until then our parent may open our namespaces. Giving up leaves PDEATHSIG alone. */
	if (drop_capabilities(w) < 0) {
		tell(w, FAILED, errno, 0, "capabilities");
		_exit(1);
	}
	if (proc_start(&payload, spec, &stage) < 0) {
		tell(w, FAILED, errno, 0, stage);
		_exit(1);
	}
	tell(w, STARTED, 0, 0, "");
	let_go(w);
	serve(w, payload.pid);
	_exit(0);
}

/* ---- outside ---- */

void
pidns_init(struct pidns *n)
{
	*n = (struct pidns){ .init = { .pid = -1, .pidfd = -1 }, .go = -1, .report = -1,
		.user_ns = -1, .mnt_ns = -1,
		.payload = -1, .status = -1 };
}

void
pidns_kill(struct pidns *n)
{
	if (n->init.pid <= 0)
		return;
	cleanup_fd(&n->go);			/* it ends at that as well */
	(void)proc_kill(&n->init, SIGKILL);	/* gone already: also good */
	pidns_look(n);				/* a status that was reported before */
	if (!n->gone)
		(void)proc_wait(&n->init, NULL);	/* the kernel lets it go as the last one */
	n->init.pid = -1;
	n->gone = true;
}

void
pidns_release(struct pidns *n)
{
	pidns_kill(n);
	cleanup_fd(&n->init.pidfd);
	cleanup_fd(&n->go);
	cleanup_fd(&n->report);
	cleanup_fd(&n->user_ns);
	cleanup_fd(&n->mnt_ns);
}

/* One report, waiting for it: 0; -1+errno when it is a failure or init is dead. */
static int
hear(struct pidns *n, enum kind want, struct report *r)
{
	ssize_t got = store_read_some(n->report, r, sizeof *r);

	if (got == sizeof *r && r->kind == want)
		return 0;
	if (got == sizeof *r && r->kind == FAILED) {
		errno = r->err;
		return -1;
	}
	(void)snprintf(r->stage, sizeof r->stage, "init");	/* fits */
	errno = EIO;
	return -1;
}

static int
start_init(struct pidns *n, const struct proc_spec *spec)
{
	struct world w = { .uid = geteuid(), .gid = getegid(), .userns = geteuid() != 0,
		.door = spec->own_net ? spec->door : -1, .ports = spec->ports, .nports = spec->nports };
	CLEANUP(fd) int go = -1;
	CLEANUP(fd) int report = -1;
	int ends[2], got;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	go = ends[0];
	n->go = ends[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	n->report = ends[0];
	report = w.report = ends[1];
	n->userns = w.userns;
	got = proc_fork(&n->init, PROC_FORK_PIDNS | (w.userns ? PROC_FORK_USERNS : 0));
	if (got == 1)
		init_main(&w, spec, go);
	return got;
}

static int
open_ns(const struct pidns *n, const char *which)
{
	char name[64];

	(void)snprintf(name, sizeof name, "/proc/%ld/ns/%s", (long)n->init.pid, which);	/* fits */
	return open(name, O_RDONLY | O_CLOEXEC);
}

int
pidns_prepare(struct pidns *n, const struct proc_spec *spec, struct buf *why)
{
	struct report r = { .stage = "clone" };
	int e;

	pidns_init(n);
	if (!start_init(n, spec) && !hear(n, READY, &r)) {
		n->own_proc = r.value;
		/* Without them there is no sharing, and the job runs all the same. */
		n->mnt_ns = open_ns(n, "mnt");
		if (n->userns)
			n->user_ns = open_ns(n, "user");
		return 0;
	}
	e = errno;
	pidns_release(n);
	(void)buf_addf(why, "no PID namespace can be made: %s: %s", r.stage, strerror(e));
	errno = e;
	return -1;
}

/* The first child of init is the payload. Only for display. */
static pid_t
first_child(pid_t init)
{
	CLEANUP(fd) int fd = -1;
	char name[64], text[32];
	ssize_t n;

	(void)snprintf(name, sizeof name, "/proc/%ld/task/%ld/children", (long)init, (long)init);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : store_read_some(fd, text, sizeof text - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

int
pidns_go(struct pidns *n, const char **stage)
{
	struct report r = { .stage = "init" };
	int e;

	if (store_write_all(n->go, "g", 1) < 0 || hear(n, STARTED, &r) < 0) {
		e = errno;
		memcpy(n->stage, r.stage, sizeof n->stage);
		*stage = n->stage;
		pidns_kill(n);
		errno = e;
		return -1;
	}
	cleanup_fd(&n->go);
	n->payload = first_child(n->init.pid);
	return fcntl(n->report, F_SETFL, O_NONBLOCK);
}

void
pidns_look(struct pidns *n)
{
	struct report r;
	int st;

	/* First its end, then what it said: so nothing said just before the end is missed. */
	if (n->init.pid > 0 && waitpid(n->init.pid, &st, WNOHANG) == n->init.pid) {
		n->init.pid = -1;
		n->gone = true;
	}
	while (n->report >= 0) {
		ssize_t got = store_read_some(n->report, &r, sizeof r);

		if (got == sizeof r && r.kind == ENDED) {
			n->ended = true;
			n->status = r.value;
		} else {
			if (!got)
				cleanup_fd(&n->report);	/* init has ended */
			break;
		}
	}
}
