/* SPDX-License-Identifier: MIT */
#include "sensitive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "storerm.h"
#include "t.h"

static const char table[] = "{\"sensitive\":{\"rules\":[],\"off\":[],"
	"\"default\":[\"./.env\",\"./**/.env.*\",\"./secrets/**\",\"./**/.aws/**\",\"./**/id_rsa*\"],"
	"\"bad\":[\"./a/b\"]}}";

static int
note(void *arg, const char *path)
{
	return buf_addf(arg, "%s;", path);
}

static int
stop(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	errno = E2BIG;
	return -1;
}

static void
put(int top, const char *name)
{
	int fd = openat(top, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	OK(fd >= 0 && !close(fd), name);
}

static void
make(int top)
{
	static const char *const dirs[] = { "sub", "sub/.aws", "secrets", "sub/secrets", ".git", "closed" };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		OK(!mkdirat(top, dirs[i], 0700), dirs[i]);
	put(top, ".env");
	put(top, "sub/.env");		/* only at the top */
	put(top, "sub/.env.local");
	put(top, "sub/.aws/credentials");
	put(top, "secrets/k");
	put(top, "sub/secrets/k");	/* only at the top */
	put(top, ".git/.env.x");
	put(top, "sub/id_rsa.pub");
	put(top, "sub/xid_rsa");
	OK(!symlinkat("/", top, "sub/.env.link"), "a link");
	OK(!fchmodat(top, "closed", 0, 0), "closed");
}

static size_t
count(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == ';';
	return n;
}

int
main(void)
{
	char dir[] = "/tmp/jobdir-sensitive-XXXXXX";
	int top = mkdtemp(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct buf out = BUF_INIT, why = BUF_INIT;
	struct json d = { 0 };

	OK(top >= 0 && json_parse(&d, table, sizeof table - 1, NULL) == JSON_OK, "set up");
	make(top);
	OK(!sensitive_find(&d, NULL, top, note, &out, &why), "default");
	EQ(count(out.p), 5, "five are hidden");
	OK(strstr(out.p, ".env;") && strstr(out.p, "sub/.env.local;") && strstr(out.p, "sub/.aws;") &&
	   strstr(out.p, "secrets;") && strstr(out.p, "sub/id_rsa.pub;"), out.p);
	OK(sensitive_find(&d, "default", top, stop, NULL, &why) < 0 && errno == E2BIG, "told to stop");
	buf_reset(&out);
	OK(!sensitive_find(&d, "off", top, note, &out, &why) && !out.len, "off hides nothing");
	OK(sensitive_find(&d, "rules", top, note, &out, &why) < 0 && errno == EINVAL, "no level");
	buf_reset(&why);
	OK(sensitive_find(&d, "bad", top, note, &out, &why) < 0 && errno == EINVAL && why.len, "not understood");
	OK(!fchmodat(top, "closed", 0700, 0) && !close(top), "open again");
	top = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OK(!store_remove(top, dir + strlen("/tmp/")) && !close(top), "removed");
	json_release(&d);
	buf_release(&out);
	buf_release(&why);
	return t_done();
}
