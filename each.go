package skein

import (
	"context"
	"unsafe"
)

// Each calls f with every item of in. It is a scope, and [Map] without results:
// what is said there of the limit, of errors and panics and of ctx holds here,
// and of the cost (BenchmarkEach).
//
//go:noinline
func Each[T any](ctx context.Context, in []T, f func(ctx context.Context, item T) error, opts ...Option) error {
	checkContext(ctx)
	if f == nil {
		panic("skein: nil function")
	}
	c := configure("Each", sliceKinds, opts)
	v := &visit[T]{in: in, f: f}
	v.pc, v.job.entry = callerPC(), **(**uintptr)(unsafe.Pointer(&f)) // as entryOf does
	return v.run(ctx, c, v, len(in))
}

// visit is a call of Each.
type visit[T any] struct {
	spread
	in []T
	f  func(context.Context, T) error
}

func (v *visit[T]) one(ctx context.Context, i int) error { return v.f(ctx, v.in[i]) }

func (v *visit[T]) chunk(w *hand) bool {
	ctx, f := w.ctx, v.f
	for i := w.at; i < w.until; i++ {
		w.at = i
		if v.notices.Load() != 0 && !v.heed(w) {
			return false
		}
		if err := f(ctx, v.in[i]); err != nil && !v.failed(i, err) {
			return false
		}
	}
	return true
}
