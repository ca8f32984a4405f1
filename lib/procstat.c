/* SPDX-License-Identifier: MIT */
#include "procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "store.h"

enum { STATE = 3, PARENT = 4, START = 22 };	/* the numbers of fields, as proc(5) counts */

/* Where field n begins; p: the blank before field STATE. */
static const char *
field(const char *p, int n)
{
	for (int i = STATE; p && i < n; i++)
		p = strchr(p + 1, ' ');
	return p ? p + 1 : "";
}

int
procstat_read(pid_t pid, struct procstat *s)
{
	CLEANUP(fd) int fd = -1;
	char name[32], text[1024], *from, *to;
	ssize_t n;

	(void)snprintf(name, sizeof name, "/proc/%ld/stat", (long)pid);	/* fits */
	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : store_read_some(fd, text, sizeof text - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	from = strchr(text, '(');
	to = strrchr(text, ')');	/* the name may hold anything, also ')' */
	if (!from || !to || to < from || to[1] != ' ') {
		errno = ESRCH;
		return -1;
	}
	*to = '\0';
	*s = (struct procstat){ .state = *field(to + 1, STATE),
		.parent = (pid_t)strtol(field(to + 1, PARENT), NULL, 10),
		.start = strtoll(field(to + 1, START), NULL, 10) };
	(void)snprintf(s->comm, sizeof s->comm, "%s", from + 1);	/* cut */
	return 0;
}
