package input_test

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/skein/cmd/internal/input"
)

func TestTable(t *testing.T) {
	rows := []struct {
		says  string
		text  string
		comma rune
		want  []string // the values, joined
		err   string
	}{
		{"values", "a,b\n1,2\n3,4", ',', []string{"1|2", "3|4"}, ""},
		{"quotes", "a,b\n\"1,\"\"x\"\"\",\n", ',', []string{`1,"x"|`}, ""},
		{"newlines in quotes", "a,b\r\n\"1\n2\",3\r\n", ',', []string{"1\n2|3"}, ""},
		{"a carriage return and a newline in quotes", "a,b\r\n\"1\r\n\r\n2\r\",\"x\n\"\r\n", ',', []string{"1\r\n\r\n2\r|x\n"}, ""},
		{"a quote behind it", "a,b\n\"1\r\n\"\"\r\n\",\"\r\n\"\r\n", ',', []string{"1\r\n\"\r\n|\r\n"}, ""},
		{"an empty line in a column of one", "a\n\nx\r\n\r\n\"\ny\n\"\n\n", ',', []string{"", "x", "", "\ny\n", ""}, ""},
		{"but not before the header", "\na\nx\n", ',', []string{"x"}, ""},
		{"a long line", "a,b\n" + strings.Repeat("x", 65535) + ",\"y\r\nz\"\n", ',', []string{strings.Repeat("x", 65535) + "|y\r\nz"}, ""},
		{"a carriage return at the edge of what is read", "a,b\n\"" + strings.Repeat("x", 65534) + "\r\n\",\n", ',', []string{strings.Repeat("x", 65534) + "\r\n|"}, ""},
		{"tabs", "a\tb\n1,\t2\n", '\t', []string{"1,|2"}, ""},
		{"empty lines are passed over", "a,b\n\n1,2\n\n", ',', []string{"1|2"}, ""},
		{"any bytes", "a\n\xff\xfe\x00\n", ',', []string{"\xff\xfe\x00"}, ""},
		{"blanks stay", "a,b\n 1 ,2 \n", ',', []string{" 1 |2 "}, ""},
		{"too few fields", "a,b\n1,2\n\n\"3\n\"\n5,6\n", ',', []string{"1|2"}, "record 2: line 4: 1 fields, not 2"},
		{"too many fields", "a,b\n1,2,3\n", ',', nil, "record 1: line 2: 3 fields, not 2"},
		{"a quote in a field without quotes", "a\nx\"y\n", ',', nil, `record 1: line 2, byte 2: bare "`},
		{"a quote within quotes", "a\n\"x\"y\"\n", ',', nil, "record 1: line 2, byte"},
		{"a quote that is not closed", "a\n1\n\"x\n\n", ',', []string{"1"}, "record 2: lines 3 to"},
		{"a record that is too long", "a\n1\n\"" + strings.Repeat("x\n", 10<<20), ',', []string{"1"}, "record 2: longer than 16 MiB"},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			table, err := input.NewTable(strings.NewReader(r.text), r.comma)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for s, e := range table.Records() {
				if err = e; e == nil {
					got = append(got, strings.Join(s.Values, "|"))
				}
			}
			if !slices.Equal(got, r.want) || (err == nil) != (r.err == "") || err != nil && !strings.HasPrefix(err.Error(), r.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestTableHeader(t *testing.T) {
	table, err := input.NewTable(strings.NewReader("\xef\xbb\xbf\"a b\",,c\n"), ',')
	if err != nil || !slices.Equal(table.Names, []string{"a b", "", "c"}) {
		t.Errorf("got %q, %v", table.Names, err)
	}
	if _, err := input.NewTable(strings.NewReader("\n\n"), ','); !errors.Is(err, input.ErrNoHeader) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := input.NewTable(strings.NewReader("a\"b\n"), ','); err == nil || !strings.Contains(err.Error(), "header: line 1") {
		t.Errorf("a quote: %v", err)
	}
	if _, err := input.NewTable(strings.NewReader("a,b\r1,2\r"), ','); !errors.Is(err, input.ErrCarriageReturn) {
		t.Errorf("carriage returns alone: %v", err)
	}
	broken := errors.New("no")
	if _, err := input.NewTable(iotest.ErrReader(broken), ','); !errors.Is(err, broken) {
		t.Errorf("a broken reader: %v", err)
	}
}

// FuzzTable writes what was read, and reads it again.
func FuzzTable(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\n\"x\ny\"\n", "a,a\n\"\"\"\",\n", "\xef\xbb\xbfa\n", "a\n\"", "a,b\r\n,\r\n"} {
		f.Add(s)
	}
	read := func(text string) (all [][]string, err error) {
		table, err := input.NewTable(iotest.OneByteReader(strings.NewReader(text)), ',')
		if err != nil {
			return nil, err
		}
		all = [][]string{table.Names}
		for s, e := range table.Records() {
			if e != nil {
				return all, e
			}
			all = append(all, s.Values)
		}
		return all, nil
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := read(text)
		if err != nil {
			return
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		for _, record := range all {
			if len(record) != len(all[0]) {
				t.Fatalf("%q: a record of %d fields", text, len(record))
			}
			if len(record) == 1 && record[0] == "" || strings.HasPrefix(b.String(), "\xef\xbb\xbf") {
				return // the writer writes an empty line for it
			}
			w.Write(record)
		}
		w.Flush()
		again, err := read(b.String())
		if err != nil || !slices.EqualFunc(all, again, slices.Equal[[]string]) && !strings.Contains(text, "\r") && !strings.HasPrefix(b.String(), "\xef\xbb\xbf") {
			t.Errorf("%q\n got %q, %v\nwant %q", text, again, err, all)
		}
	})
}

func TestObjects(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}x`:     "record 1: more than one JSON value",
		`{"a":1} {}`:   "record 1: more than one JSON value in the line",
		`{"a":`:        "record 1: not JSON: the line ends too early",
		"{}\n[1]":      "record 2: not a JSON object",
		"{}\n\n{}":     "record 2: not a JSON object but an empty line",
		"{}\n{a:1}\n":  "record 2: not JSON: invalid character 'a'",
		"{\"a\":\n1}":  "record 1: not JSON: the line ends too early",
		"{}\n\"\xff\n": "record 2: ",
	} {
		_, err := inputs(t, input.Objects(strings.NewReader(text), false))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v", text, err)
		}
	}
	good := "{}\n  {\"a\":[1]} \r\n\n{\"é\":\"\xff\"}"
	if got, err := inputs(t, input.Objects(strings.NewReader(good), true)); err != nil || len(got) != 3 {
		t.Errorf("got %q, %v", got, err)
	}
	long := `{"a":"` + strings.Repeat("x", 2<<20) + "\"}\n{}\n"
	if got, err := inputs(t, input.Objects(strings.NewReader(long), false)); err != nil || len(got) != 2 {
		t.Errorf("a line that is too long is one task's: %d inputs, %v", len(got), err)
	}
	if _, err := inputs(t, input.Objects(io.MultiReader(strings.NewReader("{}\n"), iotest.ErrReader(errors.New("no"))), false)); err == nil {
		t.Error("no error of a broken reader")
	}
	for range input.Objects(strings.NewReader(good), true) {
		break
	}
}
