/* SPDX-License-Identifier: MIT */
/* err: messages and exit statuses of the commands. */
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "num.h"

#if defined(__SANITIZE_ADDRESS__)
/*
 * A command may leave memory to its exit, and a job's environment does not pass
 * ASAN_OPTIONS on. The unit programs do not link this module: there, leaks count.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

#define LINE_MAX_BYTES 4096

/* The one piece of process-wide state in lib/: who is speaking. */
static const char *name = "jobdir";
static char context[256];

/* Append at *n, never beyond the room that the newline leaves. */
static void
put(char *line, size_t *n, const char *fmt, va_list ap)
{
	size_t room = LINE_MAX_BYTES - *n;
	int r = vsnprintf(line + *n, room, fmt, ap);

	if (r > 0)
		*n += (size_t)r < room ? (size_t)r : room - 1;
}

static void
puts_(char *line, size_t *n, const char *s)
{
	while (*s && *n < LINE_MAX_BYTES - 1)
		line[(*n)++] = *s++;
}

/* Nothing that a terminal obeys, or that turns the text around. */
static void
tame(char *p, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		len = (size_t)num_utf8(p + i, n - i);
		if (len && num_utf8_hides(num_utf8_code(p + i, (int)len)))
			memset(p + i, '?', len);
		len = len ? len : 1;
	}
}

static void
say(const char *reason, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];
	size_t n = 0;
	ssize_t w;

	puts_(line, &n, context[0] ? context : name);
	puts_(line, &n, ": ");
	put(line, &n, fmt, ap);
	if (reason) {
		puts_(line, &n, ": ");
		puts_(line, &n, reason);
	}
	tame(line, n);
	line[n++] = '\n';
	/* A message that cannot be written has nowhere to be reported. */
	do
		w = write(STDERR_FILENO, line, n);
	while (w < 0 && errno == EINTR);
}

/*
 * A program started without 0, 1 or 2 would get its first opened file there,
 * and its messages would end up in it.
 */
static void
open_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* Not O_CLOEXEC: what we exec needs its 0, 1 and 2 as well. */
		if (open("/dev/null", O_RDWR) != fd)
			_exit(EXIT_TEMP);
	}
}

void
err_init(int argc, char *argv[], const char *program)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, normal = { .sa_handler = SIG_DFL };

	name = program;
	open_standard_fds();
	if (argc < 1 || !argv[0])
		die(EXIT_USAGE, "started without an argument vector");
	if (strrchr(argv[0], '/'))
		argv[0] = strrchr(argv[0], '/') + 1;
	/* Lost readers and full quotas are errors of write(2), not deaths. */
	if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigaction(SIGXFSZ, &ignore, NULL) < 0)
		die_sys("cannot ignore a signal");
	/* Ignored, as some parents leave it, no child of ours could be waited for. */
	if (sigaction(SIGCHLD, &normal, NULL) < 0)
		die_sys("cannot reset a signal");
}

const char *
err_name(void)
{
	return name;
}

void
err_context(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(context, sizeof context, fmt, ap);	/* a cut name is still a name */
	va_end(ap);
}

void
warnx(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	say(NULL, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
warn(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	say(strerror(saved), fmt, ap);
	va_end(ap);
	errno = saved;
}

void
die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(NULL, fmt, ap);
	va_end(ap);
	exit(code);
}

void
die_sys(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	say(strerror(saved), fmt, ap);
	va_end(ap);
	exit(EXIT_TEMP);
}

void
err_close_stdout(void)
{
	int before = ferror(stdout);

	errno = 0;
	if (fclose(stdout) == 0 && !before)
		return;
	if (errno)
		die_sys("cannot write to standard output");
	die(EXIT_TEMP, "cannot write to standard output");
}

void
err_answer(const char *text)
{
	if (!text)
		die(EXIT_TEMP, "out of memory");
	(void)fputs(text, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
	exit(EXIT_OK);
}
