/* SPDX-License-Identifier: MIT */
/*
 * gwpass: a call that is answered by an Anthropic-style endpoint: gwkind_pass,
 * declared in gwcall.h. The body and the answer pass as they are; of the headers,
 * both ways, only those that are known. The bill is read in passing.
 */
#ifndef JOBDIR_GWPASS_H
#define JOBDIR_GWPASS_H

#include "gwcall.h"

#endif
