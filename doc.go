// Package skein runs goroutines in groups that count every worker in, and out
// exactly once, whatever way it ends; whoever waits learns how each one ended,
// and at any moment one can see what each one is doing.
//
// Call [Run] in the usual case: it gives its body a [Group], waits for all that
// is started in it, and returns the first error.
//
//	err := skein.Run(ctx, func(g *skein.Group) error {
//		for _, url := range urls {
//			g.Go(func(ctx context.Context) error { return fetch(ctx, url) })
//		}
//		return nil
//	}, skein.Limit(10))
//
// Do not use a group to wait for one goroutine whose result you need: a channel
// does that. Where nothing can fail and nothing is to be stopped a [WaitGroup]
// is enough; it is sync.WaitGroup with a Wait that can give up.
//
// # A tour
//
//	a few things at once, and all must succeed        Run, Group.Go
//	the value of each                                 Spawn, Future.Wait
//	whichever is first                                Race
//	something for each item of a slice                Map, Each
//	something for each item of a sequence             EachSeq
//	results in order, while the source goes on        Stream, Pipe
//	no more than so many at a time, or in a second    Limit, Rate
//	a group that outlives a function                  New, Group.Wait
//	a group in a group                                Group.Group
//	once more if it fails                             Retry
//	start again, for ever                             Supervise
//	wait until it is ready                            Group.Start
//	a program that ends in good order                 Main
//	what is going on?                                 Process, package insight
//	what is it waiting for?                           StuckAfter, SKEIN_STUCK
//
// # Vocabulary
//
// A group is a set of workers waited for together. A worker is a goroutine at
// work on a task, a function that is given the group's context. It has an
// [Outcome]: succeeded, failed, panicked, goexit, cancelled, timed-out, or
// skipped if it never started. The limit is how many workers may run at the
// same time; more tasks than that are queued. The cause is why a group was
// cancelled: an error, which [context.Cause] of the group's context tells. An
// attempt is one call of a function that may be called again; attempts are
// counted from 1, and in total.
//
// Each function says which kind it is of:
//
//   - A scope returns when every worker that it started has ended, also after
//     an error, a panic or a break. It panics with a [*PanicError] if one of
//     them has panicked.
//   - A submission gives a group a task, which the group counts.
//   - A wait blocks until workers have ended. What they did comes before its
//     return.
//   - A view tells how things stand. It changes nothing, and may be old when it
//     is returned.
//   - A wrapper makes a task of a function, and starts nothing.
//
// Of no kind are what makes, steers or ends a group or a history (New,
// Group.Group, SetLimit, Cancel, Context, KeepHistory, Close), the counter of a
// WaitGroup, what a task or Main is told (Attempt, Permanent, Grace), options,
// and the methods of data.
//
// # Promises
//
// Every end is counted, once: return, error, panic, [runtime.Goexit].
//
// Nothing is dropped silently: if a task was refused or skipped, or the group
// was cancelled from outside, Wait returns an error.
//
// Nothing outlives its scope.
//
// Nothing is hidden: a panic cancels the group and comes out of Wait with the
// worker's stack, or crashes the program if no Wait takes it within ten
// seconds.
//
// A worker may submit to its own full group: there is no hidden deadlock.
//
// Everything can be seen, at any moment: who runs, what, since when, started
// where, and blocked where.
//
// Fake time works: a group blocks on channels only, so [testing/synctest] sees
// every wait as durable. A group belongs to the bubble in which it is first
// used.
//
// Races are found: under the race detector each task has a goroutine of its
// own, and what the package does orders no more of a user's memory than a go
// statement and a WaitGroup would.
//
// # Cost
//
// A goroutine that has ended a task may take the next one, so that short tasks
// cost a fraction of a go statement, and yet every task starts even if all
// others block (BenchmarkSpawn, BenchmarkBarrier). See [Dedicated] for what can
// be noticed of that. A blocked worker costs what a blocked goroutine costs
// (BenchmarkBlocked). That workers can be seen costs 20 ns a task
// (BenchmarkSeen). The benchmarks are in the module bench, with the rivals; make
// bench prints what they have to keep to.
package skein
