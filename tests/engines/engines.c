/* SPDX-License-Identifier: MIT */
/*
 * engines hs|pcre|none RULES LOG: another engine in place of ours: the rules of
 * `jobdir-redact --rules` that are an anchor and a shape, as regular expressions, and one
 * that stands for assignments. Start-up in milliseconds, then MB/s of processor time for
 * finding (and, for pcre, each match's place) in LOG, read at once.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#ifdef WITH_HS
#include <hs.h>
#endif
#ifdef WITH_PCRE
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

#define ASSIGNED "(?i:pass|pwd|secret|token|key|credential|auth|jwt|cookie|dsn)[A-Za-z0-9_]?[\"']?[ ]?[=:][ ]?[\"']?[^\\s\"']{8}"

enum { MAX = 600 };
static char *pattern[MAX];
static unsigned n;

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
load(const char *path)
{
	char line[4096], out[4096];
	FILE *f = fopen(path, "re");

	while (f && n < MAX - 1 && fgets(line, sizeof(line), f)) {
		char *anchor = strchr(line, '\t'), *shape = anchor ? strchr(anchor + 1, '\t') : NULL, *words;
		size_t k = 0;

		if (!shape || !(words = strchr(shape + 1, '\t')))
			continue;
		*shape++ = *words++ = 0;
		if (strncmp(words, "a token", 7) && strncmp(words, "what follows", 12))
			continue;
		for (anchor++; *anchor; anchor++) {
			if (strchr("\\^$.|?*+()[]{}", *anchor))
				out[k++] = '\\';
			out[k++] = *anchor;
		}
		snprintf(out + k, sizeof(out) - k, "%s", shape);
		pattern[n++] = strdup(out);
	}
	pattern[n++] = strdup(ASSIGNED);
	if (f)
		fclose(f);
}

#ifdef WITH_HS
static int
found(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(size_t *)arg;
	return 0;
}

static size_t
run_hs(const char *p, size_t len, double *up)
{
	unsigned flags[MAX], ids[MAX];
	hs_database_t *db;
	hs_compile_error_t *e;
	hs_scratch_t *scratch = NULL;
	size_t hits = 0, size;
	double t = cpu();

	for (unsigned i = 0; i < n; i++) {
		flags[i] = HS_FLAG_SOM_LEFTMOST;
		ids[i] = i;
	}
	if (hs_compile_multi((const char *const *)pattern, flags, ids, n, HS_MODE_BLOCK, NULL, &db, &e)) {
		fprintf(stderr, "engines: hs: %s (pattern %d)\n", e->message, e->expression);
		exit(1);
	}
	hs_alloc_scratch(db, &scratch);
	*up = cpu() - t;
	if (!hs_database_size(db, &size))
		printf("hs     a database of %zu kB\n", size >> 10);
	if (hs_scan(db, p, (unsigned)len, 0, scratch, found, &hits))
		exit(1);
	return hits;
}
#endif

#ifdef WITH_PCRE
static size_t
run_pcre(const char *p, size_t len, double *up)
{
	size_t total = 16, hits = 0, at = 0, where;
	char *all;
	pcre2_code *re;
	pcre2_match_data *m;
	double t = cpu();
	int e;

	for (unsigned i = 0; i < n; i++)
		total += strlen(pattern[i]) + 1;
	all = calloc(1, total);
	for (unsigned i = 0; all && i < n; i++)
		strcat(strcat(all, i ? "|" : ""), pattern[i]);
	re = pcre2_compile((PCRE2_SPTR)all, PCRE2_ZERO_TERMINATED, 0, &e, &where, NULL);
	if (!re || pcre2_jit_compile(re, PCRE2_JIT_COMPLETE)) {
		fprintf(stderr, "engines: pcre: error %d at %zu\n", e, where);
		exit(1);
	}
	m = pcre2_match_data_create(1, NULL);
	*up = cpu() - t;
	while (at < len && pcre2_match(re, (PCRE2_SPTR)p, len, at, 0, m, NULL) >= 0) {
		at = pcre2_get_ovector_pointer(m)[1];
		hits++;
	}
	return hits;
}
#endif

int
main(int argc, char **argv)
{
	int fd = argc == 4 ? open(argv[3], O_RDONLY | O_CLOEXEC) : -1;
	size_t hits = 0;
	struct stat st;
	double up = 0, t, d;
	char *p;

	if (fd < 0 || fstat(fd, &st) < 0 || (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0)) == MAP_FAILED)
		return 100;
	load(argv[2]);
	t = cpu();
#ifdef WITH_HS
	if (!strcmp(argv[1], "hs"))
		hits = run_hs(p, (size_t)st.st_size, &up);
#endif
#ifdef WITH_PCRE
	if (!strcmp(argv[1], "pcre"))
		hits = run_pcre(p, (size_t)st.st_size, &up);
#endif
	d = cpu() - t - up;
	printf("%-6s %4u patterns  start-up %9.1f ms  %9.1f MB/s  %zu found\n", argv[1], n, up, (double)st.st_size / 1e3 / d, hits);
	return 0;
}
