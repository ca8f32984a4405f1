/* SPDX-License-Identifier: MIT */
/*
 * jobdir-send: put a message, or a change of course, into the inbox of a running agent, and
 * say whether it got there.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agentctl.h"
#include "buf.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "num.h"
#include "operand.h"
#include "steer.h"
#include "worktool.h"

static const char usage[] =
	"usage: jobdir-send [-hqV] [--interrupt] [--model=MODEL] [--permission-mode=MODE]\n"
	"                   [--timeout=TIME] JOB [MESSAGE | -]\n"
	"   or: jobdir-send --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_INTERRUPT = 256, OPT_MODEL, OPT_MODE, OPT_TIMEOUT };

struct send {
	bool quiet;
	struct steer_want want;
	struct buf message;
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
		case OPT_INTERRUPT: s->want.interrupt = true; break;
		case OPT_MODEL: s->want.model = optarg; break;
		case OPT_MODE: s->want.mode = optarg; break;
		case OPT_TIMEOUT:
			if (num_duration(optarg, &s->want.timeout_ms) < 0)
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
	if (s->want.mode && !agentctl_mode(s->want.mode))
		die(EXIT_POLICY, "--permission-mode is acceptEdits, default, dontAsk or plan, not '%s'",
			s->want.mode);
	if (s->want.model && (!*s->want.model || *s->want.model == '-'))
		die(EXIT_USAGE, "--model is the name of a model, not '%s'", s->want.model);
}

static void
read_message(struct send *s, const char *arg)
{
	int rc = 0;

	if (arg && !strcmp(arg, "-"))
		rc = buf_read(&s->message, STDIN_FILENO, STEER_MESSAGE_MAX);
	else if (arg)
		rc = buf_addstr(&s->message, arg);
	if (rc < 0)
		die(errno == EFBIG ? EXIT_USAGE : EXIT_TEMP, "the message: %s", strerror(errno));
	if (!s->message.len && (arg || (!s->want.interrupt && !s->want.model && !s->want.mode)))
		die(EXIT_USAGE, "nothing to send: a MESSAGE or an option is wanted");
	if (s->message.len > STEER_MESSAGE_MAX)
		die(EXIT_USAGE, "a message has at most %d bytes", STEER_MESSAGE_MAX);
	if (s->message.len && strlen(s->message.p) != s->message.len)
		die(EXIT_USAGE, "a message has no NUL bytes");
	s->want.message = s->message.p;
}

int
main(int argc, char *argv[])
{
	static const int status[] = {
		[STEER_DELIVERED] = EXIT_OK, [STEER_CANNOT] = EXIT_NO, [STEER_REFUSED] = EXIT_NO,
		[STEER_ENDED] = EXIT_NO, [STEER_LATE] = EXIT_TIMEDOUT, [STEER_ERROR] = EXIT_TEMP,
	};
	struct send s = { .want = { .timeout_ms = 30000 }, .message = BUF_INIT };
	CLEANUP(buf) struct buf words = BUF_INIT;
	struct root root;
	struct job j;

	err_init(argc, argv, "jobdir-send");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "send", true, worktool));
	parse(&s, argc, argv);
	read_message(&s, argv[optind + 1]);
	int fault = operand_open(&root, &j, argv[optind], &words);
	if (fault)
		die(fault > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", words.p);
	enum steer_fate fate = steer(&j, &root, &s.want, &words);
	if (fate != STEER_DELIVERED)
		die(status[fate], "%s", words.p);
	if (!s.quiet)
		puts("delivered");
	err_close_stdout();
	return EXIT_OK;
}
