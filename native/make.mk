# SPDX-License-Identifier: MIT
# Common to the makefiles: one line for each step, or with V=1 the commands themselves.
ifeq ($(V),1)
  Q :=
  say := @:
else
  Q := @
  say = @printf '  %-8s %s\n'
endif

.DELETE_ON_ERROR:
