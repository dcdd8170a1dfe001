# SPDX-License-Identifier: MIT
# What the makefiles have in common: one line for each step, or with V=1 the commands themselves.
ifeq ($(V),1)
  Q :=
  say := @:
else
  Q := @
  say = @printf '  %-8s %s\n'
endif

.DELETE_ON_ERROR:
