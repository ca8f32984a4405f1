/* SPDX-License-Identifier: MIT */
#include "mark.h"
#include "t.h"

int
main(void)
{
	EQ(change_path_marks(".gitattributes"), CHANGE_RUNS_BY_ITSELF, ".gitattributes");
	EQ(change_path_marks("a/b/.gitattributes"), CHANGE_RUNS_BY_ITSELF, "deep");
	EQ(change_path_marks(".Husky/pre-push"), CHANGE_RUNS_BY_ITSELF, "a directory, any case");
	EQ(change_path_marks(".husky"), 0, "a file of that name is no directory");
	EQ(change_path_marks(".zshrc"), CHANGE_RUNS_BY_ITSELF, "*rc");
	EQ(change_path_marks("src"), 0, "src is not an rc file");
	EQ(change_path_marks("x/Makefile"), CHANGE_BUILD, "Makefile");
	EQ(change_path_marks("rules.mk"), CHANGE_BUILD, "*.mk");
	EQ(change_path_marks(".mk"), CHANGE_BUILD, "nothing before it");
	EQ(change_path_marks("CLAUDE.md"), CHANGE_INSTRUCTIONS, "CLAUDE.md");
	EQ(change_path_marks(".claude/CLAUDE.md"), CHANGE_RUNS_BY_ITSELF | CHANGE_INSTRUCTIONS, "two");
	EQ(change_path_marks("src/main.c"), 0, "plain");
	EQ(change_mark_parse("link-outside"), CHANGE_LINK_OUTSIDE, "parse");
	EQ(change_mark_parse("?"), 0, "unknown");
	IS(change_mark_name(CHANGE_LFS_POINTER), "lfs-pointer", "name");
	return t_done();
}
