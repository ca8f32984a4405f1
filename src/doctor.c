/* SPDX-License-Identifier: MIT */
/*
 * jobdir-doctor: is this machine fit for jobs, and if not, what mends it.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "checkcodex.h"
#include "checkplace.h"
#include "checkreport.h"
#include "checkup.h"
#include "err.h"
#include "jsonw.h"
#include "path.h"

static const char usage[] = "usage: jobdir-doctor [-hV] [--json] [--network] [--workspace[=DIR]]\n";

static void
print_json(const struct checkup *c)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_mbool(&w, "ok", !c->failed);
	jsonw_key(&w, "checks");
	jsonw_array(&w);
	for (size_t i = 0; i < c->n; i++) {
		jsonw_object(&w);
		jsonw_mstr(&w, "name", c->rows[i].name);
		jsonw_mstr(&w, "state", checkup_state_name(c->rows[i].state));
		jsonw_mstr(&w, "detail", c->rows[i].detail);
		jsonw_mstr(&w, "mend", c->rows[i].mend);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	if (!buf_ok(&out))
		die(EXIT_TEMP, "no memory");
	puts(out.p);
}

/* Where a session of Codex would be: the workspace, else here; malloc'd, for ever. */
static const char *
here(const char *place)
{
	CLEANUP(fd) int fd = open(place ? place : ".", O_PATH | O_CLOEXEC);
	char *path = fd < 0 ? NULL : path_of_fd(fd);

	return path ? path : "/";
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' },
		{ "network", no_argument, NULL, 'n' }, { "version", no_argument, NULL, 'V' },
		{ "workspace", optional_argument, NULL, 'w' }, { 0 },
	};
	struct checkup c = { .rows = NULL };
	bool json = false, network = false;
	const char *place = NULL;
	int o;

	err_init(argc, argv, "jobdir-doctor");
	while ((o = getopt_long(argc, argv, "+hV", longs, NULL)) != -1) {
		if (o == 'h')
			err_answer(usage);
		if (o == 'V')
			err_answer("jobdir-doctor " JOBDIR_VERSION "\n");
		if (o == '?')
			return EXIT_USAGE;	/* getopt has said what */
		json |= o == 'j';
		network |= o == 'n';
		if (o == 'w')
			place = optarg ? optarg : ".";
	}
	if (optind < argc)
		die(EXIT_USAGE, "there are no operands ('%s')", argv[optind]);
	if (checkup_machine(&c) < 0 || checkcodex(&c) < 0 || checkreport(&c, here(place)) < 0 ||
	    (place && checkplace(&c, place) < 0) || (network && checkup_network(&c) < 0))
		die_sys("cannot look at this machine");
	if (json) {
		print_json(&c);
	} else {
		for (size_t i = 0; i < c.n; i++) {
			const struct checkup_row *r = &c.rows[i];

			printf("%-4s  %-16s  %s\n", checkup_state_name(r->state), r->name, r->detail);
			if (r->mend)
				printf("      %-16s  mend: %s\n", "", r->mend);
		}
	}
	err_close_stdout();
	return c.failed ? EXIT_NO : EXIT_OK;
}
