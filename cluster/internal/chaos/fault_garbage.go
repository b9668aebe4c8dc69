package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Whoever has a worker's key can write to these subjects, and mean nothing by
// it. What is well formed and a lie is another matter: a worker says how its
// tasks ended, and nobody else can know better.
var garbage = Fault{
	Name: "garbage to each subject that a worker may write", bound: lease,
	play: func(s *stage) error {
		nc, err := nats.Connect(s.base.URL)
		if err != nil {
			return err
		}
		defer nc.Close()
		last := blow{from: time.Now(), harmless: true}
		for until := time.Now().Add(s.length()); time.Now().Before(until) && s.after(5*time.Millisecond); {
			m := nats.NewMsg(junkSubject(s.r, s.Tasks))
			m.Data = junk(s.r)
			if v := junkVersions[s.r.IntN(len(junkVersions))]; v != "" {
				m.Header.Set("Skein-Version", v)
			}
			if err := nc.PublishMsg(m); err != nil {
				return err
			}
			last.to, last.since = time.Now(), time.Now()
		}
		if err := nc.Flush(); err != nil {
			return err
		}
		s.note(last)
		return nil
	},
}

// A version that is not known is left out: a batch whose last record has one waits
// for a worker that can read it, as it must (docs/protocol.md).
var junkVersions = []string{"", "1", "1", "1", "-1", "one", "1.0", strings.Repeat("9", 500)}

// junkSubject is one that a worker may write.
func junkSubject(r *rand.Rand, tasks int) string {
	first := 1 + r.IntN(tasks)
	last := first + r.IntN(64)
	span := fmt.Sprintf("%d.%d-%d", r.IntN(4), first, last)
	switch r.IntN(8) {
	case 0:
		return "skein.0." + runName + ".task.chaos." + span
	case 1:
		return "skein.0." + runName + ".suspect.chaos." + span
	case 2:
		return "skein.0.nobody.task.chaos.x"
	case 3:
		return "skein.0." + runName + ".done.chaos." + span + fmt.Sprintf(".%d-%d", first, last)
	case 4:
		return "$JS.API.CONSUMER.INFO.SKEIN_TASKS.chaos"
	case 5:
		return "$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.chaos"
	case 6:
		return fmt.Sprintf("$JS.ACK.SKEIN_TASKS.chaos.%d.%d.%d.1.1", r.IntN(9), first, last)
	}
	return "skein.0." + runName + ".done.chaos." + span
}

// junk is never empty, for an empty acknowledgement is one, and names no number
// that is a task's argument.
func junk(r *rand.Rand) []byte {
	whole := []string{
		`{"worker":"w","records":[{"submitter":1,"n":%d,"attempt":1,"outcome":"marvellous"}]}` + "\n1",
		`{"worker":"w","records":[{"submitter":1,"n":9007199254740991,"attempt":1,"outcome":"succeeded"}]}` + "\n\"x\"",
		`{"worker":"w","records":[{"submitter":1,"n":-%d,"attempt":1,"outcome":"succeeded"},null,{"submitter":1,"n":0,"outcome":"lost"}]}` + "\n\n\n",
		`{"worker":"w","records":[{"submitter":999999999,"n":%d,"attempt":-1,"outcome":"failed","started":"never"}]}` + "\n",
		`{"worker":"w","records":"all of them"}`,
		`{"type":"chaos","submitter":1,"first":1,"last":2,"tasks":[null,null]}`,
		`{"type":"chaos","submitter":-1,"first":%d,"last":-2,"again":true,"tasks":[{"n":-7,"attempt":-1,"deliveries":-1}]}` + "\n\"x\"",
		`{"type":"other","submitter":99,"first":1,"last":1,"tasks":[{"n":1,"attempt":1000000,"deliveries":1000000}]}` + "\n" + `{"x":"y"}`,
		`{"type":"chaos","submitter":1,"tasks":{}}`,
		`{"tasks":[]}`, `null`, `{}`, `""`, `[` + strings.Repeat(`[`, 20000),
	}
	text := whole[r.IntN(len(whole))]
	if strings.Contains(text, "%d") {
		text = fmt.Sprintf(text, 1+r.IntN(5000))
	}
	switch r.IntN(4) {
	case 0: // torn
		return []byte(text[:1+r.IntN(len(text))])
	case 1: // one byte is another
		b := []byte(text)
		b[r.IntN(len(b))] ^= byte(1 << r.IntN(8))
		return b
	case 2:
		b := make([]byte, 1+r.IntN(300))
		for i := range b {
			b[i] = byte(128 + r.IntN(128)) // no word of the server's begins so
		}
		return b
	}
	return []byte(text)
}
