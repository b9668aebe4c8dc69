package browsertest

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// command is a program of the command's module, in a directory of the test's.
type command struct {
	t         *testing.T
	dir, home string
}

// installed builds skein and skein-top.
func installed(t *testing.T) command {
	t.Helper()
	c := command{t, t.TempDir(), t.TempDir()}
	for _, name := range []string{"skein", "skein-top"} {
		build := exec.Command("go", "build", "-o", filepath.Join(c.dir, name), "example.com/skein/cmd/"+name)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return c
}

// start starts skein. It is ended with the test.
func (c command) start(args ...string) (stdout *bufio.Reader) {
	c.t.Helper()
	cmd := exec.Command(filepath.Join(c.dir, "skein"), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+c.home, "XDG_STATE_HOME="+c.home)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it was told to end
	})
	return bufio.NewReader(out)
}

func TestRuns(t *testing.T) {
	c := installed(t)
	address, err := c.start("top", "--web").ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	server := &httptest.Server{URL: strings.TrimSuffix(address, "/")}

	t.Run("nobody reads without the secret, or by another name, or from another page", func(t *testing.T) {
		root := address[:strings.LastIndex(strings.TrimSuffix(address, "/"), "/")+1]
		for _, row := range []struct{ url, host, site string }{
			{root, "", ""},
			{root + "?format=json", "", ""},
			{root + "page.js", "", ""},
			{strings.TrimSuffix(address, "/"), "", ""},
			{address[:len(address)-2] + "/", "", ""},
			{root + "x/" + address[len(root):], "", ""},
			{address, "rebind.example.net", ""},
			{address + "?format=json", "", "cross-site"},
		} {
			r, err := http.NewRequest(http.MethodGet, row.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = row.host
			if row.site != "" {
				r.Header.Set("Sec-Fetch-Site", row.site)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%+v: %s", row, answer.Status)
			}
		}
		answer, err := http.Post(address, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("a POST: %s", answer.Status)
		}
	})

	for _, l := range []look{{}, {width: 360, height: 800, dark: true}} {
		t.Run("a run is seen from its start to its end", func(t *testing.T) {
			b := openTab(t, server)
			b.seen(l)
			b.do(chromedp.Navigate(address))
			b.await(live)
			c.start("run", "-j", "2", "--name", "job {}", "--shell",
				`case {} in bad) exit 3;; kill) kill -9 $$;; slow) printf 'reading\n\033[31mred\tline\n<b>bold</b>\n'; sleep 60;; esac`, ":::", "good", "bad", "kill", "slow")
			b.await(`document.querySelectorAll(".worker").length === 1 && document.querySelectorAll("#lanes .bar.failed").length >= 2`)
			for _, part := range []string{"job slow", "1 succeeded", "2 failed", "1 of 2 running", "skein run -j 2"} {
				if tree := b.text("#tree"); !strings.Contains(tree, part) {
					t.Errorf("%q is not in %q", part, tree)
				}
			}
			b.fits()
			b.readable()
			b.shoot(t.Name()[len("TestRuns/"):] + " before a click")
			b.do(chromedp.Click(chromedp.CSS(".worker .open")))
			b.await(`document.querySelector("#dump pre")?.innerText.includes("red\tline\n<b>bold</b>")`)
			if said := b.text("#dump"); strings.Contains(said, "[31m") || strings.Contains(said, "stack") {
				t.Errorf("the output is shown as %q", said)
			}
			b.fits()
			b.readable()
			b.do(chromedp.Click(chromedp.CSS("#close")))
			pid := value[int](b, `Number(document.querySelector(".worker .func").innerText.match(/process (\d+)/)[1])`)
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			b.await(`document.querySelectorAll(".worker").length === 0 && document.querySelector("#tree").innerText.includes("(over)")`)
		})
	}
}
