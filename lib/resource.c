/* SPDX-License-Identifier: MIT */
#include "resource.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "job.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"
#include "redact.h"
#include "redactown.h"
#include "served.h"

#define SCHEME "job://"
#define URI_MAX 4096
#define CONTEXT (64 << 10)	/* bytes before a page that the redactor sees first */

/* ---- the list ---- */

/* What is worth listing of a job; the template reaches the rest. */
static const char *const listed[] = { JOB_PROMPT, JOB_LOG, JOB_PATCH, JOB_RESULT };

static const struct {
	const char *suffix, *type;
} media[] = {
	{ ".json", "application/json" }, { ".jsonl", "application/x-ndjson" },
	{ ".md", "text/markdown" }, { ".patch", "text/x-diff" },
};

static const char *
media_type(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof media / sizeof *media; i++) {
		size_t n = strlen(media[i].suffix);

		if (len > n && !strcmp(name + len - n, media[i].suffix))
			return media[i].type;
	}
	return "text/plain";
}

struct listing {
	const struct root *r;
	const char *cursor;	/* jobs from this id on were told already */
	struct jsonw *w;
	struct served seen;
	int jobs, looked;
	char last[JOB_ID_LEN + 1];
	bool more;
};

static void
list_file(struct listing *l, int dir, const char *id, const char *name)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return;
	jsonw_object(l->w);
	if (!buf_addf(&text, SCHEME "%s/%s", id, name))
		jsonw_mstr(l->w, "uri", text.p);
	buf_reset(&text);
	if (!buf_addf(&text, "%s of %s", name, id))
		jsonw_mstr(l->w, "name", text.p);
	jsonw_mstr(l->w, "mimeType", media_type(name));
	jsonw_mint(l->w, "size", st.st_size);
	jsonw_end(l->w);
}

static int
list_job(const char *id, void *arg)
{
	struct listing *l = arg;
	struct job j;

	/* Newest first, and an id begins with its time: what is not older was told. */
	if (l->cursor && strcmp(id, l->cursor) >= 0)
		return 0;
	if (l->jobs == RESOURCE_JOBS || l->looked == RESOURCE_LOOKS) {
		l->more = true;
		return 1;
	}
	l->looked++;
	memcpy(l->last, id, JOB_ID_LEN + 1);
	if (served_open(&l->seen, &j, l->r, id))
		return 0;	/* another's, cleaned meanwhile, or damaged: show tells */
	for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
		list_file(l, j.fd, id, listed[i]);
	l->jobs++;
	job_close(&j);
	return 0;
}

int
resource_list(const struct root *r, const char *cursor, struct buf *out)
{
	struct jsonw w;
	struct listing l = { .r = r, .cursor = cursor, .w = &w };
	int got;

	if (cursor && !job_id_valid(cursor)) {
		errno = EINVAL;
		return -1;
	}
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "resources");
	jsonw_array(&w);
	got = r ? job_each(r, NULL, 0, list_job, &l) : 0;
	served_release(&l.seen);
	if (got < 0)
		return -1;
	jsonw_end(&w);
	if (l.more)
		jsonw_mstr(&w, "nextCursor", l.last);
	jsonw_end(&w);
	return 0;
}

void
resource_templates(struct buf *out)
{
	(void)buf_addstr(out, "{\"resourceTemplates\":[{\"uriTemplate\":\"" SCHEME
		"{job_id}/{+file}{?offset}\",\"name\":\"job-file\",\"title\":\"A file of a job\","
		"\"description\":\"Text files of a job directory, redacted, a page at a time: "
		"log, prompt.md, job.json, end.json, events.jsonl, changes.json, changes.patch, "
		"checks.json, result.json, attempt-1/agent.jsonl\"}]}");
}

/* ---- reading ---- */

struct place {
	char id[JOB_ID_LEN + 1];
	char file[URI_MAX];
	int64_t offset;
};

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decode up to end. False: malformed. */
static bool
decode(char *out, const char *p, const char *end)
{
	while (p < end) {
		int c = (unsigned char)*p++;

		if (c == '%') {
			if (end - p < 2 || hex(p[0]) < 0 || hex(p[1]) < 0)
				return false;
			c = hex(p[0]) << 4 | hex(p[1]);
			p += 2;
		}
		if (!c)
			return false;
		*out++ = (char)c;
	}
	*out = '\0';
	return true;
}

static int
parse(struct place *at, const char *uri)
{
	size_t scheme = strlen(SCHEME);
	const char *p = uri + scheme, *end = uri + strcspn(uri, "?#");

	errno = EINVAL;
	at->offset = 0;
	if (strlen(uri) >= URI_MAX || strncmp(uri, SCHEME, scheme) ||
	    end - p < JOB_ID_LEN + 2 || p[JOB_ID_LEN] != '/')
		return -1;
	memcpy(at->id, p, JOB_ID_LEN);
	at->id[JOB_ID_LEN] = '\0';
	if (!job_id_valid(at->id) || !decode(at->file, p + JOB_ID_LEN + 1, end))
		return -1;
	if (!*end)
		return 0;
	if (strncmp(end, "?offset=", 8))
		return -1;
	return num_parse(end + 8, 0, INT64_MAX, &at->offset);
}

static bool
is_for_reading(const char *file)
{
	static const char *const agents[] = {
		JOB_TREE, JOB_CTL_GIT, JOB_AGENT_GIT, JOB_HOME, JOB_TMP, JOB_CACHES,
	};
	size_t first = strcspn(file, "/");

	if (!path_is_clean(file, strlen(file)) || file[0] == '.')
		return false;
	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++)
		if (strlen(agents[i]) == first && !strncmp(file, agents[i], first))
			return false;
	return true;
}

/* An open regular file of the job, or -1. */
static int
open_file(const struct root *r, const struct place *at, struct stat *st)
{
	struct served seen = { 0 };
	CLEANUP(fd) int dir = -1;
	CLEANUP(fd) int fd = -1;
	struct job j;

	errno = ENOENT;
	if (!r || !is_for_reading(at->file) || served_open(&seen, &j, r, at->id))
		return -1;
	dir = steal_fd(&j.fd);
	job_close(&j);
	served_release(&seen);
	fd = path_open(dir, at->file, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, st)) {
		if (errno == ELOOP || errno == EXDEV || errno == ENOTDIR || errno == ENXIO)
			errno = ENOENT;
		return -1;
	}
	if (!S_ISREG(st->st_mode)) {
		errno = ENOENT;
		return -1;
	}
	return steal_fd(&fd);
}

/* Bytes [from, from+len) of the file; fewer at its end. */
static int
read_at(int fd, int64_t from, size_t len, struct buf *out)
{
	if (buf_grow(out, len))
		return -1;
	while (len) {
		ssize_t n = pread(fd, out->p + out->len, len, from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		out->len += (size_t)n;
		out->p[out->len] = '\0';
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * Redact raw, of which the first `before` bytes are context and not shown: a
 * secret cut by the page's beginning is seen whole. What the redactor still
 * holds back at the page's end comes with the next page, so no secret is cut
 * there either.
 */
static int
redact_page(const struct buf *raw, size_t before, bool last, struct buf *out)
{
	CLEANUP(buf) struct buf shown = BUF_INIT;
	struct redactown own;
	int ret = redactown_open(&own);
	size_t cut;

	if (!ret)
		ret = redact_feed(own.r, raw->p, before, &shown);
	cut = shown.len;
	if (!ret)
		ret = redact_feed(own.r, raw->p + before, raw->len - before, &shown);
	if (!ret && last)
		ret = redact_finish(own.r, &shown);
	redactown_close(&own);
	return ret ? ret : buf_add(out, shown.p + cut, shown.len - cut);
}

static void
write_page(struct buf *out, const char *uri, const struct place *at, const struct buf *text,
	int64_t end, int64_t total)
{
	CLEANUP(buf) struct buf shown = BUF_INIT;
	struct jsonw w;

	(void)buf_add(&shown, text->p, text->len);
	if (end < total)
		(void)buf_addf(&shown, "\n[bytes %lld to %lld of %lld; go on with " SCHEME
			"%s/%s?offset=%lld]", (long long)at->offset, (long long)end,
			(long long)total, at->id, at->file, (long long)end);
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "contents");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_mstr(&w, "uri", uri);
	jsonw_mstr(&w, "mimeType", media_type(at->file));
	jsonw_key(&w, "text");
	jsonw_str(&w, shown.p, shown.len);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_key(&w, "_meta");
	jsonw_object(&w);
	jsonw_mint(&w, "jobdir/total", total);
	if (end < total)
		jsonw_mint(&w, "jobdir/next_offset", end);
	jsonw_end(&w);
	jsonw_end(&w);
}

int
resource_read(const struct root *r, const char *uri, struct buf *out)
{
	CLEANUP(buf) struct buf raw = BUF_INIT;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int fd = -1;
	struct place at;
	struct stat st;
	int64_t from;
	size_t before, cut = 0;
	bool last;

	if (parse(&at, uri))
		return -1;
	fd = open_file(r, &at, &st);
	if (fd < 0)
		return -1;
	if (at.offset > st.st_size) {
		errno = EINVAL;
		return -1;
	}
	from = at.offset > CONTEXT ? at.offset - CONTEXT : 0;
	before = (size_t)(at.offset - from);
	if (read_at(fd, from, before + RESOURCE_PAGE, &raw))
		return -1;
	if (raw.len < before || memchr(raw.p, '\0', raw.len)) {
		errno = raw.len < before ? EINVAL : EILSEQ;
		return -1;
	}
	last = raw.len - before < RESOURCE_PAGE ||
		at.offset + (int64_t)(raw.len - before) >= st.st_size;
	/* Not in the middle of a character. */
	while (!last && cut < 3 && ((unsigned char)raw.p[raw.len - 1 - cut] & 0xc0) == 0x80)
		cut++;
	if (!last && (unsigned char)raw.p[raw.len - 1 - cut] >= 0xc0)
		buf_setlen(&raw, raw.len - 1 - cut);
	if (redact_page(&raw, before, last, &text))
		return -1;
	write_page(out, uri, &at, &text, at.offset + (int64_t)(raw.len - before), st.st_size);
	return 0;
}
