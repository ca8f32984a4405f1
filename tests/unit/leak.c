/* SPDX-License-Identifier: MIT */
#include "leak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "buf.h"
#include "t.h"

#define KEY "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB"

static void
put(void *out, const char *sentence)
{
	(void)buf_addf(out, "%s\n", sentence);
}

static int
patch_of(const char *p, size_t n)
{
	int fd = memfd_create("patch", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

static void
finds(const char *patch, const char *want, const char *what)
{
	struct buf out = BUF_INIT;
	struct leaks l;
	int fd = patch_of(patch, strlen(patch));

	OK(!leaks_of_patch(&l, fd), what);
	leaks_say(&l, put, &out);
	IS(out.len ? out.p : "", want, what);
	leaks_release(&l);
	buf_release(&out);
	(void)close(fd);
}

#define HEAD "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"

static void
large(void)
{
	struct buf b = BUF_INIT, out = BUF_INIT;
	struct leaks l;
	int fd;

	(void)buf_addstr(&b, HEAD "@@ -0,0 +1,1500001 @@\n");
	for (int i = 0; i < 1500000; i++)
		(void)buf_addstr(&b, "+a plain line\n");
	(void)buf_addstr(&b, "+" KEY "\n");
	fd = patch_of(b.p, b.len);
	OK(!leaks_of_patch(&l, fd), "a large patch");
	leaks_say(&l, put, &out);
	IS(out.p, "f:1500001: what the change adds looks like a secret (github)\n", "counted to the line");
	leaks_release(&l);
	buf_release(&b);
	buf_release(&out);
	(void)close(fd);
}

int
main(void)
{
	(void)setenv("HOME", "/nonexistent", 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	finds("", "", "nothing");
	finds(HEAD "@@ -1,2 +3,3 @@ ctx\n a\n-" KEY "\n+b\n+t = " KEY "\n",
		"f:5: what the change adds looks like a secret (github)\n", "added, not removed");
	finds(HEAD "@@ -1 +1 @@\n-a\n+" KEY "\n\\ No newline at end of file\n",
		"f:1: what the change adds looks like a secret (github)\n", "without counts");
	finds(HEAD "@@ -1,3 +1,3 @@\n--- a/g\n-diff --git a/g b/g\n+++ b/g\n+@@ -9 +9 @@\n+" KEY "\n",
		"f:3: what the change adds looks like a secret (github)\n", "content that looks like a head");
	finds("diff --git \"a/a\\tb\" \"b/a\\tb\"\n--- /dev/null\n+++ \"b/a\\tb\"\n@@ -0,0 +1 @@\n+" KEY "\n"
		"diff --git a/y z b/y z\n--- a/y z\t\n+++ b/y z\t\n@@ -0,0 +7 @@\n+" KEY "\n",
		"\"a\\011b\":1: what the change adds looks like a secret (github)\n"
		"y z:7: what the change adds looks like a secret (github)\n", "names");
	finds(HEAD "@@ -0,0 +1,4 @@\n+x\n+-----BEGIN RSA PRIVATE KEY-----\n+MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn\n"
		"+-----END RSA PRIVATE KEY-----\n",
		"f:2: what the change adds looks like a secret (private-key)\n", "over lines");
	finds("diff --git a/b b/b\nGIT binary patch\nliteral 9\n" KEY "\n", "", "a binary one has no lines");
	large();
	return t_done();
}
