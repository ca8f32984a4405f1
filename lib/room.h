/* SPDX-License-Identifier: MIT */
/*
 * room: lists that grow one by one, without a member that says how large they are: they
 * double whenever their length is a power of two. Pure.
 */
#ifndef JOBDIR_ROOM_H
#define JOBDIR_ROOM_H

#include <stddef.h>

/*
 * Room for one more element of size `each` behind the n of a list (NULL: none yet). The
 * list, perhaps moved; NULL+ENOMEM: the old one is as it was.
 */
void *room_for(void *list, size_t n, size_t each);

#endif
