/* SPDX-License-Identifier: MIT */
/*
 * request: a tool's request in both forms. The first byte is the tool; then
 * the JSON text of a request and, NUL before each, people's options. What is
 * accepted fits the tool's manifest again, and its strings can be C strings.
 */
#include "request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "buf.h"
#include "tool.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())
#define ARGS 16

static struct tool tools[9];
static const char *const names[9] = {
	"claude_task", "claude_jobs", "claude_result", "claude_apply", "claude_cleanup",
	"claude_job_wait", "claude_job_cancel", "claude_job_result", "claude_setup",
};

static void
load(void)
{
	char data[4096];

	if (tools[0].name)
		return;
	/* The manifests of the tree that this runs in; and no env file. */
	MUST(realpath("lib", data));
	MUST(!clearenv() && !setenv("JOBDIR_DATA", data, 1));
	for (size_t i = 0; i < 9; i++)
		MUST(!tool_load(&tools[i], names[i]));
}

static void
try(const struct tool *t, int argc, char **argv)
{
	struct buf why = BUF_INIT;
	struct request rq;

	if (request_read(&rq, argc, argv, t->name, &why)) {
		MUST(why.len);
	} else {
		MUST(!tool_check(t, &rq.doc, 0, NULL));
		for (int n = json_first(&rq.doc, 0); n >= 0; n = json_next(&rq.doc, n)) {
			char *s = json_cstr(&rq.doc, json_value(&rq.doc, n));

			MUST(s || json_type(&rq.doc, json_value(&rq.doc, n)) != JSON_T_STRING);
			free(s);
		}
		request_release(&rq);
	}
	buf_release(&why);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	char text[64], name[] = "fuzz", *argv[ARGS + 2] = { name };
	const unsigned char *nul = len ? memchr(p, 0, len) : NULL;
	size_t json = nul ? (size_t)(nul - p) : len;
	struct buf rest = BUF_INIT;
	const struct tool *t;
	int fd, argc = 1;

	if (!len)
		return 0;
	load();
	t = &tools[p[0] % 9];
	fd = memfd_create("request", MFD_CLOEXEC);
	MUST(fd >= 0 && (json < 2 || write(fd, p + 1, json - 1) == (ssize_t)json - 1));
	snprintf(text, sizeof text, "--request=/proc/self/fd/%d", fd);
	argv[1] = text;
	try(t, 2, argv);
	close(fd);
	argv[1] = NULL;
	MUST(!buf_add(&rest, p + json, len - json));
	for (size_t i = 1; i < rest.len && argc <= ARGS; i += strlen(rest.p + i) + 1) {
		/* It may not name a file to be read. */
		if (!strstr(rest.p + i, "-file") && strncmp(rest.p + i, "--request", 9))
			argv[argc++] = rest.p + i;
	}
	argv[argc] = NULL;
	try(t, argc, argv);
	buf_release(&rest);
	return 0;
}
