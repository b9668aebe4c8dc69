package browsertest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"example.com/skein"
	"example.com/skein/insight"
)

const live = `document.querySelector("#status").textContent === "live"`

// soon makes workers stuck after a third of a second.
func soon() *insight.Handler { return &insight.Handler{Stuck: 300 * time.Millisecond} }

func TestStuckWorkers(t *testing.T) {
	t.Run("stand first, above those who may wait", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantStuck(t)
		b.await(`document.querySelectorAll("#suspects li").length === 1 && document.querySelectorAll("#idle li").length === 1`)
		first := b.text("#suspects li")
		for _, part := range []string{"weekly", "blocked", "reports", "chan send", "browsertest.sendPages", "plant_test.go:"} {
			if !strings.Contains(first, part) {
				t.Errorf("%q is not in %q", part, first)
			}
		}
		if !value[bool](b, `document.querySelector("main").firstElementChild.id === "stuck" && document.title.startsWith("(1 stuck) ")`) {
			t.Error("they are not the first of the page, or not in its title")
		}
		b.await(`document.querySelectorAll(".worker.stuck").length === 1 && document.querySelectorAll("#lanes .bar.stuck").length === 1`)
	})
	t.Run("show their stack on a click", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantStuck(t)
		b.await(`document.querySelector("#suspects li") !== null`)
		b.do(chromedp.Click(chromedp.CSS("#suspects li"))) // anywhere in the row
		b.await(`document.querySelector("#dump pre")?.innerText.includes("browsertest.sendPages(")`)
		if title := b.text("#stack-title"); title != "weekly (worker 2)" {
			t.Errorf("the title is %q", title)
		}
		b.do(chromedp.Click(chromedp.CSS("#close")))
		b.await(`!document.querySelector("#stack").open`)
	})
	t.Run("can be reached with the keyboard alone", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantStuck(t)
		b.await(`document.querySelector("#suspects li") !== null`)
		for range 3 { // filter, pause, worker
			b.do(chromedp.KeyEvent(kb.Tab))
		}
		b.do(chromedp.KeyEvent(kb.Enter))
		b.await(`document.querySelector("#dump pre")?.innerText.includes("sendPages")`)
		b.do(chromedp.KeyEvent(kb.Escape))
		b.await(`!document.querySelector("#stack").open && document.activeElement.matches("#suspects button")`)
	})
	t.Run("keep the focus while the page is drawn anew", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantStuck(t)
		b.await(`document.querySelector("#suspects li") !== null`)
		b.do(chromedp.Focus(chromedp.CSS("#suspects button")))
		age := b.text("#suspects .age")
		b.await(fmt.Sprintf(`document.querySelector("#suspects .age").innerText !== %s`, quote(age)))
		if !value[bool](b, `document.activeElement.matches("#suspects button")`) {
			t.Error("the focus is lost")
		}
	})
}

func TestHostileNames(t *testing.T) {
	t.Run("run nothing, load nothing, and can be read", func(t *testing.T) {
		b := open(t, soon(), look{})
		names := []string{
			`<img src=/pwned onerror="pwned=1">`,
			`"><script>pwned=1</script><b id=pwned>`,
			"two\nlines \x1b[31m",
			"\u202egnp.exe",
			"nul\x00nul",
			"bad \xff\xfe",
			"javascript:pwned=1",
			"__proto__",
			strings.Repeat("wide", 100_000),
		}
		plantHeld(t, names...)
		b.await(fmt.Sprintf(`document.querySelectorAll("#suspects li").length === %d`, len(names)))
		for _, selector := range []string{"#suspects", "#tree", "#lanes"} {
			seen := value[string](b, fmt.Sprintf("document.querySelector(%q).textContent", selector))
			for _, part := range []string{`<img src=/pwned`, `"><script>pwned=1</script>`, `two\u{a}lines \u{1b}[31m`, `\u{202e}gnp.exe`, `nul\u{0}nul`, "bad \ufffd", "__proto__"} {
				if !strings.Contains(seen, part) && selector != "#lanes" {
					t.Errorf("%s has no %q", selector, part)
				}
			}
			if strings.ContainsAny(seen, "\x00\x1b\u202e") {
				t.Errorf("%s has characters that hide: %q", selector, seen)
			}
		}
		for range names {
			b.do(chromedp.Click(chromedp.CSS("#suspects li")))
			b.await(`document.querySelector("#dump pre") !== null`)
			b.do(chromedp.KeyEvent(kb.Escape))
		}
		if value[bool](b, `typeof pwned !== "undefined" || document.querySelector("main img, main script, #pwned, #stack img") !== null`) {
			t.Error("a name was taken for markup")
		}
		if wide := value[int](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("a name makes the page %d px too wide", wide)
		}
	})
}

func TestReading(t *testing.T) {
	t.Run("the filter hides what does not contain its text", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantHeld(t, "alpha", "beta")
		b.await(`document.querySelectorAll("#suspects li").length === 2`)
		b.do(chromedp.KeyEvent("/"))
		if !value[bool](b, `document.activeElement.id === "filter"`) {
			t.Error("the key / does not lead to the filter")
		}
		b.do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent("BET")) // the protocol types a / that the page has refused
		b.await(`document.querySelectorAll("#suspects li").length === 1 && document.querySelectorAll("#tree .worker").length === 1`)
		for _, selector := range []string{"#suspects", "#tree", "#lanes"} {
			if seen := b.text(selector); strings.Contains(seen, "alpha") || selector != "#lanes" && !strings.Contains(seen, "beta") {
				t.Errorf("%s shows %q", selector, seen)
			}
		}
		if count := b.text("#stuck .count"); count != "2" {
			t.Errorf("the filter changed the count of the stuck to %s", count)
		}
		b.do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Backspace))
		b.await(`document.querySelectorAll("#suspects li").length === 2`)
	})
	t.Run("a group that is folded stays so", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantHeld(t, "alpha")
		b.await(`document.querySelectorAll("#tree .worker").length === 1`)
		b.do(chromedp.Click(chromedp.CSS("#tree summary")))
		b.await(`!document.querySelector("#tree details").open`)
		time.Sleep(1500 * time.Millisecond) // what must not happen has no event
		if value[bool](b, `document.querySelector("#tree details").open`) {
			t.Error("it has unfolded itself")
		}
	})
	t.Run("the stacks of a group are shown together", func(t *testing.T) {
		b := open(t, soon(), look{})
		plantStuck(t)
		b.await(`document.querySelectorAll("#tree .worker").length === 2`)
		b.do(chromedp.Click(chromedp.CSS("#tree .below button")))
		b.await(`document.querySelectorAll("#dump pre").length === 2`)
	})
}

// counted counts the requests for JSON.
type counted struct {
	insight.Handler
	n    atomic.Int64
	down atomic.Bool // answers as a server that is being replaced
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "json" {
		c.n.Add(1)
	}
	if c.down.Load() {
		http.Error(w, "no upstream <b>today</b>", http.StatusBadGateway)
		return
	}
	c.Handler.ServeHTTP(w, r)
}

func TestPolling(t *testing.T) {
	openCounted := func(t *testing.T) (*tab, *counted) {
		c := new(counted)
		server := httptest.NewServer(c)
		t.Cleanup(server.Close)
		b := openAt(t, server, look{})
		b.await(live)
		return b, c
	}
	// still says whether no request comes for more than two periods, once
	// those that are on their way have come.
	still := func(c *counted) bool {
		time.Sleep(300 * time.Millisecond) // what must not happen has no event
		before := c.n.Load()
		time.Sleep(2500 * time.Millisecond) // the same
		return c.n.Load() == before
	}
	t.Run("goes on while the page is seen", func(t *testing.T) {
		_, c := openCounted(t)
		for deadline := time.Now().Add(patience); c.n.Load() < 4; {
			if time.Now().After(deadline) {
				t.Fatalf("%d requests", c.n.Load())
			}
			time.Sleep(100 * time.Millisecond) // the page runs on the real clock
		}
	})
	t.Run("pauses, with the button and with a key", func(t *testing.T) {
		b, c := openCounted(t)
		b.do(chromedp.Click(chromedp.CSS("#pause")))
		b.await(`document.querySelector("#status").textContent === "paused" && document.querySelector("#pause").getAttribute("aria-pressed") === "true"`)
		if !still(c) {
			t.Error("it asks on")
		}
		b.do(chromedp.KeyEvent("p"))
		n := c.n.Load()
		b.await(live)
		for deadline := time.Now().Add(patience); c.n.Load() == n && time.Now().Before(deadline); {
			time.Sleep(30 * time.Millisecond) // the page runs on the real clock
		}
		if c.n.Load() == n {
			t.Error("it does not go on")
		}
	})
	t.Run("stops while the tab is hidden", func(t *testing.T) {
		b, c := openCounted(t)
		hide := `Object.defineProperty(document, "hidden", {configurable: true, get: () => %t}); document.dispatchEvent(new Event("visibilitychange")); true`
		value[bool](b, fmt.Sprintf(hide, true))
		if !still(c) {
			t.Error("it asks on")
		}
		value[bool](b, fmt.Sprintf(hide, false))
		n := c.n.Load()
		for deadline := time.Now().Add(patience); c.n.Load() == n && time.Now().Before(deadline); {
			time.Sleep(30 * time.Millisecond) // the page runs on the real clock
		}
		if c.n.Load() == n {
			t.Error("it does not go on")
		}
	})
	t.Run("says since when there is no answer, and why, and comes back", func(t *testing.T) {
		b, c := openCounted(t)
		b.excuse("502")
		c.down.Store(true)
		b.await(`document.querySelector("#status").textContent === "disconnected"`)
		if said := b.text("#trouble"); !strings.HasPrefix(said, "Disconnected since ") || !strings.Contains(said, "no upstream <b>today</b>") {
			t.Errorf("it says %q", said)
		}
		c.down.Store(false)
		b.await(live + ` && document.querySelector("#trouble").hidden`)
	})
	t.Run("says so when the program has gone", func(t *testing.T) {
		b, _ := openCounted(t)
		b.excuse("ERR_CONNECTION_REFUSED")
		b.excuse("ERR_CONNECTION_RESET")
		b.excuse("ERR_EMPTY_RESPONSE")
		b.server.CloseClientConnections()
		b.server.Close()
		b.await(`document.querySelector("#status").textContent === "disconnected"`)
		if said := b.text("#trouble"); !strings.HasPrefix(said, "Disconnected since ") {
			t.Errorf("it says %q", said)
		}
	})
}

// colored counts the pixels of a canvas that are near a colour of the page.
const colored = `((selector, property) => {
	const canvas = document.querySelector(selector + " canvas");
	const probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(property).trim();
	probe.fillRect(0, 0, 1, 1);
	const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
	const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
	let n = 0;
	for (let i = 0; i < data.length; i += 4)
		if (data[i + 3] > 128 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 40) n++;
	return n;
})`

func TestPlots(t *testing.T) {
	for _, l := range []look{{}, {dark: true}, {width: 360, height: 800}} {
		t.Run(fmt.Sprintf("are drawn, in the colours of the page, dark %t, width %d", l.dark, l.width), func(t *testing.T) {
			b := open(t, soon(), l)
			b.excuse("Canvas2D: Multiple readback operations") // ours
			b.await(live)
			for range 3 {
				plantEnds(t)
			}
			for _, line := range []struct{ plot, color string }{{"#rate", "--succeeded"}, {"#rate", "--failed"}, {"#latency", "--failed"}} {
				b.await(fmt.Sprintf("%s(%q, %q) >= 5", colored, line.plot, line.color))
			}
			b.await(`document.querySelector("#rate-text").textContent.includes("ended in the last second") && document.querySelector("#latency-text").textContent.includes("half took")`)
			if n := value[int](b, colored+`("#rate", "--panicked")`); n > 0 {
				t.Errorf("%d pixels have a colour that no line has: the test finds any", n)
			}
		})
	}
}

func TestTimeline(t *testing.T) {
	t.Run("has a bar for each worker, with how it ended, and not by colour alone", func(t *testing.T) {
		b := open(t, soon(), look{})
		b.await(live)
		plantEnds(t)
		plantStuck(t)
		for outcome, want := range map[string]struct {
			n    int
			mark string
			says string
		}{
			"succeeded": {1, "", "fine"},
			"failed":    {2, "✗", "no such host"},
			"panicked":  {1, "!", "out of ink"},
			"goexit":    {1, "↯", "left"},
			"cancelled": {1, "⊘", "stopped"},
			"timed-out": {1, "◷", "too slow"},
			"running":   {1, "", "patient"},
			"stuck":     {1, "▲", "weekly"},
		} {
			b.await(fmt.Sprintf(`document.querySelectorAll("#lanes .bar[data-outcome=%s]").length === %d`, outcome, want.n))
			if label := value[string](b, fmt.Sprintf(`[...document.querySelectorAll("#lanes .bar.%s")].map((bar) => bar.getAttribute("aria-label")).join("; ")`, outcome)); !strings.Contains(label, want.says) {
				t.Errorf("%s: %q does not say %q", outcome, label, want.says)
			}
			if marks := value[int](b, fmt.Sprintf(`document.querySelectorAll("#lanes text.mark.%s").length`, outcome)); (marks > 0) != (want.mark != "") {
				t.Errorf("%s has %d marks", outcome, marks)
			}
			if !value[bool](b, fmt.Sprintf(`[...document.querySelectorAll("#legend li")].some((li) => li.querySelector(".bar.%s") && li.textContent.includes(%q))`, outcome, want.mark)) {
				t.Errorf("%s is not in the legend", outcome)
			}
		}
		colors := value[[]string](b, `[...document.querySelectorAll("#legend .bar")].map((bar) => getComputedStyle(bar).fill)`)
		seen := map[string]bool{}
		for _, c := range colors {
			if seen[c] {
				t.Errorf("two outcomes have the colour %s", c)
			}
			seen[c] = true
		}
	})
	t.Run("puts bars where they belong in time", func(t *testing.T) {
		b := open(t, soon(), look{})
		b.await(live)
		plantEnds(t)
		b.await(`document.querySelectorAll("#lanes .bar.succeeded").length === 1`)
		// 300 ms of a minute that is as wide as the picture
		got := value[float64](b, `(() => { const bar = document.querySelector("#lanes .bar.succeeded"); return 60000 * bar.width.baseVal.value / bar.ownerSVGElement.viewBox.baseVal.width; })()`)
		if got < 280 || got > 600 {
			t.Errorf("300 ms are as wide as %.0f ms", got)
		}
		b.do(chromedp.SetValue(chromedp.CSS("#window"), "15"))
		value[bool](b, `document.querySelector("#window").dispatchEvent(new Event("change"))`)
		got = value[float64](b, `(() => { const bar = document.querySelector("#lanes .bar.succeeded"); return 15000 * bar.width.baseVal.value / bar.ownerSVGElement.viewBox.baseVal.width; })()`)
		if got < 280 || got > 400 {
			t.Errorf("300 ms of fifteen seconds are as wide as %.0f ms", got)
		}
	})
	t.Run("can be walked along with the arrow keys", func(t *testing.T) {
		b := open(t, soon(), look{})
		b.await(live)
		plantEnds(t)
		b.await(`document.querySelectorAll("#lanes .bar").length >= 7`)
		if n := value[int](b, `document.querySelectorAll("#lanes .bar[tabindex='0']").length`); n != 1 {
			t.Errorf("%d bars are in the order of the tab key", n)
		}
		value[bool](b, `(document.querySelector("#lanes .bar[tabindex='0']").focus(), true)`)
		last := b.text("#picked")
		b.do(chromedp.KeyEvent(kb.ArrowLeft))
		b.await(fmt.Sprintf(`document.querySelector("#picked").innerText !== %s`, quote(last)))
		picked := b.text("#picked")
		time.Sleep(1500 * time.Millisecond) // it is drawn anew meanwhile
		if !value[bool](b, `document.activeElement.matches("#lanes .bar")`) || b.text("#picked") != picked {
			t.Error("the bar is lost when the timeline is drawn anew")
		}
	})
}

func TestFits(t *testing.T) {
	for _, l := range []look{{width: 360, height: 800}, {width: 320, height: 640, dark: true}, {width: 768, height: 1024}, {width: 1280, height: 900, dark: true}, {width: 2560, height: 1300}} {
		t.Run(fmt.Sprintf("%d px, dark %t: nothing is cut off, and all text can be read", l.width, l.dark), func(t *testing.T) {
			b := open(t, soon(), l)
			b.await(live)
			plantStuck(t)
			plantHeld(t, "a-name-without-any-place-to-break-it-"+strings.Repeat("x", 150))
			plantEnds(t)
			b.await(`document.querySelectorAll("#suspects li").length === 2 && document.querySelectorAll("#lanes .bar.failed").length === 2`)
			b.fits()
			b.readable()
			b.do(chromedp.Click(chromedp.CSS("#suspects li")))
			b.await(`document.querySelector("#dump pre") !== null`)
			b.fits()
			b.readable()
			b.do(chromedp.KeyEvent(kb.Escape))
			if n := value[int](b, `matchMedia("(prefers-color-scheme: dark)").matches ? 1 : 0`); (n == 1) != l.dark {
				t.Error("the browser does not emulate the scheme")
			}
			var back [3]int
			_, _ = fmt.Sscanf(value[string](b, `getComputedStyle(document.body).backgroundColor`), "rgb(%d, %d, %d)", &back[0], &back[1], &back[2])
			if dark := back[0]+back[1]+back[2] < 150; dark != l.dark {
				t.Errorf("the background is %v", back)
			}
		})
	}
}

// fits checks that the page need not be scrolled sideways.
func (b *tab) fits() {
	b.t.Helper()
	wide := value[string](b, `[...document.querySelectorAll("body, body *")].filter((e) => !e.closest("pre, .uplot, svg") && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.tagName + "." + e.className + "#" + e.id).join(" ")`)
	if over := value[int](b, `document.scrollingElement.scrollWidth - innerWidth`); over > 0 || wide != "" {
		b.t.Errorf("the page is %d px too wide: %s", over, wide)
	}
}

// readable checks the contrast of all text, as WCAG 2.1 computes it.
func (b *tab) readable() {
	b.t.Helper()
	poor := value[string](b, `(() => {
		const parse = (c) => (c.match(/[\d.]+/g) || []).map(Number);
		const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
		const back = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
		const poor = new Set();
		const walk = document.createTreeWalker(document.querySelector("dialog[open]") || document.body, NodeFilter.SHOW_TEXT);
		while (walk.nextNode()) {
			const e = walk.currentNode.parentElement;
			if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest("script, option")) continue;
			const style = getComputedStyle(e);
			const [a, b] = [light(parse(e.closest("svg") ? style.fill : style.color)), light(back(e))];
			const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
			if (contrast < (e.matches("text.mark") ? 3 : 4.5)) poor.add(contrast.toFixed(2) + " " + e.tagName + "." + (e.className.baseVal ?? e.className) + ": " + walk.currentNode.data.slice(0, 30));
		}
		return [...poor].join("\n");
	})()`)
	if poor != "" {
		b.t.Errorf("text with too little contrast:\n%s", poor)
	}
}

func TestOtherOrigins(t *testing.T) {
	t.Run("get nothing from the page's server", func(t *testing.T) {
		server := httptest.NewServer(soon())
		t.Cleanup(server.Close)
		stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<title>stranger</title><iframe src="%s/debug/skein/"></iframe>`, server.URL)
		}))
		t.Cleanup(stranger.Close)
		b := openTab(t, stranger)
		b.excuse("") // it is the stranger who is told
		b.do(chromedp.Navigate(stranger.URL + "/"))
		for _, mode := range []string{"cors", "no-cors"} {
			got := value[string](b, fmt.Sprintf(`fetch("%s/debug/skein/?format=json", {mode: "%s"}).then((r) => r.text().then((t) => r.type + " " + t), () => "refused")`, server.URL, mode))
			if strings.Contains(got, "goroutines") || got != "refused" && got != "opaque " {
				t.Errorf("%s: a stranger's page reads %q", mode, got)
			}
		}
		if got := value[string](b, `new Promise((done) => { const s = document.createElement("script"); s.onload = () => done("loaded"); s.onerror = () => done("refused"); s.src = "`+server.URL+`/debug/skein/page.js"; document.body.append(s); })`); got != "refused" {
			t.Errorf("a stranger's page has the script %s", got)
		}
	})
}

func TestWithoutScripts(t *testing.T) {
	t.Run("there is a link to the text", func(t *testing.T) {
		b := open(t, soon(), look{noScript: true})
		link, err := chromedp.Run(b.ctx, chromedp.AttributeValue(chromedp.CSS("noscript a"), "href"))
		if err != nil || link.Value != "?format=text&stacks" {
			t.Fatalf("got %v, %v", link, err)
		}
		answer, err := http.Get(b.server.URL + "/debug/skein/" + link.Value)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if text, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(text), "goroutines") {
			t.Errorf("got %q, %v", text, err)
		}
	})
}

func TestAHundredThousandWorkers(t *testing.T) {
	t.Run("are counted, and the page stays small and alive", func(t *testing.T) {
		const many = 100_000
		end := make(chan struct{})
		g := skein.New(context.Background(), skein.Name("many"))
		for range many {
			g.Go(func(context.Context) error { <-end; return nil })
		}
		defer func() {
			close(end)
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
		}()
		b := open(t, soon(), look{})
		b.await(`document.querySelector("#facts").innerText.includes("100,000") && document.querySelectorAll("#suspects li").length === 100`)
		if count := b.text("#stuck .count"); count != "≥ 100" {
			t.Errorf("the count of the stuck is %q", count)
		}
		if high := value[int](b, `document.querySelector("#stuck").offsetHeight - innerHeight`); high > 0 {
			t.Error("the stuck leave no room for anything else")
		}
		if nodes := value[int](b, `document.querySelectorAll("*").length`); nodes > 5000 {
			t.Errorf("%d elements", nodes)
		}
		took := value[float64](b, `(() => { const start = performance.now(); draw(); return performance.now() - start; })()`)
		t.Logf("drawn in %.0f ms", took)
		if took > 1000 {
			t.Errorf("it takes %.0f ms to draw", took)
		}
	})
}
