/* SPDX-License-Identifier: MIT */
/*
 * jobdir-tree: make or remove the isolated working tree of a job, or say
 * where it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "change.h"
#include "err.h"
#include "job.h"
#include "landed.h"
#include "operand.h"
#include "store.h"
#include "service.h"
#include "takeover.h"
#include "tree.h"

static const char usage[] =
	"usage: jobdir-tree [-hqV] [--base=REV] [--dirty=POLICY] make JOB\n"
	"   or: jobdir-tree [-fhqV] remove JOB\n"
	"   or: jobdir-tree [-hV] path JOB\n";

enum { OPT_BASE = 256, OPT_DIRTY };

static const struct option longs[] = {
	{ "base", required_argument, NULL, OPT_BASE },
	{ "dirty", required_argument, NULL, OPT_DIRTY },
	{ "force", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct options {
	const char *base, *dirty;
	bool force, quiet;
};

static void
parse(struct options *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+fhqV", longs, NULL)) != -1)
		switch (c) {
		case OPT_BASE: o->base = optarg; break;
		case OPT_DIRTY: o->dirty = optarg; break;
		case 'f': o->force = true; break;
		case 'q': o->quiet = true; break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-tree " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
}

/* The option, else the job's own parameter; malloc'd or NULL. */
static char *
choose(const struct job *j, const char *option, const char *param)
{
	char *s = option ? strdup(option) : json_cstr(&j->doc, job_param(j, param));

	if (option && !s)
		die_sys("no memory");
	return s;
}

static int
make(const struct options *o, const struct root *r, struct job *j)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *dirty = choose(j, o->dirty, "dirty");
	CLEANUP(free) char *base = choose(j, o->base, "base");
	enum tree_policy policy = TREE_ASK;
	struct tree_info info;

	if (dirty && tree_policy_parse(dirty, &policy) < 0)
		die(EXIT_USAGE, "not ask, committed or snapshot: '%s'", dirty);
	/* the tree is the agent's to work in; the job directory around it is closed */
	(void)umask(022);
	if (takeover(j, r, &why) < 0)
		die(errno == ENOENT ? EXIT_NO : EXIT_TEMP, "%s", why.p);
	if (tree_make(j, policy, base, NULL, &why) < 0) {
		int e = errno;
		warnx("%s", why.p);
		return e == EUCLEAN ? EXIT_NO : e == ENOTSUP || e == ENODATA ? EXIT_USAGE : EXIT_TEMP;
	}
	if (tree_info_read(j->fd, &info, &why) < 0)
		die(EXIT_TEMP, "%s", why.p);
	/* In a job the supervisor can mount them; by hand they are left out. */
	CLEANUP(fd) int service = info.nshares ? service_open() : -1;
	if (service >= 0 && service_share(service) < 0)
		warnx("%zu ignored director%s cannot be shared with the tree: no mount namespace",
			info.nshares, info.nshares == 1 ? "y" : "ies");
	if (o->quiet) {
		tree_info_release(&info);
		return EXIT_OK;
	}
	printf("tree of %s at %.12s%s\n", j->id, info.commit, info.snapshot ? " with the "
		"workspace's uncommitted changes" : "");
	for (size_t i = 0; i < info.nnotes; i++)
		printf("%s\n", info.notes[i]);
	tree_info_release(&info);
	return EXIT_OK;
}

/* Why the tree should stay, or NULL. */
static const char *
keep(struct job *j, const struct root *r)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct change c;
	const char *reason = NULL;

	if (job_is_terminal(j, r) == 0)
		return "the job is not over";
	if (change_read(j->fd, &c, &why) < 0)
		return errno == ENOENT ? "its change is not sealed (jobdir-diff --seal)"
			: "its change cannot be read";
	int was = c.nfiles ? landed_look(j->fd) : LANDED_ALL;
	if (was != LANDED_ALL)
		reason = was < 0 ? "whether its change was applied cannot be read" :
			was == LANDED_PART ? "its change was applied only in part"
			: "its change was not applied";
	change_release(&c);
	return reason;
}

static int
drop(const struct options *o, const struct root *r, struct job *j)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	const char *reason = o->force ? NULL : keep(j, r);

	if (reason && faccessat(j->fd, JOB_TREE, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		warnx("the tree of '%s' stays: %s; -f removes it all the same", j->id, reason);
		return EXIT_NO;
	}
	int rc = tree_remove(r, j, &why);
	if (rc == 0)
		return EXIT_OK;
	if (rc > 0) {
		warnx("'%s' has no tree", j->id);
		return EXIT_NO;
	}
	int e = errno;
	warnx("%s", why.p);
	return e == EBUSY ? EXIT_NO : EXIT_TEMP;
}

static int
path(const struct job *j)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *p = tree_path(j, &why);

	if (!p) {
		int e = errno;
		warnx("%s", why.p);
		return e == ENOENT ? EXIT_NO : EXIT_TEMP;
	}
	puts(p);
	return EXIT_OK;
}

int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct buf why = BUF_INIT;
	struct root root;
	struct job j;
	int status;

	err_init(argc, argv, "jobdir-tree");
	parse(&o, argc, argv);
	if (argc - optind != 2)
		die(EXIT_USAGE, "a verb (make, remove, path) and one JOB are wanted, after the options "
			"(see jobdir-tree -h)");
	const char *verb = argv[optind], *name = argv[optind + 1];
	if (strcmp(verb, "make") && strcmp(verb, "remove") && strcmp(verb, "path"))
		die(EXIT_USAGE, "unknown verb '%s'", verb);
	if ((status = operand_open(&root, &j, name, &why)))
		die(status > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	status = *verb == 'm' ? make(&o, &root, &j) : *verb == 'r' ? drop(&o, &root, &j) : path(&j);
	job_close(&j);
	root_close(&root);
	err_close_stdout();
	return status;
}
