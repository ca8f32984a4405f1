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
	/* misreadings of the reference, and what is near them */
	{ "Do the migration and update the docs", "write", "write_hints" },
	{ "Do we change the port anywhere?", "read", "query_prefix_override" },
	{ "When a user logs in, update the time stamp", "write", "write_hints" },
	{ "When does the cache change?", "read", "query_prefix_override" },
	{ "Where possible, add const", "write", "write_hints" },
	{ "Where is the port changed? Who may edit it?", "read", "query_prefix_override" },
	{ "Could you explain how we patch files", "read", "query_prefix_override" },
	{ "Help me understand the update step", "read", "query_prefix_override" },
	{ "Review and fix the login", "write", "review_then_write" },
	{ "Review the add and remove functions", "review", "review_prefix" },
	{ "Look at the update step, but do not change anything", "read", "nothing_to_write" },
	{ "Please check the update step and modify nothing", "review", "nothing_to_write" },
	{ "Fix the bug, but do not change the API", "write", "write_hints" },
	{ "Add a read-only flag", "write", "write_hints" },
	{ "看一下更新逻辑，不要修改任何文件", "read", "nothing_to_write" },
	{ "为什么要修改端口", "read", "query_prefix_override" },
	{ "分析并总结更新流程", "read", "query_prefix_override" },
	/* the rows of the table in order, one hint each */
	{ "Is this a risk? Then implement less of it", "review", "mixed_intent_review_first" },
	{ "有没有问题，修改之前", "review", "mixed_intent_review_first" },
	{ "critique the design", "review", "review_prefix" },
	{ "please look for issues", "review", "review_hints" },
	{ "看看有没有问题", "review", "review_prefix" },
	{ "在代码里找bug", "review", "review_hints" },
	{ "give a read-only tour", "read", "read_hints" },
	{ "代码结构的说明", "read", "read_hints" },
	{ "FIX IT", "write", "write_hints" },
	{ "prefix the fixture", "read", "default_read" },
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
