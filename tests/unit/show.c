/* SPDX-License-Identifier: MIT */
#include "show.h"

#include "buf.h"
#include "t.h"

static void
duration(int64_t ms, const char *want)
{
	char s[24];

	show_duration(s, ms);
	IS(s, want, want);
}

static void
text(const char *in, const char *want, const char *what)
{
	struct buf b = BUF_INIT;

	OK(!show_text(&b, in), what);
	IS(b.p, want, what);
	buf_release(&b);
}

int
main(void)
{
	char t[] = "a\033b\tc\nd\r\x7f" "\xc2\x9b" "\xc3\xa9\xc2\xa0";

	duration(-1, "-");
	duration(0, "0ms");
	duration(999, "999ms");
	duration(1000, "1s");
	duration(99999, "99s");
	duration(100000, "1m");
	duration(100 * 60000, "1h");
	duration(INT64_C(48) * 3600000, "2d");
	duration(INT64_MAX, "106751991167d");
	text(NULL, "-", "nothing");
	text("plain \xe2\x82\xac", "plain \xe2\x82\xac", "UTF-8 stays");
	text("a\nb\tc\033[0m", "a?b?c?[0m", "nothing that moves the cursor");
	text("\xe2\x82\xac \x9b" "2J", "\xe2\x82\xac ?2J", "a C1 byte that is no UTF-8 either");
	text("\xc3\x9b \xc2", "\xc3\x9b \xc2", "the same byte within a character stays");
	show_terminal(t, sizeof t - 1);
	IS(t, "a?b\tc\nd??" "??" "\xc3\xa9\xc2\xa0", "a terminal keeps lines and tabs, nothing else");
	return t_done();
}
