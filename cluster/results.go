package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"example.com/skein"
	"example.com/skein/cluster/internal/permit"
)

// mostResult is how many bytes a result may have.
const mostResult = 64 << 20

// large says where a large result is: in pieces, in the stream of the done log,
// beside the records. So they are replicated, counted and removed with these, and
// who may record an outcome may write them.
type large struct {
	subject string // of its pieces, but for their number
	pieces  int
}

// String is as it stands in the record.
func (l large) String() string { return fmt.Sprintf("%s:%d", l.subject, l.pieces) }

var errObject = errors.New("its record does not say where its result is")

// parseLarge reads what a record of a task says. That may be what somebody has
// invented: it must be of this task, and no subject that the server takes amiss,
// which closes the connection at one that is too long.
func parseLarge(text, run string, id ID) (l large, err error) {
	subject, n, ok := strings.Cut(text, ":")
	fence, ours := strings.CutPrefix(subject, piecesOf(run, id))
	_, odd := strconv.ParseUint(fence, 16, 64)
	if l.pieces, err = strconv.Atoi(n); !ok || !ours || err != nil || odd != nil || l.pieces < 1 || l.pieces > mostResult/mostBytes+1 {
		return l, errObject
	}
	l.subject = subject
	return l, nil
}

// piecesOf is how the subjects of a task's pieces begin.
func piecesOf(run string, id ID) string {
	return fmt.Sprintf("skein.%s.%s.piece.%s.", shard, run, id)
}

// putResult stores a large result, under a subject that no other delivery of the
// task has: a worker that was cut off must not replace it.
func (s *store) putResult(ctx context.Context, run string, id ID, fence int64, result []byte) (string, error) {
	if len(result) > mostResult {
		return "", skein.Permanent(fmt.Errorf("the result has %d bytes, more than %d", len(result), mostResult))
	}
	l := large{subject: fmt.Sprintf("%s%x", piecesOf(run, id), fence)}
	for len(result) > 0 {
		n := min(len(result), mostBytes)
		if _, err := s.publish(ctx, message(fmt.Sprintf("%s.%d", l.subject, l.pieces), result[:n])); err != nil {
			return "", fmt.Errorf("store the result: %w", err)
		}
		l.pieces++
		result = result[n:]
	}
	return l.String(), nil
}

func (s *store) result(ctx context.Context, e *Ended) (all []byte, err error) {
	l, err := parseLarge(e.object, e.Run, e.Task)
	if err != nil {
		return nil, err
	}
	for i := range l.pieces {
		piece, err := s.piece(ctx, fmt.Sprintf("%s.%d", l.subject, i))
		if err != nil {
			return nil, fmt.Errorf("read piece %d of the result: %w", i, err)
		}
		if piece == nil {
			return nil, fmt.Errorf("piece %d of the result is not there", i)
		}
		all = append(all, piece...)
	}
	return all, nil
}

// piece reads one; nil: it is not there. Any server that keeps it may be asked, which
// costs least; one that is late may not have it yet, and then the leader is.
func (s *store) piece(ctx context.Context, subject string) ([]byte, error) {
	if m, err := s.last(ctx, permit.Done, subject); err == nil && m != nil {
		return m.Data, nil
	}
	m, err := s.latest(ctx, permit.Done, subject)
	if err != nil || m == nil {
		return nil, err
	}
	return m.Data, nil
}
