/* SPDX-License-Identifier: MIT */
/* toml: what is found, what is refused; codexedit: what changes and what does not. */
#include "t.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "codexedit.h"
#include "toml.h"

static const struct {
	const char *text, *why;		/* NULL: it is TOML */
} cases[] = {
	{ "", NULL }, { "\n# only\n", NULL }, { "a = 1", NULL }, { "\xef\xbb\xbf" "a = 1\r\n", NULL },
	{ "a.b . \"c d\".'e' = 1_000 # x\n", NULL },
	{ "s = \"\"\"\n[not.a.table]\nx\"\"\"\"\"\n[t]\n", NULL },
	{ "s = '''\n[no]\n''''\n", NULL }, { "s = \"\\u00e9\\\"\"\n", NULL },
	{ "s = \"\"\"a\\\n   b\"\"\"\n", NULL },
	{ "a = [ 1, # one\n [2, {x = 3}],\n]\n", NULL }, { "d = 1979-05-27 07:32:00Z\n", NULL },
	{ "t = { a = 1, b = { c = '}' } }\n", NULL }, { "[[x]]\n[[x]]\n", NULL }, { "[ a . b ]\n", NULL },
	{ "a", "line 1: a key without '='" }, { "\n\na = \n", "line 3: no value" },
	{ "a = 'x\n'", "line 1: a string that does not end on its line" },
	{ "a = \"\"\"x", "line 1: a string that does not end" }, { "a = [1,\n", "no value" }, { "a = [1 2]\n", "an array that does not end" },
	{ "a = { b = 1\n}", "inline table" }, { "[a", "a table's name" }, { "[]", "no key" },
	{ "[[a]\n", "a table's name" }, { "a = 1 2\n", "more on the line" }, { "a = \xff", "not UTF-8" },
	{ "a = \"\\q\"", "unknown escape" }, { "a = \"\\ud800\"", "no character" }, { "# \x01\n", "control" },
	{ "\"\"\"a\"\"\" = 1", "over lines as a key" }, { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1", "too many" },
	{ "\"a\\u0000\" = 1", "NUL" },
};

static void
test_scan(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf why CLEANUP(buf) = BUF_INIT;
		struct toml t;
		int got = toml_scan(&t, cases[i].text, strlen(cases[i].text), &why);

		if (cases[i].why)
			OK(got == -1 && errno == EINVAL && strstr(why.p, cases[i].why), cases[i].text);
		else
			OK(got == 0, cases[i].text);
		toml_release(&t);
	}
}

static void
edit(const char *before, const char *after, const char *what)
{
	struct buf out CLEANUP(buf) = BUF_INIT, why CLEANUP(buf) = BUF_INIT;
	struct codexedit e;

	if (codexedit_open(&e, before, strlen(before), "j", &why))
		OK(!strcmp(after, "REFUSED"), why.p);
	else if (codexedit_put(&e, "# jobdir: x\n[mcp_servers.j]\nnew = 1\n", &out, &why))
		OK(!strcmp(after, "REFUSED"), why.p);
	else
		IS(out.p, after, what);
	codexedit_close(&e);
}

#define NEW "# jobdir: x\n[mcp_servers.j]\nnew = 1\n"

static void
test_put(void)
{
	edit("", NEW, "into an empty file");
	edit("a = 1", "a = 1\n\n" NEW, "after a line without an end");
	edit("a = 1\n\n" NEW, "a = 1\n\n" NEW, "again");
	edit(NEW "\n# mine\n[x]\n", NEW "\n# mine\n[x]\n", "before another table with its comment");
	edit("[mcp_servers.j]\nold = 1\n# of it\n\n# mine\n[x]\n", NEW "\n# mine\n[x]\n", "comments");
	edit("[mcp_servers.j]\nold = 1\n# mine\n[x]\n", NEW "# mine\n[x]\n", "a comment above the next");
	edit("[mcp_servers.'j']\nold = 1\n[x]\ny = 1\n[mcp_servers.j.env]\nA = 'b'\n",
		NEW "[x]\ny = 1\n", "parts that lie apart, quoted");
	edit("[mcp_servers]\nj.command = 'a'\nk.command = 'b'\n[z]\n",
		"[mcp_servers]\nk.command = 'b'\n[z]\n\n" NEW, "dotted keys");
	edit("[mcp_servers]\nj = { command = 'a' }\n", "[mcp_servers]\n\n" NEW, "an inline table");
	edit("mcp_servers = { k = { command = 'a' } }\n", "REFUSED", "");
	edit("[[mcp_servers]]\n", "REFUSED", "");
	edit("s = \"\"\"\n[mcp_servers.j]\n\"\"\"\n", "s = \"\"\"\n[mcp_servers.j]\n\"\"\"\n\n" NEW,
		"a string that looks like it");
	edit("a = 1\r\n", "a = 1\r\n\r\n# jobdir: x\r\n[mcp_servers.j]\r\nnew = 1\r\n", "CRLF");
}

static void
set(const char *before, const char *after, const char *what)
{
	struct buf out CLEANUP(buf) = BUF_INIT, why CLEANUP(buf) = BUF_INIT;
	struct codexedit e;

	EQ(codexedit_open(&e, before, strlen(before), "j", &why), 0, before);
	if (codexedit_set_env(&e, "K", "v\"", &out, &why))
		OK(!strcmp(after, "REFUSED") && strstr(why.p, "line "), why.p);
	else
		IS(out.p, after, what);
	codexedit_close(&e);
}

static void
test_set(void)
{
	set("[mcp_servers.j.env]\nK = 'a' # c\nL = 1\n", "[mcp_servers.j.env]\nK = \"v\\\"\" # c\nL = 1\n", "there");
	set("[mcp_servers.j.env]", "[mcp_servers.j.env]\nK = \"v\\\"\"\n", "a bare head");
	set("[mcp_servers.j]\ncommand = 'x'\n[a]\n",
		"[mcp_servers.j]\ncommand = 'x'\n\n[mcp_servers.j.env]\nK = \"v\\\"\"\n[a]\n", "no env");
	set("[mcp_servers.j]\nenv = { A = 'b' }\n", "[mcp_servers.j]\nenv = { K = \"v\\\"\", A = 'b' }\n", "inline");
	set("[mcp_servers]\nj = { }\n", "[mcp_servers]\nj = { env = { K = \"v\\\"\" } }\n", "all inline");
	set("[mcp_servers.j]\nenv.A = 'b'\nx = 1\n", "REFUSED", "");
}

static void
test_look(void)
{
	static const char text[] = "[mcp_servers.j]\ncommand = \"/a\\u0062\"\n[mcp_servers.j.env]\nA = 'x'\n"
		"\"B C\" = \"y\" # c\n[mcp_servers.claude_delegate]\ncommand = 'node'\n"
		"[mcp_servers.other]\nargs = ['/x/codex-claude-delegate/cli.js']\n[mcp_servers.fine]\ncommand='z'\n";
	static const char *const ours[] = { "A", NULL };
	struct buf out CLEANUP(buf) = BUF_INIT, why CLEANUP(buf) = BUF_INIT;
	char *s, *m;
	struct codexedit e;

	EQ(codexedit_open(&e, text, strlen(text), "j", &why), 0, "opens");
	OK(codexedit_has(&e), "is there");
	s = codexedit_env(&e, "A");
	m = codexedit_member(&e, "command");
	IS(s ? s : "none", "x", "a variable");
	IS(m ? m : "none", "/ab", "a member");
	free(s);
	free(m);
	OK(!codexedit_env(&e, "Z") && errno == ENOENT, "a variable that is not there");
	EQ(codexedit_others(&e, ours, &out), 0, "others");
	IS(out.p, "\"B C\" = \"y\"\n", "the other variables");
	buf_reset(&out);
	EQ(codexedit_older(&e, &out), 0, "older");
	OK(out.len == 22 && !memcmp(out.p, "claude_delegate\0other", 22), "by name and by program");
	codexedit_close(&e);
	OK(codexedit_name_valid("a-b_C1") && !codexedit_name_valid("a.b") && !codexedit_name_valid(""), "names");
}

int
main(void)
{
	test_scan();
	test_put();
	test_set();
	test_look();
	return t_done();
}
