package cluster

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"os"
	"strings"

	"github.com/nats-io/nkeys"
)

// Key lets a client in at a server that package embed runs: it says where that
// is, how to know it, and who we are. Whoever has it may do what it is for, so
// it is kept as a password is; [Key.String] does not show the secret.
//
// Keys are made by package embed, and travel as the one line that [Key.Text]
// gives.
type Key struct {
	Name    string   // what the server calls whoever has it
	Owner   bool     // it may do all; else it is a worker's, which runs tasks
	Types   []string // of tasks a worker may run; nil: all
	Address string   // of the server, as in host:4222
	Server  [32]byte // the SHA-256 of the certificate that has signed the server's
	Seed    string   `json:"-"` // the secret: an nkey's
}

// How a line begins: so that people, and programs that look for secrets where
// none should be, know what it is.
const (
	ownerPrefix  = "skein-owner-1."
	workerPrefix = "skein-worker-1."
)

// mostKey is how long a key's text may be.
const mostKey = 64 << 10

type wireKey struct {
	Name    string   `json:"name"`
	Types   []string `json:"types,omitempty"`
	Address string   `json:"address"`
	Server  []byte   `json:"server"`
	Seed    string   `json:"seed"`
}

// Text is the key as one line without blanks. It has the secret in it.
func (k Key) Text() string {
	b, err := json.Marshal(wireKey{k.Name, k.Types, k.Address, k.Server[:], k.Seed})
	if err != nil {
		panic(err) // strings and bytes
	}
	prefix := workerPrefix
	if k.Owner {
		prefix = ownerPrefix
	}
	text := prefix + base64.RawURLEncoding.EncodeToString(b)
	return fmt.Sprintf("%s.%08x", text, crc32.ChecksumIEEE([]byte(text)))
}

// String says whose key it is, without the secret.
func (k Key) String() string {
	whose := "a worker's"
	if k.Owner {
		whose = "an owner's"
	}
	return fmt.Sprintf("%s key %q for %s", whose, k.Name, k.Address)
}

// Format writes String, whatever the verb, so that none shows the secret.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }

// ParseKey reads what [Key.Text] gives; blanks around it do not matter.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	if len(text) > mostKey {
		return Key{}, errors.New("cluster: this is no key: it is too long")
	}
	var k Key
	body, ok := strings.CutPrefix(text, workerPrefix)
	if !ok {
		if body, k.Owner = strings.CutPrefix(text, ownerPrefix); !k.Owner {
			return Key{}, fmt.Errorf("cluster: this is no key: one begins with %s or %s", workerPrefix, ownerPrefix)
		}
	}
	body, sum, ok := strings.Cut(body, ".")
	if !ok || sum != fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text[:len(text)-len(sum)-1]))) {
		return Key{}, errors.New("cluster: the key is damaged: a part of the line is missing or changed")
	}
	var w wireKey
	b, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err == nil {
		err = json.Unmarshal(b, &w)
	}
	if err != nil {
		return Key{}, fmt.Errorf("cluster: the key is damaged: %w", err)
	}
	if err := w.check(); err != nil {
		return Key{}, fmt.Errorf("cluster: the key is damaged: %w", err)
	}
	k.Name, k.Types, k.Address, k.Seed = w.Name, w.Types, w.Address, w.Seed
	copy(k.Server[:], w.Server)
	return k, nil
}

func (w *wireKey) check() error {
	if err := checkName("name", w.Name); err != nil {
		return err
	}
	for _, t := range w.Types {
		if err := checkName("type", t); err != nil {
			return err
		}
	}
	if _, _, err := net.SplitHostPort(w.Address); err != nil {
		return err
	}
	if len(w.Server) != sha256.Size {
		return errors.New("it does not say how to know the server")
	}
	prefix, _, err := nkeys.DecodeSeed([]byte(w.Seed))
	if err == nil && prefix != nkeys.PrefixByteUser {
		err = errors.New("its secret is not a user's")
	}
	return err
}

// ReadKey reads a key from a file; from standard input, if its name is "-".
func ReadKey(name string) (Key, error) {
	var from io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return Key{}, fmt.Errorf("cluster: read a key: %w", err)
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, mostKey+1))
	if err != nil {
		return Key{}, fmt.Errorf("cluster: read a key: %w", err)
	}
	k, err := ParseKey(string(b))
	if err != nil && name != "-" {
		err = fmt.Errorf("%w (in %s)", err, name)
	}
	return k, err
}

// WithKey has [Open] go where the key says, if no url is given, and show the
// key there. With a worker's key the client can only work, as with [OnlyWork].
func WithKey(k Key) OpenOption {
	return func(o *openConfig) {
		o.key = &k
		o.onlyWork = o.onlyWork || !k.Owner
	}
}
