// The least that running commands over inputs can cost: a thread per slot reads
// a line, starts the job with vfork, and waits for it. No output is kept, no end
// is told.
//
//	vfork SLOTS JOB [ARG...] < INPUTS

#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pthread_mutex_t input = PTHREAD_MUTEX_INITIALIZER;
static char **job;
static int words;
static int failed;

// next reads a line into one of its own, and returns 0 at the end.
static int next(char **line, size_t *size)
{
	pthread_mutex_lock(&input);
	ssize_t n = getline(line, size, stdin);
	pthread_mutex_unlock(&input);
	if (n > 0 && (*line)[n - 1] == '\n')
		(*line)[n - 1] = 0;
	return n > 0;
}

static void *slot(void *unused)
{
	(void)unused;
	char *line = NULL;
	size_t size = 0;
	char **argv = calloc(words + 2, sizeof *argv);
	memcpy(argv, job, words * sizeof *argv);
	while (next(&line, &size)) {
		argv[words] = line;
		pid_t pid = vfork();
		if (pid == 0) {
			execve(argv[0], argv, environ);
			_exit(127);
		}
		int status = 1;
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			failed = 1;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int slots = argc > 2 ? atoi(argv[1]) : 0;
	if (slots < 1)
		return 2;
	job = argv + 2;
	words = argc - 2;
	pthread_t *threads = calloc(slots, sizeof *threads);
	for (int i = 0; i < slots; i++)
		if (pthread_create(&threads[i], NULL, slot, NULL) != 0)
			return 3;
	for (int i = 0; i < slots; i++)
		pthread_join(threads[i], NULL);
	return failed;
}
