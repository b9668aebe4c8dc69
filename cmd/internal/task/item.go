package task

import "iter"

// Item is what a range over specs gives.
type Item struct {
	Spec Spec
	Err  error
}

// Read ranges over the specs in a goroutine of its own, as a read of the input
// may block for ever; it is no worker, and nobody waits for it. It numbers their
// places, and ends when quit is closed; nil: never before the specs do.
func Read(specs iter.Seq2[Spec, error], quit <-chan struct{}) <-chan Item {
	// A few, so that the two do not take turns for every task.
	in := make(chan Item, 16)
	go func() {
		defer close(in)
		place := 0
		for spec, err := range specs {
			place++
			spec.Place = place
			select {
			case in <- Item{spec, err}:
			case <-quit:
				return
			}
		}
	}()
	return in
}
