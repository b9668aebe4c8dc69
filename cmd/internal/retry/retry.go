// Package retry says where the dead tasks of a cluster are submitted again: the
// same for whoever asks for it, on a page or on a command line.
package retry

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"example.com/skein/cluster"
)

// Target is a run or queue that dead tasks are given to.
type Target interface {
	cluster.Target
	Resubmit(context.Context, cluster.Ended) (cluster.ID, error)
}

// Takes reports whether a run or queue takes tasks.
func Takes(l cluster.Listed) bool { return l.Queue || l.State == cluster.StateOpen }

// Open opens what takes the dead tasks of one of all: itself while it takes any,
// else a new run.
func Open(ctx context.Context, c *cluster.Client, all []cluster.Listed, l cluster.Listed) (Target, error) {
	switch {
	case l.Queue:
		return c.Queue(ctx, l.Name)
	case Takes(l):
		return c.Run(ctx, l.Name, cluster.Join())
	}
	return c.Run(ctx, nextName(all, l.Name))
}

var retried = regexp.MustCompile(`^(.*)-retry-([0-9]+)$`)

// mostName is how long the name of a run may be.
const mostName = 64

// nextName is the name for a run of the dead tasks of another one.
func nextName(all []cluster.Listed, name string) string {
	n := 0
	if m := retried.FindStringSubmatch(name); m != nil {
		name = m[1]
		n, _ = strconv.Atoi(m[2])
	}
	for {
		n++
		suffix := fmt.Sprint("-retry-", n)
		next := name[:min(len(name), mostName-len(suffix))] + suffix
		if !slices.ContainsFunc(all, func(l cluster.Listed) bool { return l.Name == next }) {
			return next
		}
	}
}
