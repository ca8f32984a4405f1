/* SPDX-License-Identifier: MIT */
#include "jobenv.h"

#include <errno.h>
#include <stdlib.h>
#include "buf.h"
#include "env.h"
#include "job.h"

char **
jobenv(const struct job *j, size_t more)
{
	int env = json_get(&j->doc, 0, "env");
	char **v = calloc(json_len(&j->doc, env) + more + 1, sizeof *v);
	size_t n = 0;

	for (int m = v ? json_first(&j->doc, env) : -1; m >= 0; m = json_next(&j->doc, m)) {
		struct buf b = BUF_INIT;
		bool good = json_str(&j->doc, m, &b) == 0 && buf_addch(&b, '=') == 0 &&
			json_str(&j->doc, json_value(&j->doc, m), &b) == 0;

		v[n] = buf_steal(&b);
		if (!good || !v[n++]) {
			env_free(v);
			errno = ENOMEM;
			return NULL;
		}
	}
	return v;
}
