/* SPDX-License-Identifier: MIT */
#include "infer.h"

#include "t.h"

static const struct {
	const char *task, *mode, *reason;
} cases[] = {
	{ "Fix the failing test in src/main.c", "write", "write_hints" },
	{ "please implement a cache", "write", "write_hints" },
	{ "Add a --version flag", "write", "write_hints" },
	{ "Explain how to fix the build", "read", "query_prefix_override" },
	{ "How do I change the port?", "read", "query_prefix_override" },
	{ "  \"What does update() do?\"", "read", "query_prefix_override" },
	{ "解释如何修复这个错误", "read", "query_prefix_override" },
	{ "修复登录", "write", "write_hints" },
	{ "修复安全漏洞", "write", "write_hints" },
	{ "看看修改有没有风险", "review", "mixed_intent_review_first" },
	{ "Any security risk if we change the parser?", "review", "mixed_intent_review_first" },
	{ "Fix the security hole in login", "write", "write_hints" },
	{ "Review the parser", "review", "review_prefix" },
	{ "Audit how we add users", "review", "review_prefix" },
	{ "please find bugs in lib/", "review", "review_hints" },
	{ "检查代码", "review", "review_prefix" },
	{ "a summary: describe the layout", "read", "read_hints" },
	{ "prefixes and addresses", "read", "default_read" },
	{ "the layout of the repository", "read", "default_read" },
	{ "", "read", "default_read" },
};

int
main(void)
{
	struct infer i;

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct infer_request rq = { .task = cases[k].task, .task_len = strlen(cases[k].task) };
		EQ(infer(&rq, &i), 0, cases[k].task);
		IS(infer_mode_name(i.mode), cases[k].mode, "mode");
		IS(i.reason, cases[k].reason, "reason");
	}
	struct infer_request rq = { .mode = "write", .task = "explain", .task_len = 7 };
	EQ(infer(&rq, &i), 0, "explicit");
	EQ(i.mode, INFER_WRITE, "an explicit mode wins");
	rq.mode = "wrote";
	EQ(infer(&rq, &i), -1, "an unknown mode is refused");
	rq.mode = "auto";
	rq.diff = true;
	EQ(infer(&rq, &i), 0, "diff");
	EQ(i.mode, INFER_REVIEW, "a diff means review");
	rq.diff = false;
	rq.task = "";
	rq.task_len = 0;
	rq.files = true;
	EQ(infer(&rq, &i), 0, "files");
	IS(i.reason, "files_fallback", "files alone mean review");
	rq.constraints = true;
	EQ(infer(&rq, &i), 0, "constraints");
	EQ(i.mode, INFER_WRITE, "constraints mean write");
	return t_done();
}
