package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"example.com/skein/insight"
)

// patience is how long a page may take for what it does within a second or two
// on a machine that has nothing else to do.
const patience = 60 * time.Second

// chromium is the browser of all tests.
var chromium context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	path, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsertest: the tests open pages in Chromium:", err)
		fmt.Fprintln(os.Stderr, "hint: make test installs it on Debian")
		return 1
	}
	profile, err := os.MkdirTemp("", "browsertest")
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsertest:", err)
		return 1
	}
	defer os.RemoveAll(profile)
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Headless,
		chromedp.NoSandbox, // it opens nothing but our own pages, and cannot have one as root
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.WSURLReadTimeout(patience),
	)
	defer stop()
	var closed context.CancelFunc
	chromium, closed = chromedp.NewContext(allocator)
	defer closed()
	if err := chromedp.Do(chromium); err != nil {
		fmt.Fprintln(os.Stderr, "browsertest: start Chromium:", err)
		return 1
	}
	return m.Run()
}

// tab is a tab of the browser, with a page of insight in it. It fails the test
// if the page complains of anything, or asks anybody but its own server.
type tab struct {
	t      *testing.T
	ctx    context.Context
	server *httptest.Server

	mu         sync.Mutex
	complaints []string
	excused    []string // a complaint that contains one of these is as it should be
}

// look is how the page is looked at.
type look struct {
	width, height int64
	dark          bool
	noScript      bool
}

// open opens the page of a handler.
func open(t *testing.T, h *insight.Handler, l look) *tab {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return openAt(t, server, l)
}

func openAt(t *testing.T, server *httptest.Server, l look) *tab {
	t.Helper()
	b := openTab(t, server)
	b.seen(l)
	b.do(chromedp.Navigate(server.URL + "/debug/skein/"))
	return b
}

// seen says how the next page is looked at.
func (b *tab) seen(l look) {
	b.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	if l.width == 0 {
		l.width, l.height = 1280, 900
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: 1, Mobile: l.width < 500})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
}

func openTab(t *testing.T, server *httptest.Server) *tab {
	t.Helper()
	ctx, closed := chromedp.NewContext(chromium)
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	b := &tab{t: t, ctx: ctx, server: server}
	t.Cleanup(func() {
		b.shoot(strings.ReplaceAll(t.Name(), "/", " "))
		cancel()
		closed()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			if !slices.ContainsFunc(b.excused, func(part string) bool { return strings.Contains(c, part) }) {
				t.Errorf("the page complains: %s", c)
			}
		}
	})
	b.do() // makes the tab
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	return b
}

// excuse says which complaints are as they should be: those with that text.
func (b *tab) excuse(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.excused = append(b.excused, part)
}

// hear is told what happens in the tab.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if slices.Contains([]runtime.ConsoleAPICalledType{"error", "warning", "assert"}, e.Type) {
			b.complaints = append(b.complaints, fmt.Sprintf("console: %s", e.Args[0].Value))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			b.complaints = append(b.complaints, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.server.URL+"/") && e.Request.URL != "about:blank" {
			b.complaints = append(b.complaints, "it asks "+e.Request.URL)
		}
	}
}

func exceptionText(e *runtime.ExceptionDetails) string {
	if e.Exception != nil {
		return e.Text + " " + e.Exception.Description
	}
	return e.Text
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
}

// value evaluates an expression in the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// await waits until an expression is true in the page.
func (b *tab) await(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !value[bool](b, "Boolean("+expression+")"); {
		if time.Now().After(deadline) {
			b.t.Fatalf("wait for %s; the page says:\n%.3000s", expression, b.text("body"))
		}
		time.Sleep(30 * time.Millisecond) // the page runs on the real clock, in another process
	}
}

// text is what a reader sees of the first element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return value[string](b, fmt.Sprintf("document.querySelector(%s)?.innerText ?? ''", quote(selector)))
}

func quote(text string) string {
	q, _ := json.Marshal(text) // text always can be
	return string(q)
}

// shoot writes a picture of the page if SHOTS names a directory for them.
func (b *tab) shoot(name string) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Log(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666); err != nil {
		b.t.Error(err)
	}
}
