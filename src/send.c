/* SPDX-License-Identifier: MIT */
/*
 * jobdir-send: put a message, or a change of course, into the inbox of a running agent, and
 * say whether it got there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "agentctl.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "job.h"
#include "jsonw.h"
#include "num.h"
#include "operand.h"
#include "store.h"
#include "summary.h"
#include "wake.h"

static const char usage[] =
	"usage: jobdir-send [-hqV] [--interrupt] [--model=MODEL] [--permission-mode=MODE]\n"
	"                   [--timeout=TIME] JOB [MESSAGE | -]\n";

enum { OPT_INTERRUPT = 256, OPT_MODEL, OPT_MODE, OPT_TIMEOUT, SENT_MAX = 3, MESSAGE_MAX = 1 << 20 };

struct send {
	bool quiet, interrupt;
	const char *model, *mode;
	int64_t timeout_ms;
	struct root root;
	struct job job;
	int inbox;
	struct buf message;
	char *sent[SENT_MAX];		/* names put there */
	int n;
};

static void
parse(struct send *s, int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "interrupt", no_argument, NULL, OPT_INTERRUPT },
		{ "model", required_argument, NULL, OPT_MODEL },
		{ "permission-mode", required_argument, NULL, OPT_MODE },
		{ "quiet", no_argument, NULL, 'q' },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "version", no_argument, NULL, 'V' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+hqV", longs, NULL)) != -1)
		switch (c) {
		case 'q': s->quiet = true; break;
		case OPT_INTERRUPT: s->interrupt = true; break;
		case OPT_MODEL: s->model = optarg; break;
		case OPT_MODE: s->mode = optarg; break;
		case OPT_TIMEOUT:
			if (num_duration(optarg, &s->timeout_ms) < 0)
				die(EXIT_USAGE, "--timeout is a time, 90s or 10m, not '%s'", optarg);
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-send " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (argc - optind < 1 || argc - optind > 2)
		die(EXIT_USAGE, "a JOB and at most one MESSAGE are wanted (see jobdir-send -h)");
	if (s->mode && !agentctl_mode(s->mode))
		die(EXIT_POLICY, "--permission-mode is acceptEdits, default, dontAsk or plan, not '%s'",
			s->mode);
	if (s->model && (!*s->model || *s->model == '-'))
		die(EXIT_USAGE, "--model is the name of a model, not '%s'", s->model);
}

static void
read_message(struct send *s, const char *arg)
{
	int rc = 0;

	if (arg && !strcmp(arg, "-"))
		rc = buf_read(&s->message, STDIN_FILENO, MESSAGE_MAX);
	else if (arg)
		rc = buf_addstr(&s->message, arg);
	if (rc < 0)
		die(errno == EFBIG ? EXIT_USAGE : EXIT_TEMP, "the message: %s", strerror(errno));
	if (!s->message.len && (arg || (!s->interrupt && !s->model && !s->mode)))
		die(EXIT_USAGE, "nothing to send: a MESSAGE or an option is wanted");
	if (s->message.len > MESSAGE_MAX)
		die(EXIT_USAGE, "a message has at most %d bytes", MESSAGE_MAX);
}

/* Can it take anything? Only an agent at work can. */
static void
open_job(struct send *s, const char *name)
{
	struct buf words CLEANUP(buf) = BUF_INIT;
	struct job_status st;
	char *phase;

	if (root_open(&s->root, false) < 0 && errno != ENOENT)
		die(EXIT_TEMP, "%s", root_why(errno));
	if (job_open(&s->job, &s->root, name) < 0)
		die(operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, "%s: '%s'", job_open_why(errno), name);
	if (job_status(&s->job, &s->root, &st) < 0)
		die_sys("cannot read the job");
	if (st.state != JOB_RUNNING) {
		(void)summary_words(&words, &st);	/* only words */
		die(EXIT_NO, "the job cannot take a message: it is %s", words.p);
	}
	phase = summary_phase(&s->job);
	if (!phase || strcmp(phase, "agent") != 0)
		die(EXIT_NO, "the job cannot take a message: no agent is at work (%s)",
			phase ? phase : "it runs a program");
	free(phase);
	s->inbox = store_mkdir(s->job.fd, JOB_INBOX);
	if (s->inbox < 0)
		die_sys("cannot make '%s'", JOB_INBOX);
}

static void
put(struct send *s, const struct buf *text, const char *suffix)
{
	struct buf name CLEANUP(buf) = BUF_INIT;

	/* in order of time, and of this command's own */
	(void)buf_addf(&name, "%013lld-%d-%d%s", (long long)clock_wall_ms(), (int)getpid(), s->n, suffix);
	if (!buf_ok(text) || !buf_ok(&name) || store_replace(s->inbox, name.p, text->p, text->len, 0) < 0)
		die_sys("cannot put the message into the inbox");
	s->sent[s->n++] = buf_steal(&name);
}

static void
put_control(struct send *s, const char *subtype, const char *member, const char *value)
{
	struct buf text CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mstr(&w, "subtype", subtype);
	if (member)
		jsonw_mstr(&w, member, value);
	jsonw_end(&w);
	put(s, &text, AGENTCTL_SUFFIX);
}

static bool
there(const struct send *s, const char *name, const char *suffix)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	struct stat st;

	return buf_addf(&b, "%s%s", name, suffix) == 0 &&
	    fstatat(s->inbox, b.p, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many are done; a refused one ends it. */
static int
done(const struct send *s)
{
	int n = 0;

	for (int i = 0; i < s->n; i++) {
		if (there(s, s->sent[i], ".refused.done"))
			die(EXIT_NO, "the agent refused: '%s'", s->sent[i]);
		n += there(s, s->sent[i], ".done");
	}
	return n;
}

/* What happened does not matter: everything is looked at. */
static void
ignore(int token, int flag, const char *name, void *arg)
{
	(void)token, (void)flag, (void)name, (void)arg;
}

static int
await(struct send *s, int wake)
{
	int64_t deadline = clock_boot_ms() + s->timeout_ms;

	for (;;) {
		struct pollfd f = { wake, POLLIN, 0 };
		int over = job_is_terminal(&s->job, &s->root), n = done(s);
		int64_t left = deadline - clock_boot_ms();

		if (n == s->n)
			return EXIT_OK;
		if (over != 0)
			die(EXIT_NO, "not delivered: the job has ended");
		if (left <= 0)
			die(EXIT_TIMEDOUT, "not delivered yet; it stays in the inbox");
		/* a supervisor that is killed makes no event that is sure: look once a second */
		if (poll(&f, 1, left < 1000 ? (int)left : 1000) > 0)
			(void)wake_read(wake, ignore, NULL);
	}
}

int
main(int argc, char *argv[])
{
	struct send s = { .timeout_ms = 30000, .message = BUF_INIT };
	int wake, status;

	err_init(argc, argv, "jobdir-send");
	parse(&s, argc, argv);
	read_message(&s, argv[optind + 1]);
	open_job(&s, argv[optind]);
	wake = wake_open();
	if (wake < 0 || wake_add(wake, s.inbox, WAKE_APPEAR) < 0 ||
	    wake_add(wake, s.job.fd, WAKE_APPEAR) < 0)
		die_sys("cannot watch the job");
	if (s.model)
		put_control(&s, "set_model", "model", s.model);
	if (s.mode)
		put_control(&s, "set_permission_mode", "mode", s.mode);
	if (s.interrupt)
		put_control(&s, "interrupt", s.message.len ? "then" : NULL, s.message.p);
	else if (s.message.len)
		put(&s, &s.message, "");
	status = await(&s, wake);
	if (!s.quiet)
		puts("delivered");
	err_close_stdout();
	return status;
}
