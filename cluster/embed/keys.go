package embed

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"example.com/skein/cluster"
	"example.com/skein/cluster/internal/join"
	"example.com/skein/cluster/internal/permit"
)

// Keys are those who may join the server of a directory that listens. They are
// kept in the directory, in files that only its user may read.
//
// Its methods may be called while the server runs, in this program or another,
// by several goroutines and programs at the same time.
type Keys struct {
	dir       string
	authority *authority
}

// Worker is who has a worker's key.
type Worker struct {
	Name  string    `json:"name"`
	Types []string  `json:"types,omitempty"` // of tasks it may run; nil: all
	Made  time.Time `json:"made"`

	Public string `json:"public"` // the public half of its nkey
}

// mostWorkers is how many keys there may be. Several workers may share one.
const mostWorkers = 1000

// The files of a directory, and within keysDir.
const (
	ownerFile   = "owner.key"
	keysDir     = "keys"
	signerFile  = "signer.crt"
	secretFile  = "signer.key"
	seedFile    = "owner.seed"
	workersFile = "workers.json"
	addressFile = "address.json"
)

// address is where the server listens.
type address struct {
	Local string `json:"local"` // for programs of its machine
	Told  string `json:"told"`  // for all others
}

// OpenKeys opens the keys of the server that has its files in dir, and makes an
// owner's, and what the server is known by, if there is none.
func OpenKeys(dir string) (*Keys, error) {
	k := &Keys{dir: dir}
	if err := os.MkdirAll(k.file(""), 0o700); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	unlock, err := lock(k.file("lock"))
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	defer unlock()
	if k.authority, err = openAuthority(k.file(signerFile), k.file(secretFile)); err != nil {
		return nil, fmt.Errorf("embed: the certificate of %s: %w", dir, err)
	}
	if _, err := os.Stat(k.file(seedFile)); errors.Is(err, fs.ErrNotExist) {
		seed, _, err := newKey()
		if err == nil {
			err = writeSecret(k.file(seedFile), []byte(seed))
		}
		if err != nil {
			return nil, fmt.Errorf("embed: make the owner's key: %w", err)
		}
	}
	return k, nil
}

func (k *Keys) file(name string) string { return filepath.Join(k.dir, keysDir, name) }

func dirOf(name string) string { return filepath.Dir(name) }

// newKey makes an nkey.
func newKey() (seed, public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", err
	}
	secret, err := pair.Seed()
	if err != nil {
		return "", "", err
	}
	public, err = pair.PublicKey()
	return string(secret), public, err
}

// Owner is the key of who may do all. The server also keeps it in the file
// owner.key of its directory. It is an error if the server has never listened,
// as it is not known where.
func (k *Keys) Owner() (cluster.Key, error) {
	seed, err := os.ReadFile(k.file(seedFile))
	if err != nil {
		return cluster.Key{}, fmt.Errorf("embed: %w", err)
	}
	return k.key(cluster.Key{Name: "owner", Owner: true, Seed: string(seed)})
}

// key fills in what all keys have.
func (k *Keys) key(key cluster.Key) (cluster.Key, error) {
	a, err := k.address()
	if err != nil {
		return cluster.Key{}, err
	}
	key.Address = a.Told
	key.Server = sha256.Sum256(k.authority.certificate.Raw)
	return cluster.ParseKey(key.Text()) // which knows what is wrong with it
}

func (k *Keys) address() (a address, err error) {
	b, err := os.ReadFile(k.file(addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return a, fmt.Errorf("embed: the server of %s has never listened, so no key could say where: start it first", k.dir)
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err != nil {
		return a, fmt.Errorf("embed: where the server listens: %w", err)
	}
	return a, nil
}

// Make makes a worker's key, for tasks of the types, or of all if none is given.
// The secret is in it and nowhere else. The name is for List and Revoke, and
// must not have been given to another one. It returns when the server, if it
// runs, lets the key in.
func (k *Keys) Make(ctx context.Context, name string, types ...string) (cluster.Key, error) {
	seed, public, err := newKey()
	if err != nil {
		return cluster.Key{}, fmt.Errorf("embed: %w", err)
	}
	types = slices.Compact(slices.Sorted(slices.Values(types)))
	key, err := k.key(cluster.Key{Name: name, Types: types, Seed: seed})
	if err != nil {
		return cluster.Key{}, err
	}
	err = k.change(ctx, func(all []Worker) ([]Worker, error) {
		if slices.ContainsFunc(all, func(w Worker) bool { return w.Name == name }) {
			return nil, fmt.Errorf("embed: there is a key named %s: choose another name, or revoke it", name)
		}
		if len(all) >= mostWorkers {
			return nil, fmt.Errorf("embed: there are %d keys already: revoke some, or let workers share one", len(all))
		}
		return append(all, Worker{Name: name, Types: types, Made: time.Now().UTC(), Public: public}), nil
	})
	return key, err
}

// List gives the workers' keys, in the order in which they were made, without
// the secrets.
func (k *Keys) List() ([]Worker, error) {
	var all []Worker
	b, err := os.ReadFile(k.file(workersFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("embed: the workers' keys: %w", err)
	}
	return all, nil
}

// Revoke makes a key worthless. Workers that have it are cut off; their tasks go
// to others when their leases end. It returns when that is so.
func (k *Keys) Revoke(ctx context.Context, name string) error {
	return k.change(ctx, func(all []Worker) ([]Worker, error) {
		left := slices.DeleteFunc(slices.Clone(all), func(w Worker) bool { return w.Name == name })
		if len(left) == len(all) {
			return nil, fmt.Errorf("embed: there is no key named %q: there are %s", name, names(all))
		}
		return left, nil
	})
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

// change changes the list, and has the server follow if it runs.
func (k *Keys) change(ctx context.Context, f func([]Worker) ([]Worker, error)) error {
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
	return k.tell(ctx)
}

// tell tells the server that keys have changed, and waits until it has followed.
func (k *Keys) tell(ctx context.Context) error {
	if !running(k.dir) {
		return nil // it will read them
	}
	err := k.ask(ctx)
	if err != nil {
		err = fmt.Errorf("embed: the keys are changed, but the running server could not be told (restart it): %w", err)
	}
	return err
}

func (k *Keys) ask(ctx context.Context) error {
	a, err := k.address()
	if err != nil {
		return err
	}
	owner, err := k.Owner()
	if err != nil {
		return err
	}
	how, err := join.Options(owner.Seed, owner.Server)
	if err != nil {
		return err
	}
	nc, err := nats.Connect("tls://"+a.Local, how...)
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	m, err := nc.RequestWithContext(ctx, permit.Changed, nil)
	if err == nil && len(m.Data) > 0 {
		err = errors.New(string(m.Data))
	}
	return err
}
