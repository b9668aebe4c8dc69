package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/permit"
)

// delivery is a message that the server has leased to us.
type delivery struct {
	*nats.Msg
	nc *nats.Conn
}

// What is said of a delivery.
const (
	done       = "+ACK"
	inProgress = "+WPI" // the lease begins anew
)

// say says it without waiting for an answer.
func (d *delivery) say(what string) error { return d.nc.Publish(d.Reply, []byte(what)) }

// later gives it back, to be delivered again after that time.
func (d *delivery) later(after time.Duration) error {
	return d.say(fmt.Sprintf(`-NAK {"delay":%d}`, after))
}

var errNoQueue = errors.New("nobody has submitted a task of the type yet")

// next asks the consumer for up to n messages, and gives each to f, until they
// have come, the server has none for pullFor, or ctx is done.
//
// The client's own Fetch wants to know what consumer it is first, which a worker
// may not ask (see package permit). And it asks once for many: to an account of
// its own the server brings no further answer after an empty one, which is what
// garbage may be. So each message has a request of its own.
func (s *store) next(ctx context.Context, consumer string, n int, pullFor time.Duration, f func(*delivery)) error {
	to, lost := permit.Next(consumer), s.renewal()
	if !s.nc.IsConnected() {
		return s.connection(ctx, lost)
	}
	request := fmt.Appendf(nil, `{"batch":1,"expires":%d}`, pullFor)
	arrived := make(chan *nats.Msg, n)
	inbox := s.nc.NewInbox()
	sub, err := s.nc.ChanSubscribe(inbox, arrived)
	if err != nil {
		return err
	}
	open := n // questions
	defer func() {
		if open > 0 && sub.Drain() == nil {
			s.nc.FlushTimeout(answer) // what the server has sent before it heard of that arrives
		} else {
			sub.Unsubscribe()
		}
		for len(arrived) > 0 {
			if m := <-arrived; m.Header.Get("Status") == "" {
				f(&delivery{m, s.nc})
			}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, pullFor+answer)
	defer cancel()
	return s.during(ctx, to, func(ctx context.Context) error {
		for range n {
			if err := s.nc.PublishRequest(to, inbox, request); err != nil {
				return err
			}
		}
		var refusal error
		for range n {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-lost:
				return nil // to be asked again
			case <-s.closed:
				return nats.ErrConnectionClosed
			case m := <-arrived:
				open--
				switch m.Header.Get("Status") {
				case "":
					f(&delivery{m, s.nc})
				case "404", "408": // none for now
				case "503":
					return errNoQueue
				default:
					refusal = fmt.Errorf("asking for tasks: status %s %s", m.Header.Get("Status"), m.Header.Get("Description"))
				}
			}
		}
		return refusal
	})
}

// connection waits for one, or until ctx is done. A question without it would be
// kept until there is one, and taken for lost then, when the answer may be on its way.
func (s *store) connection(ctx context.Context, again <-chan struct{}) error {
	select {
	case <-again:
	case <-s.closed:
		return nats.ErrConnectionClosed
	case <-ctx.Done():
	}
	return nil
}
