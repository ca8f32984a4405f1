/* SPDX-License-Identifier: MIT */
#include "curldl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define SONAME "libcurl.so.4"

#define ROW(name) { "curl_" #name, offsetof(struct curldl, name) }
static const struct {
	const char *name;
	size_t at;
} rows[] = {
	ROW(easy_cleanup), ROW(easy_getinfo), ROW(easy_init), ROW(easy_pause), ROW(easy_reset),
	ROW(easy_setopt), ROW(easy_strerror), ROW(global_cleanup), ROW(global_init),
	ROW(multi_add_handle), ROW(multi_assign), ROW(multi_cleanup), ROW(multi_info_read),
	ROW(multi_init), ROW(multi_remove_handle), ROW(multi_setopt), ROW(multi_socket_action),
	ROW(slist_append), ROW(slist_free_all),
};
#undef ROW

int
curldl_load(struct curldl *c)
{
	/* Never closed: it has thread-local data and exit handlers. */
	void *lib = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);

	for (size_t i = 0; lib && i < sizeof rows / sizeof *rows; i++) {
		void *f = dlsym(lib, rows[i].name);

		if (!f)
			lib = NULL;
		memcpy((char *)c + rows[i].at, &f, sizeof f);
	}
	if (lib)
		return 0;
	errno = ELIBACC;
	return -1;
}
