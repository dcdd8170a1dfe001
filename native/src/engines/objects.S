/* The compiled BPF objects as read-only data, 8-aligned as ELF wants it. */
	.macro embed name
	.balign	8
	.global	sockscope_\name\()_object
	.hidden	sockscope_\name\()_object
	.global	sockscope_\name\()_object_end
	.hidden	sockscope_\name\()_object_end
sockscope_\name\()_object:
	.incbin	"\name\().bpf.o"
sockscope_\name\()_object_end:
	.byte	0
	.endm

	.section .rodata, "a"
	embed	list
	embed	destroy
	embed	attempts
	embed	capture
	embed	events
	embed	timers
	embed	tune
	embed	history

	.section .note.GNU-stack, "", %progbits
