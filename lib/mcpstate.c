/* SPDX-License-Identifier: MIT */
#include "mcpstate.h"

#include <errno.h>

#include "buf.h"

const char server_bad_cursor[] = "cursor is not one of this server";

bool
server_cursor(const struct rpc_message *m, char **cursor)
{
	int n = json_get(&m->doc, m->params, "cursor");

	errno = 0;
	*cursor = json_cstr(&m->doc, n);
	return *cursor || n < 0;
}
