package embed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// TestGarbageOfAWorkerHarmsNobody writes garbage to all subjects that a worker
// may write to, while a run goes on.
func TestGarbageOfAWorkerHarmsNobody(t *testing.T) {
	lease := cluster.Lease(time.Second)
	c, keys := listen(t, embed.Client(lease))
	key := makeKey(t, keys, "w", "a")
	run := openRun(t, c, "r")
	const tasks = 300
	submitted := make(chan error, 1)
	go func() {
		for i := range tasks {
			if _, err := a.Submit(t.Context(), run, i); err != nil {
				submitted <- err
				return
			}
		}
		submitted <- nil
	}()
	nc, said := raw(t, key)
	w := enter(t, key, lease)
	a.Handle(w, same)
	work(t, w, 4)
	for i := range 20 {
		for _, subject := range []string{
			fmt.Sprintf("skein.0.r.task.a.1.%d-%d", i, i), "skein.0.r.task.a.x", "skein.0.other.task.a.1.1-1",
			fmt.Sprintf("skein.0.r.suspect.a.1.%d-%d", i, i),
			fmt.Sprintf("skein.0.r.done.a.1.%d-%d", i, i), "skein.0.r.done.a.1.1-64", "skein.0.r.done.a.x.y.z",
			"$JS.ACK.SKEIN_TASKS.task-a.1.1.1.1.0", "$JS.ACK.SKEIN_TASKS.task-a.x",
		} {
			for _, version := range []string{"", "1"} {
				for _, body := range []string{
					"", "x", "{}", "null", "[]", `{"tasks":null}`, `{"tasks":[]}`, `{"records":[]}`,
					`{"records":[{"submitter":0,"n":0,"outcome":"succeeded"},{"submitter":-1,"n":-5,"outcome":"failed"}]}` + "\n\n",
					`{"records":[{"submitter":99,"n":1,"outcome":"succeeded"},{"submitter":1,"n":1000000,"outcome":"succeeded"}]}` + "\n{}\n1",
					`{"records":[{"submitter":1,"n":1,"outcome":"no such outcome"}]}` + "\n",
					`{"records":[{"submitter":1,"n":1,"outcome":"succeeded"}]}`, // with no line for the result
					`{"type":"b","submitter":99,"first":1,"last":2,"tasks":[{"n":1,"attempt":-1,"deliveries":-1}]}` + "\n\"x\"",
					strings.Repeat("[", 100_000),
				} {
					if strings.HasPrefix(subject, "$JS.ACK") && body == "" {
						continue // is an acknowledgement, which it may give
					}
					m := nats.NewMsg(subject)
					m.Data = []byte(body)
					if version != "" {
						m.Header.Set("Skein-Version", version)
					}
					if err := nc.PublishMsg(m); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := await(t, "the tasks to be submitted", submitted); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait(t.Context()) }()
	if err := await(t, "the run to end", ended); err != nil {
		t.Error(err)
	}
	seen := map[int]int{}
	for v, err := range a.Results(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		seen[v]++
	}
	for i := range tasks {
		if seen[i] != 1 {
			t.Errorf("task %d is accounted %d times", i, seen[i])
		}
	}
	if len(seen) != tasks {
		t.Errorf("%d tasks", len(seen))
	}
	if len(said) > 0 {
		t.Error(<-said)
	}
}
