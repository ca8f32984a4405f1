/* SPDX-License-Identifier: MIT */
#include "metricsum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "json.h"
#include "jsonw.h"
#include "metrics.h"

static const char *const names[] = {
	[SUM_DAY] = "day", [SUM_JOB] = "job", [SUM_ROUTE] = "route", [SUM_MODEL] = "model",
};
_Static_assert(sizeof names / sizeof *names == SUM_BYS, "every one has its name");

const char *
sum_by_name(enum sum_by b)
{
	return names[b];
}

int
metricsum_by(struct metricsum *s, const char *list)
{
	memset(s->by, 0, sizeof s->by);
	do {
		size_t n = strcspn(list, ","), b;

		for (b = 0; b < SUM_BYS; b++)
			if (strlen(names[b]) == n && !strncmp(names[b], list, n))
				break;
		if (b == SUM_BYS) {
			errno = EINVAL;
			return -1;
		}
		s->by[b] = true;
		list += n + (list[n] == ',');
	} while (*list);
	return 0;
}

/* ---- prices ---- */

int
metricsum_prices_check(const struct json *d, struct buf *why)
{
	static const char *const members[] = { "input", "output", "cached" };

	errno = EINVAL;
	if (json_type(d, 0) != JSON_T_OBJECT) {
		(void)buf_addstr(why, "not an object of models");
		return -1;
	}
	for (int n = json_first(d, 0); n >= 0; n = json_next(d, n)) {
		for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
			int v = json_get(d, json_value(d, n), members[i]);
			double price;

			if (i == 2 && v < 0)
				continue;
			if (!json_num(d, v, &price) && price >= 0)
				continue;
			(void)buf_addstr(why, "model '");
			(void)json_str(d, n, why);
			(void)buf_addf(why, "': %s must be a number of US dollars per million tokens",
				members[i]);
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

/* The entry of a model, or JSON_ABSENT. */
static int
price_of(const struct json *d, const char *model)
{
	int best = JSON_ABSENT;
	size_t longest = 0;

	for (int n = json_first(d, 0); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *name = json_cstr(d, n);
		size_t len = name ? strlen(name) : 0;

		if (name && !strcmp(name, model))
			return json_value(d, n);
		if (len && name[len - 1] == '*' && len > longest && !strncmp(name, model, len - 1)) {
			best = json_value(d, n);
			longest = len;
		}
	}
	return best;
}

static int64_t
known(int64_t n)
{
	return n > 0 ? n : 0;
}

static double
member(const struct json *d, int price, const char *name, double dflt)
{
	double x;

	return json_num(d, json_get(d, price, name), &x) ? dflt : x;
}

/* What one request cost; -1: nobody knows. */
static double
cost_of(const struct json *d, const struct metric *m)
{
	int price = d && m->model ? price_of(d, m->model) : JSON_ABSENT;
	int64_t cached = known(m->cached_tokens), input = known(m->input_tokens);
	double in = member(d, price, "input", 0);

	if (price < 0)
		return -1;
	if (cached > input)
		cached = input;
	return ((double)(input - cached) * in + (double)cached * member(d, price, "cached", in) +
		(double)known(m->output_tokens) * member(d, price, "output", 0)) / 1e6;
}

/* ---- rows ---- */

static void
put(struct sum_row *r, const struct metric *m, double cost)
{
	r->requests++;
	r->failed += m->status < 200 || m->status > 299;
	r->retries += known(m->retries);
	r->input += known(m->input_tokens);
	r->cached += known(m->cached_tokens);
	r->output += known(m->output_tokens);
	r->reasoning += known(m->reasoning_tokens);
	r->total_ms += known(m->total_ms);
	r->cost += cost < 0 ? 0 : cost;
	r->unpriced += cost < 0;
}

static bool
same(const struct sum_row *r, const char *const key[SUM_BYS], const size_t len[SUM_BYS])
{
	for (size_t b = 0; b < SUM_BYS; b++)
		if (key[b] && (strlen(r->key[b]) != len[b] || memcmp(r->key[b], key[b], len[b])))
			return false;
	return true;
}

static struct sum_row *
add_row(struct metricsum *s, const char *const key[SUM_BYS], const size_t len[SUM_BYS])
{
	struct sum_row *r;

	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 16;

		r = reallocarray(s->rows, room, sizeof *r);
		if (!r)
			return NULL;
		s->rows = r;
		s->room = room;
	}
	r = &s->rows[s->n];
	*r = (struct sum_row){ .requests = 0 };
	s->n++;				/* what it has is released, whatever follows */
	for (size_t b = 0; b < SUM_BYS; b++) {
		if (!key[b])
			continue;
		r->key[b] = strndup(key[b], len[b]);
		if (!r->key[b])
			return NULL;
	}
	return r;
}

int
metricsum_add(const struct metric *m, void *arg)
{
	struct metricsum *s = arg;
	const char *const given[] = { m->time, m->job, m->route, m->model };
	const char *key[SUM_BYS];
	size_t len[SUM_BYS];
	double cost = cost_of(s->prices, m);
	struct sum_row *r = NULL;

	for (size_t b = 0; b < SUM_BYS; b++) {
		key[b] = !s->by[b] ? NULL : given[b] && *given[b] ? given[b] : "-";
		len[b] = key[b] ? strlen(key[b]) : 0;
	}
	if (key[SUM_DAY] && len[SUM_DAY] > 10)
		len[SUM_DAY] = 10;	/* of the time */
	/* The newest row is the likeliest: lines of a job stand together. */
	for (size_t i = s->n; i-- > 0 && !r;)
		if (same(&s->rows[i], key, len))
			r = &s->rows[i];
	if (!r)
		r = add_row(s, key, len);
	if (!r)
		return -1;
	put(r, m, cost);
	put(&s->total, m, cost);
	return 0;
}

int
metricsum_file(struct metricsum *s, int dirfd, const char *path)
{
	CLEANUP(fd) int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int64_t bad = 0;
	struct stat st;
	int got;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	got = metric_each(fd, metricsum_add, s, &bad);
	s->bad += bad;
	return got;
}

static int
compare(const void *x, const void *y)
{
	const struct sum_row *a = x, *b = y;
	int c = 0;

	for (size_t i = 0; i < SUM_BYS && !c; i++)
		c = a->key[i] ? strcmp(a->key[i], b->key[i]) : 0;
	return c;
}

void
metricsum_sort(struct metricsum *s)
{
	if (s->n)
		qsort(s->rows, s->n, sizeof *s->rows, compare);
}

void
metricsum_release(struct metricsum *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t b = 0; b < SUM_BYS; b++)
			free(s->rows[i].key[b]);
	free(s->rows);
	s->rows = NULL;
	s->n = s->room = 0;
}

void
metricsum_write(struct jsonw *w, const struct metricsum *s, const struct sum_row *r)
{
	for (size_t b = 0; b < SUM_BYS; b++)
		jsonw_mstr(w, names[b], r->key[b]);
	jsonw_mint(w, "requests", r->requests);
	jsonw_mint(w, "failed", r->failed);
	jsonw_mint(w, "retries", r->retries);
	jsonw_mint(w, "input_tokens", r->input);
	jsonw_mint(w, "cached_tokens", r->cached);
	jsonw_mint(w, "output_tokens", r->output);
	jsonw_mint(w, "reasoning_tokens", r->reasoning);
	jsonw_mint(w, "total_ms", r->total_ms);
	if (!s->prices)
		return;
	jsonw_key(w, "cost_usd");
	if (r->unpriced < r->requests)
		jsonw_double(w, r->cost);
	else
		jsonw_null(w);		/* not one has a price: that is not 0 */
	if (r->unpriced)
		jsonw_mint(w, "unpriced", r->unpriced);
}

int
metricsum_models(struct jsonw *w, const char *key, int dirfd, const char *path)
{
	struct metricsum s = { .by = { [SUM_MODEL] = true } };
	int got = metricsum_file(&s, dirfd, path) < 0 ? -1 : s.n > 0;

	if (got > 0) {
		metricsum_sort(&s);
		jsonw_key(w, key);
		jsonw_object(w);
		for (size_t i = 0; i < s.n; i++) {
			const struct sum_row *r = &s.rows[i];

			jsonw_key(w, r->key[SUM_MODEL]);
			jsonw_object(w);
			jsonw_mint(w, "requests", r->requests);
			jsonw_mint(w, "input_tokens", r->input);
			jsonw_mint(w, "cached_tokens", r->cached);
			jsonw_mint(w, "output_tokens", r->output);
			if (r->failed)
				jsonw_mint(w, "failed", r->failed);
			jsonw_end(w);
		}
		jsonw_end(w);
	}
	metricsum_release(&s);
	return got;
}
