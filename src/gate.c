/* SPDX-License-Identifier: MIT */
/*
 * jobdir-gate: the review gate: on, off, what is pending; and the Stop hook of
 * Codex that keeps a turn from ending while there is something.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "buf.h"
#include "err.h"
#include "gate.h"
#include "jobreq.h"
#include "json.h"
#include "jsonw.h"
#include "path.h"

static const char usage[] =
	"usage: jobdir-gate [-hV] [--enable | --disable | --dismiss=JOB] [--json] [DIR]\n"
	"   or: jobdir-gate --hook\n"
	"   or: jobdir-gate --tool=claude_review_gate [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { HOOK_MAX = 4 << 20 };

/* ---- the hook ---- */

static void
block(const char *reason)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_mstr(&w, "decision", "block");
	jsonw_mstr(&w, "reason", reason);
	jsonw_end(&w);
	if (!buf_ok(&out))
		die(EXIT_TEMP, "out of memory");
	(void)puts(out.p);	/* err_close_stdout() looks */
}

/*
 * Codex goes on as long as it is told to: who was stopped once is let go, or it
 * would never end.
 */
static void
hook(void)
{
	CLEANUP(buf) struct buf in = BUF_INIT, why = BUF_INIT, reason = BUF_INIT;
	CLEANUP(free) char *cwd = NULL;
	struct json d = { 0 };
	struct gate g;

	if (buf_read(&in, STDIN_FILENO, HOOK_MAX) || json_parse(&d, in.p, in.len, NULL) != JSON_OK ||
	    !(cwd = json_get_cstr(&d, 0, "cwd")))
		die(EXIT_USAGE, "this is what Codex calls: its standard input is the hook's JSON");
	if (json_get_bool(&d, 0, "stop_hook_active", false))
		return;
	CLEANUP(fd) int fd = open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free) char *path = fd < 0 ? NULL : path_of_fd(fd);

	if (!path)
		return;		/* no workspace, no gate */
	if (gate_open(&g, path, false, &why))
		block(why.p);
	else if (g.n && !gate_reason(&g, &reason))
		block(reason.p);
	gate_release(&g);
	json_release(&d);
}

/* ---- the tool ---- */

static void
answer(struct buf *out, const struct gate *g, const char *action, bool changed)
{
	CLEANUP(buf) struct buf reason = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	gate_write(&w, g);
	jsonw_mstr(&w, "action", action);
	jsonw_mbool(&w, "changed", changed);
	jsonw_mstr(&w, "summary", !g->enabled ? "The review gate is off." : g->n ?
		"The review gate is closed: there are changes that nobody has reviewed." :
		"The review gate is open: nothing waits for a review.");
	jsonw_key(&w, "next_steps");
	jsonw_array(&w);
	if (g->n && !gate_reason(g, &reason))
		jsonw_cstr(&w, reason.p);
	if (g->enabled)
		jsonw_cstr(&w, "It stops Codex only where its hook is installed and trusted: jobdir setup "
			"--plugin, then /hooks in Codex.");
	jsonw_end(&w);
	jsonw_end(&w);
}

static void
serve(struct jobreq *q)
{
	CLEANUP(free) char *action = request_str(&q->rq, "action");
	CLEANUP(buf) struct buf why = BUF_INIT;
	bool asked = action && strcmp(action, "status"), on = action && !strcmp(action, "enable");
	struct gate g;
	bool was;

	if (gate_open(&g, q->cwd, asked, &why)) {
		answer_error(&q->out, errno == EBADMSG ? ANSWER_STATE_DAMAGED : ANSWER_STATE_UNAVAILABLE,
			why.p, errno == EBADMSG ? "The user runs: jobdir gate --enable" : NULL);
		return;
	}
	was = g.enabled;
	if (asked && gate_switch(&g, on, &why))
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, why.p, NULL);
	else
		answer(&q->out, &g, action ? action : "status", was != g.enabled);
	gate_release(&g);
}

/* ---- people ---- */

struct ask {
	bool enable, disable, json, hook;
	const char *dismiss;
};

static int
parse(struct ask *a, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "enable", no_argument, NULL, 'e' }, { "disable", no_argument, NULL, 'd' },
		{ "dismiss", required_argument, NULL, 'i' }, { "json", no_argument, NULL, 'j' },
		{ "hook", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { 0 },
	};

	for (int opt; (opt = getopt_long(argc, argv, "+hV", options, NULL)) != -1;) {
		if (opt == '?')
			exit(EXIT_USAGE);	/* getopt has said what */
		if (opt == 'h' || opt == 'V')
			err_answer(opt == 'h' ? usage : "jobdir-gate " JOBDIR_VERSION "\n");
		a->enable |= opt == 'e';
		a->disable |= opt == 'd';
		a->json |= opt == 'j';
		a->hook |= opt == 'k';
		if (opt == 'i')
			a->dismiss = optarg;
	}
	if (a->enable + a->disable + a->hook + (a->dismiss != NULL) > 1)
		die(EXIT_USAGE, "one of --enable, --disable, --dismiss=JOB, --hook (see -h)");
	if (argc - optind > !a->hook)
		die(EXIT_USAGE, "too many operands ('%s')", argv[argc - 1]);
	return optind;
}

static void
print(const struct ask *a, const struct gate *g)
{
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (a->json) {
		answer(&out, g, a->enable ? "enable" : a->disable ? "disable" : "status", false);
		(void)puts(buf_ok(&out) ? out.p : "");	/* err_close_stdout() looks */
		return;
	}
	(void)printf("%s\n", !g->enabled ? "off" : g->n ? "closed" : "open");
	for (size_t i = 0; i < g->n; i++)
		(void)printf("%s  %zu files%s\n", g->pending[i].id, g->pending[i].files,
			g->pending[i].unreadable ? " (its change cannot be read)" : "");
}

int
main(int argc, char *argv[])
{
	struct ask a = { .dismiss = NULL };
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gate g;
	int at;

	err_init(argc, argv, "jobdir-gate");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "claude_review_gate", false, serve));
	at = parse(&a, argc, argv);
	if (a.hook) {
		hook();
		err_close_stdout();
		return EXIT_OK;
	}
	CLEANUP(fd) int fd = open(at < argc ? argv[at] : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free) char *path = fd < 0 ? NULL : path_of_fd(fd);

	if (!path)
		die(EXIT_USAGE, "cannot open '%s': %s", at < argc ? argv[at] : ".", strerror(errno));
	if (gate_open(&g, path, a.enable || a.disable, &why) && !(errno == EBADMSG && a.enable))
		die(errno == EBADMSG ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	buf_reset(&why);
	if ((a.enable || a.disable) && gate_switch(&g, a.enable, &why))
		die(EXIT_TEMP, "%s", why.p);
	if (a.dismiss && gate_dismiss(&g, a.dismiss, &why))
		die(errno == ENOENT ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	if (a.dismiss)
		(void)printf("dismissed: %s\n", a.dismiss);
	else
		print(&a, &g);
	at = g.n && !a.dismiss ? EXIT_NO : EXIT_OK;
	gate_release(&g);
	err_close_stdout();
	return at;
}
