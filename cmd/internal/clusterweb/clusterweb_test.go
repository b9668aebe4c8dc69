package clusterweb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/embed"
	"example.com/skein/cmd/internal/clusterweb"
)

// patience is how long a page may take for what takes a second or two.
const patience = 60 * time.Second

var job = cluster.Define[string, string]("job", cluster.Attempts(2), cluster.Backoff(0, 0))

// do does what its argument says.
func do(ctx context.Context, what string) (string, error) {
	switch {
	case what == "hold":
		<-ctx.Done()
		return "", context.Cause(ctx)
	case strings.HasPrefix(what, "bad"):
		return "", errors.New("cannot do " + what)
	case strings.HasPrefix(what, "never"):
		return "", skein.Permanent(errors.New("never: " + what))
	}
	return what, nil
}

// page is a page that is served, of a cluster with a real server.
type page struct {
	t   *testing.T
	url string
}

func serve(t *testing.T, c *cluster.Client) page {
	t.Helper()
	p, err := clusterweb.Serve("127.0.0.1:0", "the test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return page{t, p.URL}
}

// state is what of the page's JSON the tests read.
type state struct {
	Token string
	Runs  struct {
		All, From int
		List      []struct {
			Name, State, Cause              string
			Counts                          map[string]int
			Ended, Submitted, Running, Dead int
			Retried                         int
			Read                            bool
		}
	}
	Workers struct {
		All  int
		List []struct {
			Name, Host, State string
			PID               int
			Tasks             []struct{ Run, Task string }
		}
	}
	Dead struct {
		All, From int
		List      []struct {
			Run, Task string
			Closed    bool
			Tries     []struct {
				Attempt        int
				Outcome, Cause string
			}
		}
	}
	Course *struct{ Ended, Bad []int }
}

func (p page) get(address string, v any) {
	p.t.Helper()
	answer, err := http.Get(p.url + address)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		p.t.Fatalf("%s: %v: %.300s", address, err, b)
	}
}

// await asks until the state is as it is to be.
func (p page) await(address, what string, is func(*state) bool) *state {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		s := new(state)
		p.get(address, s)
		if is(s) {
			return s
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: not so in time: %+v", what, s)
		}
		time.Sleep(50 * time.Millisecond) // the page asks the cluster once a second
	}
}

// post asks for a change, as the page does, and gives the status and the answer.
func (p page) post(what, body string, header map[string]string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.url+what, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for key, value := range header {
		r.Header.Set(key, value)
		if key == "Host" {
			r.Host = value
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func submit(t *testing.T, to cluster.Target, args ...string) {
	t.Helper()
	for _, a := range args {
		if _, err := job.Submit(t.Context(), to, a); err != nil {
			t.Fatal(err)
		}
	}
}

func TestThePageTellsHowRunsStand(t *testing.T) {
	c := clustertest.Open(t)
	job.Handle(c, do)
	clustertest.Work(t, c, 4)
	p := serve(t, c)
	run, err := c.Run(t.Context(), "thumbs")
	if err != nil {
		t.Fatal(err)
	}
	queue, err := c.Queue(t.Context(), "mail")
	if err != nil {
		t.Fatal(err)
	}
	submit(t, run, "a", "b", "bad apple", "hold")
	submit(t, queue, "letter")
	s := p.await("cluster", "the run and the queue", func(s *state) bool {
		return s.Runs.All == 2 && s.Runs.List[0].Ended+s.Runs.List[1].Ended == 4 && s.Workers.All == 1 && s.Dead.All == 1
	})
	d := s.Dead.List[0]
	if d.Run != "thumbs" || d.Task != "job.1.3" || d.Closed || len(d.Tries) != 2 {
		t.Fatalf("%+v", d)
	}
	for i, try := range d.Tries {
		if try.Attempt != i+1 || try.Cause != "cannot do bad apple" || try.Outcome != []string{"retried", "failed"}[i] {
			t.Errorf("%+v", try)
		}
	}
	s = p.await("run/thumbs/cluster", "what its worker does", func(s *state) bool {
		return len(s.Runs.List) == 1 && s.Runs.List[0].Running == 1 && len(s.Workers.List) == 1
	})
	if r := s.Runs.List[0]; r.State != "open" || r.Retried != 1 || r.Counts["succeeded"] != 2 || r.Counts["failed"] != 1 || s.Course == nil || len(s.Course.Ended) == 0 {
		t.Errorf("%+v", r)
	}
	if w := s.Workers.List[0]; w.State != "works" || w.PID != os.Getpid() || w.Tasks[0].Task != "job.1.4" {
		t.Errorf("%+v", w)
	}
	var details struct {
		Args  string
		Tries []struct{ Cause string }
	}
	p.get("dead?run=thumbs&task=job.1.3", &details)
	if details.Args != `"bad apple"` || len(details.Tries) != 2 {
		t.Errorf("%+v", details)
	}

	t.Run("and package insight's part of it has the tasks", func(t *testing.T) {
		var seen struct {
			Program struct{ Name, Worker, Group string }
			Groups  []struct {
				Name      string
				Running   int
				Succeeded int
				Workers   []struct{ Name string }
			}
			Ended []struct{ Name, Group, Outcome string }
			Next  int
		}
		p.get("?format=json", &seen)
		if seen.Next != 4 || len(seen.Ended) != 4 || len(seen.Groups) != 2 || seen.Program.Worker != "task" {
			t.Errorf("%+v", seen)
		}
		p.get("run/thumbs/?format=json", &seen)
		if seen.Next != 3 || seen.Program.Name != "thumbs" || len(seen.Groups) != 1 || seen.Groups[0].Workers[0].Name != "job.1.4" || seen.Ended[0].Group != seen.Groups[0].Name {
			t.Errorf("%+v", seen)
		}
	})
	t.Run("cancels a run, and tells so", func(t *testing.T) {
		if status, said := p.post("cancel", `{"run":"thumbs"}`, map[string]string{"Skein-Token": s.Token}); status != http.StatusOK {
			t.Fatal(status, said)
		}
		s := p.await("run/thumbs/cluster", "the cancelled run", func(s *state) bool { return s.Runs.List[0].Counts["cancelled"] == 1 })
		if r := s.Runs.List[0]; r.Cause != "cancelled on the page of the cluster" || r.State != "ending" {
			t.Errorf("%+v", r)
		}
		if status, said := p.post("cancel", `{"run":"mail"}`, map[string]string{"Skein-Token": s.Token}); status == http.StatusOK || !strings.Contains(said, "queue") {
			t.Error(status, said)
		}
	})
}

// A dead task is submitted again once, however often the button is pressed: to
// its run while that takes tasks, and then to a new run.
func TestADeadTaskIsRetriedOnce(t *testing.T) {
	c := clustertest.Open(t)
	job.Handle(c, do)
	clustertest.Work(t, c, 4)
	p := serve(t, c)
	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	submit(t, run, "never 1", "never 2", "never 3", "fine")
	s := p.await("cluster", "three dead", func(s *state) bool { return s.Dead.All == 3 })
	token := map[string]string{"Skein-Token": s.Token}
	answers := make(chan string, 8)
	for range cap(answers) {
		go func() {
			_, said := p.post("retry", `{"run":"r","tasks":["job.1.1"]}`, token)
			answers <- said
		}()
	}
	taken := 0
	for range cap(answers) {
		if said := <-answers; strings.Contains(said, `"tasks":["job.1.1"]`) {
			taken++
		} else if !strings.Contains(said, "not among the dead") {
			t.Error(said)
		}
	}
	if taken != 1 {
		t.Errorf("one task was submitted again %d times", taken)
	}
	s = p.await("cluster", "it is dead again, as another task", func(s *state) bool { return s.Dead.All == 3 && s.Runs.List[0].Ended == 5 })
	if got := s.Dead.List[0].Task; got == "job.1.1" {
		t.Errorf("the last dead is %s", got)
	}
	dead, err := run.Dead(t.Context())
	if err != nil || len(dead) != 3 {
		t.Errorf("%v, %v", dead, err)
	}
	if err := run.Wait(t.Context()); err == nil {
		t.Error("all succeeded")
	}
	p.await("cluster", "the run is over", func(s *state) bool { return s.Runs.List[0].State == "finished" && s.Dead.List[0].Closed })
	if status, said := p.post("retry", `{"run":"r","tasks":["job.1.2","job.1.3","job.7.7"]}`, token); status != http.StatusOK || !strings.Contains(said, `"run":"r-retry-1","tasks":["job.1.2","job.1.3"]`) || !strings.Contains(said, "job.7.7: ") {
		t.Error(status, said)
	}
	p.await("cluster", "two in the other run", func(s *state) bool {
		n := 0
		for _, d := range s.Dead.List {
			if d.Run == "r-retry-1" {
				n++
			}
		}
		return n == 2 && s.Dead.All == 3
	})
}

func TestWhoAsksIsChecked(t *testing.T) {
	c := clustertest.Open(t)
	p := serve(t, c)
	if _, err := c.Run(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	s := p.await("cluster", "the run", func(s *state) bool { return s.Runs.All == 1 })
	own := strings.TrimSuffix(p.url[:strings.LastIndex(strings.TrimSuffix(p.url, "/"), "/")], "/")
	for name, row := range map[string]struct {
		header map[string]string
		want   int
	}{
		"no token":        {map[string]string{}, 403},
		"a wrong token":   {map[string]string{"Skein-Token": "x"}, 403},
		"another site":    {map[string]string{"Skein-Token": s.Token, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 403},
		"the same site":   {map[string]string{"Skein-Token": s.Token, "Sec-Fetch-Site": "same-site"}, 403},
		"another origin":  {map[string]string{"Skein-Token": s.Token, "Origin": "http://evil.example"}, 403},
		"no origin":       {map[string]string{"Skein-Token": s.Token, "Origin": "null"}, 403},
		"another name":    {map[string]string{"Skein-Token": s.Token, "Host": "rebind.example.net"}, 403},
		"the page itself": {map[string]string{"Skein-Token": s.Token, "Sec-Fetch-Site": "same-origin", "Origin": own}, 200},
	} {
		if got, said := p.post("cancel", `{"run":"r"}`, row.header); got != row.want {
			t.Errorf("%s: %d, want %d: %s", name, got, row.want, said)
		}
	}
	for _, body := range []string{"", "{", `{"run":1}`, `{"run":"r"}{}`, `{"run":"r","more":1}`, `{"run":"` + strings.Repeat("x", 100_000) + `"}`} {
		if got, _ := p.post("cancel", body, map[string]string{"Skein-Token": s.Token}); got != http.StatusBadRequest {
			t.Errorf("%.40q: %d", body, got)
		}
	}
	for address, want := range map[string]int{
		"": 200, "page.js": 200, "uplot.js": 200, "cluster.js": 200, "run/r/": 200, "run/r/page.css": 200, "cluster?runs=-5&dead=999999": 200,
		"cluster?runs=x": 400, "run/r": 404, "run//": 404, "run/r/x/y": 404, "nothing": 404, "cancel": 404, "dead?run=none&task=job.1.1": 404, "dead?run=r&task=x": 404,
	} {
		answer, err := http.Get(p.url + address)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%q: %s", address, answer.Status)
		}
		if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%q: policy %q", address, csp)
		}
	}
	for _, outside := range []string{own + "/", own + "/cluster", own + "/x/", strings.TrimSuffix(p.url, "/"), own + "/cluster.js"} {
		answer, err := http.Get(outside)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("without the secret: %s", answer.Status)
		}
	}
}

// Who has been given the other address sees all, and changes nothing.
func TestAnAddressToLookAtOnly(t *testing.T) {
	c := clustertest.Open(t)
	job.Handle(c, do)
	clustertest.Work(t, c, 4)
	p, err := clusterweb.Serve("127.0.0.1:0", "the test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	changes, looks := page{t, p.URL}, page{t, p.LookURL}
	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	submit(t, run, "never", "hold")
	is := func(s *state) bool { return s.Dead.All == 1 && s.Runs.List[0].Running == 1 }
	seen := looks.await("cluster", "the dead task", is)
	token := changes.await("cluster", "the dead task", is).Token
	if seen.Token != "" || token == "" {
		t.Errorf("tokens %q and %q", seen.Token, token)
	}
	var details struct{ Args string }
	if looks.get("dead?run=r&task=job.1.1", &details); details.Args != `"never"` {
		t.Errorf("%+v", details)
	}
	for what, body := range map[string]string{"cancel": `{"run":"r"}`, "retry": `{"run":"r","tasks":["job.1.1"]}`, "run/r/cancel": `{"run":"r"}`, "": "", "nothing": ""} {
		for name, header := range map[string]map[string]string{
			"no token": nil, "an empty one": {"Skein-Token": ""}, "the other page's": {"Skein-Token": token},
		} {
			if status, said := looks.post(what, body, header); status != http.StatusForbidden || !strings.Contains(said, "only to look at") {
				t.Errorf("%s, %s: %d: %s", what, name, status, said)
			}
		}
	}
	// The secret of the one is not the other's token.
	secret := strings.Split(strings.TrimSuffix(p.LookURL, "/"), "/")
	if status, _ := changes.post("cancel", `{"run":"r"}`, map[string]string{"Skein-Token": secret[len(secret)-1]}); status != http.StatusForbidden {
		t.Error(status)
	}
	if s := looks.await("cluster", "all as it was", is); s.Runs.List[0].State != "open" {
		t.Errorf("%+v", s.Runs.List[0])
	}
	if status, said := changes.post("cancel", `{"run":"r"}`, map[string]string{"Skein-Token": token}); status != http.StatusOK {
		t.Error(status, said)
	}
	looks.await("cluster", "the cancelled run", func(s *state) bool { return s.Runs.List[0].Counts["cancelled"] == 1 })
}

// TestMain is also a worker in a process of its own, which can be killed.
func TestMain(m *testing.M) {
	if file := os.Getenv("CLUSTERWEB_WORKER"); file != "" {
		if err := work(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func work(file string) error {
	key, err := cluster.ReadKey(file)
	if err != nil {
		return err
	}
	c, err := cluster.Open(context.Background(), "", cluster.WithKey(key))
	if err != nil {
		return err
	}
	job.Handle(c, do)
	return c.Work(context.Background(), 2)
}

func TestAKilledWorkerIsSeen(t *testing.T) {
	dir := t.TempDir()
	c, err := embed.Open(t.Context(), dir, embed.Fast(), embed.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Make(t.Context(), "north")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("and with its key the page is not to be had", func(t *testing.T) {
		w, err := cluster.Open(t.Context(), "", cluster.WithKey(key))
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if p, err := clusterweb.Serve("127.0.0.1:0", "the test", w); err == nil || !strings.Contains(err.Error(), "worker's") {
			t.Errorf("%v, %v", p, err)
		}
	})
	file := dir + "/north.key"
	if err := os.WriteFile(file, []byte(key.Text()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serve(t, c)
	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	submit(t, run, "hold")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	worker := exec.Command(self)
	worker.Env = append(os.Environ(), "CLUSTERWEB_WORKER="+file)
	worker.Stderr = os.Stderr
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		worker.Wait() // it is killed
		close(ended)
	}()
	t.Cleanup(func() {
		worker.Process.Kill()
		<-ended
	})
	p.await("cluster", "the worker", func(s *state) bool {
		return s.Workers.All == 1 && s.Workers.List[0].PID == worker.Process.Pid && len(s.Workers.List[0].Tasks) == 1
	})
	if err := worker.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.await("cluster", "its silence", func(s *state) bool { return len(s.Workers.List) == 1 && s.Workers.List[0].State == "silent" })
	s := p.await("cluster", "its death", func(s *state) bool { return len(s.Workers.List) == 1 && s.Workers.List[0].State == "died" })
	if w := s.Workers.List[0]; !strings.HasPrefix(w.Name, "north.") || w.Tasks[0].Run != "r" {
		t.Errorf("%+v", w)
	}
}
