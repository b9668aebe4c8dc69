// Package bench holds skein's rivals side by side: the same workloads, done
// with Go's own means, with the usual libraries and with skein.
//
// Call
//
//	make bench                   # = go run ./bench/cmd/table
//	make bench BENCH=core        # = go run ./bench/cmd/table -part core
//	make bench BENCH=run         # = go run ./bench/cmd/table -part run
//	make bench BENCH=cluster     # = go run ./bench/cmd/table -part cluster
//
// for one table with every figure that skein promises, its bound, and ok or
// MISSED. Command table runs the rivals in turns, several rounds, each in a
// short process of its own, and takes the ratio within each round: what else
// the machine does then hits both sides. At the end it says how much others used
// of the processors; above a tenth the figures are only a hint. -rounds and
// -benchtime make it steadier, -only picks workloads, -markdown is for the
// README, -check ends with status 1 if a bound was missed, and -long runs all of
// a million jobs instead of the first of them. bench/run.sh passes them on.
//
// The workloads are ordinary benchmarks too. Their names are coordinates:
//
//	go test -run=NONE -bench=Spawn -count=10 ./bench | benchstat -col /impl -
//
// There is a file per workload, with one small function per rival. All satisfy
// the contract of their workload (each task runs once, limits are kept and
// reached, a group without limit has all its tasks in flight), and tests hold
// them to it.
//
// The cluster's rivals are in bench/cluster, a module of its own.
//
// Not for measuring single changes to the core: package skein has its own
// benchmarks beside its code.
package bench
