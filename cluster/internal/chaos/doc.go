// Package chaos breaks a cluster of real processes, and counts what became of
// the tasks: how many were lost, accounted twice, executed more than once, and
// how long it took until all was well again.
//
// [Run] plays one fault from a seed, [Faults] are those that there are, and
// [Table] prints what they came to. The processes (servers, workers, who submits
// and waits) are this program again, which [Main] turns into what the harness
// wants of it. They end when the harness does.
package chaos
