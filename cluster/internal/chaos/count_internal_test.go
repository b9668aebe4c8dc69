package chaos

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A count that never sees anything proves nothing.
func TestTheCountSeesWhatIsWrong(t *testing.T) {
	well := map[string]string{
		submittedLog:     "1 100\n1 150 1 1\n2 100\n2 150 1 2\n3 400\n",
		startedLog:       "1 7 200\n2 8 210\n3 8 410\n",
		readingLog + "1": "1 1 1 succeeded 300\n",
		readingLog + "2": "1 1 1 succeeded 300\n1 2 2 succeeded 310\n1 3 3 succeeded 500\nend\n",
		finalLog:         "1 1 1 succeeded 900\n1 2 2 succeeded 910\n1 3 3 succeeded 920\nend\n",
	}
	struck := func(pid int, from, to int64) []blow {
		return []blow{{pid: pid, from: time.Unix(0, from), to: time.Unix(0, to), since: time.Unix(0, from)}}
	}
	for _, row := range []struct {
		name     string
		log      string
		old, new string
		blows    []blow
		want     Tally
	}{
		{name: "nothing", want: Tally{Recover: 210}},
		{name: "no outcome", log: "final", old: "1 2 2 succeeded 910\n", want: Tally{Lost: 1, Unlike: 2, Recover: 210}},
		{name: "told as lost", log: "final", old: "2 succeeded", new: "2 lost", want: Tally{Lost: 1, Unlike: 1, Recover: 210}},
		{name: "accounted twice", log: "final", old: "end", new: "1 2 2 succeeded 930\nend", want: Tally{Twice: 1, Unlike: 1, Recover: 210}},
		{name: "a reading that was cut off differs", log: "reading-1", old: "succeeded", new: "failed", want: Tally{Unlike: 1, Recover: 210}},
		{name: "somebody else's result", log: "final", old: "1 2 2 ", new: "1 2 1 ", want: Tally{Bad: 1, Unlike: 1, Recover: 210}},
		{name: "it succeeded and never ran", log: "started", old: "2 8 210\n", want: Tally{Bad: 1, Recover: 210}},
		{name: "executed again for no reason", log: "started", old: "3 8", new: "1 9 205\n3 8", want: Tally{Again: 1, Needless: 1, Recover: 210}},
		{
			name: "executed again, for its worker was killed", log: "started", old: "3 8", new: "1 9 205\n3 8",
			blows: struck(7, 202, 202), want: Tally{Again: 1, Blows: 1, Recover: 108},
		},
		{
			name: "executed again long after the server was back", log: "started", old: "3 8", new: "3 9 490\n3 8",
			blows: struck(0, 202, 350), want: Tally{Again: 1, Needless: 1, Blows: 1, Recover: 108},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range well {
				if name == row.log {
					if !strings.Contains(text, row.old) {
						t.Fatalf("%q is not in %s", row.old, name)
					}
					text = strings.Replace(text, row.old, row.new, 1)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := count(dir, row.blows, Size{Lease: 10})
			row.want.Safe = 2 // of the third nobody was told
			if err != nil || got != row.want {
				t.Errorf("%#v, not %#v; %v", got, row.want, err)
			}
		})
	}
}
