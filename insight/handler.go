package insight

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skein"
)

// Handler serves the page, see the package documentation. Its zero value is
// ready to use. It may serve any number of requests concurrently, and must not
// be copied after the first.
type Handler struct {
	// Hosts are the names and addresses by which the handler may be asked for,
	// besides localhost and loopback addresses: "debug.example.org". Ports do
	// not count. A request with any other Host gets status 403.
	Hosts []string

	// Stuck is how long a worker has run when it counts as stuck, unless it
	// seems to be idle: see [Guess]. 0 means 30 seconds; if it is negative none
	// counts as stuck.
	Stuck time.Duration

	// History is how many ended workers are remembered between two requests,
	// while somebody looks. If more end, the others are counted, and that is
	// all. 0 means 4096; if it is negative there is no history at all, and the
	// plots and the timeline stay empty.
	History int

	// Source, if it is not nil, is shown in place of this process.
	Source Source

	watch watch
}

// ServeHTTP answers a request. It does not block, but for the time that a look
// at the program takes; where somebody asks for the stack of a worker that the
// last stacks do not have: then until they may be taken again, mostly within a
// second; and where a group was cancelled by an error whose Error method
// blocks.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if refused := h.refuse(r); refused != nil {
		refused.write(w)
		return
	}
	switch name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; name {
	case "":
		h.servePage(w, r)
	case "stacks":
		h.serveStacks(w, r)
	default:
		serveAsset(w, r, name)
	}
}

func (h *Handler) servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	switch format(r) {
	case "html":
		serveAsset(w, r, "page.html")
	case "json":
		h.serveState(w, r)
	case "text":
		snapshot := h.snapshot(r.URL.Query().Has("stacks"))
		writeText(w, snapshot.String())
	default:
		badRequest("format", "html, json or text").write(w)
	}
}

func (h *Handler) serveState(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	after, err := strconv.ParseUint(or(q.Get("after"), "0"), 10, 64)
	if err != nil {
		badRequest("after", "a number: the next of an earlier answer").write(w)
		return
	}
	since, err := strconv.ParseInt(or(q.Get("since"), "0"), 10, 64)
	if err != nil {
		badRequest("since", "a number: the time of a second of an earlier answer").write(w)
		return
	}
	writeJSON(w, h.state(after, since))
}

// snapshot looks at the program for somebody who wants text.
func (h *Handler) snapshot(stacks bool) skein.Snapshot {
	if stacks && h.Source == nil {
		h.look()
		s, _ := h.watch.dumps.get(time.Second)
		return s
	}
	s := h.now()
	prune(&s)
	return s
}

// now is what runs.
func (h *Handler) now() skein.Snapshot {
	s := skein.Snapshot{}
	if h.Source != nil {
		s = h.Source.Snapshot()
	} else {
		s = skein.Process()
	}
	shorten(&s)
	return s
}

// look notes that somebody looks.
func (h *Handler) look() {
	if h.Source != nil {
		h.watch.follow(h.Source)
	} else {
		h.watch.look(h.history())
	}
}

func (h *Handler) history() int {
	if h.History == 0 {
		return 4096
	}
	return h.History
}

func (h *Handler) stuck() time.Duration {
	if h.Stuck == 0 {
		return 30 * time.Second
	}
	return max(0, h.Stuck)
}

// format is what the parameter of that name asks for, else the Accept header.
func format(r *http.Request) string {
	q, accept := r.URL.Query(), r.Header.Get("Accept")
	switch {
	case q.Has("format"):
		return q.Get("format")
	case strings.Contains(accept, "text/html"):
		return "html"
	case strings.Contains(accept, "application/json"):
		return "json"
	}
	return "text"
}

func writeJSON(w http.ResponseWriter, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // escapes what HTML would take for its own
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("insight: encode %T: %v", v, err)) // plain data: it cannot fail
	}
	write(w, "application/json; charset=utf-8", b.Bytes())
}

func writeText(w http.ResponseWriter, text string) {
	write(w, "text/plain; charset=utf-8", []byte(text))
}

// write ends an answer. Whether it arrives is the client's affair.
func write(w http.ResponseWriter, contentType string, data []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
