package clusterweb

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"example.com/skein/insight"
)

// handler answers at these addresses, below the secret:
//
//	.                the page of all runs, and what package insight has there
//	run/NAME/        the same of one run
//
// and below both of these
//
//	cluster          the JSON of a state; runs=N, workers=N and dead=N say where the lists begin
//	dead?run=R&task=T  all that is known of a dead task
//	cancel, retry    POST: an order
type handler struct {
	*shown
	token string // empty: it changes nothing
}

// shown is what all handlers of a page show.
type shown struct {
	board *board
	all   http.Handler
	pages pages
}

// newHandlers makes one that may change things, and one that may not.
func newHandlers(b *board) (changes, looks *handler) {
	s := &shown{board: b, all: &insight.Handler{Source: all{b}, Stuck: -1}}
	return &handler{s, rand.Text()}, &handler{s, ""}
}

//go:embed assets
var files embed.FS

var assets = map[string]string{
	"page.html":   "text/html; charset=utf-8",
	"cluster.css": "text/css; charset=utf-8",
	"cluster.js":  "text/javascript; charset=utf-8",
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if refused := refuse(r, h.token); refused != nil {
		refused.write(w)
		return
	}
	run, name, ok := place(r.URL.Path)
	if !ok {
		(&refusal{http.StatusNotFound, "there is no such page", "the page's address ends in a slash"}).write(w)
		return
	}
	if r.Method == http.MethodPost {
		h.change(w, r, name)
		return
	}
	wantsPage := name == "" && (r.URL.Query().Get("format") == "html" || !r.URL.Query().Has("format") && strings.Contains(r.Header.Get("Accept"), "text/html"))
	switch _, own := assets[name]; {
	case wantsPage:
		w.Header().Set("Vary", "Accept")
		serveAsset(w, "page.html")
	case own && name != "page.html":
		serveAsset(w, name)
	case name == "cluster":
		h.serveState(w, r, run)
	case name == "dead":
		q := r.URL.Query()
		ctx, cancel := context.WithTimeout(r.Context(), changing)
		defer cancel()
		answer(w, func() (any, error) { return h.board.inspect(ctx, q.Get("run"), q.Get("task")) })
	case run != "":
		h.pages.of(run, h.board).ServeHTTP(w, r)
	default:
		h.all.ServeHTTP(w, r)
	}
}

// place reads which run a path is of, and what of it.
func place(path string) (run, name string, ok bool) {
	path = strings.TrimPrefix(path, "/")
	if rest, found := strings.CutPrefix(path, "run/"); found {
		if run, name, found = strings.Cut(rest, "/"); !found || run == "" {
			return "", "", false
		}
		return run, name, !strings.Contains(name, "/")
	}
	return "", path, !strings.Contains(path, "/")
}

func serveAsset(w http.ResponseWriter, name string) {
	data, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic("clusterweb: " + err.Error()) // it is embedded
	}
	write(w, assets[name], data)
}

func (h *handler) serveState(w http.ResponseWriter, r *http.Request, run string) {
	q := r.URL.Query()
	a := asked{run: run, filter: strings.ToLower(q.Get("filter"))}
	for key, n := range map[string]*int{"runs": &a.runs, "workers": &a.workers, "dead": &a.dead} {
		if !q.Has(key) {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(q.Get(key)); err != nil {
			(&refusal{http.StatusBadRequest, "cannot read the parameter " + key, "it is a number: where the list begins"}).write(w)
			return
		}
	}
	s := h.board.state(a)
	s.Token = h.token
	writeJSON(w, s)
}

// change changes something.
func (h *handler) change(w http.ResponseWriter, r *http.Request, name string) {
	o, err := readOrder(w, r)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), changing) // whoever goes has not taken it back
	defer cancel()
	answer(w, func() (any, error) {
		switch {
		case err != nil:
			return nil, err
		case name == "cancel":
			return done{Run: o.Run, Tasks: []string{}}, h.board.cancel(ctx, o)
		case name == "retry":
			return h.board.retry(ctx, o)
		}
		return nil, &refusal{http.StatusNotFound, "nothing is to be changed there", "POST to cancel or retry"}
	})
}

func answer(w http.ResponseWriter, f func() (any, error)) {
	v, err := f()
	refused := (*refusal)(nil)
	switch {
	case err == nil:
		writeJSON(w, v)
	case errors.As(err, &refused):
		refused.write(w)
	default:
		(&refusal{http.StatusBadGateway, clip(err.Error(), 1000), "the cluster has said so; try it again"}).write(w)
	}
}
