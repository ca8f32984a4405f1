/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "json.h"
#include "jsonw.h"

#define NUMBER_MAX INT64_C(1000000000000)

enum { LINE_MAX_BYTES = 64 << 10, CHUNK = 64 << 10 };

static const struct {
	const char *name;
	size_t at;
} numbers[] = {
	{ "input_tokens", offsetof(struct metric, input_tokens) },
	{ "cached_tokens", offsetof(struct metric, cached_tokens) },
	{ "output_tokens", offsetof(struct metric, output_tokens) },
	{ "reasoning_tokens", offsetof(struct metric, reasoning_tokens) },
	{ "first_byte_ms", offsetof(struct metric, first_byte_ms) },
	{ "total_ms", offsetof(struct metric, total_ms) },
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static int64_t *
number(struct metric *m, size_t i)
{
	return (int64_t *)(void *)((char *)m + numbers[i].at);
}

void
metric_init(struct metric *m)
{
	*m = (struct metric){ .time = NULL };
	for (size_t i = 0; i < NUMBERS; i++)
		*number(m, i) = METRIC_UNKNOWN;
}

int
metric_write(struct buf *out, const struct metric *m)
{
	struct metric copy = *m;
	char now[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(now, clock_wall_ms());
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "time", m->time ? m->time : now);
	jsonw_mstr(&w, "job", m->job);
	if (m->attempt)
		jsonw_mint(&w, "attempt", m->attempt);
	jsonw_mstr(&w, "route", m->route);
	jsonw_mstr(&w, "model", m->model);
	jsonw_mint(&w, "status", m->status);
	for (size_t i = 0; i < NUMBERS; i++) {
		jsonw_key(&w, numbers[i].name);
		if (*number(&copy, i) < 0)
			jsonw_null(&w);
		else
			jsonw_int(&w, *number(&copy, i));
	}
	jsonw_mint(&w, "retries", m->retries);
	jsonw_end(&w);
	return buf_addch(out, '\n');
}

int
metric_append(int dirfd, const char *path, const struct metric *m)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	CLEANUP(fd) int fd = -1;
	struct stat st;
	ssize_t n;

	if (metric_write(&line, m) < 0)
		return -1;
	fd = openat(dirfd, path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
		O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	do
		n = write(fd, line.p, line.len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if ((size_t)n == line.len)
		return 0;
	n = write(fd, "\n", 1);	/* so that only this line is spoilt; there may be no room */
	(void)n;
	errno = ENOSPC;
	return -1;
}

/* A string member at the end of keep: its offset + 1; 0 if it is none. */
static size_t
keep_string(struct buf *keep, const struct json *d, const char *name)
{
	size_t at = keep->len;
	int n = json_get(d, 0, name);

	if (json_type(d, n) != JSON_T_STRING || json_str(d, n, keep) < 0 || buf_addch(keep, '\0') < 0)
		return 0;
	return at + 1;
}

int
metric_parse(struct metric *m, const char *line, size_t len, struct buf *keep)
{
	size_t at[4];
	struct json d;
	enum json_error e = json_parse(&d, line, len, NULL);

	metric_init(m);
	if (e || json_type(&d, 0) != JSON_T_OBJECT ||
	    json_type(&d, json_get(&d, 0, "time")) != JSON_T_STRING ||
	    json_type(&d, json_get(&d, 0, "status")) != JSON_T_NUMBER) {
		json_release(&d);
		errno = e == JSON_E_MEMORY ? ENOMEM : EINVAL;
		return -1;
	}
	buf_reset(keep);
	at[0] = keep_string(keep, &d, "time");
	at[1] = keep_string(keep, &d, "job");
	at[2] = keep_string(keep, &d, "route");
	at[3] = keep_string(keep, &d, "model");
	m->attempt = (int)json_get_int(&d, 0, "attempt", 0);
	m->status = (int)json_get_int(&d, 0, "status", 0);
	m->retries = (int)json_get_int(&d, 0, "retries", 0);
	for (size_t i = 0; i < NUMBERS; i++) {
		int64_t v = json_get_int(&d, 0, numbers[i].name, METRIC_UNKNOWN);

		/* Sums of what is believable do not overflow. */
		*number(m, i) = v < 0 || v > NUMBER_MAX ? METRIC_UNKNOWN : v;
	}
	json_release(&d);
	m->time = at[0] ? keep->p + at[0] - 1 : NULL;
	m->job = at[1] ? keep->p + at[1] - 1 : NULL;
	m->route = at[2] ? keep->p + at[2] - 1 : NULL;
	m->model = at[3] ? keep->p + at[3] - 1 : NULL;
	return buf_ok(keep) ? 0 : -1;
}

/* Hand out the whole lines at the front of text; what is left is the beginning of the next. */
static int
hand_out(struct buf *text, int (*fn)(const struct metric *, void *), void *arg, int64_t *bad)
{
	CLEANUP(buf) struct buf keep = BUF_INIT;
	size_t done = 0;
	struct metric m;
	char *nl;
	int got = 0;

	while (!got && (nl = memchr(text->p + done, '\n', text->len - done))) {
		size_t len = (size_t)(nl - (text->p + done));

		if (!metric_parse(&m, text->p + done, len, &keep))
			got = fn(&m, arg);
		else if (errno == ENOMEM)
			got = -1;
		else
			*bad += len > 0;
		done += len + 1;
	}
	buf_remove(text, 0, done);
	return got;
}

int
metric_each(int fd, int (*fn)(const struct metric *m, void *arg), void *arg, int64_t *bad)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int got = 0;

	*bad = 0;
	while (!got) {
		ssize_t n;

		if (buf_grow(&text, CHUNK) < 0)
			return -1;
		n = read(fd, text.p + text.len, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;	/* an unfinished line is being written */
		text.len += (size_t)n;
		text.p[text.len] = '\0';
		got = hand_out(&text, fn, arg, bad);
		if (text.len > LINE_MAX_BYTES) {	/* no line of ours: its rest is a bad line too */
			buf_reset(&text);
			++*bad;
		}
	}
	return got;
}
