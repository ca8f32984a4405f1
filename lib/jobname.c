/* SPDX-License-Identifier: MIT */
#include "jobname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "clock.h"
#include "num.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

bool
job_id_valid(const char *s)
{
	static const char shape[] = "job-dddddddd-dddddd-xxxxxxxx";

	_Static_assert(sizeof shape == JOB_ID_LEN + 1, "shape of an id");
	for (size_t i = 0; i < JOB_ID_LEN; i++) {
		if (!s[i])
			return false;
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' :
		    shape[i] == 'x' ? !strchr(alphabet, s[i]) : s[i] != shape[i])
			return false;
	}
	return !s[JOB_ID_LEN];
}

int
job_id_new(char *id, int64_t wall_ms)
{
	unsigned char r[8];
	char when[16], tail[9];

	if (getrandom(r, sizeof r, 0) != sizeof r)
		return -1;
	for (int i = 0; i < 8; i++)
		tail[i] = alphabet[r[i] & 31];
	tail[8] = '\0';
	clock_compact(when, wall_ms);
	(void)snprintf(id, JOB_ID_LEN + 1, "job-%s-%s", when, tail);	/* fits */
	return 0;
}

void
job_id_path(const char *id, char out[64])
{
	(void)snprintf(out, 64, "jobs/%.8s/%.28s", id + 4, id);	/* fits */
}

char *
job_slug(const char *common_dir)
{
	size_t len = strlen(common_dir), n;
	const char *base;
	char name[41];
	char *s;

	while (len > 1 && common_dir[len - 1] == '/')
		len--;
	n = len;
	/* "/src/thing/.git" is the repository "thing" */
	if (n > 5 && !memcmp(common_dir + n - 5, "/.git", 5))
		n -= 5;
	base = memrchr(common_dir, '/', n);
	base = base ? base + 1 : common_dir;
	n -= (size_t)(base - common_dir);
	if (n >= sizeof name)
		n = sizeof name - 1;
	for (size_t i = 0; i < n; i++) {
		char c = base[i];

		name[i] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '_' || c == '-' || (c == '.' && i) ? c : '-';
	}
	name[n] = '\0';
	if (asprintf(&s, "%s-%016llx", n ? name : "root",
	    (unsigned long long)num_fnv1a(common_dir, len)) < 0)
		return NULL;
	return s;
}
