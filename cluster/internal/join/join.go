// Package join is how a client shows its key to a server, and knows the server.
package join

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// ServerName is the name that a server's certificate is for. Where the server
// is reached does not matter: whoever has signed is known, and signs for nobody
// else.
const ServerName = "skein"

// dialFor is how long a connection may take.
const dialFor = 5 * time.Second

// ErrOtherServer is why a connection is given up before we have said anything.
var ErrOtherServer = errors.New("it is not the server that the key is for")

// Options are how a connection is made with the seed of an nkey, to the server
// whose certificate is signed by one with that SHA-256.
func Options(seed string, signer [sha256.Size]byte) ([]nats.Option, error) {
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		return nil, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	return []nats.Option{
		nats.Nkey(public, pair.Sign), nats.Secure(config(signer)), nats.Timeout(dialFor),
		nats.IgnoreDiscoveredServers(), // it tells those of its own network
	}, nil
}

// config knows the server by its signer. No authority of the system is asked.
func config(signer [sha256.Size]byte) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: ServerName,
		InsecureSkipVerify: true, // of the system's authorities, which know nothing of it
		VerifyConnection:   func(state tls.ConnectionState) error { return verify(state.PeerCertificates, signer) },
	}
}

func verify(chain []*x509.Certificate, signer [sha256.Size]byte) error {
	for _, c := range chain {
		if sha256.Sum256(c.Raw) != signer {
			continue
		}
		roots := x509.NewCertPool()
		roots.AddCert(c)
		if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: ServerName, Roots: roots}); err != nil {
			return fmt.Errorf("%w: %w", ErrOtherServer, err)
		}
		return nil
	}
	return ErrOtherServer
}
