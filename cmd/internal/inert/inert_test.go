package inert

import (
	"encoding/json"
	"testing"
	"unicode"
)

func FuzzText(f *testing.F) {
	f.Add("\x1b[31mred\x1b]0;title\x07\t\xff日\u202e\x1b\u009b31m")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Text(s) {
			if unicode.IsControl(r) || r == '\u202e' {
				t.Errorf("%q shows %q", s, r)
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add("\x1b[31mred\u009b31m\x7f日\u202e\U000e0001\u2028\"\\<")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		out := JSON(b)
		if err := json.Unmarshal(out, &got); err != nil || got != want {
			t.Errorf("%q became %q: %q, %v", s, out, got, err)
		}
		for _, r := range string(out) {
			if unicode.IsControl(r) || r == '\u202e' {
				t.Errorf("%q shows %q", s, r)
			}
		}
	})
}
