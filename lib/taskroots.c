/* SPDX-License-Identifier: MIT */
#include "taskroots.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "buf.h"
#include "guard.h"
#include "path.h"
#include "request.h"

static bool
overlap(const char *a, const char *b)
{
	return path_below(a, b) || path_below(b, a);
}

/* Is the alias free? It is the part before ": ". */
static bool
is_free(const struct taskroots *t, const char *alias)
{
	size_t n = strlen(alias);

	for (size_t i = 0; i < t->shown.n; i++)
		if (!strncmp(t->shown.v[i], alias, n) && t->shown.v[i][n] == ':')
			return false;
	return strcasecmp(alias, "primary") != 0;
}

static int
take(struct taskroots *t, const char *alias, const char *dir, const char *cwd, struct buf *why)
{
	CLEANUP(buf) struct buf full = BUF_INIT, line = BUF_INIT;
	CLEANUP(free) char *path = NULL;
	int fd;

	if (!is_free(t, alias))
		return buf_addf(why, "context_roots: the alias '%s' is taken", alias), -1;
	(void)buf_addf(&full, "%s%s%s", *dir == '/' ? "" : cwd, *dir == '/' ? "" : "/", dir);
	(void)buf_addf(why, "context_roots: '%s': ", alias);
	fd = guard_cwd(full.p, &path, why);
	if (fd < 0)
		return -1;
	(void)close(fd);		/* a directory */
	if (overlap(path, cwd))
		return buf_addf(why, "'%s' is the workspace, in it or around it", path), -1;
	for (size_t i = 0; i < t->paths.n; i++)
		if (overlap(path, t->paths.v[i]))
			return buf_addf(why, "'%s' overlaps '%s'", path, t->paths.v[i]), -1;
	buf_reset(why);
	(void)buf_addf(&line, "%s: %s", alias, path);
	if (!buf_ok(&line) || strv_add(&t->shown, line.p) < 0 || strv_add(&t->paths, path) < 0)
		return buf_addstr(why, "out of memory"), -1;
	return 0;
}

int
taskroots_read(struct taskroots *t, const struct request *rq, const char *cwd, struct buf *why)
{
	const struct json *d = &rq->doc;
	int list = request_get(rq, "context_roots");

	for (int n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *alias = json_get_cstr(d, n, "alias");
		CLEANUP(free) char *dir = json_get_cstr(d, n, "cwd");

		if (!alias || !dir)
			return buf_addstr(why, "context_roots: alias and cwd are strings"), -1;
		if (take(t, alias, request_trim(dir), cwd, why) < 0)
			return -1;
	}
	return 0;
}

void
taskroots_release(struct taskroots *t)
{
	strv_free(t->shown.v);
	strv_free(t->paths.v);
	*t = (struct taskroots){ .shown = { 0 } };
}
