/* SPDX-License-Identifier: MIT */
/*
 * jobdir-agent: own one run of Claude Code. Starts it, talks to it, records
 * what it says, and leaves none of its processes behind. Holds no secret for
 * longer than it takes to start: the login and the redactors are supervise's.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "agentprep.h"
#include "agentrec.h"
#include "agentrun.h"
#include "buf.h"
#include "err.h"
#include "job.h"
#include "lock.h"
#include "num.h"
#include "operand.h"
#include "proc.h"
#include "revise.h"
#include "service.h"
#include "store.h"

static const char usage[] =
	"usage: jobdir-agent [-hV] [--mode=MODE] [--attempt=N]\n"
	"                    [--resume=SESSION | --revise] JOB\n";

struct agent {
	struct job job;
	const char *mode, *resume;
	bool revise;
	struct revise next;		/* with revise: what the checks have to say */
	int64_t attempt;		/* 0: the next free number */
	int service, dir;		/* dir: attempt-N/ */
	struct agentrec rec;
	struct agentrun run;
};

static void
parse(struct agent *a, int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "attempt", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "mode", required_argument, NULL, 'm' },
		{ "resume", required_argument, NULL, 'r' },
		{ "revise", no_argument, NULL, 'R' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1) {
		switch (c) {
		case 'a':
			if (num_parse(optarg, 1, 9999, &a->attempt) < 0)
				die(EXIT_USAGE, "--attempt is a number from 1 to 9999, not '%s'", optarg);
			break;
		case 'h':
			err_answer(usage);
		case 'm':
			a->mode = optarg;
			break;
		case 'r':
			a->resume = optarg;
			break;
		case 'R':
			a->revise = true;
			break;
		case 'V':
			err_answer("jobdir-agent " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	}
	if (argc - optind != 1)
		die(EXIT_USAGE, "one JOB is wanted, after the options (see jobdir-agent -h)");
	if (a->revise && a->resume)
		die(EXIT_USAGE, "--revise goes on with the session of the last attempt: not with --resume");
}

static void
open_job(struct agent *a, const char *name)
{
	struct buf why = BUF_INIT;
	struct root root;
	int code = operand_open(&root, &a->job, name, &why);

	if (code)
		die(code > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	root_close(&root);
	if (!a->mode)
		a->mode = job_recipe(&a->job);
	if (!a->mode)
		die(EXIT_USAGE, "the job has no recipe: say --mode");
	a->service = service_open();
	if (a->service < 0)
		die(EXIT_USAGE, "no supervisor: " SERVICE_ENV " is not set; this command is a recipe's "
		    "(start a job with jobdir-spawn --recipe)");
}

/* Another round: the same session, told what failed. */
static void
load_revision(struct agent *a, struct agentprep *p)
{
	if (revise_read(&a->job, &a->next) < 0)
		die(EXIT_USAGE, "no " REVISE_FILE " in the last attempt: jobdir-check --revise writes it");
	a->resume = a->next.session;
	p->model = a->next.model;
}

/* Claim attempt-N/: the number given, or the first that is free. */
static void
make_attempt(struct agent *a)
{
	int64_t n = a->attempt ? a->attempt : 1;
	char name[32];

	for (;; n++) {
		(void)snprintf(name, sizeof name, "attempt-%lld", (long long)n);
		if (mkdirat(a->job.fd, name, 0700) == 0)
			break;
		if (errno != EEXIST || a->attempt || n == 9999)
			die_sys("cannot make '%s'", name);
	}
	a->dir = store_opendir(a->job.fd, name);
	if (a->dir < 0)
		die_sys("cannot open '%s'", name);
	a->attempt = n;
}

static _Noreturn void
cannot_start(struct agent *a, const char *program, int e)
{
	printf("agent: cannot start Claude Code '%s': %s (set CLAUDE_BIN, or "
	    "npm install -g @anthropic-ai/claude-code)\n", program, strerror(e));
	err_close_stdout();
	if (agentrec_missing(&a->rec, a->dir, proc_exec_status(e)) < 0)
		warn("cannot record that");
	exit(proc_exec_status(e));
}

/* Start Claude Code; what it says goes straight to redactors, and we read what they let through. */
static void
start(struct agent *a, struct agentprep *p)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGIO, 0 };
	int in[2], words = -1, err = agentrec_open(&a->rec, a->service, "stderr.log");
	int out = agentrec_watch(&a->rec, a->service, "agent.jsonl", &words);
	const char *stage = NULL;

	if (err < 0 || out < 0)
		die_sys("the supervisor gives no redactor");
	if (pipe2(in, O_CLOEXEC) < 0)
		die_sys("pipe");
	struct proc_fd fds[] = { { in[0], 0 }, { out, 1 }, { err, 2 } };
	struct proc_spec spec = { .argv = p->argv, .envp = p->envp, .cwd_fd = p->cwd, .fds = fds,
	    .nfds = 3, .setsid = true, .deathsig = true, .own_umask = true,
	    .umask = (mode_t)json_get_int(&a->job.doc, 0, "umask", 022) & 0777 };

	a->run.signals = proc_signalfd(wanted);
	a->run.grace_ms = json_get_int(&a->job.doc, 0, "grace_ms", 5000);
	if (a->run.signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die_sys("cannot become a subreaper");
	agentrec_start(&a->rec);
	if (p->missing)
		cannot_start(a, p->program, p->missing);
	if (proc_start(&a->run.claude, &spec, &stage) < 0)
		cannot_start(a, p->argv[0], errno);
	(void)close(in[0]);	/* ours no more; nothing was written through them */
	(void)close(out);
	agentrec_close(&a->rec, err);
	if (agentio_open(&a->run.io, in[1], words, STDOUT_FILENO) < 0 ||
	    agentio_say(&a->run.io, p->prompt.p, p->prompt.len) < 0 ||
	    agentio_inbox_open(&a->run.io, a->job.fd) < 0)
		die_sys("cannot talk to the agent");
}

/* The chain's links can only say on standard error why the agent did not come to run. */
static void
tell_if_not_started(const struct agent *a)
{
	int st = a->run.status, code = WIFEXITED(st) ? WEXITSTATUS(st) : 0;

	if (a->run.io.facts.session || (code != EXIT_POLICY && code != EXIT_TEMP &&
	    code != EXIT_NOEXEC && code != EXIT_NOTFOUND))
		return;
	printf("agent: Claude Code could not be started (status %d): attempt-%lld/stderr.log says why\n",
	    code, (long long)a->attempt);
	(void)fflush(stdout);		/* only words */
}

int
main(int argc, char *argv[])
{
	struct agent a = { .service = -1, .dir = -1, .rec = AGENTREC_INIT };
	struct agentprep p = AGENTPREP_INIT;
	struct buf why = BUF_INIT;
	const char *what = "";
	int login, lock;
	bool good;

	err_init(argc, argv, "jobdir-agent");
	parse(&a, argc, argv);
	open_job(&a, argv[optind]);
	lock = lock_open(a.job.fd, JOB_TREE_LOCK);	/* shared: nobody removes the tree now */
	if (lock < 0 || lock_wait(lock, false) < 0)
		die_sys("cannot lock the tree");
	login = service_login(a.service);
	if (login < 0 && errno == EACCES)
		die(EXIT_POLICY, "the supervisor refuses the login; the log says why");
	if (a.revise)
		load_revision(&a, &p);
	if (agentprep_load(&p, &a.job, a.mode, a.resume, login, &why) < 0)
		die(errno == EINVAL ? EXIT_USAGE : errno == EPERM ? EXIT_POLICY : EXIT_TEMP, "%s", why.p);
	if (a.revise) {
		buf_reset(&p.prompt);
		if (buf_addstr(&p.prompt, a.next.prompt) < 0)
			die_sys("no memory");
	}
	if (!p.login) {
		puts("agent: no login: ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN or CLAUDE_CODE_OAUTH_TOKEN "
		    "must be in the environment that starts the job");
		(void)fflush(stdout);	/* only words */
	}
	make_attempt(&a);
	agentrec_init(&a.rec, a.attempt);
	if (p.resume)
		agentrec_session(&a.rec, &a.job, p.resume);
	start(&a, &p);
	agentprep_release(&p);		/* with the login in its environment */
	if (agentrun_converse(&a.run, &what) < 0)
		die_sys("%s", what);
	good = event_completed(&a.run.io.facts);
	tell_if_not_started(&a);
	if (agentrec_finish(&a.rec, a.service, a.dir, &a.run.io.facts, a.run.status) < 0)
		die_sys("cannot write the records of the run");
	agentio_close(&a.run.io);
	return good ? EXIT_OK : EXIT_NO;
}
