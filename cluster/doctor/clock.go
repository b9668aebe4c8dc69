package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// muchSkew is when a difference of clocks is worth a word.
const muchSkew = time.Second

// clock compares the server's with ours: it says its time when it is asked for a
// stream.
func (p *patient) clock(ctx context.Context) error {
	const means = "A5: no decision compares clocks; times that are shown are wrong by so much"
	if p.tasks == nil {
		p.find("clock", Unknown, means, "not known: a server tells its time with a stream")
		return nil
	}
	best, skew := time.Hour, time.Duration(0)
	for range 3 {
		before := time.Now()
		info, err := p.stream(ctx, permit.Tasks)
		took := time.Since(before)
		if err != nil {
			return err
		}
		if info != nil && took < best {
			best, skew = took, info.TimeStamp.Sub(before.Add(took/2))
		}
	}
	level := Fine
	if skew.Abs() > muchSkew {
		level = Look
	}
	p.find("clock", level, means, "the server's is %s ours, give or take %v", apart(skew), (best / 2).Round(10*time.Microsecond))
	return nil
}

func apart(skew time.Duration) string {
	if skew < 0 {
		return fmt.Sprintf("%v behind", (-skew).Round(10*time.Microsecond))
	}
	return fmt.Sprintf("%v ahead of", skew.Round(10*time.Microsecond))
}

// workers looks at who works, and at their clocks.
func (p *patient) workers(ctx context.Context) error {
	if p.tasks == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	kv, err := p.js.KeyValue(ctx, permit.Workers)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	var w jetstream.KeyWatcher
	if err == nil {
		w, err = kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	}
	if err != nil {
		return fmt.Errorf("doctor: list the workers: %w", err)
	}
	defer w.Stop()
	n, slots, running := 0, 0, 0
	worst, whose := time.Duration(0), ""
	for e := range w.Updates() {
		if e == nil {
			break
		}
		var one struct {
			Slots   int       `json:"slots"`
			Running int       `json:"running"`
			At      time.Time `json:"at"`
		}
		if json.Unmarshal(e.Value(), &one) != nil {
			continue
		}
		n++
		slots += one.Slots
		running += one.Running
		// The difference has the way of the message in it, which is short.
		if skew := one.At.Sub(e.Created()); skew.Abs() > worst.Abs() {
			worst, whose = skew, e.Key()
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("doctor: list the workers: %w", context.Cause(ctx))
	}
	switch {
	case n == 0 && p.left() > 0:
		p.find("workers", Look, "A4: what waits waits until one comes", "none")
	case n == 0:
		p.find("workers", Fine, "A4: there is nothing to do for one", "none")
	case worst.Abs() > muchSkew:
		p.find("workers", Look, "A5: no decision compares clocks; times that are shown are wrong by so much", "%d, %d of %d slots in use; the clock of %s is %s the server's", n, running, slots, whose, apart(worst))
	default:
		p.find("workers", Fine, "A4: what waits is run, if they take its type", "%d, %d of %d slots in use", n, running, slots)
	}
	return nil
}
