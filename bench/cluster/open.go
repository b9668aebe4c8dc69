package bench

import (
	"context"
	"time"

	"example.com/skein/cluster"
)

// Open opens a client of servers that may have only just been started: several
// have no leader at first. All clients of a server say the same of its streams.
func Open(ctx context.Context, url string, replicas int) (c *cluster.Client, err error) {
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late) && ctx.Err() == nil; {
		trying, cancel := context.WithTimeout(ctx, 5*time.Second)
		c, err = cluster.Open(trying, url, cluster.Replicas(replicas), cluster.MaxBytes(4<<30))
		cancel()
		if err == nil {
			return c, nil
		}
	}
	return nil, err
}
