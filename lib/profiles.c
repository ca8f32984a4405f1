/* SPDX-License-Identifier: MIT */
#include "profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "buf.h"
#include "claude.h"
#include "home.h"

#define DATA_MAX (1 << 20)

static int
fail(struct buf *why, const char *what)
{
	int err = errno;

	if (why)
		(void)buf_addf(why, "%s: %s", what, strerror(err));
	errno = err;
	return -1;
}

int
profiles_read(const char *name, struct buf *out, struct buf *why)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(free) char *data = home_data();
	CLEANUP(fd) int fd = -1;

	if (!data || buf_addf(&path, "%s/prompts/%s", data, name) < 0)
		return fail(why, "cannot find the data directory");
	fd = open(path.p, O_RDONLY | O_CLOEXEC);
	return fd < 0 || buf_read(out, fd, DATA_MAX) < 0 ? fail(why, path.p) : 0;
}

int
profiles_load(struct buf *text, struct json *doc, struct buf *why)
{
	if (profiles_read(CLAUDE_PROFILES, text, why) < 0)
		return -1;
	if (json_parse(doc, text->p, text->len, NULL) == JSON_OK)
		return 0;
	errno = EBADMSG;
	return fail(why, CLAUDE_PROFILES);
}
