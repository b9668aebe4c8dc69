package embed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/internal/join"
	"example.com/skein/cluster/internal/permit"
)

// Make makes a worker's key, for tasks of the types, or of all if none is given.
// The secret is in it and nowhere else. The name is for List and Revoke, and
// must not have been given to another one. It returns when the server, if it
// runs, lets the key in; with an error there is no such key.
func (k *Keys) Make(ctx context.Context, name string, types ...string) (cluster.Key, error) {
	seed, public, err := newKey()
	if err != nil {
		return cluster.Key{}, fmt.Errorf("embed: %w", err)
	}
	types = slices.Compact(slices.Sorted(slices.Values(types)))
	a, err := k.address()
	if err != nil {
		return cluster.Key{}, err
	}
	key, err := k.key(a, cluster.Key{Name: name, Types: types, Seed: seed})
	if err != nil {
		return cluster.Key{}, err
	}
	err = k.change(func(all []Worker) ([]Worker, error) {
		if slices.ContainsFunc(all, func(w Worker) bool { return w.Name == name }) {
			return nil, fmt.Errorf("embed: there is a key named %s: choose another name, or revoke it", name)
		}
		if len(all) >= mostWorkers {
			return nil, fmt.Errorf("embed: there are %d keys already: revoke some, or let workers share one", len(all))
		}
		return append(all, Worker{Name: name, Types: types, Made: time.Now().UTC(), Public: public}), nil
	})
	if err != nil {
		return cluster.Key{}, err
	}
	if err = k.tell(ctx); err == nil {
		a, err = k.address() // the server may have been started meanwhile, elsewhere
	}
	if err == nil {
		key, err = k.key(a, key)
	}
	if err != nil {
		k.change(without(func(w Worker) bool { return w.Public == public })) // nobody has it
		return cluster.Key{}, fmt.Errorf("embed: there is no key %s: %w", name, err)
	}
	return key, nil
}

// Revoke makes a key worthless. Workers that have it are cut off; their tasks go
// to others when their leases end. It returns when that is so.
func (k *Keys) Revoke(ctx context.Context, name string) error {
	err := k.change(func(all []Worker) ([]Worker, error) {
		left, err := without(func(w Worker) bool { return w.Name == name })(all)
		if len(left) == len(all) {
			err = fmt.Errorf("embed: there is no key named %q: there are %s", name, names(all))
		}
		return left, err
	})
	if err != nil {
		return err
	}
	if err := k.tell(ctx); err != nil {
		return fmt.Errorf("embed: %s is revoked, but %w: start it again", name, err)
	}
	return nil
}

func without(these func(Worker) bool) func([]Worker) ([]Worker, error) {
	return func(all []Worker) ([]Worker, error) { return slices.DeleteFunc(slices.Clone(all), these), nil }
}

func names(all []Worker) string {
	if len(all) == 0 {
		return "none"
	}
	var b []string
	for _, w := range all {
		b = append(b, w.Name)
	}
	return strings.Join(b, ", ")
}

// change changes the list. The server is told after that, without the lock, which it
// needs to start.
func (k *Keys) change(f func([]Worker) ([]Worker, error)) error {
	unlock, err := lock(k.file("lock"))
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	defer unlock()
	all, err := k.List()
	if err == nil {
		all, err = f(all)
	}
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = writeSecret(k.file(workersFile), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("embed: the workers' keys: %w", err)
	}
	return nil
}

// tell tells the server that keys have changed, and waits until it has followed.
// It may be just starting, once more after its disk was full, or ending.
func (k *Keys) tell(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startsIn)
	defer cancel()
	for running(k.dir) { // else it will read them
		said, err := k.ask(ctx)
		if err == nil && said == "" {
			return nil
		}
		if err == nil {
			return fmt.Errorf("the running server could not follow: %s", said)
		}
		select {
		case <-time.After(reconnect):
		case <-ctx.Done():
			return fmt.Errorf("the running server could not be told: %w (%w)", err, context.Cause(ctx))
		}
	}
	return nil
}

// ask has the server read its keys again; it has said why it could not.
func (k *Keys) ask(ctx context.Context) (said string, err error) {
	a, err := k.address()
	if err != nil {
		return "", err
	}
	owner, err := k.owner(a)
	if err != nil {
		return "", err
	}
	how, err := join.Options(owner.Seed, owner.Server)
	if err != nil {
		return "", err
	}
	nc, err := nats.Connect("tls://"+a.Local, how...)
	if err != nil {
		return "", err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	m, err := nc.RequestWithContext(ctx, permit.Changed, nil)
	if err != nil {
		return "", err
	}
	return string(m.Data), nil
}
