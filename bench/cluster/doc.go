// Package bench holds the cluster's rivals beside it: asynq on Redis and River
// on PostgreSQL. It is a module of its own, so that nothing else links them.
//
// Call
//
//	make bench BENCH=cluster     # = go run ./bench/cmd/table -part cluster
//
// for the table, of which the package above this one tells. The workloads are
// benchmarks here too, and their names are coordinates:
//
//	go test -run=NONE -bench=Bulk -benchtime=1x ./bench/cluster
//
// Every rival has the same work: tasks of 100 bytes that do nothing, as many
// of them at a time, on the same disk, from a process that is new and a store
// that is new and warmed up. A rival's server is started for each measurement,
// on a socket in a directory that vanishes, with settings that are the kindest
// to it that keep what is compared: redis_test.go and postgres_test.go have
// them. It ends with the benchmark, also if that is killed.
//
// What is measured ends when the tasks are accounted: for skein at the waiter,
// who has read each outcome; for River when its client has told that they are
// completed; for asynq, which tells nobody, when the last handler returns. Each
// measurement fails if a task did not run, or, where nobody died, ran twice.
//
// It runs on Linux only.
package bench
