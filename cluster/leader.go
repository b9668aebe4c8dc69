package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// get reads a message of a stream from the server that leads it; nil: there is
// none. The client's own GetMsg has any of several servers answer, also one that
// is late: what was acknowledged before may not be there yet, so that who seals a
// run would not find tasks that were accepted.
func (s *store) get(ctx context.Context, stream string, request map[string]any) (*jetstream.RawStreamMsg, error) {
	ask, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	var said struct {
		Message *struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
		Error *jetstream.APIError `json:"error"`
	}
	var garbage error
	to := permit.API + "STREAM.MSG.GET." + stream
	err = s.insist(ctx, permit.API, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, answer)
		defer cancel()
		m, err := s.nc.RequestWithContext(ctx, to, ask)
		if err != nil {
			return err
		}
		said.Message, said.Error = nil, nil
		if garbage = json.Unmarshal(m.Data, &said); garbage != nil {
			return nil
		}
		if said.Error != nil && said.Error.ErrorCode != jetstream.JSErrCodeMessageNotFound {
			return said.Error // while nobody leads it says so, and is asked again
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch {
	case garbage != nil:
		return nil, garbage
	case said.Error != nil: // it is not found
		return nil, nil
	case said.Message == nil:
		return nil, fmt.Errorf("the server gives no message, and no reason")
	}
	got := &jetstream.RawStreamMsg{Subject: said.Message.Subject, Sequence: said.Message.Seq, Data: said.Message.Data, Time: said.Message.Time}
	if len(said.Message.Header) > 0 {
		got.Header, err = nats.DecodeHeadersMsg(said.Message.Header)
	}
	return got, err
}

// latest is the last message of a subject, which may have wildcards.
func (s *store) latest(ctx context.Context, stream, subject string) (*jetstream.RawStreamMsg, error) {
	return s.get(ctx, stream, map[string]any{"last_by_subj": subject})
}

// following is the first message of a subject from a number on.
func (s *store) following(ctx context.Context, stream, subject string, from uint64) (*jetstream.RawStreamMsg, error) {
	return s.get(ctx, stream, map[string]any{"seq": from, "next_by_subj": subject})
}

// now is what time it is there. How old something is that the server has is told by
// its clock alone, as those of other machines may say anything.
func (s *store) now(ctx context.Context) (now time.Time, err error) {
	err = s.insist(ctx, permit.API, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, answer)
		defer cancel()
		info, err := s.tasks.Info(ctx)
		if err == nil {
			now = info.TimeStamp
		}
		return err
	})
	if err != nil {
		return now, fmt.Errorf("cluster: ask the server for the time: %w", err)
	}
	return now, nil
}
