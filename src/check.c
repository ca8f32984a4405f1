/* SPDX-License-Identifier: MIT */
/*
 * jobdir-check: judge what a job did, by running things and comparing bytes; no model has a
 * say. Exits 0 if everything passed.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "checkall.h"
#include "err.h"
#include "job.h"
#include "jsonw.h"
#include "lock.h"
#include "num.h"
#include "operand.h"
#include "proc.h"
#include "revise.h"
#include "service.h"

static const char usage[] =
	"usage: jobdir-check [-hjqV] [--command=LINE] [--shell=LINE] [--timeout=TIME]\n"
	"                    [--scope=PATH] [--max-diff-bytes=N] [--max-files=N] [--revise] JOB\n";

enum { OPT_COMMAND = 256, OPT_BYTES, OPT_FILES, OPT_REVISE, OPT_SCOPE, OPT_SHELL, OPT_TIMEOUT };

static const struct option longs[] = {
	{ "command", required_argument, NULL, OPT_COMMAND },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "max-diff-bytes", required_argument, NULL, OPT_BYTES },
	{ "max-files", required_argument, NULL, OPT_FILES },
	{ "quiet", no_argument, NULL, 'q' },
	{ "revise", no_argument, NULL, OPT_REVISE },
	{ "scope", required_argument, NULL, OPT_SCOPE },
	{ "shell", required_argument, NULL, OPT_SHELL },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct options {
	bool json, quiet, revise;
	int64_t timeout_ms;
	const char **more;		/* options that need the job, "o" and the value by turns */
	int nmore;
};

static int64_t
number(const char *text, const char *name)
{
	int64_t n;

	if (num_parse(text, 0, INT64_MAX, &n) < 0)
		die(EXIT_USAGE, "%s wants a number, not '%s'", name, text);
	return n;
}

static void
parse(struct options *o, struct checkspec *given, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+hjqV", longs, NULL)) != -1)
		switch (c) {
		case 'j': o->json = true; break;
		case 'q': o->quiet = true; break;
		case OPT_REVISE: o->revise = true; break;
		case OPT_BYTES: given->max_bytes = number(optarg, "--max-diff-bytes"); break;
		case OPT_FILES: given->max_files = number(optarg, "--max-files"); break;
		case OPT_TIMEOUT:
			if (num_duration(optarg, &o->timeout_ms) < 0 || o->timeout_ms < 1 ||
			    o->timeout_ms > CHECK_TIMEOUT_MAX_MS)
				die(EXIT_USAGE, "--timeout is a time up to a day, not '%s'", optarg);
			break;
		case OPT_COMMAND: case OPT_SHELL: case OPT_SCOPE:
			o->more[o->nmore++] = c == OPT_COMMAND ? "c" : c == OPT_SHELL ? "s" : "p";
			o->more[o->nmore++] = optarg;
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-check " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (argc - optind != 1)
		die(EXIT_USAGE, "one JOB is wanted, after the options (see jobdir-check -h)");
}

/* What the job asks for, and what the options do. */
static void
settle(const struct options *o, struct checkspec *s, const struct job *j)
{
	struct buf why CLEANUP(buf) = BUF_INIT;
	int64_t bytes = s->max_bytes, files = s->max_files;

	if (checkspec_load(s, j, &why) < 0)
		die(errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s", why.len ? why.p : strerror(errno));
	for (int i = 0; i < o->nmore; i += 2) {
		const char *value = o->more[i + 1];

		if (*o->more[i] == 'p' ? checkspec_path(s, j, value, &why) < 0 :
		    checkspec_line(s, NULL, value, *o->more[i] == 's', o->timeout_ms) < 0)
			die(errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s",
				why.len ? why.p : strerror(errno));
	}
	s->max_bytes = bytes >= 0 ? bytes : s->max_bytes;
	s->max_files = files >= 0 ? files : s->max_files;
	s->asked |= bytes >= 0 || files >= 0;
	if (!s->asked && !o->revise)
		die(EXIT_USAGE, "nothing to check: the job asks for nothing, and no option does");
}

static void
told(const struct checkone *c, void *arg)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	const struct options *o = arg;

	if (o->quiet || o->json)
		return;
	if (checkrec_line(&b, c) < 0)
		die_sys("no memory");
	puts(b.p);
	(void)fflush(stdout);	/* err_close_stdout() looks */
}

static void
put_json(const struct checkall *a)
{
	struct buf b CLEANUP(buf) = BUF_INIT, text CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "job", a->job->id);
	jsonw_mint(&w, "attempt", a->attempt);
	jsonw_mbool(&w, "passed", a->round.passed);
	jsonw_key(&w, "checks");
	jsonw_array(&w);
	for (size_t i = 0; i < a->round.n; i++) {
		buf_reset(&text);
		if (checkrec_line(&text, &a->round.v[i]) < 0)
			die_sys("no memory");
		jsonw_str(&w, text.p, text.len);
	}
	jsonw_end(&w);
	jsonw_mint(&w, "touched", (int64_t)a->round.touched_total);
	jsonw_end(&w);
	if (!buf_ok(&b))
		die_sys("no memory");
	puts(b.p);
}

static int
judge(const struct options *o, struct checkall *a)
{
	struct buf why CLEANUP(buf) = BUF_INIT;
	int rc = checkall(a, &why);

	if (rc < 0)
		die(errno == EPERM ? EXIT_POLICY : errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	if (rc > 0)
		return EXIT_SIGNAL + a->stopped;
	if (o->json)
		put_json(a);
	if (a->round.touched_total && !o->quiet)
		warnx("the checks changed %zu file%s in the tree, first '%s': no part of the change",
		    a->round.touched_total, a->round.touched_total == 1 ? "" : "s", a->round.touched[0]);
	if (a->round.passed || !o->revise)
		return a->round.passed ? EXIT_OK : EXIT_NO;
	rc = revise_decide(a, getenv("WORKER_ESCALATE_MODEL"), &why);
	if (rc < 0)
		die(EXIT_TEMP, "%s", why.p);
	if (rc > 0)
		warnx("another round: the agent is told what failed");
	else if (why.len)
		warnx("no further round: %s", why.p);
	return EXIT_NO;
}

int
main(int argc, char *argv[])
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 };
	struct options o = { .timeout_ms = CHECK_TIMEOUT_MS };
	struct checkspec spec = CHECKSPEC_INIT;
	struct checkall a = { .told = told, .arg = &o };
	struct buf why CLEANUP(buf) = BUF_INIT;
	struct root root;
	struct job j;
	int over, lock, status;

	err_init(argc, argv, "jobdir-check");
	o.more = calloc((size_t)argc * 2 + 1, sizeof *o.more);
	if (!o.more)
		die_sys("no memory");
	parse(&o, &spec, argc, argv);
	status = operand_open(&root, &j, argv[optind], &why);
	if (status)
		die(status > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	settle(&o, &spec, &j);
	if (!spec.asked)
		return EXIT_OK;
	over = job_is_terminal(&j, &root);
	if (over < 0)
		die_sys("cannot find out whether the job is over");
	lock = lock_open(j.fd, JOB_TREE_LOCK);	/* shared: nobody removes the tree now */
	if (lock < 0 || lock_wait(lock, false) < 0)
		die_sys("cannot lock the tree");
	a.job = &j;
	a.spec = &spec;
	a.terminal = over;
	a.by_hand = over || !getenv(SERVICE_ENV);
	a.signals = proc_signalfd(wanted);
	if (a.signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die_sys("cannot become a subreaper");
	status = judge(&o, &a);
	checkall_release(&a);
	checkspec_release(&spec);
	err_close_stdout();
	return status;
}
