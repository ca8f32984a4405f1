# jobdir: build, test, install.  GNU make; no configure.
# Yours: CC CFLAGS CPPFLAGS LDFLAGS PREFIX BINDIR MANDIR DATADIR DESTDIR WERROR V.

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share/jobdir
MANDIR ?= $(PREFIX)/share/man
VERSION := 0.1.0

VARIANT ?= release
B := build/$(VARIANT)
BIN := $(if $(filter release,$(VARIANT)),bin,$(B)/bin)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wmissing-prototypes \
	-Wstrict-prototypes -Wold-style-definition -Wwrite-strings -Wpointer-arith \
	-Wunused -Wformat=2 -Wundef -Wno-format-nonliteral -fno-common \
	$(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -fPIE -ffunction-sections -fdata-sections
OURCPP := -D_GNU_SOURCE -DJOBDIR_VERSION='"$(VERSION)"' -Ilib -Itests/unit
OURCFLAGS := -std=c11 $(WARN) $(HARDEN)
OURLDFLAGS := -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now
ifeq ($(VARIANT),release)
OURCPP += -D_FORTIFY_SOURCE=2
# A static command starts 0.3 ms sooner; STATIC= turns it off.
STATIC ?= 1
endif
OURLDFLAGS += $(if $(STATIC),-static-pie,-pie)
ifeq ($(VARIANT),asan)
OURCFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OURLDFLAGS += -fsanitize=address,undefined
endif

CSRC := $(wildcard src/*.c)
SHSRC := $(wildcard src/*.sh)
LIBSRC := $(wildcard lib/*.c)
UNIT := $(wildcard tests/unit/*.c)
FUZZ := $(wildcard tests/fuzz/*.c)
HELP := $(wildcard tests/lib/*.c)
FAULT := $(wildcard tests/crash/fault*.c)
CRASHERS := $(filter-out $(FAULT),$(wildcard tests/crash/*.c))
MAN := $(wildcard man/*.[157])
LIB := $(B)/libjobdir.a
CMDS := $(CSRC:src/%.c=$(BIN)/jobdir-%) $(patsubst src/%.sh,$(BIN)/jobdir-%,$(filter-out src/jobdir.sh,$(SHSRC))) $(BIN)/jobdir
UNITS := $(UNIT:tests/unit/%.c=$(B)/unit/%)
HELPS := $(HELP:tests/lib/%.c=$(B)/tests/%) $(CRASHERS:tests/crash/%.c=$(B)/tests/%) $(B)/tests/fault

# What `make deps` sees to: a program or file, and the Debian package it is in.
DEPS := gcc=gcc git=git jq=jq bats=bats python3=python3 mandoc=mandoc shellcheck=shellcheck \
	ip=iproute2 npm=npm strace=strace /usr/include/jsmn.h=libjsmn-dev /usr/include/seccomp.h=libseccomp-dev \
	/usr/include/microhttpd.h=libmicrohttpd-dev '/usr/include/*/curl/curl.h=libcurl4-openssl-dev' /usr/lib/bats/bats-assert/load.bash=bats-assert \
	/usr/lib/bats/bats-support/load.bash=bats-support

.PHONY: all tests deps demo check asan lint fuzz bench profile abuse e2e crash exact races limits soak power install uninstall dist clean FRC
.SECONDARY:
all: $(CMDS)
tests: $(UNITS) $(HELPS)
# A short line per step; V=1 shows the command, -s nothing.
say = $(if $(V),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,echo '  $(1)	$@';))

# Objects.  Flags are a prerequisite, so that a changed flag rebuilds.
FLAGS := $(CC) $(CPPFLAGS) $(OURCPP) $(CFLAGS) $(OURCFLAGS) $(LDFLAGS) $(OURLDFLAGS)
$(B)/flags: FRC
	@mkdir -p $(@D); echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' >$@
$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(OURCPP) $(CPPFLAGS) $(OURCFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(LIB): $(LIBSRC:%.c=$(B)/%.o)
	@rm -f $@; $(AR) rcs $@ $^
link = $(call say,LD)$(CC) $(OURCFLAGS) $(CFLAGS) $(OURLDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)
$(BIN)/jobdir-%: $(B)/src/%.o $(LIB)
	@mkdir -p $(@D)
	$(link)
$(BIN)/jobdir-%: src/%.sh
	@mkdir -p $(@D)
	$(call say,SH)sed 's/@VERSION@/$(VERSION)/' $< >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@
$(BIN)/jobdir: src/jobdir.sh
	@mkdir -p $(@D)
	$(call say,SH)sed 's/@VERSION@/$(VERSION)/' $< >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@
$(B)/unit/%: $(B)/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(link)
$(B)/tests/%: $(B)/tests/lib/%.o $(LIB)
	@mkdir -p $(@D)
	$(link)
$(B)/tests/%: $(B)/tests/crash/%.o $(LIB)
	@mkdir -p $(@D)
	$(link)
$(B)/tests/fault: $(FAULT:%.c=$(B)/%.o)
$(B)/tests/crash/faultcall.o: $(B)/tests/crash/sysnames.h
$(B)/tests/crash/faultcall.o: OURCPP += -I$(B)/tests/crash
$(B)/tests/crash/sysnames.h:
	@mkdir -p $(@D)
	@echo '#include <sys/syscall.h>' | $(CC) $(CPPFLAGS) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/[__NR_\1] = "\1",/p' >$@.tmp && mv $@.tmp $@
# The call filter; nothing else needs the library.
$(BIN)/jobdir-confine: LDLIBS += -lseccomp
# Who speaks HTTP is dynamic, and alone needs the libraries.
# The gateway loads libcurl when it is first asked (lib/curldl.h).
$(BIN)/jobdir-gateway: LDLIBS += -lmicrohttpd
$(BIN)/jobdir-analyze: LDLIBS += -lcurl
$(B)/tests/model $(B)/tests/chatmodel: LDLIBS += -lmicrohttpd
$(BIN)/jobdir-gateway $(BIN)/jobdir-analyze $(B)/tests/model $(B)/tests/chatmodel: OURLDFLAGS := $(filter-out -static-pie,$(OURLDFLAGS)) -pie
-include $(shell find $(B) -name '*.d' 2>/dev/null)

deps:
	@sh tests/deps.sh $(DEPS)

# What tests need is installed first, then all is built on all cores, then they run.
build = @$(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc)) all tests
run = @BUILD=$(CURDIR)/$(B) PATH=$(CURDIR)/$(BIN):$$PATH
check: deps
	$(build)
	$(run) sh tests/run.sh $(T)
# The whole suite again, on binaries with AddressSanitizer and UBSan.
asan: deps
	@$(MAKE) VARIANT=asan check
e2e: deps
	$(build)
	$(run) LONG=1 sh tests/run.sh tests/e2e/*.bats
demo: deps
	$(build)
	$(run) bash tests/demo.sh
bench: deps
	$(build)
	$(run) bash tests/bench.sh $(BENCH)
# What the hot paths cost in instructions and system calls: PROFILE="redact list" chooses.
profile: deps
	@sh tests/deps.sh valgrind=valgrind || :
	$(build)
	$(run) bash tests/profile.sh $(PROFILE)
# Long runs; ROUNDS=, JOBS= and the like are told at the head of each file.
races limits soak power: deps
	$(build)
	$(run) bash tests/crash/$@.sh $(T)
# Every fault at every system call and allocation: CRASH="spawn apply" CRASH_EVERY=7 choose.
crash: deps
	$(build)
	@$(MAKE) build/alloc/allocfail.so
	@$(MAKE) VARIANT=alloc LDFLAGS='$(LDFLAGS) -Wl,--no-as-needed $(CURDIR)/build/alloc/allocfail.so' all
	$(run) bash tests/crash/matrix.sh $(if $(CRASH_EVERY),--every=$(CRASH_EVERY)) $(CRASH)
build/alloc/allocfail.so: tests/crash/preload/allocfail.c
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -D_GNU_SOURCE -O2 -Wall -Wextra -fPIC -shared -o $@ $<
# Every kind of abuse of the server in its long form (tests/lib/abuse.py).
abuse: deps
	$(build)
	$(run) ABUSE_LONG=300 BATS_TEST_TIMEOUT=600 sh tests/run.sh tests/abuse.bats
# Random changes by the thousand, and what takes gigabytes: ROUNDS=, SEED=.
exact: deps
	$(build)
	$(run) ROUNDS=$(ROUNDS) SEED=$(SEED) sh tests/run.sh tests/exact/long.bats
lint: deps
	@sh tests/lint.sh

# libFuzzer targets: each runs FUZZ_SECONDS on its seed corpus.
FUZZ_SECONDS ?= 20
fuzz: deps
	@sh tests/deps.sh clang=clang '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a=libclang-rt-14-dev'
	@FUZZ_SECONDS=$(FUZZ_SECONDS) CPPFLAGS="$(OURCPP)" sh tests/fuzz.sh $(FUZZ)

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(DATADIR)/recipes $(DESTDIR)$(DATADIR)/tools $(DESTDIR)$(DATADIR)/prompts
	install -m 755 $(CMDS) $(DESTDIR)$(BINDIR)
	install -m 644 lib/recipes/* $(DESTDIR)$(DATADIR)/recipes
	install -m 644 lib/tools/* $(DESTDIR)$(DATADIR)/tools
	for s in lib/plugin/skills/*/SKILL.md; do install -D -m 644 $$s $(DESTDIR)$(DATADIR)/$${s#lib/} || exit 1; done
	install -m 644 lib/prompts/* $(DESTDIR)$(DATADIR)/prompts
	install -m 644 state-layout.md lib/env.example $(DESTDIR)$(DATADIR)
	for m in $(MAN); do install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/} || exit 1; done
uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,$(notdir $(CMDS)))
	rm -rf $(DESTDIR)$(DATADIR)
	for m in $(MAN); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
dist:
	git archive --prefix=jobdir-$(VERSION)/ -o jobdir-$(VERSION).tar.gz HEAD
clean:
	rm -rf bin build jobdir-*.tar.gz
