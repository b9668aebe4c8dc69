//go:build unix

package spawn

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// ways are those of a start, which are the same for whoever is started. There are
// more where there is vfork.
var ways = map[string]func(path string, argv []string, o *Options) (int, error){
	"Start":    func(path string, argv []string, o *Options) (int, error) { return Start(path, argv, *o) },
	"ForkExec": forkExec,
}

func TestMain(m *testing.M) {
	if program := os.Getenv("SPAWN_TEST"); program != "" {
		program, rest, _ := strings.Cut(program, " ")
		os.Exit(programs[program](rest))
	}
	os.Exit(m.Run())
}

// programs are what a test has run in a process of its own.
var programs = map[string]func(string) int{}

// run starts a program and gives what it has written, and how it ended.
func run(t *testing.T, way string, o Options, argv ...string) (string, syscall.WaitStatus) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	o.Files = [3]int{int(null.Fd()), int(w.Fd()), int(w.Fd())}
	pid, err := ways[way](argv[0], argv, &o)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), wait(t, pid)
}

func wait(t *testing.T, pid int) (status syscall.WaitStatus) {
	t.Helper()
	for {
		switch _, err := syscall.Wait4(pid, &status, 0, nil); err {
		case nil:
			return status
		case syscall.EINTR:
		default:
			t.Fatal(err)
		}
	}
}

func TestAProgramFindsWhatItWasGiven(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	odd := "\x01 \xff\n'\"$x\\" + strings.Repeat("long ", 30000/5)
	for way := range ways {
		t.Run(way, func(t *testing.T) {
			for range 3 { // with what the one before has left
				o := Options{Dir: dir, Env: []string{"A=" + odd, "EMPTY=", "nonsense"}}
				text, status := run(t, way, o, "/bin/sh", "-c", `pwd; printf '<%s>' "$A" "$EMPTY" "$@"; exit 7`, "sh", odd, "")
				if want := dir + "\n<" + odd + "><><" + odd + "><>"; text != want {
					t.Errorf("got %d bytes, %.200q, want %d bytes, %.200q", len(text), text, len(want), want)
				}
				if status.ExitStatus() != 7 {
					t.Errorf("ended with %v", status)
				}
				text, _ = run(t, way, Options{}, "/bin/sh", "-c", `printf '<%s>' "$A" "$@"`)
				if text != "<>" {
					t.Errorf("with nothing: %.200q", text)
				}
			}
		})
	}
}

func TestWhatCannotBeStartedSaysWhy(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for way := range ways {
		for _, c := range []struct {
			what, path string
			argv       []string
			o          Options
			want       syscall.Errno
		}{
			{"no such file", filepath.Join(dir, "missing"), nil, Options{}, syscall.ENOENT},
			{"not to be executed", file("plain", "", 0o600), nil, Options{}, syscall.EACCES},
			{"not in a format that is known", file("odd", "odd", 0o700), nil, Options{}, syscall.ENOEXEC},
			{"an interpreter that is not there", file("script", "#!/missing\n", 0o700), nil, Options{}, syscall.ENOENT},
			{"no such directory", "/bin/sh", nil, Options{Dir: filepath.Join(dir, "missing")}, syscall.ENOENT},
			{"a file for a directory", "/bin/sh", nil, Options{Dir: file("dir", "", 0o600)}, syscall.ENOTDIR},
			{"too much", "/bin/sh", slices.Repeat([]string{strings.Repeat("x", 100_000)}, 100), Options{}, syscall.E2BIG},
			{"a NUL in an argument", "/bin/sh", []string{"a\x00b"}, Options{}, syscall.EINVAL},
			{"a NUL in a variable", "/bin/sh", nil, Options{Env: []string{"a=\x00b"}}, syscall.EINVAL},
			{"a NUL in the path", "/bin/\x00sh", nil, Options{}, syscall.EINVAL},
			{"a descriptor that is not open", "/bin/sh", nil, Options{Files: [3]int{999, 1, 2}}, syscall.EBADF},
			{"no terminal", "/bin/sh", nil, Options{Terminal: true, Files: [3]int{0, 1, 2}}, syscall.ENOTTY},
		} {
			t.Run(way+"/"+c.what, func(t *testing.T) {
				if c.o.Files == [3]int{} {
					c.o.Files = [3]int{0, 1, 2}
				}
				if c.what == "no terminal" {
					_, w, err := os.Pipe()
					if err != nil {
						t.Fatal(err)
					}
					defer w.Close()
					c.o.Files[1] = int(w.Fd())
				}
				pid, err := ways[way](c.path, append([]string{c.path}, c.argv...), &c.o)
				if !errors.Is(err, c.want) {
					t.Errorf("%d, %v; want %v", pid, err, c.want)
				}
				if _, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.ECHILD {
					t.Errorf("a child is left: %v", err)
				}
			})
		}
	}
}

// BenchmarkStart starts programs that end at once, several at a time.
func BenchmarkStart(b *testing.B) {
	for way, start := range ways {
		b.Run(way, func(b *testing.B) {
			b.SetParallelism(4)
			b.RunParallel(func(each *testing.PB) {
				for each.Next() {
					pid, err := start("/bin/true", []string{"true"}, &Options{Env: os.Environ(), Files: [3]int{0, 1, 2}})
					if err != nil {
						b.Error(err)
						return
					}
					syscall.Wait4(pid, nil, 0, nil)
				}
			})
		})
	}
}
