package skein

import "testing"

// An entry as Go's goroutine profile has them: tabs make columns, so that there
// are several behind a short name.
const entry = `2 @ 0x10 0x20
# labels: {"request":"7 \"a\"", "worker":"cat \"1\".jpg"}
#	0x4836a5	sync.(*Mutex).lockSlow+0x104		/goroot/src/sync/mutex.go:171
#	0x501111	main.fetch+0x1c				/src/main.go:12
#	0x502222	main.main.func1+0x1c			/src/main.go:30
#	0x503333	example.com/skein.(*record).carry+0x81	/skein/carrier.go:84
#	0x504444	example.com/skein.(*Group).carrier+0x2	/skein/carrier.go:60`

func TestProfileEntry(t *testing.T) {
	e, ok := parseEntry(entry)
	if !ok || e.name != `cat "1".jpg` {
		t.Errorf("got %+v", e)
	}
	if want := "sync.(*Mutex).lockSlow(...)\n\t/goroot/src/sync/mutex.go:171\nmain.fetch(...)\n\t/src/main.go:12\nmain.main.func1(...)\n\t/src/main.go:30"; e.text != want {
		t.Errorf("got\n%s", e.text)
	}
	if len(e.calls) != 3 || e.calls[2] != "main.main.func1" {
		t.Errorf("calls %q", e.calls)
	}
	if _, ok := parseEntry("1 @ 0x10\n#\t0x1\tmain.main+0x1\t/src/main.go:1"); ok {
		t.Error("the main goroutine is a worker")
	}
}

func TestDumpedStack(t *testing.T) {
	st := parse("goroutine 7 [chan send, 5 minutes, locked to thread]:\nmain.fetch(0xc000012345, {0x1, 0x2})\n\t/src/main.go:12 +0x1d")
	if st.goroutine != 7 || st.state != "chan send" || st.blocked.Minutes() != 5 || st.at != "main.fetch main.go:12" {
		t.Errorf("got %+v", st)
	}
	w := Worker{AtLeast: true, Age: 3}
	st.tell(&w)
	if w.Age.Minutes() != 5 {
		t.Errorf("age %v", w.Age)
	}
	for text, want := range map[string]uintptr{"0x20012345, 0x1)": 0x20012345, "0x10?)": 0x10, "...)": 0, "": 0, "0xzz)": 0} {
		if got := argument(text); got != want {
			t.Errorf("argument(%q) is %#x", text, got)
		}
	}
}
