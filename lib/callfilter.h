/* SPDX-License-Identifier: MIT */
/*
 * callfilter: the system calls that work inside the walls is never in need of,
 * refused with EPERM by seccomp (through libseccomp). One table; a filter is
 * inherited by all that is started and can never be taken off.
 */
#ifndef JOBDIR_CALLFILTER_H
#define JOBDIR_CALLFILTER_H

#include <stdbool.h>

struct jsonw;

struct callfilter {
	bool unix_sockets;		/* allow socket(AF_UNIX); a pair of streams always is */
	bool udp;			/* allow datagrams over IP */
};

/*
 * Refused always: tracing and reading other processes, io_uring, new namespaces,
 * mounts, bpf, keys, perf, kexec, modules, clocks, TIOCSTI, limits of other
 * processes, TCP fast open, and every socket that is neither TCP nor allowed above. Sets no-new-privs. 0 or -1+errno.
 */
int callfilter_enforce(const struct callfilter *f);

/* The names of what is refused, as the elements of an open JSON array. */
void callfilter_print(struct jsonw *w);

#endif
