/* SPDX-License-Identifier: MIT */
#include "mcpera.h"

#include <string.h>

#include "buf.h"
#include "jsonw.h"
#include "rpc.h"

#define META "io.modelcontextprotocol/"
#define VERSION META "protocolVersion"
#define CAPABILITIES META "clientCapabilities"

const char mcpera_server[] = "{\"name\":\"jobdir\",\"title\":\"Claude Code delegation\","
	"\"version\":\"" JOBDIR_VERSION "\"}";

static const struct {
	const char *name;
	unsigned bit;
} capabilities[] = {
	{ "elicitation", MCPERA_ELICIT }, { "sampling", MCPERA_SAMPLE }, { "roots", MCPERA_ROOTS },
};

unsigned
mcpera_bit(const char *capability)
{
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
		if (!strcmp(capability, capabilities[i].name))
			return capabilities[i].bit;
	return 0;
}

unsigned
mcpera_can(const struct json *d, int node)
{
	int elicit = json_get(d, node, "elicitation");
	unsigned can = 0;

	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
		if (json_type(d, json_get(d, node, capabilities[i].name)) == JSON_T_OBJECT)
			can |= capabilities[i].bit;
	/* {} means forms, as before there were other modes; {"url":{}} alone does not. */
	if (json_get(d, elicit, "url") >= 0 && json_get(d, elicit, "form") < 0)
		can &= ~(unsigned)MCPERA_ELICIT;
	return can;
}

static int
bad_meta(struct buf *why)
{
	(void)buf_addstr(why, "params._meta must have " VERSION " (a string) and " CAPABILITIES
		" (an object)");
	return RPC_E_PARAMS;
}

static int
bad_version(const struct json *d, int version, struct buf *why, struct buf *data)
{
	struct jsonw w;

	(void)buf_addstr(why, "unsupported protocol version");
	jsonw_init(&w, data);
	jsonw_object(&w);
	jsonw_key(&w, "supported");
	jsonw_array(&w);
	jsonw_cstr(&w, MCPERA_STATELESS);
	jsonw_end(&w);
	jsonw_key(&w, "requested");
	jsonw_node(&w, d, version);
	jsonw_end(&w);
	return RPC_E_VERSION;
}

int
mcpera_of(struct mcpera *e, const struct rpc_message *m, unsigned said, struct buf *why,
	struct buf *data)
{
	const struct json *d = &m->doc;
	int meta = json_get(d, m->params, "_meta");
	int version = json_get(d, meta, VERSION), can = json_get(d, meta, CAPABILITIES);

	e->can = said;
	e->stateless = version >= 0 || can >= 0 || !strcmp(m->method, "server/discover");
	if (!e->stateless)
		return 0;
	e->can = mcpera_can(d, can);
	if (json_type(d, version) != JSON_T_STRING || json_type(d, can) != JSON_T_OBJECT)
		return bad_meta(why);
	return json_is(d, version, MCPERA_STATELESS) ? 0 : bad_version(d, version, why, data);
}

/* The members of an object, without those that we write ourselves. */
static void
copy(struct jsonw *w, const struct json *d, int object, const char *but, const char *nor)
{
	CLEANUP(buf) struct buf name = BUF_INIT;

	for (int n = json_first(d, object); n >= 0; n = json_next(d, n)) {
		buf_reset(&name);
		if (json_is(d, n, but) || json_is(d, n, nor) || json_str(d, n, &name))
			continue;
		jsonw_keyn(w, name.p, name.len);
		jsonw_node(w, d, json_value(d, n));
	}
}

int
mcpera_result(struct buf *out, const struct mcpera *e, const char *result, size_t len,
	int keep_ms)
{
	struct json d;
	struct jsonw w;

	if (!e->stateless)
		return buf_add(out, result, len);
	if (json_parse(&d, result, len, NULL))
		return -1;
	jsonw_init(&w, out);
	jsonw_object(&w);
	if (json_get(&d, 0, "resultType") < 0)
		jsonw_mstr(&w, "resultType", "complete");
	if (keep_ms != MCPERA_KEEP_NOT) {
		jsonw_mint(&w, "ttlMs", keep_ms);
		jsonw_mstr(&w, "cacheScope", "private");
	}
	jsonw_key(&w, "_meta");
	jsonw_object(&w);
	jsonw_key(&w, META "serverInfo");
	jsonw_raw(&w, mcpera_server, strlen(mcpera_server));
	copy(&w, &d, json_get(&d, 0, "_meta"), META "serverInfo", "");
	jsonw_end(&w);
	copy(&w, &d, 0, "_meta", "");
	jsonw_end(&w);
	json_release(&d);
	return buf_ok(out) ? 0 : -1;
}
