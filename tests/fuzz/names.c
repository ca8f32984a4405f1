/* SPDX-License-Identifier: MIT */
/*
 * names: any bytes as an id, a path, a number, a duration, a stamp, a name or
 * a line for a terminal. What is accepted is what it says it is.
 */
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "buf.h"
#include "clock.h"
#include "job.h"
#include "num.h"
#include "path.h"
#include "show.h"
#include "showname.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

/* No character of it hides, reorders or commands. */
static void
harmless(const char *p, size_t len)
{
	for (size_t i = 0; i < len; ) {
		int n = num_utf8(p + i, len - i);

		MUST(p[i] == '\n' || p[i] == '\t' || !n || !num_utf8_hides(num_utf8_code(p + i, n)));
		MUST(n || (unsigned char)p[i] >= 0xa0);
		i += n ? (size_t)n : 1;
	}
}

static void
ids(const char *s, size_t len)
{
	int64_t ms;
	char rel[64];

	if (job_id_valid(s)) {
		job_id_path(s, rel);
		MUST(strlen(s) == JOB_ID_LEN && path_is_clean(rel, strlen(rel)) && !strchr(s, '/'));
	}
	if (path_is_clean(s, len))
		MUST(*s != '/' && strcmp(s, "..") && !strstr(s, "//") && strlen(s) == len);
	if (!num_parse(s, -5, 500, &ms))
		MUST(ms >= -5 && ms <= 500);
	if (!num_duration(s, &ms))
		MUST(ms >= 0);
	(void)clock_parse(s, &ms);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	struct buf b = BUF_INIT, out = BUF_INIT;

	MUST(!buf_add(&b, p, len));
	ids(b.p, len);
	MUST(!show_name(&out, b.p));
	MUST(!strpbrk(out.p, "\n\t\033"));
	buf_reset(&out);
	answer_foreign(&out, b.p, b.len, 200, "log");
	MUST(num_is_utf8(out.p, out.len) && out.len < 300);
	harmless(out.p, out.len);
	buf_reset(&out);
	MUST(!show_text(&out, b.p) && !strchr(out.p, '\n'));
	show_terminal(b.p, b.len);
	MUST(b.len == len);
	harmless(b.p, b.len);
	buf_release(&b);
	buf_release(&out);
	return 0;
}
