/* SPDX-License-Identifier: MIT */
#include "strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
strv_own(struct strv *s, char *str)
{
	char **v = str ? realloc(s->v, (s->n + 2) * sizeof *v) : NULL;

	if (!v) {
		free(str);
		s->failed = true;
		return;
	}
	s->v = v;
	v[s->n++] = str;
	v[s->n] = NULL;
}

void
strv_push(struct strv *s, const char *str)
{
	strv_own(s, strdup(str));
}

int
strv_add(struct strv *s, const char *str)
{
	strv_push(s, str);
	if (s->failed)
		errno = ENOMEM;
	return s->failed ? -1 : 0;
}

void
strv_push2(struct strv *s, const char *flag, const char *value)
{
	strv_push(s, flag);
	strv_push(s, value);
}

char **
strv_finish(struct strv *s)
{
	char **v = s->v;

	if (s->failed) {
		strv_free(v);
		v = NULL;
	}
	*s = (struct strv){ 0 };
	if (!v)
		errno = ENOMEM;
	return v;
}

void
strv_free(char **v)
{
	for (char **p = v; p && *p; p++)
		free(*p);
	free(v);
}
