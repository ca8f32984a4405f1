/* SPDX-License-Identifier: MIT */
/*
 * codexfile: a config.toml of Codex, read and replaced. The new text is there
 * whole or not at all, what was there before is kept beside it, two of us wait
 * for each other, and what somebody else wrote meanwhile is not overwritten (but
 * for the instant between the last look and the rename, since Codex takes no lock).
 *
 *	codexfile_open(&f, path, true, &why)
 *	... make the new text from f.text ...
 *	codexfile_write(&f, text, len, &why)	EAGAIN: it changed; begin again
 *	codexfile_close(&f)
 */
#ifndef JOBDIR_CODEXFILE_H
#define JOBDIR_CODEXFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include "buf.h"

#define CODEXFILE_MAX (4u << 20)

struct codexfile {
	char *path;			/* where it really is: links are followed */
	char *name;			/* below dirfd */
	int dirfd, lock;
	bool exists;
	struct stat st;
	struct buf text;
	char *backup;			/* after writing: path of what was there before, or NULL */
};

/* malloc'd "$CODEX_HOME/config.toml" or "$HOME/.codex/config.toml"; NULL+errno (ENOENT: neither). */
char *codexfile_global(void);

/*
 * Open for reading, or for writing too: then a missing directory is made and
 * others of us wait (STATE/setup.lock). The file itself may be absent. 0, or
 * -1 with why: a link to nothing, too large, somebody else's file.
 */
int codexfile_open(struct codexfile *f, const char *path, bool write, struct buf *why);
/* The same text is not written again. 0, or -1 with why; EAGAIN: the file changed since. */
int codexfile_write(struct codexfile *f, const char *text, size_t len, struct buf *why);
void codexfile_close(struct codexfile *f);

#endif
