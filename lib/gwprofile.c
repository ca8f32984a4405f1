/* SPDX-License-Identifier: MIT */
/*
 * gwprofile: the table of providers. A member left out is 0: "no", "unknown",
 * or the first of its enum.
 */
#include "gwprofile.h"

#include <string.h>
#include <strings.h>

#define ROW(named, tokens, reason, most) .name = named, .max_tokens = tokens, \
	.reasoning = reason, .stops = most, .sampling = true
#define USUAL .stream_options = true, .null_content = true
#define OLD "max_tokens"
#define NEW "max_completion_tokens"
#define CONTENT "reasoning_content"
#define PLAIN "reasoning"

static const struct gwprofile table[] = {
	{ ROW("generic", OLD, CONTENT, 4), USUAL, .hosts = "", .echo = GW_ECHO_GIVEN,
	  .json = GW_JSON_TEXT, .images = true },
	/* As generic, for models that refuse pictures. */
	{ ROW("text", OLD, CONTENT, 4), USUAL, .hosts = "", .echo = GW_ECHO_GIVEN,
	  .json = GW_JSON_TEXT },
	{ ROW("openai", NEW, CONTENT, 4), USUAL, .hosts = "api.openai.com .openai.azure.com",
	  .max_output = 16384, .window = 128000, .parallel = true, .images = true },
	{ ROW("deepseek", OLD, CONTENT, 16), USUAL, .hosts = "api.deepseek.com",
	  .echo = GW_ECHO_CALLS, .max_output = 65536, .window = 131072, .json = GW_JSON_OBJECT },
	{ ROW("kimi", OLD, CONTENT, 5), USUAL,
	  .hosts = "api.moonshot.ai api.moonshot.cn api.kimi.com", .echo = GW_ECHO_CALLS,
	  .window = 262144, .json = GW_JSON_OBJECT, .choice = GW_CHOICE_AUTO, .ids = GW_IDS_KIMI },
	{ ROW("zai", OLD, CONTENT, 1), USUAL, .hosts = "api.z.ai open.bigmodel.cn",
	  .echo = GW_ECHO_CALLS, .max_output = 131072, .window = 200000,
	  .json = GW_JSON_OBJECT, .choice = GW_CHOICE_AUTO },
	{ ROW("qwen", OLD, CONTENT, 4), USUAL, .hosts = "dashscope.aliyuncs.com "
	  "dashscope-intl.aliyuncs.com dashscope-us.aliyuncs.com", .echo = GW_ECHO_GIVEN,
	  .max_output = 65536, .window = 262144, .json = GW_JSON_OBJECT,
	  .choice = GW_CHOICE_AUTO, .parallel = true },
	{ ROW("minimax", OLD, CONTENT, 4), USUAL, .hosts = "api.minimax.io api.minimaxi.com",
	  .echo = GW_ECHO_CALLS, .window = 204800, .json = GW_JSON_TEXT, .choice = GW_CHOICE_AUTO },
	{ ROW("mistral", OLD, CONTENT, 4), .hosts = "api.mistral.ai codestral.mistral.ai",
	  .window = 131072, .parallel = true, .images = true },
	{ ROW("gemini", OLD, CONTENT, 4), .stream_options = true,
	  .hosts = "generativelanguage.googleapis.com", .max_output = 65536, .window = 1048576,
	  .images = true, .plain_schema = true },
	{ ROW("groq", NEW, PLAIN, 4), USUAL, .hosts = "api.groq.com", .echo = GW_ECHO_GIVEN,
	  .window = 131072, .json = GW_JSON_OBJECT, .parallel = true, .images = true },
	{ ROW("openrouter", OLD, PLAIN, 4), USUAL, .hosts = "openrouter.ai",
	  .echo = GW_ECHO_GIVEN, .details = true, .parallel = true, .images = true },
	{ ROW("xai", OLD, CONTENT, 0), USUAL, .hosts = "api.x.ai", .window = 256000,
	  .parallel = true, .images = true },
	{ ROW("cerebras", NEW, PLAIN, 4), USUAL, .hosts = "api.cerebras.ai",
	  .echo = GW_ECHO_GIVEN, .window = 131072, .parallel = true },
	{ ROW("fireworks", OLD, CONTENT, 4), USUAL, .hosts = "api.fireworks.ai",
	  .echo = GW_ECHO_GIVEN, .images = true },
	{ ROW("together", OLD, CONTENT, 4), USUAL, .hosts = "api.together.xyz api.together.ai",
	  .echo = GW_ECHO_GIVEN, .images = true },
};
#define ROWS (sizeof table / sizeof *table)

/* Models that differ from their provider's row; the first prefix decides. */
static const struct model {
	const char *profile, *prefix;
	int64_t max_output, window;
	bool reasons;			/* no sampling parameters; reasoning_effort */
	bool images;
} models[] = {
	{ "openai", "gpt-5-chat", 16384, 128000, false, true },
	{ "openai", "gpt-5", 128000, 400000, true, true },
	{ "openai", "gpt-4.1", 32768, 1047576, false, true },
	{ "openai", "gpt-4-turbo", 4096, 128000, false, true },
	{ "openai", "gpt-3.5", 4096, 16385, false, false },
	{ "openai", "o1", 100000, 200000, true, true },
	{ "openai", "o3", 100000, 200000, true, true },
	{ "openai", "o4", 100000, 200000, true, true },
	{ "openai", "codex", 128000, 400000, true, true },
	{ "deepseek", "deepseek-chat", 8192, 131072, false, false },
	{ "kimi", "kimi-k2.5", 0, 262144, false, true },
	{ "kimi", "kimi-latest", 0, 131072, false, true },
	{ "zai", "glm-4.5v", 16384, 65536, false, true },
	{ "zai", "glm-4.6v", 32768, 131072, false, true },
	{ "zai", "glm-4.5", 98304, 131072, false, false },
	{ "qwen", "qwen-vl", 8192, 131072, false, true },
	{ "qwen", "qwen3-vl", 32768, 262144, false, true },
};

const struct gwprofile *
gwprofile_at(size_t i)
{
	return i < ROWS ? &table[i] : NULL;
}

const struct gwprofile *
gwprofile_named(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* The host in a URL: between any user name and any port. */
static const char *
host_of(const char *url, size_t *len)
{
	const char *p = strstr(url, "://"), *at;
	size_t n;

	p = p ? p + 3 : url;
	n = strcspn(p, "/?#");
	at = memrchr(p, '@', n);
	if (at) {
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	*len = *p == '[' ? n : strcspn(p, ":/?#");
	return p;
}

/* Is host one of the list? */
static bool
listed(const char *hosts, const char *host, size_t len)
{
	while (*hosts) {
		size_t n = strcspn(hosts, " ");

		if (n == len && !strncasecmp(hosts, host, n))
			return true;
		if (*hosts == '.' && n < len && !strncasecmp(hosts, host + len - n, n))
			return true;
		hosts += n + strspn(hosts + n, " ");
	}
	return false;
}

const struct gwprofile *
gwprofile_for_url(const char *base_url)
{
	size_t len;
	const char *host = host_of(base_url, &len);

	if (len > 0 && host[len - 1] == '.')	/* an absolute name */
		len--;
	for (size_t i = 0; i < ROWS; i++)
		if (listed(table[i].hosts, host, len))
			return &table[i];
	return &table[0];
}

const struct gwprofile *
gwprofile_choose(const char *base_url, const char *name)
{
	return name && *name ? gwprofile_named(name) : gwprofile_for_url(base_url);
}

struct gwprofile
gwprofile_model(const struct gwprofile *p, const char *model)
{
	const char *slash = strrchr(model, '/');
	struct gwprofile own = *p;

	if (slash)
		model = slash + 1;
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		const struct model *m = &models[i];

		if (strcmp(m->profile, p->name) || strncasecmp(model, m->prefix, strlen(m->prefix)))
			continue;
		own.max_output = m->max_output;
		own.window = m->window;
		own.images = m->images;
		own.sampling = p->sampling && !m->reasons;
		own.effort = m->reasons;
		break;
	}
	return own;
}
