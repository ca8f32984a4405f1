/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "jsonw.h"
#include "num.h"
#include "store.h"

#define LINE_MAX_BYTES (64u << 10)

static const char *const names[] = {
	[CONTROL_ACCEPT] = "accept", [CONTROL_DECLINE] = "decline", [CONTROL_CANCEL] = "cancel",
	[CONTROL_CANNOT] = "cannot", [CONTROL_GONE] = "gone", [CONTROL_SILENT] = "silent",
};

const char *
control_said_name(enum control_said s)
{
	return names[s];
}

int
control_fd(void)
{
	const char *s = getenv("JOBDIR_CONTROL");
	int64_t fd;

	if (!s || num_parse(s, 3, 1 << 20, &fd) < 0 || fcntl((int)fd, F_GETFD) < 0)
		return -1;
	return (int)fd;
}

static int
write_question(struct buf *b, const char *key, const char *label, const char *message)
{
	struct jsonw w;

	jsonw_init(&w, b);
	jsonw_object(&w);
	jsonw_key(&w, "ask");
	jsonw_object(&w);
	jsonw_key(&w, key);
	jsonw_object(&w);
	jsonw_mstr(&w, "method", "elicitation/create");
	jsonw_key(&w, "params");
	jsonw_object(&w);
	jsonw_mstr(&w, "message", message);
	jsonw_key(&w, "requestedSchema");
	jsonw_object(&w);
	jsonw_mstr(&w, "type", "object");
	jsonw_key(&w, "properties");
	jsonw_object(&w);
	jsonw_key(&w, key);
	jsonw_object(&w);
	jsonw_mstr(&w, "type", "boolean");
	jsonw_mstr(&w, "title", label);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_key(&w, "required");
	jsonw_array(&w);
	jsonw_cstr(&w, key);
	for (int i = 0; i < 6; i++)
		jsonw_end(&w);
	return buf_addch(b, '\n');
}

/* Read one line, until the deadline. 1; 0 end of file; -1+errno (ETIMEDOUT). */
static int
read_line(int fd, int64_t deadline, struct buf *b)
{
	char p[4096], *end;

	while (!(end = memchr(b->p, '\n', b->len)) && b->len < LINE_MAX_BYTES) {
		int64_t left = deadline - clock_boot_ms();
		struct pollfd pf = { .fd = fd, .events = POLLIN };
		int k = left > 0 ? poll(&pf, 1, left > INT32_MAX ? INT32_MAX : (int)left) : 0;

		if (k < 0 && errno == EINTR)
			continue;
		if (k == 0)
			errno = ETIMEDOUT;
		if (k <= 0)
			return -1;
		ssize_t n = store_read_some(fd, p, sizeof p);
		if (n <= 0)
			return (int)n;
		if (buf_add(b, p, (size_t)n) < 0)
			return -1;
	}
	return end != NULL;
}

/* What the line means. Only the exact word and the ticked box are a yes. */
static enum control_said
understand(const struct buf *b, const char *key)
{
	enum control_said said = CONTROL_GONE;
	struct json d;
	int answer, action, box;
	bool ticked = false;

	if (json_parse(&d, b->p, b->len, NULL))
		return CONTROL_GONE;
	answer = json_get(&d, json_get(&d, 0, "answers"), key);
	action = json_get(&d, answer, "action");
	box = json_get(&d, json_get(&d, answer, "content"), key);
	for (int s = CONTROL_ACCEPT; s <= CONTROL_CANCEL; s++)
		if (json_is(&d, action, names[s]))
			said = (enum control_said)s;
	if (said == CONTROL_ACCEPT && (json_bool(&d, box, &ticked) < 0 || !ticked))
		said = json_type(&d, box) == JSON_T_BOOL ? CONTROL_DECLINE : CONTROL_GONE;
	if (json_get(&d, 0, "cannot") >= 0)
		said = CONTROL_CANNOT;
	json_release(&d);
	return said;
}

int
control_ask(int fd, const char *key, const char *label, const char *message,
	enum control_said *said)
{
	CLEANUP(buf) struct buf ask = BUF_INIT, line = BUF_INIT, why = BUF_INIT;
	int64_t limit = 1800;
	int got;

	if (config_int("JOBDIR_ASK_TIMEOUT_SEC", &limit, &why) < 0)
		return -1;
	if (write_question(&ask, key, label, message) < 0)
		return -1;
	*said = CONTROL_GONE;
	if (store_write_all(fd, ask.p, ask.len) < 0)
		return errno == EPIPE ? 0 : -1;
	got = read_line(fd, clock_boot_ms() + limit * 1000, &line);
	if (got > 0)
		*said = understand(&line, key);
	else if (got < 0 && errno == ETIMEDOUT)
		*said = CONTROL_SILENT;
	return got < 0 && errno != ETIMEDOUT && errno != ECONNRESET ? -1 : 0;
}
