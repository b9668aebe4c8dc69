package embed

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nkeys"

	"example.com/skein/cluster"
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

// The file of a directory that its server has locked has readyText in it once the
// server can be asked.
const (
	lockFile  = "lock"
	readyText = "ready\n"
)

// address is where the server listens.
type address struct {
	Local string `json:"local"` // for programs of its machine
	Told  string `json:"told"`  // for all others
}

// IsServers reports whether a directory is that of a server, which has run or runs.
func IsServers(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, lockFile))
	return err == nil
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
// as it is not known where. One that is just starting is waited for.
func (k *Keys) Owner() (cluster.Key, error) {
	a, err := k.address()
	if err != nil {
		return cluster.Key{}, err
	}
	return k.owner(a)
}

func (k *Keys) owner(a address) (cluster.Key, error) {
	seed, err := os.ReadFile(k.file(seedFile))
	if err != nil {
		return cluster.Key{}, fmt.Errorf("embed: %w", err)
	}
	return k.key(a, cluster.Key{Name: "owner", Owner: true, Seed: string(seed)})
}

// key fills in what all keys have.
func (k *Keys) key(a address, key cluster.Key) (cluster.Key, error) {
	key.Address = a.Told
	key.Server = sha256.Sum256(k.authority.certificate.Raw)
	return cluster.ParseKey(key.Text()) // which knows what is wrong with it
}

// startsIn is how long a server may take to start, with all that it keeps.
const startsIn = 30 * time.Second

// address is where the server listens, or did when it ran. One that is just
// starting may listen elsewhere than before, so it is waited for.
func (k *Keys) address() (a address, err error) {
	for late := time.Now().Add(startsIn); starting(k.dir); {
		if time.Now().After(late) {
			return a, fmt.Errorf("embed: the server of %s is just starting, and cannot be asked yet after %v: try again", k.dir, startsIn)
		}
		<-time.After(reconnect)
	}
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
