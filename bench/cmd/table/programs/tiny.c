// The smallest job there is: it says "ok" and ends. Without libc, whose start
// would cost more than the job.

static long call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long r;
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#else
#error "no system calls for this processor"
#endif
}

#if defined(__x86_64__)
enum { WRITE = 1, EXIT = 60 };
#else
enum { WRITE = 64, EXIT = 93 };
#endif

#ifdef MEGABYTE

static char block[1 << 16];

void _start(void)
{
	for (unsigned i = 0; i < sizeof block; i++)
		block[i] = i % 64 == 63 ? '\n' : 'x';
	for (int n = 0; n < 16; n++) {
		for (unsigned done = 0; done < sizeof block;) {
			long w = call(WRITE, 1, (long)block + done, sizeof block - done);
			if (w <= 0)
				call(EXIT, 1, 0, 0);
			done += w;
		}
	}
	call(EXIT, 0, 0, 0);
}

#else

void _start(void)
{
	call(WRITE, 1, (long)"ok\n", 3);
	call(EXIT, 0, 0, 0);
}

#endif
