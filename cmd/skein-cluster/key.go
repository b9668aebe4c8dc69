package main

import (
	"net/url"
	"os"
	"slices"
	"strings"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/remote"
	"example.com/skein/cmd/internal/usage"
)

// joinVariable has a key.
const joinVariable = "SKEIN_JOIN"

// errInArguments does not show the key either.
var errInArguments = usage.Errorf(
	"put it into a file and give its name, or - for standard input; or put it into "+joinVariable,
	"the key itself stands among the arguments, where everybody on this machine can read it: revoke it")

func looksLikeKey(text string) bool {
	return strings.HasPrefix(text, "skein-worker-") || strings.HasPrefix(text, "skein-owner-")
}

// isAddress reports whether a text is that of a server, which needs no key then.
func isAddress(text string) bool { return strings.Contains(text, "://") }

// checkAddress refuses what is no address of servers, with commas between them.
func checkAddress(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		if !isAddress(part) {
			part = "nats://" + part
		}
		u, err := url.Parse(part)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return usage.Errorf("one is as in nats://HOST:4222; several have commas between them", "%s: not an address of servers", inert.Text(text))
		}
	}
	return nil
}

// readKey reads the key of a worker from where it should be. What we start does
// not find it in its environment.
func readKey(from string) (key cluster.Key, err error) {
	inVariable, there := os.LookupEnv(joinVariable)
	os.Unsetenv(joinVariable)
	switch {
	case looksLikeKey(from):
		return key, errInArguments
	case from != "":
		key, err = cluster.ReadKey(from)
	case there:
		key, err = cluster.ParseKey(inVariable)
	default:
		return key, usage.Errorf("skein serve token NAME, where the server is, makes one", "--join FILE, or "+joinVariable+", is missing: the key to join with")
	}
	switch {
	case err != nil:
		return key, usage.Errorf("skein serve token NAME, where the server is, makes one", "%v", err)
	case key.Owner:
		return key, usage.Errorf("skein serve token NAME makes one for a worker", "this is an owner's key, with which a worker could do everything")
	case key.Types != nil && !slices.Contains(key.Types, remote.TypeName):
		return key, usage.Errorf("skein serve token --types command NAME makes one that is", "the key %s is for tasks of the types %s, not for commands",
			key.Name, strings.Join(key.Types, ", "))
	}
	return key, nil
}
