package cluster

import "context"

// ReadDone counts the messages of the run's part of the done log, and waits for
// message number seen.
func (r *Run) ReadDone(ctx context.Context, seen uint64) (n int, err error) {
	err = r.readSubject(ctx, r.subjects("done"), 0, seen, func(*records) bool {
		n++
		return true
	})
	return n, err
}
