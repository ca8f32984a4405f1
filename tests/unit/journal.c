/* SPDX-License-Identifier: MIT */
/* journal: land, cut off after every step, recover; edits met on the way back; foreign bytes. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journalstage.h"
#include "journalstep.h"
#include "journaldirs.h"
#include "path.h"
#include "store.h"
#include "t.h"
#include "thing.h"

static char top[] = "/tmp/journal-XXXXXX";
static int topfd, ws;

static void
put(const char *path, const char *text, mode_t mode)
{
	const char *base;
	int dir = path_open_parent(ws, path, true, &base);
	int fd;

	(void)unlinkat(dir, base, 0);
	fd = openat(dir, base, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0)
		printf("# cannot write %s\n", path);
	close(fd);
	close(dir);
}

/* "text", "text*" when executable, "->target", "/" for a directory, "-" absent. */
static const char *
get(const char *path)
{
	static char out[64];
	struct plan_thing t;
	struct buf b = BUF_INIT;
	const char *base;
	int dir = path_open_parent(ws, path, false, &base);

	snprintf(out, sizeof(out), "-");
	if (dir >= 0 && thing_read(dir, base, 0, &t, NULL, &b) == 0 && t.kind != PLAN_ABSENT)
		snprintf(out, sizeof(out), "%s%s%s", t.kind == PLAN_LINK ? "->" : "",
			t.kind == PLAN_DIR ? "/" : b.p, t.exec ? "*" : "");
	if (dir >= 0)
		close(dir);
	buf_release(&b);
	return out;
}

/* A workspace with one of everything. */
static void
reset(void)
{
	(void)store_remove(topfd, "ws");
	ws = store_mkdir(topfd, "ws");
	close(store_mkdir(ws, ".git"));
	put("m", "old m", 0600);
	put("d/x/m", "old x", 0755);
	put("gone/deep/f", "old f", 0644);
	put("turns/f", "old t", 0644);
	put("other", "other", 0644);
	(void)!symlinkat("m", ws, "l");
}

static const struct { const char *path, *old, *new; } what[] = {
	{ "add", NULL, "new add" },
	{ "d/x/m", "old x*", "new x" },
	{ "gone/deep/f", "old f", NULL },
	{ "l", "->m", "->other" },
	{ "m", "old m", "new m*" },
	{ "new/sub/f", NULL, "new f" },
	{ "turns", NULL, "was a directory" },
	{ "turns/f", "old t", NULL },
};
#define N (sizeof(what) / sizeof(*what))

static struct plan_thing
thing(const char *s)
{
	struct plan_thing t = { .kind = PLAN_ABSENT };
	size_t n = s ? strlen(s) : 0;

	if (s && !strncmp(s, "->", 2))
		thing_of(&t, PLAN_LINK, false, s + 2, n - 2);
	else if (s)
		thing_of(&t, PLAN_FILE, s[n - 1] == '*', s, n - (s[n - 1] == '*'));
	return t;
}

static void
make_plan(struct plan *p)
{
	plan_init(p);
	p->job = strdup("job-20261121-095000-abcdefgh");
	p->base_tree = strdup("b");
	p->sealed_tree = strdup("s");
	p->workspace = strdup("/w");
	for (size_t i = 0; i < N; i++) {
		struct plan_entry *e = plan_add(p, what[i].path, strlen(what[i].path));

		e->base = e->now = thing(what[i].old);
		e->job = thing(what[i].new);
		if (!strcmp(what[i].path, "turns")) {
			e->now.kind = PLAN_DIR;
			e->dir_empties = true;
		}
	}
	plan_sort(p);
	plan_decide(p);
}

static int
source(const struct plan_entry *e, struct buf *out, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < N; i++) {
		if (!strcmp(what[i].path, e->path)) {
			const char *s = what[i].new + (e->then.kind == PLAN_LINK ? 2 : 0);

			return buf_add(out, s, strlen(s) - e->then.exec);
		}
	}
	return -1;
}

static bool
all(bool new)
{
	bool same = true;

	for (size_t i = 0; i < N; i++) {
		const char *want = new ? what[i].new : what[i].old;

		if (!want)
			want = !new && !strcmp(what[i].path, "turns") ? "/" : "-";
		if (strcmp(get(what[i].path), want)) {
			printf("# %s is '%s', not '%s'\n", what[i].path, get(what[i].path), want);
			same = false;
		}
	}
	return same && !strcmp(get("other"), "other");
}

static bool
no_debris(void)
{
	int dir = journal_dir(ws, false);
	struct stat st;
	bool clean = true;

	for (int i = 0; i < 3; i++)
		clean &= fstatat(dir, i == 0 ? "new" : i == 1 ? "journal" : "done", &st, 0) < 0;
	close(dir);
	return clean && fstatat(ws, ".jobdir-landing", &st, 0) < 0;
}

static void
test_land(void)
{
	struct journal_report r;
	struct landing l;
	struct stat st;
	struct plan p;

	reset();
	make_plan(&p);
	journal_report_init(&r);
	EQ(journal_open(&l, ws, &r), 0, "opens");
	EQ(journal_land(&l, &p, source, NULL, &r), 0, "lands");
	journal_close(&l);
	OK(all(true), "everything is new");
	OK(no_debris(), "nothing is left");
	IS(get("gone"), "-", "emptied directories are gone");
	EQ(fstatat(ws, "m", &st, 0), 0, "the file is there");
	EQ(st.st_mode & 07777, 0700, "a private file stays private");
	EQ(fstatat(ws, "add", &st, 0), 0, "the new file is there");
	EQ(st.st_mode & 07777, 0600, "a new file is as open as its directory");
	EQ(journal_recover(ws, &r), 0, "nothing to recover");
	plan_release(&p);
	journal_report_release(&r);
}

/* Stage and publish, do the first `steps` steps, and drop everything as kill -9 would. */
static void
cut_off(size_t steps, bool publish)
{
	struct journal_report r;
	struct buf text = BUF_INIT;
	struct landing l;
	struct plan p;
	size_t done = 0;

	make_plan(&p);
	journal_report_init(&r);
	(void)journal_open(&l, ws, &r);
	l.j.job = strdup(p.job);
	plan_token(&p, l.j.token);
	l.stage = store_mkdir(l.dir, JOURNAL_NEW);
	EQ(journal_stage(&l, &p, source, NULL, &r.why), 0, "stages");
	if (publish) {
		journal_format(&l.j, &text);
		(void)store_replace(l.stage, JOURNAL_PLAN, text.p, text.len, 0);
		(void)renameat(l.dir, JOURNAL_NEW, l.dir, JOURNAL_LIVE);
	}
	for (size_t i = 0; i < l.j.n; i++)
		if (l.j.e[i].op == 'D' && done++ < steps)
			EQ(journal_do(&l, i), 0, "a deletion");
	if (done++ < steps)
		EQ(journal_do_dirs(&l, false), 0, "directories removed");
	if (done++ < steps)
		EQ(journal_do_dirs(&l, true), 0, "directories made");
	for (size_t i = 0; i < l.j.n; i++)
		if (l.j.e[i].op != 'D' && done++ < steps)
			EQ(journal_do(&l, i), 0, "a file moves in");
	journal_close(&l);
	journal_report_release(&r);
	buf_release(&text);
	plan_release(&p);
}

static void
test_recover_everywhere(void)
{
	struct journal_report r;

	reset();
	cut_off(0, false);
	journal_report_init(&r);
	EQ(journal_recover(ws, &r), 0, "unpublished: dropped");
	OK(all(false) && no_debris(), "all old, no debris");
	for (size_t steps = 0; steps <= N + 2; steps++) {
		reset();
		cut_off(steps, true);
		if (steps == N + 2)
			OK(all(true), "after the last step all is new");
		EQ(journal_recover(ws, &r), 1, "recovers");
		EQ(r.nkept, 0, "no edits met");
		OK(all(false) && no_debris(), "all old again");
		EQ(journal_recover(ws, &r), 0, "and once is enough");
	}
	journal_report_release(&r);
}

static void
test_edit_met(void)
{
	struct journal_report r;
	struct buf kept = BUF_INIT;
	int fd;

	/* In place and by rename, of a modified, an added and a deleted file. */
	reset();
	cut_off(N + 2, true);
	put("m", "mine", 0644);
	fd = openat(ws, "d/x/m", O_WRONLY | O_APPEND);
	(void)!write(fd, "!", 1);
	close(fd);
	put("add", "mine too", 0644);
	put("gone/deep/f", "again", 0644);
	journal_report_init(&r);
	EQ(journal_recover(ws, &r), 1, "recovers");
	EQ(r.nkept, 4, "four edits met");
	IS(get("m"), "mine", "replaced: stays");
	IS(get("d/x/m"), "new x!", "edited in place: stays");
	IS(get("add"), "mine too", "added and replaced: stays");
	IS(get("gone/deep/f"), "again", "deleted and made again: stays");
	IS(get("l"), "->m", "the rest is old");
	IS(get("turns/f"), "old t", "the rest is old");
	for (size_t i = 0; i < r.nkept; i++) {
		if (!r.kept[i].old) {
			IS(r.kept[i].path, "add", "no old version of an addition");
			continue;
		}
		fd = open(r.kept[i].old, O_RDONLY);
		buf_reset(&kept);
		(void)buf_read(&kept, fd, 100);
		close(fd);
		OK(!strncmp(kept.p, "old ", 4), "the old version is kept and named");
	}
	OK(no_debris(), "no debris but what is kept");
	EQ(journal_recover(ws, &r), 0, "not asked twice");
	buf_release(&kept);
	journal_report_release(&r);
}

/* Somebody saves while we stage: the landing must notice what comes out. */
static const char *victim;
static int
source_racing(const struct plan_entry *e, struct buf *out, void *arg)
{
	if (victim && !strcmp(e->path, "turns")) {
		if (!strcmp(victim, "add"))
			put("add", "mine", 0644);
		else if (!strcmp(victim, "d"))
			(void)renameat(ws, "d", ws, "d2"), (void)!symlinkat("d2", ws, "d");
		else
			put(victim, "mine", 0644);
		victim = NULL;
	}
	return source(e, out, arg);
}

static void
race(const char *name, const char *says)
{
	struct journal_report r;
	struct landing l;
	struct plan p;

	reset();
	make_plan(&p);
	journal_report_init(&r);
	(void)journal_open(&l, ws, &r);
	victim = name;
	EQ(journal_land(&l, &p, source_racing, NULL, &r), -1, "refused");
	OK(strstr(r.why.p, says), r.why.p);
	OK(r.undone && !r.nkept, "undone");
	journal_close(&l);
	if (strcmp(name, "d")) {
		IS(get(name), "mine", "what was saved is there");
		put(name, "", 0644);
	}
	OK(no_debris(), "no debris");
	IS(get("l"), "->m", "the rest is old");
	IS(get("turns/f"), "old t", "the rest is old");
	plan_release(&p);
	journal_report_release(&r);
}

static void
test_races(void)
{
	struct journal_report r;
	struct landing l;
	struct plan p;
	int fd;

	race("m", "'m': changed while landing");
	race("gone/deep/f", "'gone/deep/f': changed while landing");
	race("add", "'add': appeared while landing");
	race("d", "a parent directory was replaced");

	reset();
	make_plan(&p);
	journal_report_init(&r);
	(void)journal_open(&l, ws, &r);
	fd = openat(ws, "m", O_WRONLY);
	EQ(journal_land(&l, &p, source, NULL, &r), -1, "an open writer refuses it");
	OK(strstr(r.why.p, "'m': another program has it open for writing"), r.why.p);
	(void)!pwrite(fd, "OLD", 3, 0);
	close(fd);
	IS(get("m"), "OLD m", "and its write is not lost");
	journal_close(&l);
	plan_release(&p);
	journal_report_release(&r);
}

static void
test_lock(void)
{
	struct journal_report r;
	struct landing l;

	reset();
	journal_report_init(&r);
	EQ(journal_open(&l, ws, &r), 0, "the first has the lock");
	close(store_mkdir(l.dir, JOURNAL_NEW));
	OK(journal_recover(ws, &r) < 0 && errno == EBUSY, "recovery keeps off a living landing");
	journal_close(&l);
	EQ(journal_recover(ws, &r), 0, "debris of a dead one is dropped");
	OK(no_debris(), "gone");
	journal_report_release(&r);
}

static void
test_file(void)
{
	struct journal j, k;
	struct buf text = BUF_INIT, again = BUF_INIT;
	size_t good = 0;

	journal_init(&j);
	j.job = strdup("job");
	memset(j.token, 'a', PLAN_TOKEN - 1);
	j.token[PLAN_TOKEN - 1] = '\0';
	journal_add_place(&j, "mnt/.jobdir-landing");
	journal_add_dir(&j, true, "new", 3, 0755);
	journal_add_dir(&j, false, "gone", 4, 0700);
	for (size_t i = 0; i < N; i++) {
		struct journal_entry *e = journal_add(&j, !what[i].old ? 'A' : !what[i].new ? 'D' : 'M',
			what[i].path);

		e->old = thing(what[i].old);
		e->new = thing(what[i].new);
		/* Some file systems number from the other end. */
		e->ino = what[i].new ? i % 2 ? UINT64_MAX - i : 7 + i : 0;
		e->place = (unsigned)i % 2;
	}
	EQ(journal_format(&j, &text), 0, "written");
	EQ(journal_parse(&k, text.p, text.len), 0, "read");
	EQ(journal_format(&k, &again), 0, "written again");
	OK(text.len == again.len && !memcmp(text.p, again.p, text.len), "the same bytes");
	journal_release(&k);
	for (size_t i = 0; i < text.len; i++) {
		text.p[i] ^= 1;
		if (journal_parse(&k, text.p, text.len) == 0) {
			good++;
			journal_release(&k);
		}
		text.p[i] ^= 1;
		if (journal_parse(&k, text.p, i) == 0) {
			good++;
			journal_release(&k);
		}
	}
	EQ(good, 0, "no flipped bit and no cut is taken for a journal");
	journal_release(&j);
	buf_release(&text);
	buf_release(&again);
}

static void
test_damaged(void)
{
	struct journal_report r;
	int dir, live;

	reset();
	cut_off(N + 2, true);
	dir = journal_dir(ws, false);
	live = store_opendir(dir, JOURNAL_LIVE);
	(void)store_replace(live, JOURNAL_PLAN, "jobdir-journal 1", 17, 0);
	journal_report_init(&r);
	OK(journal_recover(ws, &r) < 0, "a damaged journal is refused");
	OK(strstr(r.why.p, "it is damaged; nothing was touched"), r.why.p);
	OK(all(true), "nothing is touched");
	close(live);
	close(dir);
	journal_report_release(&r);
}

int
main(void)
{
	umask(077);
	topfd = mkdtemp(top) ? open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	test_land();
	test_recover_everywhere();
	test_edit_met();
	test_races();
	test_lock();
	test_file();
	test_damaged();
	if (store_remove(topfd, "ws") < 0 || rmdir(top) < 0)
		printf("# cannot remove %s\n", top);
	return t_done();
}
