package embed

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"sync"
	"time"

	"example.com/skein/cluster/internal/join"
)

// authority signs the certificates of one server. Keys have the SHA-256 of its
// own, and no system is asked to trust it.
type authority struct {
	certificate *x509.Certificate
	secret      *ecdsa.PrivateKey
}

const (
	signerLives = 30 * 365 * 24 * time.Hour // as long as any key that names it
	serverLives = 90 * 24 * time.Hour
	slack       = 24 * time.Hour // that clocks may differ
)

// openAuthority reads it from two files, or makes them.
func openAuthority(certificate, secret string) (*authority, error) {
	a, err := readAuthority(certificate, secret)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if a, err = newAuthority(); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(a.secret)
	if err != nil {
		return nil, err
	}
	// The certificate comes last: with it both are there.
	if err := writeSecret(secret, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return nil, err
	}
	return a, writeSecret(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

func readAuthority(certificate, secret string) (*authority, error) {
	pair, err := tls.LoadX509KeyPair(certificate, secret)
	if err != nil {
		return nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not a key that skein has made", secret)
	}
	return &authority{pair.Leaf, key}, nil
}

func newAuthority() (*authority, error) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	form := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "skein cluster"},
		NotBefore: now.Add(-slack), NotAfter: now.Add(signerLives),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &secret.PublicKey, secret)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	return &authority{c, secret}, err
}

// serial is a number that no other certificate has.
func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return new(big.Int).SetBytes(b)
}

// issue makes a certificate for a server.
func (a *authority) issue(now time.Time) (*tls.Certificate, error) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	form := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "skein server"}, DNSNames: []string{join.ServerName},
		NotBefore: now.Add(-slack), NotAfter: now.Add(serverLives),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, a.certificate, &secret.PublicKey, a.secret)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: secret}, nil
}

// tls shows a certificate that is never older than half of its life. It is only
// in memory.
func (a *authority) tls() *tls.Config {
	var mu sync.Mutex
	var current *tls.Certificate
	var issued time.Time
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			mu.Lock()
			defer mu.Unlock()
			if now := time.Now(); current == nil || now.Sub(issued).Abs() > serverLives/2 {
				c, err := a.issue(now)
				if err != nil {
					return nil, err
				}
				current, issued = c, now
			}
			return current, nil
		},
	}
}

// writeSecret writes a file that only the user may read, all of it or nothing.
func writeSecret(name string, data []byte) error {
	f, err := os.CreateTemp(dirOf(name), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}
