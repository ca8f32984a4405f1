/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "home.h"
#include "schema.h"

static const char *const hints[] = {
	"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint",
};

bool
tool_name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len > 0 && len <= TOOL_NAME_MAX && name[len] == '\0' && name[0] >= 'a';
}

/* An installed manifest may be a symbolic link (package managers do that). */
static int
read_manifest(const char *dir, const char *name, struct buf *out)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(fd) int fd = -1;

	if (buf_addf(&path, "%s/%s.json", dir, name))
		return -1;
	fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -1 : buf_read(out, fd, TOOL_MANIFEST_MAX);
}

static bool
is_whole(const struct json *d, const char *name)
{
	int note = json_get(d, 0, "annotations");

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (json_type(d, json_get(d, note, hints[i])) != JSON_T_BOOL)
			return false;
	return json_is(d, json_get(d, 0, "name"), name) &&
		json_type(d, json_get(d, 0, "title")) == JSON_T_STRING &&
		json_type(d, json_get(d, 0, "description")) == JSON_T_STRING &&
		json_type(d, json_get(d, 0, "inputSchema")) == JSON_T_OBJECT &&
		(json_type(d, json_get(d, 0, "outputSchema")) == JSON_T_OBJECT ||
		    json_true(d, json_get(d, 0, "raw"))) &&
		json_type(d, json_get(d, 0, "toolset")) == JSON_T_STRING &&
		json_type(d, json_path(d, 0, "run.0")) == JSON_T_STRING;
}

char *
tool_command(const struct tool *t)
{
	CLEANUP(free) char *run = json_cstr(&t->doc, json_path(&t->doc, 0, "run.0"));
	CLEANUP(free) char *path = NULL;

	if (t->dir && run && !strncmp(run, "./", 2) && run[2] != '.' && !strchr(run + 2, '/')) {
		if (asprintf(&path, "%s/%s", t->dir, run + 2) < 0)
			path = NULL;
	} else if (run && !strncmp(run, "jobdir-", 7) && !strchr(run, '/')) {
		path = home_command(run + 7);
	} else {
		errno = EBADMSG;
		return NULL;
	}
	if (!path || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS))
		return NULL;
	return steal_ptr(&path);
}

/* From a directory of manifests; ours: the installed ones. */
static int
load(struct tool *t, const char *dir, const char *name, bool ours)
{
	int err;

	memset(t, 0, sizeof *t);
	if (!tool_name_valid(name)) {
		errno = EINVAL;
		return -1;
	}
	t->name = strdup(name);
	t->dir = ours ? NULL : strdup(dir);
	t->text = malloc(sizeof *t->text);
	if (t->text)
		buf_init(t->text);
	if (!t->name || !t->text || (!ours && !t->dir)) {
		tool_release(t);
		errno = ENOMEM;
		return -1;
	}
	if (!read_manifest(dir, name, t->text)) {
		if (!json_parse(&t->doc, t->text->p, t->text->len, NULL) &&
		    is_whole(&t->doc, name))
			return 0;
		errno = EBADMSG;
	}
	err = errno;
	tool_release(t);
	errno = err;
	return -1;
}

/* malloc'd path of the directory of the installed manifests, or NULL. */
static char *
installed(void)
{
	CLEANUP(free) char *data = home_data();
	CLEANUP(buf) struct buf dir = BUF_INIT;

	return data && !buf_addf(&dir, "%s/tools", data) ? buf_steal(&dir) : NULL;
}

int
tool_load(struct tool *t, const char *name)
{
	CLEANUP(free) char *dir = installed();

	memset(t, 0, sizeof *t);
	return dir ? load(t, dir, name, true) : -1;
}

void
tool_release(struct tool *t)
{
	json_release(&t->doc);
	if (t->text)
		buf_release(t->text);
	free(t->text);
	free(t->name);
	free(t->dir);
	memset(t, 0, sizeof *t);
}

int
tool_get(const struct tool *t, const char *member)
{
	return json_get(&t->doc, 0, member);
}

int
tool_check(const struct tool *t, const struct json *value, int v, struct buf *why)
{
	int n = schema_check(&t->doc, tool_get(t, "inputSchema"), value, v, why);
	int rules = tool_get(t, "rules");

	for (int r = json_first(&t->doc, rules); r >= 0 && !n; r = json_next(&t->doc, r))
		n = schema_check(&t->doc, r, value, v, why);
	return n;
}

static int
manifests(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && e->d_name[0] != '.' && !strcmp(e->d_name + len - 5, ".json");
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* 1: t is one to list; 0: it is not; -1: errno. */
static int
pick(struct tool *t, const char *dir, const char *file, bool ours, const char *toolset,
	int *bad)
{
	CLEANUP(free) char *command = NULL;
	char name[TOOL_NAME_MAX + 1];
	size_t len = strlen(file) - 5;

	if (len > TOOL_NAME_MAX) {
		++*bad;
		return 0;
	}
	memcpy(name, file, len);
	name[len] = '\0';
	if (load(t, dir, name, ours)) {
		if (errno == ENOMEM)
			return -1;
		++*bad;
		return 0;
	}
	command = tool_command(t);
	if (command && (!toolset || json_is(&t->doc, tool_get(t, "toolset"), toolset)))
		return 1;
	tool_release(t);
	return 0;
}

int
tool_all(struct tool **list, const char *from, const char *toolset, int *bad)
{
	CLEANUP(free) char *dir = from ? strdup(from) : installed();
	struct dirent **files;
	int n = 0, count, err = 0;

	*list = NULL;
	*bad = 0;
	if (!dir)
		return -1;
	count = scandir(dir, &files, manifests, by_name);
	if (count < 0)
		return -1;
	*list = calloc((size_t)count + 1, sizeof **list);
	if (!*list)
		err = ENOMEM;
	for (int i = 0; i < count; i++) {
		int got = err ? 0 : pick(&(*list)[n], dir, files[i]->d_name, !from,
			toolset, bad);

		if (got < 0)
			err = errno;
		n += got > 0;
		free(files[i]);
	}
	free(files);
	if (!err)
		return n;
	tool_free_all(*list, n);
	*list = NULL;
	errno = err;
	return -1;
}

void
tool_free_all(struct tool *list, int n)
{
	for (int i = 0; i < n; i++)
		tool_release(&list[i]);
	free(list);
}
