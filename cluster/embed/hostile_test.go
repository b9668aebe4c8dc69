package embed_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// tell publishes what only a worker could that is not ours.
func tell(t *testing.T, nc *nats.Conn, subject, data string) {
	t.Helper()
	m := nats.NewMsg(subject)
	m.Header.Set("Skein-Version", "1")
	m.Data = []byte(data)
	if r, err := nc.RequestMsg(m, late); err != nil || strings.Contains(string(r.Data), "error") {
		t.Fatal(r, err)
	}
}

// A server closes the connection at a subject that is too long for it. Nobody must
// be made to ask for one by what a worker has written.
func TestAWorkerCannotHaveAnotherOnesConnectionClosed(t *testing.T) {
	c, keys := listen(t, embed.Client(cluster.Lease(time.Second)))
	nc, _ := raw(t, makeKey(t, keys, "w", "a"))
	long := strings.Repeat("x", 3900)
	said := openRun(t, c, "said")
	if _, err := a.Submit(t.Context(), said, 1); err != nil {
		t.Fatal(err)
	}
	tell(t, nc, "skein.0.said.done.a.1.1-1",
		`{"worker":"w","records":[{"submitter":1,"n":1,"attempt":1,"outcome":"succeeded","object":"skein.0.said.piece.a.1.1.`+long+long+`:1"}]}`+"\n")
	if err := said.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, err := range a.Results(t.Context(), said) {
		if told++; err == nil {
			t.Error("a result that is nowhere")
		}
	}
	if told != 1 {
		t.Errorf("%d results", told)
	}
	run := openRun(t, c, "r")
	if _, err := a.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	tell(t, nc, "skein.0."+long+".task.a.1.1-1",
		`{"type":"a","codec":"json","version":1,"submitter":1,"first":1,"last":1,"tasks":[{"n":1,"attempt":1}]}`+"\n7")
	a.Handle(c, same)
	ended, _ := work(t, c, 2)
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Error(err)
	default:
	}
	if !c.Connected() {
		t.Error("the owner is cut off")
	}
}

// What other workers say of themselves stays.
func TestAWorkerCannotRemoveOthersFromTheList(t *testing.T) {
	c, keys := listen(t)
	w1, _ := raw(t, makeKey(t, keys, "w1", "a"))
	w2, _ := raw(t, makeKey(t, keys, "w2", "b"))
	say, err := json.Marshal(cluster.Worker{Host: "h"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w2.RequestWithContext(t.Context(), "$KV.SKEIN_WORKERS.w2.x", say); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"all", "sub"} {
		m := nats.NewMsg("$KV.SKEIN_WORKERS.w1.x")
		m.Header.Set("Nats-Rollup", how)
		m.Data = say
		ctx, cancel := context.WithTimeout(t.Context(), late)
		defer cancel()
		if r, err := w1.RequestMsgWithContext(ctx, m); err != nil || !strings.Contains(string(r.Data), "rollup not permitted") {
			t.Errorf("%s: %s, %v", how, r.Data, err)
		}
	}
	if r, err := w1.RequestWithContext(t.Context(), "$KV.SKEIN_WORKERS.w1.x", make([]byte, 512<<10)); err != nil || !strings.Contains(string(r.Data), "error") {
		t.Errorf("too much to say: %s, %v", r.Data, err)
	}
	if all, err := c.Workers(t.Context()); err != nil || len(all) != 1 || all[0].Name != "w2.x" {
		t.Errorf("%v, %v", all, err)
	}
}

// What cannot be written as JSON would end who shows it.
func TestATimeThatAWorkerInventsCanBeWritten(t *testing.T) {
	c, keys := listen(t)
	nc, _ := raw(t, makeKey(t, keys, "w", "a"))
	run := openRun(t, c, "r")
	if _, err := a.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	tell(t, nc, "skein.0.r.done.a.1.1-1", `{"worker":"w","records":[{"submitter":1,"n":1,"attempt":1,"outcome":"failed",`+
		`"started":-999999999999999999,"ended":999999999999999999,"cause":"x"}]}`+"\n")
	if err := run.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(o); err != nil {
			t.Error(err)
		}
	}
}
