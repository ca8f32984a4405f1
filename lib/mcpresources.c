/* SPDX-License-Identifier: MIT */
#include "mcpresources.h"

#include <errno.h>
#include <string.h>

#include "jsonw.h"
#include "mcpstate.h"
#include "resource.h"

static const struct root *
state_root(struct server *s)
{
	if (s->o.root.fd < 0 && root_open(&s->o.root, false))
		s->o.root.fd = -1;
	return s->o.root.fd < 0 ? NULL : &s->o.root;
}

int
mcpresources_list(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r)
{
	CLEANUP(free) char *cursor = NULL;

	(void)e;	/* as every method */
	if (server_cursor(m, &cursor) && !resource_list(state_root(s), cursor, &r->result))
		return 0;
	if (errno != EINVAL)
		return reply_fail(r, RPC_E_INTERNAL, strerror(errno));
	return reply_fail(r, RPC_E_PARAMS, server_bad_cursor);
}

int
mcpresources_templates(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r)
{
	(void)s, (void)m, (void)e;	/* as every method */
	resource_templates(&r->result);
	return 0;
}

/* The revision without a handshake has no code of its own for this, and wants the URI back. */
static int
no_resource(const struct mcpera *e, const char *uri, struct reply *r, const char *words)
{
	struct jsonw w;

	if (!e->stateless)
		return reply_fail(r, RPC_E_NO_RESOURCE, words);
	jsonw_init(&w, &r->data);
	jsonw_object(&w);
	jsonw_mstr(&w, "uri", uri);
	jsonw_end(&w);
	return reply_fail(r, RPC_E_PARAMS, words);
}

int
mcpresources_read(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r)
{
	CLEANUP(free) char *uri = json_get_cstr(&m->doc, m->params, "uri");

	if (!uri)
		return reply_fail(r, RPC_E_PARAMS, "uri must be a string");
	if (!resource_read(state_root(s), uri, &r->result))
		return 0;
	if (errno == EINVAL && !e->stateless)
		return reply_fail(r, RPC_E_PARAMS, "uri must be job://ID/FILE, with ?offset=N or not");
	if (errno == EINVAL)
		return no_resource(e, uri, r, "no such resource: uri must be job://ID/FILE, with "
			"?offset=N or not");
	if (errno == ENOENT)
		return no_resource(e, uri, r, "no such resource");
	if (errno == EILSEQ)
		return reply_fail(r, RPC_E_PARAMS, "the file is not text");
	return reply_fail(r, RPC_E_INTERNAL, strerror(errno));
}
