/* SPDX-License-Identifier: MIT */
#include "leak.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "envfile.h"
#include "job.h"
#include "jsonw.h"
#include "path.h"
#include "redact.h"
#include "redacttype.h"
#include "redactuser.h"
#include "showname.h"
#include "store.h"

#define PATCH_MAX ((size_t)64 << 20)
#define CHUNK ((size_t)64 << 10)
#define HEAD_MAX ((size_t)32 << 10)	/* of a line that is no content: names take 4 bytes a byte */
#define VALUE_MAX ((size_t)4 << 20)
#define UNDECIDED ((size_t)4 * REDACT_OPEN + VALUE_MAX)	/* a match begins no further back */

/* Where a line of added text begins in what the redactor is fed. */
struct place {
	size_t at, line;
	char *path;			/* borrowed from paths */
};

struct search {
	struct leaks *found;
	struct redact *redact;
	struct buf places, none, head;
	struct buf paths;		/* char *, each owned */
	char *path;			/* the last of them, or NULL */
	size_t fed, line, old_left, new_left;
	char kind;			/* of the content line we are in; 0: at the start of one */
	bool failed;
};

/* The name of "+++ b/NAME" or "+++ "b/NAME"", NULL where it is /dev/null. */
static char *
name_of(const char *p)
{
	CLEANUP(buf) struct buf name = BUF_INIT;
	size_t n = strlen(p);

	if (*p == '"' && !show_name_unquote(&name, p))
		return NULL;
	if (*p != '"') {
		if (n && p[n - 1] == '\t')	/* git's, after a name with a blank */
			n--;
		(void)buf_add(&name, p, n);
	}
	if (!buf_ok(&name) || strncmp(name.p, "b/", 2))
		return NULL;
	return strdup(name.p + 2);
}

static void
begin_hunk(struct search *s, const char *p)
{
	unsigned long long old = 1, new_line = 0, new = 1;
	const char *plus = strchr(p, '+'), *comma = strchr(p, ',');

	if (!plus || sscanf(plus, "+%llu", &new_line) != 1)
		return;
	if (comma && comma < plus)
		(void)sscanf(comma, ",%llu", &old);	/* absent: 1 */
	comma = strchr(plus, ',');
	if (comma && comma < plus + strcspn(plus, " "))
		(void)sscanf(comma, ",%llu", &new);
	s->line = (size_t)new_line;
	s->old_left = (size_t)old;
	s->new_left = (size_t)new;
}

/* A whole line that is no content. */
static void
header(struct search *s)
{
	const char *p = s->head.p;

	if (!strncmp(p, "diff --git ", 11)) {
		s->path = NULL;
	} else if (!strncmp(p, "+++ ", 4)) {
		s->path = name_of(p + 4);
		if (s->path && buf_add(&s->paths, &s->path, sizeof s->path) < 0)
			s->failed = true;
	} else if (!strncmp(p, "@@ ", 3)) {
		begin_hunk(s, p);
	}
}

static void
begin_content(struct search *s, char kind)
{
	struct place here = { s->fed, s->line, s->path };

	s->kind = kind;
	if (kind == '+' && s->path && buf_add(&s->places, &here, sizeof here) < 0)
		s->failed = true;
	s->old_left -= (kind == ' ' || kind == '-') && s->old_left;
	s->new_left -= (kind == ' ' || kind == '+') && s->new_left;
	s->line += kind == ' ' || kind == '+';
}

static void
add_text(struct search *s, const char *p, size_t n)
{
	if (redact_feed(s->redact, p, n, &s->none) < 0)
		s->failed = true;
	buf_reset(&s->none);
	s->fed += n;
}

/* n bytes of one line; ends: with its newline. */
static void
piece(struct search *s, const char *p, size_t n, bool ends)
{
	bool content = s->kind || (!s->head.len && (s->old_left || s->new_left));

	if (content && !s->kind) {
		begin_content(s, *p);
		p++;
		n--;
	}
	if (s->kind == '+' && s->path)
		add_text(s, p, n);
	if (!content && s->head.len < HEAD_MAX)
		(void)buf_add(&s->head, p, n - ends);	/* sticky; looked at below */
	if (!ends)
		return;
	if (!content && buf_ok(&s->head) && s->head.len)
		header(s);
	s->failed |= !buf_ok(&s->head);
	buf_reset(&s->head);
	s->kind = 0;
}

static void
feed(struct search *s, const char *p, size_t n)
{
	while (n && !s->failed) {
		const char *nl = memchr(p, '\n', n);
		size_t part = nl ? (size_t)(nl - p) + 1 : n;

		piece(s, p, part, nl);
		p += part;
		n -= part;
	}
}

/* Of the places that begin at or before this one the last; places behind it are asked for later. */
static const struct place *
place_of(const struct search *s, size_t at)
{
	const struct place *v = (const struct place *)(const void *)s->places.p;
	size_t lo = 0, hi = s->places.len / sizeof *v;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v[mid].at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &v[lo - 1] : NULL;
}

static void
on_match(const struct redact_span *span, void *arg)
{
	struct search *s = arg;
	const struct place *where = place_of(s, span->start);
	struct leak *l = &s->found->v[s->found->n];

	s->found->total++;
	if (!where || s->found->n == LEAKS_SHOWN)
		return;
	*l = (struct leak){ .path = strdup(where->path), .line = where->line };
	(void)snprintf(l->rule, sizeof l->rule, "%s", span->rule);	/* cut is a name still */
	s->found->n += l->path != NULL;
	s->failed |= !l->path;
}

/* Places that nothing undecided can lie in any more. */
static void
forget(struct search *s)
{
	const struct place *v = (const struct place *)(const void *)s->places.p, *last;

	if (s->fed < 2 * UNDECIDED || s->places.len < ((size_t)1 << 20))
		return;
	last = place_of(s, s->fed - UNDECIDED);
	if (last)
		buf_remove(&s->places, 0, (size_t)(last - v) * sizeof *v);
}

static int
search(struct search *s, int fd)
{
	CLEANUP(free) char *chunk = malloc(CHUNK);
	size_t seen = 0;
	ssize_t n = 0;

	if (!chunk)
		return -1;
	while (seen < PATCH_MAX && (n = store_read_some(fd, chunk, CHUNK)) > 0 && !s->failed) {
		feed(s, chunk, (size_t)n);
		forget(s);
		seen += (size_t)n;
	}
	s->found->cut = seen >= PATCH_MAX;
	if (n < 0)
		return -1;
	if (s->failed || redact_finish(s->redact, &s->none) < 0 || s->failed) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

int
leaks_of_patch(struct leaks *l, int fd)
{
	CLEANUP(buf) struct buf values = BUF_INIT, why = BUF_INIT;
	struct search s = { .found = l };
	struct redact_user user = { 0 };
	int got = -1, e;

	*l = (struct leaks){ 0 };
	if (envfile_secrets(&values, &why) < 0 || redact_user_read(&user, &why) < 0)
		return -1;
	s.redact = redact_new_with(values.p, values.len, &user);
	if (values.cap)
		explicit_bzero(values.p, values.cap);
	if (s.redact) {
		redact_on_match(s.redact, on_match, &s);
		got = search(&s, fd);
	}
	e = errno;
	redact_free(s.redact);
	redact_user_free(&user);
	for (size_t i = 0; i < s.paths.len / sizeof(char *); i++)
		free(((char **)(void *)s.paths.p)[i]);
	buf_release(&s.paths);
	buf_release(&s.places);
	buf_release(&s.none);
	buf_release(&s.head);
	errno = e;
	return got;
}

void
leaks_find(struct leaks *l, const struct job *j)
{
	CLEANUP(fd) int fd = path_open(j->fd, JOB_PATCH, O_RDONLY | O_NONBLOCK, 0);

	*l = (struct leaks){ 0 };
	if (fd >= 0 ? leaks_of_patch(l, fd) < 0 : errno != ENOENT)
		l->unknown = true;
}

void
leaks_release(struct leaks *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	*l = (struct leaks){ 0 };
}

void
leaks_say(const struct leaks *l, void (*put)(void *arg, const char *sentence), void *arg)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	for (size_t i = 0; i < l->n; i++) {
		buf_reset(&b);
		(void)show_name(&b, l->v[i].path);
		if (buf_addf(&b, ":%zu: what the change adds looks like a secret (%s)", l->v[i].line,
		    l->v[i].rule) == 0)
			put(arg, b.p);
	}
	buf_reset(&b);
	if (l->total > l->n && buf_addf(&b, "%zu more places look like secrets (jobdir diff, "
	    "jobdir redact --check)", l->total - l->n) == 0)
		put(arg, b.p);
	if (l->unknown)
		put(arg, "the change could not be searched for secrets");
	if (l->cut)
		put(arg, "only the first 64 MiB of the patch were searched for secrets");
}

static void
put_element(void *w, const char *sentence)
{
	jsonw_cstr(w, sentence);
}

void
leaks_write(const struct leaks *l, struct jsonw *w)
{
	leaks_say(l, put_element, w);
}
