package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// streams looks at those that the promise rests on.
func (p *patient) streams(ctx context.Context) (err error) {
	if p.tasks, err = p.stream(ctx, permit.Tasks); err == nil {
		p.done, err = p.stream(ctx, permit.Done)
	}
	if err != nil {
		return err
	}
	if p.tasks == nil || p.done == nil {
		p.find("streams", Look, "who opens a run first makes what is missing, with one replica each if it does not say otherwise", "not there yet")
		return nil
	}
	p.servers()
	for _, s := range []*jetstream.StreamInfo{p.tasks, p.done} {
		p.kept(s)
		p.full(s)
		p.replicas(s)
	}
	p.find("free disk", Unknown, fmt.Sprintf("no server tells; keep more than %s free, what the streams may take, so that they are full before the disk is", bytes(p.most())),
		"not known")
	return nil
}

// stream asks for one; nil: it is not there.
func (p *patient) stream(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	s, err := p.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("doctor: ask for stream %s: %w", name, err)
	}
	return s.CachedInfo(), nil
}

// most is what the streams may take.
func (p *patient) most() int64 {
	return max(0, p.tasks.Config.MaxBytes) + max(0, p.done.Config.MaxBytes)
}

// servers looks at who keeps the streams.
func (p *patient) servers() {
	var names []string
	for _, s := range []*jetstream.StreamInfo{p.tasks, p.done} {
		names = append(names, keepers(s)...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	name := p.nc.ConnectedClusterName()
	if name == "" {
		p.find("servers", Fine, "what it has is what there is", "one, without a cluster")
		return
	}
	p.find("servers", Fine, "the cluster may have more, which it tells nobody", "%d of cluster %s have the streams: %s", len(names), name, strings.Join(names, ", "))
}

// keepers are the names of the servers that have a stream.
func keepers(s *jetstream.StreamInfo) (names []string) {
	if s.Cluster == nil {
		return nil
	}
	if s.Cluster.Leader != "" {
		names = append(names, s.Cluster.Leader)
	}
	for _, r := range s.Cluster.Replicas {
		names = append(names, r.Name)
	}
	return names
}

// kept looks whether a stream keeps what it should. An operator may have changed
// that.
func (p *patient) kept(s *jetstream.StreamInfo) {
	c := &s.Config
	var wrong []string
	add := func(is bool, format string, args ...any) {
		if is {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	add(c.MaxAge > 0, "messages older than %v are dropped", c.MaxAge)
	add(c.Discard == jetstream.DiscardOld, "when it is full old messages are dropped")
	add(c.MaxMsgsPerSubject > 0, "of a subject only %d messages are kept", c.MaxMsgsPerSubject)
	add(c.Storage == jetstream.MemoryStorage, "it is kept in memory")
	if c.Name == permit.Tasks {
		add(c.Retention != jetstream.WorkQueuePolicy, "it is no work queue")
	} else {
		add(c.Retention != jetstream.LimitsPolicy, "messages go when they are read")
	}
	assumption := "A1"
	if c.Name == permit.Done {
		assumption = "A2"
	}
	if len(wrong) > 0 {
		p.find(c.Name, Broken, assumption+" does not hold: tasks end as lost, or run though they were cancelled. Somebody has changed the stream",
			"%s", strings.Join(wrong, "; "))
		return
	}
	p.find(c.Name, Fine, assumption+": nothing leaves it but by what skein does", "kept as it should be, %d messages", s.State.Msgs)
}

// full looks how much room there is.
func (p *patient) full(s *jetstream.StreamInfo) {
	used, limit := int64(s.State.Bytes), s.Config.MaxBytes
	if limit <= 0 {
		p.find(s.Config.Name+" room", Look, "the disk is full before the stream is, and then the server needs a restart; open a client with MaxBytes", "%s, no limit", bytes(used))
		return
	}
	level, means := Fine, "submitters block when it is full, and go on when tasks have ended"
	if s.Config.Name == permit.Done {
		means = "when it is full nothing that ends is recorded, and workers wait: runs that have finished can be deleted, or kept for less long"
	}
	percent := 100 * float64(used) / float64(limit)
	if percent >= 90 {
		level = Look
	}
	p.find(s.Config.Name+" room", level, means, "%s of %s, %.0f%%", bytes(used), bytes(limit), percent)
}

// replicas looks at how many servers have a stream, and whether they are well.
func (p *patient) replicas(s *jetstream.StreamInfo) {
	what, n := s.Config.Name+" replicas", s.Config.Replicas
	if n == 1 {
		if p.nc.ConnectedClusterName() == "" {
			p.find(what, Fine, "A1 rests on the disk of this server", "1")
		} else {
			p.find(what, Look, "A1 rests on the disk of one server, though there are others: who opens a client with Replicas(3) has three keep it", "1, on %s", strings.Join(keepers(s), ", "))
		}
		return
	}
	var sick []string
	well := 1 // the leader, which has answered
	if s.Cluster != nil {
		for _, r := range s.Cluster.Replicas {
			switch {
			case r.Offline:
				sick = append(sick, r.Name+" is offline")
			case !r.Current:
				sick = append(sick, fmt.Sprintf("%s is %d behind", r.Name, r.Lag))
			default:
				well++
			}
		}
	}
	most := (n - 1) / 2
	switch {
	case well == n:
		p.find(what, Fine, fmt.Sprintf("A1: what was acknowledged survives any %d of them", most), "%d, all well", n)
	case 2*well > n:
		p.find(what, Look, fmt.Sprintf("A1 holds while %d of them are well; with %d fewer nothing is acknowledged", n/2+1, well-n/2), "%d of %d well: %s", well, n, strings.Join(sick, ", "))
	default:
		p.find(what, Broken, "A1 does not hold: fewer than half are well", "%d of %d well: %s", well, n, strings.Join(sick, ", "))
	}
}
