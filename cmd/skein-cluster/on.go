package main

import (
	"context"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/usage"
)

// on gives where a client is to connect: to an address, or with a key, which is
// nil then. The flag's value is an address if it has a scheme, or else the name
// of a key's file.
func on(value string) (url string, opts []cluster.OpenOption, err error) {
	switch {
	case value == "":
		return "", nil, usage.Errorf("skein serve prints the file of a key that it takes", "--on KEY is missing: which cluster it is")
	case looksLikeKey(value):
		return "", nil, usage.Errorf("put it into a file and give its name, or - for standard input", "%v", errInArguments)
	case isAddress(value):
		return value, nil, checkAddress(value)
	}
	key, err := cluster.ReadKey(value)
	if err != nil {
		return "", nil, usage.Errorf("skein serve prints the file of a key that it takes; an address is as in nats://HOST:PORT", "--on %s: %v", value, err)
	}
	if !key.Owner {
		return "", nil, usage.Errorf("skein serve prints the file of the owner's", "--on %s: this is a worker's key, with which nothing can be looked at", value)
	}
	return "", []cluster.OpenOption{cluster.WithKey(key)}, nil
}

// openOn opens a client of a cluster that is there.
func openOn(ctx context.Context, value string) (*cluster.Client, error) {
	url, opts, err := on(value)
	if err != nil {
		return nil, err
	}
	return cluster.Open(ctx, url, append(opts, cluster.Existing())...)
}
