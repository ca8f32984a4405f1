/* SPDX-License-Identifier: MIT */
/*
 * prompt: what the agent is told, made from a template and the parts of a task.
 *
 * A template (prompts/MODE.md) is Markdown with slots, {{task}}, each alone on
 * its line. It is cut into sections at lines that begin with "## "; a section
 * whose slots are all empty is left out. Text that is filled in is never
 * looked at for slots or headings, and stands between fences longer than any
 * fence inside it: a task or diff cannot close its own.
 */
#ifndef JOBDIR_PROMPT_H
#define JOBDIR_PROMPT_H

#include <stddef.h>

struct buf;

/* The slots. A NULL pointer, an empty string and an empty list are empty. */
struct prompt {
	const char *task;
	size_t task_len;		/* 0 with a task: strlen */
	const char *diff;
	size_t diff_len;		/* the same */
	const char *const *instruction_files;	/* NULL-terminated lists */
	const char *const *files;
	const char *const *allowed_files;
	const char *const *constraints;
	const char *const *context_roots;	/* each "ALIAS: PATH" */
};

/*
 * Build the prompt of a mode (read, review, write, revise) with the template of this
 * installation. 0, or -1+errno (EINVAL: no such mode, or the template names
 * an unknown slot).
 */
int prompt_build(const char *mode, const struct prompt *p, struct buf *out);

/* The same with a template given: pure. */
int prompt_fill(const char *template, size_t len, const struct prompt *p, struct buf *out);

#endif
