package cluster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"

	"example.com/skein/cluster"
)

func newKey(t testing.TB) cluster.Key {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return cluster.Key{Name: "north", Types: []string{"thumb", "mail"}, Address: "host:4222", Server: [32]byte{1, 2, 3}, Seed: string(seed)}
}

func TestAKeyTravelsAsALine(t *testing.T) {
	for _, isOwner := range []bool{false, true} {
		k := newKey(t)
		k.Owner = isOwner
		text := k.Text()
		if strings.ContainsAny(text, " \n\t\"'\\$") {
			t.Errorf("%q is not one plain word", text)
		}
		for _, form := range []string{text, text + "\n", "  " + text + "\r\n"} {
			if got, err := cluster.ParseKey(form); err != nil || !reflect.DeepEqual(got, k) {
				t.Errorf("%v, %v", got, err)
			}
		}
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := cluster.ReadKey(file); err != nil || !reflect.DeepEqual(got, k) {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestNoWayOfPrintingShowsTheSecretOfAKey(t *testing.T) {
	k := newKey(t)
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{k, &k, []cluster.Key{k}} {
			if text := fmt.Sprintf(form, v); strings.Contains(text, k.Seed) || strings.Contains(text, fmt.Sprintf("%x", k.Seed)) {
				t.Errorf("%s shows %s", form, text)
			}
		}
	}
}

func TestADamagedKeyIsRefusedWithTheReason(t *testing.T) {
	k := newKey(t)
	text := k.Text()
	reason := func(change func(*cluster.Key)) string {
		k := k
		change(&k)
		return k.Text()
	}
	for _, row := range []struct{ text, why string }{
		{"", "begins with"},
		{"hello", "begins with"},
		{k.Seed, "begins with"},
		{text[:len(text)-1], "missing or changed"},
		{text[:len(text)/2], "missing or changed"},
		{text[:40] + "x" + text[41:], "missing or changed"},
		{strings.Replace(text, "skein-worker", "skein-owner", 1), "missing or changed"},
		{text + "x", "missing or changed"},
		{strings.Repeat("x", 1<<20), "too long"},
		{reason(func(k *cluster.Key) { k.Name = "a b" }), "name"},
		{reason(func(k *cluster.Key) { k.Types = []string{"*"} }), "type"},
		{reason(func(k *cluster.Key) { k.Types = []string{"a.>"} }), "type"},
		{reason(func(k *cluster.Key) { k.Address = "host" }), "port"},
		{reason(func(k *cluster.Key) { k.Seed = "SU123" }), "damaged"},
	} {
		got, err := cluster.ParseKey(row.text)
		if err == nil || !strings.Contains(err.Error(), row.why) {
			t.Errorf("%.60q: %v, %v", row.text, got, err)
		} else if strings.Contains(err.Error(), k.Seed) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	if _, err := cluster.ReadKey(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}

// FuzzParseKey holds that what can be read is written the same again.
func FuzzParseKey(f *testing.F) {
	k := newKey(f)
	f.Add(k.Text())
	k.Owner, k.Types = true, nil
	f.Add(k.Text())
	f.Add("skein-worker-1..00000000")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := cluster.ParseKey(text)
		if err != nil {
			return
		}
		again, err := cluster.ParseKey(k.Text())
		if err != nil || !reflect.DeepEqual(again, k) {
			t.Errorf("%v, %v", again, err)
		}
	})
}
