/* SPDX-License-Identifier: MIT */
#include "outcall.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "jsonw.h"
#include "record.h"
#include "redactown.h"
#include "rpc.h"

#define MESSAGE_MAX 512		/* bytes of a progress message */

/* ---- the record ---- */

int
outcall_remember(struct call *c)
{
	return c->args.len > RECORD_ARGS_MAX ? 0 : buf_add(&c->log, c->args.p, c->args.len);
}

/* A call goes well whether it can be recorded or not. */
static void
record(struct outcall *o, const struct record *r)
{
	if (o->root.fd < 0 && root_open(&o->root, true))
		o->root.fd = -1;
	if (o->root.fd >= 0)
		(void)record_call(o->root.fd, r);
}

/* ---- the answer ---- */

/* The tool result of one JSON object: structured, and the same as text. */
static void
write_result(struct buf *out, const char *object, size_t len, bool error)
{
	CLEANUP(buf) struct buf compact = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &compact);
	jsonw_raw(&w, object, len);
	(void)buf_addstr(out, "{\"content\":[{\"type\":\"text\",\"text\":");
	(void)jsonw_quote(out, compact.p, compact.len);
	(void)buf_addstr(out, "}],\"structuredContent\":");
	(void)buf_add(out, compact.p, compact.len);
	(void)buf_addf(out, ",\"isError\":%s}", error ? "true" : "false");
	if (!buf_ok(&compact))
		out->failed = true;
}

void
outcall_refuse(struct outcall *o, const char *tool, const char *command, struct buf *result,
	enum answer_code code, const char *message, const char *args, size_t len)
{
	CLEANUP(buf) struct buf answer = BUF_INIT;
	const struct record r = {
		.tool = tool, .command = command, .len = len, .exit = -1, .signal = -1,
		.args = len > RECORD_ARGS_MAX ? NULL : args, .error = answer_code_name(code),
	};

	answer_error(&answer, code, message, NULL);
	write_result(result, answer.p, answer.len, true);
	record(o, &r);
}

/* The last line that the child said, redacted, behind what is known of its end. */
static void
say_why(struct buf *message, const struct call *c, int status, int err)
{
	const char *name = strrchr(c->command, '/');
	size_t len = c->said.len, from;

	(void)buf_addstr(message, name ? name + 1 : c->command);
	if (status == -1)
		(void)buf_addf(message, " could not be run: %s", strerror(err));
	else if (c->overflow)
		(void)buf_addstr(message, " printed more than 1 MiB");
	else if (WIFSIGNALED(status))
		(void)buf_addf(message, " was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		(void)buf_addf(message, " ended with status %d", WEXITSTATUS(status));
	else
		(void)buf_addstr(message, " printed no answer");
	while (len && c->said.p[len - 1] == '\n')
		len--;
	for (from = len; from && c->said.p[from - 1] != '\n'; )
		from--;
	if (from < len && !buf_addstr(message, ": "))
		(void)redact_text(c->said.p + from, len - from, message);
}

/* Is what it printed one JSON object? *code: its error code (malloc'd), or NULL. */
static bool
judge(const struct call *c, int status, bool *error, char **code)
{
	struct json d;
	bool good;

	*error = false;
	*code = NULL;
	if (status != 0 || c->overflow || json_parse(&d, c->answer.p, c->answer.len, NULL))
		return false;
	good = json_type(&d, 0) == JSON_T_OBJECT;
	*error = json_get(&d, 0, "error") >= 0;
	*code = json_get_cstr(&d, json_get(&d, 0, "error"), "code");
	json_release(&d);
	return good;
}

/* The answer of a call that ended: its result as its revision wants it. */
static void
answer(struct outcall *o, const struct call *c, const char *result, size_t len)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (mcpera_result(&text, &c->era, result, len, MCPERA_KEEP_NOT))
		rpc_error(&o->out, c->id, c->id_len, RPC_E_INTERNAL, "out of memory");
	else
		rpc_result(&o->out, c->id, c->id_len, text.p, text.len);
}

void
outcall_done(struct call *c, int status, int err, struct outcall *o)
{
	CLEANUP(buf) struct buf result = BUF_INIT;
	CLEANUP(free) char *code = NULL;
	bool error = false, good = judge(c, status, &error, &code);
	struct record r = {
		.tool = c->tool, .command = c->command, .len = c->args_len,
		.args = c->log.len ? c->log.p : NULL, .cancelled = c->cancelled,
		.exit = status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : -1,
		.ms = c->started_ms ? clock_boot_ms() - c->started_ms : 0,
	};

	if (c->needed.len) {
		(void)buf_add(&result, c->needed.p, c->needed.len);
	} else if (good && c->raw) {
		struct jsonw w;

		jsonw_init(&w, &result);
		jsonw_raw(&w, c->answer.p, c->answer.len);	/* on one line */
	} else if (good) {
		write_result(&result, c->answer.p, c->answer.len, error);
		r.error = code;
	} else {
		CLEANUP(buf) struct buf message = BUF_INIT;
		CLEANUP(buf) struct buf answer = BUF_INIT;

		say_why(&message, c, status, err);
		answer_error(&answer, ANSWER_INTERNAL, message.p, NULL);
		write_result(&result, answer.p, answer.len, true);
		r.error = c->cancelled ? NULL : answer_code_name(ANSWER_INTERNAL);
	}
	if (!c->cancelled && buf_ok(&result))
		answer(o, c, result.p, result.len);
	else if (!c->cancelled)
		rpc_error(&o->out, c->id, c->id_len, RPC_E_INTERNAL, "out of memory");
	if (o->flush)
		o->flush(o->arg);
	record(o, &r);
}

/* ---- while it runs ---- */

/* {"progress":N,"total":N?,"message":TEXT?} */
void
outcall_progress(struct call *c, const struct json *line, struct outcall *o)
{
	CLEANUP(buf) struct buf params = BUF_INIT;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(buf) struct buf shown = BUF_INIT;
	struct jsonw w;
	double progress;
	int total = json_get(line, 0, "total");

	if (!c->token || json_num(line, json_get(line, 0, "progress"), &progress) ||
	    progress <= c->progress)
		return;
	c->progress = progress;
	jsonw_init(&w, &params);
	jsonw_object(&w);
	jsonw_key(&w, "progressToken");
	jsonw_raw(&w, c->token, strlen(c->token));
	jsonw_key(&w, "progress");
	jsonw_node(&w, line, json_get(line, 0, "progress"));
	if (json_type(line, total) == JSON_T_NUMBER) {
		jsonw_key(&w, "total");
		jsonw_node(&w, line, total);
	}
	if (!json_str(line, json_get(line, 0, "message"), &text) &&
	    !redact_text(text.p, text.len, &shown)) {
		buf_reset(&text);
		answer_foreign(&text, shown.p, shown.len, MESSAGE_MAX, NULL);
		jsonw_mstr(&w, "message", text.p);
	}
	jsonw_end(&w);
	if (buf_ok(&params))
		rpc_notify(&o->out, "notifications/progress", params.p, params.len);
}

/* Our standard error is for people and may be stuck: what it does not take at once is lost. */
void
outcall_said(const char *p, size_t len)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	while (len && poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT)) {
		ssize_t n = write(STDERR_FILENO, p, len < 4096 ? len : 4096);

		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}
