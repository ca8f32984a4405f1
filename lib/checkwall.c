/* SPDX-License-Identifier: MIT */
#include "checkwall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "claude.h"
#include "confineword.h"
#include "home.h"
#include "job.h"
#include "path.h"
#include "strv.h"
#include "wallchain.h"

#define PROFILES_MAX (1 << 20)

/* The table that says which files are sensitive. */
static int
load_profiles(struct buf *text, struct json *d, struct buf *why)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(free) char *data = home_data();
	CLEANUP(fd) int fd = -1;

	if (!data || buf_addf(&path, "%s/prompts/" CLAUDE_PROFILES, data) < 0)
		return buf_addf(why, "cannot find the data directory: %s", strerror(errno)), -1;
	fd = open(path.p, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || buf_read(text, fd, PROFILES_MAX) < 0) {
		int e = errno;

		(void)buf_addf(why, "'%s': %s", path.p, strerror(e));
		errno = e;
		return -1;
	}
	if (json_parse(d, text->p, text->len, NULL) == JSON_OK)
		return 0;
	(void)buf_addf(why, "'%s' is no JSON", path.p);
	errno = EBADMSG;
	return -1;
}

char **
checkwall_make(const struct job *j, bool has_tree, bool by_hand, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *word = confine_word(j);
	CLEANUP(free) char *sensitive = json_cstr(&j->doc, job_param(j, "sensitive"));
	struct json profiles = { 0 };
	struct wallchain w = { .job = j, .mode = has_tree ? "write" : "read", .profiles = &profiles,
		.sensitive = sensitive, .confine = word ? word : by_hand ? "prefer" : NULL,
		.by_hand = by_hand, .offline = true };
	struct strv out = { 0 };
	char **v = NULL;
	int got = load_profiles(&text, &profiles, why), e;

	if (!got)
		got = wallchain_make(&w, &out, why);
	e = errno;
	v = strv_finish(&out);
	if (got < 0 && v) {
		strv_free(v);
		v = NULL;
	}
	errno = got < 0 ? e : errno;
	json_release(&profiles);
	return v;
}

char **
checkwall_argv(char *const *walls, char *const *command)
{
	struct strv all = { 0 };

	for (; *walls; walls++)
		strv_push(&all, *walls);
	for (; *command; command++)
		strv_push(&all, *command);
	return strv_finish(&all);
}
