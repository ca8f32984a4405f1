/* SPDX-License-Identifier: MIT */
#include "jobopen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "jobroot.h"
#include "path.h"
#include "store.h"

#define JOB_JSON_MAX (8u << 20)

void
job_close(struct job *j)
{
	cleanup_fd(&j->fd);
	json_release(&j->doc);
	if (j->text)
		buf_release(j->text);
	free(j->text);
	free(j->path);
	*j = (struct job){ .fd = -1 };
}

int
job_in_place(const struct job *j)
{
	struct stat there, ours;

	if (stat(j->path, &there) < 0 || fstat(j->fd, &ours) < 0)
		return -1;
	if (there.st_dev == ours.st_dev && there.st_ino == ours.st_ino)
		return 0;
	errno = ENOENT;
	return -1;
}

bool
job_has(const struct job *j, const char *name)
{
	struct stat st;

	return !fstatat(j->fd, name, &st, AT_SYMLINK_NOFOLLOW);
}

/* The format comes first: of a newer one nothing else can be judged. */
static int
check_format(const struct job *j)
{
	int64_t format;

	if (json_type(&j->doc, 0) != JSON_T_OBJECT ||
	    json_int(&j->doc, json_get(&j->doc, 0, "format"), &format) < 0)
		errno = EBADMSG;
	else if (format != JOB_FORMAT)
		errno = EPROTO;
	else
		return 0;
	return -1;
}

static int
load(struct job *j)
{
	CLEANUP(free) char *id = NULL;
	struct stat st;

	if (fstat(j->fd, &st) < 0)
		return -1;
	if (st.st_uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	j->text = malloc(sizeof *j->text);
	if (!j->text)
		return -1;
	buf_init(j->text);
	if (store_read(j->fd, JOB_JSON, j->text, JOB_JSON_MAX) < 0)
		return -1;
	switch (json_parse(&j->doc, j->text->p, j->text->len, NULL)) {
	case JSON_OK:
		break;
	case JSON_E_MEMORY:
		errno = ENOMEM;
		return -1;
	default:
		errno = EBADMSG;
		return -1;
	}
	if (check_format(j) < 0)
		return -1;
	id = json_get_cstr(&j->doc, 0, "id");
	if (!id || !job_id_valid(id)) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(j->id, id, sizeof j->id);
	return 0;
}

int
job_open_fd(struct job *j, int fd, const char *path)
{
	int e;

	*j = (struct job){ .fd = fd };
	j->path = path ? strdup(path) : path_of_fd(fd);
	if (j->path && !load(j))
		return 0;
	e = errno;
	job_close(j);
	errno = e;
	return -1;
}

int
job_open_id(struct job *j, const struct root *r, const char *id)
{
	CLEANUP(free) char *path = NULL;
	struct buf b = BUF_INIT;
	char rel[64];
	int fd;

	*j = (struct job){ .fd = -1 };
	if (!job_id_valid(id)) {
		errno = EINVAL;
		return -1;
	}
	if (r->fd < 0) {
		errno = ENOENT;
		return -1;
	}
	job_id_path(id, rel);
	fd = path_open(r->fd, rel, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return -1;
	(void)buf_addf(&b, "%s/%s", r->path, rel);	/* sticky: buf_steal tells */
	path = buf_steal(&b);
	if (!path) {
		(void)close(fd);	/* only read from */
		return -1;
	}
	if (job_open_fd(j, fd, path) < 0)
		return -1;
	if (!strcmp(j->id, id))
		return 0;
	job_close(j);
	errno = EBADMSG;
	return -1;
}

struct search {
	const char *part;
	char id[JOB_ID_LEN + 1];
	bool found;
};

static int
search_one(const char *id, void *arg)
{
	struct search *s = arg;

	if (!strstr(id, s->part))
		return 0;
	if (s->found)
		return 1;		/* ambiguous: enough is known */
	memcpy(s->id, id, sizeof s->id);
	s->found = true;
	return 0;
}

static int
open_part(struct job *j, const struct root *r, const char *part)
{
	struct search s = { .part = part };
	size_t n = strlen(part);

	if (!n || n > JOB_ID_LEN || strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789-") != n) {
		errno = EINVAL;
		return -1;
	}
	if (n == JOB_ID_LEN) {
		errno = job_id_valid(part) ? ENOENT : EINVAL;
		return -1;
	}
	switch (job_each(r, NULL, 0, search_one, &s)) {
	case 0:
		if (s.found)
			return job_open_id(j, r, s.id);
		errno = ENOENT;
		return -1;
	case 1:
		errno = EMLINK;
		return -1;
	default:
		return -1;
	}
}

/* The directory at path, or the nearest above it that exists. */
static int
open_nearest(const char *path)
{
	CLEANUP(free) char *p = strdup(path);

	while (p) {
		int fd = open(p, O_PATH | O_CLOEXEC);
		char *slash = strrchr(p, '/');

		if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR) || !slash || slash == p)
			return fd;
		*slash = '\0';
	}
	return -1;
}

/* Does a path have a component ".."? Such names are refused unopened. */
static bool
climbs(const char *p)
{
	for (; *p; p += strcspn(p, "/")) {
		p += strspn(p, "/");
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return true;
	}
	return false;
}

/*
 * A path counts as the job in whose directory, of this state root, it really
 * lies. A directory elsewhere that looks like a job is none: an agent could
 * have made it.
 */
static int
open_path(struct job *j, const struct root *r, const char *path)
{
	CLEANUP(free) char *real = NULL;
	CLEANUP(fd) int fd = -1;
	char id[JOB_ID_LEN + 1], rel[64];
	const char *rest;

	if (climbs(path)) {
		errno = EINVAL;
		return -1;
	}
	fd = open_nearest(path);
	real = fd < 0 ? NULL : path_of_fd(fd);
	if (!real)
		return -1;
	errno = ENOENT;
	if (!r->path || !path_below(real, r->path))
		return -1;
	rest = real + strlen(r->path);
	rest += strspn(rest, "/");
	if (strlen(rest) < sizeof "jobs/YYYYMMDD/" - 1 + JOB_ID_LEN)
		return -1;
	memcpy(id, rest + sizeof "jobs/YYYYMMDD/" - 1, JOB_ID_LEN);
	id[JOB_ID_LEN] = '\0';
	if (!job_id_valid(id))
		return -1;
	job_id_path(id, rel);
	if (!path_below(rest, rel))
		return -1;
	return job_open_id(j, r, id);
}

int
job_open(struct job *j, const struct root *r, const char *name)
{
	*j = (struct job){ .fd = -1 };
	if (strchr(name, '/') || !strcmp(name, "."))
		return open_path(j, r, name);
	if (job_id_valid(name) && (!job_open_id(j, r, name) || errno != ENOENT))
		return j->fd >= 0 ? 0 : -1;
	return open_part(j, r, name);
}

const char *
job_open_why(int err)
{
	switch (err) {
	case ENOENT: return "no such job";
	case EINVAL: return "not a job id";
	case EMLINK: return "ambiguous job id";
	case EPROTO: return "unknown format of job.json";
	case EBADMSG: return "damaged job.json";
	case EPERM: return "owned by somebody else";
	default: return strerror(err);
	}
}

char *
job_recipe(const struct job *j)
{
	return json_get_cstr(&j->doc, 0, "recipe");
}

char *
job_cwd(const struct job *j)
{
	return json_get_cstr(&j->doc, 0, "cwd");
}

char *
job_workspace_root(const struct job *j)
{
	return json_get_cstr(&j->doc, json_get(&j->doc, 0, "workspace"), "root");
}

char *
job_workspace_prefix(const struct job *j)
{
	return json_get_cstr(&j->doc, json_get(&j->doc, 0, "workspace"), "prefix");
}

int
job_param(const struct job *j, const char *name)
{
	return json_get(&j->doc, json_get(&j->doc, 0, "params"), name);
}
