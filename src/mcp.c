/* SPDX-License-Identifier: MIT */
/*
 * jobdir-mcp: the tools of jobdir as an MCP server on standard input and
 * output. One poll loop; when nothing happens nothing runs. No work depends
 * on how it ends: a client may kill it without notice.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "err.h"
#include "num.h"
#include "outlet.h"
#include "proc.h"
#include "rpc.h"
#include "server.h"

#define OUT_HIGH (256u << 10)	/* unwritten bytes that stop the reading */
#define CHUNK (64u << 10)
#define LINGER_MS 500		/* after end of input, for what is in flight */
#define DEPTH_MAX 2

static const char usage[] = "usage: jobdir-mcp [-hV] [--toolset=delegate|worker|all] [--toolset-dir=DIR]\n";

struct loop {
	struct server s;
	struct rpc_lines lines;
	struct buf chunk;	/* read, not yet handled, from `at` on */
	size_t at;
	struct outlet outlet;
	bool hup, eof;		/* nobody writes any more; and all of it was read */
	int64_t leave_ms;	/* when to give up after that */
};

static void
flush(void *arg)
{
	struct loop *l = arg;

	/* It moves: the time to leave begins again; but no call may keep us for ever. */
	if (outlet_write(&l->outlet, &l->s.o.out) && !l->s.calls.first)
		l->leave_ms = 0;
}

static bool
is_full(const struct loop *l)
{
	return outlet_left(&l->outlet, &l->s.o.out) >= OUT_HIGH;
}

/* ---- input ---- */

/* Handle what was read, until the output is full. */
static void
handle_chunk(struct loop *l)
{
	while (l->at < l->chunk.len && !is_full(l)) {
		enum rpc_line what;

		l->at += rpc_feed(&l->lines, l->chunk.p + l->at, l->chunk.len - l->at, &what);
		if (what == RPC_LINE)
			server_line(&l->s, l->lines.line.p, l->lines.line.len);
		else if (what == RPC_TOO_LONG)
			server_too_long(&l->s);
	}
}

static void
read_chunk(struct loop *l)
{
	ssize_t n;

	buf_reset(&l->chunk);
	l->at = 0;
	n = read(STDIN_FILENO, l->chunk.p, CHUNK);
	if (n > 0)
		l->chunk.len = (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		l->eof = true;
}

/* ---- the loop ---- */

/* Is there nothing left to do, or no time left to do it? Sets *timeout. */
static bool
is_over(struct loop *l, int *timeout)
{
	int64_t now;

	*timeout = calls_timeout(&l->s.calls);
	if (l->outlet.gone || (l->eof && !l->s.o.out.len && !l->s.calls.first))
		return true;
	if (!l->eof && !(l->hup && is_full(l)))
		return false;
	now = clock_boot_ms();
	if (!l->leave_ms)
		l->leave_ms = now + LINGER_MS;
	*timeout = (int)(l->leave_ms - now);
	return *timeout <= 0;
}

/* Wait, and act on what happened. False: a signal says to end. */
static bool
turn(struct loop *l, int signals, int timeout)
{
	struct pollfd p[3 + CALLS_POLLFDS];
	bool full = is_full(l);
	size_t n;

	/* While the output is full only the end of the input is of interest, once. */
	p[0] = (struct pollfd){ .fd = l->eof || (l->hup && full) ? -1 : STDIN_FILENO,
		.events = full ? 0 : POLLIN };
	p[1] = (struct pollfd){ .fd = STDOUT_FILENO, .events = l->s.o.out.len ? POLLOUT : 0 };
	p[2] = (struct pollfd){ .fd = signals, .events = POLLIN };
	n = calls_poll(&l->s.calls, p + 3, full);
	if (poll(p, 3 + n, timeout) < 0) {
		if (errno != EINTR)
			die_sys("cannot wait");
		return true;
	}
	if (p[2].revents)
		return false;
	if (p[1].revents & (POLLERR | POLLNVAL))
		l->outlet.gone = true;
	calls_handle(&l->s.calls, p + 3, n);
	if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		l->hup = true;
	if (p[0].revents && !full)
		read_chunk(l);
	return true;
}

static void
run(struct loop *l, int signals)
{
	int timeout;

	for (;;) {
		handle_chunk(l);
		flush(l);
		if (l->at < l->chunk.len && !is_full(l))
			continue;
		if (l->eof)
			server_gone(&l->s);
		if (is_over(l, &timeout) || !turn(l, signals, timeout))
			break;
	}
	calls_end(&l->s.calls);
}

/* Delegated agents do not delegate: the depth is counted along the processes. */
static void
check_depth(void)
{
	const char *said = getenv("BRIDGE_DEPTH");
	int64_t depth;

	if (!said || num_parse(said, 0, INT32_MAX, &depth))
		depth = 0;
	if (depth >= DEPTH_MAX)
		die(EXIT_POLICY, "a delegated agent may not delegate (BRIDGE_DEPTH is %s)", said);
	if (setenv("BRIDGE_DEPTH", depth ? "2" : "1", 1) || setenv("JOBDIR_CONTROL", "3", 1) ||
	    unsetenv("JOBDIR_CALLER_SANDBOX"))
		die_sys("cannot set the environment");
}

static const char *
toolset_of(const char *name)
{
	if (!strcmp(name, "all"))
		return NULL;
	if (strcmp(name, "delegate") && strcmp(name, "worker"))
		die(EXIT_USAGE, "--toolset must be delegate, worker or all, not '%s'", name);
	return name;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "toolset", required_argument, NULL, 't' },
		{ "toolset-dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, 0 };
	static struct loop l;
	const char *toolset = "delegate", *dir = NULL;
	int opt, signals;

	err_init(argc, argv, "jobdir-mcp");
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		if (opt == 't') {
			toolset = toolset_of(optarg);
			continue;
		}
		if (opt == 'd') {
			dir = optarg;
			continue;
		}
		if (opt != 'h' && opt != 'V')
			die(EXIT_USAGE, "bad option '%s' (see -h)", argv[optind - 1]);
		err_answer(opt == 'h' ? usage : "jobdir-mcp " JOBDIR_VERSION "\n");
	}
	if (optind < argc)
		die(EXIT_USAGE, "there are no operands ('%s')", argv[optind]);
	check_depth();
	signals = proc_signalfd(ends);
	if (signals < 0)
		die_sys("cannot watch for signals");
	server_init(&l.s, dir ? NULL : toolset);
	l.s.toolset_dir = dir;
	buf_init(&l.lines.line);
	buf_init(&l.chunk);
	outlet_open(&l.outlet, STDOUT_FILENO);
	l.s.o.flush = flush;
	l.s.o.arg = &l;
	if (buf_grow(&l.chunk, CHUNK))
		die_sys("cannot start");
	run(&l, signals);
	server_release(&l.s);
	return EXIT_OK;
}
