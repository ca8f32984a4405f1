/* SPDX-License-Identifier: MIT */
#include "operand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "home.h"
#include "job.h"

#define INPUT_MAX (16u << 20)
#define CANDIDATES 3

static int
add(struct operands *o, const char *s, size_t len)
{
	char **more = reallocarray(o->name, o->n + 2, sizeof *more);

	if (!more)
		return -1;
	o->name = more;
	o->name[o->n] = strndup(s, len);
	if (!o->name[o->n])
		return -1;
	o->name[++o->n] = NULL;
	return 0;
}

static int
add_input(struct operands *o, bool nul)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	size_t at = 0;

	if (buf_read(&b, STDIN_FILENO, INPUT_MAX) < 0)
		return -1;
	while (at < b.len) {
		const char *p = b.p + at;
		const char *end = memchr(p, nul ? '\0' : '\n', b.len - at);
		size_t n = end ? (size_t)(end - p) : b.len - at;

		if (n && add(o, p, n) < 0)
			return -1;
		at += n + 1;
	}
	return 0;
}

int
operand_read(struct operands *o, char *const *argv, bool from_stdin, bool nul)
{
	*o = (struct operands){ .name = calloc(1, sizeof *o->name) };
	if (!o->name)
		return -1;
	if (!*argv && from_stdin)
		return add_input(o, nul);
	for (; *argv; argv++)
		if ((strcmp(*argv, "-") ? add(o, *argv, strlen(*argv)) : add_input(o, nul)) < 0)
			return -1;
	return 0;
}

void
operand_release(struct operands *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->name[i]);
	free(o->name);
	*o = (struct operands){ 0 };
}

bool
operand_fault(int err)
{
	return err == ENOENT || err == EINVAL || err == EMLINK || err == EPROTO ||
		err == EBADMSG || err == EPERM;
}

/* The jobs that have the part of a name in their ids. */
struct candidates {
	const char *part;
	struct buf *words;
	size_t n;
};

static int
candidate(const char *id, void *arg)
{
	struct candidates *c = arg;

	if (strstr(id, c->part) && c->n++ < CANDIDATES)
		return buf_addf(c->words, "%s%s", c->n > 1 ? ", " : " could be ", id);
	return 0;
}

const char *
operand_why(struct buf *b, const struct root *r, const char *name, int err)
{
	CLEANUP(free) char *named = home_state();
	struct candidates c = { .part = name, .words = b };

	buf_reset(b);
	(void)buf_addf(b, "%s: '%s'", job_open_why(err), name);	/* sticky, see below */
	if (err == ENOENT && r->path)
		(void)buf_addf(b, " in the state root '%s'", r->path);
	else if (err == ENOENT && named)
		(void)buf_addf(b, ": there is no state root '%s'", named);
	if (err == EMLINK && job_each(r, NULL, 0, candidate, &c) >= 0 && c.n > CANDIDATES)
		(void)buf_addf(b, " or %zu more", c.n - CANDIDATES);
	return buf_ok(b) ? b->p : job_open_why(err);
}

int
operand_open(struct root *r, struct job *j, const char *name, struct buf *why)
{
	int e;

	if (root_open(r, false) < 0 && errno != ENOENT) {
		CLEANUP(free) char *words = root_why(errno);

		(void)buf_addstr(why, words ? words : strerror(ENOMEM));	/* only words */
		return -1;
	}
	if (!job_open(j, r, name))
		return 0;
	e = errno;
	(void)operand_why(why, r, name, e);	/* is in why */
	return operand_fault(e) ? 1 : -1;
}
