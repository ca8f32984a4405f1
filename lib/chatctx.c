/* SPDX-License-Identifier: MIT */
/* chatctx: what an answer's translation must know of its request. */
#include "chatctx.h"

#include <stdlib.h>
#include <string.h>

void
chatctx_release(struct chatctx *ctx)
{
	for (size_t i = 0; i < ctx->nnames; i++) {
		free(ctx->names[i].ours);
		free(ctx->names[i].theirs);
	}
	free(ctx->names);
	free(ctx->model);
	*ctx = (struct chatctx)CHATCTX_INIT;
}

const char *
chatctx_tool(const struct chatctx *ctx, const char *theirs)
{
	for (size_t i = 0; i < ctx->nnames; i++)
		if (!strcmp(ctx->names[i].theirs, theirs))
			return ctx->names[i].ours;
	return theirs;
}
