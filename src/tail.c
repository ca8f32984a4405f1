/* SPDX-License-Identifier: MIT */
/*
 * jobdir-tail: the last lines of a job's log, and with -f all that follow
 * until the job has ended. Sleeps on the file and the directory; never polls.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "await.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "logtail.h"
#include "num.h"
#include "operand.h"
#include "path.h"
#include "show.h"
#include "store.h"
#include "wake.h"
#include "worktool.h"

#define LINES 40
#define SETTLE_MS 100

static const char usage[] =
	"usage: jobdir-tail [-fhrV] [-n N] [--file=NAME] JOB\n"
	"   or: jobdir-tail --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_FILE = 256 };

static const struct option longs[] = {
	{ "file", required_argument, NULL, OPT_FILE },
	{ "follow", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "lines", required_argument, NULL, 'n' },
	{ "raw", no_argument, NULL, 'r' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct tail {
	bool follow, raw;
	int64_t lines;
	const char *file;
	struct root root;
	struct job job;
	struct logtail t;		/* t.fd -1: not there yet */
	int wake;
};

static void
parse(struct tail *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+fhn:rV", longs, NULL)) != -1)
		switch (c) {
		case 'f': o->follow = true; break;
		case 'r': o->raw = true; break;
		case OPT_FILE: o->file = optarg; break;
		case 'n':
			if (num_parse(optarg, 0, INT64_MAX / 2, &o->lines) < 0)
				die(EXIT_USAGE, "not a number of lines: '%s'", optarg);
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-tail " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (argc - optind != 1)
		die(EXIT_USAGE, "one JOB is wanted, after the options (see jobdir-tail -h)");
	if (!path_is_clean(o->file, strlen(o->file)))
		die(EXIT_USAGE, "not a file of a job: '%s'", o->file);
}

static int
print(char *p, size_t len, void *arg)
{
	const struct tail *o = arg;

	if (!o->raw)
		show_terminal(p, len);
	return store_write_all(STDOUT_FILENO, p, len);
}

/* Try to open the file: true if it is there. Anything but a regular file is refused. */
static bool
open_file(struct tail *o, bool whole)
{
	int fd = path_open(o->job.fd, o->file, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0)
		die(errno == ELOOP || errno == ENOTDIR ? EXIT_USAGE : EXIT_TEMP,
			"cannot open '%s' of the job: %s", o->file, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		die(EXIT_USAGE, "not a regular file: '%s'", o->file);
	if (o->wake >= 0 && wake_add(o->wake, fd, WAKE_MODIFY) < 0)
		die_sys("cannot watch '%s'", o->file);
	if (logtail_start(&o->t, fd, (uint64_t)o->lines, whole) < 0)
		die_sys("cannot read '%s'", o->file);
	if (o->t.cut)
		warnx("a line of '%s' is too long: shown from byte %lld on", o->file,
			(long long)o->t.pos);
	return true;
}

/* Until the file is there, the directories that lead to it may still appear. */
static void
watch_parents(const struct tail *o)
{
	for (const char *p = o->file; (p = strchr(p, '/')); p++) {
		CLEANUP(free) char *dir = strndup(o->file, (size_t)(p - o->file));
		CLEANUP(fd) int fd = dir ? path_open(o->job.fd, dir, O_RDONLY | O_DIRECTORY, 0) : -1;

		if (fd >= 0 && wake_add(o->wake, fd, WAKE_APPEAR) < 0)
			die_sys("cannot watch '%s'", dir);
	}
}

static void
hand_out(struct tail *o, bool whole)
{
	if (o->t.fd < 0) {
		if (o->follow && !whole)
			watch_parents(o);
		if (!open_file(o, whole))
			return;
	}
	if (logtail_next(&o->t, whole, print, o) < 0)
		die_sys("cannot copy '%s'", o->file);
}

static void
on_event(int token, int flag, const char *name, void *arg)
{
	(void)token;
	if (flag == WAKE_WRITER_GONE && !strcmp(name, JOB_LOCK))
		*(bool *)arg = true;
}

/* Sleep until something happens. A closed lock is told before it is free: block for it. */
static void
sleep_on(struct tail *o)
{
	/* The reader going away (POLLERR) ends us, also when the job is silent. */
	struct pollfd p[2] = { { .fd = o->wake, .events = POLLIN }, { .fd = STDOUT_FILENO } };
	bool gone = false;

	if (poll(p, 2, -1) < 0 && errno != EINTR)
		die_sys("cannot wait");
	if (p[1].revents & (POLLERR | POLLNVAL))
		exit(EXIT_TEMP);
	if (wake_read(o->wake, on_event, &gone) < 0)
		die_sys("cannot wait");
	if (gone && await_job(&o->job, &o->root, clock_boot_ms() + SETTLE_MS) < 0)
		die_sys("cannot wait for '%s'", o->job.id);
}

static bool
ended(struct tail *o)
{
	int got = job_is_terminal(&o->job, &o->root);

	if (got < 0)
		die_sys("cannot read the state of '%s'", o->job.id);
	return got;
}

int
main(int argc, char *argv[])
{
	struct tail o = { .lines = LINES, .file = JOB_LOG, .t = { .fd = -1 }, .wake = -1 };
	struct buf why = BUF_INIT;
	bool over;
	int code;

	err_init(argc, argv, "jobdir-tail");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "tail", true, worktool));
	parse(&o, argc, argv);
	o.raw |= !isatty(STDOUT_FILENO);
	if ((code = operand_open(&o.root, &o.job, argv[optind], &why)))
		die(code > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	if (o.follow) {
		o.wake = wake_open();
		if (o.wake < 0 || wake_add(o.wake, o.job.fd, WAKE_APPEAR | WAKE_WRITER_GONE) < 0)
			die_sys("cannot watch '%s'", o.job.id);
	}
	/* First whether it is over, then the bytes: so the last ones are not missed. */
	over = ended(&o);
	hand_out(&o, over);
	o.lines = INT64_MAX / 2;	/* a file that appears later is followed from its start */
	while (o.follow && !over) {
		sleep_on(&o);
		over = ended(&o);
		hand_out(&o, over);
	}
	if (o.t.fd < 0 && strcmp(o.file, JOB_LOG)) {
		warnx("no such file in the job: '%s'", o.file);
		return EXIT_NO;
	}
	err_close_stdout();
	return EXIT_OK;		/* wake is left to exit: closing it takes milliseconds */
}
