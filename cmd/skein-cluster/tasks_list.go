package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
)

// standing is how a run or queue stands; its JSON is that of --json.
type standing struct {
	Run       string           `json:"run"`
	Queue     bool             `json:"queue"`
	State     cluster.RunState `json:"state"`
	Since     time.Time        `json:"since"`
	Cause     string           `json:"cause,omitempty"` // why it was cancelled
	Counts    cluster.Counts   `json:"counts"`
	Submitted *int             `json:"submitted,omitempty"` // once that is known
	Waiting   int              `json:"waiting_messages"`    // with tasks that have not ended
	Late      int              `json:"late_records,omitempty"`
	Unread    int              `json:"unread_messages,omitempty"` // of a newer skein,
	Needs     int              `json:"needs_version,omitempty"`   // which writes this version of the protocol
}

// stand says how something stands. What is no longer there is nil.
func stand(ctx context.Context, c *cluster.Client, l cluster.Listed) (*standing, error) {
	s := &standing{Run: l.Name, Queue: l.Queue, State: l.State, Since: l.Since, Counts: l.Counts}
	if l.Cancelled != nil {
		s.Cause = l.Cancelled.Error()
	}
	if l.State != cluster.StateFinished {
		of, err := look(ctx, c, l)
		if errors.Is(err, cluster.ErrNotThere) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		snap, err := of.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		s.count(snap)
	}
	if s.Counts == nil {
		s.Counts = cluster.Counts{}
	}
	if n := l.Submitted; l.State == cluster.StateFinished || n > 0 {
		s.Submitted = &n
	}
	return s, nil
}

// count takes what was counted.
func (s *standing) count(snap *cluster.Snapshot) {
	s.Counts, s.Waiting, s.Late = snap.Counts, snap.Waiting, snap.Late
	if snap.Closed {
		s.Submitted = &snap.Submitted
	}
	for _, u := range snap.Unread {
		s.Unread += u.Messages
		s.Needs = max(s.Needs, u.Version)
	}
}

// tasks says how many tasks ended how, and how many have not.
func (s *standing) tasks() string {
	var parts []string
	for _, o := range slices.Sorted(maps.Keys(s.Counts)) {
		parts = append(parts, fmt.Sprint(s.Counts[o], " ", inert.Text(string(o))))
	}
	switch {
	case s.Submitted != nil && *s.Submitted > s.Counts.Total():
		parts = append(parts, fmt.Sprint(*s.Submitted-s.Counts.Total(), " left"))
	case s.Submitted == nil && s.Waiting > 0:
		parts = append(parts, fmt.Sprintf("%d messages with more", s.Waiting))
	}
	if s.Unread > 0 {
		parts = append(parts, fmt.Sprintf("%d messages of version %d, which needs a newer skein", s.Unread, s.Needs))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func (s *standing) kind() string {
	if s.Queue {
		return "queue"
	}
	return "run"
}

// list is skein tasks list.
func (t *tasks) list(ctx context.Context, _ []string) error {
	all, err := t.c.Runs(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	if !t.JSON {
		fmt.Fprintln(w, "NAME\tKIND\tSTATE\tSINCE\tTASKS\tCAUSE")
	}
	for _, l := range all {
		s, err := stand(ctx, t.c, l)
		switch {
		case err != nil:
			return err
		case s == nil:
		case t.JSON:
			if err := t.print(s); err != nil {
				return err
			}
		default:
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", inert.Text(s.Run), s.kind(), s.State, when(s.Since), s.tasks(), oneLine(s.Cause))
		}
	}
	return w.Flush()
}

func when(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }

// oneLine is a cause that stands beside other things.
func oneLine(cause string) string {
	const most = 200
	text := []rune(inert.Text(cause))
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}
