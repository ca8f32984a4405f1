/* SPDX-License-Identifier: MIT */
/*
 * jobdir-redact: standard input to standard output without its secrets. It
 * fails closed: after any error nothing more is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "num.h"
#include "redact.h"
#include "redactrule.h"
#include "redactuser.h"
#include "store.h"

static const char usage[] = "usage: jobdir-redact [-cehV] [--rules] [--values-fd=N]\n";

enum { OPT_RULES = 256, OPT_VALUES, VALUES_MAX = 4 << 20, CHUNK = 64 << 10 };

static const struct option longs[] = {
	{ "check", no_argument, NULL, 'c' },
	{ "explain", no_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ "rules", no_argument, NULL, OPT_RULES },
	{ "values-fd", required_argument, NULL, OPT_VALUES },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static void
list_rules(const struct redact_user *u)
{
	size_t n;
	const struct redact_rule *r = redact_rules(&n);

	for (size_t i = 0; i < n + u->n; i++) {
		const struct redact_rule *x = i < n ? &r[i] : &u->rules[i - n];

		printf("%s\t%s\t%s\t%s\n", x->name, x->anchor, x->shape, redact_rule_words(x));
	}
	err_close_stdout();
	exit(EXIT_OK);
}

/* Where the lines end that a secret may still be found in. */
struct check {
	struct buf ends;	/* of size_t: offsets of newlines */
	size_t line;		/* newlines before those */
	size_t start;		/* offset of the beginning of that line */
	size_t found;
	bool explain;
};

/* Count the lines that end before offset at, and forget their ends. */
static void
pass_lines(struct check *c, size_t at)
{
	const size_t *end = (const size_t *)(const void *)c->ends.p;
	size_t n = 0;

	while (n < c->ends.len / sizeof *end && end[n] < at)
		n++;
	if (n)
		c->start = end[n - 1] + 1;
	c->line += n;
	buf_remove(&c->ends, 0, n * sizeof *end);
}

static void
report(const struct redact_span *f, void *arg)
{
	struct check *c = arg;

	pass_lines(c, f->start);
	printf("%zu:%zu %s", c->line + 1, f->start - c->start + 1, f->rule);
	if (c->explain && f->row)
		printf(" (%zu bytes; %s: %s%s)", f->end - f->start, redact_rule_words(f->row),
		    f->row->anchor, f->row->shape);
	else if (c->explain)
		printf(" (%zu bytes; a known value, as it is or encoded)", f->end - f->start);
	putchar('\n');
	c->found++;
}

static int
check(struct redact *r, bool explain)
{
	struct check c = { .ends = BUF_INIT, .explain = explain };
	struct buf none CLEANUP(buf) = BUF_INIT;
	static char chunk[CHUNK];
	size_t read = 0;
	ssize_t n;

	redact_on_match(r, report, &c);
	while ((n = store_read_some(STDIN_FILENO, chunk, sizeof chunk)) > 0) {
		for (size_t i = 0; i < (size_t)n; i++) {
			size_t at = read + i;

			if (chunk[i] == '\n' && buf_add(&c.ends, &at, sizeof at) < 0)
				die_sys("no memory");
		}
		read += (size_t)n;
		if (redact_feed(r, chunk, (size_t)n, &none) < 0)
			die_sys("no memory");
		buf_reset(&none);
		/* Nothing further back than this is still undecided. */
		if (read > 4 * REDACT_OPEN + VALUES_MAX)
			pass_lines(&c, read - 4 * REDACT_OPEN - VALUES_MAX);
	}
	if (n < 0)
		die_sys("cannot read standard input");
	if (redact_finish(r, &none) < 0)
		die_sys("no memory");
	err_close_stdout();
	return c.found ? EXIT_NO : EXIT_OK;
}

/* The NAME=VALUE strings of a descriptor, from its beginning if it has one. */
static void
read_values(const char *arg, struct buf *out)
{
	int64_t fd;

	if (num_parse(arg, 0, 1 << 20, &fd) < 0)
		die(EXIT_USAGE, "not a descriptor: '%s'", arg);
	if (lseek((int)fd, 0, SEEK_SET) < 0 && errno != ESPIPE)
		die_sys("cannot use descriptor %d", (int)fd);
	if (buf_read(out, (int)fd, VALUES_MAX) < 0)
		die_sys("cannot read the values from descriptor %d", (int)fd);
	(void)close((int)fd);	/* only read from */
}

int
main(int argc, char *argv[])
{
	struct buf values = BUF_INIT;
	struct redact *r;
	CLEANUP(buf) struct buf why = BUF_INIT;
	bool only_check = false, explain = false, rules = false;
	struct redact_user user;
	int c;

	err_init(argc, argv, "jobdir-redact");
	while ((c = getopt_long(argc, argv, "+cehV", longs, NULL)) != -1)
		switch (c) {
		case 'c':
			only_check = true;
			break;
		case 'e':
			only_check = explain = true;
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-redact " JOBDIR_VERSION "\n");
		case OPT_RULES:
			rules = true;
			break;
		case OPT_VALUES:
			read_values(optarg, &values);
			break;
		default:
			return EXIT_USAGE;	/* getopt has said what */
		}
	if (optind < argc)
		die(EXIT_USAGE, "unexpected argument '%s' (input comes from standard input)", argv[optind]);
	if (redact_user_read(&user, &why) < 0)
		die(errno == EPERM ? EXIT_POLICY : errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s",
		    why.len ? why.p : "no memory");
	if (rules)
		list_rules(&user);
	r = redact_new_with(values.p, values.len, &user);
	if (values.cap)
		explicit_bzero(values.p, values.cap);
	if (!r)
		die_sys("no memory");
	if (only_check)
		return check(r, explain);
	if (redact_run(r, STDIN_FILENO, STDOUT_FILENO, -1) < 0)
		die_sys("stopped, the rest is lost");
	redact_free(r);
	return EXIT_OK;
}
