// Package vfork makes a child that shares our memory until it executes its
// program, as the C library's posix_spawn does on Linux.
//
// What [Run] does instead of package syscall's ForkExec: one flag has the kernel
// take our signal handlers from the child, which that asks for signal by signal
// (56 system calls), and the child writes its error where we read it, which needs
// no pipe. Both together are a fifth of what the smallest job costs (decision 0025).
//
// It imports nothing, so that Go initializes it before package syscall: see [Files].
// On other systems and processors it is empty.
package vfork
