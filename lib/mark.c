/* SPDX-License-Identifier: MIT */
/*
 * mark: the table. A pattern is a file's name, or with '/' at its end a
 * directory's name, anywhere in the tree; one '*' stands for anything.
 */
#include "mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct rule {
	const char *pattern;
	unsigned mark;
};

static const struct rule rules[] = {
	/* run, or decide what runs, without a build being asked for */
	{ ".gitattributes", CHANGE_RUNS_BY_ITSELF }, { ".gitmodules", CHANGE_RUNS_BY_ITSELF },
	{ ".gitconfig", CHANGE_RUNS_BY_ITSELF }, { ".lfsconfig", CHANGE_RUNS_BY_ITSELF },
	{ ".husky/", CHANGE_RUNS_BY_ITSELF }, { ".githooks/", CHANGE_RUNS_BY_ITSELF },
	{ ".hooks/", CHANGE_RUNS_BY_ITSELF }, { ".envrc", CHANGE_RUNS_BY_ITSELF },
	{ ".vscode/", CHANGE_RUNS_BY_ITSELF }, { ".idea/", CHANGE_RUNS_BY_ITSELF },
	{ ".devcontainer/", CHANGE_RUNS_BY_ITSELF }, { ".claude/", CHANGE_RUNS_BY_ITSELF },
	{ ".codex/", CHANGE_RUNS_BY_ITSELF }, { ".cursor/", CHANGE_RUNS_BY_ITSELF },
	{ ".mcp.json", CHANGE_RUNS_BY_ITSELF }, { ".jobdir.json", CHANGE_RUNS_BY_ITSELF },
	{ ".*rc", CHANGE_RUNS_BY_ITSELF }, { ".profile", CHANGE_RUNS_BY_ITSELF },
	{ ".bash_*", CHANGE_RUNS_BY_ITSELF }, { ".zshenv", CHANGE_RUNS_BY_ITSELF },
	{ "*.code-workspace", CHANGE_RUNS_BY_ITSELF }, { ".exrc", CHANGE_RUNS_BY_ITSELF },
	{ ".nvim.lua", CHANGE_RUNS_BY_ITSELF }, { ".dir-locals.el", CHANGE_RUNS_BY_ITSELF },
	{ "lefthook.yml", CHANGE_RUNS_BY_ITSELF }, { ".pre-commit-config.yaml", CHANGE_RUNS_BY_ITSELF },
	{ "mise.toml", CHANGE_RUNS_BY_ITSELF }, { ".mise.toml", CHANGE_RUNS_BY_ITSELF },
	/* run when somebody builds, tests or pushes */
	{ "makefile", CHANGE_BUILD }, { "gnumakefile", CHANGE_BUILD }, { "*.mk", CHANGE_BUILD },
	{ "package.json", CHANGE_BUILD }, { "build.rs", CHANGE_BUILD }, { "setup.py", CHANGE_BUILD },
	{ "setup.cfg", CHANGE_BUILD }, { "pyproject.toml", CHANGE_BUILD }, { "conftest.py", CHANGE_BUILD },
	{ "cmakelists.txt", CHANGE_BUILD }, { "meson.build", CHANGE_BUILD }, { "configure", CHANGE_BUILD },
	{ "dockerfile", CHANGE_BUILD }, { "docker-compose.yml", CHANGE_BUILD },
	{ "build.gradle*", CHANGE_BUILD }, { "pom.xml", CHANGE_BUILD }, { "rakefile", CHANGE_BUILD },
	{ "gemfile", CHANGE_BUILD }, { "justfile", CHANGE_BUILD }, { "gruntfile*", CHANGE_BUILD },
	{ "gulpfile*", CHANGE_BUILD }, { "vite.config*", CHANGE_BUILD },
	{ "webpack.config*", CHANGE_BUILD },
	{ ".github/", CHANGE_BUILD }, { ".gitlab-ci.yml", CHANGE_BUILD }, { ".circleci/", CHANGE_BUILD },
	{ ".travis.yml", CHANGE_BUILD }, { "jenkinsfile", CHANGE_BUILD }, { ".ci/", CHANGE_BUILD },
	{ "azure-pipelines.yml", CHANGE_BUILD }, { "bitbucket-pipelines.yml", CHANGE_BUILD },
	/* obeyed by the next agent */
	{ "agents.md", CHANGE_INSTRUCTIONS }, { "claude.md", CHANGE_INSTRUCTIONS },
	{ "claude.local.md", CHANGE_INSTRUCTIONS }, { "gemini.md", CHANGE_INSTRUCTIONS },
	{ ".cursorrules", CHANGE_INSTRUCTIONS }, { "copilot-instructions.md", CHANGE_INSTRUCTIONS },
};

/* One component against a pattern with at most one '*'. Some file systems ignore case: so do we. */
static bool
match(const char *pattern, size_t plen, const char *name, size_t len)
{
	const char *star = memchr(pattern, '*', plen);
	size_t head = star ? (size_t)(star - pattern) : plen;
	size_t tail = star ? plen - head - 1 : 0;

	if (star ? len < head + tail : len != plen)
		return false;
	return !strncasecmp(pattern, name, head) &&
		(!tail || !strncasecmp(star + 1, name + len - tail, tail));
}

unsigned
change_path_marks(const char *path)
{
	unsigned marks = 0;

	for (const char *p = path, *end; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "/");
		for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
			size_t n = strlen(rules[i].pattern);
			bool dir = rules[i].pattern[n - 1] == '/';
			if (dir == (*end == '/') && match(rules[i].pattern, n - dir, p, (size_t)(end - p)))
				marks |= rules[i].mark;
		}
	}
	return marks;
}

static const char *const names[] = {
	"runs-by-itself", "build", "instructions", "link-outside", "lfs-pointer",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == CHANGE_MARKS, "a name for every mark");

const char *
change_mark_name(enum change_mark m)
{
	for (int i = 0; i < CHANGE_MARKS; i++)
		if ((unsigned)m == 1u << i)
			return names[i];
	return "unknown";
}

unsigned
change_mark_parse(const char *name)
{
	for (int i = 0; i < CHANGE_MARKS; i++)
		if (!strcmp(name, names[i]))
			return 1u << i;
	return 0;
}
