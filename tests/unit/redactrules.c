/* SPDX-License-Identifier: MIT */
/*
 * Every rule of the table: secrets made after its shape go out of whatever
 * they stand in; texts one character short of it are not its own.
 */
#include "redactrule.h"
#include "redacttable.h"

#include <stdlib.h>
#include <time.h>

#include "buf.h"
#include "redact.h"
#include "redactshape.h"
#include "t.h"

enum { SAMPLES = 1 };

static unsigned seed = 1;

static unsigned
any(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/*
 * A text of the shape; short_by: so many characters too few in its last part;
 * whole: no hyphens, as the check MIXED demands.
 */
static bool
make(const char *shape, unsigned short_by, bool whole, struct buf *out)
{
	struct redact_part part;

	while (redact_shape_next(&shape, &part) == 1) {
		unsigned n = part.min + (part.max ? any(part.max - part.min + 1) : any(8));
		char set[256];
		unsigned have = 0;

		for (unsigned c = 0; c < 256; c++)
			if (redact_part_has(&part, (unsigned char)c))
				set[have++] = (char)c;
		if (!*shape && short_by)
			n = part.min > short_by ? part.min - short_by : 0;
		if (!*shape && short_by && (have < 2 || part.min <= short_by))
			return false;	/* a fixed last character: nothing to be short of */
		for (unsigned i = 0; i < n; i++) {
			char c = set[any(have)];

			/* It ends and begins like a token, and has a digit where it may. */
			while ((i == n - 1 || !i || whole) && have > 10 && !redact_in(SET_ALNUM, (unsigned char)c))
				c = set[any(have)];
			if (i % 5 == 2 && redact_part_has(&part, '7') && have > 10)
				c = (char)('1' + any(9));
			(void)buf_addch(out, c);
		}
	}
	return true;
}

struct seen {
	size_t row, times;
};

static void
look(const struct redact_span *f, void *arg)
{
	struct seen *s = arg;
	size_t n;

	s->times += f->row && (size_t)(f->row - redact_rules(&n)) == s->row;
}

static void
filter(const char *text, struct buf *out, struct seen *s)
{
	struct redact *r = redact_new(NULL, 0);

	if (!r)
		exit(111);
	redact_on_match(r, look, s);
	if (redact_feed(r, text, strlen(text), out) < 0 || redact_finish(r, out) < 0)
		exit(111);
	redact_free(r);
}

/* In contexts: \1 is a name, \2 the secret. */
static const char *const plain[] = {
	"the \2.\n", "\2", "{\"a\":\"\2\"}\n", "{\"a\":\"x\\n\2\\n\"}", "KEY=\2\n",
	"- v: '\2' # x\n", "<a>\2</a>", "x=\2&y=1", "\033[1m\2\033[0m", "f(\"\2\", 1);",
};
static const char *const named[] = {
	"\1_api_key = \"\2\"\n", "{\"\1_token\": \"\2\", \"a\": 1}", "export \1_SECRET=\2\n",
	"<\1_token>\2</\1_token>", "\1_secret: '\2'\n", "setenv(\"\1_TOKEN\", \"\2\", 1)",
	"const char *\1Token = \"\2\";", "\1_key: str = \"\2\"\n", "$h{\1_token} => '\2',",
	"<add key=\"\1_token\" value=\"\2\"/>", "{\"name\":\"\1_TOKEN\",\"value\":\"\2\"}",
	"ENV \1_TOKEN \2\n", "NSString *\1_token = @\"\2\";", "\1_token := `\2`\n",
	"--\1-token \2 -v", "{\\\"\1_token\\\":\\\"\2\\\"}",
};

static void
fill(const char *in, const char *name, const char *secret, struct buf *out)
{
	for (; *in; in++)
		if (*in == '\1' || *in == '\2')
			(void)buf_addstr(out, *in == '\1' ? name : secret);
		else
			(void)buf_addch(out, *in);
}

static void
recall(const struct redact_rule *r, size_t row)
{
	const char *const *in = r->kind == NEAR ? named : plain;
	size_t n = r->kind == NEAR ? sizeof named / sizeof *named : sizeof plain / sizeof *plain;

	for (size_t i = 0; i < n * SAMPLES; i++) {
		struct buf body CLEANUP(buf) = BUF_INIT, token CLEANUP(buf) = BUF_INIT;
		struct buf text CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
		struct seen s = { row, 0 };

		(void)make(r->shape, 0, r->check & MIXED, &body);
		if (r->kind != NEAR)
			(void)buf_addstr(&token, r->anchor);
		(void)buf_addstr(&token, body.p);
		fill(in[i % n], r->anchor, token.p, &text);
		filter(text.p, &out, &s);
		if (!strstr(out.p, body.p))
			continue;
		printf("# rule %s (%s%s): %s\n", r->name, r->anchor, r->shape, text.p);
		OK(false, "a secret is found in every context");
	}
}

static void
precision(const struct redact_rule *r, size_t row)
{
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct buf body CLEANUP(buf) = BUF_INIT, text CLEANUP(buf) = BUF_INIT;
		struct buf out CLEANUP(buf) = BUF_INIT;
		struct seen s = { row, 0 };

		if (!make(r->shape, 1, false, &body))
			return;
		if (r->kind == NEAR)
			(void)buf_addf(&text, "%s_thing = \"%s\"\n", r->anchor, body.p);
		else
			(void)buf_addf(&text, "the %s%s\n", r->anchor, body.p);
		filter(text.p, &out, &s);
		if (s.times) {
			printf("# rule %s (%s%s): %s\n", r->name, r->anchor, r->shape, text.p);
			OK(false, "what is one short is not its own");
		}
	}
}

/* Processor time of n bytes of an anchor again and again: one line, no secret. */
static double
cost(const char *anchor, size_t n)
{
	struct buf in CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
	struct redact *r = redact_new(NULL, 0);
	struct timespec a, b;

	while (in.len < n)
		(void)buf_addf(&in, "%s-", anchor);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	if (!r || redact_feed(r, in.p, in.len, &out) < 0 || redact_finish(r, &out) < 0)
		exit(111);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	redact_free(r);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

int
main(void)
{
	size_t n = sizeof rules / sizeof *rules;
	struct buf all CLEANUP(buf) = BUF_INIT;
	double slowest = 0;

	for (size_t i = 0; i < n; i++) {
		double c = cost(rules[i].anchor, 64 << 10);

		(void)buf_addf(&all, "%s", rules[i].anchor);
		slowest = c > slowest ? c : slowest;
		if (c > 0.5)
			printf("# %s: %.2f s\n", rules[i].anchor, c);
		if (rules[i].kind > NEAR)
			continue;
		recall(&rules[i], i);
		precision(&rules[i], i);
	}
	OK(slowest < 0.5, "64 KiB of any anchor alone take no time");
	OK(cost(all.p, 8 << 20) < 64 * (cost(all.p, 1 << 20) + 0.05), "all anchors: the time grows as the text does");
	OK(n > 220, "the table is whole");
	return t_done();
}
