package skein

import (
	"context"
	"unsafe"
)

// Map calls f with every item of in and returns the results in the order of the
// items. It is a scope.
//
// Cheap items cost little more than in a loop: Map begins on the calling
// goroutine, and helpers join only when about ten microseconds' worth of work
// has been done and as much is left; all then take items in chunks of about
// that length. So the first item runs alone, and that items run at the same
// time is permitted but not promised: where one must wait for another use a
// [Group].
//
//   - By default at most [runtime.GOMAXPROCS](0) items run at the same time, for
//     work that keeps a processor busy.
//   - With [Limit](n) up to n do, the calling goroutine's included, and helpers
//     come at once. With an n above GOMAXPROCS, and with Limit(0), which means
//     as many as there are, the items are taken to be waiting for something,
//     and no item waits behind another one while fewer than n run: a hundred
//     requests under Limit(100) take the time of one.
//   - With [Name], [StuckAfter] and [CrashOnPanic], and where SKEIN_STUCK is
//     set, all items run on goroutines of a group, which snapshots and reports
//     show. With [Observe] and [Rate] each item is a worker of its own, with
//     number index+1.
//
// Map fails fast: after the first error no item starts, the context of those
// that run is cancelled, and Map returns nil and a [*ItemError], which says
// which item it was. With [KeepGoing] all items run, and Map returns the results
// of those that succeeded, zero values in the places of the others, and all
// errors, joined in the order of the items; a single one comes back as it is.
//
// If ctx is done before Map returns, items that have not started are skipped: a
// worker that has items of less than a fifth of a microsecond may start seven
// more. The error is the first failure, or else the cause of ctx, even if every
// item has succeeded. Errors that only echo a cancellation are left out, as in a
// Group.
//
// If f panics no item starts after that, and Map panics with a [*PanicError]
// whose Name is that of the item ("item 17"). A [runtime.Goexit] in f is
// [ErrGoexit], but on the calling goroutine it ends that goroutine, after all
// helpers have ended, as in a loop: so t.FailNow works.
//
// The results of no items are an empty slice. A nil ctx or f panics. f may call
// Map itself. It must not change in, which nothing else may write to either
// until Map returns.
//
// An item costs a nanosecond or two beside f, and the helpers are started only
// where there is work for them, so that two short items take about twice the
// time of a plain loop (BenchmarkMap).
//
// In the terminology of the Go memory model, a call to Map "synchronizes
// before" the calls of f, and their returns "synchronize before" Map's.
//
//go:noinline
func Map[T, R any](ctx context.Context, in []T, f func(ctx context.Context, item T) (R, error), opts ...Option) ([]R, error) {
	checkContext(ctx)
	if f == nil {
		panic("skein: nil function")
	}
	c := configure("Map", sliceKinds, opts)
	m := &mapping[T, R]{in: in, out: make([]R, len(in)), f: f}
	m.pc, m.job.entry = callerPC(), **(**uintptr)(unsafe.Pointer(&f)) // as entryOf does
	err := m.run(ctx, c, m, len(in))
	if err != nil && c.policy != keepGoing {
		return nil, err
	}
	return m.out, err
}

// mapping is a call of Map.
type mapping[T, R any] struct {
	spread
	in  []T
	out []R
	f   func(context.Context, T) (R, error)
}

func (m *mapping[T, R]) one(ctx context.Context, i int) error {
	r, err := m.f(ctx, m.in[i])
	if err == nil {
		m.out[i] = r
	}
	return err
}

func (m *mapping[T, R]) chunk(w *hand) bool {
	ctx, f := w.ctx, m.f
	for i := w.at; i < w.until; i++ {
		w.at = i
		if m.notices.Load() != 0 && !m.heed(w) {
			return false
		}
		r, err := f(ctx, m.in[i])
		if err == nil {
			m.out[i] = r
		} else if !m.failed(i, err) {
			return false
		}
	}
	return true
}
