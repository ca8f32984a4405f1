/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "continued.h"
#include "job.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"
#include "store.h"
#include "summary.h"

#define DOC_MAX (4u << 20)
#define ATTEMPTS_MAX 1000

/* A JSON file of the job; node 0 is absent when the file is, or is damaged. */
struct doc {
	struct buf text;
	struct json d;
	bool there;
};

static void
doc_read(struct doc *doc, const struct job *j, const char *rel)
{
	const char *base;
	CLEANUP(fd) int dir = path_open_parent(j->fd, rel, false, &base);

	*doc = (struct doc){ .text = BUF_INIT };
	doc->there = dir >= 0 && !store_read(dir, base, &doc->text, DOC_MAX) &&
		json_parse(&doc->d, doc->text.p, doc->text.len, NULL) == JSON_OK;
}

static void
doc_release(struct doc *doc)
{
	if (doc->there)
		json_release(&doc->d);
	buf_release(&doc->text);
}

void
show_duration(char out[24], int64_t ms)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} steps[] = {
		{ 1000, 1, "ms" }, { 100000, 1000, "s" }, { 100 * 60000, 60000, "m" },
		{ INT64_C(48) * 3600000, 3600000, "h" }, { INT64_MAX, INT64_C(86400000), "d" },
	};
	size_t i = 0;

	if (ms < 0) {
		memcpy(out, "-", 2);
		return;
	}
	while (ms >= steps[i].below && i + 1 < sizeof steps / sizeof *steps)
		i++;
	(void)snprintf(out, 24, "%lld%s", (long long)(ms / steps[i].unit), steps[i].name);
}

void
show_terminal(char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];
		int n = num_utf8(p + i, len - i);

		if (c == '\n' || c == '\t')
			continue;
		/* A C1 control may be two bytes, or one alone: some terminals obey both. */
		if (n ? num_utf8_hides(num_utf8_code(p + i, n)) : c < 0xa0)
			memset(p + i, '?', n ? (size_t)n : 1);
		i += n > 1 ? (size_t)n - 1 : 0;
	}
}

int
show_keep(void)
{
	return memfd_create("kept", MFD_CLOEXEC);
}

int
show_kept(int kept, int fd)
{
	off_t len = lseek(kept, 0, SEEK_END);
	char *p;
	int got;

	if (len <= 0)
		return (int)len;
	p = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_PRIVATE, kept, 0);
	if (p == MAP_FAILED)
		return -1;
	show_terminal(p, (size_t)len);
	got = store_write_all(fd, p, (size_t)len);
	(void)munmap(p, (size_t)len);
	return got;
}

int
show_text(struct buf *out, const char *s)
{
	size_t from = out->len;

	if (buf_addstr(out, s ? s : "-") < 0)
		return -1;
	show_terminal(out->p + from, out->len - from);
	for (size_t i = from; i < out->len; i++)
		if (out->p[i] == '\n' || out->p[i] == '\t')
			out->p[i] = '?';
	return 0;
}

static void
line(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	(void)buf_addf(out, "%-10s ", name);	/* sticky, the caller checks */
	(void)show_text(out, value);
	(void)buf_addch(out, '\n');
}

/* The JSON text of a node as a line; absent or empty: no line. */
static void
line_node(struct buf *out, const char *name, const struct json *d, int node)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	size_t len;
	const char *p;

	if (json_type(d, node) == JSON_T_STRING) {
		(void)json_str(d, node, &b);	/* sticky */
	} else if (json_len(d, node)) {
		p = json_raw(d, node, &len);
		(void)buf_add(&b, p, len);
	}
	if (b.len)
		line(out, name, b.p);
}

static void
lines_isolation(struct buf *out, const struct job *j)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct doc i;

	doc_read(&i, j, JOB_ISOLATION);
	if (i.there) {
		(void)json_str(&i.d, json_get(&i.d, 0, "containment"), &b);
		(void)buf_addstr(&b, ", network ");
		(void)json_str(&i.d, json_get(&i.d, 0, "net"), &b);
		line(out, "isolation", b.p);
		line_node(out, "missing", &i.d, json_get(&i.d, 0, "missing"));
	}
	doc_release(&i);
}

static void
line_attempt(struct buf *out, const struct job *j, int n)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct doc x, u;
	char rel[64];

	(void)snprintf(rel, sizeof rel, "attempt-%d/exit.json", n);	/* fits */
	doc_read(&x, j, rel);
	(void)snprintf(rel, sizeof rel, "attempt-%d/usage.json", n);	/* fits */
	doc_read(&u, j, rel);
	if (x.there) {
		CLEANUP(free) char *model = json_get_cstr(&x.d, 0, "model");
		CLEANUP(free) char *sub = json_get_cstr(&x.d, 0, "subtype");

		(void)buf_addf(&b, "%s, exit %lld", sub ? sub : "no result",
			(long long)json_get_int(&x.d, 0, "code", -1));
		if (model)
			(void)buf_addf(&b, ", %s", model);
	} else {
		(void)buf_addstr(&b, "no record (cut off, or still running)");
	}
	if (u.there) {
		double cost = 0;

		(void)json_num(&u.d, json_get(&u.d, 0, "cost_usd"), &cost);	/* absent: 0 */
		(void)buf_addf(&b, ", %lld turns, %lld tokens in, %lld out, %.4f USD",
			(long long)json_get_int(&u.d, 0, "turns", 0),
			(long long)json_get_int(&u.d, 0, "input_tokens", 0),
			(long long)json_get_int(&u.d, 0, "output_tokens", 0), cost);
	}
	(void)snprintf(rel, sizeof rel, "attempt %d", n);	/* fits */
	line(out, rel, b.p);
	doc_release(&x);
	doc_release(&u);
}

static bool
has(const struct job *j, const char *rel)
{
	CLEANUP(fd) int fd = path_open(j->fd, rel, O_PATH, 0);

	return fd >= 0;
}

static int
attempts(const struct job *j)
{
	char rel[32];
	int n = 0;

	do
		(void)snprintf(rel, sizeof rel, "attempt-%d", ++n);	/* fits */
	while (n < ATTEMPTS_MAX && has(j, rel));
	return n - 1;
}

static void
lines_work(struct buf *out, const struct job *j)
{
	struct doc d;

	for (int n = 1; n <= attempts(j); n++)
		line_attempt(out, j, n);
	doc_read(&d, j, JOB_CHANGES);
	if (d.there) {
		CLEANUP(buf) struct buf b = BUF_INIT;
		int stat = json_get(&d.d, 0, "stat");

		(void)buf_addf(&b, "%lld files, +%lld -%lld",
			(long long)json_get_int(&d.d, stat, "files", 0),
			(long long)json_get_int(&d.d, stat, "added", 0),
			(long long)json_get_int(&d.d, stat, "deleted", 0));
		line(out, "change", b.p);
	}
	doc_release(&d);
	doc_read(&d, j, JOB_RESULT);
	if (d.there) {
		line_node(out, "outcome", &d.d, json_get(&d.d, 0, "result_status"));
		line_node(out, "why", &d.d, json_get(&d.d, 0, "why"));
		line_node(out, "summary", &d.d, json_get(&d.d, 0, "summary"));
	}
	doc_release(&d);
}

static void
lines_times(struct buf *out, const struct job_status *st)
{
	char took[24];

	line(out, "created", st->created);
	line(out, "started", st->started);
	line(out, "ended", st->ended);
	show_duration(took, st->duration_ms);
	if (st->duration_ms >= 0)
		line(out, "ran for", took);
}

int
show_job(struct buf *out, struct job *j, const struct job_status *st)
{
	CLEANUP(buf) struct buf words = BUF_INIT;
	CLEANUP(free) char *recipe = job_recipe(j);
	CLEANUP(free) char *name = json_get_cstr(&j->doc, 0, "name");
	CLEANUP(free) char *cwd = job_cwd(j);
	CLEANUP(free) char *phase = summary_phase(j);
	char by[JOB_ID_LEN + 1];
	struct doc d;

	line(out, "job", j->id);
	if (summary_words(&words, st) < 0)
		return -1;
	line(out, "state", words.p);
	line(out, "phase", phase);
	line(out, "recipe", recipe);
	line(out, "name", name);
	line(out, "cwd", cwd);
	line_node(out, "argv", &j->doc, json_get(&j->doc, 0, "argv"));
	line_node(out, "params", &j->doc, json_get(&j->doc, 0, "params"));
	line_node(out, json_get_bool(&j->doc, 0, "fork", false) ? "forked of" : "continues", &j->doc,
		json_get(&j->doc, 0, "continues"));
	if (continued_read(j, by) > 0)
		line(out, "continued", by);
	lines_times(out, st);
	lines_isolation(out, j);
	doc_read(&d, j, JOB_CANCEL);
	if (d.there)
		line_node(out, "cancel", &d.d, 0);
	else if (has(j, JOB_CANCEL))
		line(out, "cancel", "asked for");
	doc_release(&d);
	lines_work(out, j);
	line(out, "directory", j->path);
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}

/* Member NAME: the file's JSON, or nothing. */
static void
member(struct jsonw *w, const struct job *j, const char *name, const char *rel)
{
	struct doc d;

	doc_read(&d, j, rel);
	if (d.there) {
		jsonw_key(w, name);
		jsonw_node(w, &d.d, 0);
	}
	doc_release(&d);
}

/* Of changes.json only the head: the files may be very many. */
static void
member_change(struct jsonw *w, const struct job *j)
{
	static const char *const kept[] = { "base", "tree", "stat", "notes", "patch" };
	struct doc d;

	doc_read(&d, j, JOB_CHANGES);
	if (d.there) {
		jsonw_key(w, "change");
		jsonw_object(w);
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
			int node = json_get(&d.d, 0, kept[i]);

			if (node == JSON_ABSENT)
				continue;
			jsonw_key(w, kept[i]);
			jsonw_node(w, &d.d, node);
		}
		jsonw_end(w);
	}
	doc_release(&d);
}

int
show_job_json(struct jsonw *w, struct job *j, const struct job_status *st)
{
	char rel[64];

	jsonw_object(w);
	jsonw_key(w, "job");
	if (summary_job(w, j, st) < 0)
		return -1;
	jsonw_key(w, "status");
	jsonw_object(w);
	job_status_write(w, st);
	jsonw_end(w);
	jsonw_key(w, "request");
	jsonw_node(w, &j->doc, 0);
	member(w, j, "isolation", JOB_ISOLATION);
	member(w, j, "cancel", JOB_CANCEL);
	jsonw_key(w, "attempts");
	jsonw_array(w);
	for (int n = 1; n <= attempts(j); n++) {
		jsonw_object(w);
		jsonw_mint(w, "attempt", n);
		(void)snprintf(rel, sizeof rel, "attempt-%d/exit.json", n);	/* fits */
		member(w, j, "exit", rel);
		(void)snprintf(rel, sizeof rel, "attempt-%d/usage.json", n);	/* fits */
		member(w, j, "usage", rel);
		jsonw_end(w);
	}
	jsonw_end(w);
	member_change(w, j);
	member(w, j, "checks", JOB_CHECKS);
	member(w, j, "result", JOB_RESULT);
	jsonw_end(w);
	if (buf_ok(w->out))
		return 0;
	errno = ENOMEM;
	return -1;
}
