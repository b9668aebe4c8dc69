package local

import "sync"

// crew is the workers of a run, counted.
type crew struct{ wg *sync.WaitGroup }

func newCrew() crew { return crew{wg: new(sync.WaitGroup)} }

func (c crew) start(name string, f func()) { c.wg.Go(f) }

func (c crew) wait() { c.wg.Wait() }
