package insight

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skein"
)

// Dump is what the address stacks gives as JSON: the stacks of workers at one
// moment.
type Dump struct {
	Time    time.Time      `json:"time"`
	GroupID uint64         `json:"groupID"`
	Workers []skein.Worker `json:"workers"`
}

func (h *Handler) serveStacks(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	group, err := strconv.ParseUint(q.Get("group"), 10, 64)
	if err != nil {
		badRequest("group", "a number: the id of a group").write(w)
		return
	}
	number := int64(0)
	if q.Has("worker") {
		if number, err = strconv.ParseInt(q.Get("worker"), 10, 64); err != nil {
			badRequest("worker", "a number: a worker's in its group").write(w)
			return
		}
	}
	h.look()
	dump := h.find(r.Context(), group, number)
	switch {
	case len(dump.Workers) == 0:
		(&refusal{http.StatusNotFound, "no such worker runs", "it has ended, or is not among the hundred eldest of its group"}).write(w)
	case format(r) == "json":
		writeJSON(w, dump)
	default:
		writeText(w, dump.String())
	}
}

// find looks for a group's workers, or for the one of that number if it is not
// 0. If they are there, but newer than the last stacks, it waits for the next.
func (h *Handler) find(ctx context.Context, group uint64, number int64) Dump {
	if h.Source != nil {
		dump := Dump{Time: time.Now(), GroupID: group, Workers: h.Source.Details(group, number)}
		for i := range dump.Workers {
			shortenWorker(&dump.Workers[i])
		}
		return dump
	}
	snapshot, stale := h.watch.dumps.get(time.Second)
	dump := pick(&snapshot, group, number)
	if now := skein.Process(); len(dump.Workers) > 0 || len(pick(&now, group, number).Workers) == 0 {
		return dump
	}
	select {
	case <-time.After(stale):
	case <-ctx.Done():
	}
	snapshot, _ = h.watch.dumps.get(time.Second)
	return pick(&snapshot, group, number)
}

func pick(s *skein.Snapshot, group uint64, number int64) Dump {
	d := Dump{Time: s.Time, GroupID: group}
	eachGroup(s.Groups, func(g *skein.GroupState) {
		if g.ID != group {
			return
		}
		for _, w := range g.Workers {
			if number == 0 || w.Number == number {
				d.Workers = append(d.Workers, w)
			}
		}
	})
	return d
}

// String gives the dump as text: a line for each worker, then its stack.
func (d Dump) String() string {
	var b strings.Builder
	for _, w := range d.Workers {
		fmt.Fprintf(&b, "%s\n%s\n\n", w, or(w.Stack, "its stack could not be told"))
	}
	return b.String()
}
