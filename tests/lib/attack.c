/* SPDX-License-Identifier: MIT */
/*
 * attack: a stand-in for the agent that does what a hostile one would, and prints
 * a row per attack into $TMPDIR/rows: NAME allowed, or NAME refused (ERRNO). What it
 * must be able to do is a row as well: NAME works, or NAME broken (ERRNO).
 * The file `targets` beside it says where things are (NAME=VALUE lines).
 */
#include "attackfile.h"
#include "attackmore.h"

#include <stdio.h>
#include <stdlib.h>

static char targets[8192], here[PATH_MAX];

const char *
target(const char *name)
{
	static char value[PATH_MAX];
	size_t n = strlen(name);

	for (const char *p = targets; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, name, n) && p[n] == '=') {
			(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(p + n + 1, "\n"),
				p + n + 1);
			return value;
		}
	return "";
}

const char *
own(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", getenv("TMPDIR"), name);
	return path;
}

const char *
below(const char *where, const char *name)
{
	static char path[PATH_MAX];
	const char *dir = target(where);

	(void)snprintf(path, sizeof path, "%s/%s", *dir ? dir : "/nonexistent", name);
	return path;
}

int
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

	if (fd < 0)
		return -1;
	(void)close(fd);
	return 0;
}

/* ---- what must work ---- */

static int
need_tree(void)
{
	return strcmp(target("mode"), "write") ? 0 : opens(below("tree", "made"), O_WRONLY | O_CREAT);
}

static int
need_workspace(void)
{
	return strcmp(target("mode"), "write") ? opens(below("workspace", "a.txt"), O_RDONLY) :
		opens(below("tree", "a.txt"), O_RDONLY);
}

static int
need_own(void)
{
	return opens(own("own"), O_WRONLY | O_CREAT) || opens("/tmp/own", O_WRONLY | O_CREAT) ||
		opens("/dev/shm/own", O_RDWR | O_CREAT) ? -1 : 0;
}

static int
need_devices(void)
{
	return opens("/dev/null", O_RDWR) || opens("/dev/zero", O_RDONLY) ||
		opens("/dev/urandom", O_RDONLY) ? -1 : 0;
}

static int
need_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), got;

	got = master < 0 || grantpt(master) || unlockpt(master) ? -1 : opens(ptsname(master), O_RDWR);
	(void)close(master);
	return got;
}

static int
need_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int
need_loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1) ? -1 : 0;
}

static int
need_exec(void)
{
	return wait_for_child(run_program("/bin/true"));
}

static int
need_threads(void)
{
	return sched_setaffinity(0, sizeof(cpu_set_t), &(cpu_set_t){ .__bits = { 1 } }) ||
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) ? -1 : 0;
}

static const struct attack needs[] = {
	{ "write-tree", need_tree }, { "read-work", need_workspace }, { "own-places", need_own },
	{ "devices", need_devices }, { "own-terminal", need_terminal }, { "socket-pair", need_pair },
	{ "listen-loopback", need_loopback }, { "run-programs", need_exec },
	{ "own-limits", need_threads }, { NULL, NULL },
};

/* Each in a process of its own: what one does to itself is not for the next. */
static void
rows(FILE *out, const struct attack *a, const char *yes, const char *no)
{
	for (; a->name; a++) {
		int ends[2], e = 0;
		pid_t pid;

		if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
			exit(111);
		if (!pid) {
			(void)alarm(20);
			e = a->try() ? errno ? errno : EIO : 0;
			(void)!write(ends[1], &e, sizeof e);
			_exit(0);
		}
		(void)close(ends[1]);
		if (read(ends[0], &e, sizeof e) != sizeof e)
			e = EINTR;		/* it was killed */
		(void)close(ends[0]);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		fprintf(out, e ? "%s %s (%s)\n" : "%s %s\n", a->name, e ? no : yes, strerror(e));
	}
}

int
main(int argc, char *argv[])
{
	ssize_t n = readlink("/proc/self/exe", here, sizeof here - 1);
	FILE *in, *out;
	int c;

	if (argc > 1 && !strcmp(argv[1], "--euid"))
		return geteuid() != getuid() ? GOT_UID : 0;
	if (n <= 0 || !strrchr(here, '/'))
		return 111;
	strcpy(strrchr(here, '/'), "/targets");
	in = fopen(here, "re");
	if (!in || !fread(targets, 1, sizeof targets - 1, in))
		return 111;
	(void)fclose(in);
	*strrchr(here, '/') = '\0';
	(void)!getchar();		/* the prompt has come */
	out = fopen(own("rows.new"), "we");
	if (!out)
		return 111;
	rows(out, needs, "works", "broken");
	rows(out, file_attacks, "allowed", "refused");
	rows(out, other_attacks, "allowed", "refused");
	if (fclose(out))
		return 111;
	(void)snprintf(here, sizeof here, "%s", own("rows"));
	if (rename(own("rows.new"), here))
		return 111;
	puts("{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,"
		"\"terminal_reason\":\"completed\",\"num_turns\":1,"
		"\"structured_output\":{\"answer\":\"42\"}}");
	(void)fflush(stdout);
	while ((c = getchar()) != EOF)
		;
	return 0;
}
