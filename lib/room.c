/* SPDX-License-Identifier: MIT */
#include "room.h"

#include <stdlib.h>

void *
room_for(void *list, size_t n, size_t each)
{
	return n && (n & (n - 1)) ? list : reallocarray(list, n ? 2 * n : 1, each);
}
