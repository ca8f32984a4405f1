/* SPDX-License-Identifier: MIT */
#include "checkrun.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "proc.h"
#include "t.h"

static int signals;

static int
run(struct checkrun *r, const char *script, int log)
{
	char *const argv[] = { (char []){ "/bin/sh" }, (char []){ "-c" }, (char *)(void *)script, NULL };

	*r = (struct checkrun){ .argv = argv, .envp = environ, .cwd = open(".", O_RDONLY | O_DIRECTORY),
		.log = log, .signals = signals, .timeout_ms = 600000, .umask = 022 };
	int got = checkrun(r);

	(void)close(r->cwd);
	return got;
}

int
main(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 };
	int none = open("/dev/null", O_WRONLY), ends[2];
	struct checkrun r;

	(void)signal(SIGPIPE, SIG_IGN);
	signals = proc_signalfd(wanted);
	OK(signals >= 0 && none >= 0 && !prctl(PR_SET_CHILD_SUBREAPER, 1) && !pipe(ends), "set up");
	EQ(run(&r, "echo said; exit 3", none), 0, "a check ends by itself");
	OK(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 3 && !r.left, "with its status");

	/* The redactor is gone, and the check has nothing more to say that would end it. */
	(void)close(ends[0]);
	EQ(run(&r, "echo said; exec sleep 30", ends[1]), -1, "its output cannot be kept");
	OK(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL, "then it is ended, not waited for");
	return t_done();
}
