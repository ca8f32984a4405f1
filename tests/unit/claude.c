/* SPDX-License-Identifier: MIT */
#include "t.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include "buf.h"
#include "claude.h"
#include "strv.h"
#include "home.h"

static struct buf text = BUF_INIT;
static struct json profiles;

static void
load(void)
{
	char *data CLEANUP(free) = home_data();
	struct buf path CLEANUP(buf) = BUF_INIT;
	int fd CLEANUP(fd) = -1;

	(void)buf_addf(&path, "%s/prompts/" CLAUDE_PROFILES, data ? data : "");
	fd = open(path.p, O_RDONLY | O_CLOEXEC);
	OK(fd >= 0 && buf_read(&text, fd, 1 << 20) == 0, "profiles.json is read");
	EQ(json_parse(&profiles, text.p, text.len, NULL), JSON_OK, "and is JSON");
}

static int
find(char **v, const char *want)
{
	for (int i = 0; v && v[i]; i++)
		if (!strcmp(v[i], want))
			return i;
	return -1;
}

static void
check_write(void)
{
	struct claude_run r = { .program = "/bin/claude", .mode = "write", .schema = "{}",
	    .max_turns = 7, .max_cost_usd = 0.5, .model = "m", .resume = "abc" };
	struct buf why CLEANUP(buf) = BUF_INIT;
	char **v = claude_argv(&profiles, &r, &why);
	int n = 0, allow = find(v, "--allowedTools"), deny = find(v, "--disallowedTools");

	while (v && v[n])
		n++;
	OK(v, "a vector");
	IS(v[0], "/bin/claude", "the program");
	IS(v[n - 2], "--json-schema", "the schema is last");
	OK(allow > 0 && deny > allow && deny < n - 2, "allowed, denied, schema");
	OK(find(v, "Edit(./**)") > allow && find(v, "Edit(./**)") < deny, "writing is granted below");
	OK(find(v, "Edit") < 0 && find(v, "Write") < 0 && find(v, "Bash") < 0, "and nowhere else");
	OK(find(v, "Bash(rm *)") > deny, "rm is denied");
	OK(find(v, "Read(./**/.env)") > deny, "secret files are denied");
	OK(find(v, "Bash(gcc *)") > allow, "default has compilers");
	OK(find(v, "Bash(npx *)") < 0, "but not npx");
	IS(v[find(v, "--tools") + 1], "Read,Glob,Grep,Edit,Write,Bash", "tools");
	IS(v[find(v, "--max-turns") + 1], "7", "turns");
	IS(v[find(v, "--max-budget-usd") + 1], "0.500000", "budget");
	IS(v[find(v, "--resume") + 1], "abc", "session");
	IS(v[find(v, "--setting-sources") + 1], "user", "no settings of the repository");
	OK(find(v, "--strict-mcp-config") > 0, "no servers of the repository");
	strv_free(v);
}

static void
check_levels(void)
{
	static const char *const levels[] = { "strict", "default", "permissive" };
	int last = 0;

	for (size_t i = 0; i < 3; i++) {
		struct claude_run r = { .program = "c", .mode = "write", .schema = "{}",
		    .profile = levels[i], .sensitive = "off" };
		struct buf why CLEANUP(buf) = BUF_INIT;
		char **v = claude_argv(&profiles, &r, &why);
		int n = 0;

		while (v && v[n])
			n++;
		OK(n > last, levels[i]);
		OK(find(v, "Read(./**/.env)") < 0, "sensitive off");
		OK(find(v, "Bash(sudo *)") > 0, "dangerous stays denied");
		last = n;
		strv_free(v);
	}
}

static void
check_read_only(const char *mode)
{
	struct claude_run r = { .program = "c", .mode = mode, .schema = "{}", .profile = "permissive" };
	struct buf why CLEANUP(buf) = BUF_INIT;
	char **v = claude_argv(&profiles, &r, &why);
	char *schema CLEANUP(free) = claude_schema_name(&profiles, mode);

	IS(v[find(v, "--tools") + 1], "Read,Glob,Grep,Bash", mode);
	OK(find(v, "Edit(./**)") < 0, "no writing at any level");
	OK(find(v, "--max-turns") < 0 && find(v, "--model") < 0, "what is not asked for is not said");
	OK(schema && strstr(schema, mode), "has a schema");
	strv_free(v);
}

static void
check_refused(struct claude_run r, const char *what)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	errno = 0;
	OK(!claude_argv(&profiles, &r, &why) && errno == EINVAL && why.len, what);
}

static void
check_env(void)
{
	static const char login[] = "ANTHROPIC_API_KEY=k1\0X=y";
	char **v = claude_env("/j/home", "/j/tmp", 2, login, sizeof login);

	OK(v, "an environment");
	OK(find(v, "CLAUDE_CONFIG_DIR=/j/home") >= 0, "its own configuration");
	OK(find(v, "TMPDIR=/j/tmp") >= 0, "its own TMPDIR");
	OK(find(v, "BRIDGE_DEPTH=2") >= 0, "the depth");
	OK(find(v, "ANTHROPIC_API_KEY=k1") >= 0 && find(v, "X=y") >= 0, "the login");
	OK(find(v, "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS=1") >= 0, "no background tasks");
	strv_free(v);
}

int
main(void)
{
	load();
	check_write();
	check_levels();
	check_read_only("read");
	check_read_only("review");
	check_refused((struct claude_run){ .program = "c", .mode = "x", .schema = "" }, "unknown mode");
	check_refused((struct claude_run){ .program = "c", .mode = "read", .schema = "",
	    .profile = "x" }, "unknown profile");
	check_refused((struct claude_run){ .program = "c", .mode = "read", .schema = "",
	    .sensitive = "rules" }, "unknown policy");
	check_refused((struct claude_run){ .program = "c", .mode = "read", .schema = "",
	    .model = "--x" }, "a model that is an option");
	check_env();
	json_release(&profiles);
	buf_release(&text);
	return t_done();
}
