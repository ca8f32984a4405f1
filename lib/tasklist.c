/* SPDX-License-Identifier: MIT */
#include "tasklist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "guard.h"
#include "request.h"

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
order(struct strv *l)
{
	size_t n = 0;

	if (l->n < 2)
		return;
	qsort(l->v, l->n, sizeof *l->v, by_bytes);
	for (size_t i = 0; i < l->n; i++) {
		if (n && !strcmp(l->v[n - 1], l->v[i]))
			free(l->v[i]);
		else
			l->v[n++] = l->v[i];
	}
	l->v[n] = NULL;
	l->n = n;
}

int
tasklist_take(struct strv *l, const struct request *rq, const char *member, int cwd_fd,
	const char *cwd, struct buf *why)
{
	const struct json *d = &rq->doc;
	int list = request_get(rq, member);

	for (int n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *s = json_cstr(d, n), *rel = NULL;

		if (!s)
			return buf_addf(why, "%s: %s", member, strerror(errno)), -1;
		(void)request_trim(s);
		if (cwd_fd >= 0 && guard_file(cwd_fd, cwd, s, &rel, why) < 0)
			return -1;
		if (strv_add(l, rel ? rel : s) < 0)
			return buf_addf(why, "%s: %s", member, strerror(errno)), -1;
	}
	if (cwd_fd >= 0)
		order(l);
	return 0;
}
