/* SPDX-License-Identifier: MIT */
#include "change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "t.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SUM A "aaaaaaaaaaaaaaaaaaaaaaaa"

static void
round_trip(int dir)
{
	static char bad_name[] = "bad\xff\nname", good[] = "a/b";
	struct change_file files[] = {
		{ .path = good, .status = 'M', .old_mode = 0100644, .new_mode = 0100755, .old = A,
			.new = A, .added = 3, .deleted = 2, .marks = CHANGE_BUILD | CHANGE_LFS_POINTER },
		{ .path = bad_name, .status = 'A', .new_mode = 0120000, .new = A, .binary = true },
	};
	struct change c, back;
	struct buf why = BUF_INIT;

	change_init(&c);
	strcpy(c.base, A);
	strcpy(c.tree, A);
	strcpy(c.commit, A);
	strcpy(c.format, "sha1");
	strcpy(c.patch_sha256, SUM);
	c.snapshot = true;
	c.patch_bytes = 77;
	c.files = files;
	c.nfiles = 2;
	OK(change_add_reason(&c.refused, &c.nrefused, "x/.git", "nested") == 0, "refused");
	OK(change_add_string(&c.ignored, &c.nignored, "build/") == 0, "ignored");
	c.ignored_total = 9;
	OK(change_note(&c, "note %d", 1) == 0, "note");
	EQ(change_put(dir, &c), 0, "put");
	EQ(change_put(dir, &c), 1, "once");
	EQ(change_read(dir, &back, &why), 0, "read");
	IS(why.p, "", "without complaint");
	EQ(back.nfiles, 2, "files");
	IS(back.files[1].path, bad_name, "exact bytes");
	EQ(back.files[0].marks, CHANGE_BUILD | CHANGE_LFS_POINTER, "marks");
	EQ(back.files[0].new_mode, 0100755, "mode");
	EQ(back.files[1].old_mode, 0, "no old mode");
	EQ(back.patch_bytes, 77, "bytes");
	OK(back.snapshot && back.sealed && back.files[1].binary, "flags");
	IS(back.refused[0].reason, "nested", "reason");
	EQ(back.ignored_total, 9, "ignored in all");
	OK(change_find(&back, "a/b") == &back.files[0] && !change_find(&back, "a"), "find");
	change_release(&back);
	c.files = NULL;			/* not malloc'd */
	c.nfiles = 0;
	change_release(&c);
	buf_release(&why);
}

static void
refuses(int dir, const char *text, int error, const char *what)
{
	struct change c;

	(void)store_replace(dir, "changes.json", text, strlen(text), STORE_NOSYNC);
	errno = 0;
	EQ(change_read(dir, &c, NULL), -1, what);
	EQ(errno, error, what);
}

#define HEAD "{\"format\":1,\"base\":{\"tree\":\"" A "\",\"commit\":null,\"snapshot\":false}," \
	"\"tree\":\"" A "\",\"object_format\":\"sha1\",\"patch\":{\"bytes\":0,\"sha256\":\"" SUM "\"},\"files\":["
#define FILE(path, rest) "{\"path\":\"" path "\"," rest "}"
#define ADD "\"status\":\"A\",\"new_mode\":\"100644\",\"new\":\"" A "\""

int
main(void)
{
	char name[] = "/tmp/jobdir-unit-XXXXXX";
	int top = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int dir = mkdtemp(name) ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct change c;

	OK(change_read(dir, &c, NULL) < 0 && errno == ENOENT, "not sealed");
	round_trip(dir);
	refuses(dir, "{\"format\":2}", EPROTO, "unknown format");
	refuses(dir, "{", EBADMSG, "not JSON");
	refuses(dir, "{\"format\":1}", EBADMSG, "no members");
	refuses(dir, HEAD FILE("../x", ADD) "]}", EBADMSG, "a path that leaves");
	refuses(dir, HEAD FILE("/x", ADD) "]}", EBADMSG, "an absolute path");
	refuses(dir, HEAD FILE("b", ADD) "," FILE("a", ADD) "]}", EBADMSG, "out of order");
	refuses(dir, HEAD FILE("a", ADD) "," FILE("a", ADD) "]}", EBADMSG, "twice");
	refuses(dir, HEAD FILE("a", "\"status\":\"A\",\"new_mode\":\"160000\",\"new\":\"" A "\"") "]}",
		EBADMSG, "a submodule");
	refuses(dir, HEAD FILE("a", "\"status\":\"D\",\"new_mode\":\"100644\",\"new\":\"" A "\"") "]}",
		EBADMSG, "deleted and there");
	refuses(dir, HEAD FILE("a", "\"status\":\"A\",\"new_mode\":\"100644\",\"new\":\"abc\"") "]}",
		EBADMSG, "no object id");
	(void)store_replace(dir, "changes.json", HEAD FILE("a", ADD) "]}",
		strlen(HEAD FILE("a", ADD) "]}"), STORE_NOSYNC);
	EQ(change_read(dir, &c, NULL), 0, "and the plain one is accepted");
	change_release(&c);
	(void)store_remove(top, strrchr(name, '/') + 1);
	return t_done();
}
