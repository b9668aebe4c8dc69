package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// frugal keeps the memory of a server near what it needs. What it reads from its
// disk it keeps in blocks of 8 MiB that the garbage collector may take, but those
// live for three collections more, so the collector waits for twice as much each
// time: who reads a gigabyte of results has a server of a gigabyte and a half. A
// limit makes it collect sooner. It is only as large as need be, and grows when
// what is really needed is more than that, before collecting takes all the time.
type frugal struct {
	least      int64 // bytes
	limit      int64
	collecting float64
	all        float64 // seconds of CPU time until now
}

const (
	leastMemory = 256 << 20   // bytes,
	perCommand  = 48 << 20    // and for each that runs here: both outputs, and the result made of them
	frugalLook  = time.Second // which costs some microseconds
	tooMuch     = 0.1         // of all CPU time, for collecting
)

// beFrugal does so until ctx is done, unless the user has said how much memory
// there may be. Up to so many commands run here too.
func beFrugal(ctx context.Context, commands int) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	f := frugal{least: leastMemory + int64(commands)*perCommand}
	f.limit = f.least
	debug.SetMemoryLimit(f.limit)
	tick := time.NewTicker(frugalLook)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if before := f.limit; f.look() != before {
			debug.SetMemoryLimit(f.limit)
		}
	}
}

// look gives the limit from now on.
func (f *frugal) look() int64 {
	now := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/total:cpu-seconds"}}
	metrics.Read(now)
	collecting, all := now[0].Value.Float64(), now[1].Value.Float64()
	share := 0.0
	if all > f.all {
		share = (collecting - f.collecting) / (all - f.all)
	}
	f.collecting, f.all = collecting, all
	f.adapt(needed(), share)
	return f.limit
}

// needed is how many bytes no collection can give back: what is live, and what is no
// heap, as the stacks of all connections, for which the limit is, too.
func needed() int64 {
	now := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"}, // but for these:
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(now)
	n := int64(now[0].Value.Uint64() + now[1].Value.Uint64())
	for _, heap := range now[2:] {
		n -= int64(heap.Value.Uint64())
	}
	return n
}

// adapt is told how many bytes were needed under the limit, and which share of the
// time went into collecting.
func (f *frugal) adapt(needed int64, share float64) {
	switch {
	case needed > f.limit/2 && share > tooMuch:
		f.limit += f.limit / 2
	case needed < f.limit/4:
		f.limit = max(f.least, f.limit-f.limit/4)
	}
}
