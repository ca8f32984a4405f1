/* SPDX-License-Identifier: MIT */
#include "contain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "t.h"

static void
test_locate(void)
{
	static const char mounts[] =
		"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
		"40 31 0:37 / /sys/fs/cgroup/systemd rw shared:5 - cgroup cgroup rw,name=systemd\n"
		"41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw shared:9 master:1 - cgroup2 cgroup2 rw\n";
	static const char part[] =
		"41 31 0:38 /user.slice /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
	CLEANUP(buf) struct buf b = BUF_INIT;

	EQ(cgroup_locate("9:name=systemd:/x\n0::/a/b\n", mounts, &b), 0, "beside v1 controllers");
	IS(b.p, "/sys/fs/cgroup/uni fied/a/b", "mount point, decoded, and our path");
	buf_reset(&b);
	EQ(cgroup_locate("0::/user.slice/me\n", part, &b), 0, "a part is mounted, with us in it");
	IS(b.p, "/sys/fs/cgroup/me", "below the part");
	buf_reset(&b);
	EQ(cgroup_locate("0::/user.slicer\n", part, &b), -1, "a name that only begins alike is outside");
	EQ(cgroup_locate("0::/../other\n", part, &b), -1, "outside of our namespace");
	EQ(cgroup_locate("9:cpu:/x\n", mounts, &b), -1, "not on v2");
	EQ(cgroup_locate("0::/a\n", "", &b), -1, "nothing mounted");
	EQ(cgroup_locate("", "\n\n x\n", &b), -1, "rubbish");
}

static void
test_names(void)
{
	enum contain_method m;

	for (int i = CONTAIN_AUTO; i <= CONTAIN_REAPER; i++) {
		EQ(contain_parse(contain_name((enum contain_method)i), &m), 0, "a name is read back");
		EQ(m, i, "as itself");
	}
	EQ(contain_parse("jail", &m), -1, "others are none");
}

/* Wait for SIGCHLD or a report, and look. */
static void
wait_for(struct contain *c, bool (*done)(const struct contain *), int signals)
{
	for (int i = 0; i < 100 && !done(c); i++) {
		struct pollfd p[] = { { .fd = signals, .events = POLLIN },
			{ .fd = contain_fd(c), .events = POLLIN } };
		char drop[1024];

		(void)poll(p, 2, 100);
		(void)!read(signals, drop, sizeof drop);
		contain_look(c);
	}
}

static bool
ended(const struct contain *c)
{
	return c->ended;
}

static bool
empty(const struct contain *c)
{
	return c->empty;
}

static const char stubborn[] =
	"trap '' TERM; setsid sh -c 'trap \"\" TERM; printf x >&3; while :; do sleep 100; done' & wait";

static void
test_method(enum contain_method m, int signals)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	const char *argv[] = { "sh", "-c", "exit 7", NULL };
	const char *none[] = { "no-such-program", NULL };
	char path[] = "PATH=/usr/bin:/bin", *envp[] = { path, NULL };
	int up[2];
	struct proc_fd fds[] = { { -1, 3 } };
	struct proc_spec s = { .argv = (char **)(uintptr_t)argv, .envp = envp, .cwd_fd = -1,
		.fds = fds, .nfds = 1, .setsid = true, .deathsig = true };
	struct cgroup_plan plan = { .name = "job-unit" };
	struct contain c;
	const char *stage = "";
	char byte;

	if (pipe2(up, O_CLOEXEC) < 0)
		return;
	fds[0].from = up[1];
	if (contain_prepare(&c, m, &s, &plan, &why) < 0) {
		printf("# %s: %s\n", contain_name(m), why.p);
		OK(why.len, "not to be had here, and says why");
		contain_release(&c);
		close(up[0]);
		close(up[1]);
		return;
	}
	printf("# %s\n", contain_name(m));
	EQ(contain_go(&c, &stage), 0, "start");
	wait_for(&c, ended, signals);
	EQ(WEXITSTATUS(c.status), 7, "the payload's own status");
	wait_for(&c, empty, signals);
	OK(c.empty, "nobody is left, without force");
	contain_release(&c);

	argv[2] = stubborn;
	EQ(contain_prepare(&c, m, &s, &plan, &why), 0, "again");
	EQ(contain_go(&c, &stage), 0, "one that does not obey");
	EQ(read(up[0], &byte, 1), 1, "it is up");
	(void)contain_term(&c, NULL, 0);
	contain_look(&c);
	OK(!c.empty, "TERM does not end it");
	(void)contain_kill(&c, NULL, 0);
	OK(c.empty, "KILL does");
	EQ(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
	contain_release(&c);
	close(up[1]);
	EQ(read(up[0], &byte, 1), 0, "nobody holds its descriptors");
	close(up[0]);

	s.argv = (char **)(uintptr_t)none;
	s.nfds = 0;
	EQ(contain_prepare(&c, m, &s, &plan, &why), 0, "a third time");
	EQ(contain_go(&c, &stage), -1, "what is not there");
	EQ(errno, ENOENT, "ENOENT");
	IS(stage, "exec", "at exec");
	contain_release(&c);
	EQ(waitpid(-1, NULL, WNOHANG), -1, "nothing is left of that");
	EQ(contain_prepare(&c, m, &s, &plan, &why), 0, "prepared only");
	contain_release(&c);
	EQ(waitpid(-1, NULL, WNOHANG), -1, "can be dropped");
}

int
main(void)
{
	static const int signals[] = { SIGCHLD, 0 };
	int fd = proc_signalfd(signals);

	test_locate();
	test_names();
	if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	for (int m = CONTAIN_PIDNS; m <= CONTAIN_REAPER; m++)
		test_method((enum contain_method)m, fd);
	close(fd);
	return t_done();
}
