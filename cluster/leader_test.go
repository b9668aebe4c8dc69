package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/servers"
)

// A server that knows no leader says so, which is no reason to give up: a submitter
// that did would submit nothing any more.
func TestWhoReadsWaitsForALeader(t *testing.T) {
	all := servers.Cluster(t, 3)
	c := openAt(t, all[0].ClientURL())
	run := openRun(t, c, "r")
	alone := stranger(t, all[0].ClientURL()).Conn()
	for _, s := range all[1:] {
		s.Shutdown()
		s.WaitForShutdown()
	}
	late := time.After(time.Minute)
	for { // until it notices
		var said struct {
			Error *jetstream.APIError `json:"error"`
		}
		m, err := alone.Request("$JS.API.STREAM.MSG.GET.KV_SKEIN_RUNS", []byte(`{"last_by_subj":"$KV.SKEIN_RUNS.r"}`), time.Second)
		if err == nil && json.Unmarshal(m.Data, &said) == nil && said.Error != nil && said.Error.Code == 503 {
			break
		}
		select {
		case <-late:
			t.Fatalf("it never says that there is no leader: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := run.Snapshot(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "unavailable") {
		t.Errorf("it gave up: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for _, err := range run.Outcomes(ctx) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who waits gave up: %v", err)
		}
	}
}
