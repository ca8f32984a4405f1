/* SPDX-License-Identifier: MIT */
#include "t.h"
#include <errno.h>
#include "buf.h"
#include "prompt.h"

static const char template[] =
	"# Head\n\n{{task}}\n\n## Files\n\n{{allowed_files}}\n\n## Diff\n\n{{diff}}\n\n"
	"## More\n\n{{constraints}}\n\n## End\n\nfixed\n";

static void
check_sections(void)
{
	static const char *const files[] = { "a.c", "we`ird\nname", NULL };
	static const char *const rules[] = { "first\nsecond line", NULL };
	struct prompt p = { .task = "do it" };
	struct buf b CLEANUP(buf) = BUF_INIT;

	EQ(prompt_fill(template, sizeof template - 1, &p, &b), 0, "fills");
	IS(b.p, "# Head\n\n```text\ndo it\n```\n\n## End\n\nfixed\n", "empty sections are left out");
	buf_reset(&b);
	p.allowed_files = files;
	p.constraints = rules;
	EQ(prompt_fill(template, sizeof template - 1, &p, &b), 0, "fills lists");
	IS(b.p, "# Head\n\n```text\ndo it\n```\n\n## Files\n\n- `a.c`\n- `` we`ird?name ``\n\n"
	    "## More\n\n- first\n  second line\n\n## End\n\nfixed\n", "lists are bullets");
}

static void
check_fences(void)
{
	struct prompt p = { .task = "see\n````\n## Diff\n{{diff}}\n", .diff = "+```\n+x\n" };
	struct buf b CLEANUP(buf) = BUF_INIT;

	EQ(prompt_fill(template, sizeof template - 1, &p, &b), 0, "fills");
	IS(b.p, "# Head\n\n`````text\nsee\n````\n## Diff\n{{diff}}\n`````\n\n## Diff\n\n````diff\n+```\n+x\n````\n\n"
	    "## End\n\nfixed\n", "a longer fence; filled text is not looked at again");
}

static void
check_bytes(void)
{
	struct prompt p = { .task = "a\0b", .task_len = 3 };
	struct buf b CLEANUP(buf) = BUF_INIT;

	EQ(prompt_fill("{{task}}\n", 9, &p, &b), 0, "a template of one slot");
	EQ(b.len, 8 + 3 + 5, "a NUL is kept");
	errno = 0;
	EQ(prompt_fill("{{nope}}\n", 9, &p, &b), -1, "unknown slot");
	EQ(errno, EINVAL, "unknown slot is EINVAL");
	errno = 0;
	EQ(prompt_build("other", &p, &b), -1, "unknown mode");
	EQ(errno, EINVAL, "unknown mode is EINVAL");
}

/* The real templates know only slots that exist, and tell of every part. */
static void
check_real(void)
{
	static const char *const modes[] = { "read", "review", "write" };
	static const char *const one[] = { "NAME-X", NULL };

	for (size_t i = 0; i < 3; i++) {
		struct prompt p = { .task = "TASK-X", .instruction_files = one };
		struct buf b CLEANUP(buf) = BUF_INIT;

		EQ(prompt_build(modes[i], &p, &b), 0, modes[i]);
		OK(strstr(b.p, "TASK-X") && strstr(b.p, "`NAME-X`"), "holds task and file");
		OK(!strstr(b.p, "{{"), "no slot is left");
		OK(strstr(b.p, "Do not call Codex"), "delegates no further");
	}
}

int
main(void)
{
	check_sections();
	check_fences();
	check_bytes();
	check_real();
	return t_done();
}
