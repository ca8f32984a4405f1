/* SPDX-License-Identifier: MIT */
#include "checkwall.h"

#include <errno.h>
#include <stdlib.h>
#include "buf.h"
#include "confineword.h"
#include "job.h"
#include "profiles.h"
#include "strv.h"
#include "wallchain.h"

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
	int got = profiles_load(&text, &profiles, why), e;

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
