/* SPDX-License-Identifier: MIT */
/*
 * jsonw: writing JSON, compact, into a buf. Pure.
 *
 *	struct jsonw w;
 *	jsonw_init(&w, &buf);
 *	jsonw_object(&w);
 *		jsonw_key(&w, "id");     jsonw_cstr(&w, id);
 *		jsonw_key(&w, "files");  jsonw_array(&w); … jsonw_end(&w);
 *	jsonw_end(&w);
 *
 * Commas and quoting are its business. Errors are sticky in the buf
 * (buf_ok()). Strings that are not UTF-8 are written with U+FFFD for each bad
 * byte: the output is always valid JSON.
 */
#ifndef JOBDIR_JSONW_H
#define JOBDIR_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "json.h"

struct buf;

struct jsonw {
	struct buf *out;
	int depth;
	bool after_key;
	unsigned char first[JSON_DEPTH + 1];
	unsigned char kind[JSON_DEPTH + 1];
};

void jsonw_init(struct jsonw *w, struct buf *out);
void jsonw_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *name);
void jsonw_keyn(struct jsonw *w, const char *name, size_t len);

void jsonw_str(struct jsonw *w, const char *s, size_t len);
void jsonw_cstr(struct jsonw *w, const char *s);	/* NULL writes null */
void jsonw_int(struct jsonw *w, int64_t n);
void jsonw_double(struct jsonw *w, double x);		/* not finite: null */
void jsonw_bool(struct jsonw *w, bool b);
void jsonw_null(struct jsonw *w);
/* Copy a node, or JSON text the caller knows to be one valid value. */
void jsonw_node(struct jsonw *w, const struct json *d, int node);
void jsonw_raw(struct jsonw *w, const char *json, size_t len);

/*
 * One string in pieces: jsonw_string(), any number of jsonw_more() (whole
 * characters) and jsonw_more_raw() (what stands between the quotes of valid
 * JSON), jsonw_string_end().
 */
void jsonw_string(struct jsonw *w);
void jsonw_more(struct jsonw *w, const char *s, size_t len);
void jsonw_more_raw(struct jsonw *w, const char *raw, size_t len);
void jsonw_string_end(struct jsonw *w);

/* Member = key + value. A NULL string writes no member at all. */
void jsonw_mstr(struct jsonw *w, const char *name, const char *s);
void jsonw_mint(struct jsonw *w, const char *name, int64_t n);
void jsonw_mbool(struct jsonw *w, const char *name, bool b);
void jsonw_mstrs(struct jsonw *w, const char *name, char *const *v, size_t n);

/*
 * A file name, which is bytes: member NAME with bad bytes as U+FFFD and, only
 * if there were any, member NAME_base64 with the exact bytes.
 */
void jsonw_mpath(struct jsonw *w, const char *name, const char *p, size_t len);

/* Append s as one JSON string with quotes (used by jsonw_str). */
int jsonw_quote(struct buf *out, const char *s, size_t len);

#endif
