/* SPDX-License-Identifier: MIT */
/*
 * jobdir-clean: remove old jobs and what is left between them. Work that
 * nobody has applied stays unless forced; nothing goes unless asked twice.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clean.h"
#include "cleantool.h"
#include "err.h"
#include "home.h"
#include "job.h"
#include "jobreq.h"
#include "num.h"
#include "operand.h"
#include "proc.h"
#include "sweep.h"

static const char usage[] =
	"usage: jobdir-clean [-0fhnqVy] [--dry-run | --yes] [--force] [--keep=N]\n"
	"       [--older-than=TIME | --older-than-hours=N] [--trees] [JOB ...]\n"
	"   or: jobdir-clean --auto | --empty-trash\n"
	"   or: jobdir-clean --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_AUTO = 256, OPT_KEEP, OPT_OLDER, OPT_HOURS, OPT_TRASH, OPT_TREES };

static const struct option longs[] = {
	{ "auto", no_argument, NULL, OPT_AUTO },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "empty-trash", no_argument, NULL, OPT_TRASH },
	{ "force", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "keep", required_argument, NULL, OPT_KEEP },
	{ "null", no_argument, NULL, '0' },
	{ "older-than", required_argument, NULL, OPT_OLDER },
	{ "older-than-hours", required_argument, NULL, OPT_HOURS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "trees", no_argument, NULL, OPT_TREES },
	{ "version", no_argument, NULL, 'V' },
	{ "yes", no_argument, NULL, 'y' },
	{ 0 },
};

struct options {
	bool nul, quiet;
	int flags;			/* enum clean_flags */
	int only;			/* OPT_AUTO, OPT_TRASH or 0 */
	int64_t older_ms, keep;
	struct root root;
	size_t removed, kept, failed;
	int status;
};

static void
parse(struct options *o, int argc, char *argv[])
{
	int64_t n;
	int c;

	while ((c = getopt_long(argc, argv, "+0fhnqVy", longs, NULL)) != -1)
		switch (c) {
		case '0': o->nul = true; break;
		case 'f': o->flags |= CLEAN_FORCE; break;
		case 'n': o->flags |= CLEAN_DRY; break;
		case 'q': o->quiet = true; break;
		case 'y': o->flags &= ~CLEAN_DRY; break;
		case OPT_TREES: o->flags |= CLEAN_TREES; break;
		case OPT_AUTO:
		case OPT_TRASH: o->only = c; break;
		case OPT_KEEP:
			if (num_parse(optarg, 0, INT32_MAX, &o->keep) < 0)
				die(EXIT_USAGE, "not a number of jobs: '%s'", optarg);
			break;
		case OPT_OLDER:
			if (num_duration(optarg, &o->older_ms) < 0)
				die(EXIT_USAGE, "not a time: '%s' (90s, 5m, 2h, 30d)", optarg);
			break;
		case OPT_HOURS:
			if (num_parse(optarg, 0, 87600, &n) < 0)
				die(EXIT_USAGE, "not a number of hours: '%s'", optarg);
			o->older_ms = n * 3600 * 1000;
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-clean " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (o->only && optind < argc)
		die(EXIT_USAGE, "no JOB with --auto or --empty-trash");
}

/* Say what came of a job. named: somebody asked for this one. */
static void
report(struct options *o, const char *id, const struct clean_verdict *v, bool named)
{
	const char *tree = o->flags & CLEAN_TREES ? " tree of" : "";
	bool dry = o->flags & CLEAN_DRY;

	switch (v->fate) {
	case CLEAN_REMOVED:
		o->removed++;
		if (!o->quiet)
			printf("%s%s %s (%s)\n", dry ? "would remove" : "removed", tree, id, v->state);
		return;
	case CLEAN_FAILED:
		o->failed++;
		o->status = EXIT_TEMP;
		warnx("'%s' %s", id, v->reason);
		return;
	case CLEAN_ACTIVE:
		if (!named)
			return;
		break;
	case CLEAN_KEPT:
		break;
	default:
		return;		/* young, or gone meanwhile, or without a tree */
	}
	o->kept++;
	if (named && !o->status)
		o->status = EXIT_NO;
	if (!o->quiet || named)
		printf("kept %s: %s\n", id, v->reason);
}

/* The jobs that were named, whatever their age. */
static void
clean_named(struct options *o, char *const *argv)
{
	struct operands names;

	if (operand_read(&names, argv, false, o->nul) < 0)
		die_sys("cannot read the jobs");
	for (size_t i = 0; i < names.n; i++) {
		struct clean_verdict v;
		struct job j;

		if (job_open(&j, &o->root, names.name[i]) < 0) {
			CLEANUP(buf) struct buf why = BUF_INIT;
			int e = errno;

			warnx("%s", operand_why(&why, &o->root, names.name[i], e));
			o->status = operand_fault(e) ? EXIT_USAGE : EXIT_TEMP;
			continue;
		}
		clean_one(&o->root, j.id, 0, NULL, o->flags, &v);
		report(o, j.id, &v, true);
		job_close(&j);
	}
	operand_release(&names);
}

static void
clean_old(struct options *o)
{
	struct buf ids = BUF_INIT;
	size_t many;

	if (sweep_select(&o->root, NULL, o->older_ms, (size_t)o->keep, &ids, &many) < 0)
		die_sys("cannot list the jobs");
	for (size_t i = 0; i < ids.len / (JOB_ID_LEN + 1); i++) {
		const char *id = ids.p + i * (JOB_ID_LEN + 1);
		struct clean_verdict v;

		clean_one(&o->root, id, i < many ? 0 : o->older_ms, NULL, o->flags, &v);
		report(o, id, &v, false);
	}
	buf_release(&ids);
	if (!(o->flags & CLEAN_DRY) && sweep_debris(&o->root) < 0)
		die_sys("cannot clear the debris");
}

/* What was moved aside is removed by a process of its own: this one answers now. */
static void
empty_trash_aside(const struct options *o)
{
	char *self = home_command("clean"), option[] = "--empty-trash";
	char *argv[] = { self, option, NULL };
	struct proc_spec spec = { .argv = argv, .cwd_fd = -1, .setsid = true, .detach = true };
	struct proc p;

	if (!self || proc_start(&p, &spec, NULL) < 0)
		warn("what was removed still lies in '%s/trash'", o->root.path);
	free(self);
}

static int
as_tool(int argc, char *argv[])
{
	struct options o = { 0 };
	struct jobreq q;

	if (!jobreq_open(&q, argc, argv, "claude_cleanup", false))
		cleantool(&q);
	if (!buf_ok(&q.out))
		die(EXIT_TEMP, "no memory");
	puts(q.out.p);
	err_close_stdout();
	o.root = q.root;
	if (q.root.fd >= 0 && !request_bool(&q.rq, "dry_run", true))
		empty_trash_aside(&o);
	return EXIT_OK;
}

int
main(int argc, char *argv[])
{
	struct options o = { .flags = CLEAN_DRY, .older_ms = SWEEP_DAYS * 86400LL * 1000,
		.keep = SWEEP_KEEP };
	bool named;

	err_init(argc, argv, "jobdir-clean");
	if (request_form(argc, argv))
		return as_tool(argc, argv);
	parse(&o, argc, argv);
	named = optind < argc;
	if (root_open(&o.root, false) < 0) {
		if (errno != ENOENT)
			die(EXIT_TEMP, "%s", root_why(errno));
		if (!named)
			return EXIT_OK;		/* there never was a job */
	}
	if (o.only) {
		if (o.only == OPT_AUTO ? sweep_auto(&o.root) < 0 : clean_trash(&o.root) < 0)
			die_sys("cannot clean '%s'", o.root.path);
		return EXIT_OK;
	}
	if (named)
		clean_named(&o, argv + optind);
	else
		clean_old(&o);
	if (!o.quiet)
		printf("%s %zu, kept %zu%s\n", o.flags & CLEAN_DRY ? "would remove" : "removed", o.removed,
		    o.kept, o.flags & CLEAN_DRY && o.removed ? "; --yes removes" : "");
	err_close_stdout();
	/* Also what an interrupted cleaning and killed spawns left. */
	if (!(o.flags & CLEAN_DRY))
		empty_trash_aside(&o);
	return o.status;
}
