/* SPDX-License-Identifier: MIT */
/*
 * English words are matched whole, in ASCII lower case; Chinese ones anywhere
 * in the text. A leading question ("explain how to fix …") is a question,
 * whatever verb it goes on to mention.
 */
#include "infer.h"

#include <string.h>

static const char *const mode_names[] = { "read", "review", "write" };

static const char *const zh_question[] = {
	"解释", "说明", "为什么", "怎么", "如何", "怎样", "分析", "总结", "描述",
	"理解", "搞清楚", NULL
};
static const char *const en_question[] = {
	"explain", "why", "how", "what", "which", "who", "describe", "summarize",
	"summarise", "analyze", "analyse", "understand", "tell me", "is there", "are there",
	"does", "can you explain", "could you explain", "please explain", "please describe",
	"please summarize", "please tell me", "help me understand",
	/* "Do the port", "When a user logs in, add …" and "Where possible, …" are no questions */
	"do we", "do you", "do they", "do these", "do those", "do any",
	"where is", "where are", "where do", "where does", "where did", "where was", "where should",
	"when is", "when are", "when do", "when does", "when did", "when was", "when will",
	"when should", NULL
};
/* "Fix it, but do not change the API" is writing; only these say that nothing is to be written. */
static const char *const en_nothing[] = {
	"do not change anything", "don't change anything", "do not modify anything",
	"don't modify anything", "do not edit anything", "don't edit anything",
	"do not change any files", "do not modify any files", "don't change any files",
	"don't modify any files", "without changing anything", "without modifying anything",
	"change nothing", "modify nothing", "edit nothing", NULL
};
static const char *const zh_nothing[] = {
	"不要修改任何", "不要改任何", "不要做任何修改", NULL
};
static const char *const en_both[] = {
	"review and fix", "review and then fix", "review and update", "review and improve",
	"check and fix", "check and update", "audit and fix", "inspect and fix", "inspect and repair",
	NULL
};
static const char *const en_write[] = {
	"fix", "change", "implement", "write", "edit", "modify", "update", "refactor", "patch",
	"add", "create", "remove", "delete", "rename", "replace", NULL
};
static const char *const zh_write[] = {
	"修复", "实现", "修改", "添加", "重构", "补充", "提交", "更新", "创建",
	"编写", "删除", "移除", "调整", "优化", "改造", NULL
};
static const char *const en_risk[] = { "risk*", "safety*", "security*", "vulnerab*", NULL };
static const char *const zh_risk[] = {
	"风险", "安全", "问题", "漏洞", "隐患", "安不安全", NULL
};
static const char *const en_review[] = {
	"review", "audit", "inspect", "check", "find bugs", "look for issues", "critique", NULL
};
static const char *const zh_review[] = {
	"审查", "检查", "评审", "看看有没有问题", "找一下风险",
	"找bug", "找 bug", "找问题", NULL
};
static const char *const en_read[] = {
	"explain", "analyse", "analyze", "why", "how", "what", "summarize", "summarise",
	"describe", "read-only", "understand", NULL
};

const char *
infer_mode_name(enum infer_mode m)
{
	return mode_names[m];
}

static bool
word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_';
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* word at t[i], whole; a trailing '*' in word matches any ending. */
static bool
word_at(const char *t, size_t n, size_t i, const char *word)
{
	size_t len = strlen(word);
	bool stem = word[len - 1] == '*';

	len -= stem;
	if (i + len > n || (i > 0 && word_byte((unsigned char)t[i - 1])))
		return false;
	for (size_t k = 0; k < len; k++)
		if (lower((unsigned char)t[i + k]) != (unsigned char)word[k])
			return false;
	return stem || i + len == n || !word_byte((unsigned char)t[i + len]);
}

static const char *
find_word(const char *t, size_t n, const char *const *words)
{
	for (size_t i = 0; i < n; i++)
		for (size_t w = 0; words[w]; w++)
			if (word_at(t, n, i, words[w]))
				return words[w];
	return NULL;
}

static const char *
find_text(const char *t, size_t n, const char *const *texts)
{
	for (size_t w = 0; texts[w]; w++)
		if (memmem(t, n, texts[w], strlen(texts[w])))
			return texts[w];
	return NULL;
}

static const char *
leading(const char *t, size_t n, const char *const *en, const char *const *zh)
{
	size_t i = 0;

	while (i < n && strchr(" \t\r\n\"'*#->", t[i]) && t[i])
		i++;
	for (size_t w = 0; en[w]; w++)
		if (word_at(t, n, i, en[w]))
			return en[w];
	for (size_t w = 0; zh[w]; w++)
		if (n - i >= strlen(zh[w]) && !memcmp(t + i, zh[w], strlen(zh[w])))
			return zh[w];
	return NULL;
}

static int
answer(struct infer *out, enum infer_mode m, const char *reason, const char *confidence,
	const char *hint1, const char *hint2)
{
	out->mode = m;
	out->reason = reason;
	out->confidence = confidence;
	out->hints[0] = hint1 ? hint1 : hint2;
	out->hints[1] = hint1 ? hint2 : NULL;
	return 0;
}

int
infer(const struct infer_request *rq, struct infer *out)
{
	static const char *const none[] = { NULL };
	const char *t = rq->task ? rq->task : "";
	size_t n = rq->task ? rq->task_len : 0;

	if (rq->resume && rq->mode && strcmp(rq->mode, "auto") && strcmp(rq->mode, rq->resume))
		return -1;
	if (rq->mode && strcmp(rq->mode, "auto")) {
		for (int m = 0; m < 3; m++)
			if (!strcmp(rq->mode, mode_names[m]))
				return answer(out, (enum infer_mode)m, "explicit", "high", NULL, NULL);
		return -1;
	}
	for (int m = 0; rq->resume && m < 3; m++)
		if (!strcmp(rq->resume, mode_names[m]))
			return answer(out, (enum infer_mode)m, "resumed", "high", NULL, NULL);
	if (rq->diff)
		return answer(out, INFER_REVIEW, "diff", "high", NULL, NULL);
	if (rq->constraints)
		return answer(out, INFER_WRITE, "constraints", "high", NULL, NULL);

	const char *q = leading(t, n, en_question, zh_question);
	if (q)
		return answer(out, INFER_READ, "query_prefix_override", "medium", q, NULL);
	const char *nothing = find_word(t, n, en_nothing);
	nothing = nothing ? nothing : find_text(t, n, zh_nothing);
	if (nothing)
		return answer(out, find_word(t, n, en_review) || find_text(t, n, zh_review) ?
			INFER_REVIEW : INFER_READ, "nothing_to_write", "high", nothing, NULL);
	const char *both = leading(t, n, en_both, none);
	if (both)
		return answer(out, INFER_WRITE, "review_then_write", "medium", both, NULL);
	/* "review … and fix nothing": a request that begins with a review verb is a review. */
	const char *r = leading(t, n, en_review, zh_review);
	if (r)
		return answer(out, INFER_REVIEW, "review_prefix", "high", r, NULL);

	const char *we = find_word(t, n, en_write), *wz = find_text(t, n, zh_write);
	const char *ke = find_word(t, n, en_risk), *kz = find_text(t, n, zh_risk);
	if ((we || wz) && kz && !leading(t, n, none, zh_write))
		return answer(out, INFER_REVIEW, "mixed_intent_review_first", "medium",
			we ? we : wz, kz);
	if ((we || wz) && ke && !leading(t, n, en_write, none))
		return answer(out, INFER_REVIEW, "mixed_intent_review_first", "medium",
			we ? we : wz, ke);
	if (we || wz)
		return answer(out, INFER_WRITE, "write_hints", "high", we, wz);
	const char *re = find_word(t, n, en_review), *rz = find_text(t, n, zh_review);
	if (re || rz)
		return answer(out, INFER_REVIEW, "review_hints", "high", re, rz);
	const char *de = find_word(t, n, en_read), *dz = find_text(t, n, zh_question);
	if (de || dz)
		return answer(out, INFER_READ, "read_hints", "high", de, dz);
	if (rq->files)
		return answer(out, INFER_REVIEW, "files_fallback", "medium", NULL, NULL);
	return answer(out, INFER_READ, "default_read", "low", NULL, NULL);
}
