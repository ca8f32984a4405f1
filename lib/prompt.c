/* SPDX-License-Identifier: MIT */
#include "prompt.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include "buf.h"
#include "home.h"

#define TEMPLATE_MAX (64 << 10)

/* The longest run of c in p. */
static size_t
longest_run(const char *p, size_t len, char c)
{
	size_t best = 0, run = 0;

	for (size_t i = 0; i < len; i++) {
		run = p[i] == c ? run + 1 : 0;
		if (run > best)
			best = run;
	}
	return best;
}

static void
add_run(struct buf *out, char c, size_t n)
{
	while (n--)
		(void)buf_addch(out, c);	/* sticky */
}

static void
add_fenced(struct buf *out, const char *kind, const char *p, size_t len)
{
	size_t n = longest_run(p, len, '`') + 1;

	if (n < 3)
		n = 3;
	add_run(out, '`', n);
	(void)buf_addf(out, "%s\n", kind);
	(void)buf_add(out, p, len);
	if (len && p[len - 1] != '\n')
		(void)buf_addch(out, '\n');
	add_run(out, '`', n);
	(void)buf_addch(out, '\n');
}

/* File names: a code span each. A control character would end the line. */
static void
add_names(struct buf *out, const char *const *v)
{
	for (; v && *v; v++) {
		size_t len = strlen(*v), n = longest_run(*v, len, '`') + 1;

		(void)buf_addstr(out, "- ");
		add_run(out, '`', n);
		if (n > 1)
			(void)buf_addch(out, ' ');
		for (size_t i = 0; i < len; i++)
			(void)buf_addch(out, (unsigned char)(*v)[i] < ' ' || (*v)[i] == 0x7f ?
			    '?' : (*v)[i]);
		if (n > 1)
			(void)buf_addch(out, ' ');
		add_run(out, '`', n);
		(void)buf_addch(out, '\n');
	}
}

/* Sentences: further lines are indented, so that they stay in their bullet. */
static void
add_bullets(struct buf *out, const char *const *v)
{
	for (; v && *v; v++) {
		(void)buf_addstr(out, "- ");
		for (const char *s = *v; *s; s++) {
			(void)buf_addch(out, *s);
			if (*s == '\n')
				(void)buf_addstr(out, "  ");
		}
		(void)buf_addch(out, '\n');
	}
}

static bool
empty_text(const char *p, size_t len)
{
	return !p || (len == 0 && !*p);
}

static bool
is(const char *name, size_t len, const char *want)
{
	return len == strlen(want) && !memcmp(name, want, len);
}

/* One slot. 1 filled, 0 empty, -1+EINVAL unknown. */
static int
add_slot(struct buf *out, const char *name, size_t len, const struct prompt *p)
{
	const char *const *list = NULL;

	if (is(name, len, "task") || is(name, len, "diff")) {
		bool diff = *name == 'd';
		const char *text = diff ? p->diff : p->task;
		size_t n = diff ? p->diff_len : p->task_len;

		if (empty_text(text, n))
			return 0;
		add_fenced(out, diff ? "diff" : "text", text, n ? n : strlen(text));
		return 1;
	}
	if (is(name, len, "constraints")) {
		add_bullets(out, p->constraints);
		return p->constraints && *p->constraints;
	}
	if (is(name, len, "instruction_files"))
		list = p->instruction_files;
	else if (is(name, len, "files"))
		list = p->files;
	else if (is(name, len, "allowed_files"))
		list = p->allowed_files;
	else if (is(name, len, "context_roots"))
		list = p->context_roots;
	else {
		errno = EINVAL;
		return -1;
	}
	add_names(out, list);
	return list && *list;
}

/* One section, [p, end). It is kept if it has no slot, or one that is filled. */
static int
add_section(struct buf *out, const char *p, const char *end, const struct prompt *parts)
{
	size_t start = out->len;
	int slots = 0, filled = 0;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *next = nl ? nl + 1 : end;
		size_t len = (size_t)((nl ? nl : end) - p);

		if (len > 4 && !memcmp(p, "{{", 2) && !memcmp(p + len - 2, "}}", 2)) {
			int r = add_slot(out, p + 2, len - 4, parts);

			if (r < 0)
				return -1;
			slots++;
			filled += r;
		} else {
			(void)buf_add(out, p, (size_t)(next - p));
		}
		p = next;
	}
	if (slots && !filled)
		buf_setlen(out, start);
	return 0;
}

int
prompt_fill(const char *template, size_t len, const struct prompt *p, struct buf *out)
{
	const char *s = template, *end = template + len;

	while (s < end) {
		const char *cut = memmem(s + 1, (size_t)(end - s - 1), "\n## ", 4);

		cut = cut ? cut + 1 : end;
		if (add_section(out, s, cut, p) < 0)
			return -1;
		s = cut;
	}
	if (!buf_ok(out)) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

int
prompt_build(const char *mode, const struct prompt *p, struct buf *out)
{
	struct buf path CLEANUP(buf) = BUF_INIT, text CLEANUP(buf) = BUF_INIT;
	char *data CLEANUP(free) = home_data();
	int fd CLEANUP(fd) = -1;

	if (strcmp(mode, "read") != 0 && strcmp(mode, "review") != 0 && strcmp(mode, "write") != 0 &&
	    strcmp(mode, "revise") != 0) {
		errno = EINVAL;
		return -1;
	}
	if (!data || buf_addf(&path, "%s/prompts/%s.md", data, mode) < 0)
		return -1;
	fd = open(path.p, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || buf_read(&text, fd, TEMPLATE_MAX) < 0)
		return -1;
	return prompt_fill(text.p, text.len, p, out);
}
