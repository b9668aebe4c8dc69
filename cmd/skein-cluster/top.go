package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/usage"
)

// runTop is skein top --on.
func runTop(args []string) int {
	var f member.Top
	set := f.Set()
	err := set.Parse(args)
	switch {
	case err != nil:
		err = usage.Errorf("skein top --help says what there is", "%v", err)
	case set.NArg() > 1:
		err = usage.Errorf("skein top shows one run, or all", "%s: more than one RUN", inert.Text(set.Arg(1)))
	}
	if err != nil {
		return fail("top", err, exitUsage)
	}
	ctx, _, release := signals()
	defer release()
	c, err := openOn(ctx, f.On)
	if err != nil {
		return fail("top", err, exitUsage)
	}
	defer c.Close()
	v := &view{c: c, only: set.Arg(0), seen: map[string]*seen{}}
	if f.JSON || !report.CanLive(os.Stdout) {
		err = v.once(ctx, f.JSON)
	} else {
		err = v.live(ctx)
	}
	if err != nil {
		return fail("top", err, exitFailed)
	}
	return 0
}

// view looks at a cluster, again and again.
type view struct {
	c    *cluster.Client
	only string // the one run that is wanted; empty: all
	seen map[string]*seen
	last sight
}

// seen is a run or queue that was there when it was last looked. What has been
// counted of it is not read again.
type seen struct {
	of    target
	ended int
	at    time.Time
}

// sight is what was there at a moment; its JSON is that of --json.
type sight struct {
	At       time.Time        `json:"at"`
	Workers  []cluster.Worker `json:"workers"`
	Runs     []run            `json:"runs"`     // that have not finished, and queues
	Finished int              `json:"finished"` // runs
}

// run is a standing, and how fast it is.
type run struct {
	standing
	Rate *float64 `json:"tasks_per_second,omitempty"` // since it was last looked
}

// redraw is how often it is looked again.
const redraw = 2 * time.Second

func (v *view) once(ctx context.Context, asJSON bool) error {
	s, err := v.look(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Printf("%s\n", inert.JSON(b))
		return err
	}
	for _, line := range s.lines() {
		if _, err := fmt.Println(line); err != nil {
			return err
		}
	}
	return nil
}

// live draws until ctx is done. What cannot be learnt for a while is told, and
// what was there last stays.
func (v *view) live(ctx context.Context) error {
	page := report.OpenPage(os.Stdout)
	defer page.Close()
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		s, err := v.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		lines := s.lines()
		if err != nil {
			lines = append([]string{"not as it is now: " + inert.Text(err.Error())}, v.last.lines()...)
		} else {
			v.last = s
		}
		if err := page.Draw(lines); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look asks for all that there is.
func (v *view) look(ctx context.Context) (s sight, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s = sight{At: time.Now(), Workers: []cluster.Worker{}, Runs: []run{}}
	workers, err := v.c.Workers(ctx)
	if err != nil {
		return s, err
	}
	s.Workers = append(s.Workers, workers...)
	all, err := v.c.Runs(ctx)
	if err != nil {
		return s, err
	}
	if v.only != "" {
		one, err := find(all, v.only)
		if err != nil {
			return s, err
		}
		all = []cluster.Listed{one}
	}
	before := v.seen
	v.seen = map[string]*seen{}
	for _, l := range all {
		if l.State == cluster.StateFinished {
			if s.Finished++; v.only == "" {
				continue
			}
		}
		r, err := v.lookAt(ctx, l, before[l.Name])
		if err != nil {
			return s, err
		}
		s.Runs = append(s.Runs, r)
	}
	return s, nil
}

// lookAt counts what has come of a run since it was seen.
func (v *view) lookAt(ctx context.Context, l cluster.Listed, known *seen) (r run, err error) {
	r.standing = standing{Run: l.Name, Queue: l.Queue, State: l.State, Since: l.Since}
	if l.Cancelled != nil {
		r.Cause = l.Cancelled.Error()
	}
	now := &seen{at: time.Now()}
	if known != nil {
		now.of = known.of
	} else if now.of, err = look(ctx, v.c, l); err != nil {
		return r, err
	}
	snap, err := now.of.Snapshot(ctx)
	if err != nil {
		return r, err
	}
	r.count(snap)
	if now.ended = snap.Counts.Total(); known != nil {
		rate := float64(now.ended-known.ended) / now.at.Sub(known.at).Seconds()
		r.Rate = &rate
	}
	v.seen[l.Name] = now
	return r, nil
}

// lines are for people.
func (s *sight) lines() []string {
	slots, running := 0, 0
	for _, w := range s.Workers {
		slots += w.Slots
		running += w.Running
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %d workers, %d of %d slots in use; %d runs and queues, %d finished\n\n",
		s.At.Format(time.TimeOnly), len(s.Workers), running, slots, len(s.Runs), s.Finished)
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKIND\tSTATE\tRATE\tTASKS\tCAUSE")
	for _, r := range s.Runs {
		rate := "-"
		if r.Rate != nil {
			rate = fmt.Sprintf("%.1f/s", *r.Rate)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", inert.Text(r.Run), r.kind(), r.State, rate, r.tasks(), oneLine(r.Cause))
	}
	w.Flush()
	b.WriteString("\n")
	fmt.Fprintln(w, "WORKER\tSLOTS\tTYPES\tON\tDOES")
	for i := range s.Workers {
		one := &s.Workers[i]
		fmt.Fprintf(w, "%s\t%d/%d\t%s\t%s\t%s\n", inert.Text(shortName(one.Name)), one.Running, one.Slots,
			oneLine(strings.Join(one.Types, ",")), oneLine(fmt.Sprintf("%s:%d", one.Host, one.PID)), does(one, s.At))
	}
	w.Flush()
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

// shortName leaves out the end of the random part of a worker's name.
func shortName(name string) string {
	const enough = 8
	key, random, found := strings.Cut(name, "w-")
	if !found || len(random) <= enough {
		return name
	}
	return key + "w-" + random[:enough]
}

// mostTold is how many of a worker's tasks are told.
const mostTold = 3

// does says what a worker does: its oldest tasks.
func does(w *cluster.Worker, now time.Time) string {
	var parts []string
	if w.Drains {
		parts = append(parts, "draining")
	}
	for i, t := range w.Tasks {
		if i == mostTold {
			parts = append(parts, fmt.Sprintf("and %d more", max(w.Running, len(w.Tasks))-mostTold))
			break
		}
		text := fmt.Sprintf("%s %s for %v", oneLine(t.Run), t.Task, max(0, now.Sub(t.Since)).Round(time.Second))
		if t.Attempt > 1 {
			text += fmt.Sprintf(" (attempt %d)", t.Attempt)
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "idle"
	}
	return strings.Join(parts, ", ")
}
