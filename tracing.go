package skein

import (
	"context"
	"runtime/trace"
)

// tracing is what a group has while Go's execution tracer runs: a task of the
// tracer's, in which each worker is a region named for its function.
type tracing struct {
	context.Context
	task *trace.Task
}

// trace makes the worker a region, if the tracer ran already when it was taken.
// It returns what stands for the group's context: a user's regions in it belong
// to the group's task too.
//
//go:norace
func (r *record) trace(g *Group) context.Context {
	ctx := g.traceTask()
	if w := r.watched(g); w != nil {
		w.region = trace.StartRegion(ctx, place(r.entry+1).frame().Function)
	}
	if r.name != "" {
		trace.Log(ctx, "worker", r.name)
	}
	return ctx
}

// endTrace ends the region, if there is one.
//
//go:norace
func (r *record) endTrace(g *Group) {
	if w := r.watched(g); w != nil && w.region != nil {
		w.region.End()
		w.region = nil
	}
}

// watched returns r.watch, which a snapshot may be setting.
//
//go:norace
func (r *record) watched(g *Group) *watch {
	raceOff()
	defer raceOn()
	g.mu.Lock()
	defer g.mu.Unlock()
	return r.watch
}

func (g *Group) traceTask() *tracing {
	t := g.tracing.Load()
	if t != nil {
		return t
	}
	name := "skein.Group"
	if g.config.name != "" {
		name = g.config.name
	}
	t = new(tracing)
	t.Context, t.task = trace.NewTask(&g.scope, name)
	if !g.tracing.CompareAndSwap(nil, t) {
		t.task.End() // another worker was first
		return g.tracing.Load()
	}
	return t
}

// endTrace ends the group's task, if it has one.
//
//go:norace
func (g *Group) endTrace() {
	if t := g.tracing.Load(); t != nil {
		t.task.End()
	}
}
