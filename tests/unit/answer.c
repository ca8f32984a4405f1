/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <string.h>

#include "buf.h"
#include "jsonw.h"
#include "t.h"

static const char *
foreign(const char *text, size_t max, const char *where)
{
	static struct buf b = BUF_INIT;

	buf_reset(&b);
	answer_foreign(&b, text, strlen(text), max, where);
	return b.p;
}

int
main(void)
{
	struct buf b = BUF_INIT;
	struct jsonw w;

	answer_error(&b, ANSWER_TOKEN_MISMATCH, "it \"changed\"", NULL);
	IS(b.p, "{\"error\":{\"code\":\"token_mismatch\",\"message\":\"it \\\"changed\\\"\"}}", "error");
	buf_reset(&b);
	answer_error(&b, ANSWER_BUSY, "m", "h");
	IS(b.p, "{\"error\":{\"code\":\"busy\",\"message\":\"m\",\"hint\":\"h\"}}", "with a hint");
	for (int c = 0; c < ANSWER_CODES; c++)
		for (int d = 0; d < c; d++)
			if (!strcmp(answer_code_name(c), answer_code_name(d)))
				OK(0, "two codes have one name");
	buf_reset(&b);
	jsonw_init(&w, &b);
	jsonw_array(&w);
	answer_action(&w, "claude_apply", "land it", "{\"preview\":true}");
	answer_action(&w, "claude_jobs", "look", NULL);
	jsonw_end(&w);
	IS(b.p, "[{\"tool\":\"claude_apply\",\"reason\":\"land it\",\"args\":{\"preview\":true}},"
		"{\"tool\":\"claude_jobs\",\"reason\":\"look\"}]", "actions");

	IS(foreign("plain\n\ttext", 100, "log"), "plain\n\ttext", "plain text");
	IS(foreign("a\033[31mred\033[0m\rb\x07\x7f" "c", 100, NULL), "aredbc", "control sequences go");
	IS(foreign("\033[", 100, NULL), "", "also a cut one");
	IS(foreign("x\xe2\x80\xaey\xe2\x81\xa6z\xd8\x9c", 100, NULL), "xyz", "bidirectional ones go");
	IS(foreign("\xc2\x85\xf3\xa0\x81\x81", 100, NULL), "", "C1 and tags go");
	IS(foreign("a\xff" "b\xc3", 100, NULL), "a\xef\xbf\xbd" "b\xef\xbf\xbd", "bad bytes are marked");
	IS(foreign("\xc3\xa4\xc3\xa4", 3, "log"), "\xc3\xa4\n[\xe2\x80\xa6 2 more bytes in log]",
		"cut on a character, and said");
	IS(foreign("abc", 3, "log"), "abc", "what fits is not cut");
	IS(foreign("abcd", 3, NULL), "abc", "cut without a word");
	buf_release(&b);
	return t_done();
}
