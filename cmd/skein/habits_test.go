package main

import (
	"regexp"
	"strings"
	"testing"
)

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
