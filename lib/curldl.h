/* SPDX-License-Identifier: MIT */
/*
 * curldl: libcurl, loaded when the first request needs it. With what it drags
 * in it is half of an idle gateway's memory, and most of the time it takes to
 * start.
 */
#ifndef JOBDIR_CURLDL_H
#define JOBDIR_CURLDL_H

#include <curl/curl.h>

/* The functions that are used, under their names without curl_. */
struct curldl {
	__typeof__(&curl_easy_cleanup) easy_cleanup;
	__typeof__(&curl_easy_getinfo) easy_getinfo;
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_pause) easy_pause;
	__typeof__(&curl_easy_reset) easy_reset;
	__typeof__(&curl_easy_setopt) easy_setopt;
	__typeof__(&curl_easy_strerror) easy_strerror;
	__typeof__(&curl_global_cleanup) global_cleanup;
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_multi_add_handle) multi_add_handle;
	__typeof__(&curl_multi_assign) multi_assign;
	__typeof__(&curl_multi_cleanup) multi_cleanup;
	__typeof__(&curl_multi_info_read) multi_info_read;
	__typeof__(&curl_multi_init) multi_init;
	__typeof__(&curl_multi_remove_handle) multi_remove_handle;
	__typeof__(&curl_multi_setopt) multi_setopt;
	__typeof__(&curl_multi_socket_action) multi_socket_action;
	__typeof__(&curl_slist_append) slist_append;
	__typeof__(&curl_slist_free_all) slist_free_all;
};

/* Load it; loaded already: again the same. 0; -1+ELIBACC: it is not there, or too old. */
int curldl_load(struct curldl *c);

#endif
