/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "t.h"

static char dir[] = "/tmp/jobdir-unit-XXXXXX";

/* Files of our own, a manifest among them. */
static void
put_file(const char *name, const char *text)
{
	struct buf path = BUF_INIT;
	FILE *f;

	buf_addf(&path, "%s/%s", dir, name);
	f = fopen(path.p, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		perror(path.p);
	buf_release(&path);
}

/* Read argv (after the program's name); "" when it is good. *out: the request's JSON. */
static const char *
asked(struct buf *out, char *const *argv)
{
	static struct buf why = BUF_INIT;
	struct request rq;
	int argc = 0;

	while (argv[argc])
		argc++;
	buf_reset(&why);
	buf_reset(out);
	if (!request_read(&rq, argc, argv, NULL, &why)) {
		buf_add(out, rq.text->p, rq.text->len);
		request_release(&rq);
	} else if (!why.len) {
		return "refused without a word";
	} else if (errno != EINVAL && errno != ENOENT) {
		return strerror(errno);
	}
	return why.p;
}

#define ASK(...) asked(&got, (char *[]){ (char *)"x", __VA_ARGS__, NULL })
#define T (char *)"--tool=tt"
#define S(x) ((char *)(x))

static void
options(void)
{
	struct buf got = BUF_INIT;

	IS(ASK(T, S("--cwd=/w"), S("--older-than-hours=24")), "", "a string and a number");
	IS(got.p, "{\"cwd\":\"/w\",\"older_than_hours\":24}", "dashes are underscores");
	IS(ASK(T, S("--cwd"), S("/w"), S("--flag"), S("--list"), S("a")), "", "values after");
	IS(got.p, "{\"cwd\":\"/w\",\"flag\":true,\"list\":[\"a\"]}", "a flag takes none");
	IS(ASK(T, S("--cwd="), S("--no-flag"), S("--no-list")), "", "--no-");
	IS(got.p, "{\"cwd\":\"\",\"flag\":false,\"list\":[]}", "false and the empty array");
	IS(ASK(T, S("--cwd=1"), S("--list=a"), S("--list=b,c \"d\""), S("--list=")), "", "repeated");
	IS(got.p, "{\"cwd\":\"1\",\"list\":[\"a\",\"b,c \\\"d\\\"\",\"\"]}", "one element each");
	IS(ASK(T, S("--cwd=x"), S("--maybe=null"), S("--object={\"a\": [1]}")), "", "null, object");
	IS(got.p, "{\"cwd\":\"x\",\"maybe\":null,\"object\":{\"a\":[1]}}", "as they are");
	IS(ASK(T, S("--cwd=null")), "", "null where it is not allowed");
	IS(got.p, "{\"cwd\":\"null\"}", "is a word");
	IS(ASK(T, S("--cwd=--flag"), S("--")), "", "a value that looks like an option, and --");
	IS(ASK(S("--tool"), S("tt"), S("--cwd=x")), "", "--tool apart");

	IS(ASK(T, S("--older-than-hours=x"), S("--flag=yes")), "cwd: required; older_than_hours: "
		"must be a number from 0; flag: must be true or false", "the schema refuses");
	IS(ASK(T, S("--cwd=a"), S("--cwd=b")), "cwd: given twice", "twice");
	IS(ASK(T, S("--cwd=a"), S("--list=x"), S("--no-list")), "list: given twice", "both");
	IS(ASK(T, S("--no-list"), S("--list=x")), "list: given and refused at once", "both ways");
	IS(ASK(T, S("--unknown=1")), "--unknown=1: unknown option", "unknown");
	IS(ASK(T, S("--no-cwd")), "--no-cwd: unknown option", "a string has no --no-");
	IS(ASK(T, S("--cwd")), "--cwd: needs a value", "no value");
	IS(ASK(T, S("word")), "word: not an option", "an operand");
	IS(ASK(T, S("--cwd=x"), S("--"), S("word")), "word: not an option", "also after --");
	IS(ASK(T, S("--request=-"), S("--cwd=x")), "--request: excludes other options", "both forms");
	IS(ASK(S("--cwd=x")), "--tool: required", "no tool");
	IS(ASK(S("--tool=none")), "cannot load the tool 'none': no such tool", "no such tool");
	IS(ASK(S("--tool=../tt")), "cannot load the tool '../tt': no such tool", "no way out");
	buf_release(&got);
}

static void
files(void)
{
	struct buf got = BUF_INIT, opt = BUF_INIT;
	char long_one[] = "--request=/nonexistent/file";

	buf_addf(&opt, "--cwd-file=%s/text", dir);
	put_file("text", "  two\nlines \xc3\xa4\n");
	IS(ASK(T, opt.p), "", "a string from a file");
	IS(got.p, "{\"cwd\":\"  two\\nlines \xc3\xa4\\n\"}", "not altered");
	put_file("text", "\xff");
	IS(ASK(T, opt.p), "cwd: the file is not UTF-8 text", "bytes");
	buf_reset(&opt);
	buf_addf(&opt, "--cwd-file=%s/none", dir);
	OK(strstr(ASK(T, opt.p), "/none': No such file or directory"), "no file");
	buf_reset(&opt);
	buf_addf(&opt, "--request=%s/rq", dir);
	put_file("rq", " {\"cwd\": \"/w\", \"list\": []} \n");
	IS(ASK(T, opt.p), "", "a request from a file");
	put_file("rq", "{\"cwd\":\"/w\",\"cwd\":1}");
	IS(ASK(T, opt.p), "input: not JSON: duplicate member name at byte 12", "bad JSON");
	put_file("rq", "{}x");
	IS(ASK(T, opt.p), "input: not JSON: data after the value at byte 2", "trailing bytes");
	put_file("rq", "[]");
	IS(ASK(T, opt.p), "input: must be an object", "no object");
	IS(ASK(T, long_one), "cannot read the request '/nonexistent/file': No such file or directory", "no file");
	buf_release(&opt);
	buf_release(&got);
}

static void
members(void)
{
	struct request rq;
	struct buf why = BUF_INIT;
	char *argv[] = { S("x"), S("--cwd=/w"), S("--flag"), S("--maybe=null"),
		S("--older-than-hours=3"), NULL };
	char *s;

	OK(!request_form(5, argv), "options alone are not the form");
	argv[1] = S("--request=-");
	OK(request_form(5, argv), "--request is");
	argv[1] = S("--tools=x");
	OK(!request_form(5, argv), "--tools is not");
	argv[1] = S("--");
	argv[2] = T;
	OK(!request_form(5, argv), "nor --tool after --");
	argv[1] = S("--cwd=/w");
	argv[2] = S("--flag");
	OK(!request_read(&rq, 5, argv, "tt", &why), "a tool by default");
	IS(rq.tool, "tt", "its name");
	s = request_str(&rq, "cwd");
	IS(s, "/w", "a string");
	free(s);
	OK(!request_str(&rq, "flag"), "no string");
	OK(request_bool(&rq, "flag", false), "a flag");
	OK(request_bool(&rq, "none", true), "its default");
	EQ(request_int(&rq, "older_than_hours", 1), 3, "an integer");
	EQ(request_int(&rq, "none", 7), 7, "its default");
	EQ(request_get(&rq, "maybe"), JSON_ABSENT, "null counts as absent");
	request_release(&rq);
	buf_release(&why);
}

int
main(void)
{
	struct buf path = BUF_INIT;

	if (!mkdtemp(dir) || setenv("JOBDIR_DATA", dir, 1))
		return 111;
	buf_addf(&path, "%s/tools", dir);
	if (mkdir(path.p, 0700))
		return 111;
	put_file("tools/tt.json", "{\"name\":\"tt\",\"title\":\"t\",\"description\":\"d\",\"annotations\":"
		"{\"readOnlyHint\":true,\"destructiveHint\":false,\"idempotentHint\":true,"
		"\"openWorldHint\":false},\"outputSchema\":{},\"toolset\":\"delegate\","
		"\"run\":[\"jobdir-unit-request\"],\"inputSchema\":{\"type\":\"object\","
		"\"required\":[\"cwd\"],\"additionalProperties\":false,\"properties\":{"
		"\"cwd\":{\"type\":\"string\"},\"flag\":{\"type\":\"boolean\"},"
		"\"older_than_hours\":{\"type\":\"number\",\"minimum\":0},"
		"\"list\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
		"\"maybe\":{\"type\":[\"string\",\"null\"]},\"object\":{\"type\":\"object\"}}}}");
	options();
	files();
	members();
	for (const char *const *f = (const char *const []){ "tools/tt.json", "text", "rq", NULL }; *f; f++) {
		buf_reset(&path);
		buf_addf(&path, "%s/%s", dir, *f);
		unlink(path.p);
	}
	buf_reset(&path);
	buf_addf(&path, "%s/tools", dir);
	rmdir(path.p);
	rmdir(dir);
	buf_release(&path);
	return t_done();
}
