# SPDX-License-Identifier: MIT
# Builds the static libraries that the addon is linked with, from the archives that scripts/build-native.mjs fetched
# and verified (ZLIB_ARCHIVE, ELFUTILS_ARCHIVE, LIBBPF_ARCHIVE). With -fPIC: a distribution's libelf.a cannot go into a shared
# object. CC, AR and HOST, the triple of its machine, are given for a release.
ROOT := $(abspath ..)
VENDOR := $(ROOT)/build/vendor
LOCK := $(ROOT)/scripts/vendor.lock.json

ZLIB := $(VENDOR)/zlib
ELFUTILS := $(VENDOR)/elfutils
LIBBPF := $(VENDOR)/libbpf
PREFIX := $(VENDOR)/prefix

CFLAGS := -O2 -g0 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections
ELFUTILS_OPTIONS := $(if $(HOST),--host=$(HOST)) --disable-debuginfod --disable-libdebuginfod --without-zstd --without-bzlib --without-lzma --disable-nls

include make.mk

ifneq ($(V),1)
  QUIET = > $(VENDOR)/$(1).log 2>&1 || { tail -n 30 $(VENDOR)/$(1).log; exit 1; }
endif

.PHONY: all
all: $(PREFIX)/lib/libz.a $(PREFIX)/lib/libelf_pic.a $(PREFIX)/lib/libbpf.a

$(PREFIX)/lib/libz.a: $(LOCK) vendor.mk
	$(call say) BUILD zlib
	$(Q)rm -rf $(ZLIB) && mkdir -p $(ZLIB) $(PREFIX)/lib $(PREFIX)/include
	$(Q)tar -xf $(ZLIB_ARCHIVE) -C $(ZLIB) --strip-components=1
	$(Q)cd $(ZLIB) && { CHOST=$(HOST) CC='$(CC)' CFLAGS='$(CFLAGS)' ./configure --static && $(MAKE) libz.a; } $(call QUIET,zlib)
	$(Q)cp $(ZLIB)/zlib.h $(ZLIB)/zconf.h $(PREFIX)/include/
	$(Q)cp $(ZLIB)/libz.a $@

# -fPIC is chosen by libelf_pic.a itself.
$(PREFIX)/lib/libelf_pic.a: $(LOCK) vendor.mk $(PREFIX)/lib/libz.a
	$(call say) CONFIG elfutils
	$(Q)rm -rf $(ELFUTILS) && mkdir -p $(ELFUTILS)
	$(Q)tar -xf $(ELFUTILS_ARCHIVE) -C $(ELFUTILS) --strip-components=1
	$(Q)cd $(ELFUTILS) && ./configure $(ELFUTILS_OPTIONS) CC='$(CC)' CPPFLAGS=-I$(PREFIX)/include LDFLAGS=-L$(PREFIX)/lib \
		CFLAGS='-O2 -g0 -ffunction-sections -fdata-sections' $(call QUIET,elfutils)
	$(call say) BUILD libelf
	$(Q){ $(MAKE) -C $(ELFUTILS)/lib && $(MAKE) -C $(ELFUTILS)/libelf libelf_pic.a; } $(call QUIET,libelf)
	$(Q)cp $(ELFUTILS)/libelf/libelf.h $(ELFUTILS)/libelf/gelf.h $(ELFUTILS)/libelf/elf.h $(PREFIX)/include/
	$(Q)cp $(ELFUTILS)/lib/libeu.a $(PREFIX)/lib/
	$(Q)cp $(ELFUTILS)/libelf/libelf_pic.a $@

$(PREFIX)/lib/libbpf.a: $(LOCK) vendor.mk $(PREFIX)/lib/libelf_pic.a
	$(call say) BUILD libbpf
	$(Q)rm -rf $(LIBBPF) && mkdir -p $(LIBBPF)
	$(Q)tar -xf $(LIBBPF_ARCHIVE) -C $(LIBBPF) --strip-components=1
	$(Q)$(MAKE) -C $(LIBBPF)/src BUILD_STATIC_ONLY=1 NO_PKG_CONFIG=1 OBJDIR=$(LIBBPF)/objects DESTDIR= PREFIX=$(PREFIX) \
		LIBSUBDIR=lib LIBDIR=$(PREFIX)/lib INCLUDEDIR=$(PREFIX)/include UAPIDIR=$(PREFIX)/include \
		CFLAGS='$(CFLAGS) -I$(PREFIX)/include' install $(call QUIET,libbpf)
	$(Q)touch $@
