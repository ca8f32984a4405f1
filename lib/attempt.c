/* SPDX-License-Identifier: MIT */
#include "attempt.h"

#include <stdio.h>
#include "buf.h"
#include "job.h"
#include "json.h"
#include "store.h"

#define FILE_MAX (32u << 20)

int
attempt_open(const struct job *j, int number)
{
	char name[32];

	(void)snprintf(name, sizeof name, "attempt-%d", number);
	return store_opendir(j->fd, name);
}

int
attempt_last(const struct job *j, int *number)
{
	int fd = -1;

	for (*number = 0;; (*number)++) {
		int next = attempt_open(j, *number + 1);

		if (next < 0)
			return fd;
		cleanup_fd(&fd);
		fd = next;
	}
}

void
attempt_json(int dirfd, const char *name, struct buf *text, struct json *doc)
{
	if (dirfd < 0 || store_read(dirfd, name, text, FILE_MAX) < 0 ||
	    json_parse(doc, text->p, text->len, NULL) != JSON_OK)
		*doc = (struct json){ 0 };
}
