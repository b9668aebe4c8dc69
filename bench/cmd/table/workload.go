package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// metrics is what one measurement gives, by unit.
type metrics map[string]float64

// subject is one way to do a workload.
type subject struct {
	impl    string
	measure func(context.Context) (metrics, error)
}

// workload is what its subjects do alike. Those that are compared stand side
// by side, for they are measured in this order.
type workload struct {
	name     string
	rounds   int // at most so many; 0: as asked for
	subjects []subject
}

// samples holds a measurement per round, by workload and impl.
type samples map[string]map[string][]metrics

func (s samples) add(workload, impl string, m metrics) {
	if s[workload] == nil {
		s[workload] = make(map[string][]metrics)
	}
	s[workload][impl] = append(s[workload][impl], m)
}

// values is one unit of a subject, a value per round.
func (s samples) values(workload, impl, unit string) []float64 {
	var v []float64
	for _, m := range s[workload][impl] {
		if x, ok := m[unit]; ok {
			v = append(v, x)
		}
	}
	return v
}

// measure goes round robin over all subjects, rounds times. Every other round
// goes backwards, so that no subject always runs after the same neighbour. With
// an error comes what was measured before it.
func measure(ctx context.Context, work []workload, rounds int, progress io.Writer) (samples, error) {
	s := make(samples)
	start := time.Now()
	for round := range rounds {
		for _, w := range work {
			if w.rounds > 0 && round >= w.rounds {
				continue
			}
			if err := turn(ctx, s, w, round); err != nil {
				return s, err
			}
		}
		fmt.Fprintf(progress, "round %d of %d, %s\n", round+1, rounds, time.Since(start).Round(time.Second))
	}
	return s, nil
}

// turn measures each subject of one workload once.
func turn(ctx context.Context, s samples, w workload, round int) error {
	order := slices.Clone(w.subjects)
	if round%2 == 1 {
		slices.Reverse(order)
	}
	for _, sub := range order {
		m, err := sub.measure(ctx)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", w.name, sub.impl, err)
		}
		s.add(w.name, sub.impl, m)
	}
	return nil
}
