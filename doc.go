// Package skein runs goroutines in groups that count every worker in, and out
// exactly once, whatever way it ends; whoever waits learns how each one ended.
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
// # Vocabulary
//
// A group is a set of workers waited for together. A worker is a goroutine at
// work on a task, a function that is given the group's context. It has an
// [Outcome]: succeeded, failed, panicked, goexit, cancelled, timed-out, or
// skipped if it never started. The limit is how many workers may run at the
// same time; more tasks than that are queued. The cause is why a group was
// cancelled: an error, which [context.Cause] of the group's context tells.
//
// # Promises
//
// Every end is counted, once: return, error, panic, [runtime.Goexit].
//
// Nothing is dropped silently: if a task was refused or skipped, or the group
// was cancelled from outside, Wait returns an error.
//
// Nothing outlives its scope: Run returns when all workers have ended, also
// after an error or a panic.
//
// Nothing is hidden: a panic cancels the group and comes out of Wait with the
// worker's stack, or crashes the program if no Wait takes it within ten
// seconds.
//
// A worker may submit to its own full group: there is no hidden deadlock.
//
// Fake time works: a group blocks on channels only, so [testing/synctest] sees
// every wait as durable. A group belongs to the bubble in which it is first
// used.
//
// # Cost
//
// A goroutine that has ended a task may take the next one, so that short tasks
// cost a fraction of a go statement, and yet every task starts even if all
// others block. See [Dedicated] for what can be noticed of that. A blocked
// worker costs what a blocked goroutine costs.
package skein
