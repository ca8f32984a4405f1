/* SPDX-License-Identifier: MIT */
/* plan: every row of the collision matrix, from facts alone. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include "planjson.h"
#include "t.h"
#include "thing.h"

static struct plan_thing
file(const char *text, bool exec)
{
	struct plan_thing t;

	thing_of(&t, PLAN_FILE, exec, text, strlen(text));
	return t;
}

static struct plan_thing
symlink_to(const char *target)
{
	struct plan_thing t;

	thing_of(&t, PLAN_LINK, false, target, strlen(target));
	return t;
}

static const struct plan_thing none = { .kind = PLAN_ABSENT };
static const struct plan_thing dir = { .kind = PLAN_DIR };
static const struct plan_thing fifo = { .kind = PLAN_OTHER };

/* One entry decided alone: "op" or "conflict:reason". */
static const char *
decide(struct plan_thing base, struct plan_thing job, struct plan_thing now, int merge)
{
	static char out[80];
	struct plan_entry e = { .path = (char *)"d/f", .base = base, .job = job, .now = now };

	e.old_mode = base.kind ? 0100644 : 0;
	e.new_mode = job.kind ? 0100644 : 0;
	e.merge = (enum plan_merge)merge;
	e.merged = file("merged", now.exec);
	plan_decide_entry(&e);
	snprintf(out, sizeof(out), "%s%s%s%s", plan_op_name(e.op), e.why ? ":" : "",
		e.why ? plan_why_name(e.why) : "", e.then.exec ? "+x" : "");
	return out;
}

static void
test_matrix(void)
{
	struct plan_thing a = file("a", false), b = file("b", false), c = file("c", false);
	struct plan_thing ax = file("a", true), bx = file("b", true), cx = file("c", true);
	struct plan_thing la = symlink_to("a"), lb = symlink_to("b"), lc = symlink_to("c");

	IS(decide(a, b, a, 0), "modify", "workspace equals base: take the job's");
	IS(decide(a, b, b, 0), "already", "workspace equals the job's: nothing");
	IS(decide(a, b, c, PLAN_MERGE_CLEAN), "modify", "a clean merge");
	IS(decide(a, b, c, PLAN_MERGE_OVERLAP), "conflict:merge_conflict", "an overlapping merge");
	IS(decide(a, b, c, PLAN_MERGE_BINARY), "conflict:modified", "binary on both sides");
	IS(decide(a, b, none, 0), "conflict:deleted_here", "modify what is gone here");
	IS(decide(a, b, la, 0), "conflict:type_differs", "modify what is a link here");
	IS(decide(a, b, dir, 0), "conflict:directory_in_the_way", "modify what is a directory here");
	IS(decide(a, b, fifo, 0), "conflict:type_differs", "modify what is a fifo here");
	IS(decide(a, none, a, 0), "delete", "delete what is unchanged");
	IS(decide(a, none, none, 0), "already", "delete what is gone");
	IS(decide(a, none, b, 0), "conflict:modified", "delete what was edited here");
	IS(decide(a, none, ax, 0), "conflict:modified+x", "delete what was made executable here");
	IS(decide(a, none, dir, 0), "already", "delete what is a directory now: the file is gone");
	IS(decide(none, b, none, 0), "add", "add what is not there");
	IS(decide(none, b, b, 0), "already", "add what is there alike");
	IS(decide(none, b, a, 0), "conflict:untracked", "add over another file");
	IS(decide(none, b, bx, 0), "conflict:untracked+x", "add over the same bytes, other mode");
	IS(decide(none, b, dir, 0), "conflict:directory_in_the_way", "add over a directory");
	IS(decide(none, b, fifo, 0), "conflict:untracked", "add over a fifo");
	IS(decide(a, ax, a, 0), "modify+x", "mode only");
	IS(decide(a, ax, b, 0), "modify+x", "mode only, edited here: both");
	IS(decide(a, b, ax, 0), "modify+x", "edited there, made executable here: both");
	IS(decide(ax, b, ax, 0), "modify", "bytes and mode at once");
	IS(decide(a, bx, c, PLAN_MERGE_CLEAN), "modify+x", "merge and mode");
	IS(decide(ax, bx, cx, PLAN_MERGE_CLEAN), "modify+x", "merge keeps the mode");
	IS(decide(la, lb, la, 0), "modify", "link changed");
	IS(decide(la, lb, lb, 0), "already", "link there already");
	IS(decide(la, lb, lc, 0), "conflict:modified", "link changed on both sides");
	IS(decide(a, lb, a, 0), "modify", "file becomes link");
	IS(decide(la, b, la, 0), "modify", "link becomes file");
	IS(decide(a, lb, b, 0), "conflict:modified", "file becomes link, edited here");
	IS(decide(none, lb, none, 0), "add", "new link");
}

static struct plan_entry *
add(struct plan *p, const char *path, struct plan_thing base, struct plan_thing job,
	struct plan_thing now)
{
	struct plan_entry *e = plan_add(p, path, strlen(path));

	e->base = base;
	e->job = job;
	e->now = now;
	e->old_mode = base.kind ? 0100644 : 0;
	e->new_mode = job.kind ? 0100644 : 0;
	return e;
}

static void
names(struct plan *p)
{
	plan_init(p);
	p->job = strdup("job-20261121-095000-abcdefgh");
	p->base_tree = strdup("b");
	p->sealed_tree = strdup("s");
	p->workspace = strdup("/w");
}

static void
test_file_to_directory(void)
{
	struct plan_thing a = file("a", false), b = file("b", false);
	struct plan_entry *e;
	struct plan p;

	names(&p);
	add(&p, "f", a, none, a);
	e = add(&p, "f/x", none, b, none);
	e->parent = PLAN_PARENT_IS_FILE;
	e->block = 1;
	EQ(plan_sort(&p), 0, "sorted");
	plan_decide(&p);
	IS(plan_why_name(p.e[1].why), "parent_is_file", "alone it is a conflict");
	plan_settle(&p);
	EQ(p.e[1].op, PLAN_ADD, "the file goes in the same landing");
	p.e[0].now = b;
	plan_decide(&p);
	plan_settle(&p);
	EQ(p.e[0].op, PLAN_CONFLICT, "edited here: not deleted");
	EQ(p.e[1].op, PLAN_CONFLICT, "… and so nothing below it");
	plan_release(&p);

	names(&p);
	e = add(&p, "d", none, a, dir);
	e->dir_empties = true;
	add(&p, "d/x", b, none, b);
	plan_sort(&p);
	plan_decide(&p);
	EQ(p.e[0].op, PLAN_ADD, "a directory that empties is no obstacle");
	plan_release(&p);
}

static void
test_settle_case(void)
{
	struct plan_thing a = file("a", false);
	struct plan_entry *e;
	struct plan p;

	names(&p);
	add(&p, "README", a, none, a);
	e = add(&p, "readme", none, a, none);
	e->sibling = strdup("README");
	plan_sort(&p);
	plan_decide(&p);
	IS(plan_why_name(p.e[1].why), "case_sibling", "a case-only sibling stops");
	plan_settle(&p);
	EQ(p.e[1].op, PLAN_ADD, "renaming by case alone works");
	plan_release(&p);
}

static void
test_asks(void)
{
	struct plan_thing a = file("a", false), b = file("b", false);
	struct plan_count c;
	char t1[PLAN_TOKEN], t2[PLAN_TOKEN];
	struct plan p;

	names(&p);
	add(&p, ".envrc", none, a, none)->ask = PLAN_ASK_RUNS;
	add(&p, "n", none, none, none)->ask = PLAN_ASK_REFUSED;
	add(&p, "x", a, b, a);
	plan_sort(&p);
	plan_decide(&p);
	plan_count(&p, &c);
	EQ(c.conflicts, 2, "both asks stop");
	EQ(c.asks, 2, "and only need accepting");
	EQ(c.writes, 2, "two writes");
	EQ(p.e[1].op, PLAN_LEFT, "what is refused is left");
	plan_token(&p, t1);
	p.e[0].accepted = p.e[1].accepted = true;
	plan_decide(&p);
	plan_count(&p, &c);
	EQ(c.conflicts, 0, "accepted");
	plan_token(&p, t2);
	IS(t1, t2, "accepting does not change the token");
	p.e[2].now = b;
	plan_decide(&p);
	plan_token(&p, t2);
	OK(strcmp(t1, t2), "the workspace does");
	p.e[2].now = a;
	p.e[2].left = true;
	plan_decide(&p);
	plan_token(&p, t2);
	OK(strcmp(t1, t2), "so does leaving a file out");
	plan_release(&p);
}

static void
test_order(void)
{
	struct plan_thing a = file("a", false);
	struct plan p;

	names(&p);
	add(&p, "b\xff", none, a, none);
	add(&p, "a/b", none, a, none);
	add(&p, "a", none, a, none);
	add(&p, "a-b", none, a, none);
	EQ(plan_sort(&p), 0, "sorts");
	IS(p.e[1].path, "a-b", "byte order");
	OK(plan_find(&p, "a/b", 3) == &p.e[2], "found");
	OK(!plan_find(&p, "a/", 2), "a prefix is not found");
	OK(plan_find(&p, "a/bc", 1) == &p.e[0], "by length");
	add(&p, "a", none, a, none);
	OK(plan_sort(&p) < 0 && errno == EBADMSG, "a path twice is damage");
	plan_release(&p);
}

static void
test_paths(void)
{
	static const char *const bad[] = { ".git", ".git/config", "a/.GIT/x", "a/.git ", "a/.git.",
		"GIT~1/x", ".git::$INDEX_ALLOCATION/x", ".g\xe2\x80\x8cit/x", "../x", "/x", "a//b",
		"a/./b", "a/", "", ".git\\x", ".git . . . . . ." };
	static const char *const good[] = { "a", ".gitignore", ".github/x", "a.git", "git", "x.git/y",
		"-x", "a\nb", "caf\xe9", ".gitfoo", "..." };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(!plan_path_ok(bad[i], strlen(bad[i])), bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		OK(plan_path_ok(good[i], strlen(good[i])), "a good path");
	OK(plan_link_safe("a/b", "../c", 4), "a link within the tree");
	OK(!plan_link_safe("a/b", "../../c", 7), "a link out of it");
	OK(!plan_link_safe("a", "/etc/passwd", 11), "an absolute link");
	OK(!plan_link_safe("a", ".git/config", 11), "a link into .git");
	OK(!plan_link_safe("a/b", "x/../../../c", 12), "out after a detour");
	OK(plan_link_safe("a/b", "x/../../c", 9), "in after a detour");
	OK(!plan_link_safe("a", "", 0), "an empty link");
}

static void
test_eol(void)
{
	struct buf b = BUF_INIT;

	EQ(plan_eol("a\nb\n", 4), '\n', "LF");
	EQ(plan_eol("a\r\nb\r\n", 6), '\r', "CRLF");
	EQ(plan_eol("a\r\nb\n", 5), 0, "mixed");
	EQ(plan_eol("a\rb\r\n", 5), 0, "a lone CR");
	EQ(plan_eol("a\0\r\n", 4), 0, "binary");
	plan_to_crlf(&b, "a\n\nb", 4);
	IS(b.p, "a\r\n\r\nb", "to CRLF");
	buf_release(&b);
}

static void
test_json(void)
{
	struct plan_thing a = file("a", false), b = file("b", false);
	char token[PLAN_TOKEN], back[PLAN_TOKEN];
	struct buf out = BUF_INIT;
	struct plan p;

	names(&p);
	add(&p, "x\xff", a, b, a);
	add(&p, "y", a, b, none);
	plan_sort(&p);
	plan_decide(&p);
	plan_token(&p, token);
	EQ(planjson_preview(&out, &p, token, "2026-11-21T09:50:00.123Z"), 0, "written");
	OK(strstr(out.p, "\"path_base64\":\"eP8=\""), "the bytes of a name that is not UTF-8");
	OK(strstr(out.p, "\"reason\":\"deleted_here\""), "conflicts with their reason");
	EQ(planjson_token(out.p, out.len, back), 0, "read back");
	IS(back, token, "the token");
	OK(planjson_token("{\"token\":\"x\"}", 13, back) < 0, "not a token");
	buf_release(&out);
	plan_release(&p);
}

int
main(void)
{
	test_matrix();
	test_file_to_directory();
	test_settle_case();
	test_asks();
	test_order();
	test_paths();
	test_eol();
	test_json();
	return t_done();
}
