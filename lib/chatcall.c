/* SPDX-License-Identifier: MIT */
/* chatcall: telling tool calls apart. */
#include "chatcall.h"

#include <errno.h>
#include <stdlib.h>

static struct chatcall *
by_index(const struct chatcalls *c, const struct chatcall_key *k)
{
	struct chatcall *hit = NULL;

	for (int i = c->n - 1; i >= 0 && !hit; i--)
		if (c->v[i].key.index == k->index)
			hit = &c->v[i];
	if (!hit || !k->name)
		return hit;
	/* The same index again: another id, or none and the last one is whole. */
	if (k->id && hit->key.id)
		return k->id == hit->key.id ? hit : NULL;
	return k->args && hit->key.name && chatargs_complete(&hit->args) ? NULL : hit;
}

static struct chatcall *
by_id(const struct chatcalls *c, const struct chatcall_key *k)
{
	for (int i = c->n - 1; i >= 0; i--) {
		struct chatcall *hit = &c->v[i];

		if (hit->key.id != k->id)
			continue;
		/* Two calls of one id: another name, or both in one chunk. */
		if (k->name && hit->key.name &&
		    (k->name != hit->key.name || (k->again && chatargs_complete(&hit->args))))
			return NULL;
		return hit;
	}
	return k->name || c->n == 0 ? NULL : &c->v[c->n - 1];
}

static struct chatcall *
by_order(const struct chatcalls *c, const struct chatcall_key *k)
{
	struct chatcall *last = c->n ? &c->v[c->n - 1] : NULL;

	if (!last || !k->name || !last->key.name)
		return last;
	return k->name == last->key.name && !k->again && !chatargs_complete(&last->args) ? last : NULL;
}

struct chatcall *
chatcalls_find(const struct chatcalls *c, const struct chatcall_key *k)
{
	if (k->index >= 0)
		return by_index(c, k);
	return k->id ? by_id(c, k) : by_order(c, k);
}

struct chatcall *
chatcalls_add(struct chatcalls *c, const struct chatcall_key *k)
{
	struct chatcall *more;

	if (c->n == CHATCALL_MAX) {
		errno = EMSGSIZE;
		return NULL;
	}
	if (c->n == c->cap) {
		int cap = c->cap ? 2 * c->cap : 4;

		more = reallocarray(c->v, (size_t)cap, sizeof *more);
		if (!more)
			return NULL;
		c->v = more;
		c->cap = cap;
	}
	c->v[c->n] = (struct chatcall){ .key = *k, .held = BUF_INIT, .block = -1 };
	return &c->v[c->n++];
}

void
chatcalls_release(struct chatcalls *c)
{
	for (int i = 0; i < c->n; i++)
		buf_release(&c->v[i].held);
	free(c->v);
	*c = (struct chatcalls){ 0 };
}
