/* SPDX-License-Identifier: MIT */
#include "redact.h"

#include <stdbool.h>
#include <stdlib.h>

#include "buf.h"
#include "json.h"
#include "num.h"
#include "redactrule.h"
#include "redactscan.h"
#include "redactshape.h"
#include "redactuser.h"
#include "t.h"

#define GHP "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
#define ANT "sk-ant-api03-Abc_def-0123456789abcdefABCDEF"
#define KEYBODY "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

/* The secrets every test knows. */
static const char values[] =
	"PLAIN_TOKEN=s3cr3t-Value-42\0"
	"ODD_PASSWORD=p\"a\\s/s w&o'r<d%\t\xc3\xa9!\0"
	"OVER_KEY=Value-42-and-more\0"
	"REPEAT_KEY=abababab\0"
	"MULTI_KEY=first line of a secret\nsecond line of the secret\0"
	"BLANK_KEY=\n a-trimmed-value \n\0"
	"SHORT_KEY=tiny\0";

static struct redact *
fresh(void)
{
	struct redact *r = redact_new(values, sizeof values - 1);

	if (!r)
		exit(111);
	return r;
}

static void
whole(const char *in, size_t n, struct buf *out)
{
	struct redact *r = fresh();

	if (redact_feed(r, in, n, out) < 0 || redact_finish(r, out) < 0)
		exit(111);
	redact_free(r);
}

static bool
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

/* One cut at every place, with and without a pause at it; then byte by byte. */
static bool
cuts_agree(const char *in, size_t n)
{
	struct buf want CLEANUP(buf) = BUF_INIT, got CLEANUP(buf) = BUF_INIT;
	struct redact *r;
	bool good;

	whole(in, n, &want);
	for (size_t cut = 0; cut <= n; cut++)
		for (int pause = 0; pause < 2; pause++) {
			buf_reset(&got);
			r = fresh();
			good = redact_feed(r, in, cut, &got) == 0 &&
			    (!pause || redact_pause(r, &got) == 0) &&
			    redact_feed(r, in + cut, n - cut, &got) == 0 && redact_finish(r, &got) == 0;
			redact_free(r);
			if (!good || !same(&want, &got)) {
				printf("# cut at %zu of '%.*s'\n# want '%s'\n# got  '%s'\n", cut, (int)n, in,
				    want.p, got.p);
				return false;
			}
		}
	buf_reset(&got);
	r = fresh();
	good = true;
	for (size_t i = 0; good && i < n; i++)
		good = redact_feed(r, in + i, 1, &got) == 0 && (i % 3 || redact_pause(r, &got) == 0);
	good = good && redact_finish(r, &got) == 0;
	redact_free(r);
	return good && same(&want, &got);
}

static void
is(const char *in, const char *want)
{
	struct buf out CLEANUP(buf) = BUF_INIT;

	whole(in, strlen(in), &out);
	IS(out.p, want, in);
	OK(cuts_agree(in, strlen(in)), "the same at every cut");
}

/* Twice in a line that is a JSON document: valid before, valid after, nothing of it left. */
static void
is_json(const char *in, const char *want)
{
	struct buf out CLEANUP(buf) = BUF_INIT;
	struct json d;

	is(in, want);
	whole(in, strlen(in), &out);
	EQ(json_parse(&d, in, strlen(in), NULL), JSON_OK, "it was JSON");
	json_release(&d);
	EQ(json_parse(&d, out.p, out.len, NULL), JSON_OK, "it is JSON");
	json_release(&d);
}

static void
same_text(const char *in)
{
	is(in, in);
}

static void
test_tokens(void)
{
	is("x " GHP " y", "x [REDACTED:github] y");
	is(GHP, "[REDACTED:github]");
	is("\x1b[32m" GHP "\x1b[0m", "\x1b[32m[REDACTED:github]\x1b[0m");
	is(ANT ",", "[REDACTED:anthropic],");
	is("AKIAIOSFODNN7EXAMPLF.", "[REDACTED:aws].");
	is("k=sk-proj-abcd1234efgh5678ijkl9012\n", "k=[REDACTED:openai]\n");
	is("https://hooks.slack.com/services/T00000001/B00000002/abcdefGHIJKL",
	    "https://hooks.slack.com/services/[REDACTED:slack-webhook]");
	is("xoxb-123456789012-abcdefABCDEF glpat-abcdefghij0123456789",
	    "[REDACTED:slack] [REDACTED:gitlab]");
	is("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-012 z", "[REDACTED:jwt] z");
	is("AIzaSyA0123456789abcdefghijklmnopqrstuv!", "[REDACTED:google]!");
}

static void
test_assignments(void)
{
	is("password=hunter2!", "password=[REDACTED:assignment]");
	is("export API_KEY='a1b2c3d4e5f6'", "export API_KEY='[REDACTED:assignment]'");
	is("db_password: s3cretword # x", "db_password: [REDACTED:assignment] # x");
	is("env[\"API_TOKEN\"] = \"a1b2c3d4e5f6\"", "env[\"API_TOKEN\"] = \"[REDACTED:assignment]\"");
	is("run --token a1b2c3d4e5f6 -v", "run --token [REDACTED:assignment] -v");
	is("<password>hunter22</password>", "<password>[REDACTED:assignment]</password>");
	is("Authorization: Bearer abcdefghijkl\r\n", "Authorization: Bearer [REDACTED:assignment]\r\n");
	is("authorization: Basic dXNlcjpwYXNz", "authorization: Basic [REDACTED:assignment]");
	is("x-api-key: 0a1b2c3d4e5f60718293", "x-api-key: [REDACTED:assignment]");
	is("curl 'https://h/?access_token=abc123def456&x=1'",
	    "curl 'https://h/?access_token=[REDACTED:assignment]&x=1'");
	is("postgres://bob:s3cr3t@db/x", "postgres://bob:[REDACTED:url-password]@db/x");
	is("https://0123456789abcdef0a1b@github.com/x", "https://[REDACTED:url-password]@github.com/x");
}

static void
test_json(void)
{
	is_json("{\"password\":\"a\\\"b1\\\\\",\"n\":1}", "{\"password\":\"[REDACTED:assignment]\",\"n\":1}");
	is_json("{\"t\":\"{\\\"token\\\":\\\"a1b2c3d4e5\\\"}\"}",
	    "{\"t\":\"{\\\"token\\\":\\\"[REDACTED:assignment]\\\"}\"}");
	is_json("{\"a\":\"x\\n" GHP "\\ny\"}", "{\"a\":\"x\\n[REDACTED:github]\\ny\"}");
	is_json("{\"a\":\"TOKEN=abc123def4\\nnext\"}", "{\"a\":\"TOKEN=[REDACTED:assignment]\\nnext\"}");
	is_json("{\"token\":1234567890123,\"key\":true}", "{\"token\":1234567890123,\"key\":true}");
	is_json("{\"a\":\"-----BEGIN RSA PRIVATE KEY-----\\n" KEYBODY "\\n" KEYBODY
	    "\\n-----END RSA PRIVATE KEY-----\\n\"}",
	    "{\"a\":\"-----BEGIN RSA PRIVATE KEY-----[REDACTED:private-key]-----END RSA PRIVATE KEY-----\\n\"}");
	is_json("{\"a\":\"-----BEGIN PRIVATE KEY-----\\n" KEYBODY "\"}",
	    "{\"a\":\"-----BEGIN PRIVATE KEY-----[REDACTED:private-key]\"}");
	is_json("{\"a\":\"p\\\"a\\\\s/s w&o'r<d%\\t\xc3\xa9!\"}", "{\"a\":\"[REDACTED:ODD_PASSWORD]\"}");
	is_json("{\"a\":\"p\\u0022a\\\\s\\/s w\\u0026o'r\\u003cd%\\u0009\\u00e9!\"}",
	    "{\"a\":\"[REDACTED:ODD_PASSWORD]\"}");
	is_json("{\"a\":\"\\\"p\\\\\\\"a\\\\\\\\s/s w&o'r<d%\\\\t\xc3\xa9!\\\"\"}",
	    "{\"a\":\"\\\"[REDACTED:ODD_PASSWORD]\\\"\"}");
	
}

static void
test_pem(void)
{
	is("-----BEGIN OPENSSH PRIVATE KEY-----\n" KEYBODY "\nabc=\n-----END OPENSSH PRIVATE KEY-----\nz",
	    "-----BEGIN OPENSSH PRIVATE KEY-----[REDACTED:private-key]-----END OPENSSH PRIVATE KEY-----\nz");
	is("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" KEYBODY,
	    "-----BEGIN RSA PRIVATE KEY-----[REDACTED:private-key]");
	same_text("-----BEGIN PUBLIC KEY-----\n" KEYBODY "\n-----END PUBLIC KEY-----\n");
	same_text("grep '-----BEGIN RSA PRIVATE KEY-----' *");
	same_text("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n");
}

static void
test_left_alone(void)
{
	same_text("commit 9e48a98c1f2b3d4e5f60718293a4b5c6d7e8f901");
	same_text("cache_key: 9e48a98c1f2b3d4e5f60718293a4b5c6d7e8f901");
	same_text("id 123e4567-e89b-12d3-a456-426614174000, key=123e4567-e89b-12d3-a456-426614174000");
	same_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5c3v1qGv0w3u8m2cXl6t9y1p7r5s3k2j1h0g9f8e7d a@b");
	same_text("token=${TOKEN} token=<your token> token=xxxxxxxxxxxx TOKEN=$TOKEN key=%KEY% 'secret: ****'");
	same_text("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx AKIAIOSFODNN7EXAMPLE");
	same_text("password = os.environ[\"DB\"]; token = get_token(ctx1); secret = config.secret_v1()");
	same_text("password_file=/run/secrets/db1 key: value, max_tokens=100000 TOKENS: 12345678");
	same_text("the key: it is the 1st of 2 keys, token: the next one, pass: 5 failed: 0");
	same_text("git@github.com:a/b https://github.com/a/b ssh://git@host:22/x http://h:80/@a");
	same_text("postgres://user:password@host/db https://${USER}:${PASS}@host");
	same_text("sk-learn-is-a-library-for-machine-learning in python");
	same_text("");
	same_text("no newline at the end, a quote \" and a \\ backslash\\");
}

static void
test_values(void)
{
	is("s3cr3t-Value-42", "[REDACTED:PLAIN_TOKEN]");
	is("as3cr3t-Value-42b\n", "a[REDACTED:PLAIN_TOKEN]b\n");
	is("s3cr3t-Value-4", "s3cr3t-Value-4");
	is("tiny is kept", "tiny is kept");
	is("s3cr3t-Value-42-and-more!", "[REDACTED:PLAIN_TOKEN]!");
	is("s3cr3t-Vals3cr3t-Value-42", "s3cr3t-Val[REDACTED:PLAIN_TOKEN]");
	is("s3cr3t-Value-42s3cr3t-Value-42", "[REDACTED:PLAIN_TOKEN][REDACTED:PLAIN_TOKEN]");
	is("ababababab", "[REDACTED:REPEAT_KEY]");
	is("s3cr3t%2DValue%2d42 s3cr3t%2dValue-42", "[REDACTED:PLAIN_TOKEN] [REDACTED:PLAIN_TOKEN]");
	is("p%22a%5Cs%2Fs+w%26o%27r%3Cd%25%09%C3%A9%21", "[REDACTED:ODD_PASSWORD]");
	is("p%22a%5cs/s%20w%26o'r%3cd%25%09%c3%a9!", "[REDACTED:ODD_PASSWORD]");
	is("p&quot;a\\s/s w&amp;o&#39;r&lt;d%\t\xc3\xa9!", "[REDACTED:ODD_PASSWORD]");
	is("'p\"a\\s/s w&o'\\''r<d%\t\xc3\xa9!'", "'[REDACTED:ODD_PASSWORD]'");
	is("7333637233742d56616c75652d3432", "[REDACTED:PLAIN_TOKEN]");
	is("73 33 63 72 33 74 2D 56 61 6C 75 65 2D 34 32", "[REDACTED:PLAIN_TOKEN]");
	is("\\x73\\x33\\x63\\x72\\x33\\x74\\x2d\\x56\\x61\\x6c\\x75\\x65\\x2d\\x34\\x32",
	    "[REDACTED:PLAIN_TOKEN]");
	is("\\\\x73\\\\x33\\\\x63\\\\x72\\\\x33\\\\x74\\\\x2d\\\\x56\\\\x61\\\\x6c\\\\x75\\\\x65\\\\x2d\\\\x34\\\\x32",
	    "\\\\[REDACTED:PLAIN_TOKEN]");
	is("73:33:63:72:33:74:2d:56:61:6c:75:65:2d:34:32", "[REDACTED:PLAIN_TOKEN]");
	/* what a tool printed encoded, in the JSON of an event */
	is("p&quot;a\\\\s/s w&amp;o&#39;r&lt;d%\\t\xc3\xa9!", "[REDACTED:ODD_PASSWORD]");
	is("p&#x22;a&#x5c;s/s w&#38;o&#x27;r&#60;d%\\\\t\xc3\xa9!", "[REDACTED:ODD_PASSWORD]");
	is("'p\\\"a\\\\s/s w&o'\\\\''r<d%\\t\xc3\xa9!'", "'[REDACTED:ODD_PASSWORD]'");
	is("'p\\\"a\\\\s/s w&o'\\\"'\\\"'r<d%\\t\xc3\xa9!'", "'[REDACTED:ODD_PASSWORD]'");
	is("p\\\"a\\\\s\\/s w&o'r<d%\\t\\u00e9!", "[REDACTED:ODD_PASSWORD]");
	is("p\\\\\\\"a\\\\\\\\s/s w&o'r<d%\\\\t\\\\u00e9!", "[REDACTED:ODD_PASSWORD]");
	is("p\\\\\\\\\\\\\\\"a\\\\\\\\\\\\\\\\s/s w&o'r<d%\\\\\\\\t\xc3\xa9!", "[REDACTED:ODD_PASSWORD]");
	/* white space around a value is none of it */
	is("a-trimmed-value,", "[REDACTED:BLANK_KEY],");
	is("> first line of a secret <\n> second line of the secret <",
	    "> [REDACTED:MULTI_KEY] <\n> [REDACTED:MULTI_KEY] <");
	is("first line of a secret\\nsecond line of the secret", "[REDACTED:MULTI_KEY]");
}

/* No 9 characters of any base64 form of the value are left, whatever stands around it. */
static void
test_base64(void)
{
	static const char secret[] = "s3cr3t-Value-42";

	for (size_t before = 0; before < 130; before++) {
		struct buf in CLEANUP(buf) = BUF_INIT, b64 CLEANUP(buf) = BUF_INIT;
		struct buf text CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
		char what[64];

		for (size_t i = 0; i < before; i++)
			(void)buf_addch(&in, (char)(i * 37 + 11));
		(void)buf_addstr(&in, secret);
		(void)buf_addstr(&in, "tail of other bytes");
		(void)num_base64(&b64, in.p, in.len);
		for (size_t i = 0; i < b64.len; i++) {
			if (i && i % 76 == 0)
				(void)buf_addstr(&text, before % 2 ? "\n" : before % 4 ? "\r\n" : before % 8 ? "\\n" :
				    before % 16 ? "\n    12\t" : "\\n  12\\t");
			(void)buf_addch(&text, b64.p[i]);
		}
		whole(text.p, text.len, &out);
		(void)snprintf(what, sizeof what, "base64 behind %zu bytes", before);
		OK(strstr(out.p, "[REDACTED:PLAIN_TOKEN]") != NULL, what);
		if (before % 16 < 2 || before > 118)
			OK(cuts_agree(text.p, text.len), "the same at every cut");
	}
}

static void
test_long(void)
{
	enum { N = 16000 };
	struct buf v CLEANUP(buf) = BUF_INIT, in CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
	struct redact *r;

	(void)buf_addstr(&v, "LONG_KEY=");
	for (unsigned i = 0, x = 1; i < N; i++, x = x * 1103515245 + 12345)
		(void)buf_addch(&v, (char)('!' + (x >> 16) % 90));
	r = redact_new(v.p, v.len);
	(void)buf_addstr(&in, "a ");
	(void)buf_addstr(&in, v.p + 9);
	(void)buf_addstr(&in, " b");
	for (size_t i = 0; r && i < in.len; i += 1000)
		(void)redact_feed(r, in.p + i, in.len - i < 1000 ? in.len - i : 1000, &out);
	OK(r && redact_finish(r, &out) == 0, "a value of 16 kB");
	IS(out.p, "a [REDACTED:LONG_KEY] b", "goes whole");
	redact_free(r);
	r = redact_new(v.p, v.len);
	buf_reset(&out);
	OK(r && redact_feed(r, in.p, in.len - 3, &out) == 0, "cut short");
	EQ(out.len, 2, "it is held as long as it may be one");
	OK(redact_feed(r, "\n", 1, &out) == 0 && redact_pause(r, &out) == 0, "then it is not");
	EQ(out.len, in.len - 2, "and all is given");
	redact_free(r);
}

/* After a newline nothing is held back, except within a match. */
static void
test_prompt(void)
{
	static const char *const lines[] = { "an ordinary line\n", "token=\n", "password: \n",
	    "ends in a to\n", "base64 like aGVsbG8gd29ybGQ\n", "\"key\": \"\n", "https://a:b\n", "\\\n" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct redact *r = fresh();
		struct buf out CLEANUP(buf) = BUF_INIT;

		(void)redact_feed(r, lines[i], strlen(lines[i]), &out);
		(void)redact_pause(r, &out);
		IS(out.p, lines[i], "a line is given at its newline");
		redact_free(r);
	}
}

static void
test_memory(void)
{
	struct redact *r = fresh();
	struct buf out CLEANUP(buf) = BUF_INIT;
	char block[4096];
	size_t most = 0, total = 0, given = 0;

	memset(block, 'A', sizeof block);
	(void)redact_feed(r, "-----BEGIN PRIVATE KEY-----\n", 28, &out);
	for (int i = 0; i < 1000; i++) {
		(void)redact_feed(r, block, sizeof block, &out);
		total += sizeof block;
		given += out.len;
		if (i < 16)
			most = given;
		buf_reset(&out);
	}
	OK(most < 64, "an open block is held");
	OK(given > total - (300 << 10), "to its 64 KiB, not for ever");
	redact_free(r);
}

/* Every row of the table is well-formed and can be reached. */
static void
test_table(void)
{
	static struct redact_index x;
	size_t n, at;
	const struct redact_rule *r = redact_rules(&n);

	redact_index_init(&x);
	for (size_t i = 0; i < n; i++) {
		const unsigned char *a = (const unsigned char *)r[i].anchor;
		const char *fault = redact_shape_fault(r[i].shape, &at);
		bool found = false;

		if (strlen(r[i].anchor) < REDACT_ANCHOR_MIN || fault) {
			printf("# %s %s %s: %s\n", r[i].name, r[i].anchor, r[i].shape, fault ? fault : "anchor");
			OK(false, "a row is well-formed");
			continue;
		}
		for (size_t k = x.head[redact_head(a[0], a[1], a[2])]; k; k = x.next[k - 1])
			found = found || k - 1 == i;
		if (!found)
			OK(false, "a rule is in the index");
	}
	OK(n > 220, "there are as many rules as in the best known table");
}

int
main(void)
{
	test_table();
	test_tokens();
	test_assignments();
	test_json();
	test_pem();
	test_left_alone();
	test_values();
	test_base64();
	test_long();
	test_prompt();
	test_memory();
	return t_done();
}
