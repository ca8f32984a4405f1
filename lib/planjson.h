/* SPDX-License-Identifier: MIT */
/*
 * planjson: a plan as JSON: apply/preview.json, and the lists that answers
 * show of it. The only code that knows those members. Pure.
 */
#ifndef JOBDIR_PLANJSON_H
#define JOBDIR_PLANJSON_H

#include "jsonw.h"
#include "plan.h"

/*
 * Arrays of the entries that will be looked at, at most `bytes` bytes of them
 * from the from-th on; each is {path, op, …}. Returns the index after the last
 * one written, *total how many there are.
 *
 * files: every entry but the conflicts: {path, op, how?, old_mode?, new_mode?,
 *	crlf?, accept?}
 * conflicts: every entry that stops the landing: {path, reason, text, sibling?,
 *	accept?}; accept: naming the path in `accept` is enough.
 */
size_t planjson_files(struct jsonw *w, const struct plan *p, size_t from, size_t bytes,
	size_t *total);
size_t planjson_conflicts(struct jsonw *w, const struct plan *p, size_t from, size_t bytes,
	size_t *total);

/* apply/preview.json; at: a stamp. 0 or -1+ENOMEM. */
int planjson_preview(struct buf *out, const struct plan *p, const char *token, const char *at);
/* The token in the text of a preview.json. 0 or -1+EBADMSG. */
int planjson_token(const char *text, size_t len, char token[PLAN_TOKEN]);

#endif
