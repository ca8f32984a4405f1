/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "callfilter.h"
#include "jsonw.h"

void
policy_init(struct policy *p)
{
	*p = (struct policy){ 0 };
}

void
policy_release(struct policy *p)
{
	for (size_t i = 0; i < p->npaths; i++)
		free(p->paths[i].path);
	for (size_t i = 0; i < p->nmasks; i++)
		free(p->masks[i]);
	free(p->paths);
	free(p->masks);
	policy_init(p);
}

int
policy_add(struct policy *p, const char *path, unsigned rights)
{
	struct policy_path *v;
	char *copy;

	if (*path != '/') {
		errno = EINVAL;
		return -1;
	}
	copy = strdup(path);
	v = copy ? realloc(p->paths, (p->npaths + 1) * sizeof *v) : NULL;
	if (!v) {
		free(copy);
		return -1;
	}
	v[p->npaths++] = (struct policy_path){ copy, rights };
	p->paths = v;
	return 0;
}

int
policy_mask(struct policy *p, const char *path)
{
	char **v, *copy;

	if (*path != '/') {
		errno = EINVAL;
		return -1;
	}
	copy = strdup(path);
	v = copy ? realloc(p->masks, (p->nmasks + 1) * sizeof *v) : NULL;
	if (!v) {
		free(copy);
		return -1;
	}
	v[p->nmasks++] = copy;
	p->masks = v;
	return 0;
}

int
policy_add_port(struct policy *p, uint16_t port)
{
	if (p->nports == sizeof p->ports / sizeof *p->ports) {
		errno = E2BIG;
		return -1;
	}
	p->ports[p->nports++] = port;
	return 0;
}

static const struct {
	const char *path;
	unsigned rights;
} everywhere[] = {
	{ "/usr", POLICY_READ | POLICY_EXEC },
	{ "/bin", POLICY_READ | POLICY_EXEC },
	{ "/sbin", POLICY_READ | POLICY_EXEC },
	{ "/lib", POLICY_READ | POLICY_EXEC },
	{ "/lib32", POLICY_READ | POLICY_EXEC },
	{ "/lib64", POLICY_READ | POLICY_EXEC },
	{ "/libx32", POLICY_READ | POLICY_EXEC },
	{ "/opt", POLICY_READ | POLICY_EXEC },
	{ "/nix", POLICY_READ | POLICY_EXEC },
	{ "/etc", POLICY_READ },
	{ "/proc", POLICY_READ },
	{ "/sys/devices/system", POLICY_READ },
	{ "/sys/fs/cgroup", POLICY_READ },
	{ "/sys/kernel/mm/transparent_hugepage", POLICY_READ },
	{ "/dev/null", POLICY_READ | POLICY_WRITE | POLICY_DEVICE },
	{ "/dev/zero", POLICY_READ | POLICY_WRITE | POLICY_DEVICE },
	{ "/dev/full", POLICY_READ | POLICY_WRITE | POLICY_DEVICE },
	{ "/dev/random", POLICY_READ | POLICY_DEVICE },
	{ "/dev/urandom", POLICY_READ | POLICY_DEVICE },
	{ "/dev/tty", POLICY_READ | POLICY_WRITE | POLICY_DEVICE },
	{ "/dev/ptmx", POLICY_READ | POLICY_WRITE | POLICY_DEVICE },
};

/* What root could read of /etc, being its owner, without any capability. */
static const char *const of_root[] = {
	"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/ssh", "/etc/ssl/private",
};

int
policy_add_system(struct policy *p)
{
	for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
		if (policy_add(p, everywhere[i].path, everywhere[i].rights | POLICY_MAYBE) < 0)
			return -1;
	for (size_t i = 0; i < sizeof of_root / sizeof *of_root && !geteuid(); i++)
		if (policy_mask(p, of_root[i]) < 0)
			return -1;
	return 0;
}

static void
print_paths(const struct policy *p, struct jsonw *w, const char *name, unsigned right)
{
	jsonw_key(w, name);
	jsonw_array(w);
	for (size_t i = 0; i < p->npaths; i++)
		if (p->paths[i].rights & right)
			jsonw_cstr(w, p->paths[i].path);
	jsonw_end(w);
}

void
policy_print(const struct policy *p, struct jsonw *w)
{
	jsonw_object(w);
	print_paths(p, w, "read", POLICY_READ);
	print_paths(p, w, "write", POLICY_WRITE);
	print_paths(p, w, "exec", POLICY_EXEC);
	print_paths(p, w, "cache", POLICY_CACHE);
	jsonw_mstrs(w, "masked", p->masks, p->nmasks);
	jsonw_key(w, "tcp_connect");
	if (p->any_port) {
		jsonw_cstr(w, "any");
	} else {
		jsonw_array(w);
		for (size_t i = 0; i < p->nports; i++)
			jsonw_int(w, p->ports[i]);
		jsonw_end(w);
	}
	jsonw_mbool(w, "own_net", p->own_net);
	jsonw_mbool(w, "unix_sockets", p->unix_sockets);
	jsonw_mbool(w, "udp", p->udp);
	jsonw_mbool(w, "mounts", !p->no_mounts);
	jsonw_mstr(w, "tmp", p->tmp);
	jsonw_key(w, "calls_refused");
	jsonw_array(w);
	callfilter_print(w);
	jsonw_end(w);
	jsonw_end(w);
}
