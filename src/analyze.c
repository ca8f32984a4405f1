/* SPDX-License-Identifier: MIT */
/*
 * jobdir-analyze: one question about selected files to the cheap model; no
 * agent, no job. The same question about the same files is answered from a cache.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzerun.h"
#include "answer.h"
#include "await.h"
#include "clock.h"
#include "envfile.h"
#include "err.h"
#include "guard.h"
#include "jobreq.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"
#include "redact.h"
#include "redactown.h"
#include "show.h"

static const char usage[] =
	"usage: jobdir-analyze [-hV] [--cache-ttl=DUR] [--json] [--json-schema=FILE] [--max-tokens=N]\n"
	"                      [--model=NAME] [--route=NAME] [--stream] --question=TEXT [FILE ...]\n"
	"   or: jobdir-analyze --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum {
	TTL_MS = 3600000, TOKENS = 2000, TOKENS_MAX = 100000, PERSON_MS = 300000, SCHEMA_MAX = 1 << 20,
	SHOWN = 9000,
};

struct call {
	struct analyzerun run;
	struct buf schema;
	bool json, stream;
};

static const struct option longs[] = {
	{ "cache-ttl", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' }, { "json-schema", required_argument, NULL, 's' },
	{ "max-tokens", required_argument, NULL, 't' }, { "model", required_argument, NULL, 'm' },
	{ "question", required_argument, NULL, 'q' }, { "route", required_argument, NULL, 'r' },
	{ "stream", no_argument, NULL, 'S' }, { "version", no_argument, NULL, 'V' }, { 0 },
};

static void
check_schema(const struct call *c)
{
	struct json d;
	size_t where;
	enum json_error e = json_parse(&d, c->schema.p, c->schema.len, &where);

	if (e || json_type(&d, 0) != JSON_T_OBJECT)
		die(EXIT_USAGE, "--json-schema: no JSON object%s%s", e ? ": " : "",
			e ? json_strerror(e) : "");
	json_release(&d);
}

static void
parse(struct call *c, int argc, char *argv[])
{
	int o, fd;

	while ((o = getopt_long(argc, argv, "+hV", longs, NULL)) != -1)
		switch (o) {
		case 'c':
			if (num_duration(optarg, &c->run.ttl_ms) < 0)
				die(EXIT_USAGE, "not a duration: '%s'", optarg);
			break;
		case 'j': c->json = true; break;
		case 's':
			fd = open(optarg, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || buf_read(&c->schema, fd, SCHEMA_MAX) < 0)
				die(EXIT_USAGE, "cannot read '%s': %s", optarg, strerror(errno));
			check_schema(c);
			c->run.ask.schema = c->schema.p;
			break;
		case 't':
			if (num_parse(optarg, 1, TOKENS_MAX, &c->run.ask.max_tokens) < 0)
				die(EXIT_USAGE, "--max-tokens wants a number from 1 to %d", TOKENS_MAX);
			break;
		case 'm': c->run.ask.model = optarg; break;
		case 'q': c->run.ask.question = optarg; break;
		case 'r':
			if (strcmp(optarg, "primary") && strcmp(optarg, "fallback"))
				die(EXIT_USAGE, "--route must be primary or fallback, not '%s'", optarg);
			c->run.ask.route = optarg;
			break;
		case 'S': c->stream = true; break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-analyze " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (!c->run.ask.question || !*c->run.ask.question)
		die(EXIT_USAGE, "--question=TEXT is wanted (see jobdir-analyze -h)");
	if (c->json && c->stream)
		die(EXIT_USAGE, "--json and --stream exclude each other");
}

static void
serve(struct jobreq *q)
{
	CLEANUP(buf) struct buf why = BUF_INIT, kept = BUF_INIT;
	CLEANUP(free) char *question = request_str(&q->rq, "question");
	CLEANUP(free) char *model = request_str(&q->rq, "model");
	CLEANUP(fd) int root = open(q->cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct analyzerun c = { .ttl_ms = TTL_MS, .ask = { .question = question, .model = model,
		.max_tokens = request_int(&q->rq, "max_tokens", TOKENS),
		.deadline_ms = clock_boot_ms() + await_window_ms(INT32_MAX) } };
	int files = request_get(&q->rq, "files");
	bool cached;

	for (int n = json_first(&q->rq.doc, files); n >= 0 && !why.len; n = json_next(&q->rq.doc, n)) {
		CLEANUP(free) char *name = json_cstr(&q->rq.doc, n);

		if (!name || root < 0 || analyze_add(&c.files, root, q->cwd, name, false, &why) < 0)
			(void)buf_addstr(&why, why.len ? "" : "files: cannot be read");
	}
	if (why.len)
		answer_error(&q->out, ANSWER_REFUSED, why.p, "files are text inside SANDBOX_ROOT");
	else if (analyzerun(&c, &kept, &cached, &why) < 0)
		answer_error(&q->out, ANSWER_INTERNAL, why.p, "jobdir doctor --network says what is wrong");
	else
		analyzerun_json(&kept, cached, SHOWN, &q->out);
}

/* A piece of the answer, NULL: its end. Redacted: what may become a secret is held back. */
static void
tell(const char *p, size_t n, void *arg)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct redactown *own = arg;

	if (p ? redact_feed(own->r, p, n, &b) || redact_pause(own->r, &b) : redact_finish(own->r, &b))
		die_sys("cannot redact the answer");
	show_terminal(b.p, b.len);
	(void)fwrite(b.p, 1, b.len, stdout);	/* err_close_stdout() looks */
	(void)fflush(stdout);
}

int
main(int argc, char *argv[])
{
	struct buf why = BUF_INIT, kept = BUF_INIT, out = BUF_INIT;
	struct call c = { .run = { .ttl_ms = TTL_MS, .ask = { .max_tokens = TOKENS } } };
	struct redactown own;
	char *cwd;
	bool cached;
	int root;

	err_init(argc, argv, "jobdir-analyze");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "analyze", false, serve));
	buf_init(&c.schema);
	parse(&c, argc, argv);
	if (envfile_load(NULL, &why) < 0)
		die(errno == EPERM ? EXIT_POLICY : EXIT_USAGE, "%s", why.p);
	root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cwd = root < 0 ? NULL : path_of_fd(root);
	if (!cwd)
		die_sys("cannot open the working directory");
	for (char **f = argv + optind; *f; f++)
		if (analyze_add(&c.run.files, root, cwd, *f, true, &why) < 0)
			die(EXIT_POLICY, "%s", why.p);
	c.run.ask.deadline_ms = clock_boot_ms() + PERSON_MS;
	c.run.ask.told = c.stream ? tell : NULL;
	c.run.ask.arg = &own;
	if (c.stream && redactown_open(&own) < 0)
		die(errno == EPERM ? EXIT_POLICY : errno == EINVAL ? EXIT_USAGE : EXIT_TEMP,
			"the rules of the redactor cannot be used");
	if (analyzerun(&c.run, &kept, &cached, &why) < 0)
		die(EXIT_TEMP, "%s", why.p);
	if (c.stream && !cached)
		tell(NULL, 0, &own);
	analyzerun_json(&kept, cached, SIZE_MAX, &out);
	if (!c.json && (!c.stream || cached)) {
		struct json d;

		buf_reset(&kept);
		if (json_parse(&d, out.p, out.len, NULL) || json_str(&d, json_get(&d, 0, "answer"), &kept))
			die(EXIT_TEMP, "the answer kept is damaged");
		if (isatty(STDOUT_FILENO))
			show_terminal(kept.p, kept.len);
		(void)fwrite(kept.p, 1, kept.len, stdout);	/* err_close_stdout() looks */
	}
	(void)printf("%s\n", c.json ? out.p : "");
	err_close_stdout();
	return EXIT_OK;
}
