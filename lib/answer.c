/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "jsonw.h"
#include "num.h"

static const char *const names[] = {
	[ANSWER_INVALID_REQUEST] = "invalid_request",
	[ANSWER_CWD_REFUSED] = "cwd_refused",
	[ANSWER_NOT_A_REPOSITORY] = "not_a_repository",
	[ANSWER_JOB_NOT_FOUND] = "job_not_found",
	[ANSWER_JOB_AMBIGUOUS] = "job_ambiguous",
	[ANSWER_JOB_NOT_FINISHED] = "job_not_finished",
	[ANSWER_JOB_HAS_NO_CHANGE] = "job_has_no_change",
	[ANSWER_DIRTY_WORKSPACE] = "dirty_workspace",
	[ANSWER_CONFIRMATION_REQUIRED] = "confirmation_required",
	[ANSWER_PREVIEW_REQUIRED] = "preview_required",
	[ANSWER_TOKEN_MISMATCH] = "token_mismatch",
	[ANSWER_CONFLICT] = "conflict",
	[ANSWER_REFUSED] = "refused",
	[ANSWER_BUSY] = "busy",
	[ANSWER_CLAUDE_MISSING] = "claude_missing",
	[ANSWER_DEPTH] = "depth",
	[ANSWER_STATE_DAMAGED] = "state_damaged",
	[ANSWER_STATE_UNAVAILABLE] = "state_unavailable",
	[ANSWER_INTERNAL] = "internal",
};
_Static_assert(sizeof names / sizeof *names == ANSWER_CODES, "every code has a name");

const char *
answer_code_name(enum answer_code c)
{
	return names[c];
}

void
answer_error_member(struct jsonw *w, enum answer_code c, const char *message, const char *hint)
{
	jsonw_key(w, "error");
	jsonw_object(w);
	jsonw_mstr(w, "code", names[c]);
	jsonw_mstr(w, "message", message);
	jsonw_mstr(w, "hint", hint);
	jsonw_end(w);
}

enum answer_kind
answer_kind(enum answer_code c)
{
	switch (c) {
	case ANSWER_INVALID_REQUEST: case ANSWER_JOB_AMBIGUOUS: case ANSWER_JOB_NOT_FOUND:
	case ANSWER_STATE_DAMAGED: case ANSWER_CONFIRMATION_REQUIRED: case ANSWER_NOT_A_REPOSITORY:
		return ANSWER_IS_FAULT;
	case ANSWER_CWD_REFUSED: case ANSWER_REFUSED:
		return ANSWER_IS_POLICY;
	case ANSWER_BUSY: case ANSWER_STATE_UNAVAILABLE: case ANSWER_INTERNAL:
		return ANSWER_IS_MACHINE;
	default:
		return ANSWER_IS_NO;
	}
}

void
answer_error(struct buf *out, enum answer_code c, const char *message, const char *hint)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	answer_error_member(&w, c, message, hint);
	jsonw_end(&w);
}

void
answer_action(struct jsonw *w, const char *tool, const char *reason, const char *args_json)
{
	jsonw_object(w);
	jsonw_mstr(w, "tool", tool);
	jsonw_mstr(w, "reason", reason);
	if (args_json) {
		jsonw_key(w, "args");
		jsonw_raw(w, args_json, strlen(args_json));
	}
	jsonw_end(w);
}

/* Bytes of a terminal's control sequence at p (ESC [ … letter), else 0. */
static size_t
escape_sequence(const char *p, size_t len)
{
	size_t i = 2;

	if (len < 2 || p[0] != 0x1b || p[1] != '[')
		return 0;
	while (i < len && p[i] >= 0x20 && p[i] <= 0x3f)
		i++;
	return i < len && p[i] >= 0x40 && p[i] <= 0x7e ? i + 1 : i;
}

static bool
is_hidden(uint32_t c)
{
	return c != '\n' && c != '\t' && num_utf8_hides(c);
}

void
answer_interaction(struct jsonw *w, const char *headline, const char *state, const char *next_step)
{
	jsonw_key(w, "interaction");
	jsonw_object(w);
	jsonw_mstr(w, "headline", headline);
	jsonw_mstr(w, "state", state);
	jsonw_mstr(w, "next_step", next_step);
	jsonw_end(w);
}

void
answer_foreign(struct buf *out, const char *p, size_t len, size_t max, const char *where)
{
	size_t i = 0, given = 0;

	while (i < len) {
		size_t skip = escape_sequence(p + i, len - i);
		int n = skip ? 0 : num_utf8(p + i, len - i);
		const char *piece = n ? p + i : "\xef\xbf\xbd";
		size_t bytes = n ? (size_t)n : 3;

		if (skip || (n && is_hidden(num_utf8_code(p + i, n)))) {
			i += skip ? skip : (size_t)n;
			continue;
		}
		if (given + bytes > max)
			break;
		(void)buf_add(out, piece, bytes);
		given += bytes;
		i += n ? (size_t)n : 1;
	}
	if (i < len && where)
		(void)buf_addf(out, "\n[… %zu more bytes in %s]", len - i, where);
}
