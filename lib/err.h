/* SPDX-License-Identifier: MIT */
/*
 * err: messages and exit statuses of the commands.
 *
 * Only src/ calls this module; lib/ returns -1 with errno and stays silent.
 * Every message is one line, one write(2), on standard error:
 *
 *	jobdir-wait: cannot open 'x/end.json': No such file or directory
 *
 * lower case, error first, subject in quotes, no full stop, control bytes
 * shown as '?' (so a file name cannot forge a second line). At most 4,096
 * bytes; longer lines are cut.
 */
#ifndef JOBDIR_ERR_H
#define JOBDIR_ERR_H

/* The exit statuses shared by all commands; the table is in jobdir(7). */
enum exit_status {
	EXIT_OK = 0,
	EXIT_NO = 1,		/* well-formed "no": not finished, conflict, … */
	EXIT_TIMEDOUT = 99,	/* my own wait timed out; try again */
	EXIT_USAGE = 100,	/* permanent: usage, malformed or unknown format */
	EXIT_BUG = 101,		/* cannot happen */
	EXIT_LOST = 102,	/* job is orphaned: supervisor gone, no end record */
	EXIT_POLICY = 103,	/* refused by policy */
	EXIT_TEMP = 111,	/* temporary: a system call failed */
	EXIT_LIMIT = 124,	/* payload hit its time limit */
	EXIT_NOEXEC = 126,	/* found, cannot exec */
	EXIT_NOTFOUND = 127,	/* not found */
	EXIT_SIGNAL = 128,	/* 128+N: payload killed by signal N */
};

/*
 * Remember the program's name ("jobdir-wait") for messages. Also does what
 * every executable must do first: fds 0-2 are guaranteed open (missing ones
 * become /dev/null), SIGPIPE and SIGXFSZ are ignored, argc == 0 is refused
 * with EXIT_USAGE. The umask is left alone: it is the user's, a job's payload
 * is given it, and our own files are made with explicit modes. argv[0] loses
 * its directory: getopt(3) says it before its messages.
 */
void err_init(int argc, char *argv[], const char *name);

/* The name given to err_init(). */
const char *err_name(void);

/* Widen the name used in messages, e.g. "jobdir-supervise job-2026…". */
void err_context(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print "NAME: " and the message. warn() appends ": " and strerror(errno). */
void warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* warnx() and exit(code). */
void die(int code, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* warn() and exit(EXIT_TEMP). */
void die_sys(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/*
 * All there is to say (-h, -V, the answer of a tool): text on standard output,
 * then exit 0. NULL: there was no memory for it, EXIT_TEMP.
 */
void err_answer(const char *text) __attribute__((noreturn));

/*
 * Last act of a command that printed: flush and close standard output; if
 * anything was lost (full disk, closed pipe) exit EXIT_TEMP with a message.
 */
void err_close_stdout(void);

#endif
