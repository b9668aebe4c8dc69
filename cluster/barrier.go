package cluster

import (
	"context"
	"errors"
	"fmt"
)

// A barrier is a message that says nothing. Its number is acknowledged, so most of
// the servers have it, and all that was acknowledged before: who reads up to it has
// read that, whichever server answers. Without one a server may answer that was cut
// off while it led. It goes on to believe that it does, for ten seconds while it is
// alone and for one or two when it is back, and knows nothing of what the others have
// accepted meanwhile. (NATS makes no promise for reads there: see
// docs/states.md.)
//
// Where there is no room for a barrier there is none, and its number is 0: a run must
// come to its end on a server that is full.
func (p *place) barrier(ctx context.Context, subject string) (uint64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	times := 0
	ack, err := p.c.store.publishTelling(ctx, message(subject, nil), func(err error) {
		if times++; noRoom(err) && times > 1 { // the first may have been said by a server that is behind
			cancel(errNoBarrier)
		}
	})
	switch {
	case errors.Is(err, errNoBarrier):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("cluster: look for what there is of %s: %w", p.name, err)
	}
	return ack.Sequence, nil
}

var errNoBarrier = errors.New("there is no room for a barrier")

// disagree is how long servers may disagree who leads, in the time that lateFor is.
const disagree = 5

// errBehind is that nobody gives what was acknowledged.
var errBehind = errors.New("cluster: the servers do not give what they had acknowledged: they do not agree yet who leads, or what is looked for was removed meanwhile; try again")
