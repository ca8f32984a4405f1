/* SPDX-License-Identifier: MIT */
/*
 * bench: figures beside their floors, medians of interleaved runs.
 *
 *	bench [-n RUNS] [--json] [--only PART,…] DIR
 *		the table, or parts of it (spawn walls stamp supervise mcp json redact task tail
 *		list tree); DIR is an empty scratch directory
 *	bench true|echo|copy|stamp FIFO|install JOB DIR
 *		the floors themselves (this program again); as "claude" it stands in for it
 *
 * Our command, its floor and the peer run in turn (A B C A B C …), so that a
 * machine that slows down slows all of them. Nothing passes or fails here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "json.h"

#ifndef TREE_FILES
#define TREE_FILES 50000
#endif

extern char **environ;
static char self[4096], dir[2048];
static bool as_json;
static int runs = 21, rows;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(111);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Start a command with optional pipes to its standard input and output. */
static pid_t
start(const char *const argv[], int *in, int *out)
{
	posix_spawn_file_actions_t fa;
	int pi[2] = { -1, -1 }, po[2] = { -1, -1 };
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	if (in) {
		if (pipe2(pi, O_CLOEXEC) < 0)
			fail("pipe");
		posix_spawn_file_actions_adddup2(&fa, pi[0], 0);
	}
	if (out) {
		if (pipe2(po, O_CLOEXEC) < 0)
			fail("pipe");
		posix_spawn_file_actions_adddup2(&fa, po[1], 1);
	} else {
		posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	}
	errno = posix_spawnp(&pid, argv[0], &fa, NULL, (char **)(uintptr_t)argv, environ);
	if (errno)
		fail(argv[0]);
	posix_spawn_file_actions_destroy(&fa);
	if (in) {
		close(pi[0]);
		*in = pi[1];
	}
	if (out) {
		close(po[1]);
		*out = po[0];
	}
	return pid;
}

static int
finish(pid_t pid)
{
	int st;

	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

/* Milliseconds of a whole run; its first line of output goes to line. */
static double
timed(const char *const argv[], char *line, size_t size)
{
	double t = now();
	int out;
	size_t n = 0;
	ssize_t k;
	pid_t pid = start(argv, NULL, line ? &out : NULL);

	if (line) {
		while (n + 1 < size && (k = read(out, line + n, size - 1 - n)) > 0)
			n += (size_t)k;
		line[n] = 0;
		line[strcspn(line, "\n")] = 0;
		close(out);
	}
	int st = finish(pid);
	if (st > 1) {
		fprintf(stderr, "bench: %s %s: exit %d\n", argv[0], argv[1] ? argv[1] : "", st);
		exit(111);
	}
	return now() - t;
}

static double
shell(const char *text)
{
	return timed((const char *[]){ "sh", "-c", text, NULL }, NULL, 0);
}

/* What keeps us from the floor, where something does. */
static const struct {
	const char *what, *why;
} whys[] = {
	{ "spawn to id printed", "job.json and its directory, then the day's directory: two promises on the disk before the id" },
	{ "spawn + supervise + wait of true", "spawn, supervise, a redactor, an init and the payload are five processes, and the records are synced" },
	{ "500 sequential jobs of true, each", "as above; the fsyncs are half of it on a disk that keeps its word" },
	{ "walls: limits, confine, true", "two more execs, and a filter of system calls compiled each time" },
	{ "spawn to program exec'd", "the record is durable before anything runs; the floor writes nothing" },
	{ "program's exit to waiter's return", "the log is drained and end.json synced before the lock is let go" },
	{ "supervise's resident memory", "its poll loop and buffers; the redactors share the pages of rules with it" },
	{ "exec to initialize answered", "27 manifests are read and their schemas checked; the echo server knows nothing" },
	{ "ping", "the line is validated as JSON before it is answered" },
	{ "tools/list", "25 kB are written instead of a line echoed" },
	{ "tools/call claude_jobs", "one exec more than true, the request checked against its schema, the answer parsed once" },
	{ "leave after EOF", "nothing to wait for; the difference is the memory given back" },
	{ "list, 20 newest of 10,000", "20 jobs of two files each, and the names of one day" },
	{ "list, all 10,000", "also the absent result.json is asked for, each directory opened and its owner looked at, and JSON parsed" },
	{ "workspace status, 10,000 old jobs", "git is asked once about the workspace; old jobs are counted by name" },
	{ "list, 20 newest of 100,000", "as for 10,000: days that are not needed are not opened" },
	{ "redact, a build log, all rules", "480 rules by four bytes each in vectors of 32; every 40th byte begins one in these lines and is looked at" },
	{ "redact, start to end of no input", "the table of rules is indexed anew: heads by three bytes, bits by four" },
	{ "JSON, 100 kB of objects", "depth, grammar, UTF-8, escapes and duplicate names are looked at before jsmn sees the text" },
	{ "JSON, 100 kB of small numbers", "a token every five bytes: jsmn alone bounds it, and the checks before it cost as much again" },
	{ "claude_task, read: call to result", "task, spawn, supervise, gateway, agent and its chain (limits, env, confine), result: each an exec, and the records are synced" },
	{ "claude_task, write: call to result", "as read, and a tree is made, sealed and diffed, partly by git processes" },
	{ "tool call to the agent's exec", "most of those execs lie before the agent, and the job is durable first" },
	{ "agent's exit to result at the client", "redactors drained, records written, the result computed and synced, end.json, then the lock" },
	{ "diff of 1,000 files, names", "the tree is walked by descriptor and compared without asking git about anything the agent wrote" },
	{ "apply of 1,000 files", "each file is staged, synced, exchanged and verified, so that a crash leaves old or new" },
	{ "tree of 50,000 files", "the files, an index and two repositories; the floor makes one and a link to it" },
	{ "seal + diff, 5 edits 5 adds", "blobs and tree are written for good, which git diff does not do" },
	{ "remove a tree of 50,000 files", "renamed aside; another process removes it" },
};

static const char *
why_of(const char *what)
{
	for (size_t i = 0; i < sizeof(whys) / sizeof(*whys); i++)
		if (!strcmp(whys[i].what, what))
			return whys[i].why;
	return "";
}

static void
row(const char *what, double ours, double floor, const char *floor_is, const char *unit,
	const char *target)
{
	if (as_json)
		printf("%s{\"what\":\"%s\",\"unit\":\"%s\",\"ours\":%.4f,\"floor\":%.4f,"
		       "\"floor_is\":\"%s\",\"ratio\":%.3f,\"target\":\"%s\",\"why\":\"%s\"}", rows++ ? ",\n" : "[\n",
			what, unit, ours, floor, floor_is, floor > 0 ? ours / floor : 0, target, why_of(what));
	else
		printf("%-38s %9.3f %-3s %9.3f %7.2f  %-34s %s\n", what, ours, unit, floor,
			floor > 0 ? ours / floor : 0, floor_is, target);
	if (!as_json && *why_of(what))
		printf("    %s\n", why_of(what));
	fflush(stdout);
}

static double
rss_mb(pid_t pid)
{
	char name[64], line[256];
	double kb = 0;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	FILE *f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %lf", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb / 1024;
}

/* What a promise on the disk costs here: one file and its directory, synced. */
static double
durable(int i)
{
	char name[4096];
	double t = now();
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(name, sizeof(name), "durable-%d", i);
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (at < 0 || fd < 0 || write(fd, "x\n", 2) != 2 || fsync(fd) < 0 || fsync(at) < 0)
		fail(name);
	close(fd);
	close(at);
	t = now() - t;
	snprintf(name, sizeof(name), "%s/durable-%d", dir, i);
	unlink(name);
	return t;
}

/* ---- jobs ---- */

static void
bench_spawn(void)
{
	double ours[101], floor[101], seq[101], disk[101];
	char id[256];

	for (int i = 0; i < runs; i++) {
		floor[i] = timed((const char *[]){ self, "true", NULL }, NULL, 0);
		disk[i] = durable(i);
		ours[i] = timed((const char *[]){ "jobdir-spawn", "--", self, "true", NULL }, id, sizeof(id));
		timed((const char *[]){ "jobdir-wait", "-q", id, NULL }, NULL, 0);
		seq[i] = timed((const char *[]){ "jobdir-spawn", "--wait", "--", self, "true", NULL }, id,
			sizeof(id));
	}
	double f = median(floor, runs), d = median(disk, runs);
	row("a durable record (file, directory)", d, f, "fork+exec+wait of true", "ms", "the disk's own");
	row("spawn to id printed", median(ours, runs), 2 * f + 2 * d, "2 execs, 2 durable records", "ms", "<= 1.5 x");
	row("spawn + supervise + wait of true", median(seq, runs), 3 * f + 3 * d, "3 execs, 3 durable records",
		"ms", "<= 1 x");
	double t = now();
	for (int i = 0; i < 500; i++)
		timed((const char *[]){ "jobdir-spawn", "--wait", "--", self, "true", NULL }, id, sizeof(id));
	row("500 sequential jobs of true, each", (now() - t) / 500, 3 * f + 3 * d, "3 execs, 3 durable records",
		"ms", "<= 1 x");
}

/* limits, confine and their target's exec against the exec alone: what the walls cost. */
static void
bench_walls(void)
{
	double ours[101], floor[101];
	char secret[4096];

	snprintf(secret, sizeof(secret), "%s/.env", dir);
	shell(": >\"$HOME/../.env\"");
	for (int i = 0; i < runs; i++) {
		floor[i] = timed((const char *[]){ self, "true", NULL }, NULL, 0);
		ours[i] = timed((const char *[]){ "jobdir-limits", "--core=0", "--", "jobdir-confine",
			"--own-net", "--read", self, "--write", dir, "--tmp", dir, "--mask", secret, "--", self,
			"true", NULL }, NULL, 0);
	}
	double f = median(floor, runs);
	row("all walls: limits, confine, true", median(ours, runs), f, "fork+exec+wait of true", "ms",
		"<= floor + 3 ms");
}

/* The payload writes its clock to a fifo: when it was exec'd, and just before it ends. */
static void
bench_stamp(void)
{
	double begin[101], end[101], pipe_floor[101], stamp[2];
	char fifo[4096], id[256];

	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	if (mkfifo(fifo, 0600) < 0)
		fail(fifo);
	int fd = open(fifo, O_RDWR | O_CLOEXEC);
	for (int i = 0; i < runs; i++) {
		int out;
		double t = now();
		pid_t pid = start((const char *[]){ self, "stamp", fifo, NULL }, NULL, &out);
		if (read(fd, stamp, sizeof(stamp)) != sizeof(stamp))
			fail("fifo");
		finish(pid);
		close(out);
		pipe_floor[i] = stamp[0] - t;
		t = now();
		timed((const char *[]){ "jobdir-spawn", "--", self, "stamp", fifo, NULL }, id, sizeof(id));
		pid = start((const char *[]){ "jobdir-wait", "-q", id, NULL }, NULL, NULL);
		if (read(fd, stamp, sizeof(stamp)) != sizeof(stamp))
			fail("fifo");
		finish(pid);
		begin[i] = stamp[0] - t;
		end[i] = now() - stamp[1];
	}
	row("spawn to program exec'd", median(begin, runs), median(pipe_floor, runs), "fork+exec, no fsync", "ms",
		"<= 3 x + fsyncs");
	row("program's exit to waiter's return", median(end, runs), 0.1, "a lock or pidfd wake-up [spec]",
		"ms", "<= 5 ms");
	close(fd);
}

/* ---- the server ---- */

struct server {
	pid_t pid;
	int in, out;
};

static char answered[1 << 20];

static size_t
ask(struct server *s, const char *line)
{
	char *buf = answered;
	size_t n = 0;
	ssize_t k;

	if (write(s->in, line, strlen(line)) < 0)
		fail("write to server");
	while (n + 1 < sizeof(answered) && (k = read(s->out, buf + n, sizeof(answered) - 1 - n)) > 0) {
		n += (size_t)k;
		buf[n] = 0;
		if (buf[n - 1] == '\n')
			return n;
	}
	fail("server closed");
	return 0;
}

#define INIT "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":" \
	"\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}\n"
#define NOTE "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n"
#define LIST "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n"

static double
server_start(struct server *s, const char *const argv[])
{
	double t = now();

	s->pid = start(argv, &s->in, &s->out);
	ask(s, INIT);
	return now() - t;
}

static double
server_stop(struct server *s)
{
	double t = now();

	close(s->in);
	finish(s->pid);
	close(s->out);
	return now() - t;
}

static void
bench_mcp(void)
{
	double init[101], init0[101], ping[101], ping0[101], list[101], list0[101], call[101], f[101],
		leave[101], leave0[101];
	char line[8192];
	const char *const ours[] = { "jobdir-mcp", NULL }, *const echo[] = { self, "echo", NULL };
	struct server s, e;
	double rss = 0, rss0 = 0;

	snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{"
		"\"name\":\"claude_jobs\",\"arguments\":{\"cwd\":\"%s/ws\",\"limit\":1}}}\n", dir);
	for (int i = 0; i < runs; i++) {
		init[i] = server_start(&s, ours);
		init0[i] = server_start(&e, echo);
		if (write(s.in, NOTE, strlen(NOTE)) < 0)
			fail("write");
		ask(&s, LIST);
		ask(&s, PING), ask(&e, PING);
		double t = now();
		ask(&s, PING);
		ping[i] = now() - t, t = now();
		ask(&e, PING);
		ping0[i] = now() - t, t = now();
		ask(&s, LIST);
		list[i] = now() - t, t = now();
		ask(&e, LIST);
		list0[i] = now() - t, t = now();
		ask(&s, line);
		call[i] = now() - t;
		f[i] = timed((const char *[]){ self, "true", NULL }, NULL, 0);
		rss = rss_mb(s.pid), rss0 = rss_mb(e.pid);
		leave[i] = server_stop(&s);
		leave0[i] = server_stop(&e);
	}
	row("exec to initialize answered", median(init, runs), median(init0, runs), "a C echo server", "ms", "<= 3 x");
	row("ping", median(ping, runs), median(ping0, runs), "a C echo server", "ms", "<= 2 x");
	row("tools/list", median(list, runs), median(list0, runs), "a C echo server", "ms", "<= 2 x");
	row("tools/call claude_jobs", median(call, runs), median(f, runs), "fork+exec+wait of true", "ms", "<= 2 x");
	row("leave after EOF", median(leave, runs), median(leave0, runs), "a C echo server", "ms", "<= 5 ms");
	row("server's resident memory", rss, rss0, "a C echo server", "MB", "<= 4 MB");
}

static void
bench_supervise(void)
{
	char id[256], path[4096], line[4096];
	int pid = 0;

	timed((const char *[]){ "jobdir-spawn", "--", "sleep", "1000", NULL }, id, sizeof(id));
	for (int i = 0; i < 200 && !pid; i++) {
		snprintf(path, sizeof(path), "%s/running/%s/state.json", getenv("JOBDIR_STATE"), id);
		FILE *f = fopen(path, "re");
		if (f && fgets(line, sizeof(line), f)) {
			char *p = strstr(line, "\"supervisor_pid\":");
			if (p)
				pid = atoi(p + 17);
		}
		if (f)
			fclose(f);
		poll(NULL, 0, 10);
	}
	row("supervise's resident memory", rss_mb(pid), 0.7, "a small C program [spec]", "MB", "<= 2 MB");
	timed((const char *[]){ "jobdir-cancel", id, NULL }, NULL, 0);
}

#include "benchwork.h"

/* ---- the tree ---- */

static void
bench_tree(int files)
{
	double make[9], add[9], diff[9], gdiff[9];
	char cmd[32768], job[4096], id[64];

	snprintf(cmd, sizeof(cmd),
		"set -e; mkdir -p %s/big; cd %s/big; git init -q; i=0; while [ $i -lt 500 ]; do mkdir -p d$i; "
		"j=0; while [ $j -lt %d ]; do echo \"file $i $j\" >d$i/f$j; j=$((j+1)); done; i=$((i+1)); done; "
		"git add -A; git commit -qm big", dir, dir, files / 500);
	shell(cmd);
	for (int i = 0; i < 5; i++) {
		snprintf(cmd, sizeof(cmd), "%s/big", dir);
		timed((const char *[]){ "jobdir-spawn", "--wait", "--cwd", cmd, "--", self, "true", NULL }, id,
			sizeof(id));
		snprintf(job, sizeof(job), "%s/jobs/%.8s/%s", getenv("JOBDIR_STATE"), id + 4, id);
		make[i] = timed((const char *[]){ "jobdir-tree", "make", job, NULL }, NULL, 0);
		snprintf(cmd, sizeof(cmd),
			"git -C %s/big -c checkout.workers=2 worktree add -q --detach %s/wt%d", dir, dir, i);
		add[i] = shell(cmd);
		snprintf(cmd, sizeof(cmd), "for d in %s/tree %s/wt%d; do cd $d; for i in 1 2 3 4 5; do "
			"echo x >>d$i/f$i; echo new >d$i/new; done; done", job, dir, i);
		shell(cmd);
		diff[i] = timed((const char *[]){ "jobdir-diff", "--name-status", job, NULL }, NULL, 0);
		snprintf(cmd, sizeof(cmd), "cd %s/wt%d; git add -N .; git diff --binary >/dev/null", dir, i);
		gdiff[i] = shell(cmd);
		snprintf(cmd, sizeof(cmd), "git -C %s/big worktree remove --force %s/wt%d; rm -rf %s/tree %s/ctl.git %s/agent.git", dir, dir, i, job, job, job);
		shell(cmd);
	}
	row("tree of 50,000 files", median(make, 5), median(add, 5), "git worktree add, 2 workers", "ms", "<= 1.0 x");
	bench_change();
	row("seal + diff, 5 edits 5 adds", median(diff, 5), median(gdiff, 5), "git add -N + git diff", "ms", "<= 1.2 x");
}

static int
floors(int argc, char **argv)
{
	if (!strcmp(argv[1], "install") && argc == 4)
		return install_files(argv[2], argv[3]);
	if (!strcmp(argv[1], "log") && argc == 4) {
		make_log(argv[3], atoi(argv[2]));
		return 0;
	}
	if (!strcmp(argv[1], "old") && argc == 4) {	/* for profile.sh: jobs like this one */
		make_old(argv[2], 0, atoi(argv[3]), 3400);
		return 0;
	}
	if (!strcmp(argv[1], "copy")) {
		static char b[1 << 16];
		ssize_t n;
		while ((n = read(0, b, sizeof(b))) > 0)
			if (write(1, b, (size_t)n) != n)
				return 111;
		return 0;
	}
	if (!strcmp(argv[1], "true"))
		return 0;
	if (!strcmp(argv[1], "stamp") && argc == 3) {
		double t[2] = { now(), 0 };
		int fd = open(argv[2], O_WRONLY | O_CLOEXEC);
		t[1] = now();
		return write(fd, t, sizeof(t)) == sizeof(t) ? 0 : 111;
	}
	if (!strcmp(argv[1], "echo")) {
		static char b[1 << 16];
		ssize_t n;
		while ((n = read(0, b, sizeof(b))) > 0)
			if (write(1, b, (size_t)n) != n)
				return 111;
		return 0;
	}
	return -1;
}

static const char *only;

static bool
wanted(const char *part)
{
	return !only || strstr(only, part);
}

int
main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');

	if (!strcmp(base ? base + 1 : argv[0], "claude"))
		return stand_in(argc, argv);
	if (argc > 1) {
		int st = floors(argc, argv);
		if (st >= 0)
			return st;
	}
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-n") && i + 1 < argc)
			runs = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--only") && i + 1 < argc)
			only = argv[++i];
		else if (!strcmp(argv[i], "--json"))
			as_json = true;
		else
			snprintf(dir, sizeof(dir), "%s", argv[i]);
	}
	if (runs < 3 || runs > 100 || !*dir || !getenv("JOBDIR_STATE")) {
		fprintf(stderr, "usage: bench [-n RUNS] [--json] [--only PART,…] DIR (with JOBDIR_STATE set)\n");
		return 100;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		fail("/proc/self/exe");
	signal(SIGPIPE, SIG_IGN);
	if (!as_json)
		printf("%-38s %9s %-3s %9s %7s  %-34s %s\n", "", "ours", "", "floor", "ratio", "the floor is", "target");
	if (wanted("spawn"))
		bench_spawn();
	if (wanted("walls"))
		bench_walls();
	if (wanted("stamp"))
		bench_stamp();
	if (wanted("supervise"))
		bench_supervise();
	if (wanted("mcp"))
		bench_mcp();
	if (wanted("json"))
		bench_json();
	if (wanted("redact"))
		bench_redact();
	if (wanted("task"))
		bench_task();
	if (wanted("tail"))
		bench_tail();
	if (wanted("list"))
		bench_list();
	if (wanted("tree"))
		bench_tree(TREE_FILES);
	if (as_json)
		puts("\n]");
	return 0;
}
