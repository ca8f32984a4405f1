/* SPDX-License-Identifier: MIT */
/*
 * jobdir-stats: what the model requests used and cost: sums over metric lines,
 * of jobs or of the file that all gateways append to.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "envfile.h"
#include "err.h"
#include "home.h"
#include "job.h"
#include "json.h"
#include "jsonw.h"
#include "metricsum.h"
#include "operand.h"
#include "show.h"

static const char usage[] =
	"usage: jobdir-stats [-hV] [--by=LIST] [--file=FILE] [--json] [--prices=FILE] [JOB ...]\n";

enum { OPT_BY = 256, OPT_FILE, OPT_JSON, OPT_PRICES, PRICES_MAX = 1 << 20 };

static const struct option longs[] = {
	{ "by", required_argument, NULL, OPT_BY },
	{ "file", required_argument, NULL, OPT_FILE },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "prices", required_argument, NULL, OPT_PRICES },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct stats {
	bool json;
	const char *file, *prices;
	struct metricsum sum;
	struct buf prices_text;
	struct json prices_doc;
	struct root root;
};

static void
parse(struct stats *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1)
		switch (c) {
		case OPT_BY:
			if (metricsum_by(&o->sum, optarg) < 0)
				die(EXIT_USAGE, "--by is a list of day, job, route and model, not '%s'",
					optarg);
			break;
		case OPT_FILE: o->file = optarg; break;
		case OPT_JSON: o->json = true; break;
		case OPT_PRICES: o->prices = optarg; break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-stats " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (o->file && optind < argc)
		die(EXIT_USAGE, "--file and JOB exclude each other");
}

/* The user's price list: the one named, else the one in the configuration, if it is there. */
static void
load_prices(struct stats *o)
{
	CLEANUP(buf) struct buf path = BUF_INIT, why = BUF_INIT;
	CLEANUP(free) char *dir = home_config();
	CLEANUP(fd) int fd = -1;
	size_t where;

	if (o->prices ? buf_addstr(&path, o->prices) : dir ? buf_addf(&path, "%s/prices.json", dir) : 0)
		die_sys("no memory");
	if (!path.len)
		return;
	fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && !o->prices && errno == ENOENT)
		return;
	if (fd < 0 || buf_read(&o->prices_text, fd, PRICES_MAX) < 0)
		die(EXIT_USAGE, "cannot read '%s': %s", path.p, strerror(errno));
	enum json_error e = json_parse(&o->prices_doc, o->prices_text.p, o->prices_text.len, &where);
	if (e)
		die(EXIT_USAGE, "'%s' is not JSON: %s at byte %zu", path.p, json_strerror(e), where);
	if (metricsum_prices_check(&o->prices_doc, &why) < 0)
		die(EXIT_USAGE, "'%s': %s", path.p, why.p);
	o->sum.prices = &o->prices_doc;
}

static int
add_job(const char *id, void *arg)
{
	struct stats *o = arg;
	struct job j;
	int got;

	if (job_open_id(&j, &o->root, id) < 0)
		return 0;		/* cleaned away meanwhile */
	got = metricsum_file(&o->sum, j.fd, JOB_METRICS);
	job_close(&j);
	return got;
}

static void
add_named(struct stats *o, const char *name)
{
	struct job j;

	if (job_open(&j, &o->root, name) < 0)
		die(operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, "%s: '%s'", job_open_why(errno), name);
	if (metricsum_file(&o->sum, j.fd, JOB_METRICS) < 0)
		die_sys("cannot read the metrics of '%s'", j.id);
	job_close(&j);
}

/* The jobs named; else the file; else every job there is. */
static void
gather(struct stats *o, char *const *names)
{
	const char *file = o->file ? o->file : *names ? NULL : config_text("WORKER_METRICS_FILE", NULL);

	if (file) {
		if (o->file && faccessat(AT_FDCWD, file, R_OK, AT_EACCESS))
			die(EXIT_USAGE, "cannot read '%s': %s", file, strerror(errno));
		if (metricsum_file(&o->sum, AT_FDCWD, file) < 0)
			die_sys("cannot read '%s'", file);
		return;
	}
	if (root_open(&o->root, false) < 0) {
		if (errno != ENOENT || *names)
			die(errno == ENOENT ? EXIT_USAGE : EXIT_TEMP, "%s", root_why(errno));
		return;
	}
	if (!*names && job_each(&o->root, NULL, 0, add_job, o))
		die_sys("cannot read the metrics of the jobs");
	for (; *names; names++)
		add_named(o, *names);
}

static void
print_json(struct stats *o)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_key(&w, "rows");
	jsonw_array(&w);
	for (size_t i = 0; i < o->sum.n; i++) {
		jsonw_object(&w);
		metricsum_write(&w, &o->sum, &o->sum.rows[i]);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_key(&w, "total");
	jsonw_object(&w);
	metricsum_write(&w, &o->sum, &o->sum.total);
	jsonw_end(&w);
	jsonw_mint(&w, "bad_lines", o->sum.bad);
	jsonw_end(&w);
	if (!buf_ok(&out))
		die(EXIT_TEMP, "no memory");
	puts(out.p);
}

static void
print_row(const struct stats *o, const struct sum_row *r, const int width[SUM_BYS], const char *total)
{
	for (size_t b = 0; b < SUM_BYS; b++) {
		if (!width[b])
			continue;
		printf("%-*s ", width[b], total ? total : r->key[b]);
		total = total ? "" : NULL;
	}
	printf("%8lld %6lld %12lld %12lld %12lld %10lld", (long long)r->requests, (long long)r->failed,
		(long long)r->input, (long long)r->cached, (long long)r->output, (long long)r->reasoning);
	if (o->sum.prices && r->unpriced < r->requests)
		printf(" %11.4f%s", r->cost, r->unpriced ? "+" : "");
	else if (o->sum.prices)
		printf(" %11s", "-");
	putchar('\n');
}

static void
print_table(struct stats *o)
{
	int width[SUM_BYS] = { 0 };

	for (size_t b = 0; b < SUM_BYS; b++)
		if (o->sum.by[b])
			width[b] = 6;
	for (size_t i = 0; i < o->sum.n; i++)
		for (size_t b = 0; b < SUM_BYS; b++) {
			char *key = o->sum.rows[i].key[b];

			if (!key)
				continue;
			show_terminal(key, strlen(key));	/* a provider may call a model anything */
			if ((int)strlen(key) > width[b] && strlen(key) < 60)
				width[b] = (int)strlen(key);
		}
	for (size_t b = 0; b < SUM_BYS; b++)
		if (width[b])
			printf("%-*s ", width[b], sum_by_name((enum sum_by)b));
	printf("%8s %6s %12s %12s %12s %10s%s\n", "requests", "failed", "input", "cached", "output",
		"reasoning", o->sum.prices ? "         USD" : "");
	for (size_t i = 0; i < o->sum.n; i++)
		print_row(o, &o->sum.rows[i], width, NULL);
	print_row(o, &o->sum.total, width, "total");
}

int
main(int argc, char *argv[])
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct stats o = { .sum = { .by = { [SUM_MODEL] = true } }, .prices_text = BUF_INIT };

	err_init(argc, argv, "jobdir-stats");
	parse(&o, argc, argv);
	if (envfile_load(NULL, &why) < 0)
		die(errno == EPERM ? EXIT_POLICY : errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	load_prices(&o);
	gather(&o, argv + optind);
	metricsum_sort(&o.sum);
	if (o.json)
		print_json(&o);
	else
		print_table(&o);
	if (o.sum.bad)
		warnx("%lld lines could not be read and are not counted", (long long)o.sum.bad);
	err_close_stdout();
	return EXIT_OK;
}
