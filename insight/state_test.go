package insight_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/insight"
	"example.com/skein/internal/bubble"
)

var update = flag.Bool("update", false, "write testdata/state.json anew")

func TestTheJSONKeepsItsShape(t *testing.T) {
	bubble.Run(t, "as it stands in testdata/state.json", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		stateOf(t, h, "")
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("fetch"), skein.Limit(2), skein.KeepGoing())
		g.GoNamed("good", lasting(time.Second, nil))
		g.GoNamed("bad", lasting(2*time.Second, errors.New("no such host")))
		for range 9 { // so that somebody looks all the time
			time.Sleep(5 * time.Second)
			stateOf(t, h, "")
			if g.Len() == 0 {
				g.GoNamed("slow", held(end))
				g.Group(skein.Name("child")).Go(held(end))
			}
		}
		got := get(h, "/?format=json&after=0&since=946684802").Body.Bytes()
		close(end)
		_ = g.Wait()
		compare(t, steady(t, got))
	})
}

// steady takes out what differs from run to run.
func steady(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "\t"); err != nil {
		t.Fatal(err)
	}
	for pattern, text := range map[string]string{
		`"(id|groupID|goroutine|pid)": \d+`: `"$1": 1`,
		`"goroutines": \d+`:                 `"goroutines": 10`,
		`"go": "[^"]*"`:                     `"go": "go1.x"`,
		`"name": "insight.test[^"]*"`:       `"name": "insight.test"`,
		`"file": "[^"]*/`:                   `"file": "/src/`,
		`"line": \d+`:                       `"line": 1`,
		`"func": "[^"]*"`:                   `"func": "f"`, // its name depends on what was inlined
		`"at": "[^"]* [^" ]*"`:              `"at": "f x_test.go:1"`,
	} {
		b = *bytes.NewBuffer(regexp.MustCompile(pattern).ReplaceAll(b.Bytes(), []byte(text)))
	}
	return b.Bytes()
}

func compare(t *testing.T, got []byte) {
	t.Helper()
	const name = "testdata/state.json"
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s\nhint: go test ./insight -run TestTheJSONKeepsItsShape -update", got, want)
	}
}

// hostile are names of people who want the page to do something.
var hostile = []string{
	`<img src=x onerror="pwned=1">`,
	`"><script>pwned=1</script>`,
	"'-alert(1)-' `${pwned=1}` {{pwned=1}} </script>",
	"two\nlines\r\tand\x1b[31mred\x1b[0m, and more than fifty bytes of it",
	"\u202egnp.exe\u202c \u2066right to left\u2069",
	"nul\x00nul",
	"not UTF-8: \xff\xfe\xc0\xaf",
	`javascript:pwned=1`,
	strings.Repeat("🧶", 300_000), // more than a megabyte
}

func TestHostileNamesAreText(t *testing.T) {
	bubble.Run(t, "in JSON, in text and in stacks, and short", func(t *testing.T) {
		h := looked(t, &insight.Handler{Stuck: time.Second})
		stateOf(t, h, "")
		end := make(chan struct{})
		var groups []*skein.Group
		for _, name := range hostile {
			g := skein.New(context.Background(), skein.Name(name), skein.KeepGoing())
			g.GoNamed(name, held(end))
			if len(name) < 50 {
				g.GoNamed(name, lasting(0, errors.New(name)))
			}
			groups = append(groups, g)
		}
		time.Sleep(2 * time.Second)
		for _, target := range []string{"/?format=json", "/?format=text", "/?format=text&stacks", "/stacks?group=" + idOf(t, h, hostile[0])} {
			body := get(h, target).Body.String()
			if len(body) > 100_000 {
				t.Errorf("%s: %d bytes", target, len(body))
			}
			wantContains(t, body, "pwned=1") // it is there, and harmless
			if found := regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{202a}-\x{202e}\x{2066}-\x{2069}]`).FindString(body); found != "" && !strings.Contains(target, "json") {
				t.Errorf("%s: %q", target, found)
			}
			if strings.ContainsAny(body, "<>") && strings.Contains(target, "json") {
				t.Errorf("%s: markup in\n%.1000s", target, body)
			}
		}
		for _, g := range stateOf(t, h, "").Groups {
			if len(g.Name) > 210 || len(g.Workers) > 0 && len(g.Workers[0].Name) > 210 {
				t.Errorf("a name of %d bytes", len(g.Name))
			}
		}
		close(end)
		for _, g := range groups {
			_ = g.Wait()
		}
	})
}

func idOf(t *testing.T, h *insight.Handler, name string) string {
	t.Helper()
	data, err := json.Marshal(groupOf(t, stateOf(t, h, "").Groups, name).ID)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A hundred thousand workers need a real clock: to see how long it takes.
func TestTheAnswerIsBounded(t *testing.T) {
	const limit = 700_000 // bytes, of a thousand workers and as many groups
	bubble.Outside(t, "with a hundred thousand workers", func(t *testing.T) {
		h := looked(t, &insight.Handler{Stuck: time.Nanosecond})
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("many"))
		for range manyWorkers {
			g.Go(held(end))
		}
		for g.Stats().Running < manyWorkers {
			time.Sleep(time.Millisecond) // each starts the next
		}
		start := time.Now()
		body := get(h, "/?format=json").Body.Len()
		t.Logf("%d bytes in %v", body, time.Since(start))
		s := stateOf(t, h, "") // now they have been seen, and are suspects
		if took := time.Since(start); body > limit || took > 20*time.Second {
			t.Errorf("%d bytes, in %v", body, took)
		}
		many := groupOf(t, s.Groups, "many")
		if many.Running != manyWorkers || len(many.Workers) != 100 || s.Suspects != 100 || len(s.Stuck) != 100 {
			t.Errorf("%d running, %d listed, %d suspects, %d listed", many.Running, len(many.Workers), s.Suspects, len(s.Stuck))
		}
		close(end)
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	bubble.Outside(t, "with a thousand groups and more, of which all are counted", func(t *testing.T) {
		h := looked(t, new(insight.Handler))
		end := make(chan struct{})
		var begun atomic.Int64
		task := func(context.Context) error {
			begun.Add(1)
			<-end
			return nil
		}
		var roots []*skein.Group
		for range 12 {
			root := skein.New(context.Background(), skein.Name("root"))
			root.Go(task)
			for n := range 100 {
				child := root.Group(skein.Limit(3))
				for range 4 {
					child.Go(task)
				}
				for range 101 * (n / 99) { // of the last child
					child.Group().Go(task)
				}
			}
			roots = append(roots, root)
		}
		for begun.Load() < 12*(1+300+101) {
			time.Sleep(time.Millisecond) // each starts the next
		}
		w := get(h, "/?format=json")
		if w.Body.Len() > limit {
			t.Errorf("%d bytes", w.Body.Len())
		}
		var s insight.State
		decode(t, w, &s)
		groups, workers, running, queued := count(s.Groups, s.Rest)
		if total := 12 * (1 + 100 + 101); groups != total {
			t.Errorf("%d groups, want %d", groups, total)
		}
		if running != 12*(1+300+101) || queued != 12*100 {
			t.Errorf("%d running, %d queued", running, queued)
		}
		if workers > 1000 || workers < 500 {
			t.Errorf("%d workers are listed", workers)
		}
		close(end)
		for _, root := range roots {
			if err := root.Wait(); err != nil {
				t.Error(err)
			}
		}
	})
}

func count(list []skein.GroupState, rest skein.Rest) (groups, workers, running, queued int) {
	groups, running, queued = rest.Groups, rest.Running, rest.Queued
	for _, g := range list {
		a, b, c, d := count(g.Groups, g.Rest)
		groups, workers, running, queued = groups+1+a, workers+len(g.Workers)+b, running+g.Running+c, queued+g.Queued+d
	}
	return groups, workers, running, queued
}

func TestManyViewersAtOnce(t *testing.T) {
	bubble.Outside(t, "all get whole answers while workers come and go", func(t *testing.T) {
		h := looked(t, &insight.Handler{Stuck: time.Microsecond})
		ctx, cancel := context.WithCancel(context.Background())
		g := skein.New(ctx, skein.Name("busy"), skein.Limit(4))
		g.Go(func(ctx context.Context) error {
			for ctx.Err() == nil {
				g.GoNamed("short", succeed)
				runtime.Gosched()
			}
			return nil
		})
		id := idOf(t, h, "busy")
		var viewers sync.WaitGroup
		for range 8 {
			viewers.Go(func() {
				var s insight.State
				for range 5 {
					w := get(h, "/?format=json")
					if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil || w.Code != 200 {
						t.Errorf("status %d, %v", w.Code, err)
					}
					get(h, "/?format=text&stacks")
					get(h, "/stacks?format=json&worker=1&group="+id)
				}
			})
		}
		viewers.Wait()
		cancel()
		_ = g.Wait()
	})
}
