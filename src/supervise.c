/* SPDX-License-Identifier: MIT */
/*
 * jobdir-supervise: own one job from the queue to its terminal record. Started
 * by spawn only, with everything it works on as descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "job.h"
#include "lock.h"
#include "newjob.h"
#include "num.h"
#include "store.h"
#include "super.h"

static const char usage[] =
	"usage: jobdir-supervise [-hV] --job=FD --root=FD --lock=FD --ready=FD [--secrets=FD]\n";

enum { OPT_JOB, OPT_ROOT, OPT_LOCK, OPT_READY, OPT_SECRETS, OPT_COUNT };

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "job", required_argument, NULL, OPT_JOB },
	{ "lock", required_argument, NULL, OPT_LOCK },
	{ "ready", required_argument, NULL, OPT_READY },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "secrets", required_argument, NULL, OPT_SECRETS },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static int
descriptor(const char *text)
{
	int64_t n;

	if (num_parse(text, 3, INT_MAX, &n) < 0 || fcntl((int)n, F_SETFD, FD_CLOEXEC) < 0)
		die(EXIT_USAGE, "not an open descriptor: '%s' (spawn starts this program)", text);
	return (int)n;
}

static void
parse(int fds[OPT_COUNT], int argc, char *argv[])
{
	int c;

	for (int i = 0; i < OPT_COUNT; i++)
		fds[i] = -1;
	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-supervise " JOBDIR_VERSION "\n");
		case '?':
			exit(EXIT_USAGE);	/* getopt has said what */
		default:
			fds[c] = descriptor(optarg);
		}
	if (optind < argc)
		die(EXIT_USAGE, "no operands (spawn starts this program)");
	for (int i = OPT_JOB; i <= OPT_READY; i++)
		if (fds[i] < 0)
			die(EXIT_USAGE, "a descriptor is missing (spawn starts this program)");
}

/* Is this what spawn gives? A person's guesses must not end up in somebody's job. */
static void
check(const int fds[OPT_COUNT])
{
	struct stat job, lock, mine;

	if (fstat(fds[OPT_JOB], &job) < 0 || fstat(fds[OPT_LOCK], &mine) < 0 ||
	    !S_ISDIR(job.st_mode) || fstatat(fds[OPT_JOB], JOB_LOCK, &lock, AT_SYMLINK_NOFOLLOW) < 0 ||
	    lock.st_ino != mine.st_ino || lock.st_dev != mine.st_dev)
		die(EXIT_USAGE, "not a job and its lock (spawn starts this program)");
	/* Ours already, through the descriptor that we share with spawn. */
	if (lock_try(fds[OPT_LOCK], true))
		die(EXIT_USAGE, "the job is supervised already");
	if (!fstatat(fds[OPT_JOB], JOB_END, &lock, AT_SYMLINK_NOFOLLOW))
		die(EXIT_USAGE, "the job has ended already");
}

/* We cannot begin: say so in the job, if there is one. */
static void
give_up(int jobfd, int rootfd, const char *id)
{
	struct root r = { .fd = rootfd };
	char now[CLOCK_STAMP], stage[] = "spawn", text[128];
	struct job_status end = { .state = JOB_FAILED, .code = -1, .signal = -1, .duration_ms = -1,
		.stage = stage, .message = text, .ended = now };

	(void)snprintf(text, sizeof text, "the supervisor cannot begin: %s", strerror(errno));
	clock_stamp(now, clock_wall_ms());
	(void)job_put_end(jobfd, &end, "supervise");	/* else it reads as lost */
	(void)job_running_clear(&r, id);		/* a reader removes it as well */
}

int
main(int argc, char *argv[])
{
	static struct super s;		/* large */
	int fds[OPT_COUNT], opened;
	char word;

	err_init(argc, argv, "jobdir-supervise");
	(void)umask(077);
	parse(fds, argc, argv);
	check(fds);
	proc_daemonise_self();
	opened = super_open(&s, fds[OPT_JOB], fds[OPT_ROOT], fds[OPT_LOCK], fds[OPT_SECRETS]);
	if (opened < 0 && !s.job.id[0])
		die_sys("cannot read the job");
	/* End of file without the word: spawn failed or was killed. Before it published? */
	if (store_read_some(fds[OPT_READY], &word, 1) != 1 &&
	    !newjob_published(fds[OPT_JOB], s.job.id)) {
		newjob_abandon(&s.root, s.job.id, &s.job.doc);
		return EXIT_NO;
	}
	(void)close(fds[OPT_READY]);	/* only read from */
	if (opened < 0) {
		give_up(fds[OPT_JOB], fds[OPT_ROOT], s.job.id);
		return EXIT_TEMP;
	}
	return super_run(&s) < 0 ? EXIT_TEMP : EXIT_OK;
}
