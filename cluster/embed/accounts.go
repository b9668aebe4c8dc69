package embed

import (
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"example.com/skein/cluster/internal/permit"
)

// mainAccount has the streams. Owners are in it, and each worker's key has an
// account of its own, which can reach what a worker needs, and no more.
//
// It is not enough that a worker in the same account may publish only where it
// should (decision 0019): an answer of the server's goes to whatever subject the
// request names, with what a worker may have written in it, and so gets where
// the worker may not publish. From another account answers come back to that
// account, whatever they name.
const mainAccount = "SKEIN"

// unbounded leaves the limits to the streams, which have their own when they are
// made (cluster.Disk). By itself the server takes what is free when it starts, for
// good: started again just when its disk has a little room again it would refuse
// all, and with less room than its streams may take it does not even open them.
const unbounded = 1 << 60

// options are the server's.
func (c *config) options() (*server.Options, error) {
	accounts, err := c.accounts()
	if err != nil {
		return nil, err
	}
	var o server.Options
	if err := o.ProcessConfigString(accounts); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	o.ServerName = "skein"
	o.JetStream, o.StoreDir, o.SyncAlways, o.SyncInterval = true, c.dir, !c.fast, syncInterval
	o.JetStreamMaxStore = unbounded
	o.NoSigs, o.NoLog = true, true
	return &o, c.network(&o)
}

// accounts are the part of the options that has a language of its own.
func (c *config) accounts() (string, error) {
	owner := ""
	var workers []Worker
	if c.keys != nil {
		seed, err := os.ReadFile(c.keys.file(seedFile))
		if err != nil {
			return "", fmt.Errorf("embed: %w", err)
		}
		if owner, err = publicOf(seed); err != nil {
			return "", fmt.Errorf("embed: %s: %w", c.keys.file(seedFile), err)
		}
		if workers, err = c.keys.List(); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "accounts {\n%s {\njetstream: enabled\nusers: [\n{nkey: %s}\n", mainAccount, c.public)
	if owner != "" {
		writeUser(&b, owner, permit.Owner())
	}
	b.WriteString("]\nexports: [\n")
	all := permit.Worker("*", nil)
	for _, subject := range all.Publish {
		fmt.Fprintf(&b, "{service: %q}\n", subject)
	}
	fmt.Fprintf(&b, "{stream: %q}\n]\n}\n", permit.Control)
	for _, w := range workers {
		writeWorker(&b, w)
	}
	b.WriteString("}\n")
	return b.String(), nil
}

func publicOf(seed []byte) (string, error) {
	pair, err := nkeys.FromSeed(seed)
	if err != nil {
		return "", err
	}
	return pair.PublicKey()
}

func writeUser(b *strings.Builder, public string, g permit.Grant) {
	fmt.Fprintf(b, "{nkey: %s, permissions: {publish: [%s], subscribe: [%s]}}\n", public, quoted(g.Publish), quoted(g.Subscribe))
}

func quoted(subjects []string) string {
	var all []string
	for _, s := range subjects {
		all = append(all, fmt.Sprintf("%q", s))
	}
	return strings.Join(all, ", ")
}

// writeWorker writes the account of a worker's key.
func writeWorker(b *strings.Builder, w Worker) {
	grant := permit.Worker(w.Name, w.Types)
	fmt.Fprintf(b, "worker-%s {\nusers: [\n", w.Name)
	writeUser(b, w.Public, grant)
	b.WriteString("]\nimports: [\n")
	for _, subject := range grant.Publish {
		fmt.Fprintf(b, "{service: {account: %s, subject: %q}}\n", mainAccount, subject)
	}
	fmt.Fprintf(b, "{stream: {account: %s, subject: %q}}\n]\n}\n", mainAccount, permit.Control)
}
