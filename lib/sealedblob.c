/* SPDX-License-Identifier: MIT */
#include "sealedblob.h"

#include <errno.h>
#include <string.h>
#include "thing.h"

static enum plan_kind
kind_of_mode(unsigned mode)
{
	return mode == GIT_MODE_LINK ? PLAN_LINK : mode ? PLAN_FILE : PLAN_ABSENT;
}

/* A sealed version: its bytes and what it is. */
int
sealedblob_read(struct git_cat *cat, unsigned mode, const char *oid, struct buf *bytes,
	struct plan_thing *t)
{
	char type[16];

	memset(t, 0, sizeof(*t));
	if (!mode || mode == GIT_MODE_GITLINK)
		return 0;
	if (git_cat_read(cat, oid, type, bytes, SEALEDBLOB_MAX) < 0)
		return -1;
	if (strcmp(type, "blob")) {
		errno = EBADMSG;
		return -1;
	}
	thing_of(t, kind_of_mode(mode), mode == GIT_MODE_EXEC, bytes->p, bytes->len);
	return 0;
}
