/* SPDX-License-Identifier: MIT */
/*
 * gwchat: a call that is answered by a chat-completions gateway: gwkind_chat,
 * declared in gwcall.h. The translation is chatreq's, chatstream's and chatreply's.
 */
#ifndef JOBDIR_GWCHAT_H
#define JOBDIR_GWCHAT_H

#include "gwcall.h"

#endif
