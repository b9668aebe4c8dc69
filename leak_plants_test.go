//go:build goexperiment.goroutineleakprofile

package skein_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/skein"
)

// leaks are tasks that nothing can ever wake. Each is a function of its own,
// by whose name the profile is searched.
var leaks = map[string]task{
	"leakSend":       leakSend,
	"leakReceive":    leakReceive,
	"leakNilChannel": leakNilChannel,
	"leakSelect":     leakSelect,
	"leakForever":    leakForever,
	"leakRange":      leakRange,
	"leakWaitGroup":  leakWaitGroup,
	"leakMutex":      leakMutex,
	"leakCond":       leakCond,
	"leakContext":    leakContext,
	"leakDerived":    leakDerived,
	"leakOwnCount":   leakOwnCount,
}

func leakSend(context.Context) error { c := make(chan int); c <- 1; return nil }

func leakReceive(context.Context) error { <-make(chan int); return nil }

func leakNilChannel(context.Context) error { var c chan int; <-c; return nil }

func leakForever(context.Context) error { select {} }

func leakSelect(context.Context) error {
	a, b := make(chan int), make(chan int)
	select {
	case <-a:
	case b <- 1:
	}
	return nil
}

func leakRange(context.Context) error {
	for range make(chan int) {
	}
	return nil
}

func leakWaitGroup(context.Context) error {
	var wg sync.WaitGroup
	wg.Add(1)
	wg.Wait()
	return nil
}

func leakMutex(context.Context) error {
	mu := new(sync.Mutex)
	mu.Lock()
	mu.Lock()
	return nil
}

func leakCond(context.Context) error {
	c := sync.NewCond(new(sync.Mutex))
	c.L.Lock()
	c.Wait()
	return nil
}

// leakContext waits for a group's context: the group is dropped, and so nobody
// can cancel it.
func leakContext(ctx context.Context) error { <-ctx.Done(); return nil }

func leakDerived(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	<-ctx.Done()
	return nil
}

func leakOwnCount(context.Context) error {
	var wg skein.WaitGroup
	wg.Add(1)
	wg.Wait()
	return nil
}

// What a group knows of its workers must not lead to what they wait for, or the
// profile would hold them to be alive.
func TestPlantedLeaksAreFound(t *testing.T) {
	status, output := inProcess(t, func() {
		history := skein.KeepHistory(10)
		defer history.Close()
		for name, leak := range leaks {
			plant(name, leak)
		}
		for blocked(skein.Process(skein.Stacks).Groups) < 4*len(leaks) {
			runtime.Gosched()
		}
		var profile bytes.Buffer
		for range 5 { // Go 1.26 does not see every blocked mutex at once, with bare go statements either
			profile.Reset()
			if err := pprof.Lookup("goroutineleak").WriteTo(&profile, 1); err != nil {
				panic(err)
			}
		}
		for name := range leaks {
			fmt.Println(name, leaked(profile.String(), name))
		}
	})
	if status != 0 {
		t.Fatalf("status %d\n%s", status, output)
	}
	for name := range leaks {
		if !strings.Contains(output, "\n"+name+" 4\n") && !strings.HasPrefix(output, name+" 4\n") {
			t.Errorf("not each of 4 %s was found:\n%s", name, output)
		}
	}
}

// leaked counts the goroutines of a profile that run a function: each entry
// begins with how many do the same.
func leaked(profile, name string) (sum int) {
	n := 0
	for line := range strings.SplitSeq(profile, "\n") {
		if count, _, ok := strings.Cut(line, " @ "); ok {
			n, _ = strconv.Atoi(count)
		} else if strings.Contains(line, "\texample.com/skein_test."+name+"+0x") {
			sum += n
		}
	}
	return sum
}

// plant leaks a worker of a group, of one with a name, of a child group, and of
// one that is watched.
func plant(name string, leak task) {
	lost := func(opts ...skein.Option) *skein.Group {
		ctx, cancel := context.WithCancel(context.Background())
		_ = cancel // it is lost: that is the leak
		return skein.New(ctx, opts...)
	}
	lost().Go(leak)
	lost(skein.Name(name), skein.Limit(1)).GoNamed(name, leak)
	lost().Group(skein.KeepGoing()).Go(leak)
	lost(skein.StuckAfter(1, func(skein.Report) {}), skein.Observe(func(skein.Event) {})).Go(leak)
}

// blocked counts the workers that wait for something.
func blocked(groups []skein.GroupState) (n int) {
	for i := range groups {
		for _, w := range groups[i].Workers {
			if w.State != "" && w.State != "running" && w.State != "runnable" {
				n++
			}
		}
		n += blocked(groups[i].Groups)
	}
	return n
}
