/* SPDX-License-Identifier: MIT */
#include "codexchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "codexedit.h"
#include "codexfile.h"

#define TRIES 6

/* why says something, whatever failed. */
static int
fail(struct buf *why, int e)
{
	if (!why->len)
		(void)buf_addstr(why, strerror(e));
	errno = e;
	return -1;
}

static int
make_text(const struct codexchange *c, const struct codexfile *f, struct buf *out, struct buf *why)
{
	CLEANUP(buf) struct buf said = BUF_INIT;
	struct codexedit e = { .name = c->name };
	int got = codexedit_open(&e, f->text.p, f->text.len, c->name, &said);

	if (!got)
		got = c->edit(c->arg, &e, f->path, out, &said);
	if (got < 0) {
		int err = errno;

		(void)buf_addf(why, "'%s': %s", f->path, said.len ? said.p : strerror(err));
		errno = err == ENOMEM ? ENOMEM : EBADMSG;
	}
	codexedit_close(&e);
	return got;
}

static int
once(struct codexchange *c, struct buf *why)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct codexfile f;
	int got, e;

	if (codexfile_open(&f, c->path, c->write, why) < 0) {
		got = fail(why, errno == EBADMSG || errno == EAGAIN ? EIO : errno);
		codexfile_close(&f);
		return got;
	}
	got = make_text(c, &f, &out, why);
	if (!got && c->write && codexfile_write(&f, out.p, out.len, why) < 0)
		got = fail(why, errno == EPERM || errno == EBADMSG ? EIO : errno);
	e = errno;
	c->same = f.exists && out.len == f.text.len && !memcmp(out.p, f.text.p, out.len);
	free(c->real);
	c->real = steal_ptr(&f.path);
	free(c->backup);
	c->backup = steal_ptr(&f.backup);
	codexfile_close(&f);
	errno = e;
	return got;
}

int
codexchange_make(struct codexchange *c, struct buf *why)
{
	int got = -1;

	for (int tries = 0; tries < TRIES; tries++) {
		buf_reset(why);
		got = once(c, why);
		if (got >= 0 || errno != EAGAIN)
			return got;
	}
	buf_reset(why);
	(void)buf_addf(why, "'%s' is being changed by another program all the time", c->path);
	errno = EAGAIN;
	return -1;
}

void
codexchange_release(struct codexchange *c)
{
	free(c->real);
	free(c->backup);
	c->real = c->backup = NULL;
}
