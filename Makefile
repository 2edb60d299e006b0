# The packet-filter workbench: one Makefile, top to bottom. `make help` lists the targets.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# ---- what is built ------------------------------------------------------------------------------
# A program is a folder of userspace/ with its name; userspace's other folders are what programs share.
SHARED   := common capture ptp check
PROGRAMS := $(filter-out $(SHARED),$(notdir $(patsubst %/,%,$(dir $(wildcard userspace/*/main.c)))))

# SAN=1 builds apart, so that sanitized and plain objects never mix; only plain programs land at the root.
B := build$(if $(SAN),/san)
BINDIR := $(if $(SAN),$(B)/bin,.)
comma := ,
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)


CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings -Wformat=2
ALLCFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARN) $(CFLAGS) $(SANFLAGS) -MMD -MP

# ---- who may include whom: a folder sees only the -I given here ----------------------------------
INC_cbpf      := -Icbpf
INC_bridge    := -Ibridge -Ixdp -I$(B)/xdp
INC_userspace := -Icbpf -Ibridge $(addprefix -Iuserspace/,$(SHARED))
INC_tests     := $(INC_userspace) -Ixdp -I$(B)/xdp -Itests -I.

LIBS  = -Wl,--as-needed -lpcap -lbpf -lmnl -ljansson -lcap-ng -lz3 -lm
LIBS_ptpsniff = -lseccomp
LIBS_ptpsend = -lseccomp
ARCHIVES := $(B)/libuser.a $(B)/libbridge.a $(B)/libcbpf.a

src   = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objs  = $(patsubst %.c,$(B)/obj/%.o,$(1))
CBPF_SRC   := $(call src,cbpf)
BRIDGE_SRC := $(call src,bridge bridge/model)
USER_SRC   := $(call src,$(addprefix userspace/,$(SHARED)))
SKELS      := $(patsubst xdp/%.bpf.c,$(B)/xdp/%.skel.h,$(wildcard xdp/*.bpf.c))
UNIT  := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
TOOLS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/tools/*.c))
BENCH := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c))
FUZZ  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all check unit demo lab-check bench soak fuzz pcaps deps lab-deps install uninstall clean help $(if $(SAN),$(PROGRAMS))
.DELETE_ON_ERROR:
.SECONDARY:
all: $(addprefix $(BINDIR)/,$(PROGRAMS)) ## build every program
ifdef SAN
$(PROGRAMS): %: $(BINDIR)/%
endif

# ---- rules ---------------------------------------------------------------------------------------
$(B)/obj/cbpf/%.o:      INC = $(INC_cbpf)
$(B)/obj/bridge/%.o:    INC = $(INC_bridge)
$(B)/obj/userspace/%.o: INC = $(INC_userspace)
$(B)/obj/tests/%.o:     INC = $(INC_tests)
$(B)/obj/pcaps/%.o:     INC = $(INC_tests)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALLCFLAGS) $(INC) -c -o $@ $<

# The compiled engine, where LLVM's headers are; its library is opened when a program is.
LLVM_INC := $(shell llvm-config --includedir 2>/dev/null)
JIT := engine_jit jit_llvm jit_ir jit_packet jit_columns
$(JIT:%=$(B)/obj/cbpf/%.o): ALLCFLAGS += $(if $(wildcard $(LLVM_INC)/llvm-c/Core.h),-DHAVE_LLVM -isystem $(LLVM_INC))
$(B)/obj/cbpf/catalogue_text.o: $(B)/catalogue_text.c
	$(Q)mkdir -p $(@D) && $(CC) $(ALLCFLAGS) $(INC) -c -o $@ $<

# The catalogue travels inside the programs: each text file becomes one string.
$(B)/catalogue_text.c: $(sort $(wildcard cbpf/catalogue/*.filter)) Makefile
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q){ echo '#include "catalogue_text.h"'; echo 'const struct catalogue_text catalogue_texts[] = {'; \
	  for f in $(filter %.filter,$^); do n=$${f##*/}; printf '{ "%s",\n' "$${n%.filter}"; \
	    sed 's/\\/\\\\/g;s/"/\\"/g;s/^/"/;s/$$/\\n"/' $$f; echo '},'; done; \
	  echo '{ 0, 0 } };'; } > $@

# eBPF: uapi headers only, no vmlinux.h of the building machine.
$(B)/xdp/%.bpf.o: xdp/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Ixdp -I/usr/include/$(shell $(CC) -print-multiarch) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<
$(B)/xdp/%.skel.h: $(B)/xdp/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $(notdir $*) > $@

$(B)/libcbpf.a:   $(call objs,$(CBPF_SRC)) $(B)/obj/cbpf/catalogue_text.o
$(B)/libbridge.a: $(call objs,$(BRIDGE_SRC))
$(B)/libuser.a:   $(call objs,$(USER_SRC))
$(ARCHIVES):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(call objs,$(BRIDGE_SRC) $(wildcard tests/*/*.c)): | $(SKELS)

define program
$(BINDIR)/$(1): $(call objs,$(call src,userspace/$(1))) $(ARCHIVES)
	@mkdir -p $$(@D)
	$$(call say,LINK,$(1))
	$(Q)$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $$@ $$^ $(LIBS) $(LIBS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(B)/tests/%: $(B)/obj/tests/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$*)
	$(Q)$(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(if $(findstring unit/,$@),-lcmocka)

# Preloaded into a guest's engine, so it has no sanitizer.
GUESTLIB := build/tests/lab/uml_ptrace.so
build/tests/lab/%.so: tests/lab/%.c
	@mkdir -p $(@D)
	$(call say,LINK,lab/$*.so)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -shared -fPIC -o $@ $<

# ---- running -------------------------------------------------------------------------------------
export BIN = $(abspath $(BINDIR))
export TESTBIN = $(abspath $(B)/tests)

demo: all $(TOOLS) ## the main job: a bridge whose learned traffic XDP forwards, beside the plain one
	$(Q)tests/demo/bridge_demo
check: all $(UNIT) $(TOOLS) $(B)/pcaps/generate $(GUESTLIB) ## every test this machine can run; the last line counts them
	$(Q)tests/run $(UNIT) $(sort $(wildcard tests/net/test_*.sh))
unit: $(UNIT) ## the tests that need no privileges
	$(Q)tests/run $(UNIT)
lab-check: all $(TOOLS) $(GUESTLIB) $(B)/pcaps/generate ## the tests in guest kernels and on NIC drivers, as a table (LAB="6.12 ...": these only)
	$(Q)tests/lab/check $(LAB)
bench: all $(TOOLS) $(BENCH) ## speed, as ratios measured side by side in one run
	$(Q)for b in $(sort $(wildcard tests/bench/bench_*.sh)); do $$b || exit 1; done
soak: all $(TOOLS) ## generated bridges and frames from a random seed, for MINUTES=10
	$(Q)for s in $(sort $(wildcard tests/soak/soak_*.sh)); do $$s || exit 1; done
fuzz: $(FUZZ) ## build and run the fuzz targets (RUNS=N inputs each)
	$(Q)for f in $(FUZZ); do echo "== $$f"; $$f -runs=$(or $(RUNS),100000) -max_len=4096 -timeout=10 || exit 1; done
# Objects of their own, in archives as the programs have them: names may meet between areas.
FUZZCC = $(CLANG) -std=gnu11 -D_GNU_SOURCE -DVERSION='"fuzz"' -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
         -fno-sanitize-recover=undefined $(INC_tests) -MMD -MP
fuzzobjs = $(patsubst %.c,$(B)/fuzz/obj/%.o,$(1))
FUZZLIBS := $(B)/fuzz/libuser.a $(B)/fuzz/libbridge.a $(B)/fuzz/libcbpf.a
$(B)/fuzz/obj/%.o: %.c | $(SKELS)
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(FUZZCC) -c -o $@ $<
$(JIT:%=$(B)/fuzz/obj/cbpf/%.o): FUZZCC += $(if $(wildcard $(LLVM_INC)/llvm-c/Core.h),-DHAVE_LLVM -isystem $(LLVM_INC))
$(B)/fuzz/obj/catalogue_text.o: $(B)/catalogue_text.c
	$(Q)mkdir -p $(@D) && $(FUZZCC) -Icbpf -c -o $@ $<
$(B)/fuzz/libuser.a:   $(call fuzzobjs,$(USER_SRC))
$(B)/fuzz/libbridge.a: $(call fuzzobjs,$(BRIDGE_SRC))
$(B)/fuzz/libcbpf.a:   $(call fuzzobjs,$(CBPF_SRC)) $(B)/fuzz/obj/catalogue_text.o
$(FUZZLIBS):
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o $(FUZZLIBS)
	$(call say,LINK,$*)
	$(Q)$(CLANG) -g -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)
pcaps: $(B)/pcaps/generate $(BINDIR)/ptpsend ## make the captures of pcaps/ again
	$(Q)$< pcaps
	$(Q)pcaps/ptp.sh $(BINDIR)/ptpsend pcaps
$(B)/pcaps/generate: $(B)/obj/pcaps/generate.o $(ARCHIVES)
	$(Q)mkdir -p $(@D) && $(CC) $(ALLCFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# ---- the system: deps is the only target that installs packages -----------------------------------
DEPS := gcc libc6-dev libpcap-dev libbpf-dev libmnl-dev libjansson-dev libcap-ng-dev libz3-dev libseccomp-dev libcmocka-dev clang llvm \
        bpftool tcpdump iproute2 ethtool nftables iputils-ping linuxptp tshark procps kmod curl
# What lab-check's guests need beside it; the guests themselves are downloaded, not installed.
DEPS_LAB := qemu-system-x86 busybox-static xz-utils zstd systemd udev
lab-deps: DEPS += $(DEPS_LAB)
deps: ## install what is missing from Debian's packages (sudo where not root)
lab-deps: ## the same, and what lab-check needs
deps lab-deps:
	@missing=; for p in $(DEPS); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then echo "deps: nothing is missing"; exit 0; fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; echo "deps: installing$$missing"; \
	$$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing

MAN = $(wildcard docs/*.[158])
COMPLETION = $(wildcard docs/*.bash)
COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
install: all ## DESTDIR= PREFIX=
	$(Q)install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8 $(COMPLETIONS)
	$(Q)for f in $(COMPLETION); do n=$${f##*/}; install -m 644 $$f $(COMPLETIONS)/$${n%.bash}; done
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)sed 's|@SBIN@|$(PREFIX)/sbin|' userspace/xdp_bridge/xdp-bridge@.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/xdp-bridge@.service
	$(Q)install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/sbin
	$(Q)$(if $(MAN),install -m 644 $(MAN) $(DESTDIR)$(PREFIX)/share/man/man8)
uninstall:
	$(Q)rm -f $(DESTDIR)$(PREFIX)/lib/systemd/system/xdp-bridge@.service $(addprefix $(DESTDIR)$(PREFIX)/sbin/,$(PROGRAMS)) $(addprefix $(DESTDIR)$(PREFIX)/share/man/man8/,$(notdir $(MAN))) \
	  $(addprefix $(COMPLETIONS)/,$(notdir $(COMPLETION:.bash=)))
clean: ## remove what was built
	$(Q)rm -rf build $(PROGRAMS)
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
	@echo "  make NAME       one program: $(PROGRAMS)"
	@echo "  SAN=1           with address and undefined-behaviour sanitizers, built apart in build/san"
	@echo "  V=1             show the commands"

-include $(shell find build -name '*.d' 2>/dev/null)
