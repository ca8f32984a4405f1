/* SPDX-License-Identifier: MIT */
/* wsconf: what is in force, what is wrong with it, and that it only restricts. */
#include "t.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "json.h"
#include "jsonw.h"
#include "wsconf.h"

static struct wsconf c;

static void
parse(const char *text)
{
	wsconf_release(&c);
	if (wsconf_parse(&c, text, strlen(text)) < 0)
		abort();
	c.exists = true;
}

static const char *
answer(void)
{
	static struct buf b = BUF_INIT;
	struct jsonw w;

	buf_reset(&b);
	jsonw_init(&w, &b);
	jsonw_object(&w);
	wsconf_write(&w, "c", &c);
	jsonw_end(&w);
	return b.p;
}

static void
good(void)
{
	char *run[] = { (char[]){ "npm" }, (char[]){ "run" }, (char[]){ "unit" }, NULL };
	char *other[] = { (char[]){ "pnpm" }, (char[]){ "run" }, (char[]){ "ship" }, NULL };
	char *test[] = { (char[]){ "yarn" }, (char[]){ "test" }, NULL };
	char *make[] = { (char[]){ "make" }, (char[]){ "check" }, NULL };
	char *bare[] = { (char[]){ "npm" }, (char[]){ "run" }, NULL };

	parse("{\"install\":\"secret-command\",\"sparse_paths\":[\"a/b\",\"a/b\"],"
		"\"symlink_directories\":[\"/x\"],\"verification\":{\"allowedScripts\":[\"unit\",\"ci:unit\"],"
		"\"timeoutSec\":20},\"artifacts\":{\"retentionDays\":3},"
		"\"environment\":{\"passthrough\":[\"CI\",\"GOFLAGS\"]},\"new\":1}");
	EQ(c.errors.n, 0, "nothing wrong");
	EQ(c.warnings.n, 2, "a path twice, a member unknown: warnings");
	EQ(c.timeout_sec, 20, "the time");
	EQ(c.retention_days, 3, "the days");
	EQ(c.count[WSCONF_SPARSE], 1, "one sparse path");
	EQ(c.count[WSCONF_PASS], 2, "two names");
	OK(!wsconf_refused(&c, run), "a script of the list");
	IS(wsconf_refused(&c, other), "ship", "another script");
	IS(wsconf_refused(&c, test), "test", "the short form is a script too");
	IS(wsconf_refused(&c, bare), "run", "no script at all");
	OK(!wsconf_refused(&c, make), "make is no script of a package");
	OK(!strstr(answer(), "secret-command"), "no command in an answer");
	OK(strstr(answer(), "\"fields_present\":[\"install\",") != NULL, "but that it is there");
	parse("{\"verification\":{\"allowedScripts\":[]}}");
	IS(wsconf_refused(&c, test), "test", "an empty list permits none");
	parse("{}");
	OK(!wsconf_refused(&c, other), "no list permits all");
}

static void
bad(void)
{
	static const char *const texts[] = {
		"", "[]", "{", "{\"install\":\"\"}", "{\"test\":5}", "{\"verification\":[]}",
		"{\"verification\":{\"timeoutSec\":9}}", "{\"verification\":{\"timeoutSec\":301}}",
		"{\"verification\":{\"timeoutSec\":20.5}}", "{\"verification\":{\"timeoutSec\":\"20\"}}",
		"{\"verification\":{\"allowedScripts\":[\"a b\"]}}",
		"{\"verification\":{\"allowedScripts\":[\"-x\"]}}",
		"{\"verification\":{\"allowedScripts\":[\"a;b\"]}}", "{\"verification\":{\"allowedScripts\":\"a\"}}",
		"{\"artifacts\":{\"retentionDays\":0}}", "{\"artifacts\":{\"retentionDays\":366}}",
		"{\"symlink_directories\":[\"x\"]}", "{\"sparse_paths\":[\"../x\"]}", "{\"sparse_paths\":[\"/x\"]}",
		"{\"environment\":{\"passthrough\":[\"GITHUB_TOKEN\"]}}",
		"{\"environment\":{\"passthrough\":[\"a-b\"]}}", "{\"test\":\"a\",\"test\":\"b\"}",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		parse(texts[i]);
		OK(c.errors.n == 1 && strstr(answer(), "\"ok\":false"), texts[i]);
	}
	parse("{\"verification\":{\"timeoutSec\":5}}");
	IS(c.errors.v[0], "verification.timeoutSec: an integer from 10 to 300", "the words");
}

static void
files(void)
{
	char dir[] = "/tmp/jobdir-wsconf-XXXXXX";
	int fd = mkdtemp(dir) ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	wsconf_release(&c);
	OK(fd >= 0 && !wsconf_read(&c, fd) && !c.exists && !c.errors.n, "none: nothing is restricted");
	OK(!mkdirat(fd, ".codex-claude-delegate", 0700) &&
		!symlinkat("/etc/hostname", fd, WSCONF_FILE), "setup");
	OK(!wsconf_read(&c, fd) && c.exists && c.errors.n == 1, "a link is not followed, and is an error");
	wsconf_release(&c);
	OK(!unlinkat(fd, WSCONF_FILE, 0) && !mkfifoat(fd, WSCONF_FILE, 0600), "setup");
	OK(!wsconf_read(&c, fd) && c.exists && c.errors.n == 1, "a FIFO does not hang");
	wsconf_release(&c);
	(void)unlinkat(fd, WSCONF_FILE, 0);
	(void)unlinkat(fd, ".codex-claude-delegate", AT_REMOVEDIR);
	(void)rmdir(dir);
	(void)close(fd);
}

int
main(void)
{
	good();
	bad();
	files();
	wsconf_release(&c);
	return t_done();
}
