/* SPDX-License-Identifier: MIT */
#include "callfilter.h"

#include <errno.h>
#include <linux/sched.h>
#include <malloc.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "jsonw.h"

#define ROOM (1 << 20)			/* bytes that making the filter takes at most */
#define DENY SCMP_ACT_ERRNO(EPERM)
#define LOW32 0xffffffffu		/* the kernel looks at no more of these arguments */

/* Refused whatever the arguments. */
static const struct {
	const char *name;
	int number;
} calls[] = {
#define CALL(name) { #name, SCMP_SYS(name) }
	/* reading and changing other processes */
	CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(pidfd_getfd),
	CALL(kcmp), CALL(process_madvise),
	/* work that the kernel does past this filter */
	CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register),
	/* mounts and namespaces (clone and unshare: below) */
	CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot), CALL(setns),
	CALL(open_tree), CALL(move_mount), CALL(fsopen), CALL(fsconfig), CALL(fsmount), CALL(fspick),
	CALL(mount_setattr),
	/* files by handle pass every path */
	CALL(open_by_handle_at), CALL(name_to_handle_at),
	/* the kernel and the machine */
	CALL(bpf), CALL(perf_event_open), CALL(userfaultfd), CALL(lookup_dcookie),
	CALL(add_key), CALL(request_key), CALL(keyctl),
	CALL(kexec_load), CALL(kexec_file_load), CALL(init_module), CALL(finit_module),
	CALL(delete_module), CALL(reboot), CALL(swapon), CALL(swapoff), CALL(quotactl),
	CALL(quotactl_fd), CALL(acct), CALL(syslog), CALL(vhangup), CALL(nfsservctl),
	CALL(settimeofday), CALL(clock_settime), CALL(clock_adjtime), CALL(adjtimex),
	CALL(sethostname), CALL(setdomainname), CALL(iopl), CALL(ioperm), CALL(modify_ldt),
	CALL(fanotify_init),
#undef CALL
};

static const struct {
	const char *name;
	unsigned flag;
} namespaces[] = {
	{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET }, { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP },
};

/* A call that this architecture has not got cannot be made either. */
static int
deny(scmp_filter_ctx ctx, int number, unsigned n, const struct scmp_arg_cmp *args)
{
	int got = seccomp_rule_add_array(ctx, DENY, number, n, args);

	return got == -EDOM || got == -EEXIST ? 0 : got;
}

static int
add_calls(scmp_filter_ctx ctx)
{
	int got = 0;

	for (size_t i = 0; i < sizeof calls / sizeof *calls && !got; i++)
		if (calls[i].number >= 0)	/* negative: not of this architecture */
			got = deny(ctx, calls[i].number, 0, NULL);
	return got;
}

static int
add_namespaces(scmp_filter_ctx ctx)
{
	int got = 0;

	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces && !got; i++) {
		struct scmp_arg_cmp has = SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i].flag,
			namespaces[i].flag);

		got = deny(ctx, SCMP_SYS(clone), 1, &has);
		if (!got)
			got = deny(ctx, SCMP_SYS(unshare), 1, &has);
	}
	/* Its flags lie in memory, which a filter cannot read; the C library falls back to clone. */
	return got ? got : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int
add_terminal(scmp_filter_ctx ctx)
{
	static const unsigned ioctls[] = { TIOCSTI, TIOCLINUX };
	int got = 0;

	for (size_t i = 0; i < sizeof ioctls / sizeof *ioctls && !got; i++) {
		struct scmp_arg_cmp is = SCMP_A1(SCMP_CMP_MASKED_EQ, LOW32, ioctls[i]);

		got = deny(ctx, SCMP_SYS(ioctl), 1, &is);
	}
	return got;
}

/* Nobody's priority but one's own, by the name 0: others of the user may not even be of the job. */
static int
add_priority(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp group = SCMP_A0(SCMP_CMP_MASKED_EQ, 3, 1);
	struct scmp_arg_cmp user = SCMP_A0(SCMP_CMP_MASKED_EQ, 3, 2);
	struct scmp_arg_cmp other = SCMP_A1(SCMP_CMP_GT, 0, 0);
	int got = deny(ctx, SCMP_SYS(setpriority), 1, &group);

	if (!got)
		got = deny(ctx, SCMP_SYS(setpriority), 1, &user);
	return got ? got : deny(ctx, SCMP_SYS(setpriority), 1, &other);
}

/* Nobody's limits but one's own: those of a process outside would be its end. Asking is free. */
static int
add_limits(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp others[] = { SCMP_A0(SCMP_CMP_NE, 0, 0), SCMP_A2(SCMP_CMP_NE, 0, 0) };

	return deny(ctx, SCMP_SYS(prlimit64), 2, others);
}

/* Data in the first packet connects without connect(), and Landlock does not see it. */
static int
add_fast_open(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp to = SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN);
	struct scmp_arg_cmp msg = SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN);
	int got = deny(ctx, SCMP_SYS(sendto), 1, &to);

	if (!got)
		got = deny(ctx, SCMP_SYS(sendmsg), 1, &msg);
	return got ? got : deny(ctx, SCMP_SYS(sendmmsg), 1, &to);
}

/* One end of a pair of datagram sockets can be sent from to any other: no pair then. */
static int
add_pairs(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp datagram = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM);
	struct scmp_arg_cmp raw = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW);
	int got = deny(ctx, SCMP_SYS(socketpair), 1, &datagram);

	return got ? got : deny(ctx, SCMP_SYS(socketpair), 1, &raw);
}

/* The families but for IP, and AF_UNIX if that is allowed. */
static int
add_families(scmp_filter_ctx ctx, const struct callfilter *f)
{
	struct scmp_arg_cmp above = SCMP_A0(SCMP_CMP_GT, AF_INET6, 0);
	int got = deny(ctx, SCMP_SYS(socket), 1, &above);

	for (unsigned domain = 0; domain < AF_INET6 && !got; domain++) {
		struct scmp_arg_cmp is = SCMP_A0(SCMP_CMP_EQ, domain, 0);

		if (domain != AF_INET && !(domain == AF_UNIX && f->unix_sockets))
			got = deny(ctx, SCMP_SYS(socket), 1, &is);
	}
	return got;
}

/* Of IP only TCP: raw sockets, SCTP and multipath TCP have no port rule in the kernel. */
static int
add_ip(scmp_filter_ctx ctx, const struct callfilter *f, unsigned domain)
{
	static const unsigned types[] = { SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP,
		SOCK_PACKET };
	int got = 0;

	for (size_t i = 0; i < sizeof types / sizeof *types && !got; i++) {
		struct scmp_arg_cmp is[] = { SCMP_A0(SCMP_CMP_EQ, domain, 0),
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, types[i]) };

		if (types[i] != SOCK_DGRAM || !f->udp)
			got = deny(ctx, SCMP_SYS(socket), 2, is);
	}
	if (!got) {
		struct scmp_arg_cmp is[] = { SCMP_A0(SCMP_CMP_EQ, domain, 0),
			SCMP_A2(SCMP_CMP_GT, f->udp ? IPPROTO_UDP : IPPROTO_TCP, 0) };

		got = deny(ctx, SCMP_SYS(socket), 2, is);
	}
	return got;
}

static int
fill(scmp_filter_ctx ctx, const struct callfilter *f)
{
	int got = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));

	if (!got)
		got = add_calls(ctx);
	if (!got)
		got = add_namespaces(ctx);
	if (!got)
		got = add_terminal(ctx);
	if (!got)
		got = add_priority(ctx);
	if (!got)
		got = add_limits(ctx);
	if (!got)
		got = add_fast_open(ctx);
	if (!got && !f->unix_sockets)
		got = add_pairs(ctx);
	if (!got)
		got = add_families(ctx, f);
	if (!got)
		got = add_ip(ctx, f, AF_INET);
	return got ? got : add_ip(ctx, f, AF_INET6);
}

/*
 * libseccomp 2.5 follows a null pointer where memory runs out while it makes the program:
 * what it will take is had before, and stays in the heap.
 */
static int
have_room(void)
{
	volatile char *room;

	(void)mallopt(M_MMAP_THRESHOLD, 2 * ROOM);	/* refused: then as before */
	(void)mallopt(M_TRIM_THRESHOLD, 4 * ROOM);
	room = malloc(ROOM);
	if (!room)
		return -1;
	*room = 0;			/* or a compiler sees that it serves nothing */
	free((void *)(uintptr_t)room);
	return 0;
}

int
callfilter_enforce(const struct callfilter *f)
{
	if (have_room() < 0)
		return -1;
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int got = ctx ? fill(ctx, f) : -ENOMEM;

	if (!got)
		got = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	errno = -got;
	return got ? -1 : 0;
}

void
callfilter_print(struct jsonw *w)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		jsonw_cstr(w, calls[i].name);
	jsonw_cstr(w, "clone3");
	jsonw_cstr(w, "ioctl(TIOCSTI)");
	jsonw_cstr(w, "ioctl(TIOCLINUX)");
	jsonw_cstr(w, "setpriority(of others)");
	jsonw_cstr(w, "prlimit64(other process)");
	jsonw_cstr(w, "sendto(MSG_FASTOPEN)");
}
