package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"example.com/skein"
	"example.com/skein/cluster"
)

var thumb = cluster.Define[string, string]("thumb", cluster.Attempts(3), cluster.Backoff(0, 0))

// doThumb does what its argument says.
func doThumb(ctx context.Context, what string) (string, error) {
	switch {
	case what == "slow":
		<-ctx.Done()
		return "", context.Cause(ctx)
	case strings.HasPrefix(what, "never"):
		return "", skein.Permanent(errors.New(what))
	case strings.HasPrefix(what, "bad"):
		return "", fmt.Errorf("open %s: no such file", what)
	case what == "panic":
		panic("out of ink")
	}
	select {
	case <-time.After(time.Duration(len(what)) * 10 * time.Millisecond): // what the task does
	case <-ctx.Done():
	}
	return what, nil
}

// natsServer is a real server without keys: who connects may do everything, so
// the tests can write there what a hostile worker would.
func natsServer(t *testing.T) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

func openClient(t *testing.T, url string) *cluster.Client {
	t.Helper()
	c, err := cluster.Open(t.Context(), url, cluster.Lease(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// startWorker works until the test ends.
func startWorker(t *testing.T, url string, n int) {
	t.Helper()
	c := openClient(t, url)
	thumb.Handle(c, doThumb)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.Work(ctx, n) }()
	t.Cleanup(func() {
		cancel()
		c.Close() // what runs would be waited for
		<-done
	})
}

// clusterPage starts skein web, and gives its address, and that to look at it only.
func clusterPage(t *testing.T, url string) (server *httptest.Server, address, looks string) {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "skein-cluster"), "example.com/skein/cmd/skein-cluster")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(filepath.Join(dir, "skein-cluster"), "web", "--on", url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("skein web: %v", err)
		}
	})
	lines := bufio.NewReader(out)
	for _, a := range []*string{&address, &looks} {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		_, *a, _ = strings.Cut(strings.TrimSpace(line), ": ")
	}
	return &httptest.Server{URL: strings.TrimSuffix(address, "/")}, address, looks
}

func (b *tab) at(address string) { b.do(chromedp.Navigate(address)) }

func submitThumbs(t *testing.T, to cluster.Target, args ...string) {
	t.Helper()
	for _, a := range args {
		if _, err := thumb.Submit(t.Context(), to, a); err != nil {
			t.Fatal(err)
		}
	}
}

// rows gives what the rows of a section say.
func (b *tab) rows(section string) string {
	return value[string](b, fmt.Sprintf(`[...document.querySelectorAll("#%s .rows > li")].map((li) => li.innerText).join("\n")`, section))
}

// press clicks on what a selector finds in the row that has the text.
func (b *tab) press(selector, text string) {
	b.t.Helper()
	b.await(fmt.Sprintf(`(() => {
		for (const old of document.querySelectorAll("[data-pressed]")) old.removeAttribute("data-pressed");
		const found = [...document.querySelectorAll(%s)].find((e) => e.closest("li").innerText.includes(%s) && !e.disabled);
		found?.setAttribute("data-pressed", "");
		return found;
	})()`, quote(selector), quote(text)))
	b.do(chromedp.Click(chromedp.CSS("[data-pressed]")))
}

func TestCluster(t *testing.T) {
	url := natsServer(t)
	c := openClient(t, url)
	run, err := c.Run(t.Context(), "thumbs-2026-11")
	if err != nil {
		t.Fatal(err)
	}
	queue, err := c.Queue(t.Context(), "mail")
	if err != nil {
		t.Fatal(err)
	}
	webserver, address, looks := clusterPage(t, url)
	startWorker(t, url, 4)
	startWorker(t, url, 2)
	for i := range 40 {
		submitThumbs(t, run, fmt.Sprintf("picture %0*d", 1+i%30, i))
	}
	submitThumbs(t, queue, "hello", "bad address", "again")
	submitThumbs(t, run, "bad 1.raw", "never 2.raw", "panic", "slow", "slow", "slow")

	b := openTab(t, webserver)
	step := func(name string, f func(*testing.T)) {
		t.Run(name, func(t *testing.T) {
			defer func(before *testing.T) { b.t = before }(b.t)
			b.t = t
			f(t)
		})
	}
	for _, l := range []look{{}, {dark: true}, {width: 360, height: 800}, {width: 320, height: 640, dark: true}} {
		step(fmt.Sprintf("all runs, workers and dead tasks can be read, width %d, dark %t", l.width, l.dark), func(t *testing.T) {
			b.seen(l)
			b.at(address)
			b.await(live + ` && document.querySelectorAll("#runs .rows > li").length === 2 && document.querySelectorAll("#dead .rows > li").length === 4 && document.querySelectorAll("#crew .rows > li").length === 2`)
			b.await(`document.querySelectorAll("#tree .worker").length === 3 && document.querySelectorAll("#lanes .bar.running").length === 3 && document.querySelector("#runs .rows").innerText.includes("3 running")`)
			for section, parts := range map[string][]string{
				"runs": {"thumbs-2026-11", "40 succeeded", "2 failed ✗", "1 panicked !", "3 running", "3 dead", "4 attempts tried again", "mail", "queue"},
				"crew": {"works", "of 4 places in use", "runs thumb", "of thumbs-2026-11"},
				"dead": {"thumb.1.41", "open bad 1.raw: no such file", "3 attempts", "never 2.raw", "out of ink", "bad address"},
			} {
				said := b.rows(section)
				for _, part := range parts {
					if !strings.Contains(said, part) {
						t.Errorf("%s: %q is not in %q", section, part, said)
					}
				}
			}
			b.fits()
			b.readable()
			b.shootAll(t.Name()[len("TestCluster/"):])
		})
	}
	b.seen(look{})
	step("a dead task shows its attempts and arguments", func(t *testing.T) {
		b.at(address)
		b.await(`document.querySelectorAll("#dead .rows > li").length === 4`)
		b.press("#dead .open", "thumb.1.41")
		b.await(`document.querySelectorAll("#dump .tries li").length === 3 && document.querySelector("#dump").innerText.includes('"bad 1.raw"')`)
		b.readable()
		b.shoot("cluster dead task")
		b.do(chromedp.Click(chromedp.CSS("#close")))
	})
	step("at the other address there is nothing to press", func(t *testing.T) {
		const buttons = `[...document.querySelectorAll("#runs .push button, #dead .push button, #retry-all")].filter((e) => e.checkVisibility()).length`
		b.await(buttons + ` > 4`)
		b := openTab(t, &httptest.Server{URL: strings.TrimSuffix(looks, "/")})
		b.seen(look{})
		b.at(looks)
		b.await(live + ` && document.querySelectorAll("#runs .rows > li").length === 2 && document.querySelectorAll("#dead .rows > li").length === 4`)
		if n := value[int](b, buttons); n != 0 {
			t.Errorf("%d buttons", n)
		}
		b.fits()
		b.readable()
		b.shoot("cluster look only")
	})
	step("a button submits it again", func(t *testing.T) {
		b.press("#dead .rows .push button", "never 2.raw")
		b.await(`document.querySelector("#said").innerText.startsWith("1 task of thumbs-2026-11 was submitted again, to thumbs-2026-11")`)
		b.await(`[...document.querySelectorAll("#dead .rows > li")].some((li) => li.innerText.includes("never 2.raw") && !li.innerText.includes("1.42"))`)
	})
	step("a run has a page of its own, by worker", func(t *testing.T) {
		b.press("#runs .title a", "thumbs-2026-11")
		b.await(`document.querySelector("#status")?.textContent === "live" && document.querySelectorAll("#runs .rows > li").length === 1 && document.querySelectorAll("#lanes text.group").length === 2`)
		if dead := b.rows("dead"); strings.Contains(dead, "bad address") {
			t.Errorf("it has the dead of another: %q", dead)
		}
		b.fits()
		b.readable()
		b.shootAll("cluster run")
	})
	step("it is cancelled after a question", func(t *testing.T) {
		b.do(chromedp.Click(chromedp.CSS("#runs .push button")))
		b.await(`document.querySelector("#sure").open`)
		b.readable()
		b.shoot("cluster cancel")
		b.do(chromedp.Click(chromedp.CSS("#keep")))
		b.await(`!document.querySelector("#sure").open`)
		b.do(chromedp.Click(chromedp.CSS("#runs .push button")), chromedp.Click(chromedp.CSS("#do-cancel")))
		b.await(`document.querySelector("#runs .rows").innerText.includes("3 cancelled") && document.querySelector("#runs .rows").innerText.includes("cancelled on the page")`)
	})
	step("and when it is over one sees how it went", func(t *testing.T) {
		var bad *cluster.RunError
		if err := run.Wait(t.Context()); !errors.As(err, &bad) {
			t.Fatal(err)
		}
		b.await(`document.querySelector("#runs .standing").innerText.startsWith("cancelled") && !document.querySelector("#now").checkVisibility()`)
		b.await(`document.querySelectorAll("#lanes .bar").length >= 40 && document.querySelectorAll("#lanes .bar.running").length === 0`)
		b.await(`document.querySelector("#crew .empty").innerText === "No worker has a task of it."`)
		b.fits()
		b.readable()
		b.shootAll("cluster run over")
		b.press("#dead .rows .push button", "out of ink")
		b.await(`document.querySelector("#said").innerText.includes("to thumbs-2026-11-retry-1")`)
	})
}

// shootAll is shoot of all of the page, not only of what the window has.
func (b *tab) shootAll(name string) {
	b.t.Helper()
	if os.Getenv("SHOTS") == "" {
		return
	}
	size := value[[2]int64](b, `[innerWidth, innerHeight]`)
	height := value[int64](b, `document.documentElement.scrollHeight`)
	scheme := value[bool](b, `matchMedia("(prefers-color-scheme: dark)").matches`)
	b.seen(look{width: size[0], height: height, dark: scheme})
	b.shoot(name)
	b.seen(look{width: size[0], height: size[1], dark: scheme})
}

// Whoever may work may write what it likes of itself and of its tasks.
func TestHostileCluster(t *testing.T) {
	url := natsServer(t)
	c := openClient(t, url)
	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	webserver, address, _ := clusterPage(t, url)
	evil := []string{
		`<img src=/pwned onerror="pwned=1">`, `"><script>pwned=1</script><b id=pwned>`, "two\nlines \x1b[31m", "\u202egnp.exe", "nul\x00nul", "javascript:pwned=1", "__proto__", strings.Repeat("wide", 6_000),
	}
	startWorker(t, url, 2)
	for _, name := range evil {
		submitThumbs(t, run, "never "+name)
	}
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := nc.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range evil {
		w, err := json.Marshal(map[string]any{
			"host": name, "pid": -1, "types": []string{name, name}, "slots": 1 << 40, "running": -7, "at": time.Now().Add(1000 * time.Hour), "since": time.Time{},
			"tasks": []any{map[string]any{"run": name, "task": map[string]any{"Type": "thumb", "Submitter": -1, "N": 1 << 52}, "attempt": 1 << 40, "since": time.Now().Add(-1e6 * time.Hour)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish(fmt.Sprintf("$KV.SKEIN_WORKERS.evil-%d", i), w); err != nil {
			t.Fatal(err)
		}
		record, err := json.Marshal(map[string]any{"worker": name, "records": []any{
			map[string]any{"submitter": 1, "n": 1000 + i, "attempt": 1 << 40, "outcome": "failed", "deliveries": -3, "cause": name, "started": 1, "ended": int64(253402300799e6)},
			map[string]any{"submitter": 1, "n": -5, "outcome": name}, map[string]any{"submitter": 1, "n": 2000 + i, "outcome": "retried", "worker": name},
		}})
		if err != nil {
			t.Fatal(err)
		}
		m := nats.NewMsg(fmt.Sprintf("skein.0.r.done.thumb.1.%d-%d", 1000+i, 1000+i))
		m.Header.Set("Skein-Version", "1")
		args, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		m.Data = fmt.Appendf(record, "\n%s\n\n", args) // a line for each record
		if _, err := js.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	for _, typ := range []string{"x", "<script>pwned=1<!script>"} { // of which there are no tasks
		if _, err := js.Publish("skein.0.r.done."+typ+".1.9-9", []byte("garbage")); err != nil {
			t.Fatal(err)
		}
	}
	b := openTab(t, webserver)
	b.seen(look{width: 700, height: 900})
	for _, at := range []string{address, address + "run/r/"} {
		b.at(at)
		n := len(evil)
		b.await(fmt.Sprintf(live+` && document.querySelectorAll("#dead .rows > li").length === %d && document.querySelectorAll("#lanes .bar.failed").length >= %d`, 2*n, n))
		if at == address {
			b.await(fmt.Sprintf(`document.querySelectorAll("#crew .rows > li").length === %d`, n+1))
		}
		seen := value[string](b, `document.querySelector("main").textContent`)
		for _, part := range []string{`<img src=/pwned`, `"><script>pwned=1</script>`, `two\u{a}lines \u{1b}[31m`, `\u{202e}gnp.exe`, `nul\u{0}nul`, "__proto__", "thumb.1.1000"} {
			if !strings.Contains(seen, part) {
				t.Errorf("%q is not shown", part)
			}
		}
		if strings.ContainsAny(seen, "\x00\x1b\u202e") {
			t.Error("there are characters that hide")
		}
		for i := 1; i <= 2*n; i++ {
			b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("#dead .rows > li:nth-child(%d) .open", i))))
			b.await(`document.querySelector("#dump .tries") !== null`)
			b.do(chromedp.Click(chromedp.CSS("#close")))
		}
		if value[bool](b, `typeof pwned !== "undefined" || document.querySelector("main img, main script, #pwned, #stack img, #stack script") !== null`) {
			t.Error("a name was taken for markup")
		}
		b.fits()
		b.shootAll("cluster hostile " + fmt.Sprint(len(at)-len(address)))
	}
}
