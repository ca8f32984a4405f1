/* SPDX-License-Identifier: MIT */
/*
 * landlock: a set of rules that this process and all it starts can never shed.
 * A thin layer over the system calls; numbers and constants are carried here
 * (kernel: include/uapi/linux/landlock.h), because the headers of a stable
 * distribution are older than the kernels it runs on. What the running kernel
 * does not know is left out, and landlock_has() says so.
 *
 *	landlock_open(&l, want);  landlock_allow(&l, …)…;  landlock_enforce(&l);
 */
#ifndef JOBDIR_LANDLOCK_H
#define JOBDIR_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum landlock_right {
	LANDLOCK_READ = 1,		/* files and directories */
	LANDLOCK_WRITE = 2,		/* make, change, remove, rename, truncate */
	LANDLOCK_EXEC = 4,
	LANDLOCK_DEVICE = 8,		/* ioctl on a device, ABI 5 */
};

/* What to restrict; what is not named stays as it is. */
enum landlock_want {
	LANDLOCK_FS = 1,		/* ABI 1 */
	LANDLOCK_CONNECT = 2,		/* TCP connect, ABI 4 */
	LANDLOCK_BIND = 4,		/* TCP bind, ABI 4 */
	LANDLOCK_SCOPE = 8,		/* signals and abstract sockets, ABI 6 */
	LANDLOCK_TRUNCATE = 16,		/* part of FS from ABI 3 on: only for landlock_has() */
};

struct landlock {
	int fd;
	int abi;
	unsigned want;
	uint64_t fs;			/* handled rights */
};

/* The version that this kernel speaks, or 0: none. */
int landlock_abi(void);

/* Which of want a kernel of this version enforces. */
unsigned landlock_has(int abi, unsigned want);

/* 0; -1+errno (ENOSYS, EOPNOTSUPP: no Landlock). fd -1 when nothing of want is to be had. */
int landlock_open(struct landlock *l, unsigned want);

/* Allow rights (enum landlock_right) at and below what fd (O_PATH will do) refers to. */
int landlock_allow(struct landlock *l, int fd, unsigned rights);
/* Allow a TCP port; what: LANDLOCK_CONNECT, LANDLOCK_BIND or both. */
int landlock_allow_port(struct landlock *l, uint16_t port, unsigned what);

/* From here on. no-new-privs must be set. Closes. 0 or -1+errno. */
int landlock_enforce(struct landlock *l);
void landlock_close(struct landlock *l);

#endif
