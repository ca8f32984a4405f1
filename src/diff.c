/* SPDX-License-Identifier: MIT */
/*
 * jobdir-diff: what a job changed; seal it, show it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "change.h"
#include "err.h"
#include "job.h"
#include "jsonw.h"
#include "leak.h"
#include "operand.h"
#include "show.h"
#include "showname.h"

static const char usage[] =
	"usage: jobdir-diff [-hqVz] [--record | --seal] [--json | --list | --name-status |\n"
	"       --patch | --stat] JOB\n";

enum { OPT_JSON = 256, OPT_LIST, OPT_NAME_STATUS, OPT_PATCH, OPT_RECORD, OPT_SEAL,
	OPT_STAT };

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "name-status", no_argument, NULL, OPT_NAME_STATUS },
	{ "null", no_argument, NULL, 'z' },
	{ "patch", no_argument, NULL, OPT_PATCH },
	{ "quiet", no_argument, NULL, 'q' },
	{ "record", no_argument, NULL, OPT_RECORD },
	{ "seal", no_argument, NULL, OPT_SEAL },
	{ "stat", no_argument, NULL, OPT_STAT },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct options {
	bool quiet, nul, record, seal;
	int form;
};

static void
parse(struct options *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+hqVz", longs, NULL)) != -1)
		switch (c) {
		case 'q': o->quiet = true; break;
		case 'z': o->nul = true; break;
		case OPT_RECORD: o->record = true; break;
		case OPT_SEAL: o->seal = true; break;
		case OPT_JSON: case OPT_LIST: case OPT_NAME_STATUS: case OPT_PATCH: case OPT_STAT:
			if (o->form && o->form != c)
				die(EXIT_USAGE, "more than one of --json, --list, --name-status, "
					"--patch, --stat");
			o->form = c;
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-diff " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (!o->form)
		o->form = o->seal || o->record ? OPT_STAT : OPT_PATCH;
	if (o->record && (o->seal || o->form == OPT_PATCH))
		die(EXIT_USAGE, "--record goes neither with --seal nor with --patch");
}

/* A path for this form: bytes and NUL with -z, else quoted where it must be, and a newline. */
static void
put_path(const struct options *o, const char *path)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (o->nul) {
		(void)fwrite(path, 1, strlen(path) + 1, stdout);	/* err_close_stdout() looks */
		return;
	}
	if (show_name(&text, path) < 0)
		die_sys("no memory");
	printf("%s\n", text.p);
}

static void
put_files(const struct options *o, const struct change *c)
{
	for (size_t i = 0; i < c->nfiles; i++) {
		const struct change_file *f = &c->files[i];
		if (o->form == OPT_LIST)
			printf("%c %06o %06o ", f->status, f->old_mode, f->new_mode);
		else
			printf("%c%c", f->status, o->nul ? '\0' : '\t');
		put_path(o, f->path);
	}
}

static void
put_stat(const struct options *o, const struct change *c)
{
	for (size_t i = 0; i < c->nfiles; i++) {
		const struct change_file *f = &c->files[i];
		if (f->binary)
			printf("%c binary ", f->status);
		else
			printf("%c +%lld -%lld ", f->status, (long long)f->added, (long long)f->deleted);
		if (f->old_mode && f->new_mode && f->old_mode != f->new_mode)
			printf("(%06o -> %06o) ", f->old_mode, f->new_mode);
		for (unsigned bit = 1; bit < 1u << CHANGE_MARKS; bit <<= 1)
			if (f->marks & bit)
				printf("[%s] ", change_mark_name((enum change_mark)bit));
		put_path(o, f->path);
	}
	printf("%zu file%s changed, +%lld -%lld%c", c->nfiles, c->nfiles == 1 ? "" : "s",
		(long long)c->added, (long long)c->deleted, o->nul ? '\0' : '\n');
}

static void
put_json(const struct change *c, const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mstr(&w, "job", j->id);
	jsonw_mbool(&w, "sealed", c->sealed);
	change_write(&w, c);
	jsonw_end(&w);
	if (!buf_ok(&text))
		die_sys("no memory");
	(void)fwrite(text.p, 1, text.len, stdout);	/* err_close_stdout() looks */
	putchar('\n');
}

static void
say(const char *what, const char *path, const char *reason)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (show_name(&text, path) < 0)
		die_sys("no memory");
	warnx("%s: %s%s%s", what, text.p, *reason ? ": " : "", reason);
}

static void
say_leak(void *arg __attribute__((unused)), const char *sentence)
{
	warnx("%s", sentence);
}

/* What a reader of the list or the patch would not see otherwise. */
static void
say_rest(const struct options *o, const struct change *c, const struct job *j)
{
	struct leaks leaks = { .n = 0 };


	if (!c->sealed && !o->record)
		warnx("not sealed: this is the state so far");
	for (size_t i = 0; i < c->nrefused; i++)
		say("refused", c->refused[i].path, c->refused[i].reason);
	for (size_t i = 0; i < c->nspecial; i++)
		say("left out", c->special[i].path, c->special[i].reason);
	if (c->ignored_total)
		warnx("left out: %zu ignored by .gitignore, first '%s'", c->ignored_total, c->ignored[0]);
	for (size_t i = 0; i < c->nnotes; i++)
		warnx("%s", c->notes[i]);
	if (c->sealed && !o->record)
		leaks_find(&leaks, j);
	leaks_say(&leaks, say_leak, NULL);
	leaks_release(&leaks);
}

static int
show(const struct options *o, struct job *j, const struct root *r)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(fd) int kept = -1;	/* for a terminal: first all of it, then what it may get */
	struct change c;
	/* what a killed or timed-out job left must be usable: sealed when first asked for */
	int over = job_is_terminal(j, r);

	if (o->form == OPT_PATCH && isatty(STDOUT_FILENO) && (kept = show_keep()) < 0)
		die_sys("cannot keep the patch");
	if (over < 0)
		die(operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, "%s: '%s'", job_open_why(errno), j->id);
	if ((o->record ? change_record(j, &c, &why) :
	    change_of(j, o->seal || over, o->form != OPT_PATCH ? -1 : kept < 0 ? STDOUT_FILENO :
		kept, &c, &why)) < 0) {
		int e = errno;
		if (job_in_place(j) < 0)	/* removed while we read it */
			die(EXIT_USAGE, "%s: '%s'", job_open_why(errno), j->id);
		warnx("%s: '%s'", why.p, j->id);
		return e == ENOENT || e == EBUSY ? EXIT_NO : e == EPROTO || e == EBADMSG ||
			e == ENODATA ? EXIT_USAGE : EXIT_TEMP;
	}
	if (kept >= 0 && show_kept(kept, STDOUT_FILENO) < 0)
		die_sys("cannot show the patch");
	if (o->form == OPT_JSON)
		put_json(&c, j);
	else if (o->form == OPT_STAT)
		put_stat(o, &c);
	else if (o->form != OPT_PATCH)
		put_files(o, &c);
	if (!o->quiet && o->form != OPT_JSON)
		say_rest(o, &c, j);
	change_release(&c);
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

	err_init(argc, argv, "jobdir-diff");
	parse(&o, argc, argv);
	if (argc - optind != 1)
		die(EXIT_USAGE, "one JOB is wanted, after the options (see jobdir-diff -h)");
	if ((status = operand_open(&root, &j, argv[optind], &why)))
		die(status > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	status = show(&o, &j, &root);
	job_close(&j);
	root_close(&root);
	err_close_stdout();
	return status;
}
