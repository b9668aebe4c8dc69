package skein

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// SignalError is the cause of the context that [Main] gives, once a signal has
// come.
type SignalError struct{ Signal os.Signal }

// Error names the signal.
func (e SignalError) Error() string { return fmt.Sprintf("%v signal received", e.Signal) }

// status is what a shell makes of a program that the signal has ended.
func (e SignalError) status() int {
	if n := reflect.ValueOf(e.Signal); n.CanInt() {
		return 128 + int(n.Int())
	}
	return 1 // Plan 9 has words for signals
}

// MainOption configures [Main].
type MainOption struct {
	set func(*program)
}

// Grace gives the function d to return after a signal; without it that is ten
// seconds. With 0 the program ends with the signal. A negative d panics.
func Grace(d time.Duration) MainOption {
	if d < 0 {
		panic("skein: negative grace")
	}
	return MainOption{func(p *program) { p.grace = d }}
}

// Main is a program's main function: it calls f, and ends the program when f
// has returned. SIGINT and SIGTERM, or what the system has in their place,
// cancel f's context with a [SignalError] as the cause. No other signal does:
// SIGHUP, for one, means what it means without Main. One that is ignored when
// Main is called stays so, as SIGINT is for what a script runs in the
// background. f has ten seconds then, or another [Grace]. When they are over,
// or at the second signal, Main writes who is still running to standard error
// (see [Process]) and ends the program at once. Main is a scope.
//
// The exit status is
//
//	no signal, f returned nil                    0
//	no signal, f returned an error               1, and the error is written
//	a signal, f returned nil or an echo of it    128 + the signal: 130 SIGINT, 143 SIGTERM
//	a signal, f returned an error of its own     1, and the error is written
//	a signal, the grace is over                  128 + the signal
//	a second signal                              128 + the second signal
//	f called runtime.Goexit                      1, and that is written
//
// An echo is an error that is context.Canceled or the SignalError, as
// [errors.Is] sees it: also one that wraps them or has them joined to others. It
// may have more to tell, and is written then. What is written is
// "PROGRAM: error" in a line on standard error. A panic in f is not recovered:
// the program crashes with it.
//
// f runs on the goroutine that calls Main. Main never returns, and deferred
// calls of its caller do not run: what needs to be put in order belongs in f.
// As whatever f starts ends with the program, f should wait for its groups,
// which [Run] does:
//
//	func main() {
//		skein.Main(func(ctx context.Context) error {
//			return skein.Run(ctx, serve)
//		})
//	}
func Main(f func(ctx context.Context) error, opts ...MainOption) {
	if f == nil {
		panic("skein: nil function")
	}
	p := &program{
		grace:   10 * time.Second,
		ended:   make(chan exit),
		signals: make(chan os.Signal, 2), // the first may come before anybody looks, and one more
	}
	for _, o := range opts {
		if o.set != nil {
			o.set(p)
		}
	}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		if !signal.Ignored(s) {
			signal.Notify(p.signals, s)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go p.attend(cancel)
	p.call(ctx, f)
}

// program is the one that Main is the main function of.
type program struct {
	grace   time.Duration
	ended   chan exit
	signals chan os.Signal
}

// exit is how f ended.
type exit struct {
	err  error
	echo bool // of the context's end
}

// call calls f, and leaves the rest to attend. A panic passes. What the error's
// methods do is f's affair too: they are not attend's, which must go on.
func (p *program) call(ctx context.Context, f func(context.Context) error) {
	r := exit{err: ErrGoexit}
	defer func() {
		if v := recover(); v != nil {
			panic(v)
		}
		p.ended <- r
		select {} // the program ends any moment
	}()
	r.err = f(ctx)
	if cause := context.Cause(ctx); cause != nil {
		r.echo = errors.Is(r.err, context.Canceled) || errors.Is(r.err, cause)
	}
}

// attend waits for f and for signals, and ends the program.
func (p *program) attend(cancel context.CancelCauseFunc) {
	var first SignalError
	var over <-chan time.Time
	for {
		select {
		case r := <-p.ended:
			p.exit(r.status(first))
		case s := <-p.signals:
			if first.Signal != nil {
				p.abandon(SignalError{s})
			}
			first.Signal = s
			over = time.After(p.grace)
			cancel(first)
		case <-over:
			p.abandon(first)
		}
	}
}

// status is the exit status after f has returned err, and what is to be
// written. The signal is nil if none came.
func (r exit) status(signal SignalError) (int, error) {
	switch {
	case signal.Signal != nil && (r.err == nil || r.err == context.Canceled || r.err == signal): //errorlint: the bare ones have nothing more to tell
		return signal.status(), nil
	case signal.Signal != nil && r.echo:
		return signal.status(), r.err
	case r.err != nil:
		return 1, r.err
	}
	return 0, nil
}

func (p *program) exit(status int, err error) {
	if err != nil {
		p.write(func(w io.Writer) { fmt.Fprintf(w, "%s: %v\n", programName(), err) })
	}
	os.Exit(status)
}

// abandon ends the program although f has not returned.
func (p *program) abandon(s SignalError) {
	p.write(func(w io.Writer) {
		fmt.Fprintf(w, "%s: %v, and this is still running:\n", programName(), s)
		_, _ = Process(Stacks).WriteTo(w) // there is nobody to tell an error of it
		fmt.Fprintf(w, "\n%s", mainStack())
	})
	os.Exit(s.status())
}

// mainStack is the stack of the goroutine that runs f: it may be held up where
// no group is.
func mainStack() string {
	buf := make([]byte, 1<<20) // the main goroutine is the second in a dump
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "skein.(*program).call(") {
			return stack + "\n"
		}
	}
	return ""
}

// write calls f to write to standard error, where a terminal that was stopped
// or a pipe that nobody reads blocks for ever: then it lasts a second, or
// until the next signal.
func (p *program) write(f func(io.Writer)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(os.Stderr)
	}()
	select {
	case <-done:
	case <-p.signals:
	case <-time.After(time.Second):
	}
}

func programName() string {
	if len(os.Args) == 0 {
		return "program" // who started it gave it no name
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}
