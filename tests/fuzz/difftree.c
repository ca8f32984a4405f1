/* SPDX-License-Identifier: MIT */
/*
 * difftree: any bytes as the output of git diff-tree -z, with ids of either
 * length. What is accepted names files that can be written and read back.
 */
#include "difftree.h"

#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "jsonw.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

static void
check(const struct change *c, size_t hex)
{
	struct buf out = BUF_INIT;
	struct jsonw w;
	struct json d;

	for (size_t i = 0; i < c->nfiles; i++) {
		const struct change_file *f = &c->files[i];

		MUST(f->path && (!*f->old || strlen(f->old) == hex) && (!*f->new || strlen(f->new) == hex));
		MUST(f->added >= 0 && f->deleted >= 0);
	}
	jsonw_init(&w, &out);
	change_write_files(&w, c, 0, c->nfiles);
	MUST(buf_ok(&out) && json_parse(&d, out.p, out.len, NULL) == JSON_OK);
	MUST(json_len(&d, 0) == c->nfiles);
	json_release(&d);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	static const size_t hex[] = { 40, 64 };

	for (size_t i = 0; i < 2; i++) {
		struct buf out = BUF_INIT, oids = BUF_INIT;
		struct change c;

		change_init(&c);
		memset(c.base, 'a', hex[i]);
		MUST(!buf_add(&out, p, len));
		if (!difftree_parse(&out, &c, &oids))
			check(&c, hex[i]);
		change_release(&c);
		buf_release(&out);
		buf_release(&oids);
	}
	return 0;
}
