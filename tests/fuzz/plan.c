/* SPDX-License-Identifier: MIT */
/*
 * Fuzz what is decided and what is read back: a journal and a preview are
 * foreign bytes; a plan is made of facts that an agent had a hand in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "journalfile.h"
#include "planjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int good)
{
	if (!good)
		abort();
}

/* What parses must be written again as the same bytes, and name only good paths. */
static void
journal(const char *p, size_t len)
{
	struct buf out = BUF_INIT;
	struct journal j;

	if (journal_parse(&j, p, len) < 0)
		return;
	for (size_t i = 0; i < j.n; i++) {
		check(plan_path_ok(j.e[i].path, strlen(j.e[i].path)));
		check(j.e[i].place <= j.nplace);
	}
	check(journal_format(&j, &out) == 0 && out.len == len && !memcmp(out.p, p, len));
	buf_release(&out);
	journal_release(&j);
}

/* The same with the closing hash made right, so that the parser is reached. */
static void
journal_signed(const char *p, size_t len)
{
	struct buf out = BUF_INIT;
	struct journal j, k;

	journal_init(&j);
	j.job = strdup("job");
	memset(j.token, '0', PLAN_TOKEN - 1);
	j.token[PLAN_TOKEN - 1] = '\0';
	for (size_t i = 0; i + 4 < len && j.n < 64; i += 5) {
		char path[3] = { p[i], p[i + 1], '\0' };
		struct journal_entry *e = journal_add(&j, "AMDX"[p[i + 2] & 3], path);

		check(e != NULL);
		e->old.kind = (enum plan_kind)(p[i + 3] & 3);
		e->new.kind = (enum plan_kind)(p[i + 4] & 3);
		e->ino = (uint64_t)p[i + 4] & 7;
	}
	check(journal_format(&j, &out) == 0);
	if (journal_parse(&k, out.p, out.len) == 0) {
		check(k.n == j.n);
		for (size_t i = 0; i < k.n; i++) {
			check(plan_path_ok(k.e[i].path, strlen(k.e[i].path)));
			check((k.e[i].op == 'A') == (k.e[i].old.kind == PLAN_ABSENT));
			check((k.e[i].op == 'D') == (k.e[i].new.kind == PLAN_ABSENT));
		}
		journal_release(&k);
	}
	journal_release(&j);
	buf_release(&out);
}

static struct plan_thing
thing(unsigned b)
{
	struct plan_thing t = { .kind = (enum plan_kind)(b % 5) };

	if (t.kind == PLAN_FILE || t.kind == PLAN_LINK)
		t.hash[0] = (unsigned char)(b / 5 % 4);
	t.exec = t.kind == PLAN_FILE && b / 20 % 2;
	return t;
}

/* Never is a write planned over something that the job did not start from. */
static void
invariants(const struct plan_entry *e)
{
	bool was = plan_same(&e->now, &e->base), has = plan_same(&e->now, &e->job);

	switch (e->op) {
	case PLAN_ADD:
		check(e->base.kind == PLAN_ABSENT);
		check(e->now.kind == PLAN_ABSENT || (e->now.kind == PLAN_DIR && e->dir_empties));
		break;
	case PLAN_DELETE:
		check(was && e->job.kind == PLAN_ABSENT);
		break;
	case PLAN_MODIFY:
		check(was || (e->now.kind == PLAN_FILE && e->base.kind == PLAN_FILE));
		check(e->how != PLAN_COPY || was || !memcmp(e->now.hash, e->base.hash, PLAN_HASH));
		check(e->how != PLAN_MERGE || e->merge == PLAN_MERGE_CLEAN);
		break;
	case PLAN_ALREADY:
		/* Or a directory took the place of what was to go. */
		check(has || e->base.kind == PLAN_FILE ||
			(e->now.kind == PLAN_DIR && e->job.kind == PLAN_ABSENT));
		break;
	default:
		break;
	}
}

static void
decide(const uint8_t *p, size_t len)
{
	char token[PLAN_TOKEN], back[PLAN_TOKEN];
	struct buf out = BUF_INIT;
	struct plan plan;

	plan_init(&plan);
	plan.job = strdup("job");
	for (size_t i = 0; i + 8 <= len && plan.n < 64; i += 8) {
		struct plan_entry *e = plan_add(&plan, (const char *)p + i, 1 + p[i + 7] % 3);

		check(e != NULL);
		e->base = thing(p[i + 3] % 3 == 2 ? 1 : p[i + 3]);
		e->job = thing(p[i + 4]);
		e->now = thing(p[i + 5]);
		if (e->base.kind > PLAN_LINK || e->job.kind > PLAN_LINK)
			e->base.kind = e->job.kind = PLAN_FILE;
		e->merge = (enum plan_merge)(p[i + 6] & 3);
		e->dir_empties = p[i + 6] & 4;
		e->parent = (enum plan_parent)(p[i + 6] >> 3 & 3);
		e->block = e->parent > PLAN_PARENT_MISSING && strlen(e->path) > 1;
		if (e->parent)
			e->now.kind = PLAN_ABSENT;
		e->left = p[i + 6] & 32;
		e->ask = p[i + 6] >> 6;
	}
	if (plan_sort(&plan) == 0) {
		plan_decide(&plan);
		plan_settle(&plan);
		for (size_t i = 0; i < plan.n; i++)
			invariants(&plan.e[i]);
		plan_token(&plan, token);
		check(planjson_preview(&out, &plan, token, "now") == 0);
		check(planjson_token(out.p, out.len, back) == 0 && !strcmp(token, back));
	}
	buf_release(&out);
	plan_release(&plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	char token[PLAN_TOKEN];

	journal(p, size);
	journal_signed(p, size);
	(void)planjson_token(p, size, token);
	(void)plan_path_ok(p, size);
	(void)plan_link_safe("a/b/c", p, size);
	decide(data, size);
	return 0;
}
