/* SPDX-License-Identifier: MIT */
/* chatevent: writing events. */
#include "chatevent.h"

#include <string.h>
#include "buf.h"
#include "chatusage.h"
#include "jsonw.h"

/* Everything here is sticky. */
void
chatevent_start(struct buf *out, const char *id, const char *model, int64_t input)
{
	(void)buf_addf(out, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"
	    "{\"id\":\"msg_%s\",\"type\":\"message\",\"role\":\"assistant\",\"model\":", id);
	(void)jsonw_quote(out, model, strlen(model));
	(void)buf_addf(out, ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":"
	    "{\"input_tokens\":%lld,\"cache_creation_input_tokens\":0,"
	    "\"cache_read_input_tokens\":0,\"output_tokens\":1}}}\n\n", (long long)input);
}

void
chatevent_block(struct buf *out, int index, const char *type)
{
	(void)buf_addf(out, "event: content_block_start\ndata: {\"type\":\"content_block_start\","
	    "\"index\":%d,\"content_block\":{\"type\":\"%s\",\"%s\":\"\"}}\n\n", index, type, type);
}

void
chatevent_tool(struct buf *out, int index, const char *id, const char *name)
{
	(void)buf_addf(out, "event: content_block_start\ndata: {\"type\":\"content_block_start\","
	    "\"index\":%d,\"content_block\":{\"type\":\"tool_use\",\"id\":\"%s\",\"name\":", index, id);
	(void)jsonw_quote(out, name, strlen(name));
	(void)buf_addstr(out, ",\"input\":{}}}\n\n");
}

void
chatevent_delta(struct buf *out, int index, const char *type, const char *member)
{
	(void)buf_addf(out, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
	    "\"index\":%d,\"delta\":{\"type\":\"%s\",\"%s\":", index, type, member);
}

void
chatevent_delta_end(struct buf *out)
{
	(void)buf_add(out, "}}\n\n", 4);
}

void
chatevent_block_end(struct buf *out, int index)
{
	(void)buf_addf(out, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\","
	    "\"index\":%d}\n\n", index);
}

void
chatevent_end(struct buf *out, const char *stop_reason, const struct chatusage *u)
{
	(void)buf_addf(out, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"
	    "{\"stop_reason\":\"%s\",\"stop_sequence\":null},\"usage\":", stop_reason);
	chatusage_write(out, u);
	(void)buf_addstr(out, "}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

void
chatevent_ping(struct buf *out)
{
	(void)buf_addstr(out, "event: ping\ndata: {\"type\":\"ping\"}\n\n");
}
