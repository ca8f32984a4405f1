/* SPDX-License-Identifier: MIT */
/*
 * benchwork: the rows of bench.c about much and about the whole: old jobs by
 * the thousand, redaction, long logs, a delegated task from call to result,
 * changes of 1,000 files. Included by bench.c alone.
 */
#ifndef JOBDIR_BENCHWORK_H
#define JOBDIR_BENCHWORK_H

#define LOG_MIB 64

/* ---- old jobs ---- */

static size_t
slurp(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0)
		fail(path);
	close(fd);
	out[n] = 0;
	return (size_t)n;
}

static void
put_file(int at, const char *name, const char *p, size_t n)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		fail(name);
	close(fd);
}

/* Jobs number from to to of January 2020, 1,000 a day and more, like the one that has just ended. */
static void
make_old(const char *like, int from, int to, int per_day)
{
	const char *root = getenv("JOBDIR_STATE");
	char job[4096], end[4096], path[4096], id[64], link_to[128], slug[256] = "", *at;
	int state = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n;

	snprintf(path, sizeof(path), "%s/jobs/%.8s/%s/job.json", root, like + 4, like);
	slurp(path, job, sizeof(job));
	snprintf(path, sizeof(path), "%s/jobs/%.8s/%s/end.json", root, like + 4, like);
	n = slurp(path, end, sizeof(end));
	at = strstr(job, "\"slug\":\"");
	if (at)
		snprintf(slug, sizeof(slug), "%.*s", (int)strcspn(at + 8, "\""), at + 8);
	at = strstr(job, like);
	if (!at || state < 0)
		fail("the job that ended");
	for (int i = from; i < to; i++) {
		int day = 1 + i / per_day, sec = i % per_day, fd;

		snprintf(id, sizeof(id), "job-202001%02d-%02d%02d%02d-%c%c%c%c%c%c%c%c", day, sec / 3600 % 24,
			sec / 60 % 60, sec % 60, 'a' + i % 8, 'a' + i / 8 % 8, 'a' + i / 64 % 8, 'a' + i / 512 % 8,
			'a' + i / 4096 % 8, 'a' + i / 32768 % 8, 'a' + i / 262144 % 8, 'a');
		memcpy(at, id, strlen(id));
		if (i == from || sec == 0) {
			snprintf(path, sizeof(path), "jobs/%.8s", id + 4);
			mkdirat(state, path, 0700);
			snprintf(path, sizeof(path), "workspaces/%s/%.8s", slug, id + 4);
			mkdirat(state, path, 0700);
		}
		snprintf(path, sizeof(path), "jobs/%.8s/%s", id + 4, id);
		if (mkdirat(state, path, 0700) < 0)
			fail(path);
		fd = openat(state, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		put_file(fd, "job.json", job, strlen(job));
		put_file(fd, "end.json", end, n);
		put_file(fd, "lock", "", 0);
		close(fd);
		snprintf(link_to, sizeof(link_to), "../../../jobs/%.8s/%s", id + 4, id);
		snprintf(path, sizeof(path), "workspaces/%s/%.8s/%s", slug, id + 4, id);
		if (symlinkat(link_to, state, path) < 0)
			fail(path);
	}
	close(state);
}

/* What reading the two files of every job costs: names, open, read, close. */
static double
read_all_jobs(void)
{
	char path[4096], text[4096];
	double t = now();
	struct dirent *d, *e;
	DIR *days, *jobs;

	snprintf(path, sizeof(path), "%s/jobs", getenv("JOBDIR_STATE"));
	days = opendir(path);
	while (days && (d = readdir(days))) {
		int at = *d->d_name == '.' ? -1 : openat(dirfd(days), d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		jobs = at < 0 ? NULL : fdopendir(at);
		while (jobs && (e = readdir(jobs)))
			for (int i = 0; *e->d_name != '.' && i < 2; i++) {
				snprintf(path, sizeof(path), "%s/%s", e->d_name, i ? "end.json" : "job.json");
				int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
				if (fd >= 0 && read(fd, text, sizeof(text)) < 0)
					fail(path);
				close(fd);
			}
		if (jobs)
			closedir(jobs);
	}
	if (days)
		closedir(days);
	return now() - t;
}

static void
bench_list(void)
{
	double ours[101], all[9], floor[101], every[9], ws[101];
	char id[256], request[4096];

	timed((const char *[]){ "jobdir-spawn", "--wait", "--", self, "true", NULL }, id, sizeof(id));
	make_old(id, 0, 10000, 3400);
	snprintf(request, sizeof(request), "--cwd=%s/ws", dir);
	for (int i = 0; i < runs; i++) {
		ours[i] = timed((const char *[]){ "jobdir-list", "-n", "20", NULL }, NULL, 0);
		floor[i] = timed((const char *[]){ self, "true", NULL }, NULL, 0);
		ws[i] = timed((const char *[]){ "jobdir-list", "--tool=claude_workspace_status", request, NULL }, NULL, 0);
		if (i >= 5)
			continue;
		all[i] = timed((const char *[]){ "jobdir-list", "-a", NULL }, NULL, 0);
		every[i] = read_all_jobs();
	}
	double f = median(floor, runs);
	row("list, 20 newest of 10,000", median(ours, runs), f, "fork+exec+wait of true", "ms", "<= 5 ms");
	row("list, all 10,000", median(all, runs < 5 ? runs : 5), median(every, runs < 5 ? runs : 5),
		"open, read both files of each", "ms", "<= 60 ms");
	row("workspace status, 10,000 old jobs", median(ws, runs), f, "fork+exec+wait of true", "ms", "<= 20 ms");
	make_old(id, 10200, 100000, 3400);
	for (int i = 0; i < runs; i++) {
		ours[i] = timed((const char *[]){ "jobdir-list", "-n", "20", NULL }, NULL, 0);
		floor[i] = timed((const char *[]){ self, "true", NULL }, NULL, 0);
	}
	row("list, 20 newest of 100,000", median(ours, runs), median(floor, runs), "fork+exec+wait of true", "ms",
		"<= 5 ms");
}

/* ---- redaction ---- */

/* What a build says, with a secret every thousand lines. */
static void
make_log(const char *path, int mib)
{
	static const char *const lines[] = {
		"  CC      drivers/net/ethernet/module_%04u.o\n",
		"[%4u/9381] Building CXX object src/core/CMakeFiles/core.dir/session_%04u.cc.o\n",
		"src/lib/parser_%04u.c:120:17: warning: unused parameter 'context' [-Wunused-parameter]\n",
		"npm http fetch GET 200 https://registry.npmjs.org/package-%u 41ms (cache revalidated)\n",
		"2026-11-21T11:02:%02u.417Z INFO  worker-%u handled request in 12 ms status=200 path=/api/v1/items\n",
		"ok %u - the parser accepts an empty object\n",
		"commit %08x1f2b3d4e5f60718293a4b5c6d7e8f9013a1 Merge branch 'main'\n",
		"{\"level\":\"info\",\"ts\":1763722931.%u,\"msg\":\"cache hit\",\"key\":\"user:%u\",\"size\":4096}\n",
	};
	FILE *f = fopen(path, "we");
	long size = 0;

	for (unsigned i = 0, x = 1; f && size < (long)mib << 20; i++) {
		x = x * 1103515245 + 12345;
		int n = fprintf(f, lines[x >> 16 & 7], x >> 9 & 0xfff, x & 0xffff);
		if (i % 1000 == 999)
			n += fprintf(f, "export DEPLOY_TOKEN=gh%c_%08x%08x%08x%08x%08x1\n", 'p', x, ~x, x * 3, x * 5, x * 7);
		size += n;
	}
	if (!f || fclose(f))
		fail(path);
}

static double
through(const char *const argv[], const char *path)
{
	double t = now();
	int in = open(path, O_RDONLY | O_CLOEXEC), saved = dup(0), st;

	if (in < 0 || saved < 0 || dup2(in, 0) < 0)
		fail(path);
	st = finish(start(argv, NULL, NULL));
	dup2(saved, 0);
	close(saved);
	close(in);
	if (st > 1)
		fail(argv[0]);
	return (now() - t) / 1e3;
}

static void
bench_redact(void)
{
	double ours[9], copy[9], sed[9], up[101], up0[101];
	const char *const redact[] = { "jobdir-redact", NULL }, *const cat[] = { self, "copy", NULL };
	const char *const peer[] = { "sed", "-E", "s/gh[pousr]_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16}|xox[abp]-[0-9A-Za-z-]{10,}"
		"|(api_key|token|secret|password)[\"' ]*[=:][\"' ]*[^\"' ]{8,}/[REDACTED]/g", NULL };
	char path[4096];
	int n = runs < 5 ? runs : 5;

	snprintf(path, sizeof(path), "%s/build.log", dir);
	make_log(path, LOG_MIB);
	for (int i = 0; i < n; i++) {
		ours[i] = LOG_MIB * 1.048576 / through(redact, path);
		copy[i] = LOG_MIB * 1.048576 / through(cat, path);
		if (i < 3)
			sed[i] = LOG_MIB * 1.048576 / through(peer, path);
	}
	for (int i = 0; i < runs; i++) {
		up[i] = 1e3 * through(redact, "/dev/null");
		up0[i] = timed((const char *[]){ self, "true", NULL }, NULL, 0);
	}
	row("redact, a build log, all rules", median(ours, n), median(copy, n), "read and write alone", "MB/s", ">= 500 MB/s");
	row("the same, peer: sed -E, 4 rules", median(sed, n < 3 ? n : 3), median(copy, n), "read and write alone", "MB/s", "a peer");
	row("redact, start to end of no input", median(up, runs), median(up0, runs), "fork+exec+wait of true", "ms", "<= 3 ms");
	unlink(path);
}

/* ---- JSON ---- */

/* A text of at least n bytes: objects as the tools exchange them, or numbers and nothing else. */
static size_t
make_json(char *out, size_t n, bool numbers)
{
	size_t k = 1;

	out[0] = '[';
	for (unsigned i = 0; k < n; i++)
		k += (size_t)sprintf(out + k, numbers ? "%s%u" : "%s{\"job_id\":\"job-20261121-110000-%08u\",\"status\":"
			"\"succeeded\",\"cwd\":\"/home/user/projects/thing\",\"age_ms\":120000,\"what\":\"a \\\"quoted\\\" line\\n\"}",
			i ? "," : "", i * 7919 % 100000);
	out[k++] = ']';
	return k;
}

static void
bench_json(void)
{
	static char text[128 << 10];
	static jsmntok_t tok[64 << 10];

	for (int numbers = 0; numbers < 2; numbers++) {
		size_t n = make_json(text, 100 << 10, numbers);
		double ours[101], floor[101];

		for (int i = 0; i < runs; i++) {
			struct json d;
			jsmn_parser p;
			double t = now();
			if (json_parse(&d, text, n, NULL) != JSON_OK)
				fail("json");
			ours[i] = (double)n / 1e3 / (now() - t);
			json_release(&d);
			t = now();
			jsmn_init(&p);
			if (jsmn_parse(&p, text, n, tok, sizeof(tok) / sizeof(*tok)) < 1)
				fail("jsmn");
			floor[i] = (double)n / 1e3 / (now() - t);
		}
		row(numbers ? "JSON, 100 kB of small numbers" : "JSON, 100 kB of objects", median(ours, runs), median(floor, runs),
			"jsmn alone, which validates little", "MB/s", ">= 500 MB/s");
	}
}

/* ---- a long log ---- */

static void
bench_tail(void)
{
	double ours[101], peer[101];
	char id[256], path[4096], line[256];

	timed((const char *[]){ "jobdir-spawn", "--wait", "--", self, "true", NULL }, id, sizeof(id));
	snprintf(path, sizeof(path), "%s/jobs/%.8s/%s/log", getenv("JOBDIR_STATE"), id + 4, id);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 5400L << 20) < 0 || lseek(fd, 0, SEEK_END) < 0)
		fail(path);
	for (int i = 0; i < 2000; i++) {
		int n = snprintf(line, sizeof(line), "\nline %d of the end of a log that is five gigabytes long", i);
		if (write(fd, line, (size_t)n) != n)
			fail(path);
	}
	close(fd);
	for (int i = 0; i < runs; i++) {
		ours[i] = timed((const char *[]){ "jobdir-tail", "-n", "100", id, NULL }, NULL, 0);
		peer[i] = timed((const char *[]){ "tail", "-n", "100", path, NULL }, NULL, 0);
	}
	row("tail -n 100 of a 5.4 GB log", median(ours, runs), median(peer, runs), "peer: coreutils tail", "ms", "<= 1.0 x");
	unlink(path);
}

/* ---- the whole ---- */

/* As the agent: says what Claude Code would, and in between does nothing, or writes a file. */
static int
stand_in(int argc, char **argv)
{
	static char prompt[1 << 16];
	char path[4096];
	double t[2] = { now(), 0 };

	if (argc > 1 && !strcmp(argv[1], "--version"))
		return puts("2.1.329 (Claude Code)") < 0;
	for (size_t n = 0; n < sizeof(prompt) - 1 && !memchr(prompt, '\n', n);) {
		ssize_t k = read(0, prompt + n, sizeof(prompt) - 1 - n);
		if (k <= 0)
			return 1;
		n += (size_t)k;
	}
	if (strstr(prompt, "Write it")) {
		int fd = open("new.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, "new\n", 4) != 4)
			return 1;
		close(fd);
	}
	puts("{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"b\",\"model\":\"m\",\"claude_code_version\":\"2.1.329\"}");
	puts("{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"terminal_reason\":\"completed\",\"num_turns\":1,"
		"\"structured_output\":{\"answer\":\"42\",\"status\":\"success\",\"summary\":\"Wrote new.txt.\",\"changed_files\":[\"new.txt\"],"
		"\"commands_run\":[],\"tests\":{\"ran\":false},\"risks\":[],\"next_steps\":[]}}");
	fflush(stdout);
	while (read(0, prompt, sizeof(prompt)) > 0)
		;
	snprintf(path, sizeof(path), "%s/stamps", getenv("TMPDIR"));
	t[1] = now();
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 || write(fd, t, sizeof(t)) != sizeof(t);
}

/* Call a tool; what the model reads of the answer goes to text (or NULL). Its bytes and those of the call. */
static size_t
call_tool(struct server *s, const char *tool, const char *args, char *text, size_t size)
{
	static char line[1 << 16];
	size_t n;

	snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}\n",
		tool, args);
	n = ask(s, line);
	const char *body = strstr(answered, "\"structuredContent\":");
	if (!body || strstr(body, "\"error\":{")) {
		fprintf(stderr, "bench: %s: %.600s\n", tool, answered);
		exit(111);
	}
	if (text)
		snprintf(text, size, "%s", body);
	return strlen(args) + n - (size_t)(body - answered);
}

static void
member(const char *text, const char *name, char *out, size_t size)
{
	const char *p = strstr(text, name);

	snprintf(out, size, "%.*s", p ? (int)strcspn(p + strlen(name), "\"") : 0, p ? p + strlen(name) : "");
}

/* The stamps of the stand-in in a job. */
static void
stamps(const char *id, double t[2])
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/jobs/%.8s/%s/tmp/stamps", getenv("JOBDIR_STATE"), id + 4, id);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, t, 2 * sizeof(*t)) != 2 * sizeof(*t))
		fail(path);
	close(fd);
}

static void
bench_task(void)
{
	double whole[2][101], begun[101], told[101], bytes = 0, st[2];
	char args[4096], answer[65536], id[64], token[128], claude[4096];
	struct server s;
	int n = runs < 11 ? runs : 11;

	snprintf(claude, sizeof(claude), "%s/agent/claude", dir);
	*strrchr(claude, '/') = 0;
	mkdir(claude, 0755);
	claude[strlen(claude)] = '/';
	if (link(self, claude) < 0 && errno != EEXIST)
		timed((const char *[]){ "cp", self, claude, NULL }, NULL, 0);
	setenv("CLAUDE_BIN", claude, 1);
	setenv("ANTHROPIC_API_KEY", "sk-test-none-0123456789", 1);
	setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9", 1);
	server_start(&s, (const char *[]){ "jobdir-mcp", NULL });
	if (write(s.in, NOTE, strlen(NOTE)) < 0)
		fail("write");
	for (int i = 0; i < n; i++)
		for (int w = 0; w < 2; w++) {
			snprintf(args, sizeof(args), "{\"cwd\":\"%s/ws\",\"mode\":\"%s\",\"task\":\"%s %d.\"}", dir,
				w ? "write" : "read", w ? "Write it" : "What is it, and why", i);
			double t = now();
			bytes = (double)call_tool(&s, "claude_task", args, answer, sizeof(answer));
			double end = now();
			whole[w][i] = end - t;
			member(answer, "\"job_id\":\"", id, sizeof(id));
			stamps(id, st);
			if (w)
				continue;
			begun[i] = st[0] - t;
			told[i] = end - st[1];
		}
	snprintf(args, sizeof(args), "{\"cwd\":\"%s/ws\",\"job_id\":\"%s\",\"preview\":true}", dir, id);
	bytes += (double)call_tool(&s, "claude_apply", args, answer, sizeof(answer));
	member(answer, "\"preview_token\":\"", token, sizeof(token));
	snprintf(args, sizeof(args), "{\"cwd\":\"%s/ws\",\"job_id\":\"%s\",\"preview_token\":\"%s\",\"confirmed_by_user\":true}", dir, id, token);
	bytes += (double)call_tool(&s, "claude_apply", args, NULL, 0);
	server_stop(&s);
	row("claude_task, read: call to result", median(whole[0], n), 0, "", "ms", "<= 20 ms");
	row("claude_task, write: call to result", median(whole[1], n), 0, "", "ms", "<= 60 ms");
	row("tool call to the agent's exec", median(begun, n), 0, "", "ms", "<= 10 ms");
	row("agent's exit to result at the client", median(told, n), 0.1, "a lock or pidfd wake-up [spec]", "ms", "<= 5 ms");
	row("a delegated write: task, preview, apply", bytes, 0, "", "B", "<= 6 kB");
}

/* ---- a change of 1,000 files ---- */

static void
bench_change(void)
{
	double land[5], floor[5], names[5], gnames[5], gone[5];
	char cmd[16384], job[4096], id[64], big[2100];

	snprintf(big, sizeof(big), "%s/big", dir);
	for (int i = 0; i < 3; i++) {
		timed((const char *[]){ "jobdir-spawn", "--wait", "--cwd", big, "--", self, "true", NULL }, id, sizeof(id));
		snprintf(job, sizeof(job), "%s/jobs/%.8s/%s", getenv("JOBDIR_STATE"), id + 4, id);
		timed((const char *[]){ "jobdir-tree", "make", job, NULL }, NULL, 0);
		snprintf(cmd, sizeof(cmd), "cd %s/tree; for d in $(seq 0 99); do for f in 0 1 2 3 4 5 6 7 8 9; do echo x >>d$d/f$f; done; done", job);
		shell(cmd);
		names[i] = timed((const char *[]){ "jobdir-diff", "-q", "--name-status", job, NULL }, NULL, 0);
		snprintf(cmd, sizeof(cmd), "git --git-dir=%s/agent.git --work-tree=%s/tree diff --name-status >/dev/null", job, job);
		gnames[i] = shell(cmd);
		timed((const char *[]){ "jobdir-diff", "-q", "--seal", "--list", job, NULL }, NULL, 0);
		timed((const char *[]){ "jobdir-apply", "--preview", job, NULL }, NULL, 0);
		snprintf(cmd, sizeof(cmd), "%s/copied%d", dir, i);
		floor[i] = timed((const char *[]){ self, "install", job, cmd, NULL }, NULL, 0);
		land[i] = timed((const char *[]){ "jobdir-apply", "--yes", job, NULL }, NULL, 0);
		gone[i] = timed((const char *[]){ "jobdir-tree", "-fq", "remove", job, NULL }, NULL, 0);
		snprintf(cmd, sizeof(cmd), "cd %s; git commit -qam %d", big, i);
		shell(cmd);
	}
	row("diff of 1,000 files, names", median(names, 3), median(gnames, 3), "git diff --name-status", "ms", "<= 1.2 x");
	row("apply of 1,000 files", median(land, 3), median(floor, 3), "write, fsync and rename each", "ms", "<= 2 x");
	row("remove a tree of 50,000 files", median(gone, 3), 0, "", "ms", "<= 10 ms");
}

/* The floor of apply: the 1,000 files written beside their places, durable, and renamed. */
static int
install_files(const char *job, const char *to)
{
	char path[8192], text[4096];

	if (mkdir(to, 0755) < 0)
		return 111;
	int at = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int d = 0; d < 100; d++)
		for (int f = 0; f < 10; f++) {
			snprintf(path, sizeof(path), "%s/tree/d%d/f%d", job, d, f);
			size_t n = slurp(path, text, sizeof(text));
			int fd = openat(at, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
			if (fd < 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) < 0)
				return 111;
			close(fd);
			snprintf(path, sizeof(path), "d%d-f%d", d, f);
			if (renameat(at, "new", at, path) < 0)
				return 111;
		}
	return fsync(at) < 0 ? 111 : 0;
}

#endif
