// SPDX-License-Identifier: MIT
/*
 * floor OBJECT: the raw iterators, read to their end. Each line on stdin, "task_file" or "tcp" with the
 * quotes, is one walk; its answer is one JSON line: its milliseconds and the sockets that it saw. Loading
 * does not count.
 */
#include "test/bench/floor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct walk {
	const char *request;
	const char *program;
	size_t record_size;
	struct bpf_link *link;
};

static struct walk walks[] = {
    {"\"task_file\"\n", "floor_task_file", sizeof(struct floor_record), NULL},
    {"\"tcp\"\n", "floor_tcp", sizeof(unsigned long long), NULL},
};
static const size_t walk_count = sizeof(walks) / sizeof(walks[0]);

static void fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void attach(struct bpf_object *object, struct walk *walk)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, walk->program);

	walk->link = program ? bpf_program__attach_iter(program, NULL) : NULL;
	if (!walk->link)
		fail(walk->program);
}

/* Bytes of one walk, in the network namespace that this process is in. */
static size_t read_all(const struct walk *walk)
{
	static char buffer[1 << 20];
	int iterator = bpf_iter_create(bpf_link__fd(walk->link));
	size_t total = 0;
	ssize_t size;

	if (iterator < 0)
		fail("bpf_iter_create");
	while ((size = read(iterator, buffer, sizeof(buffer))) != 0) {
		if (size > 0)
			total += size;
		else if (errno != EAGAIN && errno != EINTR)
			fail("read");
	}
	close(iterator);
	return total;
}

static void answer(const struct walk *walk)
{
	double started = milliseconds();
	size_t size = read_all(walk);

	printf("{\"ms\":%.3f,\"count\":%zu}\n", milliseconds() - started, size / walk->record_size);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	char line[64];

	if (!object || bpf_object__load(object) != 0)
		fail("the BPF object could not be loaded");
	for (size_t index = 0; index < walk_count; index++)
		attach(object, &walks[index]);
	while (fgets(line, sizeof(line), stdin))
		for (size_t index = 0; index < walk_count; index++)
			if (strcmp(line, walks[index].request) == 0)
				answer(&walks[index]);
	return 0;
}
