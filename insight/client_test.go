package insight_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skein"
	"example.com/skein/insight"
)

// looked makes a handler ready for a test, after which nobody looks any more.
func looked(t *testing.T, h *insight.Handler) *insight.Handler {
	t.Cleanup(h.Leave)
	return h
}

// get asks the handler as a program on the same machine does.
func get(h http.Handler, target string) *httptest.ResponseRecorder {
	return ask(h, http.MethodGet, target, nil)
}

// ask sends headers too; "Host" is one of them.
func ask(h http.Handler, method, target string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "localhost:6060"
	for name, value := range header {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// stateOf asks for a State. The parameters are those after format.
func stateOf(t *testing.T, h http.Handler, parameters string) insight.State {
	t.Helper()
	var s insight.State
	decode(t, get(h, "/debug/skein/?format=json"+parameters), &s)
	return s
}

func decode(t *testing.T, w *httptest.ResponseRecorder, v any) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("got status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
		t.Fatalf("%v in\n%.2000s", err, w.Body)
	}
}

// groupOf finds a group of a name in a tree, or fails the test.
func groupOf(t *testing.T, groups []skein.GroupState, name string) skein.GroupState {
	t.Helper()
	if g := findGroup(groups, name); g != nil {
		return *g
	}
	t.Fatalf("no group %q in the answer", name)
	return skein.GroupState{}
}

func findGroup(groups []skein.GroupState, name string) *skein.GroupState {
	for i := range groups {
		if groups[i].Name == name {
			return &groups[i]
		}
		if g := findGroup(groups[i].Groups, name); g != nil {
			return g
		}
	}
	return nil
}

// held returns a task that ends well when end is closed.
func held(end <-chan struct{}) func(context.Context) error {
	return func(context.Context) error {
		<-end
		return nil
	}
}

// lasting takes d and ends with err.
func lasting(d time.Duration, err error) func(context.Context) error {
	return func(context.Context) error {
		<-time.After(d)
		return err
	}
}

func succeed(context.Context) error { return nil }

func wantContains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q is not in\n%.3000s", part, text)
	}
}
