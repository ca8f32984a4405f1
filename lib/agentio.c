/* SPDX-License-Identifier: MIT */
#include "agentio.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agentctl.h"
#include "job.h"
#include "jsonw.h"
#include "store.h"
#include "wake.h"

#define LINE_MAX_BYTES (32u << 20)	/* of an event; longer ones are only recorded */
#define MESSAGE_MAX (1u << 20)
#define READ_AT_ONCE (64 << 10)

static int
set_nonblocking(int fd)
{
	int fl = fcntl(fd, F_GETFL);

	return fl < 0 ? -1 : fcntl(fd, F_SETFL, fl | O_NONBLOCK);
}

int
agentio_open(struct agentio *io, int in, int out, int log)
{
	*io = (struct agentio){ .in = in, .out = out, .log = log,
	    .jobfd = -1, .inbox = -1, .pending = BUF_INIT, .line = BUF_INIT,
	    .facts = EVENT_FACTS_INIT };
	return set_nonblocking(in) < 0 ? -1 : set_nonblocking(out);
}

void
agentio_close(struct agentio *io)
{
	cleanup_fd(&io->in);
	cleanup_fd(&io->out);
	cleanup_fd(&io->inbox);
	buf_release(&io->pending);
	buf_release(&io->line);
	event_release(&io->facts);
	free(io->then);
	io->then = NULL;
}

int
agentio_log(struct agentio *io, const char *fmt, ...)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(&b, fmt, ap);	/* sticky */
	va_end(ap);
	(void)buf_addch(&b, '\n');
	return buf_ok(&b) ? store_write_all(io->log, b.p, b.len) : -1;
}

/* ---- in ---- */

int
agentio_say(struct agentio *io, const char *text, size_t len)
{
	if (io->in < 0)
		return 0;
	(void)buf_addstr(&io->pending, "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":");
	(void)jsonw_quote(&io->pending, text, len);
	return buf_addstr(&io->pending, "}}\n");
}

bool
agentio_pending(const struct agentio *io)
{
	return io->in >= 0 && io->pending.len > 0;
}

static void
close_in(struct agentio *io)
{
	cleanup_fd(&io->in);
	io->in = -1;
	buf_reset(&io->pending);
}

int
agentio_write(struct agentio *io)
{
	while (agentio_pending(io)) {
		ssize_t n = write(io->in, io->pending.p, io->pending.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno == EPIPE) {
			close_in(io);	/* its exit says why */
			return 0;
		}
		if (n < 0)
			return -1;
		buf_remove(&io->pending, 0, (size_t)n);
	}
	return 0;
}

/* ---- out ---- */

/* The agent's answer to a control request: its file says what came of it. */
static int
take_response(struct agentio *io, const char *line, size_t len)
{
	struct buf from CLEANUP(buf) = BUF_INIT, to CLEANUP(buf) = BUF_INIT;
	char *name CLEANUP(free) = NULL;
	bool good = false;

	if (agentctl_response(line, len, &name, &good) <= 0)
		return 0;
	if (buf_addf(&from, "%s.asked.done", name) < 0 ||
	    buf_addf(&to, "%s.%s", name, good ? "done" : "refused.done") < 0)
		return -1;
	if (renameat(io->inbox, from.p, io->inbox, to.p) < 0 && errno != ENOENT)
		return -1;
	return agentio_log(io, "inbox: '%s' %s by the agent", name, good ? "taken" : "refused");
}

/* The first result ends the conversation, unless a turn was cut short to say something else. */
static int
take_end(struct agentio *io)
{
	int r;

	if (!io->interrupting || !io->then) {
		close_in(io);	/* nothing more will be said: the agent may end */
		return 0;
	}
	r = agentio_say(io, io->then, strlen(io->then));
	io->interrupting = false;
	free(io->then);
	io->then = NULL;
	io->facts.result_seen = false;
	return r;
}

static int
take_line(struct agentio *io, const char *line, size_t len)
{
	struct buf log CLEANUP(buf) = BUF_INIT;

	if (io->overlong) {
		(void)buf_addstr(&log, "agent: an event too long to be looked at\n");
		io->overlong = false;
	} else if (len == 0) {
		return 0;
	} else if (event_take(&io->facts, line, len, &log) < 0 && errno != EBADMSG) {
		return -1;
	}
	if (log.len && store_write_all(io->log, log.p, log.len) < 0)
		return -1;
	if (io->inbox >= 0 && len && take_response(io, line, len) < 0)
		return -1;
	return io->facts.result_seen && io->in >= 0 ? take_end(io) : 0;
}

/* Cut what was read into lines; keep what has no end yet. */
static int
take_bytes(struct agentio *io, const char *p, size_t len)
{
	const char *end = p + len, *nl;

	while ((nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (io->line.len || io->overlong) {
			if (!io->overlong && buf_add(&io->line, p, (size_t)(nl - p)) < 0)
				return -1;
			if (take_line(io, io->line.p, io->line.len) < 0)
				return -1;
			buf_reset(&io->line);
		} else if (take_line(io, p, (size_t)(nl - p)) < 0) {
			return -1;
		}
		p = nl + 1;
	}
	if (io->overlong || p == end)
		return 0;
	if (io->line.len + (size_t)(end - p) > LINE_MAX_BYTES) {
		io->overlong = true;
		buf_reset(&io->line);
		return 0;
	}
	return buf_add(&io->line, p, (size_t)(end - p));
}

int
agentio_read(struct agentio *io)
{
	char piece[READ_AT_ONCE];
	ssize_t n;

	do
		n = read(io->out, piece, sizeof piece);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (n > 0)
		return take_bytes(io, piece, (size_t)n);
	cleanup_fd(&io->out);
	io->out = -1;
	if (io->line.len && take_line(io, io->line.p, io->line.len) < 0)
		return -1;
	buf_reset(&io->line);
	return 1;
}

/* ---- the inbox ---- */

static bool
is_message(const char *name)
{
	size_t n = strlen(name);

	return *name != '.' && !(n > 5 && !strcmp(name + n - 5, ".done"));
}

static int
message_filter(const struct dirent *e)
{
	return is_message(e->d_name);
}

/* Ask: what is asked is renamed, and its answer renames it again. */
static int
control(struct agentio *io, const char *name, const struct buf *text)
{
	struct buf to CLEANUP(buf) = BUF_INIT;
	char *then = NULL;
	bool interrupt = false, bad;

	bad = agentctl_request(&io->pending, name, text->p, text->len, &then, &interrupt) < 0;
	if ((bad && errno != EINVAL) || buf_addf(&to, "%s.%s.done", name, bad ? "refused" : "asked") < 0 ||
	    renameat(io->inbox, name, io->inbox, to.p) < 0)
		return -1;
	if (interrupt) {
		io->interrupting = true;
		free(io->then);
		io->then = then;
	}
	return agentio_log(io, "inbox: '%s' %s", name, bad ? "is no request that may be made" : "asked");
}

/* Send one and mark it, so that it is sent once. */
static int
deliver(struct agentio *io, const char *name)
{
	struct buf text CLEANUP(buf) = BUF_INIT, done CLEANUP(buf) = BUF_INIT;

	if (store_read(io->inbox, name, &text, MESSAGE_MAX) < 0)
		return agentio_log(io, "inbox: '%s' cannot be read", name);
	if (agentctl_is(name))
		return control(io, name, &text);
	if (buf_addf(&done, "%s.done", name) < 0 || agentio_say(io, text.p, text.len) < 0)
		return -1;
	if (renameat(io->inbox, name, io->inbox, done.p) < 0)
		return -1;
	return agentio_log(io, "inbox: '%s' sent to the agent", name);
}

int
agentio_inbox(struct agentio *io)
{
	struct dirent **list = NULL;
	int n, r = 0;

	if (io->in < 0)
		return 0;	/* too late: it stays where it is */
	if (io->inbox < 0) {
		io->inbox = store_opendir(io->jobfd, JOB_INBOX);
		if (io->inbox < 0)
			return errno == ENOENT ? 0 : -1;
		if (wake_signal(io->inbox) < 0)
			return -1;
	}
	n = scandirat(io->inbox, ".", &list, message_filter, alphasort);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = deliver(io, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return r;
}

int
agentio_inbox_open(struct agentio *io, int jobfd)
{
	io->jobfd = jobfd;
	return wake_signal(jobfd) < 0 ? -1 : agentio_inbox(io);
}
