/* SPDX-License-Identifier: MIT */
#include "wsconf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "json.h"
#include "jsonw.h"
#include "path.h"
#include "secret.h"

#define SHOWN 10			/* of a list, in an answer */

enum kind { COMMAND, LINKS, SPARSE, SCRIPTS, TIMEOUT, DAYS, PASS };

static const struct field {
	const char *section;		/* NULL: of the file itself */
	const char *name;
	enum kind kind;
	int most;			/* elements of a list; the largest number */
	const char *want;
} fields[] = {
	{ NULL, "install", COMMAND, 0, "a command of 1 to 1000 bytes" },
	{ NULL, "test", COMMAND, 0, "a command of 1 to 1000 bytes" },
	{ NULL, "start", COMMAND, 0, "a command of 1 to 1000 bytes" },
	{ NULL, "symlink_directories", LINKS, 1000, "a list of absolute paths" },
	{ NULL, "sparse_paths", SPARSE, 1000, "a list of relative paths without '..'" },
	{ "verification", "allowedScripts", SCRIPTS, 50, "a list of at most 50 names of scripts" },
	{ "verification", "timeoutSec", TIMEOUT, 300, "an integer from 10 to 300" },
	{ "artifacts", "retentionDays", DAYS, 365, "an integer from 1 to 365" },
	{ "environment", "passthrough", PASS, 100, "a list of at most 100 names of plain variables" },
};
#define FIELDS (sizeof fields / sizeof fields[0])

static void
note(struct strv *list, const char *section, const char *name, const char *text)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	(void)buf_addf(&b, "%s%s%s%s%s", section ? section : "", section && name ? "." : "",
		name ? name : "", text ? ": " : "", text ? text : "");
	strv_own(list, buf_ok(&b) ? strdup(b.p) : NULL);
}

/* ---- values ---- */

static bool
name_of(const char *s, size_t max, const char *first, const char *rest)
{
	size_t n = strlen(s);

	return n && n <= max && strspn(s, first) && strspn(s, rest) == n;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool
element_ok(enum kind kind, const char *s)
{
	switch (kind) {
	case LINKS:
		return *s == '/';
	case SPARSE:
		return path_is_clean(s, strlen(s));
	case SCRIPTS:
		return name_of(s, 100, LETTERS DIGITS, LETTERS DIGITS ":_-");
	default:
		return name_of(s, 256, LETTERS "_", LETTERS DIGITS "_") && !secret_name(s, strlen(s));
	}
}

static bool
has(const struct strv *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], s))
			return true;
	return false;
}

/* The elements of a list, each once; false: one of them cannot be. */
static bool
take_list(struct wsconf *c, const struct field *f, const struct json *d, int list)
{
	struct strv seen = { 0 };
	bool good = json_type(d, list) == JSON_T_ARRAY && json_len(d, list) <= (size_t)f->most;

	for (int n = json_first(d, list); good && n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *s = json_cstr(d, n);

		good = s && element_ok(f->kind, s);
		if (good && has(&seen, s))
			note(&c->warnings, f->section, f->name, "a name is there twice");
		else if (good)
			strv_push(&seen, s);
	}
	c->errors.failed |= seen.failed;
	if (good && f->kind == SCRIPTS) {
		c->restricted = true;
		c->scripts = seen;
		return true;
	}
	if (good)
		c->count[f->kind == LINKS ? WSCONF_LINKS : f->kind == SPARSE ? WSCONF_SPARSE :
			WSCONF_PASS] = seen.n;
	strv_free(seen.v);
	return good;
}

static bool
take_number(const struct field *f, const struct json *d, int value, int64_t least, int64_t *out)
{
	return !json_int(d, value, out) && *out >= least && *out <= f->most;
}

static bool
take_value(struct wsconf *c, const struct field *f, const struct json *d, int value)
{
	if (f->kind == TIMEOUT)
		return take_number(f, d, value, 10, &c->timeout_sec);
	if (f->kind == DAYS)
		return take_number(f, d, value, 1, &c->retention_days);
	if (f->kind != COMMAND)
		return take_list(c, f, d, value);
	CLEANUP(free) char *s = json_cstr(d, value);

	return s && *s && strlen(s) <= 1000;
}

/* ---- members ---- */

static bool
same_section(const struct field *f, const char *section)
{
	return section ? f->section && !strcmp(f->section, section) : !f->section;
}

static const struct field *
field_named(const char *section, const struct json *d, int name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (same_section(&fields[i], section) && json_is(d, name, fields[i].name))
			return &fields[i];
	return NULL;
}

static void
take_object(struct wsconf *c, const char *section, const struct json *d, int object)
{
	if (json_type(d, object) != JSON_T_OBJECT) {
		note(&c->errors, section ? section : "file", NULL, "is not an object");
		return;
	}
	for (int n = json_first(d, object); n >= 0; n = json_next(d, n)) {
		const struct field *f = field_named(section, d, n);
		const char *sub = NULL;

		for (size_t i = 0; !section && i < FIELDS; i++)
			if (fields[i].section && json_is(d, n, fields[i].section))
				sub = fields[i].section;
		if (f && !section)
			strv_push(&c->fields, f->name);
		if (sub) {
			strv_push(&c->fields, sub);
			take_object(c, sub, d, json_value(d, n));
		} else if (!f) {
			note(&c->warnings, section, NULL, section ? "a member that means nothing" :
				"the file has a member that means nothing");
		} else if (!take_value(c, f, d, json_value(d, n))) {
			note(&c->errors, f->section, f->name, f->want);
		}
	}
}

int
wsconf_parse(struct wsconf *c, const char *text, size_t len)
{
	struct json d;
	enum json_error e = json_parse(&d, text, len, NULL);

	if (e == JSON_E_MEMORY)
		return errno = ENOMEM, -1;
	if (e != JSON_OK)
		note(&c->errors, "file", NULL, json_strerror(e));
	else
		take_object(c, NULL, &d, 0);
	json_release(&d);
	if (!c->errors.failed && !c->warnings.failed && !c->fields.failed)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* A regular file of ours or a stranger's, below the directory, through no link. */
int
wsconf_read(struct wsconf *c, int cwd_fd)
{
	CLEANUP(fd) int fd = path_open(cwd_fd, WSCONF_FILE, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct stat st;

	*c = (struct wsconf){ .exists = fd >= 0 || (errno != ENOENT && errno != ENOTDIR) };
	if (!c->exists)
		return 0;
	if (fd < 0)
		note(&c->errors, "file", NULL, strerror(errno));
	else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		note(&c->errors, "file", NULL, "is not a regular file");
	else if (buf_read(&text, fd, WSCONF_MAX) < 0)
		note(&c->errors, "file", NULL, strerror(errno));
	else
		return wsconf_parse(c, text.p, text.len);
	return c->errors.failed ? (errno = ENOMEM, -1) : 0;
}

void
wsconf_release(struct wsconf *c)
{
	strv_free(c->scripts.v);
	strv_free(c->fields.v);
	strv_free(c->errors.v);
	strv_free(c->warnings.v);
	*c = (struct wsconf){ 0 };
}

/* ---- use ---- */

const char *
wsconf_refused(const struct wsconf *c, char *const *words)
{
	static const char *const managers[] = { "npm", "yarn", "pnpm", "bun", "composer" };
	const char *script;
	bool known = false;

	for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++)
		known |= words[0] && !strcmp(words[0], managers[i]);
	if (!c->restricted || !known || !words[1])
		return NULL;
	script = strcmp(words[1], "run") ? words[1] : words[2] ? words[2] : "run";
	return has(&c->scripts, script) ? NULL : script;
}

static void
few(struct jsonw *w, const char *name, const struct strv *list)
{
	jsonw_mstrs(w, name, list->v, list->n < SHOWN ? list->n : SHOWN);
}

void
wsconf_write(struct jsonw *w, const char *member, const struct wsconf *c)
{
	jsonw_key(w, member);
	jsonw_object(w);
	jsonw_mbool(w, "exists", c->exists);
	jsonw_mstr(w, "path", WSCONF_FILE);
	jsonw_mbool(w, "ok", !c->errors.n);
	if (c->exists) {
		jsonw_mstrs(w, "fields_present", c->fields.v, c->fields.n);
		if (c->restricted)
			few(w, "verification_allowed_scripts", &c->scripts);
		if (c->restricted)
			jsonw_mint(w, "verification_allowed_scripts_count", (int64_t)c->scripts.n);
		if (c->timeout_sec)
			jsonw_mint(w, "verification_timeout_sec", c->timeout_sec);
		if (c->retention_days)
			jsonw_mint(w, "artifacts_retention_days", c->retention_days);
		jsonw_mint(w, "symlink_directories_count", (int64_t)c->count[WSCONF_LINKS]);
		jsonw_mint(w, "sparse_paths_count", (int64_t)c->count[WSCONF_SPARSE]);
		jsonw_mint(w, "environment_passthrough_count", (int64_t)c->count[WSCONF_PASS]);
		few(w, "errors", &c->errors);
		few(w, "warnings", &c->warnings);
	}
	jsonw_end(w);
}
