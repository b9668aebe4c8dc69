package skein

import (
	"context"
	"unsafe"
)

// WaitContext blocks until the counter is zero, and then returns nil, or until
// ctx is done, and then returns [context.Cause] of ctx. If both hold it returns
// nil. WaitContext is a wait.
//
// A WaitContext that gives up changes nothing else: the work goes on, and can
// be waited for again. Giving up synchronizes with nothing.
//
//go:norace
func (wg *WaitGroup) WaitContext(ctx context.Context) error {
	checkContext(ctx)
	raceWait()
	zero := wg.register()
	for zero != nil {
		raceWaiting()
		select {
		case <-zero:
		case <-ctx.Done():
		}
		raceWait()
		select {
		case <-zero:
			zero = nil
		default:
			if wg.leave(zero) {
				raceWaiting()
				return context.Cause(ctx)
			}
			<-zero // the round has ended: the channel is about to be closed
		}
	}
	raceWaited(unsafe.Pointer(wg))
	return nil
}
