package chaos

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The faults of three servers.

// election is how long it may take until three servers of which one is gone
// have a leader again: theirs, not ours.
const election = 15 * time.Second

var followerKilled = Fault{
	Name: "three nodes: a follower killed", nodes: 3, rate: 60, bound: lease,
	play: func(s *stage) error { return s.strikeNodes(2, false, s.follower) },
}

var leaderKilled = Fault{
	Name: "three nodes: a leader killed", nodes: 3, rate: 60, bound: at(election),
	play: func(s *stage) error { return s.strikeNodes(2, false, s.leaders) },
}

// The waiter must notice that the server has gone which it reads from: nobody
// tells it.
var readFromKilled = Fault{
	Name: "three nodes: the one that the waiter reads from killed", nodes: 3, rate: 60, bound: at(election),
	play: func(s *stage) error {
		return s.strikeNodes(2, false, func(js jetstream.JetStream) (all []*node, err error) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			stream, err := js.Stream(ctx, "SKEIN_DONE")
			if err != nil {
				return nil, err
			}
			list := stream.ListConsumers(ctx)
			for info := range list.Info() {
				for _, n := range s.nodes {
					if info.Cluster != nil && info.Cluster.Leader == n.part.Name {
						all = append(all, n)
					}
				}
			}
			if len(all) == 0 {
				return nil, fmt.Errorf("nobody reads outcomes: %w", list.Err())
			}
			return all, nil
		})
	},
}

// Each node comes back once without what it had.
var storeRemoved = Fault{
	Name: "three nodes: the store of each removed", nodes: 3, rate: 25, bound: at(election),
	play: func(s *stage) error {
		left := s.r.Perm(3)
		return s.strikeNodes(3, true, func(jetstream.JetStream) ([]*node, error) {
			n := s.nodes[left[0]]
			left = left[1:]
			return []*node{n}, nil
		})
	},
}

// Cut off are a server and a worker; who submits is with the others. That they
// come back is a blow too: who was alone has called for elections meanwhile, and
// there is another one.
var partitioned = Fault{
	Name: "three nodes: one and its worker cut off", Root: true, nodes: 3, network: true, rate: 40, bound: at(election),
	play: func(s *stage) error {
		for range s.times(2) {
			if !s.after(s.within(s.length()/20, s.length()/5)) {
				return nil
			}
			i, now := s.r.IntN(3), time.Now()
			if err := s.net.cut(i); err != nil {
				return err
			}
			s.after(s.within(s.Lease, 4*s.Lease))
			if err := s.net.heal(i); err != nil {
				return err
			}
			s.note(blow{from: now, to: time.Now(), since: now})
			s.note(blow{from: now, to: time.Now(), since: time.Now()})
		}
		return nil
	},
}

// strikeNodes kills nodes, one after another: the next one when the one before
// has all that the others have. Two at a time are more than three can bear.
func (s *stage) strikeNodes(times int, store bool, victims func(jetstream.JetStream) ([]*node, error)) error {
	nc, err := nats.Connect(s.base.URL, nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	for range s.times(times) {
		if err := s.settle(js); err != nil {
			return err
		}
		if !s.after(s.within(s.length()/50, s.length()/5)) && !store {
			return nil // what is stored is still to be read
		}
		from, err := victims(js)
		if err != nil {
			return err
		}
		n, now := from[s.r.IntN(len(from))], time.Now()
		n.kill()
		if store {
			if err := os.RemoveAll(n.part.Dir); err != nil {
				return err
			}
		}
		s.after(s.within(0, 2*time.Second))
		if err := s.startNode(n); err != nil {
			return err
		}
		if err := s.settle(js); err != nil {
			return err
		}
		s.note(blow{from: now, to: time.Now(), since: now})
	}
	return nil
}

// settle waits until each stream has a leader, and each of its replicas what the
// leader has.
func (s *stage) settle(js jetstream.JetStream) error {
	for late := time.Now().Add(2 * patience); ; {
		info, err := clusters(js)
		well := len(info) > 0 && err == nil
		for _, c := range info {
			well = well && c.Leader != "" && len(c.Replicas) == 2
			for _, r := range c.Replicas {
				well = well && r.Current && !r.Offline
			}
		}
		if well {
			return nil
		}
		if time.Now().After(late) {
			return fmt.Errorf("the nodes do not become as one: %w", err)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// clusters says of each stream who keeps it.
func clusters(js jetstream.JetStream) (map[string]*jetstream.ClusterInfo, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	all := map[string]*jetstream.ClusterInfo{}
	list := js.ListStreams(ctx)
	for info := range list.Info() {
		if info.Cluster != nil {
			all[info.Config.Name] = info.Cluster
		}
	}
	return all, list.Err()
}

// leaders are the nodes that decide for tasks or for outcomes.
func (s *stage) leaders(js jetstream.JetStream) (all []*node, err error) {
	info, err := clusters(js)
	if err != nil {
		return nil, err
	}
	for _, n := range s.nodes {
		for _, stream := range []string{"SKEIN_TASKS", "SKEIN_DONE"} {
			if info[stream] != nil && info[stream].Leader == n.part.Name {
				all = append(all, n)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("nobody leads in %v", info)
	}
	return all, nil
}
