/* SPDX-License-Identifier: MIT */
#include "operand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"

#define INPUT_MAX (16u << 20)

static int
add(struct operands *o, const char *s, size_t len)
{
	char **more = reallocarray(o->name, o->n + 2, sizeof *more);

	if (!more)
		return -1;
	o->name = more;
	o->name[o->n] = strndup(s, len);
	if (!o->name[o->n])
		return -1;
	o->name[++o->n] = NULL;
	return 0;
}

static int
add_input(struct operands *o, bool nul)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	size_t at = 0;

	if (buf_read(&b, STDIN_FILENO, INPUT_MAX) < 0)
		return -1;
	while (at < b.len) {
		const char *p = b.p + at;
		const char *end = memchr(p, nul ? '\0' : '\n', b.len - at);
		size_t n = end ? (size_t)(end - p) : b.len - at;

		if (n && add(o, p, n) < 0)
			return -1;
		at += n + 1;
	}
	return 0;
}

int
operand_read(struct operands *o, char *const *argv, bool from_stdin, bool nul)
{
	*o = (struct operands){ .name = calloc(1, sizeof *o->name) };
	if (!o->name)
		return -1;
	if (!*argv && from_stdin)
		return add_input(o, nul);
	for (; *argv; argv++)
		if ((strcmp(*argv, "-") ? add(o, *argv, strlen(*argv)) : add_input(o, nul)) < 0)
			return -1;
	return 0;
}

void
operand_release(struct operands *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->name[i]);
	free(o->name);
	*o = (struct operands){ 0 };
}

bool
operand_fault(int err)
{
	return err == ENOENT || err == EINVAL || err == EMLINK || err == EPROTO ||
		err == EBADMSG || err == EPERM;
}
