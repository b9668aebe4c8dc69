package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestSlips(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"jobs", "jobs", 0}, {"jobs", "job", 1}, {"job", "jobs", 1},
		{"json", "jsno", 1}, {"retires", "retries", 1}, {"tag", "tog", 1}, {"timeout", "tmieuot", 2}, {"failed", "fi", 4},
	}
	for _, test := range tests {
		if got := slips(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// TestNearest has some that are near enough, and some that are not.
func TestNearest(t *testing.T) {
	set := new(flags).set()
	for name, want := range map[string]string{
		"tiemout": "timeout", "keep-oder": "keep-order", "attemps": "attempts", "tga": "tag", "jsno": "json", "tag-wiht": "tag-with",
		"retires": "--retries", "job-log": "--joblog", "halt-on-eror": "--halt-on-error",
		"nonsense": "", "xy": "", "color": "", "recursive": "", "help-me": "", "output": "",
	} {
		ours, theirs := nearest(name, set)
		if ours+theirs != want {
			t.Errorf("%s: %q, %q, want %q", name, ours, theirs, want)
		}
	}
}

// TestHabits looks whether hints name what there is, and no flag of ours has one.
func TestHabits(t *testing.T) {
	help := runUsage + resumeUsage + "skein --version"
	has := func(flag string) bool {
		return regexp.MustCompile(`(^|[^-\w])` + flag + `($|[^-\w])`).MatchString(help)
	}
	flags := regexp.MustCompile(`--[a-z][a-z-]*`)
	for habit, hint := range habits {
		for _, flag := range flags.FindAllString(hint, -1) {
			if !has(flag) {
				t.Errorf("%s: the hint names %s, which there is not: %s", habit, flag, hint)
			}
		}
		if strings.HasPrefix(habit, "--") && habit != "--version" && has(habit) {
			t.Errorf("%s is a flag now, and its hint is never shown", habit)
		}
		if strings.Contains(hint, "not there yet") && hint != noMachines {
			t.Errorf("%s: %s", habit, hint)
		}
	}
}
