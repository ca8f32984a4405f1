/* SPDX-License-Identifier: MIT */
#include "tidy.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "home.h"
#include "jobroot.h"
#include "proc.h"

#define STAMP "cleaned"
#define DAY_S (24 * 3600)

void
tidy(const struct root *r)
{
	CLEANUP(free) char *program = NULL;
	CLEANUP(fd) int fd = -1;
	const char *argv[] = { NULL, "--auto", NULL };
	struct proc_spec spec = { .argv = (char *const *)(uintptr_t)argv, .cwd_fd = r->fd,
		.detach = true };
	struct proc p;
	struct stat st;
	int64_t age;

	if (fstatat(r->fd, STAMP, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		/* A new root: nothing to clean before tomorrow. */
		fd = openat(r->fd, STAMP, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		return;
	}
	age = clock_wall_ms() / 1000 - st.st_mtim.tv_sec;
	if (age >= 0 && age < DAY_S)
		return;
	/* The stamp first: of many spawns one cleans. */
	if (utimensat(r->fd, STAMP, NULL, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	program = home_command("clean");
	argv[0] = program;
	if (program)
		(void)proc_start(&p, &spec, NULL);	/* not installed: then nothing is cleaned */
}
