package skein_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein"
)

// raise sends a signal to the process that calls it.
func raise(s os.Signal) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		panic(err)
	}
	if err := self.Signal(s); err != nil {
		panic(err)
	}
}

// interrupted gives a function that gets the signal while it runs, and when
// its context is done goes on with f.
func interrupted(s os.Signal, f task) task {
	return func(ctx context.Context) error {
		raise(s)
		<-ctx.Done()
		return f(ctx)
	}
}

// heedInterrupts makes a process forget that whoever started the tests, a
// script in the background for one, may have them ignore interrupts.
func heedInterrupts() { signal.Notify(make(chan os.Signal, 1), os.Interrupt) }

// cause returns why the context is done.
func cause(ctx context.Context) error { return context.Cause(ctx) }

// hang does not heed its context.
func hang(context.Context) error {
	<-time.After(time.Minute)
	return nil
}

func TestTheExitStatusOfMain(t *testing.T) {
	short := skein.Grace(50 * time.Millisecond)
	twice := func(first, second os.Signal) task {
		return func(ctx context.Context) error {
			raise(first)
			<-ctx.Done()
			raise(second)
			return hang(ctx)
		}
	}
	for _, row := range []struct {
		name   string
		f      task
		grace  skein.MainOption
		status int
		stderr string // a part of it, or if empty all
	}{
		{"nil", succeed, skein.MainOption{}, 0, ""},
		{"an error", boom, skein.MainOption{}, 1, ": boom\n"},
		{"an error that reads like a cancellation, without a signal", fail(context.Canceled), skein.MainOption{}, 1, ": context canceled\n"},
		{"a Goexit", quit, skein.MainOption{}, 1, ": skein: worker called runtime.Goexit\n"},
		{"a panic", burst("bad"), skein.MainOption{}, 2, "panic: bad"},
		{"SIGTERM, then nil", interrupted(syscall.SIGTERM, succeed), skein.MainOption{}, 143, ""},
		{"SIGINT, then nil", interrupted(os.Interrupt, succeed), skein.MainOption{}, 130, ""},
		{"SIGTERM, then the context's error", interrupted(syscall.SIGTERM, untilDone), skein.MainOption{}, 143, ""},
		{"SIGTERM, then the context's cause, wrapped", interrupted(syscall.SIGTERM, func(ctx context.Context) error {
			return fmt.Errorf("serve: %w", cause(ctx))
		}), skein.MainOption{}, 143, "serve: terminated"},
		{"SIGTERM, then an error that has more to tell", interrupted(syscall.SIGTERM, func(ctx context.Context) error {
			return errors.Join(errors.New("not flushed"), cause(ctx))
		}), skein.MainOption{}, 143, "not flushed"},
		{"SIGTERM, then an error whose Is calls Goexit", interrupted(syscall.SIGTERM, fail(quitter{})), skein.MainOption{}, 1, "quitter"},
		{"SIGTERM, then what a group makes of it", interrupted(syscall.SIGTERM, func(ctx context.Context) error {
			return skein.Run(ctx, untilDoneIn)
		}), skein.MainOption{}, 143, ""},
		{"SIGTERM, then an error of its own", interrupted(syscall.SIGTERM, boom), skein.MainOption{}, 1, ": boom\n"},
		{"SIGTERM, then a time limit of its own", interrupted(syscall.SIGTERM, fail(context.DeadlineExceeded)), skein.MainOption{}, 1, ": context deadline exceeded\n"},
		{"SIGTERM, then a Goexit", interrupted(syscall.SIGTERM, quit), skein.MainOption{}, 1, ": skein: worker called runtime.Goexit\n"},
		{"SIGTERM, then a panic", interrupted(syscall.SIGTERM, burst("bad")), skein.MainOption{}, 2, "panic: bad"},
		{"SIGTERM, and the grace is over", interrupted(syscall.SIGTERM, hang), short, 143, ": terminated signal received, and this is still running:\n"},
		{"SIGINT, and the grace is over", interrupted(os.Interrupt, hang), short, 130, ": interrupt signal received, and"},
		{"SIGTERM, and no grace at all", interrupted(syscall.SIGTERM, hang), skein.Grace(0), 143, ": terminated signal received, and"},
		{"SIGTERM twice", twice(syscall.SIGTERM, syscall.SIGTERM), skein.MainOption{}, 143, ": terminated signal received, and"},
		{"SIGTERM, then SIGINT", twice(syscall.SIGTERM, os.Interrupt), skein.MainOption{}, 130, ": interrupt signal received, and"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, output := inProcess(t, func() {
				heedInterrupts()
				skein.Main(row.f, row.grace)
			})
			if status != row.status || !strings.Contains(output, row.stderr) || row.stderr == "" && output != "" {
				t.Errorf("status %d, want %d, and %q in\n%s", status, row.status, row.stderr, output)
			}
		})
	}
}

func untilDoneIn(g *skein.Group) error {
	g.Go(untilDone)
	return nil
}

func TestMainFunction(t *testing.T) {
	t.Run("the cause names the signal", func(t *testing.T) {
		status, output := inProcess(t, func() {
			skein.Main(interrupted(syscall.SIGTERM, func(ctx context.Context) error {
				var got skein.SignalError
				fmt.Println(errors.As(context.Cause(ctx), &got), got.Signal == syscall.SIGTERM, got)
				return nil
			}))
		})
		if want := "true true terminated signal received\n"; status != 143 || output != want {
			t.Errorf("status %d, %q, want %q", status, output, want)
		}
	})
	t.Run("an error is told after the program's name", func(t *testing.T) {
		_, output := inProcess(t, func() {
			os.Args[0] = "/usr/bin/thumbs.exe"
			skein.Main(boom)
		})
		if want := "thumbs: boom\n"; output != want {
			t.Errorf("got %q, want %q", output, want)
		}
	})
	t.Run("the report names who is still running, in groups and outside of them", func(t *testing.T) {
		_, output := inProcess(t, func() {
			skein.Main(func(ctx context.Context) error {
				return skein.Run(ctx, func(g *skein.Group) error {
					started := make(chan struct{})
					g.GoNamed("cat.jpg", func(ctx context.Context) error { close(started); return hang(ctx) })
					<-started
					return interrupted(syscall.SIGTERM, hang)(ctx)
				}, skein.Name("thumbs"))
			}, skein.Grace(50*time.Millisecond))
		})
		for _, want := range []string{`group "thumbs"`, `worker 1 "cat.jpg"`, "now [chan receive] at skein_test.hang", "skein.(*program).call("} {
			if !strings.Contains(output, want) {
				t.Errorf("no %s in\n%s", want, output)
			}
		}
	})
	t.Run("it runs on the goroutine of its caller", func(t *testing.T) {
		status, output := inProcess(t, func() {
			id := goroutineID()
			skein.Main(func(context.Context) error {
				if goroutineID() != id {
					return errBoom
				}
				return nil
			})
		})
		if status != 0 {
			t.Errorf("status %d\n%s", status, output)
		}
	})
	t.Run("an interrupt that was ignored from the beginning stays so", func(t *testing.T) {
		status, output := inProcess(t, func() {
			signal.Ignore(os.Interrupt)
			skein.Main(func(ctx context.Context) error {
				raise(os.Interrupt)
				select {
				case <-ctx.Done():
					return errBoom
				case <-time.After(50 * time.Millisecond):
					return nil
				}
			})
		})
		if status != 0 {
			t.Errorf("status %d\n%s", status, output)
		}
	})
	t.Run("another signal is not its business", func(t *testing.T) {
		status, output := inProcess(t, func() {
			skein.Main(func(ctx context.Context) error {
				got := make(chan os.Signal, 1)
				signal.Notify(got, syscall.SIGHUP)
				raise(syscall.SIGHUP)
				<-got
				return ctx.Err()
			})
		})
		if status != 0 {
			t.Errorf("status %d\n%s", status, output)
		}
	})
	t.Run("a standard error that nobody reads does not keep it", func(t *testing.T) {
		status, _ := inProcess(t, func() {
			r, w, err := os.Pipe()
			if err != nil {
				panic(err)
			}
			os.Stderr = w
			skein.Main(fail(errors.New(strings.Repeat("boom", 1<<20))))
			runtime.KeepAlive(r) // or it would be closed
		})
		if status != 1 {
			t.Errorf("status %d", status)
		}
	})
	t.Run("misuse panics", func(t *testing.T) {
		wantPanic(t, "skein: nil function", func() { skein.Main(nil) })
		wantPanic(t, "skein: negative grace", func() { skein.Grace(-1) })
	})
}

// runMain runs main as the program of an Example, in a process of its own, and
// prints what it writes and how it ends.
func runMain(example string, main func()) {
	const variable = "SKEIN_TEST_EXAMPLE"
	if os.Getenv(variable) == example {
		os.Args[0] = "gallery"
		heedInterrupts()
		os.Stdout = os.Stderr // what an Example writes is lost when the process exits
		main()
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+example+"$")
	cmd.Env = append(os.Environ(), variable+"="+example)
	output, _ := cmd.CombinedOutput() // the error is the status
	fmt.Printf("%sexit status %d\n", output, cmd.ProcessState.ExitCode())
}

// quitter is an error that does not survive being looked at.
type quitter struct{}

func (quitter) Error() string { return "quitter" }

func (quitter) Is(error) bool {
	runtime.Goexit()
	return false
}
