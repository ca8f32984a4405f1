/* SPDX-License-Identifier: MIT */
#include "reqopt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "jsonw.h"
#include "num.h"
#include "tool.h"

/* The value of one member, as it grows from options. */
struct member {
	char *name;
	struct buf json;	/* its JSON text; an array's elements with commas */
	bool array, done;
};

struct options {
	const struct tool *tool;
	struct member *list;
	size_t n;
	struct buf *why;
};

static int
refuse(struct buf *why, const char *who, const char *reason)
{
	if (why->len)
		(void)buf_addstr(why, "; ");
	(void)buf_addf(why, "%s: %s", who, reason);
	errno = EINVAL;
	return -1;
}

const char *
reqopt_own(int argc, char *const argv[], int i, const char *name, bool *next)
{
	size_t len = strlen(name);

	*next = false;
	if (strncmp(argv[i], name, len))
		return NULL;
	if (argv[i][len] == '=')
		return argv[i] + len + 1;
	*next = argv[i][len] == '\0';
	return !*next ? NULL : i + 1 < argc ? argv[i + 1] : "";
}

/* "older-than-hours" to older_than_hours; malloc'd. */
static char *
member_name(const char *option, size_t len)
{
	char *name = strndup(option, len);

	for (char *p = name; p && *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

static bool
allows(const struct tool *t, const char *name, const char *type)
{
	const struct json *d = &t->doc;
	int props = json_get(d, tool_get(t, "inputSchema"), "properties");
	int types = json_get(d, json_get(d, props, name), "type");

	if (json_type(d, types) != JSON_T_ARRAY)
		return json_is(d, types, type);
	for (int n = json_first(d, types); n >= 0; n = json_next(d, n))
		if (json_is(d, n, type))
			return true;
	return false;
}

static bool
is_member(const struct tool *t, const char *name)
{
	int props = json_get(&t->doc, tool_get(t, "inputSchema"), "properties");

	return json_get(&t->doc, props, name) >= 0;
}

static bool
has_string_items(const struct tool *t, const char *name)
{
	const struct json *d = &t->doc;
	int props = json_get(d, tool_get(t, "inputSchema"), "properties");

	return allows(t, name, "array") &&
		json_is(d, json_path(d, json_get(d, props, name), "items.type"), "string");
}

static struct member *
member_of(struct options *o, const char *name)
{
	struct member *m;

	for (size_t i = 0; i < o->n; i++)
		if (!strcmp(o->list[i].name, name))
			return &o->list[i];
	m = realloc(o->list, (o->n + 1) * sizeof *m);
	if (!m)
		return NULL;
	o->list = m;
	m += o->n;
	memset(m, 0, sizeof *m);
	buf_init(&m->json);
	m->name = strdup(name);
	if (!m->name)
		return NULL;
	o->n++;
	return m;
}

static bool
is_json(const char *p, size_t len)
{
	struct json d;
	bool good = json_parse(&d, p, len, NULL) == JSON_OK;

	json_release(&d);
	return good;
}

/*
 * The text of an option as its member's JSON. What does not look like the type
 * wanted becomes a string, so that the schema words the refusal.
 */
static int
put_value(struct options *o, const char *name, const char *p, size_t len)
{
	const struct tool *t = o->tool;
	struct member *m = member_of(o, name);
	bool text = allows(t, name, "string"), raw;

	if (!m)
		return -1;
	if (!num_is_utf8(p, len))
		return refuse(o->why, name, "not UTF-8");
	if (has_string_items(t, name) && !text) {
		if (m->done)
			return refuse(o->why, name, "given and refused at once");
		m->array = true;
		if (m->json.len)
			(void)buf_addch(&m->json, ',');
		return jsonw_quote(&m->json, p, len);
	}
	if (m->done)
		return refuse(o->why, name, "given twice");
	m->done = true;
	raw = (len == 4 && !memcmp(p, "null", 4) && allows(t, name, "null")) ||
		(!text && is_json(p, len));
	return raw ? buf_add(&m->json, p, len) : jsonw_quote(&m->json, p, len);
}

/* --no-flag: false, or the empty array. */
static int
put_no(struct options *o, const char *name)
{
	struct member *m = member_of(o, name);

	if (!m)
		return -1;
	if (m->done || m->array)
		return refuse(o->why, name, "given twice");
	m->done = true;
	return buf_addstr(&m->json, allows(o->tool, name, "boolean") ? "false" : "[]");
}

int
reqopt_read(const char *file, struct buf *out)
{
	CLEANUP(fd) int fd = -1;

	if (!strcmp(file, "-"))
		return buf_read(out, STDIN_FILENO, REQUEST_MAX);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : buf_read(out, fd, REQUEST_MAX);
}

static int
put_file(struct options *o, const char *name, const char *file)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (reqopt_read(file, &text)) {
		CLEANUP(buf) struct buf said = BUF_INIT;

		(void)buf_addf(&said, "cannot read '%s': %s", file, strerror(errno));
		return refuse(o->why, name, said.p);
	}
	if (!num_is_utf8(text.p, text.len))
		return refuse(o->why, name, "the file is not UTF-8 text");
	return put_value(o, name, text.p, text.len);
}

/* One option at argv[i]. The number of arguments used, or -1. */
static int
take_option(struct options *o, int argc, char *const argv[], int i)
{
	const char *opt = argv[i] + 2, *eq = strchr(opt, '=');
	size_t len = eq ? (size_t)(eq - opt) : strlen(opt);
	CLEANUP(free) char *name = member_name(opt, len);
	const char *value = eq ? eq + 1 : i + 1 < argc ? argv[i + 1] : NULL;
	bool file = false;

	if (!name)
		return -1;
	if (!eq && !is_member(o->tool, name) && !strncmp(name, "no_", 3) &&
	    (allows(o->tool, name + 3, "boolean") || allows(o->tool, name + 3, "array")))
		return put_no(o, name + 3) ? -1 : 1;
	if (!eq && allows(o->tool, name, "boolean"))
		return put_value(o, name, "true", 4) ? -1 : 1;
	if (!is_member(o->tool, name) && len > 5 && !strcmp(name + len - 5, "_file")) {
		name[len - 5] = '\0';
		file = allows(o->tool, name, "string");
	}
	if (!file && !is_member(o->tool, name))
		return refuse(o->why, argv[i], "unknown option");
	if (!value)
		return refuse(o->why, argv[i], "needs a value");
	if (file ? put_file(o, name, value) : put_value(o, name, value, strlen(value)))
		return -1;
	return eq ? 1 : 2;
}

static int
member_options(struct options *o, int argc, char *const argv[])
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--")) {
		bool next;
		int used;

		if (reqopt_own(argc, argv, i, "--tool", &next) ||
		    reqopt_own(argc, argv, i, "--request", &next)) {
			i += next ? 2 : 1;
			continue;
		}
		if (strncmp(argv[i], "--", 2))
			return refuse(o->why, argv[i], "not an option");
		used = take_option(o, argc, argv, i);
		if (used < 0)
			return -1;
		i += used;
	}
	return i + 1 < argc ? refuse(o->why, argv[i + 1], "not an option") : 0;
}

static int
write_members(const struct options *o, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	for (size_t i = 0; i < o->n; i++) {
		const struct member *m = &o->list[i];

		jsonw_key(&w, m->name);
		if (m->array) {
			jsonw_array(&w);
			jsonw_raw(&w, m->json.p, m->json.len);
			jsonw_end(&w);
		} else {
			jsonw_raw(&w, m->json.p, m->json.len);
		}
	}
	jsonw_end(&w);
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}

int
reqopt_json(const struct tool *t, int argc, char *const argv[], struct buf *out, struct buf *why)
{
	struct options o = { .tool = t, .why = why };
	int ret = member_options(&o, argc, argv), err;

	if (!ret)
		ret = write_members(&o, out);
	err = errno;
	for (size_t i = 0; i < o.n; i++) {
		free(o.list[i].name);
		buf_release(&o.list[i].json);
	}
	free(o.list);
	errno = err;
	return ret;
}
