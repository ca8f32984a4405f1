/* SPDX-License-Identifier: MIT */
/* change: changes.json, read and written; nothing else knows its members. */
#include "change.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "json.h"
#include "jsonw.h"
#include "path.h"
#include "room.h"
#include "store.h"

void
change_init(struct change *c)
{
	*c = (struct change){ 0 };
}

static void
free_reasons(struct change_reason *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(r[i].path);
		free(r[i].reason);
	}
	free(r);
}

static void
free_strings(char **s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(s[i]);
	free(s);
}

void
change_release(struct change *c)
{
	for (size_t i = 0; i < c->nfiles; i++)
		free(c->files[i].path);
	for (size_t i = 0; i < c->nrenames; i++) {
		free(c->renames[i].from);
		free(c->renames[i].to);
	}
	free(c->files);
	free(c->renames);
	free_reasons(c->refused, c->nrefused);
	free_reasons(c->special, c->nspecial);
	free_strings(c->ignored, c->nignored);
	free_strings(c->notes, c->nnotes);
	change_init(c);
}

int
change_add_reason(struct change_reason **list, size_t *n, const char *path, const char *reason)
{
	struct change_reason *p = room_for(*list, *n, sizeof(*p));

	if (!p)
		return -1;
	*list = p;
	p[*n] = (struct change_reason){ strdup(path), strdup(reason) };
	if (!p[*n].path || !p[*n].reason) {
		free(p[*n].path);
		free(p[*n].reason);
		return -1;
	}
	++*n;
	return 0;
}

int
change_add_string(char ***list, size_t *n, const char *s)
{
	char **p = room_for(*list, *n, sizeof(*p));

	if (!p)
		return -1;
	*list = p;
	if (!(p[*n] = strdup(s)))
		return -1;
	++*n;
	return 0;
}

int
change_note(struct change *c, const char *fmt, ...)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	int rc = buf_vaddf(&text, fmt, ap);
	va_end(ap);
	return rc < 0 ? -1 : change_add_string(&c->notes, &c->nnotes, text.p);
}

const struct change_file *
change_find(const struct change *c, const char *path)
{
	size_t lo = 0, hi = c->nfiles;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int cmp = strcmp(c->files[mid].path, path);
		if (cmp == 0)
			return &c->files[mid];
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* ---- writing ---- */

void
change_write_marks(struct jsonw *w, unsigned marks)
{
	jsonw_array(w);
	for (unsigned bit = 1; bit < 1u << CHANGE_MARKS; bit <<= 1)
		if (marks & bit)
			jsonw_cstr(w, change_mark_name((enum change_mark)bit));
	jsonw_end(w);
}

/* A mode as git spells it: a string of octal digits. null where there is no file. */
static void
write_mode(struct jsonw *w, const char *name, unsigned mode)
{
	char text[8] = "";

	for (int i = 5; i >= 0; i--, mode >>= 3)
		text[i] = (char)('0' + (mode & 7));
	text[6] = '\0';
	jsonw_mstr(w, name, strcmp(text, "000000") ? text : NULL);
}

static void
write_file(struct jsonw *w, const struct change_file *f)
{
	char status[2] = { f->status, '\0' };

	jsonw_object(w);
	jsonw_mpath(w, "path", f->path, strlen(f->path));
	jsonw_mstr(w, "status", status);
	write_mode(w, "old_mode", f->old_mode);
	write_mode(w, "new_mode", f->new_mode);
	jsonw_mstr(w, "old", *f->old ? f->old : NULL);
	jsonw_mstr(w, "new", *f->new ? f->new : NULL);
	jsonw_mbool(w, "binary", f->binary);
	jsonw_mint(w, "added", f->added);
	jsonw_mint(w, "deleted", f->deleted);
	if (f->marks) {
		jsonw_key(w, "marks");
		change_write_marks(w, f->marks);
	}
	jsonw_end(w);
}

void
change_write_files(struct jsonw *w, const struct change *c, size_t from, size_t n)
{
	jsonw_array(w);
	for (size_t i = from; i < c->nfiles && i - from < n; i++)
		write_file(w, &c->files[i]);
	jsonw_end(w);
}

static void
write_reasons(struct jsonw *w, const char *name, const struct change_reason *r, size_t n)
{
	jsonw_key(w, name);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w);
		jsonw_mpath(w, "path", r[i].path, strlen(r[i].path));
		jsonw_mstr(w, "reason", r[i].reason);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_strings(struct jsonw *w, const char *name, char *const *s, size_t n)
{
	jsonw_key(w, name);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++)
		jsonw_str(w, s[i], strlen(s[i]));
	jsonw_end(w);
}

static void
write_head(struct jsonw *w, const struct change *c)
{
	jsonw_mint(w, "format", 1);
	jsonw_key(w, "base");
	jsonw_object(w);
	jsonw_mstr(w, "tree", c->base);
	jsonw_mstr(w, "commit", *c->commit ? c->commit : NULL);
	jsonw_mbool(w, "snapshot", c->snapshot);
	jsonw_end(w);
	jsonw_mstr(w, "tree", c->tree);
	jsonw_mstr(w, "object_format", c->format);
}

void
change_write(struct jsonw *w, const struct change *c)
{
	write_head(w, c);
	jsonw_key(w, "files");
	change_write_files(w, c, 0, c->nfiles);
	jsonw_key(w, "renames");
	jsonw_array(w);
	for (size_t i = 0; i < c->nrenames; i++) {
		jsonw_object(w);
		jsonw_mpath(w, "from", c->renames[i].from, strlen(c->renames[i].from));
		jsonw_mpath(w, "to", c->renames[i].to, strlen(c->renames[i].to));
		jsonw_mint(w, "similarity", c->renames[i].similarity);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_key(w, "stat");
	jsonw_object(w);
	jsonw_mint(w, "files", (int64_t)c->nfiles);
	jsonw_mint(w, "added", c->added);
	jsonw_mint(w, "deleted", c->deleted);
	jsonw_end(w);
	write_reasons(w, "refused", c->refused, c->nrefused);
	jsonw_key(w, "left_out");
	jsonw_object(w);
	jsonw_key(w, "ignored");
	jsonw_object(w);
	jsonw_mint(w, "count", (int64_t)c->ignored_total);
	write_strings(w, "first", c->ignored, c->nignored);
	jsonw_end(w);
	write_reasons(w, "special", c->special, c->nspecial);
	jsonw_end(w);
	write_strings(w, "notes", c->notes, c->nnotes);
	if (!*c->patch_sha256)		/* not sealed: nobody asked for the text */
		return;
	jsonw_key(w, "patch");
	jsonw_object(w);
	jsonw_mint(w, "bytes", c->patch_bytes);
	jsonw_mstr(w, "sha256", c->patch_sha256);
	jsonw_end(w);
}

int
change_put(int jobfd, const struct change *c)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w);
	change_write(&w, c);
	jsonw_end(&w);
	(void)buf_addch(&text, '\n');
	if (!buf_ok(&text)) {
		errno = ENOMEM;
		return -1;
	}
	/* What could not be read again must not be called sealed. */
	if (text.len > JSON_MAX) {
		errno = EFBIG;
		return -1;
	}
	return store_once(jobfd, JOB_CHANGES, text.p, text.len, NULL, 0);
}
