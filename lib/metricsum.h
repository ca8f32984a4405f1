/* SPDX-License-Identifier: MIT */
/*
 * metricsum: sums over metric lines, by any of day, job, route and model, and
 * what they cost by the user's price list.
 */
#ifndef JOBDIR_METRICSUM_H
#define JOBDIR_METRICSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct json;
struct jsonw;
struct metric;

enum sum_by { SUM_DAY, SUM_JOB, SUM_ROUTE, SUM_MODEL, SUM_BYS };

const char *sum_by_name(enum sum_by b);		/* "day", … */

struct sum_row {
	char *key[SUM_BYS];		/* NULL: not summed by that; "-": the line had none */
	int64_t requests, failed;	/* failed: status is not 2xx */
	int64_t retries;
	int64_t input, cached, output, reasoning;
	int64_t total_ms;
	double cost;
	int64_t unpriced;		/* requests of a model without a price */
};

struct metricsum {
	bool by[SUM_BYS];		/* which make a row; the caller sets them */
	const struct json *prices;	/* see metricsum_prices_check(); NULL: none */
	struct sum_row *rows;		/* in order of their keys after metricsum_sort() */
	size_t n, room;
	struct sum_row total;
	int64_t bad;			/* lines that could not be read */
};

/* "day,model": sets by[]. -1+EINVAL: something else. */
int metricsum_by(struct metricsum *s, const char *list);

/*
 * The price list: {"MODEL": {"input": US dollars per million tokens, "output": …, "cached"?:
 * … (else as input)}, …}; a name that ends in '*' is any model that begins so, the longest counts.
 * 0, or -1+EINVAL with why.
 */
int metricsum_prices_check(const struct json *d, struct buf *why);

/* Add one line; arg is the struct metricsum: for metric_each(). 0 or -1+ENOMEM. */
int metricsum_add(const struct metric *m, void *arg);
/* Add all lines of a file below dirfd; absent: nothing. 0 or -1+errno. */
int metricsum_file(struct metricsum *s, int dirfd, const char *path);
void metricsum_sort(struct metricsum *s);
void metricsum_release(struct metricsum *s);

/*
 * A member key: {MODEL: {requests, input_tokens, cached_tokens, output_tokens, failed?}, …} of all
 * lines of a file. 1; 0 and nothing is written: there are none; -1+errno, nothing either.
 */
int metricsum_models(struct jsonw *w, const char *key, int dirfd, const char *path);

/* The members of a row's sums into an object being written; cost_usd only with a price list. */
void metricsum_write(struct jsonw *w, const struct metricsum *s, const struct sum_row *r);

#endif
