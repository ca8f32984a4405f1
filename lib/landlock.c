/* SPDX-License-Identifier: MIT */
#include "landlock.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buf.h"

/* The same numbers on every architecture (asm-generic/unistd.h). */
#define SYS_CREATE 444
#define SYS_ADD_RULE 445
#define SYS_RESTRICT 446

#define CREATE_VERSION 1u
#define RULE_PATH 1
#define RULE_PORT 2

enum {				/* LANDLOCK_ACCESS_FS_* */
	F_EXECUTE = 1 << 0,
	F_WRITE_FILE = 1 << 1,
	F_READ_FILE = 1 << 2,
	F_READ_DIR = 1 << 3,
	F_REMOVE_DIR = 1 << 4,
	F_REMOVE_FILE = 1 << 5,
	F_MAKE_CHAR = 1 << 6,
	F_MAKE_DIR = 1 << 7,
	F_MAKE_REG = 1 << 8,
	F_MAKE_SOCK = 1 << 9,
	F_MAKE_FIFO = 1 << 10,
	F_MAKE_BLOCK = 1 << 11,
	F_MAKE_SYM = 1 << 12,
	F_REFER = 1 << 13,
	F_TRUNCATE = 1 << 14,
	F_IOCTL_DEV = 1 << 15,
};
#define F_ABI1 ((F_MAKE_SYM << 1) - 1)
/* What makes sense for something that is no directory. */
#define F_OF_FILE (F_EXECUTE | F_WRITE_FILE | F_READ_FILE | F_TRUNCATE | F_IOCTL_DEV)

#define N_BIND 1u		/* LANDLOCK_ACCESS_NET_* */
#define N_CONNECT 2u
#define S_ALL 3u		/* LANDLOCK_SCOPE_*: abstract sockets, signals */

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_attr {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

struct port_attr {
	uint64_t allowed, port;
};

int
landlock_abi(void)
{
	long v = syscall(SYS_CREATE, NULL, (size_t)0, CREATE_VERSION);

	return v < 0 ? 0 : (int)v;
}

unsigned
landlock_has(int abi, unsigned want)
{
	unsigned have = 0;

	if (abi >= 1)
		have |= LANDLOCK_FS;
	if (abi >= 3)
		have |= LANDLOCK_TRUNCATE;
	if (abi >= 4)
		have |= LANDLOCK_CONNECT | LANDLOCK_BIND;
	if (abi >= 6)
		have |= LANDLOCK_SCOPE;
	return want & have;
}

static uint64_t
fs_rights(int abi)
{
	uint64_t f = F_ABI1;

	if (abi >= 2)
		f |= F_REFER;
	if (abi >= 3)
		f |= F_TRUNCATE;
	if (abi >= 5)
		f |= F_IOCTL_DEV;
	return f;
}

int
landlock_open(struct landlock *l, unsigned want)
{
	struct ruleset_attr a = { 0 };
	size_t size;

	*l = (struct landlock){ .fd = -1, .abi = landlock_abi() };
	l->want = landlock_has(l->abi, want);
	if (!(l->want & ~LANDLOCK_TRUNCATE))
		return 0;
	/* An older kernel refuses the members that it does not know. */
	size = l->abi >= 6 ? sizeof a : offsetof(struct ruleset_attr, scoped);
	if (l->abi < 4)
		size = offsetof(struct ruleset_attr, net);
	if (l->want & LANDLOCK_FS)
		a.fs = l->fs = fs_rights(l->abi);
	if (l->want & LANDLOCK_CONNECT)
		a.net |= N_CONNECT;
	if (l->want & LANDLOCK_BIND)
		a.net |= N_BIND;
	if (l->want & LANDLOCK_SCOPE)
		a.scoped = S_ALL;
	l->fd = (int)syscall(SYS_CREATE, &a, size, 0);	/* close-on-exec by itself */
	return l->fd < 0 ? -1 : 0;
}

int
landlock_allow(struct landlock *l, int fd, unsigned rights)
{
	struct path_attr a = { .fd = fd };
	struct stat st;

	if (!l->fs)
		return 0;
	if (fstat(fd, &st) < 0)
		return -1;
	if (rights & LANDLOCK_READ)
		a.allowed |= F_READ_FILE | F_READ_DIR;
	if (rights & LANDLOCK_EXEC)
		a.allowed |= F_EXECUTE;
	if (rights & LANDLOCK_WRITE)
		a.allowed |= l->fs & ~(uint64_t)(F_EXECUTE | F_READ_FILE | F_READ_DIR |
			F_IOCTL_DEV | F_MAKE_CHAR | F_MAKE_BLOCK);
	if (rights & LANDLOCK_DEVICE)
		a.allowed |= F_IOCTL_DEV;
	a.allowed &= l->fs & (S_ISDIR(st.st_mode) ? ~(uint64_t)0 : F_OF_FILE);
	return a.allowed ? (int)syscall(SYS_ADD_RULE, l->fd, RULE_PATH, &a, 0) : 0;
}

int
landlock_allow_port(struct landlock *l, uint16_t port, unsigned what)
{
	struct port_attr a = { .port = port };

	if (what & l->want & LANDLOCK_CONNECT)
		a.allowed |= N_CONNECT;
	if (what & l->want & LANDLOCK_BIND)
		a.allowed |= N_BIND;
	return a.allowed ? (int)syscall(SYS_ADD_RULE, l->fd, RULE_PORT, &a, 0) : 0;
}

int
landlock_enforce(struct landlock *l)
{
	int got = l->fd < 0 ? 0 : (int)syscall(SYS_RESTRICT, l->fd, 0);

	landlock_close(l);
	return got;
}

void
landlock_close(struct landlock *l)
{
	cleanup_fd(&l->fd);
}
