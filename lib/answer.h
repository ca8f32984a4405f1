/* SPDX-License-Identifier: MIT */
/*
 * answer: what a command says in its request form (see request.h). One table
 * of error codes, stable for ever; documented in jobdir(7).
 */
#ifndef JOBDIR_ANSWER_H
#define JOBDIR_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct jsonw;

enum answer_code {
	ANSWER_INVALID_REQUEST,		/* the arguments do not fit the schema */
	ANSWER_CWD_REFUSED,		/* cwd outside the allow roots, or dangerous, or absent */
	ANSWER_NOT_A_REPOSITORY,
	ANSWER_JOB_NOT_FOUND,
	ANSWER_JOB_AMBIGUOUS,
	ANSWER_JOB_NOT_FINISHED,
	ANSWER_JOB_HAS_NO_CHANGE,
	ANSWER_DIRTY_WORKSPACE,
	ANSWER_CONFIRMATION_REQUIRED,
	ANSWER_PREVIEW_REQUIRED,
	ANSWER_TOKEN_MISMATCH,		/* the plan is no longer what was previewed */
	ANSWER_CONFLICT,
	ANSWER_REFUSED,			/* policy */
	ANSWER_BUSY,
	ANSWER_CLAUDE_MISSING,
	ANSWER_DEPTH,			/* a delegated agent delegating */
	ANSWER_STATE_DAMAGED,
	ANSWER_STATE_UNAVAILABLE,	/* read-only, full, not there */
	ANSWER_INTERNAL,
	ANSWER_CODES
};

/* "invalid_request", "cwd_refused", … */
const char *answer_code_name(enum answer_code c);

/* Whose matter a refusal is: a well-formed no, the caller's fault, a policy's, the machine's. */
enum answer_kind { ANSWER_IS_NO, ANSWER_IS_FAULT, ANSWER_IS_POLICY, ANSWER_IS_MACHINE };
enum answer_kind answer_kind(enum answer_code c);

/* Append {"error":{"code":…,"message":…,"hint":…}} ; hint may be NULL. */
void answer_error(struct buf *out, enum answer_code c, const char *message, const char *hint);
/* The member "error": {…} inside an object being written. */
void answer_error_member(struct jsonw *w, enum answer_code c, const char *message,
	const char *hint);

/* One next_actions element: {"tool","reason","args":{…}}; args_json: an object's text. */
void answer_action(struct jsonw *w, const char *tool, const char *reason, const char *args_json);

/* The member "interaction": {headline, state, next_step}. */
void answer_interaction(struct jsonw *w, const char *headline, const char *state,
	const char *next_step);

/*
 * Results are data. Text that came from an agent, made safe to hand to the calling
 * model: at most max bytes (cut on a character, "[… N more bytes in FILE]" appended when
 * where != NULL), what hides or reorders removed (newline and tab stay), and where it
 * writes what only we write - NAME: with the name of a member that leads the caller,
 * or the mark of a cut - it says "agent's" before it.
 */
void answer_foreign(struct buf *out, const char *p, size_t len, size_t max, const char *where);
/* The same for a diff or a file's contents, which stay as they are otherwise. */
void answer_quoted(struct buf *out, const char *p, size_t len, size_t max);
/* The same for a person's eyes: each line begins with "> ", as none of ours does. */
void answer_lines(struct buf *out, const char *p, size_t len, size_t max);
/*
 * A file name: as it is, or, if it has bytes that cannot be seen or are no text, as
 * show_name() writes it, which names it in a request too; then answer_path() adds
 * MEMBER_base64 with its bytes.
 */
void answer_name(struct jsonw *w, const char *path);
void answer_path(struct jsonw *w, const char *member, const char *path);
/* The member that says which others hold the agent's words. */
void answer_agent_words(struct jsonw *w, const char *members);

#endif
