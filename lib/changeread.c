/* SPDX-License-Identifier: MIT */
/* changeread: from JSON back to struct change. */
#include "changeread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "job.h"
#include "json.h"
#include "path.h"
#include "store.h"

static int
bad(struct buf *why, const char *what)
{
	if (why)
		(void)buf_addf(why, "changes.json is damaged: %s", what);
	errno = EBADMSG;
	return -1;
}

/* A clean path; malloc'd, or NULL. */
static char *
read_path(const struct json *d, int obj, const char *name)
{
	char *path = json_get_path(d, obj, name);

	if (path && path_is_clean(path, strlen(path)))
		return path;
	free(path);
	return NULL;
}

/* Absent: "". Else a valid id. */
static int
read_oid(const struct json *d, int node, char oid[GIT_OID_MAX + 1])
{
	CLEANUP(free) char *s = json_cstr(d, node);

	oid[0] = '\0';
	if (json_type(d, node) == JSON_T_ABSENT || json_type(d, node) == JSON_T_NULL)
		return 0;
	if (!s || !git_oid_valid(s))
		return -1;
	memcpy(oid, s, strlen(s) + 1);
	return 0;
}

static int
read_mode(const struct json *d, int node, unsigned *mode)
{
	static const unsigned known[] = { GIT_MODE_FILE, GIT_MODE_EXEC, GIT_MODE_LINK };
	CLEANUP(free) char *s = json_cstr(d, node);

	*mode = 0;
	if (!s)
		return json_type(d, node) == JSON_T_ABSENT ? 0 : -1;
	*mode = (unsigned)strtoul(s, NULL, 8);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (*mode == known[i])
			return 0;
	return -1;
}

static int
read_file(const struct json *d, int n, struct change_file *f)
{
	CLEANUP(free) char *status = json_get_cstr(d, n, "status");
	int marks = json_get(d, n, "marks");

	if (!status || !strchr("AMDT", *status) || !*status || status[1] ||
		read_mode(d, json_get(d, n, "old_mode"), &f->old_mode) < 0 ||
		read_mode(d, json_get(d, n, "new_mode"), &f->new_mode) < 0 ||
		read_oid(d, json_get(d, n, "old"), f->old) < 0 ||
		read_oid(d, json_get(d, n, "new"), f->new) < 0)
		return -1;
	f->status = *status;
	if ((*f->old == '\0') != (f->status == 'A') || (*f->new == '\0') != (f->status == 'D') ||
		!f->old_mode != !*f->old || !f->new_mode != !*f->new)
		return -1;
	f->binary = json_get_bool(d, n, "binary", false);
	f->added = json_get_int(d, n, "added", 0);
	f->deleted = json_get_int(d, n, "deleted", 0);
	for (int m = json_first(d, marks); m >= 0; m = json_next(d, m)) {
		CLEANUP(free) char *name = json_cstr(d, m);
		f->marks |= name ? change_mark_parse(name) : 0;
	}
	return (f->path = read_path(d, n, "path")) ? 0 : -1;
}

static int
read_files(const struct json *d, int array, struct change *c)
{
	size_t n = json_len(d, array);

	if (json_type(d, array) != JSON_T_ARRAY || !(c->files = calloc(n + 1, sizeof(*c->files))))
		return -1;
	for (int e = json_first(d, array); e >= 0; e = json_next(d, e)) {
		if (read_file(d, e, &c->files[c->nfiles]) < 0)
			return -1;
		c->nfiles++;
		if (c->nfiles > 1 && strcmp(c->files[c->nfiles - 2].path,
			c->files[c->nfiles - 1].path) >= 0)
			return -1;
	}
	return 0;
}

static int
read_renames(const struct json *d, int array, struct change *c)
{
	c->renames = calloc(json_len(d, array) + 1, sizeof(*c->renames));
	if (!c->renames)
		return -1;
	for (int e = json_first(d, array); e >= 0; e = json_next(d, e)) {
		struct change_rename *r = &c->renames[c->nrenames++];
		r->from = read_path(d, e, "from");
		r->to = read_path(d, e, "to");
		r->similarity = (int)json_get_int(d, e, "similarity", 0);
		if (!r->from || !r->to)
			return -1;
	}
	return 0;
}

static int
read_reasons(const struct json *d, int array, struct change_reason **list, size_t *n)
{
	for (int e = json_first(d, array); e >= 0; e = json_next(d, e)) {
		CLEANUP(free) char *path = read_path(d, e, "path");
		CLEANUP(free) char *reason = json_get_cstr(d, e, "reason");
		if (!path || !reason || change_add_reason(list, n, path, reason) < 0)
			return -1;
	}
	return 0;
}

static int
read_strings(const struct json *d, int array, char ***list, size_t *n)
{
	for (int e = json_first(d, array); e >= 0; e = json_next(d, e)) {
		CLEANUP(free) char *s = json_cstr(d, e);
		if (!s || change_add_string(list, n, s) < 0)
			return -1;
	}
	return 0;
}

static int
read_all(const struct json *d, struct change *c)
{
	int left = json_get(d, 0, "left_out"), patch = json_get(d, 0, "patch");
	CLEANUP(free) char *format = json_get_cstr(d, 0, "object_format");
	CLEANUP(free) char *sum = json_get_cstr(d, patch, "sha256");

	if (!format || strlen(format) >= sizeof(c->format) || !sum || strlen(sum) != 64)
		return -1;
	memcpy(c->format, format, strlen(format) + 1);
	memcpy(c->patch_sha256, sum, 65);
	c->patch_bytes = json_get_int(d, patch, "bytes", -1);
	c->snapshot = json_true(d, json_path(d, 0, "base.snapshot"));
	c->added = json_get_int(d, json_get(d, 0, "stat"), "added", 0);
	c->deleted = json_get_int(d, json_get(d, 0, "stat"), "deleted", 0);
	c->ignored_total = (size_t)json_get_int(d, json_get(d, left, "ignored"), "count", 0);
	if (read_oid(d, json_path(d, 0, "base.tree"), c->base) < 0 || !*c->base ||
		read_oid(d, json_path(d, 0, "base.commit"), c->commit) < 0 ||
		read_oid(d, json_get(d, 0, "tree"), c->tree) < 0 || !*c->tree)
		return -1;
	if (read_files(d, json_get(d, 0, "files"), c) < 0 ||
		read_renames(d, json_get(d, 0, "renames"), c) < 0 ||
		read_reasons(d, json_get(d, 0, "refused"), &c->refused, &c->nrefused) < 0 ||
		read_reasons(d, json_get(d, left, "special"), &c->special, &c->nspecial) < 0 ||
		read_strings(d, json_path(d, left, "ignored.first"), &c->ignored, &c->nignored) < 0)
		return -1;
	return read_strings(d, json_get(d, 0, "notes"), &c->notes, &c->nnotes);
}

int
change_read(int jobfd, struct change *c, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d;
	int rc = -1;

	change_init(c);
	if (store_read(jobfd, JOB_CHANGES, &text, JSON_MAX) < 0)
		return -1;
	enum json_error e = json_parse(&d, text.p, text.len, NULL);
	if (e != JSON_OK) {
		json_release(&d);
		return bad(why, json_strerror(e));
	}
	if (json_get_int(&d, 0, "format", 0) != 1) {
		if (why)
			(void)buf_addstr(why, "changes.json has a format this version does not know");
		errno = EPROTO;
	} else if (read_all(&d, c) < 0) {
		rc = bad(why, "a member is missing or not as it should be");
	} else {
		c->sealed = true;
		rc = 0;
	}
	int saved = errno;
	json_release(&d);
	if (rc < 0)
		change_release(c);
	errno = saved;
	return rc;
}
