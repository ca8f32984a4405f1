/* SPDX-License-Identifier: MIT */
/*
 * jobdir-spawn: make a job directory and start its supervisor; print the id
 * when the job is durable and owned.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contain.h"
#include "dedupe.h"
#include "envfile.h"
#include "err.h"
#include "home.h"
#include "jobroot.h"
#include "mend.h"
#include "newjob.h"
#include "num.h"
#include "spawnopt.h"
#include "spawnshow.h"
#include "tidy.h"

static const char usage[] =
	"usage: jobdir-spawn [-hnqV] [--recipe=NAME] [--param=NAME=VALUE]... [--params=FILE]\n"
	"           [--prompt=FILE] [--cwd=DIR] [--continue=JOB [--fork]] [--name=TEXT]\n"
	"           [--timeout=DUR] [--grace=DUR] [--contain=METHOD] [--env=NAME[=VALUE]]... [--dedupe]\n"
	"           [--state=TEXT] [--json] [--wait] [--confine=WORD] [--allow-read=PATH]...\n"
	"           [--allow-write=PATH]... [--allow-port=N]... [--] [prog [arg ...]]\n";

enum { O_CONTAIN = 256, O_CONTINUE, O_CWD, O_DEDUPE, O_ENV, O_FORK, O_GRACE, O_JSON,
	O_NAME, O_PARAM, O_PARAMS, O_PROMPT, O_RECIPE, O_STATE, O_TIMEOUT, O_WAIT, O_WALLS };

static const struct option longs[] = {
	{ "allow-port", required_argument, NULL, O_WALLS + 3 },
	{ "allow-read", required_argument, NULL, O_WALLS + 1 },
	{ "allow-write", required_argument, NULL, O_WALLS + 2 },
	{ "confine", required_argument, NULL, O_WALLS },
	{ "contain", required_argument, NULL, O_CONTAIN },
	{ "continue", required_argument, NULL, O_CONTINUE },
	{ "cwd", required_argument, NULL, O_CWD },
	{ "dedupe", no_argument, NULL, O_DEDUPE },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "env", required_argument, NULL, O_ENV },
	{ "fork", no_argument, NULL, O_FORK },
	{ "grace", required_argument, NULL, O_GRACE },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, O_JSON },
	{ "name", required_argument, NULL, O_NAME },
	{ "param", required_argument, NULL, O_PARAM },
	{ "params", required_argument, NULL, O_PARAMS },
	{ "prompt", required_argument, NULL, O_PROMPT },
	{ "quiet", no_argument, NULL, 'q' },
	{ "recipe", required_argument, NULL, O_RECIPE },
	{ "state", required_argument, NULL, O_STATE },
	{ "timeout", required_argument, NULL, O_TIMEOUT },
	{ "version", no_argument, NULL, 'V' },
	{ "wait", no_argument, NULL, O_WAIT },
	{ 0 },
};

static int64_t
duration(const char *option)
{
	int64_t ms;

	if (num_duration(optarg, &ms) < 0 || ms < 1)
		die(EXIT_USAGE, "%s wants a duration such as 90s or 5m, not '%s'", option, optarg);
	return ms;
}

static void
take(struct spawnopt *o, int c)
{
	enum contain_method m;

	switch (c) {
	case 'n': o->dry = true; break;
	case 'q': o->quiet = true; break;
	case O_CONTAIN:
		if (contain_parse(optarg, &m) < 0)
			die(EXIT_USAGE, "--contain is auto, pidns, cgroup or reaper, not '%s'", optarg);
		o->order.contain = optarg;
		break;
	case O_CONTINUE: o->resume.which = optarg; break;
	case O_CWD: o->cwd = optarg; break;
	case O_DEDUPE: o->dedupe = true; break;
	case O_ENV: o->env[o->nenv++] = optarg; break;
	case O_FORK: o->resume.fork = true; break;
	case O_GRACE: o->order.grace_ms = duration("--grace"); break;
	case O_JSON: o->json = true; break;
	case O_NAME: o->order.name = optarg; break;
	case O_PARAM: o->param[o->nparam++] = optarg; break;
	case O_PARAMS: o->params = optarg; break;
	case O_PROMPT: o->prompt = optarg; break;
	case O_RECIPE: o->order.recipe = optarg, o->named = true; break;
	case O_STATE: o->order.state = optarg; break;
	case O_TIMEOUT: o->order.timeout_ms = duration("--timeout"); break;
	case O_WAIT: o->wait = true; break;
	default:
		if (c < O_WALLS)	/* getopt has said what */
			exit(EXIT_USAGE);
		if (wallask_add(&o->walls, c - O_WALLS, optarg) < 0)
			die_sys("no memory");
	}
}

static void
parse(struct spawnopt *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+hnqV", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-spawn " JOBDIR_VERSION "\n");
		default:
			take(o, c);
		}
	o->order.argv = argv + optind;
}

/* -n: what would be made and run. */
static void
show(const struct spawnopt *o, const char *request)
{
	CLEANUP(buf) struct buf text = BUF_INIT, why = BUF_INIT;

	if (spawnshow(&text, &o->order, request, &why) < 0)
		die(EXIT_TEMP, "%s", why.len ? why.p : strerror(errno));
	(void)fwrite(text.p, 1, text.len, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
	exit(EXIT_OK);
}

/* The id, and nothing else on standard output. */
static void
tell(const struct spawnopt *o, const char *id, bool deduped)
{
	if (o->json)
		printf("{\"job_id\":\"%s\",\"deduped\":%s}\n", id, deduped ? "true" : "false");
	else
		printf("%s\n", id);
	if (deduped && !o->json && !o->quiet)
		warnx("deduped: an active job answers the same request");
	if (fflush(stdout) || ferror(stdout))
		die_sys("cannot write to standard output");
}

static void
open_root(struct root *r)
{
	int got;

	if (root_open(r, true) < 0)
		die(EXIT_TEMP, "%s", root_why(errno));
	got = newjob_locks_work(r);
	if (!got)
		die(EXIT_TEMP, "locks do not work on the file system of '%s'; set JOBDIR_STATE", r->path);
	if (got < 0)
		die_sys("cannot write to the state root '%s'", r->path);
}

static void
make(struct newjob *n, const struct root *r, const struct spawnopt *o, const char *request)
{
	const char *failed = newjob_build(n, r, &o->order, request) < 0 ? "make the job" :
		newjob_start(n) < 0 ? "start the supervisor" :
		resume_claim(&o->resume, n->id) < 0 ? "claim the job to continue" :
		newjob_publish(n) < 0 ? "publish the job" : NULL;

	if (failed) {
		int e = errno;
		resume_unclaim(&o->resume, n->id);
		errno = e;
		newjob_discard(n);
		die_sys("cannot %s below '%s'", failed, r->path);
	}
	newjob_close(n);
}

static void
become_wait(const struct spawnopt *o, const char *id)
{
	CLEANUP(free) char *program = home_command("wait");
	const char *argv[] = { program, o->quiet ? "-q" : "--", id, NULL };

	if (program)
		execv(program, (char **)(uintptr_t)argv);
	die_sys("cannot run jobdir-wait");
}

int
main(int argc, char *argv[])
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct root r = { .fd = -1 };
	struct spawnopt o;
	struct newjob n;
	char request[65], found[JOB_ID_LEN + 1] = "";
	sigset_t all, old;

	err_init(argc, argv, "jobdir-spawn");
	if (spawnopt_init(&o, (size_t)argc) < 0)
		die_sys("no memory");
	o.order.umask = umask(077);	/* the payload's is the user's, not ours */
	parse(&o, argc, argv);
	if (envfile_load(NULL, &why) < 0 || spawnopt_resume(&o, &r, &why) < 0 ||
	    spawnopt_settle(&o, &why) < 0)
		die(errno == EINVAL ? EXIT_USAGE : errno == EPERM ? EXIT_POLICY : EXIT_TEMP, "%s",
			why.len ? why.p : strerror(errno));
	if (joborder_hash(&o.order, request) < 0)
		die_sys("no memory");
	if (o.dry)
		show(&o, o.dedupe ? request : NULL);
	open_root(&r);
	mend_workspace(o.order.ws.root, &why);
	if (why.len)
		warnx("%s", why.p);
	buf_reset(&why);
	if ((o.dedupe || o.resume.which) &&	/* locked until we end */
	    dedupe_begin(&r, o.order.ws.slug, o.dedupe ? request : NULL, found) < 0)
		die_sys("cannot compare with the jobs of this workspace");
	if (!*found) {
		if (o.resume.which && resume_begin(&o.resume, &r, &o.order, &why) < 0)
			die(errno == ECANCELED ? EXIT_NO : EXIT_TEMP, "%s",
				why.len ? why.p : strerror(errno));
		/* From here to the printed id we are not to be talked out of it. */
		sigfillset(&all);
		(void)sigprocmask(SIG_SETMASK, &all, &old);	/* cannot fail */
		make(&n, &r, &o, o.dedupe ? request : NULL);
		resume_end(&o.resume);
		tell(&o, n.id, false);
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
		tidy(&r);
	} else {
		memcpy(n.id, found, sizeof n.id);
		tell(&o, n.id, true);
	}
	if (o.wait)
		become_wait(&o, n.id);
	return EXIT_OK;
}
