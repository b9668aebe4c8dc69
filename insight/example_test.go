package insight_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"example.com/skein"
	"example.com/skein/insight"
)

// The page beside a service's own addresses. A service that strangers reach
// mounts it behind its auth, or in a server of its own on a loopback address.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/debug/skein/", &insight.Handler{})

	server := httptest.NewServer(mux)
	defer server.Close()
	answer, err := http.Get(server.URL + "/debug/skein/?format=html")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status, answer.Header.Get("Content-Type"))
	// Output: 200 OK text/html; charset=utf-8
}

// Who is not known by name gets nothing but a hint.
func ExampleHandler_ServeHTTP() {
	h := &insight.Handler{Hosts: []string{"debug.example.org"}}
	for _, host := range []string{"debug.example.org", "localhost:6060", "rebind.example.net"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+"/debug/skein/", nil))
		fmt.Println(host, w.Code)
	}
	// Output:
	// debug.example.org 200
	// localhost:6060 200
	// rebind.example.net 403
}

// look is a client in a few lines: it reads JSON from the page's own address.
func look(h *insight.Handler, address string, into any) {
	lookedAt = append(lookedAt, h)
	server := httptest.NewServer(h)
	defer server.Close()
	answer, err := http.Get(server.URL + address)
	if err == nil {
		defer answer.Body.Close()
		err = json.NewDecoder(answer.Body).Decode(into)
	}
	if err != nil {
		fmt.Println(err)
	}
}

func ExampleState() {
	h := &insight.Handler{}
	var s insight.State
	look(h, "/?format=json", &s) // from now on who ends is remembered

	g := skein.New(context.Background(), skein.Name("thumbnails"), skein.Limit(2))
	g.GoNamed("cat.jpg", func(context.Context) error { return nil })
	end := make(chan struct{})
	g.GoNamed("dog.jpg", func(context.Context) error { <-end; return nil })
	for s.Next == 0 {
		look(h, fmt.Sprintf("/?format=json&after=%d", s.Next), &s)
	}
	fmt.Println(s.Ended[0].Name, s.Ended[0].Outcome)
	for _, group := range s.Groups {
		if group.Name == "thumbnails" {
			fmt.Println(group.Running, "of at most", group.Limit)
		}
	}
	close(end)
	fmt.Println(g.Wait())
	// Output:
	// cat.jpg succeeded
	// 1 of at most 2
	// <nil>
}

func ExampleProgram() {
	var s insight.State
	look(&insight.Handler{}, "/?format=json", &s)
	fmt.Println(strings.HasPrefix(s.Program.Name, "insight.test"), s.Program.PID > 0)
	// Output: true true
}

func ExampleSecond() {
	h := &insight.Handler{}
	var s insight.State
	look(h, "/?format=json", &s)

	g := skein.New(context.Background(), skein.KeepGoing())
	g.Go(func(context.Context) error { return nil })
	g.Go(func(context.Context) error { return io.ErrUnexpectedEOF })
	fmt.Println(g.Wait())

	look(h, "/?format=json", &s)
	ended, failed := 0, 0
	for _, second := range s.Seconds {
		ended += second.Ended
		failed += second.Outcomes[skein.Failed]
	}
	fmt.Println(ended, "ended,", failed, "failed")
	// Output:
	// unexpected EOF
	// 2 ended, 1 failed
}

func ExampleSuspect() {
	h := &insight.Handler{Stuck: time.Millisecond}
	var s insight.State
	look(h, "/?format=json", &s)

	pages := make(chan string)
	g := skein.New(context.Background(), skein.Name("reports"))
	g.GoNamed("weekly", func(context.Context) error {
		pages <- "page 1" // nobody reads
		return nil
	})
	for len(s.Stuck) == 0 || s.Stuck[0].State == "" {
		time.Sleep(10 * time.Millisecond) // of real time: an example has no other
		look(h, "/?format=json", &s)
	}
	fmt.Printf("%s of %s: %s, %s\n", s.Stuck[0].Name, s.Stuck[0].Group, s.Stuck[0].Guess, s.Stuck[0].State)
	<-pages
	fmt.Println(g.Wait())
	// Output:
	// weekly of reports: blocked, chan send
	// <nil>
}

// A program that watches others wakes somebody only for the first two.
func ExampleGuess() {
	for _, guess := range []insight.Guess{insight.Blocked, insight.Unclear, insight.Idle, insight.Parent} {
		fmt.Println(guess, guess == insight.Blocked || guess == insight.Unclear)
	}
	// Output:
	// blocked true
	// unclear true
	// idle false
	// parent false
}

func ExampleDump() {
	h := &insight.Handler{}
	g := skein.New(context.Background(), skein.Name("lookups"))
	begun, end := make(chan struct{}), make(chan struct{})
	g.GoNamed("example.org", func(context.Context) error { close(begun); <-end; return nil })

	<-begun
	id := g.Snapshot().Groups[0].ID
	var d insight.Dump
	look(h, fmt.Sprintf("/stacks?format=json&group=%d&worker=1", id), &d)
	fmt.Println(d.Workers[0].Name, strings.Contains(d.Workers[0].Stack, "insight_test.ExampleDump"))
	close(end)
	fmt.Println(g.Wait())
	// Output:
	// example.org true
	// <nil>
}

// fleet is what a source tells of: boats at sea.
type fleet struct{}

func (fleet) Program() insight.Program { return insight.Program{Name: "fleet", Details: "log"} }

func (fleet) Snapshot() skein.Snapshot {
	boat := skein.Worker{Number: 1, Name: "Alma", Func: "fishing", Age: time.Hour}
	return skein.Snapshot{Groups: []skein.GroupState{{ID: 1, Name: "boats", Stats: skein.Stats{Running: 1}, Workers: []skein.Worker{boat}}}}
}

func (fleet) After(uint64) ([]skein.Ended, uint64) { return nil, 0 }

func (fleet) Details(uint64, int64) []skein.Worker {
	return []skein.Worker{{Number: 1, Name: "Alma", Stack: "nets out"}}
}

// The page can show what runs elsewhere, in the words of a Snapshot.
func ExampleSource() {
	var state insight.State
	look(&insight.Handler{Source: fleet{}, Stuck: -1}, "/?format=json", &state)
	for _, g := range state.Groups {
		fmt.Println(state.Program.Name, g.Name, g.Workers[0].Name, g.Workers[0].Age)
	}
	// Output: fleet boats Alma 1h0m0s
}
