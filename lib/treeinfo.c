/* SPDX-License-Identifier: MIT */
#include "treeinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "jobname.h"
#include "json.h"
#include "jsonw.h"
#include "store.h"

#define INFO_MAX ((size_t)4 << 20)

static void
free_list(char **s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(s[i]);
	free(s);
}

void
tree_info_release(struct tree_info *i)
{
	free(i->root);
	free(i->prefix);
	free(i->common);
	free_list(i->shares, i->nshares);
	free_list(i->notes, i->nnotes);
	*i = (struct tree_info){ 0 };
}

int
tree_info_add(char ***list, size_t *n, const char *s)
{
	char **p = realloc(*list, (*n + 1) * sizeof(*p));

	if (!p)
		return -1;
	*list = p;
	if (!(p[*n] = strdup(s)))
		return -1;
	++*n;
	return 0;
}

int
tree_info_write(int jobfd, const struct tree_info *i)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mint(&w, "format", 1);
	jsonw_mstr(&w, "commit", i->commit);
	jsonw_mstr(&w, "base_commit", i->base_commit);
	jsonw_mstr(&w, "base_tree", i->base);
	jsonw_mbool(&w, "snapshot", i->snapshot);
	jsonw_mstr(&w, "object_format", i->format);
	jsonw_mpath(&w, "root", i->root, strlen(i->root));
	jsonw_mpath(&w, "prefix", i->prefix, strlen(i->prefix));
	jsonw_mpath(&w, "common", i->common, strlen(i->common));
	jsonw_mstrs(&w, "shares", i->shares, i->nshares);
	jsonw_mstrs(&w, "notes", i->notes, i->nnotes);
	jsonw_end(&w);
	(void)buf_addch(&text, '\n');
	if (!buf_ok(&text)) {
		errno = ENOMEM;
		return -1;
	}
	return store_replace(jobfd, JOB_TREE_INFO, text.p, text.len, STORE_NOSYNC);
}

static int
read_oid(const struct json *d, const char *name, char oid[GIT_OID_MAX + 1])
{
	CLEANUP(free) char *s = json_get_cstr(d, 0, name);

	if (!s || !git_oid_valid(s))
		return -1;
	memcpy(oid, s, strlen(s) + 1);
	return 0;
}

static int
read_list(const struct json *d, const char *name, char ***list, size_t *n)
{
	for (int e = json_first(d, json_get(d, 0, name)); e >= 0; e = json_next(d, e)) {
		CLEANUP(free) char *s = json_cstr(d, e);
		if (!s || tree_info_add(list, n, s) < 0)
			return -1;
	}
	return 0;
}

static int
read_all(const struct json *d, struct tree_info *i)
{
	CLEANUP(free) char *format = json_get_cstr(d, 0, "object_format");

	if (!format || strlen(format) >= sizeof(i->format))
		return -1;
	memcpy(i->format, format, strlen(format) + 1);
	i->snapshot = json_get_bool(d, 0, "snapshot", false);
	i->root = json_get_path(d, 0, "root");
	i->prefix = json_get_path(d, 0, "prefix");
	i->common = json_get_path(d, 0, "common");
	if (!i->root || !i->prefix || !i->common)
		return -1;
	if (read_oid(d, "commit", i->commit) < 0 || read_oid(d, "base_commit", i->base_commit) < 0 ||
		read_oid(d, "base_tree", i->base) < 0)
		return -1;
	return read_list(d, "shares", &i->shares, &i->nshares) < 0 ? -1
		: read_list(d, "notes", &i->notes, &i->nnotes);
}

int
tree_info_read(int jobfd, struct tree_info *i, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };
	int rc = -1;

	*i = (struct tree_info){ 0 };
	if (store_read(jobfd, JOB_TREE_INFO, &text, INFO_MAX) < 0) {
		if (why)
			(void)buf_addstr(why, errno == ENOENT ? "the job has no tree"
				: "tree.json cannot be read");
		return -1;
	}
	if (json_parse(&d, text.p, text.len, NULL) == JSON_OK &&
		json_get_int(&d, 0, "format", 0) == 1 && read_all(&d, i) == 0)
		rc = 0;
	json_release(&d);
	if (rc == 0)
		return 0;
	tree_info_release(i);
	if (why)
		(void)buf_addstr(why, "tree.json is damaged");
	errno = EBADMSG;
	return -1;
}
