/* SPDX-License-Identifier: MIT */
/* landscope: names, and whether they name anything. */
#include "landscope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "job.h"
#include "path.h"
#include "showname.h"

void
landscope_free(char **v)
{
	for (size_t i = 0; v && v[i]; i++)
		free(v[i]);
	free(v);
}

static int
allowed_files(const struct job *j, const char *workspace, char ***list)
{
	const struct json *d = &j->doc;
	int a = job_param(j, "allowed_files");
	size_t n = 0, rootlen = strlen(workspace);

	*list = NULL;
	if (json_type(d, a) != JSON_T_ARRAY || !json_len(d, a))
		return 0;
	char **v = calloc(json_len(d, a) + 1, sizeof(*v));

	for (int e = json_first(d, a); v && e >= 0; e = json_next(d, e)) {
		CLEANUP(free) char *s = json_cstr(d, e);
		const char *p = s;

		if (s && s[0] == '/' && path_below(s, workspace))
			p += rootlen;
		while (p && (*p == '/' || !strncmp(p, "./", 2) || !strcmp(p, ".")))
			p++;
		v[n] = p ? strdup(p) : NULL;
		if (!v[n]) {
			landscope_free(v);
			return -1;
		}
		for (size_t k = strlen(v[n]); k && v[n][k - 1] == '/'; )
			v[n][--k] = '\0';
		n++;
	}
	*list = v;
	return v ? 0 : -1;
}

int
landscope_limits(const struct job *j, const char *workspace, struct survey *s, char ***list)
{
	int64_t max = 0;

	if (json_int(&j->doc, job_param(j, "max_changed_files"), &max) == 0 && max > 0)
		s->max_files = (size_t)max;
	if (allowed_files(j, workspace, list) < 0)
		return -1;
	s->allowed = (const char *const *)*list;
	return 0;
}

static int
unknown(struct buf *why, const char *option, const char *name)
{
	(void)buf_addf(why, "%s '", option);	/* sticky; looked at by nobody: words */
	(void)show_name(why, name);
	(void)buf_addstr(why, "': the change has no such path (paths are those of the plan, "
		"from the top of the repository)");
	errno = EINVAL;
	return -1;
}

int
landscope_names(const struct plan *p, const char *const *accept, const char *const *only,
	struct buf *why)
{
	for (; only && *only; only++) {
		const char *const one[] = { *only, NULL };
		bool met = !strcmp(*only, ".");

		for (size_t i = 0; i < p->n && !met; i++)
			met = survey_covers(one, p->e[i].path);
		if (!met)
			return unknown(why, "only", *only);
	}
	/* "." stands for the number of files, which need not be too large. */
	for (; accept && *accept; accept++)
		if (strcmp(*accept, ".") && !plan_find(p, *accept, strlen(*accept)))
			return unknown(why, "accept", *accept);
	return 0;
}
