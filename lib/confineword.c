/* SPDX-License-Identifier: MIT */
#include "confineword.h"

#include <string.h>
#include "config.h"
#include "job.h"

char *
confine_word(const struct job *j)
{
	char *word = json_cstr(&j->doc, job_param(j, "confine"));
	const char *ours = word ? NULL : config_text("JOBDIR_CONFINE", NULL);

	return ours ? strdup(ours) : word;
}
