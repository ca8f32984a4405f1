/* SPDX-License-Identifier: MIT */
/*
 * jobdir-field: print one member of a JSON file, for recipes and pipelines.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "show.h"

static const char usage[] = "usage: jobdir-field [-hrV] FILE PATH\n";

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "raw", no_argument, NULL, 'r' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static bool
parse(int argc, char *argv[])
{
	bool raw = false;
	int c;

	while ((c = getopt_long(argc, argv, "+hrV", longs, NULL)) != -1)
		switch (c) {
		case 'r': raw = true; break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-field " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (argc - optind != 2)
		die(EXIT_USAGE, "a file and a path are wanted (see jobdir-field -h)");
	return raw;
}

static void
read_file(struct buf *text, const char *name)
{
	CLEANUP(fd) int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) :
		fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		die_sys("cannot open '%s'", name);
	if (buf_read(text, fd, JSON_MAX) < 0)
		die_sys("cannot read '%s'", name);
}

int
main(int argc, char *argv[])
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(buf) struct buf value = BUF_INIT;
	struct json d;
	enum json_error e;
	size_t where, len;
	const char *p;
	bool raw;
	int node;

	err_init(argc, argv, "jobdir-field");
	raw = parse(argc, argv);
	read_file(&text, argv[optind]);
	e = json_parse(&d, text.p, text.len, &where);
	if (e == JSON_E_MEMORY)
		die(EXIT_TEMP, "no memory");
	if (e != JSON_OK)
		die(EXIT_USAGE, "not JSON: '%s': %s at byte %zu", argv[optind], json_strerror(e), where);
	node = *argv[optind + 1] ? json_path(&d, 0, argv[optind + 1]) : 0;
	if (node == JSON_ABSENT)
		return EXIT_NO;
	if (json_type(&d, node) == JSON_T_STRING) {
		if (json_str(&d, node, &value) < 0)
			die_sys("no memory");
		p = value.p;
		len = value.len;
	} else {
		p = json_raw(&d, node, &len);
	}
	if (isatty(STDOUT_FILENO) && value.len)
		show_terminal(value.p, value.len);	/* a pipe gets it as it is */
	/* err_close_stdout() looks at what became of these. */
	(void)fwrite(p, 1, len, stdout);
	if (!raw)
		(void)putchar('\n');
	err_close_stdout();
	json_release(&d);
	return EXIT_OK;
}
