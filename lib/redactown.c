/* SPDX-License-Identifier: MIT */
#include "redactown.h"

#include <string.h>

#include "buf.h"
#include "envfile.h"
#include "redact.h"

int
redactown_open(struct redactown *o)
{
	CLEANUP(buf) struct buf values = BUF_INIT, why = BUF_INIT;

	o->r = NULL;
	if (redact_user_read(&o->user, &why) < 0 || envfile_secrets(&values, &why) < 0)
		return -1;
	o->r = redact_new_with(values.p, values.len, &o->user);
	if (values.cap)
		explicit_bzero(values.p, values.cap);
	return o->r ? 0 : -1;
}

void
redactown_close(struct redactown *o)
{
	redact_free(o->r);
	redact_user_free(&o->user);
}

int
redact_text(const char *p, size_t n, struct buf *out)
{
	struct redactown o;
	int got = redactown_open(&o);

	if (!got && (redact_feed(o.r, p, n, out) < 0 || redact_finish(o.r, out) < 0))
		got = -1;
	redactown_close(&o);
	return got;
}

int
redactown_check(struct buf *why)
{
	struct redact_user u;
	int got = redact_user_read(&u, why);

	redact_user_free(&u);
	return got;
}
