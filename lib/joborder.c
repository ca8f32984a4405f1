/* SPDX-License-Identifier: MIT */
#include "joborder.h"

#include <errno.h>
#include <string.h>
#include "buf.h"
#include "jobname.h"
#include "jsonw.h"
#include "num.h"
#include "sha256.h"

static void
write_workspace(struct jsonw *w, const struct workspace *ws)
{
	if (!ws->repository)
		return;
	jsonw_key(w, "workspace");
	jsonw_object(w);
	jsonw_mstr(w, "root", ws->root);
	jsonw_mstr(w, "prefix", ws->prefix);
	jsonw_mstr(w, "common", ws->common);
	jsonw_mstr(w, "slug", ws->slug);
	jsonw_end(w);
}

static void
write_env(struct jsonw *w, char *const *env)
{
	jsonw_key(w, "env");
	jsonw_object(w);
	for (; env && *env; env++) {
		size_t n = strcspn(*env, "=");

		jsonw_keyn(w, *env, n);
		jsonw_cstr(w, *env + n + 1);
	}
	jsonw_end(w);
}

/* Everything that was asked for, without what is different in every job. */
static void
write_request(struct jsonw *w, const struct joborder *o)
{
	jsonw_mstr(w, "recipe", o->recipe);
	jsonw_mstr(w, "name", o->name);
	if (o->argv) {
		jsonw_key(w, "argv");
		jsonw_array(w);
		for (char *const *a = o->argv; *a; a++)
			jsonw_cstr(w, *a);
		jsonw_end(w);
	}
	jsonw_mstr(w, "cwd", o->cwd);
	write_workspace(w, &o->ws);
	jsonw_key(w, "params");
	jsonw_raw(w, o->params, o->params_len);
	write_env(w, o->env);
	jsonw_mint(w, "timeout_ms", o->timeout_ms);
	jsonw_mint(w, "grace_ms", o->grace_ms);
	jsonw_mstr(w, "contain", o->contain);
	jsonw_mint(w, "slots", o->slots);
	jsonw_mint(w, "depth", o->depth);
	jsonw_mint(w, "umask", o->umask);
}

int
joborder_write(struct buf *out, const struct joborder *o, const char *id, const char *created,
	const char *request)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mint(&w, "format", JOB_FORMAT);
	jsonw_mstr(&w, "id", id);
	jsonw_mstr(&w, "created", created);
	write_request(&w, o);
	jsonw_mstr(&w, "continues", o->continues);
	if (o->fork)
		jsonw_mbool(&w, "fork", true);
	jsonw_mstr(&w, "request", request);
	jsonw_end(&w);
	(void)buf_addch(out, '\n');	/* sticky, see below */
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}

/* Length first, so that no two lists of pieces have the same bytes. */
static void
hash_piece(struct sha256 *h, const void *p, size_t len)
{
	uint64_t n = p ? len : UINT64_MAX;

	sha256_update(h, &n, sizeof n);
	if (p)
		sha256_update(h, p, len);
}

int
joborder_hash(const struct joborder *o, char hex[65])
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	unsigned char sum[SHA256_SIZE];
	struct sha256 h;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	write_request(&w, o);
	jsonw_end(&w);
	if (!buf_ok(&b)) {
		errno = ENOMEM;
		return -1;
	}
	sha256_init(&h);
	hash_piece(&h, b.p, b.len);
	hash_piece(&h, o->prompt, o->prompt_len);
	hash_piece(&h, o->state, o->state ? strlen(o->state) : 0);
	/* what was asked for, not what it was found to mean: asked again, that may be another job */
	hash_piece(&h, o->which, o->which ? strlen(o->which) : 0);
	hash_piece(&h, "fork", o->fork ? 4 : 0);
	sha256_final(&h, sum);
	num_hex(hex, sum, sizeof sum);
	return 0;
}
