/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "jsonw.h"
#include "lock.h"
#include "redactown.h"
#include "store.h"

#define NAME "calls.jsonl"
#define NAME_BEFORE "calls.jsonl.1"

/* Two servers may find it full at once: who holds the lock of the very file looks again. */
static void
rotate(int rootfd)
{
	CLEANUP(fd) int fd = -1;
	struct stat now, mine;

	if (fstatat(rootfd, NAME, &now, AT_SYMLINK_NOFOLLOW) || now.st_size < (off_t)RECORD_MAX)
		return;
	fd = lock_open(rootfd, NAME);
	if (fd < 0 || lock_try(fd, true) || fstat(fd, &mine) ||
	    fstatat(rootfd, NAME, &now, AT_SYMLINK_NOFOLLOW) || now.st_ino != mine.st_ino)
		return;
	(void)renameat(rootfd, NAME, rootfd, NAME_BEFORE);	/* else it grows on */
}

/* printf %s 'ARGS' | COMMAND --tool=TOOL --request=- */
static int
shell_line(struct buf *out, const struct record *r)
{
	CLEANUP(buf) struct buf args = BUF_INIT;
	const char *base = strrchr(r->command, '/');

	if (redact_text(r->args, r->len, &args))
		return -1;
	(void)buf_addstr(out, "printf %s '");
	for (size_t i = 0; i < args.len; i++) {
		if (args.p[i] == '\'')
			(void)buf_addstr(out, "'\\''");
		else
			(void)buf_addch(out, args.p[i]);
	}
	return buf_addf(out, "' | %s --tool=%s --request=-", base ? base + 1 : r->command,
		r->tool);
}

int
record_call(int rootfd, const struct record *r)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	CLEANUP(buf) struct buf command = BUF_INIT;
	char at[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(at, clock_wall_ms());
	jsonw_init(&w, &line);
	jsonw_object(&w);
	jsonw_mstr(&w, "at", at);
	jsonw_mstr(&w, "tool", r->tool);
	if (!r->args)
		jsonw_mint(&w, "bytes", (int64_t)r->len);
	else if (shell_line(&command, r))
		return -1;
	else
		jsonw_mstr(&w, "command", command.p);
	jsonw_key(&w, "exit");
	if (r->exit < 0)
		jsonw_null(&w);
	else
		jsonw_int(&w, r->exit);
	if (r->signal > 0)
		jsonw_mint(&w, "signal", r->signal);
	jsonw_mint(&w, "ms", r->ms);
	jsonw_mstr(&w, "error", r->error);
	if (r->cancelled)
		jsonw_mbool(&w, "cancelled", true);
	jsonw_end(&w);
	(void)buf_addch(&line, '\n');
	if (!buf_ok(&line)) {
		errno = ENOMEM;
		return -1;
	}
	rotate(rootfd);
	return store_append(rootfd, NAME, line.p, line.len);
}
