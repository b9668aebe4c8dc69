package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"example.com/skein/cluster"
)

const runName = "r"

// owner submits, and waits at the same time. One that comes after another that
// was killed submits what the other does not know to be safe, under new
// numbers: a task whose submission nobody was told of may be there or not.
type owner struct {
	part
	c   *cluster.Client
	log *appender
	r   *rand.Rand

	next int // the next number
	left int // tasks that are not known to be safe
}

// own submits the tasks at their rate, closes the run, and reads the outcomes
// until each task has one.
func own(p part) error {
	o := &owner{part: p, left: p.Tasks}
	if err := o.resume(); err != nil {
		return err
	}
	var err error
	if o.c, err = open(p); err != nil {
		return err
	}
	if p.Embedded {
		if err := handle(o.c, p); err != nil {
			return err
		}
		go func() { end(p, o.c.Work(context.Background(), p.Slots)) }() // which does not end
	}
	var run *cluster.Run
	if run, err = o.openRun(); err != nil {
		return err
	}
	ready()
	read := make(chan error, 1)
	go func() { read <- o.read(run) }()
	for o.left > 0 {
		if o.submit(run) {
			continue
		}
		if run, err = o.openRun(); err != nil {
			return err
		}
	}
	if err := again("close", run.Close); err != nil {
		return err
	}
	return <-read
}

// resume finds what one before has submitted.
func (o *owner) resume() error {
	name := o.Logs + "/" + submittedLog
	lines, err := readLog(name)
	if err != nil {
		return err
	}
	for _, words := range lines {
		o.next = max(o.next, int(number(words[0]))+1)
		if len(words) > 2 {
			o.left--
		}
	}
	o.r = rand.New(rand.NewPCG(o.Seed, uint64(len(lines))))
	o.log, err = openLog(name)
	return err
}

func (o *owner) openRun() (run *cluster.Run, err error) {
	err = again("open the run", func(ctx context.Context) error {
		run, err = o.c.Run(ctx, runName)
		return err
	})
	return run, err
}

// submit submits a few tasks at the same time, and waits as long as its rate
// wants. It reports whether all are safe.
func (o *owner) submit(run *cluster.Run) (ok bool) {
	n := min(1+o.r.IntN(63), o.left)
	pause := time.After(time.Duration(n) * time.Second / time.Duration(o.Rate))
	var all sync.WaitGroup
	var mu sync.Mutex
	ok = true
	for k := o.next; k < o.next+n; k++ {
		o.log.line(k, time.Now().UnixNano())
		all.Go(func() {
			id, err := tasks.Submit(context.Background(), run, k)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Fprintf(os.Stderr, "submit %d: %v\n", k, err)
				ok = false
				return
			}
			o.left--
			o.log.line(k, time.Now().UnixNano(), id.Submitter, id.N)
		})
	}
	all.Wait()
	o.next += n
	<-pause
	return ok
}

// read reads the outcomes, from the start again when it could not go on.
func (o *owner) read(run *cluster.Run) error {
	return again("read", func(context.Context) error {
		to, err := nextReading(o.Logs)
		if err != nil {
			return err
		}
		return readTo(run, to)
	})
}

func readTo(run *cluster.Run, to *appender) error {
	for e, err := range run.Outcomes(context.Background()) {
		if err != nil {
			return err
		}
		result := -1 // of what did not succeed, and of garbage
		if text, err := e.Result(context.Background()); err == nil {
			if n, err := strconv.Atoi(string(text)); err == nil {
				result = n
			}
		}
		to.line(e.Task.Submitter, e.Task.N, result, e.Outcome, time.Now().UnixNano())
	}
	to.line(whole)
	return nil
}

// read reads the outcomes once more, when all is over.
func read(p part) error {
	to, err := openLog(p.Logs + "/" + finalLog)
	if err != nil {
		return err
	}
	c, err := open(p)
	if err != nil {
		return err
	}
	ready()
	var run *cluster.Run
	if err := again("open the run", func(ctx context.Context) error {
		run, err = c.Run(ctx, runName)
		return err
	}); err != nil {
		return err
	}
	return readTo(run, to)
}
