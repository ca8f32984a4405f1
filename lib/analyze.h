/* SPDX-License-Identifier: MIT */
/*
 * analyze: one chat-completions request about files: what is asked, and what the
 * answer says. The order never changes (instructions, files by name, question last), so
 * that a provider's prompt cache hits on repeated calls. Pure but for reading the files.
 */
#ifndef JOBDIR_ANALYZE_H
#define JOBDIR_ANALYZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"

struct json;

#define ANALYZE_BYTES_MAX (400u << 10)		/* of all files together */
#define ANALYZE_FILES_MAX 200

struct analyze_file {
	char *name;			/* relative to the root; "-": standard input */
	struct buf text;
};

struct analyze {
	struct analyze_file *files;
	size_t n, bytes;
};

/* Read one file below root (rootfd); "-" only with from_stdin. -1 with why: one line, what and why not. */
int analyze_add(struct analyze *a, int rootfd, const char *root, const char *name,
	bool from_stdin, struct buf *why);

struct analyze_ask {
	const char *base_url, *model, *question;
	const char *schema;		/* JSON schema the answer must fit, as text; or NULL */
	int64_t max_tokens;
	bool stream;
};

/* The request's body; files are sorted and their secrets taken out. 0 or -1+errno. */
int analyze_body(struct analyze *a, const struct analyze_ask *ask, struct buf *out);

struct analyze_answer {
	struct buf text;
	char *finish;			/* finish_reason, or NULL */
	int64_t input, cached, output, reasoning;	/* -1: not said */
};

void analyze_answer_init(struct analyze_answer *x);
void analyze_answer_release(struct analyze_answer *x);
/* One JSON answer, or one event of a stream: its text is appended. 0; -1: it is none, or an error. */
int analyze_take(struct analyze_answer *x, const char *p, size_t len, struct buf *why);

#endif
