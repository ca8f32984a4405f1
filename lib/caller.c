/* SPDX-License-Identifier: MIT */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "config.h"
#include "path.h"

#define SAID "JOBDIR_CALLER_SANDBOX"

int
caller_open(struct caller *c, struct buf *why)
{
	const char *said = getenv(SAID), *word = config_text("JOBDIR_CALLER", NULL);
	int profile, files, type;

	*c = (struct caller){ .is = CALLER_FREE, .entries = JSON_ABSENT };
	if (word && config_check(config_find("JOBDIR_CALLER"), word, why) < 0)
		return -1;
	if (!said || (word && !strcmp(word, "ignore")))
		return 0;
	c->is = CALLER_UNCLEAR;
	if (json_parse(&c->doc, said, strlen(said), NULL))
		return 0;
	profile = json_get(&c->doc, 0, "permissionProfile");
	type = json_get(&c->doc, profile, "type");
	files = json_get(&c->doc, profile, "file_system");
	c->entries = json_get(&c->doc, files, "entries");
	if (json_is(&c->doc, type, "disabled"))
		c->is = CALLER_FREE;
	else if (json_is(&c->doc, type, "managed") && json_type(&c->doc, c->entries) == JSON_T_ARRAY)
		c->is = CALLER_BOUND;
	else if (json_is(&c->doc, type, "managed") &&
	    json_is(&c->doc, json_get(&c->doc, files, "type"), "unrestricted"))
		c->is = CALLER_BOUND;
	return 0;
}

void
caller_close(struct caller *c)
{
	json_release(&c->doc);
}

/* Malloc'd: without symbolic links if it is there, else as it was named. */
static char *
really(const char *path)
{
	CLEANUP(fd) int fd = open(path, O_PATH | O_CLOEXEC);
	char *real = fd < 0 ? NULL : path_of_fd(fd);

	return real ? real : strdup(path);
}

/* Where an entry is: malloc'd, without symbolic links as far as it is there; NULL: unknown. */
static char *
place_of(const struct caller *c, int entry)
{
	const struct json *d = &c->doc;
	int path = json_get(d, entry, "path"), type = json_get(d, path, "type");
	int kind = json_path(d, path, "value.kind");
	const char *tmp = getenv("TMPDIR");
	CLEANUP(free) char *name = NULL;

	if (json_is(d, type, "path"))
		name = json_get_cstr(d, path, "path");
	else if (json_is(d, kind, "root"))
		name = strdup("/");
	else if (json_is(d, kind, "slash_tmp"))
		name = strdup("/tmp");
	else if (json_is(d, kind, "tmpdir"))
		name = strdup(tmp && *tmp == '/' ? tmp : "/tmp");
	return name && *name == '/' ? really(name) : NULL;
}

bool
caller_may_write(const struct caller *c, const char *path)
{
	const struct json *d = &c->doc;
	bool may = false;
	size_t best = 0;

	if (c->is != CALLER_BOUND)
		return c->is == CALLER_FREE;
	if (c->entries < 0)
		return true;
	/* The entry that says most exactly where wins; of two the one that forbids. */
	for (int e = json_first(d, c->entries); e >= 0; e = json_next(d, e)) {
		CLEANUP(free) char *place = place_of(c, e);
		bool writes = json_is(d, json_get(d, e, "access"), "write");
		size_t len = place ? strlen(place) : 0;

		if (!place && !writes)
			return false;	/* it may be about this one */
		if (!place || !path_below(path, place) || len < best)
			continue;
		may = len > best ? writes : may && writes;
		best = len;
	}
	return may;
}

bool
caller_may_connect(const struct caller *c)
{
	int network = json_path(&c->doc, 0, "permissionProfile.network");

	return c->is == CALLER_FREE || (c->is == CALLER_BOUND && json_is(&c->doc, network, "enabled"));
}

/* Of a list of paths those that may be written, in place; true: some may not. */
static bool
narrow_paths(const struct caller *c, char *list)
{
	char *save, *copy = strdup(list), *out = list;
	bool less = false;

	if (!copy)
		*list = '\0';
	for (char *p = copy ? strtok_r(copy, ":", &save) : NULL; p; p = strtok_r(NULL, ":", &save)) {
		CLEANUP(free) char *real = really(p);

		if (!caller_may_write(c, real ? real : p)) {
			less = true;
			continue;
		}
		if (out != list)
			*out++ = ':';
		out = stpcpy(out, p);
	}
	*out = '\0';
	free(copy);
	return less || !copy;
}

int
caller_narrow(struct buf *note, struct buf *why)
{
	const char *ports = config_text("JOBDIR_ALLOW_PORT", NULL);
	const char *writes = config_text("JOBDIR_ALLOW_WRITE", NULL);
	CLEANUP(free) char *list = writes ? strdup(writes) : NULL;
	struct caller c;
	int rc = 0;

	if (caller_open(&c, why) < 0)
		return -1;
	if (ports && !caller_may_connect(&c)) {
		rc = setenv("JOBDIR_ALLOW_PORT", "", 1);
		(void)buf_addstr(note, "the caller's sandbox has no network, so the job has none of the "
			"ports of JOBDIR_ALLOW_PORT");
	}
	if (writes && !rc && (!list || narrow_paths(&c, list))) {
		rc = list ? setenv("JOBDIR_ALLOW_WRITE", list, 1) : -1;
		(void)buf_addf(note, "%sthe caller's sandbox may not write all of JOBDIR_ALLOW_WRITE, so "
			"the job may not either", note->len ? "; " : "");
	}
	caller_close(&c);
	if (rc)
		(void)buf_addf(why, "cannot limit the job: %s", strerror(errno));
	return rc;
}
