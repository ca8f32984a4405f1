/* SPDX-License-Identifier: MIT */
/*
 * repo: discovery by rev-parse alone, which runs nothing; so git's check of
 * who owns the repository, which protects against what other verbs run, is
 * waived here (safe.directory).
 */
#include "repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"
#include "store.h"

static const char *const anybody[] = { "safe.directory=*", NULL };

void
git_repo_release(struct git_repo *r)
{
	free(r->root);
	free(r->prefix);
	free(r->git_dir);
	free(r->common);
	free(r->objects);
	free(r->branch);
	*r = (struct git_repo){ 0 };
}

static char *
concat(const char *a, const char *b)
{
	struct buf s = BUF_INIT;

	(void)buf_addstr(&s, a);	/* sticky */
	(void)buf_addstr(&s, b);
	return buf_steal(&s);
}

/* One rev-parse option that prints a path: everything but the last newline. */
static char *
ask_path(const struct git *g, const char *option, struct buf *why)
{
	const char *const args[] = { "rev-parse", "--path-format=absolute", option, NULL };
	struct buf out = BUF_INIT;
	int rc = git_run(g, args, NULL, 0, &out, 1 << 16, why);

	if (rc != 0) {
		buf_release(&out);
		errno = rc < 0 ? errno : EBADMSG;
		return NULL;
	}
	if (out.len && out.p[out.len - 1] == '\n')
		buf_setlen(&out, out.len - 1);
	return buf_steal(&out);
}

/* What git_run's code and words say about where we are. */
static int
no_repo(int rc, struct buf *why)
{
	if (rc < 0)
		return -1;
	errno = why && strstr(why->p, "(or any") ? ENOENT : EBADMSG;
	return -1;
}

/* The four words and four paths of find_paths(), one per line, cut in place: how many lines. */
static int
cut_lines(struct buf *out, char *line[8])
{
	int n = 0;

	for (char *p = out->p, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
		if (n < 8)
			line[n] = p;
		n++;
		*nl = '\0';
	}
	return n;
}

static int
find_paths(const struct git *g, struct git_repo *r, struct buf *why)
{
	static const char *const all[] = {
		"rev-parse", "--path-format=absolute", "--is-bare-repository",
		"--is-inside-work-tree", "--is-shallow-repository", "--show-object-format",
		"--show-prefix", "--absolute-git-dir", "--git-common-dir", "--show-toplevel", NULL,
	};
	CLEANUP(buf) struct buf out = BUF_INIT;
	char *line[8];
	int rc = git_run(g, all, NULL, 0, &out, 1 << 16, why);
	int n = cut_lines(&out, line);

	if (rc < 0 || n < 4)
		return no_repo(rc, why);
	if (strcmp(line[1], "true") != 0) {
		buf_reset(why);
		(void)buf_addstr(why, !strcmp(line[0], "true")
			? "the repository is bare: it has no working tree to work in"
			: "the directory is inside a .git directory, not in a working tree");
		errno = ENOTSUP;
		return -1;
	}
	if (rc != 0 || strlen(line[3]) >= sizeof(r->format))
		return no_repo(rc, why);
	r->shallow = !strcmp(line[2], "true");
	memcpy(r->format, line[3], strlen(line[3]) + 1);
	/* A directory's name may contain a newline: then one question per path. */
	bool plain = n == 8;
	r->prefix = plain ? strdup(line[4]) : ask_path(g, "--show-prefix", why);
	r->git_dir = plain ? strdup(line[5]) : ask_path(g, "--absolute-git-dir", why);
	r->common = plain ? strdup(line[6]) : ask_path(g, "--git-common-dir", why);
	r->root = plain ? strdup(line[7]) : ask_path(g, "--show-toplevel", why);
	if (!r->prefix || !r->git_dir || !r->common || !r->root)
		return -1;
	return (r->objects = concat(r->common, "/objects")) ? 0 : -1;
}

/* HEAD: a commit and its tree, an unborn branch, or damage. */
static int
find_head(const struct git *g, struct git_repo *r, struct buf *why)
{
	static const char *const head[] = { "rev-parse", "--verify", "-q", "HEAD", NULL };
	static const char *const name[] = { "symbolic-ref", "-q", "HEAD", NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	CLEANUP(buf) struct buf words = BUF_INIT;
	int rc = git_run(g, name, NULL, 0, &out, 1 << 16, &words);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		buf_setlen(&out, out.len ? out.len - 1 : 0);
		if (!(r->branch = buf_steal(&out)))
			return -1;
	}
	if (git_resolve(r, "HEAD", r->head, r->head_tree, &words) == 0)
		return 0;
	buf_reset(&out);
	rc = git_run(g, head, NULL, 0, &out, 1 << 16, NULL);
	if (rc < 0)
		return -1;
	if (rc != 0 && r->branch) {
		r->unborn = true;
		return 0;
	}
	(void)buf_addstr(why, "HEAD names a commit that is not in the repository");
	errno = EBADMSG;
	return -1;
}

/*
 * A partial clone says so in its configuration. Only to word messages better,
 * so a look at the text is enough.
 */
static bool
is_partial(const char *common)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int fd = open(common, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && store_read(fd, "config", &text, 1 << 20) == 0 &&
		strcasestr(text.p, "partialclone");
}

int
git_discover(const char *dir, struct git_repo *r, struct buf *why)
{
	CLEANUP(buf) struct buf words = BUF_INIT;
	CLEANUP(fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct git g = { .config = anybody, .cwd_fd = fd, .cwd = true };

	*r = (struct git_repo){ 0 };
	if (fd < 0) {
		int e = errno;
		if (why)
			(void)buf_addf(why, "cannot open '%s': %s", dir, strerror(e));
		errno = e == ENOENT ? ENOTDIR : e;	/* ENOENT says: no repository */
		return -1;
	}
	if (find_paths(&g, r, &words) < 0 || find_head(&g, r, &words) < 0) {
		int e = errno;
		if (why && e == ENOENT)
			(void)buf_addf(why, "'%s' is in no git repository", dir);
		else if (why)
			(void)buf_add(why, words.p, words.len);
		git_repo_release(r);
		errno = e;
		return -1;
	}
	r->partial = is_partial(r->common);
	return 0;
}

int
git_resolve(const struct git_repo *r, const char *rev, char commit[GIT_OID_MAX + 1],
	char tree[GIT_OID_MAX + 1], struct buf *why)
{
	struct git g = { .git_dir = r->git_dir };
	CLEANUP(free) char *c = concat(rev, "^{commit}");
	CLEANUP(free) char *t = concat(rev, "^{tree}");
	CLEANUP(buf) struct buf out = BUF_INIT;
	const char *const args[] = { "rev-parse", "--revs-only", c, t, NULL };
	char *save, *a, *b;

	if (!c || !t)
		return -1;
	int rc = rev[0] == '-' || rev[0] == '^' ? 1 :
		git_run(&g, args, NULL, 0, &out, 1 << 12, NULL);
	if (rc < 0)
		return -1;
	a = strtok_r(out.p, "\n", &save);
	b = a ? strtok_r(NULL, "\n", &save) : NULL;
	if (rc || !b || !git_oid_valid(a) || !git_oid_valid(b)) {
		if (why)
			(void)buf_addf(why, "'%s' is not a commit of the repository", rev);
		errno = ENOENT;
		return -1;
	}
	memcpy(commit, a, strlen(a) + 1);
	memcpy(tree, b, strlen(b) + 1);
	return 0;
}

bool
git_says(const char *git_dir, const char *key, bool dflt)
{
	const char *const args[] = { "config", "--type=bool", "--get", key, NULL };
	struct git g = { .git_dir = git_dir, .user_config = true };
	CLEANUP(buf) struct buf out = BUF_INIT;

	return git_run(&g, args, NULL, 0, &out, 64, NULL) ? dflt : !strcmp(out.p, "true\n");
}

/* ---- making one of ours ---- */

static int
put(int dir, const char *name, const char *text)
{
	return store_replace(dir, name, text, strlen(text), STORE_NOSYNC);
}

/* One line of an alternates file: quoted as git does where a name needs it. */
static int
put_alternate(int info, const char *objects)
{
	CLEANUP(buf) struct buf line = BUF_INIT;

	if (!strchr(objects, '\n')) {
		(void)buf_addf(&line, "%s\n", objects);
	} else {
		(void)buf_addch(&line, '"');
		for (const char *p = objects; *p; p++)
			(void)(*p == '\n' ? buf_addstr(&line, "\\n")
				: *p == '"' || *p == '\\' ? buf_addf(&line, "\\%c", *p)
				: buf_addch(&line, *p));
		(void)buf_addstr(&line, "\"\n");
	}
	return buf_ok(&line) ? put(info, "alternates", line.p) : -1;
}

static int
fill(int dir, const char *format, const char *commit, const char *alternate)
{
	CLEANUP(fd) int info = store_mkdir(dir, "info");
	CLEANUP(fd) int objects = store_mkdir(dir, "objects");
	CLEANUP(fd) int refs = store_mkdir(dir, "refs");
	CLEANUP(fd) int pack = objects < 0 ? -1 : store_mkdir(objects, "pack");
	CLEANUP(fd) int oinfo = objects < 0 ? -1 : store_mkdir(objects, "info");
	CLEANUP(fd) int heads = refs < 0 ? -1 : store_mkdir(refs, "heads");
	CLEANUP(buf) struct buf head = BUF_INIT;
	bool sha1 = !strcmp(format, "sha1");

	if (info < 0 || pack < 0 || oinfo < 0 || heads < 0)
		return -1;
	if (buf_addf(&head, "%s\n", commit ? commit : "ref: refs/heads/none") < 0 ||
		put(dir, "HEAD", head.p) < 0)
		return -1;
	if (put(dir, "config", sha1
		? "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
		: "[core]\n\trepositoryformatversion = 1\n\tfilemode = true\n\tbare = true\n"
		  "[extensions]\n\tobjectFormat = sha256\n") < 0)
		return -1;
	if (put(info, "exclude", "") < 0 ||
		put(info, "attributes", "* -text -eol -ident -filter -working-tree-encoding "
			"!diff !merge -export-subst\n") < 0)
		return -1;
	return alternate ? put_alternate(oinfo, alternate) : 0;
}

int
git_make(int dirfd, const char *name, const char *format, const char *commit,
	const char *alternate)
{
	if (mkdirat(dirfd, name, 0700) < 0)
		return -1;
	CLEANUP(fd) int dir = store_opendir(dirfd, name);

	return dir < 0 ? -1 : fill(dir, format, commit, alternate);
}
