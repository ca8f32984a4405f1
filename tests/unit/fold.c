/* SPDX-License-Identifier: MIT */
#include "fold.h"
#include "buf.h"
#include "t.h"

static int
same(const char *a, const char *b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;

	(void)fold_name(&x, a, strlen(a));
	(void)fold_name(&y, b, strlen(b));
	int r = x.len == y.len && !memcmp(x.p, y.p, x.len);
	buf_release(&x);
	buf_release(&y);
	return r;
}

int
main(void)
{
	static const char *const dotgit[] = {
		".git", ".GIT", ".gIt", ".git ", ".git.", ".git . ..", ".git::$INDEX_ALLOCATION",
		".git:x", "git~1", "GIT~1", "git~12", "git~1 ", ".g\xe2\x80\x8cit", "\xef\xbb\xbf.git",
		".git\xe2\x80\x8d", "a\\.git", ".git\\x", "\\git~1",
	};
	static const char *const not_dotgit[] = {
		"git", ".gitx", ".gitignore", ".github", "git~", "git~x", "x.git", ".git x", "g~1", "",
		"gitx~1", "~1", ".g\xc3\xaft",
	};
	static const char *const modules[] = {
		".gitmodules", ".GitModules", ".gitmodules ", "gitmod~1", "GI7EBA~1", "gi7eb~12",
		".gitmodules:x", ".git\xe2\x80\x8cmodules",
	};

	for (size_t i = 0; i < sizeof(dotgit) / sizeof(dotgit[0]); i++)
		OK(fold_is_dotgit(dotgit[i], strlen(dotgit[i])), dotgit[i]);
	for (size_t i = 0; i < sizeof(not_dotgit) / sizeof(not_dotgit[0]); i++)
		OK(!fold_is_dotgit(not_dotgit[i], strlen(not_dotgit[i])), not_dotgit[i]);
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		OK(fold_is_gitmodules(modules[i], strlen(modules[i])), modules[i]);
	OK(!fold_is_gitmodules(".gitmodule", 11), "one letter less");
	OK(same("README", "readme"), "ASCII case");
	OK(same("caf\xc3\xa9", "cafe\xcc\x81"), "NFC and NFD");
	OK(same("CAF\xc3\x89", "cafe\xcc\x81"), "case and form at once");
	OK(same("stra\xc3\x9f" "e", "STRASSE"), "full case folding");
	OK(same("\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1"), "Hangul");
	OK(same("\xce\x91", "\xce\xb1"), "Greek");
	OK(same("\xd0\x90", "\xd0\xb0"), "Cyrillic");
	OK(same("\xc4\x80", "\xc4\x81"), "a run of step 2");
	OK(same("\xc3\xa9\xcc\xa3", "\xe1\xba\xb9\xcc\x81"), "two marks, composed with one or the other");
	OK(same("e\xcc\x81\xcc\xa3", "e\xcc\xa3\xcc\x81"), "two marks in either order");
	OK(!same("e\xcc\x81\xcc\x80", "e\xcc\x80\xcc\x81"), "marks of one class keep theirs");
	OK(same("\xf0\x91\x84\xae", "\xf0\x91\x84\xb1\xf0\x91\x84\xa7"), "Chakma, beyond the first plane");
	OK(same("\xf0\x9e\xa4\x80", "\xf0\x9e\xa4\xa2"), "Adlam");
	OK(same("\xe1\x8e\xa0", "\xea\xad\xb0"), "Cherokee");
	OK(!same("a", "b"), "different letters");
	OK(!same("\xff", "\xfe"), "bytes that are not UTF-8 stay");
	OK(!same("e", "\xc3\xa9"), "an accent is not nothing");
	return t_done();
}
