package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein"
)

// mostResult is how many bytes a result may have.
const mostResult = 64 << 20

// putResult stores a large result, under a name that no other delivery of the
// task has: a worker that was cut off must not replace it.
func (s *store) putResult(ctx context.Context, run string, id ID, fence int64, result []byte) (string, error) {
	if len(result) > mostResult {
		return "", skein.Permanent(fmt.Errorf("the result has %d bytes, more than %d", len(result), mostResult))
	}
	name := fmt.Sprintf("%s/%s/%x", run, id, fence)
	if _, err := s.results.PutBytes(ctx, name, result); err != nil {
		return "", fmt.Errorf("store the result: %w", err)
	}
	return name, nil
}

func (s *store) result(ctx context.Context, name string) ([]byte, error) {
	b, err := s.results.GetBytes(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read result %s: %w", name, err)
	}
	return b, nil
}

// removeResults removes those of a run.
func (s *store) removeResults(ctx context.Context, run string) error {
	all, err := s.results.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cluster: list the results of %s: %w", run, err)
	}
	for _, o := range all {
		if strings.HasPrefix(o.Name, run+"/") {
			if err := s.results.Delete(ctx, o.Name); err != nil {
				return fmt.Errorf("cluster: remove result %s: %w", o.Name, err)
			}
		}
	}
	return nil
}
