/* SPDX-License-Identifier: MIT */
/*
 * toml: any bytes as config.toml. Items lie in order inside the text; putting a
 * section gives a text that scans, has the section once, and does not change when
 * it is put again; taking it out leaves nothing of it.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "codexedit.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

static void
again(const struct buf *first)
{
	struct buf second = BUF_INIT, gone = BUF_INIT, why = BUF_INIT;
	struct codexedit e;

	MUST(!codexedit_open(&e, first->p, first->len, "jobdir", &why) && codexedit_has(&e));
	MUST(!codexedit_put(&e, "[mcp_servers.jobdir]\na = 1\n", &second, &why));
	MUST(second.len == first->len && !memcmp(second.p, first->p, first->len));
	MUST(!codexedit_remove(&e, &gone, &why));
	codexedit_close(&e);
	MUST(!codexedit_open(&e, gone.p, gone.len, "jobdir", &why) && !codexedit_has(&e));
	codexedit_close(&e);
	buf_release(&second);
	buf_release(&gone);
	buf_release(&why);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	struct buf text = BUF_INIT, out = BUF_INIT, why = BUF_INIT;
	struct codexedit e;
	size_t at = 0;

	MUST(!buf_add(&text, p, len));
	if (codexedit_open(&e, text.p, text.len, "jobdir", &why)) {
		MUST(why.len);
	} else {
		for (size_t i = 0; i < e.toml.n; i++) {
			const struct toml_item *t = &e.toml.items[i];

			MUST(t->start < t->end && t->end <= len && t->value <= t->value_end);
			if (t->kind == TOML_INLINE)
				continue;
			MUST(t->start >= at);
			at = t->end;
		}
		if (!codexedit_put(&e, "[mcp_servers.jobdir]\na = 1\n", &out, &why))
			again(&out);
	}
	codexedit_close(&e);
	buf_release(&text);
	buf_release(&out);
	buf_release(&why);
	return 0;
}
