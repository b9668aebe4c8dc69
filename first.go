package skein

import (
	"context"
	"sync/atomic"
)

// Race runs all fs at the same time and returns the value of the first that
// succeeds. The others are cancelled, and Race returns when all have ended: one
// that does not heed its context holds it up. Values of later successes are
// dropped. A function that has not started when another has succeeded is never
// called. Race is a scope.
//
// If none succeeds the value is the zero one, and the error
//
//   - all errors, joined in the order of fs (see [errors.Join]; one error comes
//     back as it is);
//   - without those that only echo the end of ctx, if ctx was done before all
//     had failed; where that leaves none, [context.Cause] of ctx.
//
// If one of fs panics, be it after a success, the others are cancelled and Race
// panics with a [*PanicError]. A [runtime.Goexit] is a failure, [ErrGoexit].
// Race of no functions panics at the call.
//
// In the terminology of the Go memory model, the return of each of fs
// "synchronizes before" the return of Race.
//
//go:noinline
func Race[T any](ctx context.Context, fs ...func(ctx context.Context) (T, error)) (T, error) {
	checkFuncs(fs)
	pc := callerPC()
	values := make([]T, len(fs))
	var won atomic.Int64 // 1 + the index of the first
	checkContext(ctx)
	err := runAt(pc, ctx, func(g *Group) error {
		for i, f := range fs {
			run := func(ctx context.Context) (err error) {
				if values[i], err = f(ctx); err == nil {
					won.CompareAndSwap(0, int64(i)+1)
				}
				return err
			}
			g.submit(task{run, pc, &(&job{entry: codeOf(f)}).ask}, false)
		}
		return nil
	}, &config{backlog: -1, policy: firstSuccess})
	if err != nil {
		var none T
		return none, err
	}
	return values[won.Load()-1], nil
}

func checkFuncs[T any](fs []func(context.Context) (T, error)) {
	if len(fs) == 0 {
		panic("skein: Race of no functions")
	}
	for _, f := range fs {
		if f == nil {
			panic("skein: nil function")
		}
	}
}
