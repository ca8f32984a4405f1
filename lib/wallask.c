/* SPDX-License-Identifier: MIT */
#include "wallask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "job.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"

const char *const wallask_names[] = { "confine", "allow-read", "allow-write", "allow-port", NULL };
static const char *const params[] = { "confine", "allow_read", "allow_write", "allow_port" };
enum { CONFINE, READ, WRITE, PORT, KINDS };
_Static_assert(sizeof params / sizeof *params == KINDS, "a parameter per option");

int
wallask_init(struct wallask *a, size_t room)
{
	*a = (struct wallask){ .given = calloc(room + 1, sizeof *a->given) };
	return a->given ? 0 : -1;
}

/* The value, if option is of this kind. */
static const char *
value_of(const char *option, int kind)
{
	size_t n = strlen(wallask_names[kind]);

	return !strncmp(option, wallask_names[kind], n) && option[n] == '=' ? option + n + 1 : NULL;
}

int
wallask_add(struct wallask *a, int which, const char *value)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (buf_addf(&b, "%s=%s", wallask_names[which], value) < 0)
		return -1;
	a->given[a->n] = buf_steal(&b);	/* for the life of the program */
	return a->given[a->n++] ? 0 : -1;
}

int
wallask_strip(struct wallask *a, int argc, char *argv[])
{
	int to = 1, i = 1;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		bool ours = false;

		for (int k = 0; k < KINDS && !ours; k++)
			ours = !strncmp(argv[i], "--", 2) && value_of(argv[i] + 2, k);
		if (ours)
			a->given[a->n++] = argv[i] + 2;
		else
			argv[to++] = argv[i];
	}
	while (i < argc)
		argv[to++] = argv[i++];
	argv[to] = NULL;
	return to;
}

static bool
given(const struct wallask *a, int kind)
{
	for (size_t i = 0; i < a->n; i++)
		if (value_of(a->given[i], kind))
			return true;
	return false;
}

bool
wallask_gives(const struct wallask *a, const char *param, size_t len)
{
	for (int k = 0; k < KINDS; k++)
		if (strlen(params[k]) == len && !memcmp(params[k], param, len))
			return given(a, k);
	return false;
}

static int
refuse(struct buf *why, int kind, const char *wants, const char *value)
{
	(void)buf_addf(why, "--%s wants %s, not '%s'", wallask_names[kind], wants, value);
	errno = EINVAL;
	return -1;
}

static int
write_confine(const char *value, struct jsonw *w, struct buf *why)
{
	if (strcmp(value, "require") && strcmp(value, "prefer") && strcmp(value, "off"))
		return refuse(why, CONFINE, "require, prefer or off", value);
	jsonw_mstr(w, params[CONFINE], value);
	return 0;
}

static int
write_value(int kind, const char *value, struct jsonw *w, struct buf *why)
{
	CLEANUP(fd) int fd = -1;
	CLEANUP(free) char *path = NULL;
	int64_t port;

	if (kind == PORT) {
		if (num_parse(value, 1, 65535, &port) < 0)
			return refuse(why, PORT, "a number from 1 to 65535", value);
		jsonw_int(w, port);
		return 0;
	}
	fd = open(value, O_PATH | O_CLOEXEC);
	path = fd < 0 ? NULL : path_of_fd(fd);
	if (!path || !num_is_utf8(path, strlen(path)))
		return refuse(why, kind, "something that is there, named in UTF-8", value);
	jsonw_cstr(w, path);
	return 0;
}

int
wallask_write(const struct wallask *a, struct jsonw *w, struct buf *why)
{
	const char *confine = NULL;

	for (size_t i = 0; i < a->n; i++)
		if (value_of(a->given[i], CONFINE))
			confine = value_of(a->given[i], CONFINE);	/* the last one counts */
	if (confine && write_confine(confine, w, why) < 0)
		return -1;
	for (int k = READ; k < KINDS; k++) {
		if (!given(a, k))
			continue;
		jsonw_key(w, params[k]);
		jsonw_array(w);
		for (size_t i = 0; i < a->n; i++)
			if (value_of(a->given[i], k) &&
			    write_value(k, value_of(a->given[i], k), w, why) < 0)
				return -1;
		jsonw_end(w);
	}
	return 0;
}

int
wallask_each(const struct job *j, const char *param, int (*each)(void *arg, const char *value),
	void *arg)
{
	const struct json *d = &j->doc;
	int list = job_param(j, param);

	if (list < 0 || json_type(d, list) == JSON_T_NULL)
		return 0;
	if (json_type(d, list) != JSON_T_ARRAY) {
		errno = EBADMSG;
		return -1;
	}
	for (int e = json_first(d, list); e >= 0; e = json_next(d, e)) {
		CLEANUP(buf) struct buf number = BUF_INIT;
		CLEANUP(free) char *text = json_cstr(d, e);
		int64_t n;

		if (!text && json_int(d, e, &n) == 0)
			(void)buf_addf(&number, "%lld", (long long)n);
		if (!text && !number.len)
			return errno = EBADMSG, -1;
		if (each(arg, text ? text : number.p) < 0)
			return -1;
	}
	return 0;
}
