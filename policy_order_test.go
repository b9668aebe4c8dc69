package skein_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// order is a parsed import order: before[x] are the nodes that stand
// immediately before x. What x may import is everything before it, but for
// the pairs that never may.
type order struct {
	before map[string][]string
	never  [][2]string
}

var comment = regexp.MustCompile(`#[^\n]*`)

func parseOrder(text string) (*order, error) {
	o := &order{before: map[string][]string{}}
	for rule := range strings.SplitSeq(comment.ReplaceAllString(text, ""), ";") {
		if strings.TrimSpace(rule) == "" {
			continue
		}
		if left, right, ok := strings.Cut(rule, "!<"); ok {
			for _, a := range nodes(left) {
				for _, b := range nodes(right) {
					o.never = append(o.never, [2]string{a, b})
				}
			}
			continue
		}
		if err := o.chain(rule); err != nil {
			return nil, err
		}
	}
	return o, o.check()
}

func nodes(list string) []string {
	var all []string
	for node := range strings.SplitSeq(list, ",") {
		all = append(all, strings.Join(strings.Fields(node), " "))
	}
	return all
}

func (o *order) chain(rule string) error {
	lists := strings.Split(rule, "<")
	for i, list := range lists {
		if slices.Contains(nodes(list), "") || len(lists) == 1 {
			return fmt.Errorf("import order: cannot read %q", strings.TrimSpace(rule))
		}
		for _, node := range nodes(list) {
			if i > 0 {
				o.before[node] = append(o.before[node], nodes(lists[i-1])...)
			} else if o.before[node] == nil {
				o.before[node] = []string{}
			}
		}
	}
	return nil
}

func (o *order) check() error {
	for node := range o.before {
		if o.reaches(node, node, map[string]bool{}) {
			return fmt.Errorf("import order: %s stands before itself", node)
		}
	}
	for _, pair := range o.never {
		if slices.Contains(o.before[pair[1]], pair[0]) {
			return fmt.Errorf("import order: both %s < %s and !<", pair[0], pair[1])
		}
	}
	return nil
}

// reaches reports whether a stands somewhere before b.
func (o *order) reaches(a, b string, seen map[string]bool) bool {
	for _, next := range o.before[b] {
		if next == a {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if o.reaches(a, next, seen) {
				return true
			}
		}
	}
	return false
}

// allows reports whether importer may import the package, by its own name or
// by that of the set it belongs to.
func (o *order) allows(imported, importer string) bool {
	names := []string{imported}
	switch {
	case isStandard(imported):
		names = append(names, "STD")
	case !isOurs(imported):
		names = append(names, "OTHERS")
	}
	for _, pair := range o.never {
		if slices.ContainsFunc(names, below(pair[0])) && below(pair[1])(importer) {
			return false
		}
	}
	if node := o.node(imported); node != "" {
		names = append(names, node)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return o.reaches(name, importer, map[string]bool{})
	})
}

// below gives the test whether a name is the node itself or, for "p/...", a
// package below p.
func below(node string) func(name string) bool {
	return func(name string) bool {
		dir, all := strings.CutSuffix(node, "...")
		return name == node || all && strings.HasPrefix(name, dir)
	}
}

func (o *order) knows(node string) bool { return o.before[node] != nil }

// node is the line that speaks for a package: its own, or the nearest "/...".
// Empty if there is none.
func (o *order) node(pkg string) string {
	if o.knows(pkg) {
		return pkg
	}
	for dir := pkg; strings.Contains(dir, "/"); {
		dir = dir[:strings.LastIndex(dir, "/")]
		if o.knows(dir + "/...") {
			return dir + "/..."
		}
	}
	return ""
}

func isOurs(pkg string) bool { return pkg == "skein" || strings.HasPrefix(pkg, "skein/") }

// isStandard goes by the rule of cmd/go: only the standard library has no dot
// in the first element. In the notation ours has none either, so it is asked
// first; neither are sets and files.
func isStandard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !isOurs(pkg) && !strings.Contains(first, ".") && strings.ToUpper(first) != first
}

func TestTheNotationOfTheImportOrder(t *testing.T) {
	o, err := parseOrder(`
		NONE < STD; # a comment; with a semicolon
		STD < skein/a, skein/b/... < skein/c;
		unsafe < file.go;
		other.org/x < skein/c test;
		skein/c < skein/d;
		skein/b/... !< skein/d;
	`)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		imported, importer string
		want               bool
	}{
		{"net/http", "skein/a", true},
		{"net/http", "skein/c", true},
		{"C", "skein/a", false},
		{"skein/a", "skein/c", true},
		{"skein/c", "skein/a", false},
		{"skein/b/deep", "skein/c", true},
		{"skein/b/deep", "skein/a", false},
		{"other.org/x", "skein/c", false},
		{"other.org/x", "skein/c test", true},
		{"skein/b/deep", "skein/d", false},
		{"unsafe", "file.go", true},
		{"sync", "file.go", false},
	} {
		if got := o.allows(row.imported, row.importer); got != row.want {
			t.Errorf("%s < %s is %t, want %t", row.imported, row.importer, got, row.want)
		}
	}
	for _, bad := range []string{
		"a;",
		"a < ;",
		"a < b; b < a;",
		"a < b; a !< b;",
	} {
		if _, err := parseOrder(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
