package main

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/usage"
)

// explain says what pflag found in args in our own words. The set has the name
// of the subcommand.
func explain(err error, set *pflag.FlagSet, args []string) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var mistake *usage.Error
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(unknown, set, args)
	case errors.As(err, &invalid):
		what, hint := invalid.Unwrap().Error(), ""
		if errors.As(err, &mistake) {
			what, hint = mistake.What, mistake.Hint
		} else if invalid.GetFlag().Value.Type() == "bool" {
			what, hint = "takes no value", "leave out the ="+invalid.GetValue()
		}
		return usage.Errorf(hint, "%s %s: %s", spelled(invalid.GetFlag()), invalid.GetValue(), what)
	case errors.As(err, &missing):
		return usage.Errorf("skein "+set.Name()+" --help says what it takes", "%s: its value is missing", spelled(missing.GetFlag()))
	}
	return usage.Errorf(saysAll(set), "%v", err)
}

// saysAll is where all flags of a subcommand are told.
func saysAll(set *pflag.FlagSet) string { return "skein " + set.Name() + " --help says what there is" }

// spelled is a flag as it is mostly written.
func spelled(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// unknownFlag looks for what may be meant: a habit from elsewhere, or a flag
// that is spelled nearly so.
func unknownFlag(e *pflag.NotExistError, set *pflag.FlagSet, args []string) error {
	name := e.GetSpecifiedName()
	flag := "--" + name
	if e.GetSpecifiedShortnames() != "" {
		flag = "-" + name
	}
	hint := ""
	if set.Name() == "run" {
		hint = habit(flag, args)
	}
	if hint == "" {
		hint = meant(name, set)
	}
	switch {
	case hint != "":
	case set.Name() == "run":
		hint = "flags of the command itself come after it; " + saysAll(set)
	default:
		hint = saysAll(set)
	}
	return usage.Errorf(hint, "%s: no such flag", flag)
}

// habit is what to write instead of a flag from elsewhere; empty: it is none.
func habit(flag string, args []string) string {
	hint := habits[flag]
	if hint == useMany && slices.Contains(args, "--pipe") {
		return useRecords
	}
	return hint
}

// meant says what else there is that has nearly the name; empty: nothing.
func meant(name string, set *pflag.FlagSet) string {
	if ours := begins(name, set); ours != "" {
		return "there is --" + ours
	}
	positive, negated := strings.CutPrefix(name, "no-")
	if f := set.Lookup(positive); negated && f != nil {
		return "without --" + f.Name + " it is not so; leave it out"
	}
	if set.Name() == "resume" && isOfRun(name) {
		return "a run goes on with the flags that it had; " + saysAll(set)
	}
	ours, theirs := nearest(name, set)
	switch {
	case ours != "":
		return "there is --" + ours
	case theirs != "":
		return habits[theirs]
	}
	return ""
}

func isOfRun(name string) bool {
	set := new(flags).set()
	return set.Lookup(name) != nil || len(name) == 1 && set.ShorthandLookup(name) != nil
}

// begins names a flag of ours that begins as the one asked for, or is written
// with other dashes.
func begins(name string, set *pflag.FlagSet) (ours string) {
	plain := strings.NewReplacer("-", "", "_", "")
	set.VisitAll(func(f *pflag.Flag) {
		if ours == "" && len(name) > 1 && strings.HasPrefix(plain.Replace(f.Name), plain.Replace(strings.ToLower(name))) {
			ours = f.Name
		}
	})
	return ours
}

// nearest names the flag of ours from which the fewest slips of the hand lead
// to name, or, of run, the habit, if that is nearer; neither, if both are far.
func nearest(name string, set *pflag.FlagSet) (ours, theirs string) {
	if len(name) < 3 {
		return "", ""
	}
	least := 1 + (len(name)+1)/4 // one slip in three letters, two in seven
	set.VisitAll(func(f *pflag.Flag) {
		if n := slips(name, f.Name); n < least {
			ours, least = f.Name, n
		}
	})
	if set.Name() != "run" {
		return ours, ""
	}
	for _, h := range slices.Sorted(maps.Keys(habits)) {
		if long, ok := strings.CutPrefix(h, "--"); ok && slips(name, long) < least {
			ours, theirs, least = "", h, slips(name, long)
		}
	}
	return ours, theirs
}

// slips is how many letters are to be added, left out, changed or swapped with
// their neighbour to make b of a: the distance of Damerau and Levenshtein, in
// which no letter is touched twice.
func slips(a, b string) int {
	var before, last, row []int
	for j := range len(b) + 1 {
		last = append(last, j)
	}
	for i := range len(a) {
		row = append(make([]int, 0, len(b)+1), i+1)
		for j := range len(b) {
			n := last[j]
			if a[i] != b[j] {
				n = 1 + min(last[j], last[j+1], row[j])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				n = min(n, before[j-1]+1)
			}
			row = append(row, n)
		}
		before, last = last, row
	}
	return last[len(b)]
}
