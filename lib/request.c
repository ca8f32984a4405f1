/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "envfile.h"
#include "reqopt.h"
#include "tool.h"

bool
request_form(int argc, char *const argv[])
{
	bool next;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (reqopt_own(argc, argv, i, "--tool", &next) ||
		    reqopt_own(argc, argv, i, "--request", &next))
			return true;
	return false;
}

/* The options of the form itself; true if there are others. */
static bool
own_options(int argc, char *const argv[], const char **tool, const char **file)
{
	bool others = false;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		bool next;
		const char *v = reqopt_own(argc, argv, i, "--tool", &next);

		if (v)
			*tool = v;
		else if ((v = reqopt_own(argc, argv, i, "--request", &next)))
			*file = v;
		else
			others = true;
		i += v && next;
	}
	return others;
}

bool
request_names(int argc, char *const argv[], const char *tool)
{
	const char *name = "", *file;

	(void)own_options(argc, argv, &name, &file);
	return !strcmp(name, tool);
}

static int
parse(struct request *rq, const struct tool *t, struct buf *why)
{
	size_t where;
	enum json_error e = json_parse(&rq->doc, rq->text->p, rq->text->len, &where);

	if (e)
		(void)buf_addf(why, "input: not JSON: %s at byte %zu", json_strerror(e), where);
	else if (!tool_check(t, &rq->doc, 0, why))
		return 0;
	errno = e == JSON_E_MEMORY ? ENOMEM : EINVAL;
	return -1;
}

static int
read_from(struct request *rq, const struct tool *t, const char *file, struct buf *why)
{
	int err;

	if (!reqopt_read(file, rq->text))
		return parse(rq, t, why);
	err = errno;
	(void)buf_addf(why, "cannot read the request '%s': %s", file, strerror(err));
	errno = err == EFBIG ? EINVAL : err;
	return -1;
}

int
request_read(struct request *rq, int argc, char *const argv[], const char *default_tool,
	struct buf *why)
{
	struct tool t;
	const char *name = default_tool, *file = NULL;
	bool others = own_options(argc, argv, &name, &file);
	int ret, err;

	memset(rq, 0, sizeof *rq);
	if (!name || (file && others)) {
		(void)buf_addstr(why, !name ? "--tool: required" :
			"--request: excludes other options");
		errno = EINVAL;
		return -1;
	}
	if (envfile_load(NULL, why)) {
		errno = errno == ENOMEM ? ENOMEM : EINVAL;
		return -1;
	}
	if (tool_load(&t, name)) {
		err = errno == EINVAL ? ENOENT : errno;
		(void)buf_addf(why, "cannot load the tool '%s': %s", name,
			err == ENOENT ? "no such tool" : strerror(err));
		errno = err;
		return -1;
	}
	rq->tool = strdup(name);
	rq->text = malloc(sizeof *rq->text);
	if (rq->text)
		buf_init(rq->text);
	errno = ENOMEM;
	if (!rq->tool || !rq->text)
		ret = -1;
	else if (file)
		ret = read_from(rq, &t, file, why);
	else
		ret = reqopt_json(&t, argc, argv, rq->text, why) ? -1 : parse(rq, &t, why);
	err = errno;
	tool_release(&t);
	if (ret)
		request_release(rq);
	errno = err;
	return ret;
}

void
request_release(struct request *rq)
{
	json_release(&rq->doc);
	if (rq->text)
		buf_release(rq->text);
	free(rq->text);
	free(rq->tool);
	memset(rq, 0, sizeof *rq);
}

int
request_get(const struct request *rq, const char *name)
{
	int n = json_get(&rq->doc, 0, name);

	return json_type(&rq->doc, n) == JSON_T_NULL ? JSON_ABSENT : n;
}

char *
request_str(const struct request *rq, const char *name)
{
	char *s = json_cstr(&rq->doc, request_get(rq, name));

	return s && !strncmp(rq->tool, "claude_", 7) ? request_trim(s) : s;
}

char *
request_trim(char *s)
{
	size_t from = strspn(s, " \t\r\n"), len = strlen(s + from);

	while (len && strchr(" \t\r\n", s[from + len - 1]))
		len--;
	memmove(s, s + from, len);
	s[len] = '\0';
	return s;
}

char *
request_job(const struct request *rq)
{
	static const char *const names[] = { "job_id", "run_id", "worktree_path" };
	char *name = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names && !name; i++)
		name = request_str(rq, names[i]);
	return name;
}

bool
request_bool(const struct request *rq, const char *name, bool dflt)
{
	bool b;

	return json_bool(&rq->doc, request_get(rq, name), &b) ? dflt : b;
}

int64_t
request_int(const struct request *rq, const char *name, int64_t dflt)
{
	int64_t i;

	return json_int(&rq->doc, request_get(rq, name), &i) ? dflt : i;
}
