/* SPDX-License-Identifier: MIT */
/* plantext: the words of a plan, and the judgements on names and line ends. Pure. */
#include "plantext.h"

#include <string.h>
#include "fold.h"
#include "path.h"

static const char *const op_names[] = {
	[PLAN_CONFLICT] = "conflict", [PLAN_ALREADY] = "already", [PLAN_ADD] = "add",
	[PLAN_MODIFY] = "modify", [PLAN_DELETE] = "delete", [PLAN_LEFT] = "left",
};
_Static_assert(sizeof(op_names) / sizeof(*op_names) == PLAN_OPS, "a name for every operation");

static const struct { const char *name, *text; } why_names[] = {
	[PLAN_OK] = { "ok", "fine" },
	[PLAN_MODIFIED] = { "modified", "modified here since the job started" },
	[PLAN_DELETED] = { "deleted_here", "deleted here since the job started" },
	[PLAN_SPARSE] = { "not_checked_out", "not checked out here (a sparse checkout)" },
	[PLAN_ADDED] = { "added_here", "added here since the job started" },
	[PLAN_UNTRACKED] = { "untracked", "an untracked file is in the way" },
	[PLAN_IGNORED] = { "ignored", "an ignored file is in the way" },
	[PLAN_TYPE] = { "type_differs", "another kind of file here" },
	[PLAN_PARENT_FILE] = { "parent_is_file", "a parent directory is a file here" },
	[PLAN_PARENT_LINK] = { "parent_is_symlink", "a parent directory is a symbolic link here" },
	[PLAN_IS_DIR] = { "directory_in_the_way", "a directory is in the way" },
	[PLAN_CASE] = { "case_sibling", "a sibling's name differs only by case or normal form" },
	[PLAN_SUBMODULE] = { "submodule", "in or of a submodule" },
	[PLAN_LINK_ESCAPES] = { "symlink_escapes",
		"a symbolic link that is absolute, leaves the tree or enters .git" },
	[PLAN_BAD_PATH] = { "bad_path", "a path that must not be written" },
	[PLAN_MERGE_FAILED] = { "merge_conflict", "both sides changed the same lines" },
	[PLAN_UNREADABLE] = { "unreadable", "cannot be read here" },
};
_Static_assert(sizeof(why_names) / sizeof(*why_names) == PLAN_WHYS, "a name for every reason");

const char *
plan_op_name(enum plan_op op)
{
	return op_names[op];
}

const char *
plan_why_name(enum plan_why why)
{
	return why_names[why].name;
}

const char *
plan_why_text(enum plan_why why)
{
	return why_names[why].text;
}

const char *
plan_ask_text(unsigned ask)
{
	if (ask & PLAN_ASK_REFUSED)
		return "can never be landed; accept it to land the rest without it";
	if (ask & PLAN_ASK_RUNS)
		return "runs by itself; accept it by name to land it";
	if (ask & PLAN_ASK_SCOPE)
		return "outside what the job was allowed to change; accept it by name to land it";
	return "more files than the job was allowed to change; accept '.' to land them";
}

bool
plan_path_ok(const char *path, size_t len)
{
	if (!path_is_clean(path, len))
		return false;
	for (size_t i = 0; i < len; ) {
		size_t n = 0;

		while (i + n < len && path[i + n] != '/')
			n++;
		if (fold_is_dotgit(path + i, n))
			return false;
		i += n + 1;
	}
	return true;
}

bool
plan_link_safe(const char *path, const char *target, size_t len)
{
	size_t depth = 0;

	if (!len || target[0] == '/' || memchr(target, '\0', len))
		return false;
	for (const char *s = path; *s; s++)
		depth += *s == '/';
	for (size_t i = 0; i < len; ) {
		size_t n = 0;

		while (i + n < len && target[i + n] != '/')
			n++;
		if (n == 2 && target[i] == '.' && target[i + 1] == '.') {
			if (!depth--)
				return false;
		} else if (n && !(n == 1 && target[i] == '.')) {
			if (fold_is_dotgit(target + i, n))
				return false;
			depth++;
		}
		i += n + 1;
	}
	return true;
}

int
plan_eol(const char *p, size_t len)
{
	size_t lf = 0, crlf = 0, cr = 0;

	for (size_t i = 0; i < len; i++) {
		if (!p[i])
			return 0;
		cr += p[i] == '\r';
		if (p[i] == '\n') {
			lf++;
			crlf += i && p[i - 1] == '\r';
		}
	}
	if (!cr)
		return '\n';
	return crlf == lf && cr == crlf ? '\r' : 0;
}

int
plan_to_crlf(struct buf *out, const char *p, size_t len)
{
	for (size_t i = 0; i < len; ) {
		const char *nl = memchr(p + i, '\n', len - i);
		size_t n = nl ? (size_t)(nl - p) - i : len - i;

		buf_add(out, p + i, n);
		if (nl)
			buf_add(out, "\r\n", 2);
		i += n + 1;
	}
	return buf_ok(out) ? 0 : -1;
}
