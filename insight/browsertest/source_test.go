package browsertest

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.com/skein"
	"example.com/skein/insight"
)

// old is a program elsewhere that has run for a year and a day.
type old struct{ details, worker, group string }

func (o old) Program() insight.Program {
	return insight.Program{Name: "elsewhere", PID: 7, Details: o.details, Worker: o.worker, Group: o.group}
}

func (old) Snapshot() skein.Snapshot {
	g := skein.GroupState{ID: 1, Name: "archive", Stats: skein.Stats{Running: 3, Succeeded: 2}}
	for i, age := range []time.Duration{366 * 24 * time.Hour, 23*time.Hour + 59*time.Minute, time.Second} {
		g.Workers = append(g.Workers, skein.Worker{Number: int64(i + 1), Name: "scan-the-whole-archive", Func: "archive.scan", Age: age, AtLeast: i == 0, File: "scan.go", Line: 12})
	}
	return skein.Snapshot{Time: time.Now(), Groups: []skein.GroupState{g}}
}

func (old) After(n uint64) ([]skein.Ended, uint64) {
	var all []skein.Ended
	for i, err := range []string{"", "boom"} {
		if n <= uint64(i) {
			e := skein.Ended{Worker: skein.Worker{Group: "archive", Number: int64(i + 4), Name: "tidy", Age: time.Second}, GroupID: 1, End: time.Now().Add(-10 * time.Second), Outcome: skein.Succeeded, Err: err}
			if err != "" {
				e.Outcome = skein.Failed
			}
			all = append(all, e)
		}
	}
	return all, 2
}

func (old) Details(_ uint64, number int64) []skein.Worker {
	return []skein.Worker{{Number: number, Name: "scan-the-whole-archive", Stack: "reading\n\tpage <b>9</b>"}}
}

func TestOldWorkers(t *testing.T) {
	for _, l := range []look{{width: 320, height: 640}, {width: 1280, height: 900}} {
		t.Run("their ages leave room for their names", func(t *testing.T) {
			b := open(t, &insight.Handler{Source: old{}, Stuck: time.Minute}, l)
			b.await(`document.querySelectorAll("#suspects li").length === 2 && document.querySelectorAll(".worker").length === 3`)
			b.fits()
			b.readable()
			if over := value[string](b, `[...document.querySelectorAll(".age")].filter((age) => {
				const range = new Range();
				range.selectNodeContents(age);
				const ages = [...range.getClientRects()];
				const others = [...age.parentElement.children].filter((e) => e !== age).flatMap((e) => [...e.getClientRects()]);
				return ages.some((a) => others.some((o) => a.right > o.left + 1 && a.left < o.right - 1 && a.bottom > o.top + 3 && a.top < o.bottom - 3));
			}).map((age) => age.innerText).join(", ")`); over != "" {
				t.Errorf("the names lie under %s", over)
			}
		})
	}
}

func TestSource(t *testing.T) {
	t.Run("is shown in place of the process", func(t *testing.T) {
		b := open(t, &insight.Handler{Source: old{details: "output", worker: "job", group: "run"}, Stuck: -1}, look{})
		b.await(`document.querySelectorAll(".worker").length === 3 && document.querySelectorAll("#lanes .bar.failed").length === 1`)
		if value[bool](b, `document.querySelector("#stuck").checkVisibility() || document.querySelector("#facts").innerText.includes("goroutines")`) {
			t.Error("it speaks of stuck workers or of goroutines")
		}
		if facts := strings.Join(strings.Fields(b.text("#facts")), " "); facts != "jobs 3 queued 0 runs 1" {
			t.Errorf("in its own words it says %q", facts)
		}
		b.do(chromedp.Click(chromedp.CSS(".worker .open")))
		b.await(`document.querySelector("#dump pre")?.innerText.includes("page <b>9</b>")`)
	})
}
