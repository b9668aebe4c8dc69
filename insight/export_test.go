package insight

import "time"

// Bucket and Middle are what percentiles are made of.
var (
	Bucket = bucket
	Middle = middle
)

// Leave makes it as if nobody had looked for long.
func (h *Handler) Leave() {
	h.watch.mu.Lock()
	h.watch.last = time.Time{}
	looked := h.watch.timer != nil
	h.watch.mu.Unlock()
	if looked {
		h.watch.leave()
	}
}
