# ev: event-driven architecture in shell pipelines.
#
#   make            build every program into $(BUILD)/bin
#   make deps       install what building and testing need (apt, dnf, apk, brew)
#   make demo       run the story of examples/ott
#   make check      all tests; the last line is "N passed, N failed"
#   make fault      every fault campaign of the event store at full counts (hours)
#   make bench      speed beside the peers that Debian packages
#   make install    DESTDIR and PREFIX as usual; also: uninstall
#
# DEV=1 adds -Werror. SAN=1 builds with AddressSanitizer and UBSan (into .build/asan).
# V=1 shows the commands. CC=clang builds into .build/clang, so no two compilers share objects.

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
VERSION = 0.1.0

CC = cc
AR = ar
OPT = -O2
CFLAGS = -g

flavour := $(if $(findstring clang,$(CC)),-clang)$(if $(SAN),-asan)
BUILD = .build$(if $(flavour),/$(patsubst -%,%,$(flavour)))

warnings = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef -fno-common
conversion = -Wconversion
sanitize = $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer)
comma = ,
cflags = -std=c11 $(OPT) $(if $(lto),$(lto) -ffat-lto-objects) $(CFLAGS) $(warnings) $(if $(DEV),-Werror) $(sanitize) -Ilib \
	-D_POSIX_C_SOURCE=200809L -DEV_VERSION='"$(VERSION)"' -MMD -MP
# gcc optimises programs across files (5 to 8 % on the hot paths), with DEV=1 not, which builds faster; tests link the ordinary code of the same objects.
lto = $(if $(flavour)$(DEV),,-flto=auto)
# A library that the system has as an archive is linked static: it saves start-up time.
archive = $(if $(SAN),-l$(1),$(if $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a)),-l:lib$(1).a,-l$(1)))
# Looked for at the first link, when "make deps ..." has installed them.
libs = $(eval libs := $(call archive,zstd) $(call archive,z) $(call archive,uuid) $(call archive,nettle) -lm -ldl -pthread)$(libs)

rooms = base ext io json event op store cli
lib_src := $(sort $(foreach r,$(rooms),$(wildcard lib/$(r)/*.c)))
lib_obj := $(lib_src:%.c=$(BUILD)/%.o)
cmd_src := $(sort $(wildcard cmd/*.c))
# ev-store-append.c is a part of ev-store, because cmd/ev-store.c exists.
stems := $(cmd_src:cmd/%.c=%)
parts := $(strip $(foreach p,$(stems),$(filter $(p)-%,$(stems))))
programs := $(filter-out $(parts),$(stems))
bins := $(programs:%=$(BUILD)/bin/%)
libev = $(BUILD)/libev.a

Q = $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

all: $(bins)

$(libev): $(lib_obj)
	$(call say,ar)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

.SECONDEXPANSION:
# The percent sign of the filter is a variable: make puts the stem in place of a bare one.
percent = %
$(bins): $(BUILD)/bin/%: $$(patsubst $$(percent),$(BUILD)/cmd/$$(percent).o,$$* $$(filter $$*-$$(percent),$(parts))) $(libev)
	$(call say,ld)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OPT) $(lto) $(sanitize) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libev) $(libs)

# Linux-specific code lives in these rooms.
$(BUILD)/lib/io/%.o $(BUILD)/lib/store/%.o $(BUILD)/lib/cli/%.o $(BUILD)/lib/ext/%.o: cflags += -D_GNU_SOURCE
$(BUILD)/lib/base/%.o $(BUILD)/lib/json/%.o $(BUILD)/lib/store/%.o: cflags += $(conversion)

$(BUILD)/%.o: %.c
	$(call say,cc)
	@mkdir -p $(@D)
	$(Q)$(CC) $(cflags) -c -o $@ $<

# --- tests -------------------------------------------------------------------------------------

tests_c := $(filter-out tests/fault/small.c tests/fault/scarce.c,$(wildcard tests/unit/*.c tests/prop/*.c tests/suites/*.c tests/fault/*.c))
tests_bin := $(tests_c:tests/%.c=$(BUILD)/tests/%)
# The simulated disk, and what its campaigns share.
sim_obj := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/sim/*.c)))

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(libev)
	$(call say,ld)
	$(Q)$(CC) $(if $(lto),-fno-lto) $(sanitize) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libev) $(libs)

$(filter $(BUILD)/tests/fault/%,$(tests_bin)): $(sim_obj)

# ev-store with small segments and, if that is wanted, little memory, for the fault campaigns.
small := $(BUILD)/tests/fault/bin/ev-store
tests_bin += $(small)
$(small): $(patsubst %,$(BUILD)/cmd/%.o,$(filter ev-store ev-store-%,$(stems))) $(BUILD)/tests/fault/small.o \
		$(BUILD)/tests/fault/scarce.o $(libev)
	$(call say,ld)
	@mkdir -p $(@D)
	$(Q)$(CC) $(if $(lto),-fno-lto) $(sanitize) $(LDFLAGS) -Wl,--wrap=root_open,--wrap=malloc,--wrap=calloc,--wrap=realloc \
		-o $@ $^ $(libs)

# Fuzz targets: with a main that reads files, and with libFuzzer (tests/fuzz/run sets CC and sanitize).
$(BUILD)/tests/fuzz/%-replay: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(libev)
	$(call say,ld)
	$(Q)$(CC) $(sanitize) $(LDFLAGS) -o $@ $^ $(libs)

$(BUILD)/tests/fuzz/%-fuzz: $(BUILD)/tests/fuzz/%.o $(libev)
	$(call say,ld)
	$(Q)$(CC) $(sanitize) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(libs)

$(BUILD)/tests/%.o: cflags += -Itests -D_GNU_SOURCE

# "make deps demo": nothing is compiled before its headers are there, with -j as well.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
$(lib_obj) $(cmd_src:%.c=$(BUILD)/%.o) $(tests_bin:=.o) $(sim_obj): | deps
endif

.SECONDARY: $(tests_bin:=.o) $(sim_obj)

tests: all $(tests_bin)

# Every tier; see tests/run.
check: tests
	@BUILD=$(BUILD) tests/run

lint:
	@BUILD=$(BUILD) tests/lint/run

deps:
	@.ci/deps

demo: all
	@PATH="$(CURDIR)/$(BUILD)/bin:$$PATH" examples/ott/demo

bench: all
	@PATH="$(CURDIR)/$(BUILD)/bin:$$PATH" BUILD=$(BUILD) tests/bench/run

fault: tests
	@BUILD=$(BUILD) tests/fault/campaign

fuzz:
	@BUILD=.build/fuzz tests/fuzz/run

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

completions: all
	@BUILD=$(BUILD) completions/generate

install: all
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man5' \
		'$(DESTDIR)$(MANDIR)/man7' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions' \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions' \
		'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d'
	install -m 755 $(bins) '$(DESTDIR)$(BINDIR)'
	for n in 1 5 7; do install -m 644 man/*.$$n '$(DESTDIR)$(MANDIR)'/man$$n; done
	for p in $(programs); do \
		install -m 644 completions/bash/$$p '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'; \
		install -m 644 completions/zsh/_$$p '$(DESTDIR)$(PREFIX)/share/zsh/site-functions'; \
		install -m 644 completions/fish/$$p.fish '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d'; \
	done

uninstall:
	for p in $(programs); do rm -f '$(DESTDIR)$(BINDIR)'/$$p \
		'$(DESTDIR)$(PREFIX)'/share/bash-completion/completions/$$p \
		'$(DESTDIR)$(PREFIX)'/share/zsh/site-functions/_$$p \
		'$(DESTDIR)$(PREFIX)'/share/fish/vendor_completions.d/$$p.fish; done
	for f in man/*.[157]; do n=$${f##*.}; rm -f '$(DESTDIR)$(MANDIR)'/man$$n/$${f#man/}; done

clean:
	rm -rf .build

-include $(lib_obj:.o=.d) $(cmd_src:%.c=$(BUILD)/%.d) $(tests_bin:=.d) $(sim_obj:.o=.d)

.PHONY: all tests check lint deps demo bench fault fuzz format completions install uninstall clean
